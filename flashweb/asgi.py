"""The web application, for any ASGI server: requests are answered in threads, streams are sent from the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import django
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.urls import set_script_prefix

from flashweb.bodies import BodyRefused, Receive, Scope, Send, Traffic, has_session, read_body, refuse_body
from flashweb.exchange import LIVE, PROBES, Exchange
from flashweb.memory import look_less_for_garbage
from transcripts.logs import DATABASE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")

Answer = TypeVar("Answer")


class Handler(ASGIHandler):
    """Answers a request as a WSGI server does, in one of a few threads, which keep their database connections.

    Django's own handler switches to a thread and back for every middleware, and creates a thread and a connection for
    each request. Only asynchronous iterators run on the event loop: audio, live changes and downloads.

    A third of the threads, at least one, answers what brings files, a third what searches and exports, and nothing else
    does: however many files wait to be read, nobody else waits for a thread.
    """

    def __init__(self, threads: int) -> None:
        super().__init__()
        third = max(1, threads // 3)
        self._threads = ThreadPoolExecutor(max(1, threads - 2 * third), thread_name_prefix="requests")
        files = ThreadPoolExecutor(third, thread_name_prefix="files")
        work = ThreadPoolExecutor(third, thread_name_prefix="work")
        self._traffic = Traffic()
        # Chunks of uploads go into a folder one by one: it is work for processor and disk, which pages want, too.
        self._storing = asyncio.Semaphore(third if settings.FILES_URL else 1)
        self._probes = ThreadPoolExecutor(1, thread_name_prefix="probes")  # They wait for nobody but one another.
        self._threads_of = {
            **dict.fromkeys(settings.FILE_ADDRESSES, files),
            **dict.fromkeys(settings.WORK_ADDRESSES, work),
        }

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"no {scope['type']} here")
        exchange = Exchange(scope, send)
        try:
            await self._exchange(exchange, scope, receive)
        finally:
            exchange.end()

    async def _exchange(self, exchange: Exchange, scope: Scope, receive: Receive) -> None:
        address = exchange.address
        try:
            is_signed_in = partial(self._threaded, has_session, scope)
            body = await read_body(scope, receive, address, is_signed_in, self._traffic)
        except RequestAborted:
            return
        except BodyRefused as refused:
            await refuse_body(refused, scope, receive, exchange.send)
            return
        with body:
            if scope["path"] == LIVE:  # also while every thread waits
                await self.send_response(self._answer(exchange, scope, body), exchange.send)
                return
            threads = self._choose_threads(scope, address)
            async with self._take_turn(address):
                response = await asyncio.get_running_loop().run_in_executor(
                    threads, self._answer, exchange, scope, body
                )
            if not response.streaming:
                await self.send_response(response, exchange.send)
                return
            if response.headers.get("Content-Type") == "text/event-stream":
                exchange.begin_stream()
            parts = response.streaming_content if response.is_async else self._parts(iter(response))
            response.streaming_content = parts
            try:
                async with aclosing(parts):  # at once, and not when its memory is freed
                    await self._stream(response, receive, exchange.send)
            finally:
                await self._threaded(response.close)

    @asynccontextmanager
    async def _take_turn(self, address: str) -> AsyncGenerator[None]:
        """A chunk waits for those before it and for the page that is being made, everything else for nobody."""
        if address == "upload":
            async with self._storing:
                with self._traffic.bringing_files():
                    await self._traffic.make_way()
                yield
        elif address in settings.FILE_ADDRESSES:
            yield
        else:
            with self._traffic.making_page():
                yield

    def _choose_threads(self, scope: Scope, address: str) -> ThreadPoolExecutor:
        if scope["path"] in PROBES:
            return self._probes
        reads = scope["method"] in {"GET", "HEAD"} and address in settings.FILE_ADDRESSES
        return self._threads if reads else self._threads_of.get(address, self._threads)

    def _answer(self, exchange: Exchange, scope: Scope, body: Any) -> Any:
        with exchange.log_fields():
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=self.__class__, scope=scope)
            request, response = self.create_request(scope, body)
            answer: Any = response if request is None else self.get_response(request)
            exchange.user = getattr(getattr(request, "_cached_user", None), "pk", None)
            answer._handler_class = self.__class__
            if not answer.streaming:
                answer.close()
            if DATABASE.is_gone and exchange.user:
                DATABASE.worked()
            return answer

    async def _parts(self, parts: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Makes each part in a thread, which is free again before the part is sent."""

        def one() -> bytes | None:
            close_old_connections()  # as at the beginning of a request
            return next(parts, None)

        while (part := await self._threaded(one)) is not None:
            yield part

    async def _stream(self, response: StreamingHttpResponse, receive: Receive, send: Send) -> None:
        """Sends until the response ends or the reader leaves."""
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        sending = asyncio.create_task(self.send_response(response, send))
        try:
            await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)
        if not sending.cancelled():
            sending.result()

    async def _threaded(self, ask: Callable[..., Answer], *arguments: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask, *arguments)


django.setup(set_prefix=False)
application = Handler(settings.WEB_THREADS)
look_less_for_garbage()
