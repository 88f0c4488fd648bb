"""A person's downloads: files that workers make, and that are there for a day."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.enums import DownloadState
from transcripts.errors import NotFound
from transcripts.exports.filename import make_content_disposition
from transcripts.middleware import SignedInRequest
from transcripts.queries.downloads import list_downloads
from transcripts.rendering.files import respond_with_range
from transcripts.services.exporting.downloads import read_export, remove_download
from transcripts.services.store.store import get_store


@never_cache
@require_safe
def downloads(request: SignedInRequest) -> HttpResponse:
    listed = list_downloads(request.user)
    context = {"downloads": listed, "is_waiting": any(download.is_unfinished for download in listed)}
    return render(request, "transcripts/downloads.html", context)


@never_cache
@require_safe
def download(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Its entry in the list, which polls while the file is being made."""
    found = access.download_for(request.user, pk)
    if not request.htmx:
        return redirect("downloads")
    return render(request, "transcripts/_download.html", {"download": found})


@require_safe
def download_file(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    found = access.download_for(request.user, pk)
    export = read_export(found)
    headers = {"Content-Disposition": make_content_disposition(found.title, export.extension)}
    if found.state != DownloadState.DONE:
        raise NotFound
    try:
        return respond_with_range(request, get_store().find(found.key), export.media_type, headers)
    except FileNotFoundError as error:
        raise NotFound from error


@require_POST
def download_remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Also cancels it, if it is being made."""
    remove_download(access.download_for(request.user, pk))
    return HttpResponse() if request.htmx else redirect("downloads")
