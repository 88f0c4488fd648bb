"""Forms for the history and for restoring."""

from __future__ import annotations

from django import forms
from django.contrib.auth.models import User

from transcripts.forms.rows import RowForm, UndoForm

MOST = 2**31 - 1


class HistoryForm(forms.Form):
    """Filters by row or person; `before` a version is for the next page."""

    row = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    person = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    before = forms.IntegerField(required=False, min_value=1, max_value=MOST)


class VersionForm(UndoForm):
    version = forms.IntegerField(min_value=1, max_value=MOST)


class RestoreRowForm(VersionForm, RowForm):
    pass


class RevertForm(VersionForm):
    person = forms.ModelChoiceField(User.objects.all())
