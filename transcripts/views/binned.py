"""The bin: what was deleted and can be brought back, or be deleted for good."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.middleware import SignedInRequest
from transcripts.queries.bin import list_bin
from transcripts.services.projects.projects import delete_project, restore_project
from transcripts.services.recordings.delete import delete_recording, restore_recording

RECORDINGS_A_PAGE = 50


@require_safe
def show_bin(request: SignedInRequest) -> HttpResponse:
    binned = list_bin(request.user)
    page = Paginator(binned["recordings"], RECORDINGS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "transcripts/bin.html", {"projects": binned["projects"], "page": page})


@require_POST
def recording_restore(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.binned_recording_for(request.user, pk)
    restore_recording(recording=recording, by=request.user)
    messages.success(request, _("“%(name)s” is back in its project.") % {"name": recording.title})
    return redirect("bin")


@require_POST
def recording_delete_for_good(request: SignedInRequest, pk: UUID) -> HttpResponse:
    recording = access.binned_recording_for(request.user, pk)
    delete_recording(recording=recording, by=request.user)
    messages.success(request, _("“%(name)s” was deleted for good.") % {"name": recording.title})
    return redirect("bin")


@require_POST
def project_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.binned_project_for(request.user, pk)
    restore_project(project=project, by=request.user)
    messages.success(request, _("The project “%(name)s” is back.") % {"name": project.name})
    return redirect("bin")


@require_POST
def project_delete_for_good(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.binned_project_for(request.user, pk)
    delete_project(project=project, by=request.user)
    messages.success(request, _("“%(name)s” was deleted for good.") % {"name": project.name})
    return redirect("bin")
