from __future__ import annotations

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
from transcripts.models import Transcription
from transcripts.services import preferences
from transcripts.views import sheet
from transcripts.views.checks import ChecksForm
from transcripts.views.request import SignedInRequest


@gzip_page
@never_cache
@require_safe
def transcript(request: SignedInRequest, pk: UUID) -> HttpResponse:
    found = access.transcript_for(request.user, pk)
    # Without the whole answer of the service, which is large and which the page does not show.
    transcription = Transcription.objects.defer("raw_answer").get(pk=found.transcription_id)
    may_edit = access.may(request.user, Action.EDIT, found.recording.project)
    context = {
        "transcript": found,
        "recording": found.recording,
        "transcription": transcription,
        "options": sentences.options(queries.kept_options(transcription.options)),
        "groups": sheet.groups(found, may_edit=may_edit),
        "may_edit": may_edit,
        "formats": FORMATS.values(),
        "checks_form": ChecksForm(auto_id="check-%s"),
        "speakers": found.speakers.all(),
        "verifiers": queries.verifiers_of(found),
        "others": queries.other_transcripts(found),
        "parts": transcription.parts.count(),
        "preferences": {
            **preferences.preferences_of(request.user).to_json(),
            "user": request.user.pk,
            "url": reverse("preferences"),
        },
    }
    return render(request, "transcripts/transcript.html", context)


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
    context = {"transcript": found, "recording": found.recording}
    return render(request, "transcripts/_player.html", context)
