"""Recognising a recording again."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import AlreadyRunning
from transcripts.forms.recordings import OptionsForm
from transcripts.middleware import SignedInRequest
from transcripts.queries.library import get_last_options
from transcripts.services.recognition.run import request_transcription


@require_http_methods(["GET", "HEAD", "POST"])
def transcription_create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Recognises the recording again with other options; its transcripts do not change."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    form = OptionsForm(request.POST if request.method == "POST" else None, defaults=get_last_options(recording))
    if form.is_valid():
        try:
            request_transcription(recording=recording, options=form.options, by=request.user)
            return redirect("library")
        except AlreadyRunning:
            form.add_error(
                None, _("This recording is already being recognised. Wait until it is done, or cancel it first.")
            )
    context = {"recording": recording, "form": form}
    return render(request, "transcripts/recognise_again.html", context, status=422 if form.errors else 200)
