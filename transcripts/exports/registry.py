"""The formats by name. A new one is a module and an entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from transcripts.exports import flash_json, srt, txt, vtt
from transcripts.exports.document import Document
from transcripts.flash.errors import gettext_noop


class UnknownFormat(Exception):
    """No format of that name."""


class BadOption(Exception):
    """An option the format does not have, or a value the option cannot take."""


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    label: str
    media_type: str
    extension: str
    """Without the dot."""
    export: Callable[..., bytes]
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values each option takes, the default first."""


_CUES = {"cues": ("rows",)}

FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        Format(
            "txt", gettext_noop("Plain text"), "text/plain; charset=utf-8", "txt", txt.export, {"times": ("0", "1")}
        ),
        Format("srt", "SubRip", "application/x-subrip; charset=utf-8", "srt", srt.export, _CUES),
        Format("vtt", "WebVTT", "text/vtt; charset=utf-8", "vtt", vtt.export, _CUES),
        Format("json", "JSON", "application/json", "json", flash_json.export),
    )
}


def export(name: str, document: Document, options: Mapping[str, str] | None = None) -> bytes:
    """Raises `UnknownFormat` and `BadOption`, each with a message in English."""
    found = FORMATS.get(name)
    if found is None:
        raise UnknownFormat(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    for option, value in (options or {}).items():
        if option not in found.options:
            raise BadOption(f"The format {name} has no option {option!r}.")
        if value not in found.options[option]:
            raise BadOption(f"The option {option} of {name} takes {' or '.join(found.options[option])}, not {value!r}.")
    return found.export(document, **(options or {}))
