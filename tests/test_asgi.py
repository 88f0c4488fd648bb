"""The handler between an ASGI server and Django: threads, connections, streams and readers who leave."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import get_resolver
from django.utils.translation import get_language, override

from flashweb.asgi import Handler
from transcripts.rendering.streaming import stream_download

THREADS = 3
SCOPE = {
    "type": "http",
    "client": ("127.0.0.1", 1),
    "method": "POST",
    "path": "/",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
}
CHUNK = f"/uploads/{UUID(int=1)}/"


class Reader:
    """The server's side of one request, whose reader takes each part after `pause_s`, and leaves when told to."""

    def __init__(self, body: bytes = b"", pause_s: float = 0) -> None:
        self.parts: list[bytes] = []
        self.status = 0
        self.ended = False
        self.leaves = asyncio.Event()
        self.came = asyncio.Event()
        self._pause_s = pause_s
        self._asked = [{"type": "http.request", "body": body}]

    async def receive(self) -> Mapping[str, Any]:
        if self._asked:
            return self._asked.pop()
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        await asyncio.sleep(self._pause_s)
        self.ended = not message.get("more_body")
        if message.get("body"):
            self.parts.append(message["body"])
            self.came.set()


class Answering(Handler):
    """Answers with what a function gives instead of the site."""

    def __init__(self, answer: Any, threads: int = THREADS) -> None:
        super().__init__(threads)
        self._given = answer

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self._given(request)
        return response


async def asked(handler: Handler, reader: Reader) -> Reader:
    await handler(SCOPE, reader.receive, reader.send)
    return reader


def test_request_is_answered_whole() -> None:
    async def run() -> Reader:
        handler = Answering(lambda request: HttpResponse(request.body * 2, status=201))
        return await asked(handler, Reader("好".encode()))

    reader = asyncio.run(run())
    assert (reader.status, b"".join(reader.parts), reader.ended) == (201, "好好".encode(), True)


def test_file_that_a_browser_has_already_is_answered_without_a_type() -> None:
    def answer(_request: HttpRequest) -> HttpResponseBase:
        response = StreamingHttpResponse(iter(()), status=304)
        del response.headers["Content-Type"]
        return response

    async def run() -> Reader:
        return await asked(Answering(answer), Reader())

    reader = asyncio.run(run())
    assert (reader.status, reader.parts, reader.ended) == (304, [], True)


def test_site_is_what_answers(db: None) -> None:
    async def run() -> Reader:
        reader = Reader()
        await Handler(1)({**SCOPE, "method": "GET", "path": "/"}, reader.receive, reader.send)
        return reader

    assert asyncio.run(run()).status == 302  # to the page for signing in


def test_path_that_is_no_text_is_refused() -> None:
    async def run() -> Reader:
        reader = Reader()
        scope = {**SCOPE, "path": "/\udcff", "query_string": b"\xff"}
        handler = Answering(lambda _request: HttpResponse())
        await handler(scope, reader.receive, reader.send)
        return reader

    assert asyncio.run(run()).status == 400


@pytest.mark.parametrize(
    ("path", "files_url", "bound"),
    [("/", "", 4), ("/imports/", "", 4), (CHUNK, "", 1), (CHUNK, "s3://bucket", 4)],
    ids=["pages", "imports", "chunks that go into a folder", "chunks that go into a bucket"],
)
def test_no_more_requests_run_at_once_than_may_and_none_is_lost(
    path: str, files_url: str, bound: int, settings: Any
) -> None:
    settings.FILES_URL = files_url
    running: list[int] = []
    most: list[int] = []

    def answer(_request: HttpRequest) -> HttpResponse:
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()
        return HttpResponse("ok")

    async def run() -> list[Reader]:
        handler = Answering(answer, threads=12)  # of which four are for files, and four for searches and exports
        readers = [Reader() for _number in range(40)]
        await asyncio.gather(*(handler({**SCOPE, "path": path}, one.receive, one.send) for one in readers))
        return readers

    assert [reader.parts for reader in asyncio.run(run())] == [[b"ok"]] * 40
    assert max(most) == bound


def test_chunk_whose_turn_comes_makes_way_for_the_page_that_is_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flashweb.bodies.WAY_S", 60)
    chunk_has_begun, page_has_begun, may_end = threading.Event(), threading.Event(), threading.Event()
    answered: list[str] = []

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path == "/":
            page_has_begun.set()
            assert may_end.wait(20)
        elif not answered:
            chunk_has_begun.set()
            assert page_has_begun.wait(20)
        answered.append(request.path)
        return HttpResponse()

    async def run() -> None:
        handler = Answering(answer)
        readers = [Reader(), Reader()]
        chunks = [asyncio.create_task(handler({**SCOPE, "path": CHUNK}, one.receive, one.send)) for one in readers]
        assert await asyncio.to_thread(chunk_has_begun.wait, 20)
        page = asyncio.create_task(asked(handler, Reader()))
        await asyncio.wait_for(chunks[0], 20)
        await asyncio.sleep(0.1)
        may_end.set()
        await asyncio.wait_for(asyncio.gather(page, chunks[1]), 20)

    asyncio.run(run())
    assert answered == [CHUNK, "/", CHUNK]


@pytest.mark.parametrize("path", ["/imports/", "/search/"])
def test_files_that_are_read_and_searches_keep_nobody_else_waiting(path: str) -> None:
    read = threading.Event()

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path == path:
            read.wait(30)
        return HttpResponse(request.path)

    async def run() -> list[bytes]:
        handler = Answering(answer)
        files = [Reader() for _number in range(3 * THREADS)]
        scopes = [{**SCOPE, "path": path} for _file in files]
        reading = [
            asyncio.create_task(handler(scope, file.receive, file.send))
            for scope, file in zip(scopes, files, strict=True)
        ]
        await asyncio.sleep(0)  # so that all of them came first
        try:
            others = await asyncio.wait_for(asyncio.gather(*(asked(handler, Reader()) for _other in range(9))), 20)
        finally:
            read.set()
        await asyncio.gather(*reading)
        return [part for reader in [*others, *files] for part in reader.parts]

    assert asyncio.run(run()) == [b"/"] * 9 + [path.encode()] * 9


def test_addresses_of_files_are_there() -> None:
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert names >= settings.FILE_ADDRESSES | settings.WORK_ADDRESSES


def test_thread_keeps_its_connection_to_the_database(transactional_db: None) -> None:
    def answer(_request: HttpRequest) -> HttpResponse:
        connection.ensure_connection()
        return HttpResponse(f"{threading.get_ident()} {id(connection.connection)}")

    async def run() -> list[bytes]:
        handler = Answering(answer, threads=1)
        try:
            return [part for _number in range(5) for part in (await asked(handler, Reader())).parts]
        finally:
            await handler._threaded(connections.close_all)

    assert len(set(asyncio.run(run()))) == 1


def test_slow_reader_of_a_page_holds_no_thread() -> None:
    def chunks() -> Iterator[str]:
        for number in range(5):
            yield str(number)

    def answer(request: HttpRequest) -> HttpResponseBase:
        return StreamingHttpResponse(chunks()) if request.body == b"page" else HttpResponse("ok")

    async def run() -> tuple[bool, Reader]:
        handler = Answering(answer, threads=1)
        slow = Reader(b"page", pause_s=0.2)
        reading = asyncio.create_task(asked(handler, slow))
        await slow.came.wait()
        await asked(handler, Reader())
        was_first = not slow.ended
        return was_first, await reading

    was_first, slow = asyncio.run(run())
    assert was_first
    assert (slow.parts, slow.ended) == ([b"0", b"1", b"2", b"3", b"4"], True)


def streaming(chunks: Iterator[str] | AsyncIterator[str], closed: threading.Event) -> Answering:
    """Answers with those chunks, and says when the answer is closed."""
    response = StreamingHttpResponse(chunks)
    response._resource_closers.append(closed.set)
    return Answering(lambda _request: response)


def test_stream_ends_when_its_reader_leaves() -> None:
    ended = threading.Event()
    closed = threading.Event()

    async def chunks() -> AsyncIterator[str]:
        try:
            while True:
                yield "here"
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    async def run() -> bool:
        reader = Reader()
        reading = asyncio.create_task(asked(streaming(chunks(), closed), reader))
        await reader.came.wait()
        reader.leaves.set()
        await asyncio.wait_for(reading, 5)
        return reader.ended

    assert not asyncio.run(run())
    assert ended.is_set()
    assert closed.is_set()


def test_stream_that_breaks_is_cut_and_closed() -> None:
    closed = threading.Event()

    def chunks() -> Iterator[str]:
        yield "begun"
        raise ValueError("broken")

    async def run() -> Reader:
        reader = Reader()
        with pytest.raises(ValueError, match="broken"):
            await asked(streaming(chunks(), closed), reader)
        return reader

    reader = asyncio.run(run())
    assert (reader.parts, reader.ended) == ([b"begun"], False)
    assert closed.is_set()


def test_who_leaves_before_all_is_sent_is_not_answered() -> None:
    async def run() -> Reader:
        reader = Reader()
        reader._asked.clear()
        reader.leaves.set()
        return await asked(Answering(lambda _request: HttpResponse("ok")), reader)

    assert asyncio.run(run()).status == 0


def test_other_protocols_are_refused() -> None:
    async def run() -> None:
        reader = Reader()
        await Handler(1)({"type": "websocket"}, reader.receive, reader.send)

    with pytest.raises(ValueError, match="websocket"):
        asyncio.run(run())


def test_parts_of_a_download_are_made_in_one_thread_in_the_language_of_the_request() -> None:
    def parts() -> Iterator[bytes]:
        for _number in range(3):
            yield f"{threading.get_ident()} {get_language()}".encode()

    def given(_request: HttpRequest) -> HttpResponseBase:
        with override("zh-hans"):
            return StreamingHttpResponse(stream_download(parts()))

    async def run() -> Reader:
        return await asked(Answering(given), Reader())

    found = [part.split() for part in asyncio.run(run()).parts]
    assert {language for _thread, language in found} == {b"zh-hans"}
    assert len({thread for thread, _language in found}) == 1
    assert found[0][0] != str(threading.get_ident()).encode()


@pytest.mark.long
def test_crowd_finds_room_at_the_database(transactional_db: None) -> None:
    """More at once than a PostgreSQL has room for."""

    threads: set[int] = set()

    def answer(_request: HttpRequest) -> HttpResponse:
        threads.add(threading.get_ident())
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return HttpResponse("ok")

    async def run() -> list[Reader]:
        handler = Answering(answer, threads=8)
        try:
            return await asyncio.gather(*(asked(handler, Reader()) for _number in range(300)))
        finally:
            barrier = threading.Barrier(len(threads))
            await asyncio.gather(*(handler._threaded(_close, barrier) for _thread in threads))

    assert [reader.status for reader in asyncio.run(run())] == [200] * 300


def _close(others: threading.Barrier) -> None:
    """All threads at once, so that each closes its own."""
    others.wait(5)
    connections.close_all()
