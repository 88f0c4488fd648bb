from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

POLICY = (
    "default-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


class AfterView:
    """Middleware of synchronous and asynchronous servers alike, which may turn an answer into another one."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        self.before(request)
        if self.is_async:
            return self._awaited(request)
        return self.answer(request, self.get_response(request))

    async def _awaited(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        if self.needs_thread(request, response):
            return await sync_to_async(self.answer)(request, response)
        return self.answer(request, response)

    def before(self, request: HttpRequest) -> None:
        pass

    def needs_thread(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether `answer` waits for something, such as the database or a template."""
        return False

    def answer(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        raise NotImplementedError


class ContentSecurityPolicy(AfterView):
    """Nothing runs and nothing loads but our own files, and no search engine keeps a page.

    `request.csp_nonce` is for styles that a library makes.
    """

    def before(self, request: HttpRequest) -> None:
        request.csp_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]

    def answer(self, request: Any, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=request.csp_nonce))
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


class SignInRequired(LoginRequiredMiddleware):
    """Every page needs a signed-in person unless marked otherwise; scripts get 401, not the sign-in form."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        if request.headers.get("HX-Request") == "true" or request.headers.get("Accept") == "text/event-stream":
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)


class LeavingByLink(AfterView):
    """Turns a redirection of a form to another site, such as a provider of accounts, into a page that leads there.

    Browsers hold `form-action 'self'` against such a redirection too.
    """

    def needs_thread(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        return request.method == "POST" and isinstance(response, HttpResponseRedirect)

    def answer(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if not self.needs_thread(request, response) or url_has_allowed_host_and_scheme(
            response.url, {request.get_host()}
        ):
            return response  # type: ignore[no-any-return]
        return render(request, "leaving.html", {"address": response.url})


class StreamsWithoutConnection(AfterView):
    """A stream lasts as long as its reader does: it gives the connection to the database back before it begins.

    Not a page that goes on asking the database while it is sent (`asks_on`): it would need another one at once.
    """

    def needs_thread(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        return response.streaming and not hasattr(response, "asks_on")

    def answer(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if self.needs_thread(request, response):
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:
                    connection.close()
        return response
