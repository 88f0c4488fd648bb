from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class SignedInRequest(HttpRequest):
    """What a view gets behind the middleware: a signed-in person, and whether htmx is asking."""

    user: User
    htmx: HtmxDetails
