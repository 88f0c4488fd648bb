"""Forms for checks and their warnings."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from transcripts.messages import RULES
from transcripts.text.limits import MAX_WARNING_KEY
from transcripts.text.signs import Spacing


class ChecksForm(forms.Form):
    spacing = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Between Chinese and Latin text"),
        choices=[
            (Spacing.LATIN.value, gettext_lazy("Space around words")),
            (Spacing.ALL.value, gettext_lazy("Space around words and numbers")),
            (Spacing.NONE.value, gettext_lazy("No space")),
            (Spacing.OFF.value, gettext_lazy("Not checked")),
        ],
    )

    def clean_spacing(self) -> Spacing:
        return Spacing(self.cleaned_data["spacing"] or Spacing.LATIN)


class SettleForm(ChecksForm):
    """A single warning, by its row and key, or all warnings of the rule `message`."""

    way = forms.ChoiceField(choices=[("mend", ""), ("dismiss", ""), ("again", "")])
    message = forms.ChoiceField(choices=[(rule, "") for rule in RULES])
    row = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    key = forms.CharField(required=False, strip=False, max_length=MAX_WARNING_KEY)
    request_key = forms.CharField(max_length=64, required=False)
