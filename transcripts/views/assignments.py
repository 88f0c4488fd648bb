"""Assignments of a transcript. Every answer to htmx is the whole current list."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import Claimed
from transcripts.forms.assignments import ClaimForm, CutForm
from transcripts.middleware import SignedInRequest
from transcripts.models import Transcript
from transcripts.queries.assignments import list_assignments
from transcripts.rendering.rows import respond_invalid
from transcripts.services.live.assignments import (
    claim_assignment,
    claim_next_assignment,
    cut_assignments,
    hand_back_assignment,
    remove_assignments,
)


@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_assignments(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The list; a POST divides the recording anew first."""
    if request.method != "POST":
        return _respond_with_assignments(request, access.transcript_for(request.user, pk))
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = CutForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    if minutes := form.cleaned_data["minutes"]:
        cut_assignments(transcript=transcript, minutes=minutes)
    else:
        remove_assignments(transcript=transcript)
    return _respond_after_change(request, transcript)


@require_POST
def transcript_next_assignment(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Claims the next free assignment."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    claimed = claim_next_assignment(transcript=transcript, by=request.user)
    return _respond_after_change(
        request, transcript, "" if claimed else _("No assignment is free: all are done or being worked on.")
    )


@require_POST
def assignment_claim(request: SignedInRequest, pk: UUID, assignment_pk: int) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    try:
        claim_assignment(
            transcript=transcript, assignment=assignment_pk, by=request.user, over=form.cleaned_data["over"]
        )
    except Claimed as claimed:
        return _respond_after_change(
            request, transcript, _("%(name)s is already working on it.") % {"name": claimed.name}
        )
    return _respond_after_change(request, transcript)


@require_POST
def assignment_hand_back(request: SignedInRequest, pk: UUID, assignment_pk: int) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    hand_back_assignment(transcript=transcript, assignment=assignment_pk, by=request.user)
    return _respond_after_change(request, transcript)


def _respond_after_change(request: SignedInRequest, transcript: Transcript, refusal: str = "") -> HttpResponse:
    if request.htmx:
        return _respond_with_assignments(request, transcript, refusal)
    if refusal:
        messages.info(request, refusal)
    return redirect("transcript_assignments", transcript.pk)


def _respond_with_assignments(request: SignedInRequest, transcript: Transcript, refusal: str = "") -> HttpResponse:
    states = list_assignments(transcript)
    rows, verified = sum(state.rows for state in states), sum(state.verified for state in states)
    context = {
        "transcript": transcript,
        "states": states,
        "rows": rows,
        "verified": verified,
        "free": any(state.is_free for state in states),
        "refusal": refusal,
        "may_edit": Action.EDIT in access.rights_of(transcript),
    }
    return render(request, f"transcripts/{'_assignments' if request.htmx else 'assignments'}.html", context)
