from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """What every view gets behind the middleware: whether htmx is asking."""

    htmx: HtmxDetails


class SignedInRequest(HtmxRequest):
    """What a view gets that is not open to everybody: a signed-in person."""

    user: User
