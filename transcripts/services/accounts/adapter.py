"""Adapts django-allauth: who may sign up, and what its messages say."""

from __future__ import annotations

import logging
import unicodedata
from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email, filter_users_by_username
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from transcripts.errors import InvitationOver
from transcripts.services.accounts.preferences import keep_language_of_request
from transcripts.services.accounts.secrets import decrypt_secret, encrypt_secret
from transcripts.services.projects.invitations import SESSION_KEY, accept_invitation, find_invitation

logger = logging.getLogger("transcripts.accounts")

JOINED = "joined_project"
"""The request's attribute for the project that somebody joined by signing up."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("Wrong user name or password."),
        "email_password_mismatch": _("Wrong email address or password."),
        "too_many_login_attempts": _("Too many attempts. Try again in five minutes."),
        "enter_current_password": _("Wrong password."),
        "incorrect_password": _("Wrong password."),
        "email_taken": _("Another account uses this email address."),
        "duplicate_email": _("This is already your email address."),
        "rate_limited": _("Too many attempts. Try again in five minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Anyone with a valid invitation may sign up; with SIGN_UP=open, everybody."""
        return settings.SIGN_UP_IS_OPEN or _find_invitation(request) is not None

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Signing in with an invitation leads to the invitation."""
        token = _find_invitation(request)
        return reverse("invitation", args=[token]) if token else str(super().get_login_redirect_url(request))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Signing up with an invitation accepts it: a link for one person makes one account."""
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            if commit:
                _accept_invitation(request, saved)
            return saved

    def post_login(self, request: HttpRequest, user: User, *, signup: bool, **rest: Any) -> HttpResponse:
        """Keeps the language of who comes; signing up with an invitation leads to its project."""
        keep_language_of_request(request, user)
        response: HttpResponse = super().post_login(request, user, signup=signup, **rest)
        project = getattr(request, JOINED, None)
        if project is None:
            return response
        messages.success(request, _("You are now a member of “%(name)s”.") % {"name": project})
        return redirect(f"{reverse('library')}?project={project.pk}")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords count for the account together with the address that they come from.

        So nobody is kept out by what others try elsewhere; and an account has one count, by whichever name.
        """
        login = str(credentials.get("email") or credentials.get("username") or "").strip()
        users = [*filter_users_by_username(login), *filter_users_by_email(login, for_login=True)]
        account = " ".join(sorted({str(user.pk) for user in users})) or unicodedata.normalize("NFKC", login).casefold()
        return f"{get_ip(request)} {account}"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Encrypts the secrets that it stores."""

    def encrypt(self, text: str) -> str:
        return encrypt_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt_secret(encrypted_text)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Logs a provider's errors; the visitor only sees that it did not work."""

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        with transaction.atomic():
            saved: User = super().save_user(request, sociallogin, form)
            if form is None:  # else the other adapter has done so
                _accept_invitation(request, saved)
            return saved

    def on_authentication_error(self, request: HttpRequest, provider: Any, **trouble: Any) -> None:
        logger.warning("Sign-in through %s failed: %s %s", provider, trouble.get("error"), trouble.get("exception"))

    def get_requests_session(self) -> requests.Session:
        session: requests.Session = super().get_requests_session()
        ask = session.request

        def request(*arguments: Any, **options: Any) -> requests.Response:
            try:
                return ask(*arguments, **options)
            except requests.RequestException as error:
                logger.warning("A sign-in provider is not responding: %s", error)
                page = render(self.request, "socialaccount/authentication_error.html", status=502)
                raise ImmediateHttpResponse(page) from error

        session.request = request  # type: ignore[method-assign]
        return session


def _accept_invitation(request: HttpRequest, user: User) -> None:
    """Makes the new account a member. If somebody else was faster, there is no account unless anyone may sign up."""
    token = request.session.pop(SESSION_KEY, None)
    if token is None:
        return
    try:
        setattr(request, JOINED, accept_invitation(token=token, by=user).project)
    except InvitationOver:
        messages.error(request, _("The last use of this invitation was just taken. Ask for a new one."))
        if not settings.SIGN_UP_IS_OPEN:
            raise ImmediateHttpResponse(redirect("account_signup")) from None


def _find_invitation(request: HttpRequest) -> str | None:
    """The token of the invitation that the visitor opened, while it is valid."""
    token = request.session.get(SESSION_KEY)
    return token if token and find_invitation(token) else None
