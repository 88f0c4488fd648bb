"""The library: the list of recordings."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NotFound
from transcripts.forms.projects import ChosenForm
from transcripts.forms.recordings import UploadForm
from transcripts.middleware import SignedInRequest
from transcripts.models import Project
from transcripts.queries.comments import count_unseen_notices
from transcripts.queries.library import add_progress, get_default_options, list_projects, list_recordings
from transcripts.services.accounts.accounts import get_personal_project

RECORDINGS_A_PAGE = 50


@require_safe
def library(request: SignedInRequest) -> HttpResponse:
    """The recordings of all the person's projects or of one; new ones go to that one, or to the person's own."""
    own = get_personal_project(request.user)
    projects = list_projects(request.user)
    recordings = list_recordings(request.user)
    chosen = _get_chosen_project(request, projects)
    if chosen:
        recordings = recordings.filter(project=chosen)
    target = chosen or next(project for project in projects if project == own)
    page = Paginator(recordings, RECORDINGS_A_PAGE).get_page(request.GET.get("page"))
    add_progress(page)
    context = {
        "page": page,
        "projects": projects,
        "editable": [project for project in projects if Action.EDIT in access.rights_of(project)],
        "may_add": Action.EDIT in access.rights_of(target),
        "may_keep": Action.MANAGE in access.rights_of(target),
        "own": own,
        "chosen": chosen,
        "target": target,
        "unseen": count_unseen_notices(request.user),
        "form": UploadForm(defaults=get_default_options(target)),
    }
    return render(request, "transcripts/library.html", context)


def _get_chosen_project(request: SignedInRequest, projects: list[Project]) -> Project | None:
    form = ChosenForm(request.GET)
    if not form.is_valid():
        raise NotFound
    pk = form.cleaned_data["project"]
    if pk is None:
        return None
    chosen = next((project for project in projects if project.pk == pk), None)
    if chosen is None:
        raise NotFound
    return chosen
