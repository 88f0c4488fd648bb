"""Forms about the voices that a project keeps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from transcripts.text.limits import MAX_SPEAKER_NAME

MOST_ID = 2**63 - 1


class KeepVoicesForm(forms.Form):
    """Without `on`, it is switched off. Who switches it on says that the people know."""

    on = forms.BooleanField(required=False)
    asked = forms.BooleanField(
        required=False,
        label=gettext_lazy("The people who speak here know about this and agree"),
        help_text=gettext_lazy("A voiceprint is biometric data, which the law protects in many countries."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("on") and not cleaned.get("asked"):
            self.add_error("asked", gettext_lazy("Ask the people first, then confirm it here."))
        return cleaned


class DeleteVoicesForm(forms.Form):
    """Of a name, of a recording, or of a name in a recording."""

    name = forms.CharField(required=False, max_length=MAX_SPEAKER_NAME, strip=False)
    recording = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("name") and not cleaned.get("recording"):
            raise forms.ValidationError("neither")
        return cleaned


class AllowVoiceForm(forms.Form):
    refused = forms.IntegerField(min_value=1, max_value=MOST_ID)


class VoicesTableForm(forms.Form):
    """Of one name, or all."""

    name = forms.CharField(required=False, max_length=MAX_SPEAKER_NAME, strip=False)
