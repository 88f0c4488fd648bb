"""The editor's page, for members and, through a share link, for people without an account.

Every address of a link is below the link's own, and checks `access.shared` again.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from transcripts import access, places
from transcripts.enums import Action
from transcripts.errors import NotFound
from transcripts.exports.registry import FORMATS, group_formats
from transcripts.forms.checks import ChecksForm
from transcripts.forms.recordings import TrackForm
from transcripts.forms.rows import parse_ids
from transcripts.messages import describe_options
from transcripts.middleware import SignedInRequest
from transcripts.models import Preferences, Transcript, Transcription
from transcripts.queries.diarization import find_diarization_news
from transcripts.queries.library import parse_kept_options
from transcripts.queries.transcripts import (
    find_filler_places,
    get_state_tag,
    get_verifiers,
    get_word_times,
    lacks_speakers,
    list_other_transcripts,
)
from transcripts.rendering.addresses import build_guest_addresses, build_member_addresses
from transcripts.rendering.page import respond_with_page
from transcripts.services.accounts.preferences import get_preferences
from transcripts.services.current_transcript import offer_as_current


@gzip_page
@never_cache
@require_safe
def transcript(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    transcript = access.transcript_for(request.user, pk)
    preferences = get_preferences(request.user)
    first = {
        "format_groups": group_formats(FORMATS, preferences.export_format),
        "preferences": {
            **preferences.to_json(),
            "user": request.user.pk,
            "url": reverse("preferences"),
        },
    }
    return respond_with_page(
        request,
        transcript,
        access.rights_of(transcript),
        build_member_addresses(transcript),
        first,
        partial(_get_panels_context, transcript),
    )


def _get_panels_context(transcript: Transcript) -> dict[str, Any]:
    # Without the service's answer, which is large and not shown.
    transcription = Transcription.objects.defer("raw_answer", "answer_body").get(pk=transcript.transcription_id)
    options = parse_kept_options(transcription.options)
    recording = transcript.recording
    return {
        "transcription": transcription,
        "track_form": TrackForm(tracks=recording.audio_tracks, taken=recording.track),
        "options": describe_options(options),
        "lacks_speakers": lacks_speakers(transcript, options),
        "checks_form": ChecksForm(auto_id="check-%s"),
        "verifiers": get_verifiers(transcript),
        "others": list_other_transcripts(transcript),
        "diarization_news": find_diarization_news(transcript),
    }


@require_POST
def transcript_make_current(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Makes it the current transcript of its recording, and goes back to the page where that was chosen."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    offer_as_current(transcript, wanted=True)
    messages.success(request, _("This is now the recording's current transcript."))
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else transcript)


@gzip_page
@require_safe
def transcript_words(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    return _respond_with_words(request, access.transcript_for(request.user, pk))


def _respond_with_words(request: HttpRequest, transcript: Transcript) -> HttpResponseBase:
    """The browser keeps them, as it keeps the sound: whoever opens the page again is told that nothing has changed."""
    tag = quote_etag(get_state_tag(transcript))  # before the rows are read: what is kept is never older than its tag
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        answer = HttpResponse(get_word_times(transcript), content_type="application/json")
    answer.headers["ETag"] = tag
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


@gzip_page
@never_cache
@require_safe
def transcript_fillers(request: SignedInRequest, pk: UUID) -> JsonResponse:
    """Where fillers are in all rows, or in those with the ids: `?id=1&id=2`."""
    return _respond_with_fillers(request, access.transcript_for(request.user, pk))


def _respond_with_fillers(request: HttpRequest, transcript: Transcript) -> JsonResponse:
    with places.WORK.hold():
        return JsonResponse(find_filler_places(transcript, parse_ids(request.GET)))


@require_safe
def transcript_player(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The player, which polls until the playback copy is ready."""
    transcript = access.transcript_for(request.user, pk)
    context = {"recording": transcript.recording, "addresses": build_member_addresses(transcript)}
    return render(request, "transcripts/_player.html", context)


@login_not_required
@gzip_page
@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponseBase:
    """The editor's page, read-only; if the link is not valid (any more), a page that says so."""
    try:
        link = access.shared(token)
    except NotFound:
        return render(request, "transcripts/shared_gone.html", status=404)
    first = {"guest": link, "preferences": {**Preferences().to_json(), "user": "", "url": ""}}
    where = build_guest_addresses(link)
    return respond_with_page(request, link.transcript, access.rights_of(link), where, first, lambda: {"verifiers": {}})


@login_not_required
@gzip_page
@require_safe
def shared_words(request: HttpRequest, token: str) -> HttpResponseBase:
    return _respond_with_words(request, access.shared(token).transcript)


@login_not_required
@gzip_page
@never_cache
@require_safe
def shared_fillers(request: HttpRequest, token: str) -> JsonResponse:
    return _respond_with_fillers(request, access.shared(token).transcript)


@login_not_required
@never_cache
@require_safe
def shared_player(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    context = {"recording": link.transcript.recording, "addresses": build_guest_addresses(link)}
    return render(request, "transcripts/_player.html", context)
