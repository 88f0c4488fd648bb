from __future__ import annotations

from django import forms
from django.contrib.auth.models import User

from transcripts.forms.rows import RowForm, UndoForm

MOST = 2**31 - 1


class HistoryForm(forms.Form):
    """All of the transcript, of one row or of one person, and only what came before a version: the next page."""

    row = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    person = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    before = forms.IntegerField(required=False, min_value=1, max_value=MOST)


class VersionForm(UndoForm):
    version = forms.IntegerField(min_value=1, max_value=MOST)


class RestoreRowForm(VersionForm, RowForm):
    pass


class RevertForm(VersionForm):
    person = forms.ModelChoiceField(User.objects.all())
