"""Importing transcripts, into a recording or together with a new one.

What a file holds is shown before anything is stored, unless all of it was read and nothing had to be guessed. The files
are kept meanwhile: they are uploaded once.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import AlreadyImported, NotKept, NotRecording
from transcripts.forms.import_choices import ShownReading
from transcripts.forms.imports import CurrentForm, FileReader, ImportForm, NewImportForm
from transcripts.forms.projects import get_chosen_project
from transcripts.imports.decisions import is_certain
from transcripts.imports.reading import ImportedAnswer, make_answer
from transcripts.imports.rows import NotReadable, Reading
from transcripts.messages import explain_refusal
from transcripts.middleware import SignedInRequest
from transcripts.queries.library import get_default_options
from transcripts.queries.transcripts import get_spoken_rows
from transcripts.services.current_transcript import is_worked_on
from transcripts.services.importing.imports import add_transcript
from transcripts.services.importing.kept_files import (
    KeptFiles,
    find_stored,
    forget_files,
    get_files,
    keep_files,
    sign_files,
)
from transcripts.services.recordings.create import create_recording
from transcripts.services.store.store import get_store


@dataclass(slots=True)
class ImportStep:
    """Where an import is: files are to be chosen, what they hold is shown, or `answer` is to be stored."""

    form: ImportForm
    kept: KeptFiles | None = None
    shown: ShownReading | None = None
    answer: ImportedAnswer | None = None
    sentence: str = ""
    """Why files have to be chosen again."""


@require_http_methods(["GET", "HEAD", "POST"])
def recording_import(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Imports a file as another transcript of the recording, then shows what differs, to take over row by row."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    before = recording.transcripts.current_first().first()
    current_form = CurrentForm(request.POST or None, initial={"current": not is_worked_on(before)})
    reader = FileReader(
        known=tuple(speaker.display_name for speaker in before.speakers.all()) if before else (),
        spoken=lambda: get_spoken_rows(before) if before else [],
        duration_ms=recording.duration_ms,
    )
    step = _take_step(request, ImportForm, reader)
    if step.kept and step.answer:
        with suppress(AlreadyImported):
            add_transcript(
                recording=recording,
                answer=step.answer,
                file_name=step.kept.transcript_name,
                by=request.user,
                pk=step.kept.id,
                current=current_form.get_choice(),
            )
    if step.kept and (made := find_stored(step.kept)):
        forget_files(step.kept)
        before = recording.transcripts.exclude(pk=made.pk).current_first().first()
        return redirect("transcript_compare", before.pk, made.pk) if before else redirect(made)
    return _show_step(request, step, {"recording": recording, "back": before, "current_form": current_form})


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: SignedInRequest) -> HttpResponse:
    """Imports a recording with its transcript, without recognition, into the project that the address names."""
    project = get_chosen_project(request.user, request.GET)
    step = _take_step(request, NewImportForm, FileReader())
    if step.kept and step.answer:
        try:
            with (
                suppress(AlreadyImported, FileNotFoundError),  # which another request may have stored just now
                get_store().local(step.kept.recording) as file,
            ):
                create_recording(
                    file=file,
                    stored=step.kept.recording,
                    file_name=step.kept.recording_name,
                    project=project,
                    options=get_default_options(project),
                    by=request.user,
                    info=step.kept.audio_info,
                    imported=(step.answer, step.kept),
                )
        except NotRecording as error:
            forget_files(step.kept)
            sentence = explain_refusal(step.kept.recording_name, error.reason)
            step = ImportStep(NewImportForm(reader=FileReader()), sentence=sentence)
    if step.kept and (made := find_stored(step.kept)):
        forget_files(step.kept)
        return redirect(made)
    return _show_step(request, step, {"project": project})


def _take_step(request: SignedInRequest, form_class: type[ImportForm], reader: FileReader) -> ImportStep:
    if request.method != "POST":
        return ImportStep(form_class(reader=reader))
    if "kept" in request.POST:
        return _choose_reading(request, form_class, reader)
    form = form_class(request.POST, request.FILES, reader=reader)
    if not form.is_valid():
        return ImportStep(form)
    kept = _keep_sent_files(form)
    step = ImportStep(form, kept)
    if is_certain(form.reading, reader.known) and "look" not in request.POST:
        step.answer = make_answer(form.reading)
        return step
    _read_kept_file(step, kept, form.reader, base=form.reading)
    return step


def _choose_reading(request: SignedInRequest, form_class: type[ImportForm], reader: FileReader) -> ImportStep:
    """The files are kept already: reads them as chosen, and has them stored if that was asked for."""
    step = ImportStep(form_class(reader=reader))
    try:
        step.kept = kept = get_files(request.POST["kept"], owner=_name_owner(request))
        if find_stored(kept):
            return step
        if kept.audio_info:
            reader = replace(reader, duration_ms=kept.audio_info.duration_ms)
        _read_kept_file(step, kept, reader, request.POST)
        if step.shown:
            step.answer = step.shown.get_answer()
    except (NotKept, FileNotFoundError):
        step.shown, step.sentence = None, _("The file is no longer kept here. Choose it again.")
    return step


def _read_kept_file(
    step: ImportStep,
    kept: KeptFiles,
    reader: FileReader,
    sent: QueryDict | None = None,
    base: Reading | None = None,
) -> None:
    try:
        with get_store().local(kept.transcript) as path:
            step.shown = ShownReading(reader, path, kept.transcript_name, sent, base)
    except NotReadable as error:
        step.sentence = _(error.args[0])


def _keep_sent_files(form: ImportForm) -> KeptFiles:
    transcript, recording = form.cleaned_data["transcript"], form.cleaned_data.get("recording")
    return keep_files(
        transcript=Path(transcript.temporary_file_path()),
        transcript_name=transcript.name,
        recording=Path(recording.temporary_file_path()) if recording else None,
        recording_name=recording.name if recording else "",
        info=form.info,
    )


def _name_owner(request: SignedInRequest) -> str:
    """Whose files they are: of one person, in one session, on one page."""
    return f"{request.user.pk} {request.session.session_key} {request.path}"


def _show_step(request: SignedInRequest, step: ImportStep, context: dict[str, Any]) -> HttpResponse:
    """422 where something has to be mended."""
    has_errors = bool(step.form.errors or step.sentence)
    if step.shown and step.kept:
        has_errors = bool(step.shown.choices.errors) or step.shown.has_undecided
        context |= {"shown": step.shown, "kept": sign_files(step.kept, owner=_name_owner(request))}
        context |= {"file_name": step.kept.transcript_name}
    context |= {"form": step.form, "sentence": step.sentence}
    return render(request, "transcripts/import.html", context, status=422 if has_errors else 200)
