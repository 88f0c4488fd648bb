"""Exporting transcripts, one or several, as files."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from transcripts import access, places
from transcripts.enums import Action, AuditEvent
from transcripts.errors import NotFound
from transcripts.exports.document import Document
from transcripts.exports.filename import make_content_disposition
from transcripts.exports.options import BY_NAME, ExportOptions
from transcripts.exports.preview import TEMPLATES, PreviewedCue, make_preview
from transcripts.exports.registry import BUNDLE, CLIPS, FORMATS, OFFERED, TOGETHER, Format, group_formats
from transcripts.exports.selection import select_rows
from transcripts.forms.exports import ExportForm, ExportsForm, TitleSearchForm
from transcripts.messages import explain_impossible
from transcripts.middleware import SignedInRequest
from transcripts.models import Transcript, Worker
from transcripts.options import OptionError
from transcripts.queries.glossary import keep_terms_whole
from transcripts.queries.library import NEWEST_FIRST, find_transcribed, list_chosen, list_transcribed
from transcripts.queries.pages import find_page
from transcripts.queries.transcripts import build_document
from transcripts.rendering.streaming import respond_with_download, stream_when_made
from transcripts.services.accounts.preferences import get_export_choice, keep_export_choice
from transcripts.services.audit import record
from transcripts.services.exporting.contents import AT_ONCE_SECONDS, Export, estimate_seconds, is_long, make_parts
from transcripts.services.exporting.downloads import read_download, request_download
from transcripts.services.store.recording_files import count_bytes, find_playback

SHOWN_CHARACTERS = 3000
# Formats whose preview is text; for those that are not text themselves, the text of another format.
SHOWN_AS = {"txt": "txt", "md": "md", "docx": "txt", "csv": "csv", "xlsx": "csv"}
USUAL, USUAL_TOGETHER = "srt", "docx"
TRANSCRIPTS_A_PAGE = 25  # by their recordings


@require_safe
def transcript_exports(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The options of one format, with a preview."""
    transcript = access.transcript_for(request.user, pk, Action.EXPORT)
    last, hides_fillers = get_export_choice(request.user)
    known = OFFERED.get(request.GET.get("format", last or USUAL))
    if known is None:
        raise NotFound
    with places.WORK.hold():
        return _show_options(request, transcript, known, last, "clean" if hides_fillers else "verbatim")


def _show_options(
    request: SignedInRequest, transcript: Transcript, known: Format, last: str, wording: str
) -> HttpResponse:
    """`last` is the format and `wording` that of the person's last export: offered where nothing else is asked for."""
    document = build_document(
        transcript,
        with_words=known.uses_words,
        with_engine_words="engine" in request.GET.get("text", "").lower(),
        raw=False,
    )
    asked = request.GET.copy()
    asked.setdefault("wording", wording)
    form = ExportForm(asked, known=known, speakers=_list_speakers(document))
    context: dict[str, Any] = {
        "transcript": transcript,
        "recording": transcript.recording,
        "known": known,
        "form": form,
        "format_groups": _list_formats(known, form.options if form.is_valid() else None, last, wording),
    }
    size = 0
    if known is BUNDLE:
        size = context["bundle_bytes"] = count_bytes(transcript.recording)  # nearly all of it
    elif form.is_valid():
        options = form.options
        if "keep" in known.options:
            texts = (row.text for row in document.utterances)
            options = keep_terms_whole(options, transcript.recording.project_id, texts)
        context |= _render_preview(known, document, options)
    context["is_long"] = estimate_seconds(known, len(document.utterances), size) > AT_ONCE_SECONDS
    template = "transcripts/_export.html" if request.htmx else "transcripts/export.html"
    response = render(request, template, context, status=422 if form.errors else 200)
    if request.htmx and form.is_valid():
        response["HX-Replace-Url"] = "?" + urlencode(
            {"format": known.name, **_list_chosen(known, form.options, wording)}
        )
    return response


@require_safe
def transcript_export(request: SignedInRequest, pk: UUID, format_name: str) -> HttpResponseBase:
    transcript = access.transcript_for(request.user, pk, Action.EXPORT)
    known = FORMATS.get(format_name)
    if known is None:
        raise NotFound
    return _respond_with_one(request, transcript, known)


@require_safe
def transcript_clips(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """The audio of each selected row."""
    transcript = access.transcript_for(request.user, pk, Action.EXPORT)
    try:
        find_playback(transcript.recording)
    except FileNotFoundError:
        deleted = transcript.recording.audio_deleted_at is not None
        sentence = explain_impossible("audio") if deleted else _("There is no audio to play yet.")
        return HttpResponse(f"{sentence}\n", status=409, content_type="text/plain; charset=utf-8")
    return _respond_with_one(request, transcript, CLIPS)


@require_safe
def transcript_bundle(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """Everything in the transcript, to import elsewhere."""
    return _respond_with_one(request, access.transcript_for(request.user, pk, Action.EXPORT), BUNDLE)


def _respond_with_one(request: SignedInRequest, transcript: Transcript, known: Format) -> HttpResponseBase:
    values = {name: value for name, value in request.GET.dict().items() if name != "format"}
    try:
        options = known.choose({} if known is BUNDLE else values)
    except OptionError as error:
        return _respond_refused(error)
    _record_exports(request, [transcript], known)
    return _respond_with_file(request, Export(known, options, [transcript.pk]), transcript.recording.title)


def _respond_with_file(request: SignedInRequest, export: Export, title: str) -> HttpResponseBase:
    """The file. If it is long, a worker makes it: people are led to their downloads, and programs wait."""
    headers = {"Content-Disposition": make_content_disposition(title, export.extension)}
    if is_long(export):
        if request.method == "HEAD":
            return HttpResponse(content_type=export.media_type, headers=headers)
        if "text/html" in request.headers.get("Accept", ""):
            download, _is_new = request_download(export=export, title=title, by=request.user)
            return redirect(f"{reverse('downloads')}#download-{download.pk}")
        if Worker.objects.alive().exists():
            download, is_new = request_download(export=export, title=title, by=request.user)
            parts = stream_when_made(partial(read_download, pk=download.pk, by=request.user, remove=is_new))
            return respond_with_download(parts, media_type=export.media_type, headers=headers)
    if export.together or export.format.name not in FORMATS:
        made = make_parts(export, by=request.user)
        return respond_with_download(made, media_type=export.media_type, headers=headers)
    with places.WORK.hold():
        content = b"".join(make_parts(export, by=request.user))
    return HttpResponse(content, content_type=export.media_type, headers=headers)


@require_safe
def exports(request: SignedInRequest) -> HttpResponse:
    """The page for exporting several transcripts together."""
    return _show_exports(request, [])


def _show_exports(request: SignedInRequest, sentences: list[str]) -> HttpResponse:
    """A page of what there is; what was chosen on others stays chosen."""
    form = TitleSearchForm(request.GET)
    title = form.cleaned_data["q"] if form.is_valid() else ""
    place = {name: request.GET.get(name, "") for name in ("after", "before")}
    page = find_page(find_transcribed(request.user, title), NEWEST_FIRST, size=TRANSCRIPTS_A_PAGE, **place)
    recordings = list_transcribed(page)
    shown = {str(transcript.pk) for recording in recordings for transcript in recording.transcripts.all()}
    chosen = request.GET.getlist("transcript")
    last, hides_fillers = get_export_choice(request.user)
    last = last if last in TOGETHER else ""
    context = {
        "recordings": recordings,
        "pages": page,
        "q": title,
        "chosen": chosen,
        "chosen_elsewhere": list_chosen(request.user, set(chosen) - shown),
        "format_groups": group_formats(TOGETHER, last),
        "format_name": request.GET.get("format") or last or USUAL_TOGETHER,
        "wording": request.GET.get("wording") or ("clean" if hides_fillers else "verbatim"),
        "wordings": BY_NAME["wording"].choices,
        "sentences": sentences,
    }
    return render(request, "transcripts/exports.html", context, status=422 if sentences else 200)


@require_safe
def exports_zip(request: SignedInRequest) -> HttpResponseBase:
    """Several transcripts in one format, as a zip that is made while it is sent."""
    form = ExportsForm(request.GET)
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return _show_exports(request, sentences)
    known = TOGETHER[form.cleaned_data["format"]]
    values = {name: value for name, value in request.GET.dict().items() if name not in form.fields}
    if "wording" not in known.options:
        values.pop("wording", None)  # the page offers it for all formats
    try:
        options = known.choose(values)
    except OptionError as error:
        return _respond_refused(error)
    pks = form.cleaned_data["transcript"]
    # All are asked for before the first byte is sent.
    _record_exports(request, [access.transcript_for(request.user, pk, Action.EXPORT) for pk in pks], known)
    return _respond_with_file(request, Export(known, options, pks, together=True), _("Transcripts"))


def _record_exports(request: SignedInRequest, transcripts: list[Transcript], known: Format) -> None:
    """In the audit, and for the person as the format that is offered first from now on."""
    if request.method != "GET":
        return
    for recording in [transcript.recording for transcript in transcripts]:
        record(AuditEvent.EXPORTED, by=request.user, project=recording.project, about=recording, details=known.name)
    keep_export_choice(by=request.user, name=known.name, wording=request.GET.get("wording", ""))


def _respond_refused(error: OptionError) -> HttpResponse:
    message = f"{error.field}: {_(error.template) % error.params}\n"
    return HttpResponse(message, status=422, content_type="text/plain; charset=utf-8")


def _list_speakers(document: Document) -> dict[str, str]:
    """The names by the service's labels, in order of appearance."""
    return {line.speaker_label: line.speaker for line in document.utterances if line.speaker}


def _list_formats(
    known: Format, options: ExportOptions | None, last: str, wording: str
) -> list[tuple[str, list[tuple[Format, str]]]]:
    """The formats in their groups, each with a query that keeps the chosen options that it has too."""
    chosen = _list_chosen(known, options, wording) if options else {}
    return [
        (
            label,
            [
                (one, urlencode({"format": one.name, **{name: chosen[name] for name in chosen if name in one.options}}))
                for one in formats
            ],
        )
        for label, formats in group_formats(OFFERED, last)
    ]


def _list_chosen(known: Format, options: ExportOptions, wording: str) -> dict[str, str]:
    """The options to carry along: those that are not the format's own, and a wording that is not the person's own."""
    chosen = known.list_changes(options)
    chosen.pop("wording", None)
    differs = "wording" in known.options and options.wording != wording
    return chosen | ({"wording": options.wording} if differs else {})


def _render_preview(known: Format, document: Document, options: ExportOptions) -> dict[str, Any]:
    wanted = select_rows(document, options)
    if "cues" in known.options:
        preview = make_preview(wanted, options, named=known.names_in_text)
        return {
            "preview": preview,
            "first": _list_warnings(preview.first),
            "troubled": _list_warnings(preview.troubled),
        }
    if known.name in SHOWN_AS:
        text = FORMATS[SHOWN_AS[known.name]].export(wanted, options).decode("utf-8-sig").replace("\r\n", "\n")
        return {"text": text[:SHOWN_CHARACTERS], "cut": len(text) > SHOWN_CHARACTERS}
    return {"count": len(wanted.utterances)}


def _list_warnings(cues: list[PreviewedCue]) -> list[dict[str, Any]]:
    return [
        {
            "number": cue.number,
            "cue": cue.cue,
            "text": "\n".join(cue.lines),
            "warnings": [_(TEMPLATES[warning.kind]) % warning.params for warning in cue.warnings],
        }
        for cue in cues
    ]
