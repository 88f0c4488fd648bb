"""Uploads in chunks, so that a broken connection or a closed page costs one chunk and not the file.

`POST /uploads/` names the file and answers where to continue; `PATCH` with `Upload-Offset` sends the next chunk. Then
`POST /recordings/` with `upload` makes a recording of the file. (After the tus protocol, without its extensions.)

A file that is still being recorded has no `size_bytes`. It begins with the options of its recognition, grows with each
chunk, and is whole when it is handed in, or else when nothing has come for a while; an empty chunk says that more will.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NoRoom, OverQuota, WrongOffset
from transcripts.forms.projects import get_chosen_project
from transcripts.forms.recordings import ChunkForm, OptionsForm, UploadForm
from transcripts.messages import QUOTAS
from transcripts.middleware import SignedInRequest
from transcripts.models import Upload
from transcripts.queries.library import get_default_options
from transcripts.services.recordings.uploads import (
    MAX_CHUNK_BYTES,
    append_chunk,
    begin_growing_upload,
    begin_upload,
)

OFFSET = "Upload-Offset"


@require_POST
def upload_create(request: SignedInRequest) -> HttpResponse:
    form = ChunkForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        if form.cleaned_data["size_bytes"] is None:
            del form.cleaned_data["size_bytes"]
            project = get_chosen_project(request.user, request.POST)
            options = OptionsForm(request.POST, defaults=get_default_options(project))
            if not options.is_valid():
                return JsonResponse({"errors": options.errors}, status=422)
            upload = begin_growing_upload(
                by=request.user, project=project, options=options.options, **form.cleaned_data
            )
        else:
            upload = begin_upload(by=request.user, **form.cleaned_data)
    except OverQuota as error:
        return JsonResponse({"errors": {"size_bytes": [QUOTAS[error.quota]]}}, status=403)
    except NoRoom:
        sentence = _("The server has no space left for a file this large.")
        return JsonResponse({"errors": {"size_bytes": [sentence]}}, status=507)
    url = reverse("upload", args=[upload.pk])
    return JsonResponse({"id": str(upload.pk), "url": url, "offset": upload.offset, "chunk_bytes": MAX_CHUNK_BYTES})


@require_safe
def upload_options(request: SignedInRequest) -> HttpResponse:
    """The form fields of the options, with the defaults of the chosen project."""
    project = get_chosen_project(request.user, request.GET)
    form = UploadForm(defaults=get_default_options(project))
    context = {"form": form, "target": project, "may_keep": access.may(request.user, Action.MANAGE, project)}
    return render(request, "transcripts/_upload_options.html", context)


@require_http_methods(["PATCH", "DELETE"])
def upload(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """204 and the new offset; 409 and the present offset if the chunk starts elsewhere; 403 and why, above a quota.

    DELETE cancels the upload.
    """
    upload = access.upload_for(request.user, pk)
    if request.method == "DELETE":
        upload.delete()
        return HttpResponse(status=204)
    given = request.headers.get(OFFSET, "")
    if not given.isascii() or not given.isdecimal() or len(given) > 18:
        return HttpResponse(status=400)
    try:
        offset = append_chunk(upload=upload, offset=int(given), chunk=request)
    except WrongOffset as wrong:
        return HttpResponse(status=409, headers={OFFSET: str(wrong.offset)})
    except OverQuota as error:
        return HttpResponse(QUOTAS[error.quota], status=403, content_type="text/plain; charset=utf-8")
    except Upload.DoesNotExist:
        return HttpResponse(status=404)
    return HttpResponse(status=204, headers={OFFSET: str(offset)})
