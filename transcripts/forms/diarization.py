"""Forms for telling speakers apart."""

from __future__ import annotations

from typing import Any

from django import forms

from transcripts.diarization.results import MAX_VOICES, Hint
from transcripts.forms.fields import RowsField
from transcripts.forms.rows import UndoForm


class DiarizationForm(forms.Form):
    """How many voices there are: a number, from one to another, or, without either, to be found out.

    `within` is the speaker who is several people; with `examples`, rows that people assigned are what others are like.
    """

    min_voices = forms.IntegerField(required=False, min_value=1, max_value=MAX_VOICES)
    max_voices = forms.IntegerField(required=False, min_value=1, max_value=MAX_VOICES)
    examples = forms.BooleanField(required=False)
    within = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        least, most = cleaned.get("min_voices"), cleaned.get("max_voices")
        if least and most and least > most:
            cleaned["min_voices"], cleaned["max_voices"] = most, least
        return cleaned

    @property
    def hint(self) -> Hint | None:
        least, most = self.cleaned_data["min_voices"], self.cleaned_data["max_voices"]
        return Hint(least or 1, most or MAX_VOICES) if least or most else None


class OfDiarizationForm(UndoForm):
    """`diarization` is the one that the person saw."""

    diarization = forms.UUIDField()


class TakeForm(OfDiarizationForm):
    """What is proposed for these rows; or, with `all`, for every row as it was at `base_version` of the transcript."""

    all = forms.BooleanField(required=False)
    base_version = forms.IntegerField(required=False, min_value=1)
    rows = RowsField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("all") and not cleaned.get("base_version"):
            self.add_error("base_version", self.fields["base_version"].error_messages["required"])
        return cleaned

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("all"):
            del self.fields["rows"]

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments for the service, but for the diarization."""
        given = self.cleaned_data
        request_key = {"request_key": given["request_key"]}
        if given["all"]:
            return {"base_version": given["base_version"], **request_key}
        return {"versions": given["rows"], **request_key}
