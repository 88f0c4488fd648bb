"""Forms for live updates and presence."""

from __future__ import annotations

from django import forms


class LiveForm(forms.Form):
    page = forms.UUIDField(required=False)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    annotation = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class HereForm(forms.Form):
    page = forms.UUIDField()
    row = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    idle = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    """For how many ms the person has done nothing; only from pages that say when somebody is at work."""
