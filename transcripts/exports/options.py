"""What can be asked of an export: the one description that form, command and query string come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from transcripts.flash.errors import gettext_noop as _
from transcripts.flash.options import OptionError
from transcripts.text.captions import PRESETS, Rules

_FLAGS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)(\d{1,2})(?:[.,](\d{1,3}))?")
_LATEST_MS = 1000 * 3600 * 1000
_MOST_NAMES = 1000


class Kind(StrEnum):
    CHOICE = "choice"
    FLAG = "flag"
    WHOLE = "whole"  # a whole number, empty for the preset's own
    DECIMAL = "decimal"  # the same with decimals
    TIME = "time"  # milliseconds, or H:MM:SS; empty for none
    NAME = "name"
    WORDS = "words"  # several names, one a line or between commas


class Part(StrEnum):
    """Where a form shows an option."""

    WHAT = "what"
    LAYOUT = "layout"
    CAPTIONS = "captions"
    FIGURES = "figures"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionField:
    """One option as a form or a help text shows it; `label` and `help` are English, marked to translate."""

    name: str
    part: Part
    kind: Kind
    label: str
    help: str
    default: object
    choices: Mapping[str, str]
    minimum: float | None
    maximum: float | None


def _option(
    default: Any,
    part: Part,
    kind: Kind,
    label: str,
    help: str = "",  # noqa: A002 -- the name forms know it by
    *,
    choices: Mapping[str, str] | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Any:
    described = {"part": part, "kind": kind, "label": label, "help": help, "choices": choices or {}}
    return field(default=default, metadata={**described, "minimum": minimum, "maximum": maximum})


def _figure(label: str, kind: Kind, minimum: float, maximum: float, help: str = "") -> Any:  # noqa: A002
    return _option(None, Part.FIGURES, kind, label, help, minimum=minimum, maximum=maximum)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """The options of one export, checked when made; raises `OptionError`.

    A figure that is None is the preset's own. The limits of the figures keep the worst of them at some seconds' work.
    """

    rows: str = _option(
        "all",
        Part.WHAT,
        Kind.CHOICE,
        _("Rows"),
        choices={"all": _("All rows"), "verified": _("Verified rows only")},
    )
    speaker: str = _option(
        "",
        Part.WHAT,
        Kind.NAME,
        _("Only this speaker"),
        _("A speaker's name, or the service's label such as 1."),
        maximum=200,
    )
    from_ms: int | None = _option(
        None,
        Part.WHAT,
        Kind.TIME,
        _("From"),
        _("A time such as 0:12:30, or milliseconds. Rows that lie partly inside are taken whole."),
    )
    to_ms: int | None = _option(None, Part.WHAT, Kind.TIME, _("To"), _("A time such as 1:05:00, or milliseconds."))
    text: str = _option(
        "corrected",
        Part.WHAT,
        Kind.CHOICE,
        _("Text"),
        choices={"corrected": _("As corrected"), "engine": _("As it was recognised")},
    )
    names: bool = _option(True, Part.LAYOUT, Kind.FLAG, _("Speakers' names"))
    times: bool = _option(False, Part.LAYOUT, Kind.FLAG, _("Times"))
    paragraphs: str = _option(
        "rows",
        Part.LAYOUT,
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
        Part.LAYOUT,
        Kind.WHOLE,
        _("A long pause (ms)"),
        minimum=100,
        maximum=600_000,
    )
    breaks: bool = _option(
        False, Part.LAYOUT, Kind.FLAG, _("Keep line breaks"), _("Those that were typed inside a row.")
    )
    table: bool = _option(
        False, Part.LAYOUT, Kind.FLAG, _("As a table"), _("One line for each row, with its time and speaker.")
    )
    cues: str = _option(
        "captions",
        Part.CAPTIONS,
        Kind.CHOICE,
        _("Cues"),
        choices={"captions": _("Captions"), "rows": _("Rows as they are")},
    )
    preset: str = _option(
        "auto",
        Part.CAPTIONS,
        Kind.CHOICE,
        _("Caption rules"),
        choices={
            "auto": _("By the language"),
            "zh": _("Chinese"),
            "en": _("English"),
            "ja": _("Japanese"),
            "ko": _("Korean"),
        },
    )
    drop_marks: bool = _option(
        False,
        Part.CAPTIONS,
        Kind.FLAG,
        _("Leave out 。 and ，"),
        _("As Chinese captions do; between two clauses a space takes their place."),
    )
    word_times: bool = _option(
        False, Part.CAPTIONS, Kind.FLAG, _("Times of words"), _("So that players can show word by word.")
    )
    keep: tuple[str, ...] = _option(
        (), Part.CAPTIONS, Kind.WORDS, _("Never break inside"), _("Names and terms, one a line."), maximum=_MOST_NAMES
    )
    line: float | None = _figure(
        _("Characters a line"), Kind.DECIMAL, 4, 100, _("A Chinese character counts as one, others as set below.")
    )
    lines: int | None = _figure(_("Lines"), Kind.WHOLE, 1, 3)
    per_second: float | None = _figure(_("Characters a second"), Kind.DECIMAL, 1, 100)
    narrow: float | None = _figure(_("Width of a Latin letter"), Kind.DECIMAL, 0.1, 2)
    shortest_ms: int | None = _figure(_("Shortest (ms)"), Kind.WHOLE, 1, 10_000)
    longest_ms: int | None = _figure(_("Longest (ms)"), Kind.WHOLE, 500, 20_000)
    frames_per_second: float | None = _figure(_("Frames a second"), Kind.DECIMAL, 1, 240)
    gap_frames: int | None = _figure(_("Gap between two (frames)"), Kind.WHOLE, 0, 100)
    closed_ms: int | None = _figure(_("Close gaps up to (ms)"), Kind.WHOLE, 0, 10_000)
    linger_ms: int | None = _figure(_("Stay after the last word (ms)"), Kind.WHOLE, 0, 10_000)
    pause_ms: int | None = _figure(_("A pause to break at (ms)"), Kind.WHOLE, 1, 60_000)
    bom: bool = _option(
        False, Part.FILE, Kind.FLAG, _("Byte order mark"), _("For old Windows programs that show Chinese wrongly.")
    )
    crlf: bool = _option(False, Part.FILE, Kind.FLAG, _("Windows line ends"))

    def __post_init__(self) -> None:
        for option in OPTION_FIELDS:
            object.__setattr__(self, option.name, _checked(option, getattr(self, option.name)))
        if self.from_ms is not None and self.to_ms is not None and self.from_ms >= self.to_ms:
            raise OptionError("to_ms", _("The end must come after the start."))
        rules = self.rules(PRESETS.get(self.preset, Rules()))
        if rules.shortest_ms > rules.longest_ms:
            raise OptionError("shortest_ms", _("The shortest time must not be above the longest one."))

    def rules(self, preset: Rules) -> Rules:
        """The preset's rules with the figures that were asked for."""
        own = {name: value for name in FIGURES if (value := getattr(self, name)) is not None}
        return replace(preset, **own, drop_marks=self.drop_marks, keep=self.keep)


OPTION_FIELDS: tuple[OptionField, ...] = tuple(
    OptionField(name=item.name, default=item.default, **item.metadata) for item in fields(ExportOptions)
)
BY_NAME = {option.name: option for option in OPTION_FIELDS}
FIGURES = tuple(option.name for option in OPTION_FIELDS if option.part is Part.FIGURES)


def _checked(option: OptionField, value: object) -> object:
    match option.kind:
        case Kind.CHOICE:
            return _choice(option, value)
        case Kind.FLAG:
            return _flag(option, value)
        case Kind.WHOLE | Kind.DECIMAL:
            return _number(option, value)
        case Kind.TIME:
            return _time(option, value)
        case Kind.NAME:
            return _text(option, value)
        case Kind.WORDS:
            return _words(option, value)


def _text(option: OptionField, value: object) -> str:
    if not isinstance(value, str):
        raise OptionError(option.name, _("This must be text."))
    if option.maximum is not None and option.kind is Kind.NAME and len(value) > option.maximum:
        limit = f"{option.maximum:g}"
        raise OptionError(option.name, _("This is too long (at most %(maximum)s characters)."), maximum=limit)
    return value.strip()


def _choice(option: OptionField, value: object) -> str:
    text = _text(option, value).lower()
    if text not in option.choices:
        known = ", ".join(option.choices)
        raise OptionError(option.name, _("This must be one of %(known)s, not %(value)s."), known=known, value=text[:40])
    return text


def _flag(option: OptionField, value: object) -> bool:
    if isinstance(value, bool):
        return value
    flag = _FLAGS.get(str(value).strip().lower())
    if flag is None:
        raise OptionError(option.name, _("This must be true or false."))
    return flag


def _number(option: OptionField, value: object) -> float | None:
    """Empty is the default, which for a figure is None. Digits of any script, as people type them."""
    number: object = value
    if value is None or (isinstance(value, str) and not value.strip()):
        number = option.default
    elif isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}(?:\.\d{1,6})?\s*", value):
        number = float(value)
    if number is None:
        return None
    whole = option.kind is Kind.WHOLE
    assert option.minimum is not None and option.maximum is not None  # noqa: S101, PT018
    limits = {"minimum": f"{option.minimum:g}", "maximum": f"{option.maximum:g}"}
    if (
        not isinstance(number, int | float)
        or isinstance(number, bool)
        or not option.minimum <= number <= option.maximum
        or (whole and number != int(number))
    ):
        if whole:
            raise OptionError(option.name, _("This must be a whole number from %(minimum)s to %(maximum)s."), **limits)
        raise OptionError(option.name, _("This must be a number from %(minimum)s to %(maximum)s."), **limits)
    return int(number) if whole else float(number)


def _time(option: OptionField, value: object) -> int | None:
    """Milliseconds from milliseconds or from a clock's time; None for nothing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found: object = value
    if isinstance(value, str):
        text = value.strip()
        if clock := _CLOCK.fullmatch(text):
            hours, minutes, seconds, thousandths = clock.groups()
            found = (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000
            found += int((thousandths or "0").ljust(3, "0"))
        elif re.fullmatch(r"\d{1,12}", text):
            found = int(text)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= _LATEST_MS:
        raise OptionError(option.name, _("This must be a time such as 0:12:30, or milliseconds."))
    return found


def _words(option: OptionField, value: object) -> tuple[str, ...]:
    texts = re.split(r"[\n,，、;；]", value) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        raise OptionError(option.name, _("This must be a list of texts."))
    words = tuple(dict.fromkeys(text for one in texts if (text := _text(option, one))))
    if option.maximum is not None and len(words) > option.maximum:
        raise OptionError(option.name, _("These are too many (at most %(maximum)s)."), maximum=f"{option.maximum:g}")
    return words
