"""Importing transcripts, into a recording or together with a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NotRecording
from transcripts.forms.imports import ImportForm, NewImportForm
from transcripts.forms.projects import get_chosen_project
from transcripts.messages import explain_refusal
from transcripts.middleware import SignedInRequest
from transcripts.queries.library import get_default_options
from transcripts.queries.transcripts import get_spoken_rows
from transcripts.services.importing.imports import add_transcript
from transcripts.services.recordings.create import create_recording


@require_http_methods(["GET", "HEAD", "POST"])
def recording_import(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Imports a file as another transcript of the recording, then shows what differs, to take over row by row."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    before = recording.transcripts.order_by("-created_at").first()
    known = [speaker.display_name for speaker in before.speakers.all()] if before else []
    form = ImportForm(*_respond_sent(request), known=known, spoken=lambda: get_spoken_rows(before) if before else [])
    if form.is_valid():
        made = add_transcript(
            recording=recording, answer=form.answer, file_name=form.cleaned_data["transcript"].name, by=request.user
        )
        if before:
            return redirect("transcript_compare", before.pk, made.pk)
        return redirect(made)
    context = {"recording": recording, "form": form, "back": before}
    return render(request, "transcripts/import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: SignedInRequest) -> HttpResponse:
    """Imports a recording with its transcript, without recognition, into the project that the address names."""
    project = get_chosen_project(request.user, request.GET)
    form = NewImportForm(*_respond_sent(request))
    if form.is_valid():
        file = form.cleaned_data["recording"]
        try:
            recording = create_recording(
                file=Path(file.temporary_file_path()),
                file_name=file.name,
                project=project,
                options=get_default_options(project),
                by=request.user,
                imported=(form.answer, form.cleaned_data["transcript"].name),
            )
            return redirect(recording.transcripts.get())
        except NotRecording as error:
            form.add_error("recording", explain_refusal(file.name, error.reason))
    context = {"form": form, "project": project}
    return render(request, "transcripts/import.html", context, status=422 if form.errors else 200)


def _respond_sent(request: SignedInRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
