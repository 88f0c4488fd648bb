"""Forms for assignments."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from transcripts.forms.comments import LONGEST, SHORTEST
from transcripts.forms.fields import TRUTHS


class CutForm(forms.Form):
    """The length of the assignments in minutes; empty to remove them."""

    minutes = forms.IntegerField(
        min_value=SHORTEST,
        max_value=LONGEST,
        required=False,
        error_messages={
            "min_value": gettext_lazy("An assignment must be at least one minute long."),
            "max_value": gettext_lazy("An assignment can be at most four hours long."),
            "invalid": gettext_lazy("Enter a number of minutes."),
        },
    )


class ClaimForm(forms.Form):
    """`over`: even if somebody else works on it."""

    over = forms.TypedChoiceField(choices=TRUTHS, coerce=lambda value: value == "true", required=False)

    def clean_over(self) -> bool:
        return bool(self.cleaned_data["over"])
