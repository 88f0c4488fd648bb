from __future__ import annotations

import pytest

from tests.exports.sample import DOCUMENT
from transcripts.exports import registry
from transcripts.exports.options import BY_NAME, OPTION_FIELDS, ExportOptions
from transcripts.exports.registry import FORMATS
from transcripts.flash.options import OPTION_FIELDS as RECOGNITION_FIELDS
from transcripts.options import OptionError


def test_registry_names_every_format() -> None:
    assert [(f.name, f.label, f.media_type, f.extension) for f in FORMATS.values()] == [
        ("txt", "Plain text", "text/plain; charset=utf-8", "txt"),
        ("md", "Markdown", "text/markdown; charset=utf-8", "md"),
        ("docx", "Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("srt", "SubRip", "application/x-subrip; charset=utf-8", "srt"),
        ("vtt", "WebVTT", "text/vtt; charset=utf-8", "vtt"),
        ("ass", "ASS", "text/x-ssa; charset=utf-8", "ass"),
        ("ttml", "TTML", "application/ttml+xml", "ttml"),
        ("lrc", "LRC", "text/plain; charset=utf-8", "lrc"),
        ("json", "JSON", "application/json", "json"),
        ("csv", "CSV", "text/csv; charset=utf-8", "csv"),
        ("xlsx", "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("eaf", "ELAN", "application/xml", "eaf"),
        ("textgrid", "Praat", "text/plain; charset=utf-8", "TextGrid"),
    ]


def test_every_option_belongs_to_a_format() -> None:
    assert {name for found in FORMATS.values() for name in found.options} <= BY_NAME.keys()
    assert all(set(found.defaults) <= set(found.options) for found in FORMATS.values())


def test_no_option_has_the_name_of_one_of_the_recognition() -> None:
    """Both are given to the command as `--option`."""
    recognition = {option.name for option in RECOGNITION_FIELDS}
    recognition |= {option.key.rpartition(".")[2] for option in RECOGNITION_FIELDS}
    assert recognition & BY_NAME.keys() == set()


@pytest.mark.parametrize("name", list(FORMATS))
def test_defaults_may_be_named_or_left_out(name: str) -> None:
    known = FORMATS[name]
    defaults = {option: known.default(option) for option in known.options}
    assert known.choose(defaults) == known.choose({})
    assert known.list_changes(known.choose({})) == {}
    assert registry.export(name, DOCUMENT, defaults)


@pytest.mark.parametrize("name", list(FORMATS))
def test_what_was_changed_makes_the_same_options_again(name: str) -> None:
    known = FORMATS[name]
    chosen = {"speaker": "Lin", "from_ms": "0:00:10", "names": "off", "line": "21.5", "keep": "达摩院\nNew York"}
    options = known.choose({option: value for option, value in chosen.items() if option in known.options})
    assert known.choose(known.list_changes(options)) == options


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("srt", {"times": "1"}, "times: The format srt does not have this option."),
        ("txt", {"times": "maybe"}, "times: This must be true or false."),
        ("vtt", {"cues": ""}, "cues: This must be one of captions, rows, not ."),
        ("vtt", {"preset": "fr"}, "preset: This must be one of auto, zh, en, ja, ko, not fr."),
        ("srt", {"line": "3"}, "line: This must be a number from 4 to 100."),
        ("srt", {"line": "x"}, "line: This must be a number from 4 to 100."),
        ("srt", {"line": "1e3"}, "line: This must be a number from 4 to 100."),
        ("srt", {"line": "nan"}, "line: This must be a number from 4 to 100."),
        ("srt", {"line": float("nan")}, "line: This must be a number from 4 to 100."),
        ("srt", {"line": True}, "line: This must be a number from 4 to 100."),
        ("srt", {"lines": "2.5"}, "lines: This must be a whole number from 1 to 3."),
        ("srt", {"lines": "-1"}, "lines: This must be a whole number from 1 to 3."),
        ("srt", {"shortest_ms": "8000"}, "shortest_ms: The shortest time cannot exceed the longest."),
        ("srt", {"longest_ms": "600"}, "shortest_ms: The shortest time cannot exceed the longest."),
        ("txt", {"from_ms": "soon"}, "from_ms: This must be a time such as 0:12:30, or milliseconds."),
        ("txt", {"from_ms": "-5"}, "from_ms: This must be a time such as 0:12:30, or milliseconds."),
        ("txt", {"from_ms": "9" * 12}, "from_ms: This must be a time such as 0:12:30, or milliseconds."),
        ("txt", {"from_ms": "60000", "to_ms": "1:00"}, "to_ms: The end must be after the start."),
        ("txt", {"speaker": "x" * 201}, "speaker: This is too long (at most 200 characters)."),
        ("txt", {"speaker": 7}, "speaker: This must be text."),
        ("srt", {"keep": 7}, "keep: This must be a list of texts."),
        ("srt", {"keep": ",".join(map(str, range(1001)))}, "keep: There are too many (at most 1000)."),
    ],
)
def test_bad_options_are_named(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError) as refused:
        registry.export(name, DOCUMENT, options)
    assert str(refused.value) == message


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(registry.UnknownFormat) as refused:
        registry.export("doc", DOCUMENT)
    assert str(refused.value) == f"Unknown format 'doc'; choose one of {', '.join(FORMATS)}."


def test_values_come_from_strings() -> None:
    given = {"lines": " 1 ", "line": "", "narrow": "0.5", "names": "off", "keep": "a, b，a\n", "from_ms": "1:02:03.5"}
    options = FORMATS["srt"].choose(given)
    assert options == ExportOptions(lines=1, narrow=0.5, names=False, keep=("a", "b"), from_ms=3_723_500)
    assert type(options.lines) is int


def test_every_option_can_be_made_of_its_own_default() -> None:
    assert ExportOptions(**{option.name: option.default for option in OPTION_FIELDS}) == ExportOptions()  # type: ignore[arg-type]
