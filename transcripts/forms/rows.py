"""Forms for editing rows and speakers. All input passes a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.flash.answer import MAX_TIME_MS
from transcripts.forms.fields import TRUTHS, ClockField, RowsField
from transcripts.queries.transcripts import Extent
from transcripts.services.editing.utterances import Save, clean_text
from transcripts.templatetags.flashweb import cue_clock
from transcripts.text.limits import MAX_SPEAKER_NAME, MAX_TEXT

MOST_IDS = 500


class UtteranceForm(forms.Form):
    text = forms.CharField(
        strip=True,
        max_length=MAX_TEXT,
        error_messages={
            "required": gettext_lazy("A row cannot be empty."),
            "max_length": gettext_lazy("This row is too long."),
        },
    )
    base_version = forms.IntegerField(min_value=1)
    base_text = forms.CharField(max_length=MAX_TEXT, required=False)
    request_key = forms.CharField(max_length=64, required=False)
    edit_session = forms.CharField(max_length=64, required=False)
    refused = forms.CharField(max_length=MAX_TEXT, required=False)

    @property
    def save(self) -> Save:
        return Save(**self.cleaned_data)

    def clean_text(self) -> str:
        text = clean_text(self.cleaned_data["text"])
        if not text:
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        return text


class SelectedWordsForm(forms.Form):
    """Where words stand in the text of a row, in code points; nowhere without both."""

    start = forms.IntegerField(min_value=0, max_value=MAX_TEXT, required=False)
    end = forms.IntegerField(min_value=1, max_value=MAX_TEXT, required=False)

    @property
    def place(self) -> tuple[int, int] | None:
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return None if start is None or end is None else (start, end)


class UndoForm(forms.Form):
    request_key = forms.CharField(max_length=64, required=False)


class BackForm(UndoForm):
    """`acknowledged`: versions, with commas, of the changes that the person knows can't be undone."""

    acknowledged = forms.CharField(
        max_length=4000, required=False, validators=[RegexValidator(r"\A[0-9]{1,10}(,[0-9]{1,10})*\Z")]
    )

    def clean_acknowledged(self) -> frozenset[int]:
        return frozenset(int(version) for version in self.cleaned_data["acknowledged"].split(",") if version)


class RowForm(UndoForm):
    """Every change of a row carries the version that the person saw."""

    base_version = forms.IntegerField(min_value=1)


class SplitForm(RowForm):
    """`offset` counts code points of the row's text."""

    offset = forms.IntegerField(min_value=0, max_value=MAX_TEXT)


class MergeForm(RowForm):
    """`below` is the row that is merged into this one."""

    below = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    below_version = forms.IntegerField(min_value=1)


class PassForm(RowForm):
    """The words before or after `offset`, in code points, go to the neighbour `to`."""

    offset = forms.IntegerField(min_value=0, max_value=MAX_TEXT)
    to = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    to_version = forms.IntegerField(min_value=1)


class MoveBoundsForm(RowForm):
    start_ms = forms.IntegerField(min_value=0, max_value=MAX_TIME_MS)
    end_ms = forms.IntegerField(min_value=1, max_value=MAX_TIME_MS)


class ShiftForm(UndoForm):
    """By how much all rows are to be moved. `base_start_ms` is where the first one began when the person looked."""

    by = ClockField(signed=True)
    base_start_ms = forms.IntegerField(required=False, min_value=0, max_value=MAX_TIME_MS)

    def __init__(self, *args: Any, extent: Extent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extent = extent

    def clean_by(self) -> int:
        by_ms: int = self.cleaned_data["by"]
        if not by_ms or not self.extent.rows:
            raise forms.ValidationError(_("Nothing would move."))
        if by_ms < 0 and self.extent.start_ms == 0:
            raise forms.ValidationError(_("The first row begins at 0 already."))
        if by_ms > 0 and self.extent.most_ms == 0:
            raise forms.ValidationError(_("The last row ends with the recording already."))
        if by_ms < -self.extent.start_ms:
            earlier = _("The first row would begin before 0. Rows can move at most %(time)s earlier.")
            raise forms.ValidationError(earlier % {"time": cue_clock(self.extent.start_ms)})
        if by_ms > self.extent.most_ms:
            later = _("The last row would end after the recording. Rows can move at most %(time)s later.")
            raise forms.ValidationError(later % {"time": cue_clock(self.extent.most_ms)})
        return by_ms

    @property
    def change(self) -> dict[str, Any]:
        """The arguments for the service."""
        rest = {name: value for name, value in self.cleaned_data.items() if name != "by"}
        return {"by_ms": self.cleaned_data["by"], **rest}


class RowsForm(UndoForm):
    """Several rows of a transcript. (Its field is called `rows` in requests and `versions` in services.)"""

    rows = RowsField()

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments for the services."""
        rest = {name: value for name, value in self.cleaned_data.items() if name != "rows"}
        return {"versions": self.cleaned_data["rows"], **rest}


class MoveRowsForm(RowsForm):
    by_ms = forms.IntegerField(min_value=-MAX_TIME_MS, max_value=MAX_TIME_MS)


class MarkForm(RowsForm):
    on = forms.TypedChoiceField(choices=TRUTHS, coerce=lambda value: value == "true")


class AssignForm(RowsForm):
    """`speaker` is an id; without it, the speaker with the name, or a new one."""

    speaker = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    name = forms.CharField(required=False, max_length=MAX_SPEAKER_NAME)


class SpeakerForm(forms.Form):
    name = forms.CharField(required=False, max_length=MAX_SPEAKER_NAME)


class RenameForm(UndoForm, SpeakerForm):
    """`base_name` is the name that the person saw, "" where there was none."""

    base_name = forms.CharField(required=False, max_length=MAX_SPEAKER_NAME)


class MergeSpeakersForm(RowsForm):
    """`into` is the speaker who gets all rows of the other one."""

    into = forms.IntegerField(min_value=1, max_value=2**63 - 1)


def parse_ids(query: QueryDict) -> list[int]:
    """The rows that are asked for by `?id=1&id=2`; what is none is passed over."""
    return [int(pk) for pk in query.getlist("id")[:MOST_IDS] if pk.isascii() and pk.isdecimal() and len(pk) < 19]
