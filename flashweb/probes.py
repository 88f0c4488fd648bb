"""What other programs ask: /livez, /readyz and /metrics. By any host name, in plain text, without a session.

/livez touches nothing, not even the database. /readyz says whether this process can serve, and what is wrong.
"""

from __future__ import annotations

import hmac
import tempfile
import time
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from flashweb.exchange import LIVE, METRICS, READY
from flashweb.figures import Figures
from flashweb.metrics import PROCESS
from flashweb.schema import SchemaWatch
from transcripts.logs import DATABASE
from transcripts.services.installation import find_installation_fault

SHEET = "css/base.css"
"""Of every page."""

MARK_SECONDS = 60.0


class _MarkWatch:
    """Whether the files are this installation's. A bucket is asked now and then, and one that is down once it was right
    is no reason to serve no text: what needs a file says so.
    """

    def __init__(self) -> None:
        self._right_at: float | None = None

    def find_fault(self) -> str:
        """As `find_installation_fault` does. Raises OSError where that was never known."""
        is_bucket = bool(settings.FILES_URL)
        if is_bucket and self._right_at is not None and time.monotonic() - self._right_at < MARK_SECONDS:
            return ""
        try:
            fault = find_installation_fault()
        except OSError:
            if not is_bucket or self._right_at is None:
                raise
            fault = ""
        self._right_at = None if fault else time.monotonic()
        return fault


_schema = SchemaWatch()
_mark = _MarkWatch()


class Probes:
    """Answers them before any other middleware is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = {LIVE: answer_live, READY: answer_ready, METRICS: answer_metrics}.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        response = answer(request) if request.method in {"GET", "HEAD"} else HttpResponseNotAllowed(["GET", "HEAD"])
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def answer_live(request: HttpRequest) -> HttpResponse:
    return _respond("ok")


def answer_ready(request: HttpRequest) -> HttpResponse:
    """200, or 503 with what is wrong, a line each: `migrations: …`."""
    faults = find_faults()
    if not faults:
        return _respond("ok")
    return _respond("\n".join(f"{name}: {fault}" for name, fault in faults.items()), status=503)


def answer_metrics(request: HttpRequest) -> HttpResponse:
    """404 where no setting opens it to anybody, 403 to whom none does."""
    if not (settings.METRICS_TOKEN or settings.METRICS_FROM):
        return _respond("not found", status=404)
    if not (_has_token(request) or _is_from_network(request)):
        return _respond("forbidden", status=403)
    return HttpResponse(generate_latest(PROCESS) + generate_latest(Figures()), content_type=CONTENT_TYPE_LATEST)


def find_faults() -> dict[str, str]:
    """Why this process can't serve: by what is at fault, in a sentence. Nothing is mended or made."""
    faults: dict[str, str] = {}
    try:
        if fault := _schema.find_fault():
            faults["migrations"] = fault
        elif _mark.find_fault():  # The sentence names folders, which are nobody else's business.
            faults["data"] = "Database, files and SECRET_KEY do not belong together: see `manage.py doctor`."
        DATABASE.worked()
    except DatabaseError as error:
        DATABASE.failed(error)
        connection.close()  # The next one is a new one.
        faults["database"] = "It is not responding: see DATABASE_URL."
    except OSError as error:
        faults["data"] = f"The mark of the installation cannot be read: {error.strerror or type(error).__name__}."
    for name, find_fault in {"data": _find_folder_fault, "static": find_static_fault}.items():
        if name not in faults and (fault := find_fault()):
            faults[name] = fault
    return faults


def _find_folder_fault() -> str:
    try:
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
            file.write(b"ok")
    except OSError as error:
        return f"The data folder cannot be written to: {error.strerror}."
    return ""


def find_static_fault() -> str:
    """Both what this process has read at its start and what is there now."""
    try:
        name = staticfiles_storage.stored_name(SHEET) if hasattr(staticfiles_storage, "stored_name") else SHEET
    except ValueError:
        name = ""
    if name and (staticfiles_storage.exists(name) or not hasattr(staticfiles_storage, "stored_name")):
        return ""
    return "The static files are missing: run `manage.py collectstatic`, then start this process again."


def _has_token(request: HttpRequest) -> bool:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    given, wanted = token.strip().encode(), settings.METRICS_TOKEN.encode()
    return bool(wanted) and kind.lower() == "bearer" and hmac.compare_digest(given, wanted)


def _is_from_network(request: HttpRequest) -> bool:
    """The address is the visitor's: the server has taken it from the proxies that FORWARDED_ALLOW_IPS trusts."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in settings.METRICS_FROM)


def _respond(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
