from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from transcripts import access, queries
from transcripts.export_form import ExportForm
from transcripts.exports import registry
from transcripts.exports.document import Document
from transcripts.exports.filename import content_disposition
from transcripts.exports.options import ExportOptions
from transcripts.exports.preview import TEMPLATES, Shown, preview
from transcripts.exports.registry import FORMATS, Format
from transcripts.exports.selection import selected
from transcripts.flash.options import OptionError
from transcripts.views.request import SignedInRequest

SHOWN_CHARACTERS = 3000
USUAL = "srt"


@require_safe
def transcript_exports(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The options of one format, and what they make of the transcript."""
    transcript = access.transcript_for(request.user, pk)
    known = FORMATS.get(request.GET.get("format", USUAL))
    if known is None:
        raise Http404
    document = queries.document_of(transcript)
    form = ExportForm(request.GET, known=known, speakers=_speakers(document))
    context: dict[str, Any] = {
        "transcript": transcript,
        "recording": transcript.recording,
        "known": known,
        "form": form,
        "formats": _formats(known, form.options if form.is_valid() else None),
    }
    if form.is_valid():
        context |= _shown(known, document, form.options)
    template = "transcripts/_export.html" if request.htmx else "transcripts/export.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_safe
def transcript_export(request: SignedInRequest, pk: UUID, format_name: str) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk)
    found = FORMATS.get(format_name)
    if found is None:
        raise Http404
    try:
        values = {name: value for name, value in request.GET.dict().items() if name != "format"}  # the form's own
        content = registry.export(format_name, queries.document_of(transcript), values)
    except OptionError as error:
        message = f"{error.field}: {_(error.template) % error.params}\n"
        return HttpResponse(message, status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(
        content,
        content_type=found.media_type,
        headers={"Content-Disposition": content_disposition(transcript.recording.title, found.extension)},
    )


def _speakers(document: Document) -> list[str]:
    return list(dict.fromkeys(line.speaker for line in document.utterances if line.speaker))


def _formats(known: Format, options: ExportOptions | None) -> list[tuple[Format, str]]:
    """Each format with the query that carries over what was chosen, as far as it has the same options."""
    chosen = known.changed(options) if options else {}
    return [
        (one, urlencode({"format": one.name, **{name: chosen[name] for name in chosen if name in one.options}}))
        for one in FORMATS.values()
    ]


def _shown(known: Format, document: Document, options: ExportOptions) -> dict[str, Any]:
    wanted = selected(document, options)
    if "cues" in known.options:
        found = preview(wanted, options, named=known.names_in_text)
        return {"preview": found, "first": _told(found.first), "troubled": _told(found.troubled)}
    if known.media_type.startswith("text/") and known.name != "textgrid":
        text = known.export(wanted, options).decode("utf-8-sig").replace("\r\n", "\n")
        return {"text": text[:SHOWN_CHARACTERS], "cut": len(text) > SHOWN_CHARACTERS}
    return {"count": len(wanted.utterances)}


def _told(found: list[Shown]) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "cue": one.cue,
            "text": "\n".join(one.lines),
            "warnings": [_(TEMPLATES[warning.kind]) % warning.params for warning in one.warnings],
        }
        for one in found
    ]
