"""Fields and widgets that several forms use."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or many; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files if file is not None]


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
