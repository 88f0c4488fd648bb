"""The form for share links."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from transcripts.enums import LinkRole

DAYS = {
    1: gettext_lazy("1 day"),
    7: gettext_lazy("7 days"),
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("1 year"),
}
USUAL_DAYS = 30


class ShareForm(forms.Form):
    role = forms.TypedChoiceField(
        label=gettext_lazy("Anyone with the link"),
        choices=LinkRole.choices,
        coerce=LinkRole,
        initial=LinkRole.READER,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"), choices=list(DAYS.items()), coerce=int, initial=USUAL_DAYS
    )
    label = forms.CharField(label=gettext_lazy("Who it is for (a note to yourself)"), max_length=100, required=False)
