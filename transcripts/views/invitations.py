"""Invitations, which people accept on a page of their own; `views/projects.py` creates and revokes them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import InvitationOver
from transcripts.middleware import SignedInRequest
from transcripts.services.projects.invitations import SESSION_KEY, accept_invitation, find_invitation


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def invitation(request: SignedInRequest, token: str) -> HttpResponse:
    """Says who invites to what; a POST accepts. People who are not signed in sign in or up first."""
    invitation = find_invitation(token)
    if invitation is None:
        return _respond_over(request)
    if request.method == "POST":
        return _accept_invitation(request, token)
    signed_in = request.user.is_authenticated
    if not signed_in:
        request.session[SESSION_KEY] = token
    is_member = signed_in and access.may(request.user, Action.VIEW, invitation.project)
    context = {"invitation": invitation, "is_member": is_member}
    return render(request, "transcripts/invitation.html", context)


def _accept_invitation(request: SignedInRequest, token: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        membership = accept_invitation(token=token, by=request.user)
    except InvitationOver:
        return _respond_over(request)
    request.session.pop(SESSION_KEY, None)
    messages.success(request, _("You are now a member of “%(name)s”.") % {"name": membership.project})
    return redirect(f"{reverse('library')}?project={membership.project_id}")


def _respond_over(request: SignedInRequest) -> HttpResponse:
    return render(request, "transcripts/invitation.html", {"invitation": None}, status=410)
