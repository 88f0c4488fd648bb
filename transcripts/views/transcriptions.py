"""Recognising a recording again."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import AlreadyRunning, OverQuota
from transcripts.forms.recordings import OptionsForm, TrackForm
from transcripts.messages import QUOTAS
from transcripts.middleware import SignedInRequest
from transcripts.queries.library import get_last_options
from transcripts.services.current_transcript import is_worked_on
from transcripts.services.recordings.tracks import choose_track


@require_http_methods(["GET", "HEAD", "POST"])
def transcription_create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Recognises the recording again with other options, or another of its tracks; its transcripts do not change."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    sent = request.POST if request.method == "POST" else None
    options = get_last_options(recording)
    if request.GET.get("speakers") == "true":
        options = replace(options, speakers=True)
    form = OptionsForm(sent, defaults=options)
    track_form = TrackForm(sent, tracks=recording.audio_tracks, taken=recording.track) if recording.tracks else None
    if form.is_valid() and (track_form is None or track_form.is_valid()):
        track = track_form.chosen if track_form else recording.track
        try:
            choose_track(recording=recording, track=track, options=form.options, by=request.user)
            return redirect("library")
        except OverQuota as error:
            form.add_error(None, str(QUOTAS[error.quota]))
        except AlreadyRunning:
            form.add_error(
                None, _("This recording is already being recognised. Wait until it is done, or cancel it first.")
            )
    context = {"recording": recording, "form": form, "track_form": track_form}
    context["stays"] = is_worked_on(recording.transcripts.current_first().first())
    has_errors = form.errors or (track_form and track_form.errors)
    return render(request, "transcripts/recognise_again.html", context, status=422 if has_errors else 200)
