"""The library: the list of recordings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NotFound
from transcripts.forms.library import KeepFilterForm, LibraryForm
from transcripts.forms.projects import ChosenForm
from transcripts.forms.recordings import UploadForm
from transcripts.middleware import SignedInRequest
from transcripts.models import KeptFilter, Project
from transcripts.queries.activity import add_activity
from transcripts.queries.bulk import list_bulk_actions
from transcripts.queries.comments import count_unseen_notices
from transcripts.queries.filters import list_member_names, list_tag_names
from transcripts.queries.library import (
    get_default_options,
    list_page,
    list_projects,
    narrow_to_projects,
)
from transcripts.queries.pages import find_page
from transcripts.queries.progress import add_progress
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.accounts.filters import forget_filter, keep_filter

RECORDINGS_A_PAGE = 25


@require_safe
def library(request: SignedInRequest) -> HttpResponse:
    """The recordings of all the person's projects or of one; new ones go to that one, or to the person's own."""
    own = get_personal_project(request.user)
    projects = list_projects(request.user)
    chosen = _get_chosen_project(request, projects)
    target = chosen or next(project for project in projects if project == own)
    wanted = LibraryForm(request.GET)
    shown = narrow_to_projects([chosen] if chosen else projects)
    page = find_page(
        wanted.chosen_filter.narrow(shown, request.user),
        wanted.chosen_order,
        size=RECORDINGS_A_PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    recordings = list_page(projects, page)
    add_progress(recordings)
    add_activity(recordings)
    context = {
        "page": recordings,
        "pages": page,
        "projects": projects,
        "editable": [project for project in projects if Action.EDIT in access.rights_of(project)],
        "may_add": Action.EDIT in access.rights_of(target),
        "may_keep": Action.MANAGE in access.rights_of(target),
        "own": own,
        "chosen": chosen,
        "target": target,
        "wanted": wanted,
        "has_archived": not recordings and not wanted.narrows and shown.filter(archived_at__isnull=False).exists(),
        "kept_filters": list(KeptFilter.objects.filter(user=request.user)),
        "keep_form": KeepFilterForm(initial={"query": wanted.query}, auto_id="keep-%s"),
        "bulk_actions": list_bulk_actions(request.user),
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


@require_safe
def filter_choices(request: SignedInRequest) -> HttpResponse:
    """What can be entered as person and tag; the page asks for it once these fields are to be seen."""
    chosen = _get_chosen_project(request, list_projects(request.user))
    context = {"people": list_member_names(request.user, chosen), "tags": list_tag_names(request.user, chosen)}
    return render(request, "transcripts/_filter_choices.html", context)


@require_POST
def filter_keep(request: SignedInRequest) -> HttpResponse:
    """Keeps a filter of the library under a name; one of that name is replaced."""
    form = KeepFilterForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("library")
    query = form.cleaned_data["query"]
    keep_filter(name=form.cleaned_data["name"], query=query, by=request.user)
    return redirect(f"{reverse('library')}?{query}")


@require_POST
def filter_forget(request: SignedInRequest, pk: int) -> HttpResponse:
    kept = get_object_or_404(KeptFilter, user=request.user, pk=pk)
    forget_filter(kept=kept, by=request.user)
    return redirect("library")
