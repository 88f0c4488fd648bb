from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from transcripts import access, asides, queries
from transcripts.enums import Action
from transcripts.forms import UploadForm
from transcripts.models import Project
from transcripts.project_forms import ChosenForm
from transcripts.services import accounts
from transcripts.views.request import SignedInRequest

RECORDINGS_A_PAGE = 50


@require_safe
def library(request: SignedInRequest) -> HttpResponse:
    """The recordings of all projects of the person, or of one of them; what is added goes there, or into his own."""
    own = accounts.personal_project(request.user)
    projects = queries.projects_of(request.user)
    recordings = queries.recordings_of(request.user)
    chosen = _chosen(request, projects)
    if chosen:
        recordings = recordings.filter(project=chosen)
    target = chosen or next(project for project in projects if project == own)
    context = {
        "page": Paginator(recordings, RECORDINGS_A_PAGE).get_page(request.GET.get("page")),
        "projects": projects,
        "editable": [project for project in projects if Action.EDIT in access.rights_of(project)],
        "may_add": Action.EDIT in access.rights_of(target),
        "may_keep": Action.MANAGE in access.rights_of(target),
        "own": own,
        "chosen": chosen,
        "target": target,
        "unseen": asides.unseen(request.user),
        "form": UploadForm(defaults=queries.default_options(target)),
    }
    return render(request, "transcripts/library.html", context)


def _chosen(request: SignedInRequest, projects: list[Project]) -> Project | None:
    form = ChosenForm(request.GET)
    if not form.is_valid():
        raise Http404
    pk = form.cleaned_data["project"]
    if pk is None:
        return None
    found = next((project for project in projects if project.pk == pk), None)
    if found is None:
        raise Http404
    return found
