"""The web application, for any ASGI server."""

from __future__ import annotations

import os
import warnings
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connections

# Static files, which whitenoise reads whole; they are small. Recordings are streamed by `views/media.py`.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")

_django = get_asgi_application()
connections.settings["default"]["CONNECTIONS"] = settings.DATABASE_CONNECTIONS  # see flashweb/postgresql
_of_streams = ThreadPoolExecutor(1, thread_name_prefix="streams")


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Django gives each request a thread for as long as it lasts: hundreds of readers would be hundreds of threads.

    The streams of changes, which last for hours and ask little as they open, have one thread together.
    """
    if scope["type"] == "http" and scope["path"].endswith("/live/"):
        async with ThreadSensitiveContext(executor=_of_streams):
            await _django(scope, receive, send)
    else:
        await _django(scope, receive, send)
