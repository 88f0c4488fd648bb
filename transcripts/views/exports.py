from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from transcripts import access, queries
from transcripts.exports import registry
from transcripts.exports.filename import content_disposition
from transcripts.flash.options import OptionError
from transcripts.views.request import SignedInRequest


@require_safe
def transcript_export(request: SignedInRequest, pk: UUID, format_name: str) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk)
    found = registry.FORMATS.get(format_name)
    if found is None:
        raise Http404
    try:
        content = registry.export(format_name, queries.document_of(transcript), request.GET.dict())
    except OptionError as error:
        message = f"{error.field}: {_(error.template) % error.params}\n"
        return HttpResponse(message, status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(
        content,
        content_type=found.media_type,
        headers={"Content-Disposition": content_disposition(transcript.recording.title, found.extension)},
    )
