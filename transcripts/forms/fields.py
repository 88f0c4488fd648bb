"""Fields and widgets that several forms use."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.flash.answer import MAX_TIME_MS
from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.models.tags import tidy_tag_name
from transcripts.templatetags.flashweb import signed_clock
from transcripts.text.limits import MAX_TAG_NAME, MOST_TAGS


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FileDrop(forms.FileInput):
    """A drop zone in the page's language, with the field unseen over it; without scripts, the browser's own field."""

    template_name = "transcripts/_file_drop.html"


class FilesField(forms.FileField):
    """One file or many; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files if file is not None]


class UploadsField(forms.UUIDField):
    """One upload or several; cleans to a list."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[Any]:
        return [super(UploadsField, self).clean(pk) for pk in value or [] if pk]


class AddressesField(forms.CharField):
    """Web addresses, one a line: cleans to a list without repeated ones. `refused` has a sentence for each bad line.

    Invalid are more than MOST, and bad lines alone.
    """

    widget = forms.Textarea
    MOST = 200
    default_error_messages = {
        "invalid": gettext_lazy("The web address must start with http:// or https://."),
        "too_many": gettext_lazy("Add at most %(most)s addresses at once; these are %(count)s."),
    }
    INVISIBLE = str.maketrans("", "", "\u200b\u200e\u200f\u2060\ufeff")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.refused: list[str] = []
        self._address = forms.URLField(max_length=2000, assume_scheme="https")

    def clean(self, value: Any) -> list[str]:
        lines = [line for given in (super().clean(value) or "").splitlines() if (line := given.strip())]
        lines = list(dict.fromkeys(lines))
        if len(lines) > self.MOST:
            values = {"most": self.MOST, "count": len(lines)}
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many", params=values)
        good = dict.fromkeys(address for line in lines if (address := self._read(line)))
        bad = [line for line in lines if not self._read(line)]
        if len(lines) == 1 and bad:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        self.refused = [f"{line[:200]}: {self.error_messages['invalid']}" for line in bad]
        if bad and not good:
            raise forms.ValidationError(self.refused)
        return list(good)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).translate(self.INVISIBLE)

    def _read(self, line: str) -> str:
        """The address; "" where it is none."""
        try:
            address = str(self._address.clean(line))
            return address if urlsplit(address).scheme in {"http", "https"} else ""
        except forms.ValidationError:
            return ""


class TagsField(forms.CharField):
    """Names of tags, one a line, such as those of the folders that a file lay in."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=MOST_TAGS * (MAX_TAG_NAME + 2), widget=forms.HiddenInput)

    def clean(self, value: Any) -> list[str]:
        names = (tidy_tag_name(line) for line in (super().clean(value) or "").splitlines())
        return list(dict.fromkeys(filter(None, names)))


class FlagInput(forms.CheckboxInput):
    """A checkbox that also sends "no", so that unticked on a page differs from omitted by a program."""

    template_name = "transcripts/_flag.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        given = data.getlist(name) if hasattr(data, "getlist") else [data[name]] if name in data else []
        return given[-1] if given else None

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value not in {"off", False, None, ""}, attrs)


TRUTHS = [("true", "true"), ("false", "false")]
MOST_ROWS = 20_000  # in one change


def parse_truth() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=TRUTHS, coerce=lambda value: value == "true", required=False, empty_value=None
    )


class RowsField(forms.CharField):
    """Rows, each with the version that the person saw: "12:3,13:1" cleans to {12: 3, 13: 1}."""

    default_error_messages = {"invalid": gettext_lazy("Choose rows first.")}
    WELL_FORMED = re.compile(r"\d{1,19}:\d{1,9}(,\d{1,19}:\d{1,9})*")

    def clean(self, value: Any) -> dict[int, int]:
        given = super().clean(value)
        if not self.WELL_FORMED.fullmatch(given):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        pairs = (pair.split(":") for pair in given.split(","))
        versions = {int(pk): int(version) for pk, version in pairs}
        if len(versions) > MOST_ROWS:
            raise forms.ValidationError(_("Too many rows at once."), code="too_many")
        if max(versions) >= 2**63:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return versions


class ClockField(forms.CharField):
    """A time such as 1:02:03.5, 02:03, 90 (seconds), 12 s or 2 min 3 s; cleans to milliseconds, None where it is empty.

    `signed` ones may have a minus sign.
    """

    default_error_messages = {"invalid": gettext_lazy("This must be a time such as 0:12:30.")}
    WITH_UNITS = re.compile(
        r"(?:(\d{1,6}(?:[.,]\d{1,3})?)(?:min|分钟?))?(?:(\d{1,9}(?:[.,]\d{1,3})?)(?:s|sec|秒)?)?", re.I
    )

    def __init__(self, *, signed: bool = False, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 40, **kwargs})
        self.signed = signed

    def clean(self, value: Any) -> int | None:
        given = to_ascii(super().clean(value)).replace(" ", "")
        if not given:
            return None
        is_negative = self.signed and given.startswith("-")
        time = given.removeprefix("-" if is_negative else "+")
        time_ms = self._read_units(time) if self.WITH_UNITS.fullmatch(time) else parse_clock(time)
        if time_ms is None or "-" in time or time_ms >= MAX_TIME_MS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return -time_ms if is_negative else time_ms

    def _read_units(self, time: str) -> int | None:
        found = self.WITH_UNITS.fullmatch(time)
        if not time or not found:
            return None
        minutes, seconds = (Decimal((number or "0").replace(",", ".")) for number in found.groups())
        return int((minutes * 60 + seconds) * 1000)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return signed_clock(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(self.prepare_value(initial)) != self.clean(data)
        except forms.ValidationError:
            return True
