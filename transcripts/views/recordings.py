from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access, queries, sentences
from transcripts.enums import Action
from transcripts.errors import NotRecording, WrongOffset
from transcripts.flash.options import RecognitionOptions
from transcripts.forms import TitleForm, UploadForm
from transcripts.models import Project, Recording
from transcripts.project_forms import MoveForm
from transcripts.services import intake, preparation, projects, recognition
from transcripts.views.projects import chosen_project
from transcripts.views.request import SignedInRequest


@require_POST
def recording_create(request: SignedInRequest) -> HttpResponse:
    """Takes every file that holds sound, and the address; of each other file a sentence tells why it was not taken."""
    project = chosen_project(request, request.POST)
    form = UploadForm(request.POST, request.FILES, defaults=queries.default_options(project))
    if not form.is_valid():
        return _uploaded(request, [], form_sentences(form), mendable=True)
    if form.cleaned_data["keep_as_default"]:
        access.check(request.user, Action.MANAGE, project)
    taken, refused = [], []
    for file in form.cleaned_data["file"]:
        try:
            taken.append(_take_in(request, file, project, form.options))
        except NotRecording as error:
            refused.append(sentences.refusal(file.name, error.reason))
    if pk := form.cleaned_data["upload"]:
        upload = access.upload_for(request.user, pk)
        try:
            taken.append(intake.take_in_upload(upload=upload, project=project, options=form.options, by=request.user))
        except NotRecording as error:
            refused.append(sentences.refusal(upload.file_name, error.reason))
        except WrongOffset:
            return HttpResponse(status=409)
    if url := form.cleaned_data["url"]:
        taken.append(intake.take_in_address(url=url, project=project, options=form.options, by=request.user))
    if form.cleaned_data["keep_as_default"]:
        intake.set_defaults(project=project, options=form.options, by=request.user)
    return _uploaded(request, taken, refused)


@require_POST
def recording_sample(request: SignedInRequest) -> HttpResponse:
    """Takes in the recording that comes along, for who has none at hand."""
    project = chosen_project(request, request.POST)
    options = queries.default_options(project)
    sample = intake.take_in_sample(title=_("Sample recording"), project=project, options=options, by=request.user)
    return _uploaded(request, [sample], [])


@vary_on_headers("HX-Request")
@require_safe
def recording(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The recording's row of the library, which asks for itself while something is going on."""
    return _row(request, access.recording_for(request.user, pk))


@require_POST
def recording_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.EDIT)
    for transcription in recording.transcriptions.all():
        recognition.cancel(transcription=transcription)
    return _row(request, recording)


@require_POST
def recording_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.EDIT)
    transcription = recording.transcriptions.first()
    if transcription is not None:
        recognition.retry(transcription=transcription)
    preparation.retry(recording=recording)
    return _row(request, recording)


@require_POST
def recording_rename(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.EDIT)
    form = TitleForm(request.POST)
    if form.is_valid():
        intake.rename(recording=recording, title=form.cleaned_data["title"], by=request.user)
        if not request.htmx:
            return redirect(recording.transcripts.order_by("-created_at").first() or "library")
    context = {"recording": recording, "form": form, "may_edit": True}
    return render(request, "transcripts/_title.html", context, status=200 if form.is_valid() else 422)


@require_POST
def recording_move(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Into another project. To htmx the row as it is then, where its list still shows it."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise Http404
    project = access.target_for(request.user, form.cleaned_data["project"], recording)
    projects.move(recording=recording, project=project, by=request.user)
    shown = form.cleaned_data["shown"]
    return HttpResponse() if request.htmx and shown and shown != project.pk else _row(request, recording)


@require_POST
def recording_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.MANAGE)
    intake.delete(recording=recording, by=request.user)
    return HttpResponse() if request.htmx else redirect("library")


def form_sentences(form: UploadForm) -> list[str]:
    """Each error with the label of its field before it."""
    return [
        f"{form.fields[name].label}: {sentence}" if name in form.fields and form.fields[name].label else str(sentence)
        for name, errors in form.errors.items()
        for sentence in errors
    ]


def _take_in(
    request: SignedInRequest, file: TemporaryUploadedFile, project: Project, options: RecognitionOptions
) -> Recording:
    return intake.take_in(
        file=Path(file.temporary_file_path()),
        file_name=file.name or "",
        project=project,
        options=options,
        by=request.user,
    )


def _uploaded(
    request: SignedInRequest, taken: list[Recording], refused: list[str], *, mendable: bool = False
) -> HttpResponse:
    """To htmx the new rows, with the refusals below them; else the library, which shows the refusals as messages.

    `mendable`: the same file may be taken once the form is filled in otherwise.
    """
    if not request.htmx:
        for sentence in refused:
            messages.error(request, sentence)
        return redirect("library")
    rows = queries.recordings_of(request.user).filter(pk__in=[recording.pk for recording in taken])
    context = {"recordings": rows, "refused": refused, "mendable": mendable}
    return render(request, "transcripts/_uploaded.html", context, status=200 if taken else 422)


def _row(request: SignedInRequest, recording: Recording) -> HttpResponse:
    if not request.htmx:
        return redirect("library")
    row = get_object_or_404(queries.recordings_of(request.user), pk=recording.pk)
    return render(request, "transcripts/_recording.html", {"recording": row})
