"""Adding recordings, and what can be done with one in the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.audio.results import AudioInfo
from transcripts.enums import Action
from transcripts.errors import NotAllowed, NotFound, NotRecording, OverQuota, WrongOffset
from transcripts.forms.projects import MoveRecordingForm, get_chosen_project
from transcripts.forms.recordings import ASK, HoldForm, KnownForm, TitleForm, TrackForm, UploadForm
from transcripts.messages import QUOTAS, explain_busy, explain_refusal
from transcripts.middleware import SignedInRequest
from transcripts.models import Project, Recording, Upload
from transcripts.places import Busy
from transcripts.queries.activity import add_activity
from transcripts.queries.library import get_default_options, list_recordings
from transcripts.queries.progress import add_progress
from transcripts.services.projects.moves import ask_to_move, move_recording
from transcripts.services.projects.projects import set_default_options
from transcripts.services.recognition.kept_answers import read_kept_answer
from transcripts.services.recognition.run import cancel_transcription, retry_transcription
from transcripts.services.recordings.create import (
    ChannelsNotChosen,
    FileKnown,
    TrackNotChosen,
    create_from_address,
    create_from_sample,
    create_from_upload,
    create_recording,
    rename_recording,
)
from transcripts.services.recordings.delete import bin_recording
from transcripts.services.recordings.known import list_known, list_same_size
from transcripts.services.recordings.playback import retry_playback
from transcripts.services.recordings.retention import delete_audio, set_hold
from transcripts.services.recordings.tracks import choose_track
from transcripts.services.recordings.uploads import hold_file


@dataclass
class _Outcome:
    """What became of what was given: recordings, sentences, and files that are here already, held as uploads."""

    taken: list[Recording] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    known: list[tuple[Upload, list[Recording]]] = field(default_factory=list)

    @contextmanager
    def explain(self, name: str) -> Iterator[None]:
        """A sentence in place of why it can't be taken."""
        try:
            yield
        except NotRecording as error:
            self.refused.append(explain_refusal(name, error.reason))
        except OverQuota as error:
            self.refused.append(f"{name}: {QUOTAS[error.quota]}")


@require_POST
def recording_create(request: SignedInRequest) -> HttpResponse:
    """Adds every file that has audio, and every web address; a sentence says why any other was refused.

    300 and a question where something is to be decided about an upload, which is kept: the same request with the
    answer makes the recording.
    """
    project = get_chosen_project(request.user, request.POST)
    form = UploadForm(request.POST, request.FILES, defaults=get_default_options(project))
    if not form.is_valid():
        return _respond_with_recordings(request, [], _list_form_errors(form), mendable=True)
    if form.cleaned_data["keep_as_default"]:
        access.check(request.user, Action.MANAGE, project)
    outcome = _Outcome()
    for file in form.cleaned_data["file"]:
        _take_file(request, file, project, form, outcome)
    for pk in form.cleaned_data["upload"]:
        if response := _take_upload(request, pk, project, form, outcome):
            return response
    outcome.refused += form.bad_addresses
    for url in form.cleaned_data["url"]:
        with outcome.explain(url):
            outcome.taken.append(
                create_from_address(
                    url=url,
                    project=project,
                    options=form.options,
                    by=request.user,
                    track=form.chosen_track,
                    tags=form.cleaned_data["tags"],
                )
            )
    if form.cleaned_data["keep_as_default"]:
        set_default_options(project=project, options=form.options, by=request.user)
    if outcome.known:
        return _ask_about_known(request, outcome)
    return _respond_with_recordings(request, outcome.taken, outcome.refused)


def _take_file(
    request: SignedInRequest, file: TemporaryUploadedFile, project: Project, form: UploadForm, outcome: _Outcome
) -> None:
    path, name = Path(file.temporary_file_path()), file.name or ""
    with outcome.explain(name):
        try:
            recording = create_recording(
                file=path,
                file_name=name,
                project=project,
                options=form.options,
                by=request.user,
                track=form.chosen_track,
                ask_known=form.asks_known,
                tags=form.cleaned_data["tags"],
            )
            outcome.taken.append(recording)
        except FileKnown as known:
            outcome.known.append((hold_file(file=path, file_name=name, by=request.user), known.recordings))
        except Busy:
            outcome.refused.append(f"{name}: {explain_busy()}")


def _take_upload(
    request: SignedInRequest, pk: UUID, project: Project, form: UploadForm, outcome: _Outcome
) -> HttpResponse | None:
    """Returns the answer where it can't be taken yet."""
    upload = access.upload_for(request.user, pk)
    with outcome.explain(upload.file_name):
        try:
            recording = create_from_upload(
                upload=upload,
                project=project,
                options=form.options,
                by=request.user,
                track=form.chosen_track,
                ask_track=form.asks_track,
                ask_channels=form.asks_channels,
                ask_known=form.asks_known,
                tags=form.cleaned_data["tags"],
            )
            outcome.taken.append(recording)
        except FileKnown as known:
            return _ask_known(request, known.recordings)
        except TrackNotChosen as several:
            return _ask_track(request, pk, several.info)
        except ChannelsNotChosen:
            return render(request, "transcripts/_channels_question.html", {"upload": pk}, status=300)
        except WrongOffset:
            return HttpResponse(status=409)
    return None


@require_POST
def recording_known(request: SignedInRequest) -> HttpResponse:
    """Whether a file is here already, before it is sent: JSON for its size; for its hash 204, or 300 and the question.

    Only what the person can see is looked at.
    """
    form = KnownForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    size_bytes, content_hash = form.cleaned_data["size_bytes"], form.cleaned_data["content_hash"]
    if not content_hash:
        return JsonResponse({"known": list_same_size(request.user, size_bytes).exists()})
    known = list_known(request.user, size_bytes, content_hash)
    return _ask_known(request, known) if known else HttpResponse(status=204)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def recording_receive(request: SignedInRequest) -> HttpResponse:
    """Adds what another app on a phone shares with this one, where no service worker has kept it for the library.

    Browsers send it by themselves, without a token, and say that no page of another site did.
    """
    if request.method != "POST":  # after the form to sign in
        messages.error(request, _("The recording did not arrive, as you were signed out. Share it again."))
        return redirect("library")
    if request.headers.get("Sec-Fetch-Site") not in {"none", "same-origin"}:
        raise NotAllowed
    return recording_create(request)


@require_POST
def recording_sample(request: SignedInRequest) -> HttpResponse:
    """Adds the sample recording, for people who have none at hand."""
    project = get_chosen_project(request.user, request.POST)
    options = get_default_options(project)
    try:
        sample = create_from_sample(title=_("Sample recording"), project=project, options=options, by=request.user)
    except OverQuota as error:
        return _respond_with_recordings(request, [], [str(QUOTAS[error.quota])])
    return _respond_with_recordings(request, [sample], [])


@vary_on_headers("HX-Request")
@require_safe
def recording(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The recording's entry in the library, which polls while work is going on."""
    return _respond_with_recording(request, access.recording_for(request.user, pk))


@require_POST
def recording_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.EDIT)
    for transcription in recording.transcriptions.all():
        cancel_transcription(transcription=transcription)
    return _respond_with_recording(request, recording)


@require_POST
def recording_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.EDIT)
    transcription = recording.transcriptions.first()
    if transcription is not None:
        retry_transcription(transcription=transcription)
    retry_playback(recording=recording)
    return _respond_with_recording(request, recording)


@require_POST
def transcription_reread(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.EDIT)
    transcription = recording.transcriptions.first()
    if transcription is not None:
        read_kept_answer(transcription=transcription)
    return _respond_with_recording(request, recording)


@require_POST
def recording_rename(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.EDIT)
    form = TitleForm(request.POST)
    if form.is_valid():
        rename_recording(recording=recording, title=form.cleaned_data["title"], by=request.user)
        if not request.htmx:
            return redirect(recording.transcripts.current_first().first() or "library")
    context = {"recording": recording, "form": form, "may_edit": True}
    return render(request, "transcripts/_title.html", context, status=200 if form.is_valid() else 422)


@require_POST
def recording_track(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Takes another of its audio tracks from now on."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    form = TrackForm(request.POST, tracks=recording.audio_tracks, taken=recording.track)
    if not form.is_valid():
        raise NotFound
    choose_track(recording=recording, track=form.chosen, by=request.user)
    return redirect(recording.transcripts.filter(pk=form.cleaned_data["transcript"]).first() or "library")


@require_POST
def recording_move(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Moves it to another project, or asks its owners to. Answers htmx with the new entry, if the list still has it."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    form = MoveRecordingForm(request.POST)
    if not form.is_valid():
        raise NotFound
    project = access.project_for(request.user, form.cleaned_data["project"], Action.EDIT)
    if Action.MOVE not in access.rights_of(recording):
        ask_to_move(recording=recording, project=project, by=request.user)
        return _respond_with_recording(request, recording)
    move_recording(recording=recording, project=project, by=request.user)
    shown = form.cleaned_data["shown"]
    return (
        HttpResponse()
        if request.htmx and shown and shown != project.pk
        else _respond_with_recording(request, recording)
    )


@require_POST
def recording_hold(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Places a legal hold on the recording, or lifts it."""
    recording = access.recording_for(request.user, pk, Action.MANAGE)
    form = HoldForm(request.POST)
    form.full_clean()
    set_hold(recording=recording, on=form.cleaned_data["on"], by=request.user)
    return redirect(recording.transcripts.current_first().first() or "library")


@require_POST
def recording_audio_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Deletes its files; the transcripts stay."""
    recording = access.recording_for(request.user, pk, Action.MANAGE)
    delete_audio(recording=recording, by=request.user)
    return redirect(recording.transcripts.current_first().first() or "library")


@require_POST
def recording_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.recording_for(request.user, pk, Action.MANAGE)
    bin_recording(recording=recording, by=request.user)
    return HttpResponse() if request.htmx else redirect("library")


def _list_form_errors(form: UploadForm) -> list[str]:
    """Each error, after the label of its field."""
    return [
        f"{form.fields[name].label}: {sentence}" if name in form.fields and form.fields[name].label else str(sentence)
        for name, errors in form.errors.items()
        for sentence in errors
    ]


def _ask_track(request: SignedInRequest, upload: UUID, info: AudioInfo) -> HttpResponse:
    """300 with the tracks of an upload, which is kept: the same request with `track` makes the recording."""
    form = TrackForm(tracks=info.tracks, taken=info.track, auto_id=f"%s-{upload}")
    return render(request, "transcripts/_track_question.html", {"form": form, "tracks": info.tracks}, status=300)


def _ask_known(request: SignedInRequest, known: list[Recording]) -> HttpResponse:
    return render(request, "transcripts/_known_question.html", {"known": known}, status=300)


def _ask_about_known(request: SignedInRequest, outcome: _Outcome) -> HttpResponse:
    """The page for browsers without scripts: which of the files are to be added all the same, with the same fields."""
    left_out = {"csrfmiddlewaretoken", "known", "upload", "url", "keep_as_default"}
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in left_out and value != ASK
    ]
    context = {"files": outcome.known, "taken": outcome.taken, "refused": outcome.refused, "fields": fields}
    return render(request, "transcripts/known.html", context, status=300)


def _respond_with_recordings(
    request: SignedInRequest, taken: list[Recording], refused: list[str], *, mendable: bool = False
) -> HttpResponse:
    """Answers htmx with the new entries and the refusals below; else redirects to the library with messages.

    `mendable`: the same file may be accepted with other values in the form.
    """
    if not request.htmx:
        for sentence in refused:
            messages.error(request, sentence)
        return redirect("library")
    rows = list_recordings(request.user).filter(pk__in=[recording.pk for recording in taken])
    context = {"recordings": rows, "refused": refused, "mendable": mendable}
    return render(request, "transcripts/_uploaded.html", context, status=200 if taken else 422)


def _respond_with_recording(request: SignedInRequest, recording: Recording) -> HttpResponse:
    if not request.htmx:
        return redirect("library")
    row = get_object_or_404(list_recordings(request.user), pk=recording.pk)
    add_progress([row])
    add_activity([row])
    return render(request, "transcripts/_recording.html", {"recording": row})
