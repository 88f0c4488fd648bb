"""Pieces of a recording that people claim. Every answer to htmx is the whole list as it is now."""

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
from transcripts.aside_forms import ClaimForm, CutForm
from transcripts.enums import Action
from transcripts.errors import Claimed
from transcripts.models import Transcript
from transcripts.services import pieces
from transcripts.views.request import SignedInRequest


@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_pieces(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """All of them; with POST, after the recording was cut anew."""
    if request.method != "POST":
        return _listed(request, access.transcript_for(request.user, pk))
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = CutForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    if minutes := form.cleaned_data["minutes"]:
        pieces.cut(transcript=transcript, minutes=minutes)
    else:
        pieces.remove(transcript=transcript)
    return _done(request, transcript)


@require_POST
def transcript_next_piece(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The next free piece becomes the person's."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    found = pieces.claim_next(transcript=transcript, by=request.user)
    return _done(request, transcript, "" if found else _("No piece is free: each is done, or somebody works on it."))


@require_POST
def piece_claim(request: SignedInRequest, pk: UUID, piece_pk: int) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    try:
        pieces.claim(transcript=transcript, piece=piece_pk, by=request.user, over=form.cleaned_data["over"])
    except Claimed as claimed:
        return _done(request, transcript, _("%(name)s works on it by now.") % {"name": claimed.name})
    return _done(request, transcript)


@require_POST
def piece_hand_back(request: SignedInRequest, pk: UUID, piece_pk: int) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    pieces.hand_back(transcript=transcript, piece=piece_pk, by=request.user)
    return _done(request, transcript)


def _done(request: SignedInRequest, transcript: Transcript, refusal: str = "") -> HttpResponse:
    if request.htmx:
        return _listed(request, transcript, refusal)
    if refusal:
        messages.info(request, refusal)
    return redirect("transcript_pieces", transcript.pk)


def _listed(request: SignedInRequest, transcript: Transcript, refusal: str = "") -> HttpResponse:
    states = pieces.states(transcript)
    rows, verified = sum(one.rows for one in states), sum(one.verified for one in states)
    context = {
        "transcript": transcript,
        "states": states,
        "rows": rows,
        "verified": verified,
        "free": any(one.is_free for one in states),
        "refusal": refusal,
        "may_edit": Action.EDIT in access.rights_of(transcript),
    }
    return render(request, f"transcripts/{'_pieces' if request.htmx else 'pieces'}.html", context)
