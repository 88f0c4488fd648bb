"""Middleware of ours: sign-in, content security, streams, errors as answers, redirects to other sites."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.defaults import page_not_found, permission_denied
from django_htmx.middleware import HtmxDetails

from transcripts import errors
from transcripts.locales import RequestLocale
from transcripts.logs import FILE_STORE
from transcripts.messages import (
    QUOTAS,
    explain_busy,
    explain_full_disk,
    explain_hold,
    explain_impossible,
    explain_unavailable_store,
)
from transcripts.places import Busy
from transcripts.rendering.rows import respond_invalid, respond_with_conflict, respond_with_sentence
from transcripts.services.audit import asked_from

POLICY = (
    "default-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"
logger = logging.getLogger(__name__)


class HtmxRequest(HttpRequest):
    """The request that every view gets; `htmx` says whether htmx sent it."""

    htmx: HtmxDetails


class SignedInRequest(HtmxRequest):
    """The request of a view that requires signing in."""

    user: User


class ContentSecurityPolicy:
    """Lets browsers load and run our own files only, asks no more of devices than the microphone, for our own pages,
    and keeps these out of search engines.

    `request.csp_nonce` is for styles that a library inserts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


class StreamLocale:
    """Keeps every stream in the language and time zone of its request.

    What is made while it is sent is made when the request's thread may serve others, or in another thread.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            locale, parts = RequestLocale.get_current(), response.streaming_content
            response.streaming_content = (
                locale.keep(parts) if isinstance(parts, Iterator) else locale.keep_async(cast("Any", parts))
            )
        return response


class AuditAddress:
    """Tells the audit where the request came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with asked_from(lambda: _get_address(request)):
            return self.get_response(request)


def _get_address(request: HttpRequest) -> str | None:
    """None where the connection has no address, as over a Unix socket."""
    try:
        address: str = get_adapter().get_client_ip(request)
    except PermissionDenied:
        return None
    return address


class SignInRequired(LoginRequiredMiddleware):
    """Requires signing in for every page not marked otherwise; scripts get 401 instead of the sign-in form."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        if request.headers.get("HX-Request") == "true" or request.headers.get("Accept") == "text/event-stream":
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)


class ErrorAnswers:
    """Turns errors that access and services raise into answers, unless the view has caught them itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        match error:
            case errors.NotFound():
                return page_not_found(request, Http404())
            case errors.NotAllowed():
                return permission_denied(request, PermissionDenied())
            case errors.EditConflict():
                return respond_with_conflict(request, error)
            case errors.NotPossible():
                form = Form({})
                form.add_error(None, explain_impossible(error.what))
                return respond_invalid(request, form)
            case errors.SecretUnreadable():
                logger.error("Two-step verification was set up with another SECRET_KEY.")
                return render(request, "mfa/unreadable.html", status=503)
            case errors.NothingToUndo():
                return HttpResponse(status=204)
            case errors.OverQuota():
                return respond_with_sentence(request, str(QUOTAS[error.quota]), status=403)
            case errors.OnHold():
                return respond_with_sentence(request, explain_hold(), status=409)
            case errors.NoRoom():
                return respond_with_sentence(request, explain_full_disk(), status=507)
            case errors.StoreUnavailable():
                FILE_STORE.failed(error)
                response = respond_with_sentence(request, explain_unavailable_store(), status=503)
                response.headers["Retry-After"] = "30"
                return response
            case Busy():
                response = respond_with_sentence(request, explain_busy(), status=503)
                response.headers["Retry-After"] = "5"
                return response
        return None


class ExternalRedirect:
    """Turns a form's redirect to another site, such as an account provider, into a page that leads there.

    Browsers apply `form-action 'self'` to such redirects too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method != "POST" or not isinstance(response, HttpResponseRedirect):
            return response
        if url_has_allowed_host_and_scheme(response.url, {request.get_host()}):
            return response
        return render(request, "external_redirect.html", {"address": response.url})
