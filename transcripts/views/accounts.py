from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from transcripts.account_forms import FirstAccountForm
from transcripts.services import accounts
from transcripts.views.request import SignedInRequest


@never_cache
@require_safe
@login_not_required
def first_sign_in(request: SignedInRequest, token: str) -> HttpResponse:
    user = accounts.make_first_account(token=token) if request.method == "GET" else None
    if user is None:
        return redirect("account_login")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("library")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """What opens one's account. Who came by the first link chooses a name and a password before anything else."""
    if not accounts.can_come_back(request.user):
        return _first_account(request)
    if request.method == "POST":
        return redirect("account")
    context = {"ways": accounts.ways_in(request.user), "has_providers": bool(settings.SOCIALACCOUNT_PROVIDERS)}
    return render(request, "transcripts/account.html", context)


def _first_account(request: SignedInRequest) -> HttpResponse:
    form = FirstAccountForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        return redirect("library")
    return render(request, "transcripts/account_first.html", {"form": form}, status=422 if form.errors else 200)
