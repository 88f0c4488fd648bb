from __future__ import annotations

import pytest

from tests.exports.sample import DOCUMENT
from transcripts.exports import registry


def test_registry_names_every_format() -> None:
    assert [(f.name, f.label, f.media_type, f.extension, dict(f.options)) for f in registry.FORMATS.values()] == [
        ("txt", "Plain text", "text/plain; charset=utf-8", "txt", {"times": ("0", "1")}),
        ("srt", "SubRip", "application/x-subrip; charset=utf-8", "srt", {"cues": ("rows",)}),
        ("vtt", "WebVTT", "text/vtt; charset=utf-8", "vtt", {"cues": ("rows",)}),
        ("json", "JSON", "application/json", "json", {}),
    ]


@pytest.mark.parametrize("name", list(registry.FORMATS))
def test_defaults_may_be_named_or_left_out(name: str) -> None:
    defaults = {option: values[0] for option, values in registry.FORMATS[name].options.items()}
    assert registry.export(name, DOCUMENT, defaults) == registry.export(name, DOCUMENT)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("srt", {"times": "1"}, "The format srt has no option 'times'."),
        ("txt", {"times": "yes"}, "The option times of txt takes 0 or 1, not 'yes'."),
        ("vtt", {"cues": ""}, "The option cues of vtt takes rows, not ''."),
    ],
)
def test_bad_options_are_named(name: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(registry.BadOption) as refused:
        registry.export(name, DOCUMENT, options)
    assert str(refused.value) == message


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(registry.UnknownFormat) as refused:
        registry.export("doc", DOCUMENT)
    assert str(refused.value) == "There is no format 'doc'; there are txt, srt, vtt, json."
