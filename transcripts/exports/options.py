"""What can be asked of an export: the one description that form, command and query string come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from transcripts.options import Kind, OptionError, OptionField, declare, describe_fields, parse_option
from transcripts.options import gettext_noop as _
from transcripts.text.caption_rules import PRESETS, Rules

MOST_NAMES = 1000


class FormSection(StrEnum):
    """Where a form shows an option."""

    WHAT = "what"
    LAYOUT = "layout"
    CAPTIONS = "captions"
    FIGURES = "figures"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOption(OptionField):
    section: FormSection


def _option(default: Any, section: FormSection, *described: Any, **more: Any) -> Any:
    return declare(default, *described, section=section, **more)


def _figure(label: str, kind: Kind, minimum: float, maximum: float, help: str = "") -> Any:  # noqa: A002
    return _option(None, FormSection.FIGURES, kind, label, help, minimum=minimum, maximum=maximum)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """The options of one export, checked when made; raises `OptionError`.

    A figure of None means the preset's. The limits keep even the worst combination of figures to a few seconds' work.
    """

    rows: str = _option(
        "all",
        FormSection.WHAT,
        Kind.CHOICE,
        _("Rows"),
        choices={"all": _("All rows"), "verified": _("Verified rows only")},
    )
    speaker: str = _option(
        "",
        FormSection.WHAT,
        Kind.NAME,
        _("Speaker"),
        _("A speaker's name, or the service's label, such as 1."),
        maximum=200,
    )
    from_ms: int | None = _option(
        None,
        FormSection.WHAT,
        Kind.TIME,
        _("From"),
        _("A time such as 0:12:30, or milliseconds. Rows partly inside the range are exported whole."),
    )
    to_ms: int | None = _option(
        None, FormSection.WHAT, Kind.TIME, _("To"), _("A time such as 1:05:00, or milliseconds.")
    )
    text: str = _option(
        "corrected",
        FormSection.WHAT,
        Kind.CHOICE,
        _("Text"),
        choices={"corrected": _("Corrected"), "engine": _("Original text")},
    )
    wording: str = _option(
        "verbatim",
        FormSection.WHAT,
        Kind.CHOICE,
        _("Fillers and repetitions"),
        _("嗯, 那个, um and words said twice. The transcript keeps them in any case."),
        choices={"verbatim": _("Keep (verbatim)"), "clean": _("Leave out (clean)")},
    )
    names: bool = _option(True, FormSection.LAYOUT, Kind.FLAG, _("Speaker names"))
    times: bool = _option(False, FormSection.LAYOUT, Kind.FLAG, _("Times"))
    paragraphs: str = _option(
        "rows",
        FormSection.LAYOUT,
        Kind.CHOICE,
        _("Paragraphs"),
        choices={
            "rows": _("By row"),
            "speaker": _("By speaker"),
            "pause": _("By speaker and pause"),
        },
    )
    paragraph_pause_ms: int = _option(
        2000,
        FormSection.LAYOUT,
        Kind.WHOLE,
        _("Long pause (ms)"),
        minimum=100,
        maximum=600_000,
    )
    breaks: bool = _option(
        False, FormSection.LAYOUT, Kind.FLAG, _("Keep line breaks"), _("Line breaks typed inside a row.")
    )
    table: bool = _option(
        False,
        FormSection.LAYOUT,
        Kind.FLAG,
        _("As a table"),
        _("One table row for each row, with its time and speaker."),
    )
    cues: str = _option(
        "captions",
        FormSection.CAPTIONS,
        Kind.CHOICE,
        _("Split into"),
        choices={"captions": _("Captions"), "rows": _("Rows as they are")},
    )
    preset: str = _option(
        "auto",
        FormSection.CAPTIONS,
        Kind.CHOICE,
        _("Caption rules"),
        choices={
            "auto": _("By language"),
            "zh": _("Chinese"),
            "en": _("English"),
            "ja": _("Japanese"),
            "ko": _("Korean"),
        },
    )
    drop_marks: bool = _option(
        False,
        FormSection.CAPTIONS,
        Kind.FLAG,
        _("Leave out 。 and ，"),
        _("As is usual in Chinese captions; a space separates two clauses instead."),
    )
    word_times: bool = _option(
        False, FormSection.CAPTIONS, Kind.FLAG, _("Word times"), _("Lets players highlight word by word.")
    )
    keep: tuple[str, ...] = _option(
        (),
        FormSection.CAPTIONS,
        Kind.WORDS,
        _("Never break within"),
        _("Names and terms, one per line. Those in use in the project's glossary are kept whole, too."),
        maximum=MOST_NAMES,
    )
    line: float | None = _figure(
        _("Characters per line"), Kind.DECIMAL, 4, 100, _("A Chinese character counts as one; for others, see below.")
    )
    lines: int | None = _figure(_("Lines"), Kind.WHOLE, 1, 3)
    per_second: float | None = _figure(_("Characters per second"), Kind.DECIMAL, 1, 100)
    narrow: float | None = _figure(_("Width of a Latin letter"), Kind.DECIMAL, 0.1, 2)
    shortest_ms: int | None = _figure(_("Shortest (ms)"), Kind.WHOLE, 1, 10_000)
    longest_ms: int | None = _figure(_("Longest (ms)"), Kind.WHOLE, 500, 20_000)
    frames_per_second: float | None = _figure(_("Frames per second"), Kind.DECIMAL, 1, 240)
    gap_frames: int | None = _figure(_("Gap between captions (frames)"), Kind.WHOLE, 0, 100)
    closed_ms: int | None = _figure(_("Close gaps up to (ms)"), Kind.WHOLE, 0, 10_000)
    linger_ms: int | None = _figure(_("Hold after the last word (ms)"), Kind.WHOLE, 0, 10_000)
    pause_ms: int | None = _figure(_("Pause to break at (ms)"), Kind.WHOLE, 1, 60_000)
    bom: bool = _option(
        False,
        FormSection.FILE,
        Kind.FLAG,
        _("Byte order mark"),
        _("For old Windows programs that garble Chinese."),
    )
    crlf: bool = _option(False, FormSection.FILE, Kind.FLAG, _("Windows line endings"))

    def __post_init__(self) -> None:
        for option in OPTION_FIELDS:
            object.__setattr__(self, option.name, parse_option(option, getattr(self, option.name)))
        if self.from_ms is not None and self.to_ms is not None and self.from_ms >= self.to_ms:
            raise OptionError("to_ms", _("The end must be after the start."))
        rules = self.rules(PRESETS.get(self.preset, Rules()))
        if rules.shortest_ms > rules.longest_ms:
            raise OptionError("shortest_ms", _("The shortest time cannot exceed the longest."))

    def rules(self, preset: Rules) -> Rules:
        """The preset's rules with the figures that were asked for."""
        own = {name: value for name in FIGURES if (value := getattr(self, name)) is not None}
        return replace(preset, **own, drop_marks=self.drop_marks, keep=self.keep)


OPTION_FIELDS = describe_fields(ExportOptions, ExportOption)
BY_NAME = {option.name: option for option in OPTION_FIELDS}
FIGURES = tuple(option.name for option in OPTION_FIELDS if option.section is FormSection.FIGURES)
