"""The pages of a person's own account."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from transcripts.errors import LastOwner
from transcripts.forms.accounts import CloseForm, FirstAccountForm, NameForm
from transcripts.middleware import SignedInRequest
from transcripts.services.accounts.accounts import can_sign_in_again, create_first_account, get_ways_in, rename_account
from transcripts.services.accounts.deletion import delete_account, get_deletion_effects
from transcripts.services.accounts.preferences import get_abbreviations, keep_language_of_request


@never_cache
@require_safe
@login_not_required
def first_sign_in(request: SignedInRequest, token: str) -> HttpResponse:
    user = create_first_account(token=token) if request.method == "GET" else None
    if user is None:
        return redirect("account_login")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    keep_language_of_request(request, user)
    return redirect("library")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """The person's ways to sign in. After the first link they choose a name and a password first."""
    if not can_sign_in_again(request.user):
        return _respond_first_account(request)
    if request.method == "POST":
        return redirect("account")
    context = {
        "ways": get_ways_in(request.user),
        "has_providers": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "abbreviation_count": len(get_abbreviations(request.user)),
    }
    return render(request, "transcripts/account.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_name(request: SignedInRequest) -> HttpResponse:
    form = NameForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        try:
            rename_account(user=request.user, name=form.cleaned_data["username"])
            return redirect("account")
        except IntegrityError:
            request.user.refresh_from_db()
            form.add_error("username", get_adapter().validation_error("username_taken"))
    return render(request, "transcripts/account_name.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def account_delete(request: SignedInRequest) -> HttpResponse:
    """What would be deleted with the account; a POST with its name deletes it."""
    form = CloseForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        try:
            delete_account(user=request.user)
        except LastOwner:
            pass  # The page says which projects need another owner.
        else:
            logout(request)
            messages.success(request, _("Your account was deleted."))
            return redirect("account_login")
    context = {"form": form, "leaving": get_deletion_effects(request.user)}
    return render(request, "transcripts/account_delete.html", context, status=422 if request.method == "POST" else 200)


def _respond_first_account(request: SignedInRequest) -> HttpResponse:
    form = FirstAccountForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        return redirect("library")
    return render(request, "transcripts/account_first.html", {"form": form}, status=422 if form.errors else 200)
