"""An English and a Chinese reader at once: each gets every page, event and download in their own language.

It runs as in production: the ASGI handler, its threads, and streams that are made while others are served.
"""

from __future__ import annotations

import asyncio
import io
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed
from typing import Any
from zipfile import ZipFile, is_zipfile

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from flashweb.asgi import Handler
from tests.files import path_of
from tests.views.addresses import OF_EVERYBODY, OF_LINKS, OF_ONE, OF_PEOPLE, OF_PROJECTS
from tests.views.test_access import World, world  # noqa: F401  # a fixture
from transcripts.audio.playback import make_playback
from transcripts.enums import LinkRole, Role
from transcripts.middleware import StreamLocale
from transcripts.models import AuditEntry, Speaker, Transcript, Utterance
from transcripts.rendering.streaming import stream_download
from transcripts.services.accounts.deferred import run_deferred, wait_until_done
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.live.updates import get_watcher
from transcripts.views import exports

LANGUAGES = ("en", "zh-hans")
READ = [
    (name, LinkRole.COMMENTER if name in OF_LINKS else Role.OWNER)
    for ways in (OF_PROJECTS, OF_LINKS, OF_PEOPLE, OF_ONE, OF_EVERYBODY)
    for name in ways
    if "GET" in ways[name] and name not in {"set_language", "notice"}  # which lead elsewhere, and leave something
]
EVENTS = {"transcript_live", "shared_live"}
# Those whose length is not known before; the audio's is.
STREAMS = {
    *("transcript", "shared", "transcript_bundle", "transcript_clips", "exports_zip"),
    *("project_audit_table", "audit_table"),
}
CHANGES_BY_ITSELF = (
    r'csrfmiddlewaretoken" value="\w+|"X-CSRFToken": "\w+|nonce="[\w-]+|data-now="\d+|"exported_at": "[^"]+'
)


@pytest.fixture
def site(transactional_db: None, world: World, lin: User) -> World:  # noqa: F811
    User.objects.filter(pk=lin.pk).update(is_superuser=True)
    recording = Transcript.objects.all()[0].recording
    make_playback(path_of(recording.original), path_of(recording.playback), path_of(recording.peaks))
    Speaker.objects.update(name="")
    return world


@dataclass
class Read:
    """One answer, as its reader gets it."""

    status: int = 0
    kind: str = ""
    streamed: bool = False
    body: bytes = b""
    html: list[str] = field(default_factory=list)


class Site(Handler):
    """The site, which serves somebody in another language before each part of a stream is taken."""

    def __init__(self) -> None:
        super().__init__(threads=3)  # one for pages, one for files, one for searches and exports

    async def read(self, path: str, language: str, session: str = "", *, until: str = "", between: bool = True) -> Read:
        answer, left = Read(), asyncio.Event()
        asked = [{"type": "http.request", "body": b""}]

        async def receive() -> Mapping[str, Any]:
            if not asked:
                await left.wait()
            return asked.pop() if asked else {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = {name.lower(): value.decode() for name, value in message["headers"]}
                answer.status, answer.kind = message["status"], headers.get(b"content-type", "")
                answer.streamed = b"content-length" not in headers
                return
            answer.body += message.get("body", b"")
            if until and until in answer.body.decode():
                left.set()
            if between and message.get("more_body"):
                other = next(one for one in LANGUAGES if one != language)
                await self.read("/healthz", other, between=False)

        cookie = f"{settings.LANGUAGE_COOKIE_NAME}={language}; {settings.SESSION_COOKIE_NAME}={session}"
        url, _, query = path.partition("?")
        scope = {
            "type": "http",
            "client": ("127.0.0.1", 1),
            "method": "GET",
            "path": url,
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost"), (b"cookie", cookie.encode())],
        }
        await self(scope, receive, send)
        return answer

    async def close(self) -> None:
        """The connections of its threads."""
        for pool in {self._threads, *self._threads_of.values()}:
            await asyncio.get_running_loop().run_in_executor(pool, connections.close_all)


def listed(answer: Read) -> Any:
    """What is in an answer, without what differs each time."""
    if is_zipfile(io.BytesIO(answer.body)):
        with ZipFile(io.BytesIO(answer.body)) as file:
            return {name: listed(Read(body=file.read(name))) for name in file.namelist()}
    try:
        return re.sub(CHANGES_BY_ITSELF, "", answer.body.decode())
    except UnicodeDecodeError:
        return answer.body


async def read_all(site: Site, world: World, *, between: bool) -> dict[tuple[str, str], Read]:  # noqa: F811
    """Everything that can be read, by name and language; with `between`, all of it at once."""
    reads = {}
    for name, who in READ:
        if name in EVENTS:
            continue
        more = f"?format=bundle&transcript={world.values['transcripts']['pk']}" if name == "exports_zip" else ""
        for language in LANGUAGES:
            session = world.sessions.get(who, "")
            reads[name, language] = site.read(world.url(name, who) + more, language, session, between=between)
    if between:
        return dict(zip(reads, await asyncio.gather(*reads.values()), strict=True))
    return {key: await read for key, read in reads.items()}


def run(site: Site, scenario: Any) -> Any:
    async def whole() -> Any:
        try:
            return await scenario
        finally:
            while watching := get_watcher()._task:
                await watching
            await site.close()

    return asyncio.run(whole())


def test_pages_and_downloads_are_in_the_language_of_their_reader(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AuditEntry.objects, "create", lambda **_given: None)  # or the activity would differ
    room = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: room)
    monkeypatch.setattr(exports, "keep_export_choice", lambda **_given: None)  # or the order of the formats would
    handler = Site()
    alone = run(handler, read_all(handler, site, between=False))
    at_once = run(handler, read_all(handler, site, between=True))
    assert {key: read.status for key, read in alone.items() if read.status >= 400} == {
        ("transcript_shift", language): 422 for language in LANGUAGES
    }
    assert {name for (name, _language), read in alone.items() if read.streamed} == STREAMS
    mixed = [key for key, read in at_once.items() if listed(read) != listed(alone[key])]
    assert mixed == []
    for name in ("transcript", "shared", "transcript_clips", "library", "project_audit"):
        assert listed(alone[name, "en"]) != listed(alone[name, "zh-hans"]), name


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_events_are_in_the_language_of_their_reader(site: World, lin: User, name: str) -> None:
    row = Utterance.objects.filter(transcript=site.values["transcripts"]["pk"], removed=False)[0]
    who = dict(READ)[name]
    handler = Site()

    def edit() -> None:
        edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=row.version), by=lin)
        connections.close_all()

    async def scenario() -> list[Read]:
        after = f"?after={row.transcript.version}"
        path, session = site.url(name, who) + after, site.sessions.get(who, "")
        reading = [
            asyncio.create_task(handler.read(path, one, session, until="event: change")) for one in LANGUAGES * 2
        ]
        await sync_to_async(edit)()
        return await asyncio.wait_for(asyncio.gather(*reading), 30)

    row.transcript.refresh_from_db()
    reads = run(handler, scenario())
    assert [read.kind for read in reads] == ["text/event-stream"] * 4
    html = ["".join(re.findall(r'"html":"(.*)"', read.body.decode())) for read in reads]
    assert [("Play from here" in one, "从这里播放" in one) for one in html] == [(True, False), (False, True)] * 2


def made() -> str:
    return f"{translation.get_language()} {timezone.localtime(datetime(2026, 1, 1, tzinfo=UTC)):%H:%M} "


@pytest.mark.parametrize("form", ["page", "events", "download"])
def test_stream_keeps_the_language_and_time_zone_of_its_request(form: str) -> None:
    async def events() -> Any:
        for _part in range(3):
            await asyncio.sleep(0)
            yield made()

    def answer(_request: HttpRequest) -> HttpResponseBase:
        pages = (made() for _part in range(3))
        downloads = (made().encode() for _part in range(3))
        parts = {"page": lambda: pages, "events": events, "download": lambda: stream_download(downloads)}
        return StreamingHttpResponse(parts[form]())

    async def read(language: str, hours: int) -> list[str]:
        with translation.override(language), timezone.override(fixed(timedelta(hours=hours))):
            response: Any = StreamLocale(answer)(RequestFactory().get("/"))
        sent = []
        with translation.override("fr"):
            parts = aiter(response.streaming_content) if response.is_async else None
            for _part in range(3):
                part = await anext(parts) if parts else next(response.streaming_content)
                sent.append(part.decode())
                assert translation.get_language() == "fr"
        return sent

    async def both() -> Any:
        return await asyncio.gather(read("en", 1), read("zh-hans", 8))

    assert asyncio.run(both()) == [["en 01:00 "] * 3, ["zh-hans 08:00 "] * 3]


def test_work_left_to_a_thread_keeps_the_language_and_time_zone_of_its_request(db: None) -> None:
    done: list[str] = []
    for language, hours in (("en", 1), ("zh-hans", 8)):
        with translation.override(language), timezone.override(fixed(timedelta(hours=hours))):
            run_deferred(lambda _request: done.append(made()), RequestFactory().get("/"))
    wait_until_done()
    assert done == ["en 01:00 ", "zh-hans 08:00 "]
