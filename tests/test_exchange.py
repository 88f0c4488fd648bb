"""Each request and each job has an id and one line in the log; what goes and comes back is told once."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import uuid
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from huey.contrib.djhuey import HUEY

from flashweb.logs import JsonFormatter, LinkFormatter, OnlyRaised
from tests.test_asgi import SCOPE, Answering, Reader
from tests.test_logs import LINK
from transcripts import logs, middleware, queue
from transcripts.errors import StoreUnavailable
from transcripts.logs import Dependency, add_log_fields, get_log_fields, log_fields
from transcripts.services.store import s3
from transcripts.views.health import respond_server_error

LINE = LinkFormatter("{levelname} {message}", style="{")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What was written so far about requests, jobs and what they depend on."""
    written: list[str] = []

    class Writing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(LINE.format(record))

    for name in ("flashweb.requests", "transcripts"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [Writing()])
    logging.getLogger("flashweb.requests").setLevel(logging.DEBUG)
    yield lambda: written
    logging.getLogger("flashweb.requests").setLevel(logging.NOTSET)


def ask(path: str, method: str = "GET", answer: Any = None, headers: Any = ()) -> dict[bytes, bytes]:
    """The headers of the answer."""
    sent: list[Any] = []

    class Keeping(Reader):
        async def send(self, message: Any) -> None:
            sent.append(message)
            await super().send(message)

    async def run() -> None:
        reader = Keeping()
        handler = Answering(answer or (lambda _request: HttpResponse("ok")))
        scope = {**SCOPE, "method": method, "path": path, "headers": [*SCOPE["headers"], *headers]}
        await handler(scope, reader.receive, reader.send)

    asyncio.run(run())
    return dict(sent[0]["headers"])


def without_time(line: str) -> str:
    return re.sub(r"\d+ ms", "… ms", line)


def test_request_has_one_line(lines: Any) -> None:
    row = uuid.UUID("67ee89ba-7050-4c04-a3d7-ac61a63499b3")
    headers = ask(f"/transcripts/{row}/history/", "POST", headers=[(b"x-request-id", b"from-nginx:1")])
    assert headers[b"x-request-id"] == b"from-nginx:1"
    assert [without_time(line) for line in lines()] == [
        f"INFO POST /transcripts/{row}/history/ 200 … ms [request=from-nginx:1 route=transcript_history]"
    ]


@pytest.mark.parametrize("given", [b"", b"a b", b"a\nb", b"x" * 65, "好".encode(), b"<b>"])
def test_id_that_could_not_stand_in_a_log_is_replaced(lines: Any, given: bytes) -> None:
    made = ask("/", headers=[(b"x-request-id", given)])[b"x-request-id"].decode()
    assert re.fullmatch(r"[0-9a-f]{16}", made)
    assert f"request={made}" in lines()[0]


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (f"/shared/{LINK}/rows/", "/shared/…/rows/"),
        ("/shared/any word/rows/", "/shared/…/rows/"),
        (f"/invitations/{LINK}/", "/invitations/…/"),
        ("/accounts/first/x:y:z/", "/accounts/first/…/"),
        ("/accounts/password/reset/key/1-abc/", "/accounts/password/reset/key/…/"),
        (f"/nowhere/shared/{LINK}/", "/nowhere/shared/…/"),
        (f"/nowhere/{LINK}/", "/nowhere/…/"),
        ("/nowhere/\n2026 ERROR x", "/nowhere/\\n2026 ERROR x"),
        ("/utterances/12/", "/utterances/12/"),
        ("/projects/", "/projects/"),
    ],
)
def test_line_has_the_address_without_what_opens_it(lines: Any, path: str, written: str) -> None:
    ask(path)
    assert lines()[0].startswith(f"INFO GET {written} 200 "), lines()


def test_line_has_no_query(lines: Any) -> None:
    ask("/search/", headers=[])
    assert "?" not in lines()[0]


def test_line_names_the_person_if_one_was_asked_for(lines: Any) -> None:
    class Person:
        pk = 7

    def answer(request: HttpRequest) -> HttpResponse:
        request._cached_user = Person()  # type: ignore[attr-defined]
        return HttpResponse("ok")

    ask("/", answer=answer)
    assert [line for line in lines() if "user=7]" in line] == lines()[-1:]


def test_what_programs_ask_all_the_time_is_no_news(lines: Any) -> None:
    for path in ("/livez", "/readyz", "/healthz", "/metrics", "/static/css/base.css"):
        ask(path)
    assert {line.split()[0] for line in lines()} == {"DEBUG"}


def test_lines_inside_a_request_have_its_id(lines: Any) -> None:
    def answer(_request: HttpRequest) -> HttpResponse:
        logging.getLogger("transcripts.x").warning("So.")
        return HttpResponse("ok")

    made = ask("/", answer=answer)[b"x-request-id"].decode()
    assert lines()[0] == f"WARNING So. [request={made}]"
    assert dict(get_log_fields()) == {}


def test_error_page_shows_the_id_to_quote() -> None:
    try:
        raise ValueError("x")
    except ValueError:
        with log_fields(request="0123456789abcdef"):
            page = respond_server_error(RequestFactory().get("/"))
    assert (page.status_code, "0123456789abcdef" in page.text) == (500, True)


def test_reader_who_left_before_the_answer_is_counted_as_such(lines: Any) -> None:
    async def run() -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        await Answering(lambda _request: HttpResponse())(SCOPE, receive, Reader().send)

    asyncio.run(run())
    assert lines()[0].startswith("INFO POST / 499 ")


def format_json(message: str, *args: Any, **more: Any) -> dict[str, Any]:
    record = logging.LogRecord("flashweb.x", logging.INFO, __file__, 1, message, args, more.pop("exc_info", None))
    vars(record).update(more)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_json_line_is_one_object_without_links() -> None:
    with log_fields(request="r1", of=f"/shared/{LINK}/"):
        line = format_json("Gone: %s 好\n2", f"/invitations/{LINK}/", fields={"status": 404})
    assert line.pop("time").startswith("20")
    assert line == {
        "level": "INFO",
        "logger": "flashweb.x",
        "message": "Gone: /invitations/…/ 好\n2",
        "request": "r1",
        "of": "/shared/…/",
        "status": 404,
    }


def test_json_line_has_what_was_raised() -> None:
    try:
        raise ValueError(f"/shared/{LINK}/")
    except ValueError:
        line = format_json("Failed", exc_info=sys.exc_info())
    assert ("ValueError: /shared/…/" in line["error"], LINK in line["error"]) == (True, False)


def test_fields_of_a_line_do_not_replace_its_own() -> None:
    with log_fields(message="other", level="none"):
        assert format_json("So.")["message"] == "So."


def test_fields_end_with_what_they_are_of() -> None:
    with log_fields(job="1"):
        with log_fields(task="x"):
            add_log_fields(error="y")
            assert get_log_fields() == {"job": "1", "task": "x", "error": "y"}
        assert get_log_fields() == {"job": "1"}
    add_log_fields(lost=1)
    assert get_log_fields() == {}


@pytest.fixture
def task(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    HUEY.flush()

    def run(work: Any) -> None:
        monkeypatch.setitem(queue._handlers, "of_tests", work)
        queue.enqueue("of_tests", 5)
        waiting = HUEY.dequeue()
        HUEY.execute(waiting)

    return run


def test_job_has_one_line_with_what_it_is_about(task: Any, lines: Any) -> None:
    task(lambda _pk: add_log_fields(recording="r", transcription="t"))
    (line,) = lines()
    assert re.fullmatch(r"INFO job done \[job=\w{16} task=of_tests of=5 recording=r transcription=t\]", line), line


def test_job_that_fails_has_one_line_with_where(task: Any, lines: Any) -> None:
    def work(_pk: int) -> None:
        raise ValueError("x")

    task(work)
    (line,) = lines()
    assert line.startswith("ERROR job failed [job=")
    assert line.endswith("ValueError: x")


def test_job_without_a_database_has_no_traceback(task: Any, lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "DATABASE", Dependency("database"))

    def work(_pk: int) -> None:
        raise OperationalError("gone\nwith much more")

    for _time in range(3):
        task(work)
    first, *jobs = lines()
    assert first.startswith("ERROR The database is not responding: OperationalError: gone [job=")
    assert {line.partition(" [")[0] for line in jobs} == {"INFO job failed: the database is not responding"}
    assert len(jobs) == 3


def test_what_goes_is_told_once_and_once_that_it_is_back(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: now[0])
    mail = Dependency("mail server")
    mail.worked()
    for _time in range(1000):
        mail.failed(ConnectionRefusedError(111, "Connection refused"))
        mail.worked()  # what fails now and then is not back
    now[0] += 61
    mail.worked()
    mail.worked()
    assert lines() == [
        "ERROR The mail server is not responding: ConnectionRefusedError: [Errno 111] Connection refused",
        "WARNING The mail server is responding again, after 61 s.",
    ]


def test_bucket_that_goes_is_told_once(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "FILE_STORE", Dependency("file store"))
    monkeypatch.setattr(logs, "STEADY_SECONDS", 0)
    store = s3.S3Store("s3://bucket/prefix")

    def fail() -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    for _time in range(3):
        with pytest.raises(StoreUnavailable):
            store._try("recordings/1/original", fail)
    store._try("recordings/1/original", lambda: None)
    gone, back = lines()
    assert gone.startswith("ERROR The file store is not responding: EndpointConnectionError: Could not connect")
    assert back.startswith("WARNING The file store is responding again, after ")


def test_pages_that_need_a_bucket_that_is_gone_tell_it_once(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "FILE_STORE", Dependency("file store"))
    request = RequestFactory().get("/", headers={"HX-Request": "true"})
    errors = middleware.ErrorAnswers(lambda _request: HttpResponse())
    for _time in range(3):
        answer = errors.process_exception(request, StoreUnavailable("recordings/1/original: 2 of 3 bytes were stored"))
        assert answer is not None
        assert answer.status_code == 503
    assert lines() == [
        "ERROR The file store is not responding: StoreUnavailable: recordings/1/original: 2 of 3 bytes were stored"
    ]


def test_error_page_of_a_database_that_is_gone_brings_no_traceback(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcripts.views.health.DATABASE", Dependency("database"))
    for _time in range(3):
        try:
            raise OperationalError("too many clients")
        except OperationalError:
            page = respond_server_error(RequestFactory().get("/"))
        assert (page.status_code, getattr(page, "_has_been_logged", False)) == (503, True)
    assert lines() == ["ERROR The database is not responding: OperationalError: too many clients"]


def test_answers_that_were_meant_have_one_line_and_errors_their_traceback() -> None:
    raised = OnlyRaised()
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Service Unavailable", (), None)
    assert not raised.filter(record)
    try:
        raise ValueError("x")
    except ValueError:
        record.exc_info = sys.exc_info()
    assert raised.filter(record)
    assert any(isinstance(one, OnlyRaised) for one in logging.getLogger("django.request").filters)
