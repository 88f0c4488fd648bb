"""Marks on one or many rows. Answers have the marks of the rows that changed, without their text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.rows import MarkForm
from transcripts.middleware import SignedInRequest
from transcripts.models import Utterance
from transcripts.rendering.rows import respond_invalid, respond_with_marks
from transcripts.services.editing.reviewing import flag_rows, verify_rows


@require_POST
def transcript_verify(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _mark_rows(request, pk, verify_rows)


@require_POST
def transcript_flag(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _mark_rows(request, pk, flag_rows)


def _mark_rows(request: SignedInRequest, pk: UUID, service: Callable[..., Sequence[Utterance]]) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = MarkForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    rows = service(transcript=transcript, by=request.user, **form.changes)
    return respond_with_marks(request, transcript, rows)
