"""Links that make members: made and revoked on the project's page, accepted on a page of their own."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import InvitationOver, NotShareable
from transcripts.project_forms import InviteForm
from transcripts.services import invitations
from transcripts.views.projects import project_page
from transcripts.views.request import SignedInRequest


@require_POST
def project_invite(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return project_page(request, project, invite=form)
    chosen = form.cleaned_data
    try:
        invitations.invite(
            project=project, role=chosen["role"], days=chosen["days"], once=chosen["people"], by=request.user
        )
    except NotShareable:
        return project_page(request, project, refused=_("A personal project has one member."))
    return redirect(f"{project.get_absolute_url()}#invitations")


@require_POST
def project_revoke(request: SignedInRequest, pk: int, invitation_pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    invitation = get_object_or_404(project.invitations, pk=invitation_pk)
    invitations.revoke(invitation=invitation, by=request.user)
    return redirect(f"{project.get_absolute_url()}#invitations")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def invitation(request: SignedInRequest, token: str) -> HttpResponse:
    """Says who invites to what; a POST accepts. Who is not signed in does that first, or makes an account."""
    found = invitations.find(token)
    if found is None:
        return _over(request)
    if request.method == "POST":
        return _accepted(request, token)
    signed_in = request.user.is_authenticated
    if not signed_in:
        request.session[invitations.SESSION_KEY] = token
    is_member = signed_in and access.may(request.user, Action.VIEW, found.project)
    context = {"invitation": found, "is_member": is_member}
    return render(request, "transcripts/invitation.html", context)


def _accepted(request: SignedInRequest, token: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        membership = invitations.accept(token=token, by=request.user)
    except InvitationOver:
        return _over(request)
    request.session.pop(invitations.SESSION_KEY, None)
    messages.success(request, _("You are now a member of “%(name)s”.") % {"name": membership.project})
    return redirect(f"{reverse('library')}?project={membership.project_id}")


def _over(request: SignedInRequest) -> HttpResponse:
    return render(request, "transcripts/invitation.html", {"invitation": None}, status=410)
