"""Projects: the list, the page of each, and its forms, each with its own address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from transcripts import access
from transcripts.enums import Action, Role
from transcripts.errors import LastOwner, NotAllowed, NotEmpty, NotShareable
from transcripts.forms.kept_voices import KeepVoicesForm
from transcripts.forms.projects import DeleteForm, InviteForm, MakeProjectForm, ProjectForm, RetentionForm, RoleForm
from transcripts.forms.recordings import OptionsForm
from transcripts.middleware import SignedInRequest
from transcripts.models import Project
from transcripts.queries.kept_voices import count_kept
from transcripts.queries.library import (
    get_default_options,
    get_moves,
    get_project_details,
    list_project_keys,
    list_projects_with_members,
)
from transcripts.queries.links import list_invitations, list_share_links
from transcripts.rendering.project_items import render_project_items
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.kept_voices import set_keep_voices
from transcripts.services.projects.invitations import create_invitation, revoke_invitation
from transcripts.services.projects.links import revoke_links
from transcripts.services.projects.moves import allow_move, refuse_move, undo_move
from transcripts.services.projects.projects import (
    bin_project,
    change_project,
    create_project,
    remove_member,
    set_default_options,
    set_role,
)
from transcripts.services.recordings.retention import set_retention

PROJECTS_A_PAGE = 15


@require_POST
def project_invite(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _respond_with_project(request, project, invite=form)
    chosen = form.cleaned_data
    try:
        create_invitation(
            project=project, role=chosen["role"], days=chosen["days"], once=chosen["people"], by=request.user
        )
    except NotShareable:
        return _respond_with_project(request, project, refused=_("A personal project has only one member."))
    return redirect(f"{project.get_absolute_url()}#invitations")


@require_POST
def project_revoke(request: SignedInRequest, pk: int, invitation_pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    invitation = get_object_or_404(project.invitations, pk=invitation_pk)
    revoke_invitation(invitation=invitation, by=request.user)
    return redirect(f"{project.get_absolute_url()}#invitations")


@require_POST
def project_revoke_links(request: SignedInRequest, pk: int) -> HttpResponse:
    """Revokes all share links and invitations."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    revoke_links(project=project, by=request.user)
    messages.success(request, _("All links were revoked."))
    return redirect(project)


@require_http_methods(["GET", "HEAD", "POST"])
def projects(request: SignedInRequest) -> HttpResponse:
    """The list, and the form for a new project."""
    form = MakeProjectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect(create_project(name=form.cleaned_data["name"], by=request.user))
    keys = list_project_keys(request.user)
    if not keys or keys[0][0]:  # Nobody has asked for their personal project yet.
        get_personal_project(request.user)
        keys = list_project_keys(request.user)
    page = Paginator(keys, PROJECTS_A_PAGE).get_page(request.GET.get("page"))
    shown = list_projects_with_members(request.user, [key for _others, _name, key in page])
    context = {"page": page, "items": render_project_items(shown, request.user), "form": form}
    return render(request, "transcripts/projects.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def project(request: SignedInRequest, pk: int) -> HttpResponse:
    """Members, invitations and settings; a POST changes name and settings."""
    if request.method != "POST":
        return _respond_with_project(request, access.project_for(request.user, pk))
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = ProjectForm(request.POST)
    if not form.is_valid():
        return _respond_with_project(request, project, form=form)
    try:
        change_project(project=project, by=request.user, **form.cleaned_data)
    except NotShareable:
        return _respond_with_project(request, project, refused=_("A personal project cannot be changed."))
    messages.success(request, _("Settings saved"))
    return redirect(project)


@require_POST
def project_options(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sets the default options for recognising recordings of the project."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = OptionsForm(request.POST, defaults=get_default_options(project))
    if not form.is_valid():
        return _respond_with_project(request, project, options=form)
    set_default_options(project=project, options=form.options, by=request.user)
    messages.success(request, _("Options saved. They apply to recordings added from now on."))
    return redirect(project)


@require_POST
def project_retention(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sets how long its recordings are kept, and its legal hold."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _respond_with_project(request, project, retention=form)
    set_retention(project=project, by=request.user, **form.cleaned_data)
    messages.success(request, _("Settings saved"))
    return redirect(f"{project.get_absolute_url()}#retention")


@require_POST
def project_voices_keep(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switches on that the project keeps the voices of named speakers, or off, upon which they are deleted."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = KeepVoicesForm(request.POST)
    if not form.is_valid():
        return _respond_with_project(request, project, voices=form)
    on = form.cleaned_data["on"]
    set_keep_voices(project=project, on=on, by=request.user)
    messages.success(request, _("Voices are kept from now on.") if on else _("The voices were deleted."))
    return redirect(f"{project.get_absolute_url()}#voices")


@require_POST
def project_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Puts an empty project into the bin; one with recordings only if its name is typed."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = DeleteForm(request.POST)
    is_meant = form.is_valid() and form.cleaned_data["name"] == project.name.strip()
    try:
        bin_project(project=project, with_recordings=is_meant, by=request.user)
    except NotEmpty:
        return _respond_with_project(request, project, refused=_("Not deleted. To delete the project, type its name."))
    except NotShareable:
        return _respond_with_project(request, project, refused=_("A personal project cannot be changed."))
    messages.success(request, _("The project “%(name)s” was moved to the bin.") % {"name": project.name})
    return redirect("projects")


@require_POST
def project_leave(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk)
    try:
        remove_member(project=project, user=request.user, by=request.user)
    except LastOwner:
        return _respond_with_project(request, project, refused=_explain_last_owner())
    messages.success(request, _("You have left “%(name)s”.") % {"name": project.name})
    return redirect("projects")


@require_POST
def move_allow(request: SignedInRequest, pk: int) -> HttpResponse:
    move = access.move_for(request.user, pk)
    try:
        allow_move(move=move, by=request.user)
    except NotAllowed:
        messages.error(request, _("Not moved: %(name)s can no longer add recordings there.") % {"name": move.asked_by})
    else:
        messages.success(request, _("“%(name)s” was moved.") % {"name": move.recording.title})
    return redirect(move.source)


@require_POST
def move_refuse(request: SignedInRequest, pk: int) -> HttpResponse:
    move = access.move_for(request.user, pk)
    if move.moved_at is None:
        refuse_move(move=move, by=request.user)
    return redirect(move.source)


@require_POST
def move_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    move = access.move_for(request.user, pk)
    if move.moved_at:
        undo_move(move=move, by=request.user)
        messages.success(request, _("“%(name)s” is back in its project.") % {"name": move.recording.title})
    return redirect(move.source)


@require_POST
def member_role(request: SignedInRequest, pk: int, user_pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _respond_with_project(request, project, refused=_("Choose a role."))
    try:
        set_role(project=project, user=_get_member(project, user_pk), role=form.cleaned_data["role"], by=request.user)
    except LastOwner:
        return _respond_with_project(request, project, refused=_explain_last_owner())
    return redirect(project)


@require_POST
def member_remove(request: SignedInRequest, pk: int, user_pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    member = _get_member(project, user_pk)
    try:
        remove_member(project=project, user=member, by=request.user)
    except LastOwner:
        return _respond_with_project(request, project, refused=_explain_last_owner())
    messages.success(request, _("%(name)s is no longer a member.") % {"name": member})
    return redirect("projects" if member == request.user else project)


def _respond_with_project(
    request: SignedInRequest,
    project: Project,
    *,
    form: ProjectForm | None = None,
    options: OptionsForm | None = None,
    invite: InviteForm | None = None,
    retention: RetentionForm | None = None,
    voices: KeepVoicesForm | None = None,
    refused: str = "",
) -> HttpResponse:
    """The project's page; with an invalid form, or a sentence that says why nothing was done."""
    context: dict[str, Any] = get_project_details(project)
    if Action.MANAGE in access.rights_of(project):
        fields = {"name": project.name, "second_reader": project.second_reader}
        context |= {
            "may_manage": True,
            "form": form or ProjectForm(initial=fields),
            "options": options or OptionsForm(defaults=get_default_options(project)),
            "invite": invite or InviteForm(),
            "retention": retention or RetentionForm(initial=model_to_dict(project, RetentionForm.base_fields)),
            "voices": voices or KeepVoicesForm(),
            "voice_count": count_kept(project) if project.keep_voices else 0,
            "share_links": list_share_links(project),
            "invitations": _list_invitations(request, project),
            **get_moves(project),
        }
    is_own = project.personal_of_id == request.user.pk
    context |= {"roles": Role.values, "project": project, "is_own": is_own, "refused": refused}
    status = 422 if form or options or invite or retention or voices or refused else 200
    return render(request, "transcripts/project.html", context, status=status)


def _explain_last_owner() -> str:
    return _("Not changed: a project needs an owner. Make someone else an owner first.")


def _list_invitations(request: HttpRequest, project: Project) -> list[tuple[Any, str]]:
    return [
        (invitation, request.build_absolute_uri(invitation.get_absolute_url()))
        for invitation in list_invitations(project)
    ]


def _get_member(project: Project, user_pk: int) -> User:
    return get_object_or_404(User, projects=project, pk=user_pk)
