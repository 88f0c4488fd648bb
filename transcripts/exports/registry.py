"""The formats by name. A new one is a module and an entry here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from transcripts.exports.characters import format_clock
from transcripts.exports.document import Document
from transcripts.exports.options import BY_NAME, FIGURES, ExportOptions
from transcripts.exports.selection import select_rows
from transcripts.options import Kind, OptionError
from transcripts.options import gettext_noop as _


class UnknownFormat(Exception):
    """No format of that name."""


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    label: str
    media_type: str
    extension: str
    """Without the dot."""
    export: Callable[[Document, ExportOptions], bytes]
    options: tuple[str, ...]
    """The names of those it takes."""
    defaults: Mapping[str, object] = field(default_factory=dict)
    """Where they differ from the usual ones."""
    names_in_text: bool = False
    """Whether a cue's text begins with its speaker, for want of another place."""
    uses_words: bool = True
    """Whether it needs the times of words."""

    def default(self, name: str) -> object:
        return self.defaults.get(name, BY_NAME[name].default)

    def choose(self, values: Mapping[str, object]) -> ExportOptions:
        """Options from typed values or from strings as forms, query strings and command lines give them.

        What is absent has the format's default, and so has a number left empty. Raises `OptionError`.
        """
        for name in values:
            if name not in self.options:
                template = _("The format %(format)s does not have this option.")
                raise OptionError(name, template, format=self.name)
        given = {name: value for name, value in values.items() if value != "" or BY_NAME[name].kind not in _NUMBERS}
        return ExportOptions(**{**self.defaults, **given})  # type: ignore[arg-type]

    def format_defaults(self) -> dict[str, str]:
        return {name: _format_value(name, self.default(name)) for name in self.options}

    def list_changes(self, options: ExportOptions) -> dict[str, str]:
        """The options that differ from the format's defaults, as a query string has them."""
        values = {name: getattr(options, name) for name in self.options}
        return {name: _format_value(name, value) for name, value in values.items() if value != self.default(name)}


_NUMBERS = (Kind.WHOLE, Kind.DECIMAL)
_WHAT = ("rows", "speaker", "from_ms", "to_ms", "text", "wording")
_READ = ("names", "times", "paragraphs", "paragraph_pause_ms", "breaks")
_CUES = ("cues", "preset", "drop_marks", "keep", *FIGURES)
_FILE = ("bom", "crlf")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TURNS = {"paragraphs": "speaker"}


def _load(module: str) -> Callable[[Document, ExportOptions], bytes]:
    """Its `export`. It is loaded when it is used: the libraries of some formats take as long as all the rest."""

    def export(document: Document, options: ExportOptions) -> bytes:
        content: bytes = import_module(f"transcripts.exports.{module}").export(document, options)
        return content

    return export


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(
            "txt",
            _("Plain text"),
            "text/plain; charset=utf-8",
            "txt",
            _load("txt"),
            (*_WHAT, *_READ, *_FILE),
            uses_words=False,
        ),
        Format(
            "md",
            "Markdown",
            "text/markdown; charset=utf-8",
            "md",
            _load("md"),
            (*_WHAT, *_READ, *_FILE),
            _TURNS,
            uses_words=False,
        ),
        Format(
            "docx",
            "Word",
            _DOCX,
            "docx",
            _load("docx"),
            (*_WHAT, *_READ, "table"),
            {**_TURNS, "times": True},
            uses_words=False,
        ),
        Format(
            "srt",
            "SubRip",
            "application/x-subrip; charset=utf-8",
            "srt",
            _load("srt"),
            (*_WHAT, "names", *_CUES, *_FILE),
            names_in_text=True,
        ),
        Format(
            "vtt",
            "WebVTT",
            "text/vtt; charset=utf-8",
            "vtt",
            _load("vtt"),
            (*_WHAT, "names", "word_times", *_CUES, *_FILE),
        ),
        Format(
            "ass",
            "ASS",
            "text/x-ssa; charset=utf-8",
            "ass",
            _load("ass"),
            (*_WHAT, "names", *_CUES, *_FILE),
        ),
        Format("ttml", "TTML", "application/ttml+xml", "ttml", _load("ttml"), (*_WHAT, "names", *_CUES, *_FILE)),
        Format(
            "lrc",
            "LRC",
            "text/plain; charset=utf-8",
            "lrc",
            _load("lrc"),
            (*_WHAT, "names", *_CUES, *_FILE),
            {"lines": 1},
            names_in_text=True,
        ),
        Format("json", "JSON", "application/json", "json", _load("flash_json"), _WHAT),
        Format(
            "csv",
            "CSV",
            "text/csv; charset=utf-8",
            "csv",
            _load("csv_table"),
            (*_WHAT, "names", "breaks", *_FILE),
            {"bom": True, "crlf": True},
            uses_words=False,
        ),
        Format("xlsx", "Excel", _XLSX, "xlsx", _load("xlsx"), (*_WHAT, "names", "breaks"), uses_words=False),
        Format("eaf", "ELAN", "application/xml", "eaf", _load("eaf"), _WHAT),
        Format("textgrid", "Praat", "text/plain; charset=utf-8", "TextGrid", _load("textgrid"), (*_WHAT, *_FILE)),
    )
}


def _refuse_export(document: Document, options: ExportOptions) -> bytes:
    raise TypeError("This format needs more than a document.")


CLIPS = Format(
    "clips",
    _("Audio clips"),
    "application/zip",
    "zip",
    _refuse_export,
    ("rows", "speaker", "from_ms", "to_ms"),
    uses_words=False,
)
"""The sound of the wanted rows: described like a format, but no function of a document."""
BUNDLE = Format("bundle", _("Bundle"), "application/zip", "flashweb.zip", _refuse_export, (), uses_words=False)
"""Everything there is of a transcript; no function of a document either."""

TOGETHER: dict[str, Format] = {**FORMATS, BUNDLE.name: BUNDLE}
"""Those in which several transcripts can be had as one zip."""
OFFERED: dict[str, Format] = {**TOGETHER, CLIPS.name: CLIPS}
"""Those of which a person can choose one for a transcript."""
GROUPS = {
    _("Documents"): ("txt", "md", "docx"),
    _("Captions"): ("srt", "vtt", "ass", "ttml", "lrc"),
    _("Data"): ("json", "csv", "xlsx", "eaf", "textgrid", BUNDLE.name, CLIPS.name),
}
LAST_USED = _("Last used")


def group_formats(names: Iterable[str], last: str = "") -> list[tuple[str, list[Format]]]:
    """Those of the offered formats in their groups, each once: the `last` used one alone, before all others."""
    wanted = [name for name in names if name != last]
    groups = [(label, [OFFERED[name] for name in group if name in wanted]) for label, group in GROUPS.items()]
    first = [(LAST_USED, [OFFERED[last]])] if last in OFFERED else []
    return first + [(label, formats) for label, formats in groups if formats]


def export(name: str, document: Document, values: Mapping[str, object] | None = None) -> bytes:
    """Raises `UnknownFormat` with a message in English, and `OptionError`."""
    known = FORMATS.get(name)
    if known is None:
        raise UnknownFormat(f"Unknown format {name!r}; choose one of {', '.join(FORMATS)}.")
    options = known.choose(values or {})
    return known.export(select_rows(document, options), options)


def _format_value(name: str, value: object) -> str:
    if BY_NAME[name].kind is Kind.TIME and isinstance(value, int):
        return format_clock(value, ".").removesuffix(".000")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return "\n".join(value)
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
