from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

POLICY = (
    "default-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


class ContentSecurityPolicy:
    """Nothing runs and nothing loads but our own files, and no search engine keeps a page.

    `request.csp_nonce` is for styles that a library makes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


class SignInRequired(LoginRequiredMiddleware):
    """Every page needs a signed-in person unless marked otherwise; scripts get 401, not the sign-in form."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        if request.headers.get("HX-Request") == "true" or request.headers.get("Accept") == "text/event-stream":
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)


class LeavingByLink:
    """Turns a redirection of a form to another site, such as a provider of accounts, into a page that leads there.

    Browsers hold `form-action 'self'` against such a redirection too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method != "POST" or not isinstance(response, HttpResponseRedirect):
            return response
        if url_has_allowed_host_and_scheme(response.url, {request.get_host()}):
            return response
        return render(request, "leaving.html", {"address": response.url})
