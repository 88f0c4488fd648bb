"""The history, and restoring earlier states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.history import HistoryForm, RestoreRowForm, RevertForm, VersionForm
from transcripts.middleware import SignedInRequest
from transcripts.models import Utterance
from transcripts.queries.history import list_history
from transcripts.rendering.rows import respond_invalid, respond_with_rows
from transcripts.services.editing.restore import restore_row, restore_transcript, revert_person


@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_safe
def transcript_history(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The changes, newest first."""
    transcript = access.transcript_for(request.user, pk)
    form = HistoryForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    steps, more = list_history(transcript, **asked)
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
    return _restore_rows(request, RestoreRowForm(request.POST), lambda **given: restore_row(row=row, **given))


@require_POST
def transcript_restore(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    return _restore_rows(
        request,
        VersionForm(request.POST),
        lambda **given: restore_transcript(transcript=transcript, **given),
    )


@require_POST
def transcript_revert(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    kept = 0

    def take_back(**given: Any) -> Sequence[Utterance]:
        nonlocal kept
        rows, kept = revert_person(transcript=transcript, **given)
        return rows

    answer = _restore_rows(request, RevertForm(request.POST), take_back)
    if kept:
        answer["X-Kept"] = str(kept)  # Rows that somebody has changed since.
    return answer


def _restore_rows(
    request: SignedInRequest, form: forms.Form, restore: Callable[..., Sequence[Utterance]]
) -> HttpResponse:
    """The restored rows; 204 if nothing changed."""
    if not form.is_valid():
        return respond_invalid(request, form)
    rows = restore(by=request.user, **form.cleaned_data)
    return respond_with_rows(rows) if rows else HttpResponse(status=204)
