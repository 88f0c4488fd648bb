"""The health check, and the page of errors."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import get_template
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from transcripts import queue
from transcripts.errors import is_disk_full
from transcripts.logs import DATABASE, get_log_fields
from transcripts.messages import explain_full_disk
from transcripts.rendering.rows import respond_with_sentence


@never_cache
@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if database, queue and data folder work; 503 with the name of the first that does not."""
    checks: dict[str, Callable[[], object]] = {
        "database": _check_database,
        "queue": queue.count_waiting,
        "data": _check_data_folder,
    }
    for name, check in checks.items():
        try:
            check()
        except Exception:
            return HttpResponse(f"{name} is not responding\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def respond_server_error(request: HttpRequest) -> HttpResponse:
    """The error page. It is 507 if the disk is full, and 503 if the database gave no connection or turn in time.

    In both cases trying again may help.
    """
    error = sys.exc_info()[1]
    if is_disk_full(error):
        return respond_with_sentence(request, explain_full_disk(), status=507)
    page = get_template("500.html").render({"request_id": get_log_fields().get("request", "")})
    response = HttpResponseServerError(page)
    if isinstance(error, OperationalError | InterfaceError):
        DATABASE.failed(error)
        response.status_code = 503
        response.headers["Retry-After"] = "5"
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django would add a traceback for each request.
    return response


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_data_folder() -> None:
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        file.write(b"ok")
