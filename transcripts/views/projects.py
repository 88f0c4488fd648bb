"""Projects: a person's list of them, the page of each, and what is done there. Plain forms, each with its address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from transcripts import access, queries
from transcripts.enums import Action, Role
from transcripts.errors import LastOwner, NotEmpty, NotShareable
from transcripts.forms import OptionsForm
from transcripts.models import Project
from transcripts.project_forms import ChosenForm, DeleteForm, InviteForm, MakeProjectForm, ProjectForm, RoleForm
from transcripts.services import accounts, intake
from transcripts.services import projects as service
from transcripts.views.request import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def projects(request: SignedInRequest) -> HttpResponse:
    """The list, and the form that makes one more."""
    form = MakeProjectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect(service.make(name=form.cleaned_data["name"], by=request.user))
    accounts.personal_project(request.user)
    context = {"projects": queries.projects_of(request.user), "form": form}
    return render(request, "transcripts/projects.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def project(request: SignedInRequest, pk: int) -> HttpResponse:
    """Members, invitations and settings; a POST changes name and rules."""
    if request.method != "POST":
        return project_page(request, access.project_for(request.user, pk))
    found = access.project_for(request.user, pk, Action.MANAGE)
    form = ProjectForm(request.POST)
    if not form.is_valid():
        return project_page(request, found, form=form)
    try:
        service.change(project=found, by=request.user, **form.cleaned_data)
    except NotShareable:
        return project_page(request, found, refused=_("A personal project stays as it is."))
    messages.success(request, _("Settings saved"))
    return redirect(found)


@require_POST
def project_options(request: SignedInRequest, pk: int) -> HttpResponse:
    """The options that recordings of the project are recognised with, unless somebody chooses others."""
    found = access.project_for(request.user, pk, Action.MANAGE)
    form = OptionsForm(request.POST, defaults=queries.default_options(found))
    if not form.is_valid():
        return project_page(request, found, options=form)
    intake.set_defaults(project=found, options=form.options, by=request.user)
    messages.success(request, _("Options saved: recordings that are added from now on get them."))
    return redirect(found)


@require_POST
def project_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Deletes an empty project; one with recordings where its name is typed."""
    found = access.project_for(request.user, pk, Action.MANAGE)
    form = DeleteForm(request.POST)
    is_meant = form.is_valid() and form.cleaned_data["name"] == found.name.strip()
    try:
        service.delete(project=found, with_recordings=is_meant, by=request.user)
    except NotEmpty:
        return project_page(request, found, refused=_("Not deleted: type the name of the project to delete it."))
    except NotShareable:
        return project_page(request, found, refused=_("A personal project stays as it is."))
    messages.success(request, _("The project “%(name)s” is deleted.") % {"name": found.name})
    return redirect("projects")


@require_POST
def project_leave(request: SignedInRequest, pk: int) -> HttpResponse:
    found = access.project_for(request.user, pk)
    try:
        service.remove(project=found, user=request.user, by=request.user)
    except LastOwner:
        return project_page(request, found, refused=last_owner())
    messages.success(request, _("You have left “%(name)s”.") % {"name": found.name})
    return redirect("projects")


@require_POST
def member_role(request: SignedInRequest, pk: int, user_pk: int) -> HttpResponse:
    found = access.project_for(request.user, pk, Action.MANAGE)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return project_page(request, found, refused=_("Choose a role."))
    try:
        service.set_role(project=found, user=_member(found, user_pk), role=form.cleaned_data["role"], by=request.user)
    except LastOwner:
        return project_page(request, found, refused=last_owner())
    return redirect(found)


@require_POST
def member_remove(request: SignedInRequest, pk: int, user_pk: int) -> HttpResponse:
    found = access.project_for(request.user, pk, Action.MANAGE)
    member = _member(found, user_pk)
    try:
        service.remove(project=found, user=member, by=request.user)
    except LastOwner:
        return project_page(request, found, refused=last_owner())
    messages.success(request, _("%(name)s is no longer a member.") % {"name": member})
    return redirect("projects" if member == request.user else found)


def chosen_project(request: SignedInRequest, data: Any) -> Project:
    """The project that a form names for what is added to it; without a name one's own."""
    form = ChosenForm(data)
    if not form.is_valid():
        raise Http404
    if pk := form.cleaned_data["project"]:
        return access.project_for(request.user, pk, Action.EDIT)
    return accounts.personal_project(request.user)


def project_page(
    request: SignedInRequest,
    found: Project,
    *,
    form: ProjectForm | None = None,
    options: OptionsForm | None = None,
    invite: InviteForm | None = None,
    refused: str = "",
) -> HttpResponse:
    """The page as it stands; with a form that was not valid, or a sentence that says why nothing was done."""
    context: dict[str, Any] = queries.project_details(found)
    if Action.MANAGE in access.rights_of(found):
        fields = {"name": found.name, "second_reader": found.second_reader}
        context |= {
            "may_manage": True,
            "form": form or ProjectForm(initial=fields),
            "options": options or OptionsForm(defaults=queries.default_options(found)),
            "invite": invite or InviteForm(),
            "invitations": _invitations(request, found),
        }
    is_own = found.personal_of_id == request.user.pk
    context |= {"roles": Role.values, "project": found, "is_own": is_own, "refused": refused}
    status = 422 if form or options or invite or refused else 200
    return render(request, "transcripts/project.html", context, status=status)


def last_owner() -> str:
    return _("Not done: a project needs an owner. Make somebody else an owner first.")


def _invitations(request: HttpRequest, found: Project) -> list[tuple[Any, str]]:
    invitations = found.invitations.select_related("made_by")
    return [(one, request.build_absolute_uri(one.get_absolute_url())) for one in invitations]


def _member(found: Project, user_pk: int) -> User:
    return get_object_or_404(User, projects=found, pk=user_pk)
