"""Marks on rows, given to one or to many at once. Answers tell of each row what changed, without its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from transcripts import access, sentences
from transcripts.enums import Action
from transcripts.errors import EditConflict, NotPossible
from transcripts.forms import MarkForm, RowsForm
from transcripts.models import Transcript, Utterance
from transcripts.services import reviewing
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import render_conflict, render_marks


@require_POST
def transcript_verify(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _marked(request, pk, reviewing.verify)


@require_POST
def transcript_flag(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _marked(request, pk, reviewing.flag)


def change_rows(
    request: SignedInRequest,
    transcript: Transcript,
    form: RowsForm,
    service: Callable[..., Sequence[Utterance]],
) -> HttpResponse:
    """What the service does to the rows of the form: 409 where one has changed since, 422 with the reasons."""
    if form.is_valid():
        try:
            return render_marks(request, transcript, service(by=request.user, **form.changes))
        except EditConflict as conflict:
            return render_conflict(request, None, conflict)
        except NotPossible as error:
            form.add_error(None, sentences.impossible(error.what))
    return render(request, "transcripts/_invalid.html", {"form": form}, status=422)


def _marked(request: SignedInRequest, pk: UUID, service: Callable[..., Sequence[Utterance]]) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    return change_rows(
        request, transcript, MarkForm(request.POST), lambda **changes: service(transcript=transcript, **changes)
    )
