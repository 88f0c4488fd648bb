"""The building blocks of option sets: kinds, descriptions and parsers.

An option set is a frozen dataclass whose fields are made by `declare`, so that forms, help texts, commands and query
strings all come from one description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar, TypeVar


def gettext_noop(text: str) -> str:
    """Mark a text for translation without translating it: the first floor knows no Django."""
    return text


_ = gettext_noop

_FLAGS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)(\d{1,2})(?:[.,](\d{1,3}))?")
_UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")
_MAX_TIME_MS = 1000 * 3600 * 1000


class Kind(StrEnum):
    CHOICE = "choice"
    FLAG = "flag"
    WHOLE = "whole"  # a whole number; empty for the default
    DECIMAL = "decimal"  # the same with decimals
    TIME = "time"  # milliseconds, or H:MM:SS; empty for none
    NAME = "name"
    JSON = "json"
    WORDS = "words"  # several words or names, one a line or between commas
    LINES = "lines"  # several sentences, one a line


class OptionError(ValueError):
    """An option that can't be used. `str()` is English; to translate, use `template % params`."""

    def __init__(self, field: str, template: str, **params: object) -> None:
        super().__init__(field, template, params)
        self.field = field
        self.template = template
        self.params = params

    @property
    def message(self) -> str:
        return self.template % self.params

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionField:
    """One option as a form or a help text shows it; `label` and `help` are English, marked for translation.

    `minimum` and `maximum` bound a number; `maximum` also bounds the characters of a name and the items of a list.
    """

    unknown_choice: ClassVar[str] = _("This must be one of %(known)s, not %(value)s.")

    name: str
    kind: Kind
    label: str
    help: str
    default: object
    choices: Mapping[str, str]
    minimum: float | None
    maximum: float | None


Description = TypeVar("Description", bound=OptionField)


def declare(
    default: Any,
    kind: Kind,
    label: str,
    help: str = "",  # noqa: A002 -- the name forms know it by
    *,
    choices: Mapping[str, str] | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    **more: object,
) -> Any:
    """A dataclass field that carries its own description; `more` is what a subclass of `OptionField` adds."""
    described = {"kind": kind, "label": label, "help": help, "choices": choices or {}}
    return field(default=default, metadata={**described, "minimum": minimum, "maximum": maximum, **more})


def describe_fields(options: Any, description: type[Description]) -> tuple[Description, ...]:
    """The descriptions of an option set's fields, in their order."""
    return tuple(description(name=item.name, default=item.default, **item.metadata) for item in fields(options))


def parse_option(option: OptionField, value: object) -> object:
    """A typed value, from one or from a string as forms, query strings and command lines give it.

    Raises `OptionError`.
    """
    match option.kind:
        case Kind.CHOICE:
            return parse_choice(option, value)
        case Kind.FLAG:
            return parse_flag(option, value)
        case Kind.WHOLE | Kind.DECIMAL:
            return parse_number(option, value)
        case Kind.TIME:
            return parse_time(option, value)
        case Kind.NAME:
            return parse_name(option, value)
        case Kind.JSON:
            return parse_text(option, value)
        case Kind.WORDS:
            return parse_items(option, value, separators=r"[\n,，、;；]")
        case Kind.LINES:
            return parse_items(option, value, separators=r"\n")


def parse_text(option: OptionField, value: object) -> str:
    if not isinstance(value, str):
        raise OptionError(option.name, _("This must be text."))
    if _UNSENDABLE.search(value):
        raise OptionError(option.name, _("This contains characters that cannot be sent."))
    return value.strip()


def parse_name(option: OptionField, value: object) -> str:
    text = parse_text(option, value)
    if option.maximum is not None and len(text) > option.maximum:
        limit = f"{option.maximum:g}"
        raise OptionError(option.name, _("This is too long (at most %(maximum)s characters)."), maximum=limit)
    return text


def parse_choice(option: OptionField, value: object) -> str:
    """One of the choices, whatever its case."""
    text = parse_text(option, value)
    for choice in option.choices:
        if choice.lower() == text.lower():
            return choice
    raise OptionError(option.name, option.unknown_choice, known=", ".join(option.choices), value=text[:40])


def parse_flag(option: OptionField, value: object) -> bool:
    if isinstance(value, bool):
        return value
    flag = _FLAGS.get(str(value).strip().lower())
    if flag is None:
        raise OptionError(option.name, _("This must be true or false."))
    return flag


def parse_number(option: OptionField, value: object) -> float | None:
    """A number within the limits, in digits of any script; the default, which may be None, for nothing."""
    number: object = value
    if value is None or (isinstance(value, str) and not value.strip()):
        number = option.default
    elif isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}(?:\.\d{1,6})?\s*", value):
        number = float(value)
    if number is None:
        return None
    whole = option.kind is Kind.WHOLE
    assert option.minimum is not None and option.maximum is not None  # noqa: S101, PT018
    if (
        not isinstance(number, int | float)
        or isinstance(number, bool)
        or not option.minimum <= number <= option.maximum
        or (whole and number != int(number))
    ):
        raise _outside_limits(option)
    return int(number) if whole else float(number)


def _outside_limits(option: OptionField) -> OptionError:
    limits = {"minimum": f"{option.minimum:g}", "maximum": f"{option.maximum:g}"}
    if option.kind is Kind.WHOLE:
        return OptionError(option.name, _("This must be a whole number from %(minimum)s to %(maximum)s."), **limits)
    return OptionError(option.name, _("This must be a number from %(minimum)s to %(maximum)s."), **limits)


def parse_time(option: OptionField, value: object) -> int | None:
    """Milliseconds from milliseconds or from a clock's time; None for nothing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    time_ms: object = value
    if isinstance(value, str):
        text = value.strip()
        if clock := _CLOCK.fullmatch(text):
            hours, minutes, seconds, thousandths = clock.groups()
            time_ms = (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000
            time_ms += int((thousandths or "0").ljust(3, "0"))
        elif re.fullmatch(r"\d{1,12}", text):
            time_ms = int(text)
    if not isinstance(time_ms, int) or isinstance(time_ms, bool) or not 0 <= time_ms <= _MAX_TIME_MS:
        raise OptionError(option.name, _("This must be a time such as 0:12:30, or milliseconds."))
    return time_ms


def parse_items(option: OptionField, value: object, *, separators: str) -> tuple[str, ...]:
    """The items of one text or of several, without empty ones and repetitions."""
    texts = re.split(separators, value) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        raise OptionError(option.name, _("This must be a list of texts."))
    items = tuple(dict.fromkeys(text for item in texts if (text := parse_text(option, item))))
    if option.maximum is not None and len(items) > option.maximum:
        raise OptionError(option.name, _("There are too many (at most %(maximum)s)."), maximum=f"{option.maximum:g}")
    return items
