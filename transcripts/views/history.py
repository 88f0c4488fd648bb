"""Who changed what and when, and putting back what stood earlier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access, queries
from transcripts.enums import Action
from transcripts.errors import EditConflict
from transcripts.forms import RowForm, UndoForm
from transcripts.models import Utterance
from transcripts.services import restoring
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import render_conflict, render_rows

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


class TakeBackForm(VersionForm):
    person = forms.ModelChoiceField(User.objects.all())


@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_safe
def transcript_history(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The changes, the newest first."""
    transcript = access.transcript_for(request.user, pk)
    form = HistoryForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    steps, more = queries.history(transcript, **asked)
    context = {
        "transcript": transcript,
        "steps": steps,
        "more": more,
        "asked": asked,
        "is_first_page": not asked.get("before"),
        "may_edit": Action.EDIT in access.rights_of(transcript),
    }
    return render(request, f"transcripts/{'_steps' if request.htmx else 'history'}.html", context)


@require_POST
def utterance_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    row = access.utterance_for(request.user, pk, Action.EDIT, removed=True)
    return _answer(request, RestoreRowForm(request.POST), lambda **given: restoring.restore_row(row=row, **given))


@require_POST
def transcript_restore(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    return _answer(
        request,
        VersionForm(request.POST),
        lambda **given: restoring.restore_transcript(transcript=transcript, **given),
    )


@require_POST
def transcript_take_back(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    kept = 0

    def take_back(**given: Any) -> list[Utterance]:
        nonlocal kept
        rows, kept = restoring.take_back(transcript=transcript, **given)
        return rows

    answer = _answer(request, TakeBackForm(request.POST), take_back)
    if kept:
        answer["X-Kept"] = str(kept)  # The rows that somebody has changed since.
    return answer


def _answer(request: SignedInRequest, form: forms.Form, restore: Callable[..., list[Utterance]]) -> HttpResponse:
    """The rows, or nothing where all stood like that already."""
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    try:
        rows = restore(by=request.user, **form.cleaned_data)
    except EditConflict as conflict:
        return render_conflict(request, None, conflict)
    return render_rows(rows) if rows else HttpResponse(status=204)
