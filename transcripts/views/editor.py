from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from transcripts import access, queries, sentences
from transcripts.enums import Action
from transcripts.exports.registry import FORMATS
from transcripts.models import Part, Transcript, Transcription
from transcripts.services import preferences
from transcripts.views import addresses, sheet
from transcripts.views.checks import ChecksForm
from transcripts.views.request import SignedInRequest


@gzip_page
@never_cache
@require_safe
def transcript(request: SignedInRequest, pk: UUID) -> HttpResponse:
    found = access.transcript_for(request.user, pk)
    # Without the whole answer of the service, which is large and which the page does not show.
    transcription = Transcription.objects.defer("raw_answer").get(pk=found.transcription_id)
    context = {
        **page_of(found, access.rights_of(found), addresses.of_member(found)),
        "transcription": transcription,
        "options": sentences.options(queries.kept_options(transcription.options)),
        "formats": FORMATS.values(),
        "checks_form": ChecksForm(auto_id="check-%s"),
        "verifiers": queries.verifiers_of(found),
        "others": queries.other_transcripts(found),
        "preferences": {
            **preferences.preferences_of(request.user).to_json(),
            "user": request.user.pk,
            "url": reverse("preferences"),
        },
    }
    return render(request, "transcripts/transcript.html", context)


def page_of(found: Transcript, rights: Collection[Action], where: addresses.Addresses) -> dict[str, Any]:
    """What everybody's page shows."""
    may_edit = Action.EDIT in rights
    return {
        "transcript": found,
        "recording": found.recording,
        "groups": sheet.groups(found, may_edit=may_edit, comments="comments" in where),
        "rights": rights,
        "may_edit": may_edit,
        "addresses": where,
        "speakers": found.speakers.all(),
        "pieces": found.pieces.exists(),
        "parts": Part.objects.filter(transcription=found.transcription_id).count(),
    }


@gzip_page
@never_cache
@require_safe
def transcript_words(request: SignedInRequest, pk: UUID) -> HttpResponse:
    times = queries.word_times(access.transcript_for(request.user, pk))
    return HttpResponse(times, content_type="application/json")


@require_safe
def transcript_player(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The tape deck, which asks for itself until the playback copy is there."""
    found = access.transcript_for(request.user, pk)
    context = {"recording": found.recording, "addresses": addresses.of_member(found)}
    return render(request, "transcripts/_player.html", context)
