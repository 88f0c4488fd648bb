from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from transcripts.enums import Role
from transcripts.models import Membership, Presence, Recording, Transcript, Utterance
from transcripts.queries import presence
from transcripts.queries.presence import GONE_AFTER, list_people
from transcripts.services.editing.reviewing import flag_rows
from transcripts.services.editing.rows import delete_row, split_row
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.live import updates
from transcripts.services.live.presence import move_to_row, open_page, renew_process
from transcripts.services.live.updates import MOST_WAITING, Draw, Listener, News, get_watcher
from transcripts.views.live import RowRenderer, _iterate_events

pytestmark = pytest.mark.long

FIRST = "欢迎 Lin 来。"
Event = tuple[str, str, dict[str, Any]]


@pytest.fixture
def row(transactional_db: None, transcript: Transcript) -> Utterance:
    first = transcript.utterances.first()
    assert first is not None
    return first


def edit(row: Utterance, text: str, by: User, base: int = 1) -> None:
    edit_utterance(utterance=row, save=Save(text=text, base_version=base), by=by)


def watch(
    user: User, transcript: Transcript, scenario: Callable[[Callable[[], Any]], Any], query: str = "", **headers: str
) -> Any:
    """What the scenario makes of the stream; it gets a function that awaits the next event."""

    async def run() -> Any:
        client = AsyncClient()
        await sync_to_async(client.force_login)(user)
        response: Any = await client.get(reverse("transcript_live", args=[transcript.pk]) + query, headers=headers)
        assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
        stream = events(response.streaming_content)
        try:
            return await scenario(lambda: asyncio.wait_for(anext(stream), 20))
        finally:
            await stream.aclose()

    return asyncio.run(run())


async def events(parts: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """All of them but those of the people, which have tests of their own."""
    async for part in parts:
        if b"event: people" in part:
            continue
        fields = dict(line.split(": ", 1) for line in part.decode().splitlines() if line and line[0] != ":")
        if "event" in fields:
            data = json.loads(fields["data"])
            # The rows' HTML has a test of its own.
            yield fields.get("id", ""), fields["event"], {name: data[name] for name in data if name != "html"}
        elif part.startswith(b": ping"):
            yield "", "ping", {}


def test_change_is_told_as_it_comes(row: Utterance, lin: User, ana: User) -> None:
    async def scenario(following: Callable[[], Any]) -> list[Event]:
        await sync_to_async(edit)(row, "欢迎 Bob 来。", ana)
        first = await following()
        await sync_to_async(edit)(row, "欢迎 Eve 来。", ana, 2)
        return [first, await following()]

    told = {"kind": "edited", "by": ana.pk, "name": "ana"}
    assert watch(lin, row.transcript, scenario) == [
        ("2", "change", {"version": 2, **told, "rows": {str(row.pk): 2}}),
        ("3", "change", {"version": 3, **told, "rows": {str(row.pk): 3}}),
    ]


@pytest.mark.parametrize(("query", "headers"), [("?after=2", {}), ("?after=1", {"Last-Event-ID": "2"})])
def test_what_came_after_a_version_is_told_again(
    row: Utterance, lin: User, query: str, headers: dict[str, str]
) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    split_row(row=row, offset=3, base_version=2, by=lin)
    delete_row(row=row, base_version=3, by=lin)

    async def scenario(following: Callable[[], Any]) -> list[Event]:
        return [await following(), await following()]

    split, deleted = watch(lin, row.transcript, scenario, query, **headers)
    (right,) = Utterance.objects.filter(text="Bob 来。")
    assert (split[0], split[2]["kind"], split[2]["rows"]) == ("3", "split", {str(row.pk): 3, str(right.pk): 1})
    assert (deleted[0], deleted[2]["kind"], deleted[2]["rows"]) == ("4", "deleted", {str(row.pk): 4})


def test_who_missed_too_much_loads_the_page_anew(row: Utterance, lin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "MOST_CHANGES", 2)
    for version in (1, 2, 3):
        edit(row, f"欢迎 {version} 来。", lin, version)

    async def scenario(following: Callable[[], Any]) -> tuple[Event, bool]:
        event = await following()
        try:
            await following()
        except StopAsyncIteration:
            return event, True
        return event, False

    assert watch(lin, row.transcript, scenario, "?after=1") == (("", "reload", {}), True)


def signed_out(user: User, transcript: Transcript) -> None:
    Session.objects.all().delete()


def other_password(user: User, transcript: Transcript) -> None:
    user.set_password("another horse")
    user.save()


def locked_out(user: User, transcript: Transcript) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def no_member(user: User, transcript: Transcript) -> None:
    Membership.objects.filter(user=user).delete()


def less_of_a_member(user: User, transcript: Transcript) -> None:
    Membership.objects.filter(user=user).update(role=Role.VIEWER)


def deleted(user: User, transcript: Transcript) -> None:
    transcript.delete()


@pytest.mark.parametrize(
    "end", [signed_out, other_password, locked_out, no_member, less_of_a_member, deleted], ids=lambda end: end.__name__
)
def test_stream_ends_when_its_right_does(
    row: Utterance, lin: User, monkeypatch: pytest.MonkeyPatch, end: Callable[[User, Transcript], None]
) -> None:
    monkeypatch.setattr(updates, "CHECK_SECONDS", 0.1)

    async def scenario(following: Callable[[], Any]) -> None:
        await sync_to_async(edit)(row, "欢迎 Bob 来。", lin)
        assert (await following())[1] == "change"
        await sync_to_async(end)(lin, row.transcript)
        with pytest.raises(StopAsyncIteration):
            await following()

    watch(lin, row.transcript, scenario)


def test_rows_come_with_the_first_of_their_changes(row: Utterance, lin: User, ana: User) -> None:
    second = row.transcript.utterances.last()
    assert second is not None
    edit(row, "一", lin)
    delete_row(row=second, base_version=1, by=lin)
    edit(row, "二", lin, 2)

    async def run() -> list[list[News]]:
        found = get_watcher()

        async def page(version: int, draw: Draw | None) -> list[News]:
            async with found.listen(row.transcript_id, version, draw=draw) as listener:
                news: list[News] = []
                while not news or news[-1].version < 4:
                    one = await asyncio.wait_for(listener.news.get(), 20)
                    news += [one] if one.kind == "change" else []
                return news

        drawn = [RowRenderer("en", may_edit) for may_edit in (True, True, False)]
        pages = [*(page(1, draw) for draw in drawn), page(3, drawn[0]), page(1, None)]
        return await asyncio.gather(*pages)

    told = [[news.data.get("html") for news in page] for page in asyncio.run(run())]
    editors, viewers = told[0][0], told[2][0]
    assert [page[1:] for page in told] == [["", ""], ["", ""], ["", ""], [], [None, None]]
    assert (told[1][0], told[4][0]) == (editors, None)
    for html in (editors, viewers):
        assert f'<template data-gone="{second.pk}" data-version="2">' in html
        assert ('data-version="3"' in html, "二" in html, "一" in html, 'data-name=""' in html) == (
            True,
            True,
            False,
            True,
        )
    assert ("data-edit" in editors, "data-edit" in viewers) == (True, False)
    assert (second.pk in [*map(int, re.findall(r'data-gone="(\d+)"', told[3][0]))], "二" in told[3][0]) == (False, True)


def test_of_very_many_rows_only_the_ids_are_told(row: Utterance, lin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "MOST_DRAWN", 1)
    versions = {one.pk: 1 for one in row.transcript.utterances.all()}
    flag_rows(transcript=row.transcript, versions=versions, on=True, by=lin)

    async def run() -> dict[str, Any]:
        draw = RowRenderer("en", may_edit=True)
        async with get_watcher().listen(row.transcript_id, 1, draw=draw) as listener:
            while (news := await asyncio.wait_for(listener.news.get(), 20)).kind != "change":
                pass
            return dict(news.data)

    assert asyncio.run(run()) == {
        "version": 2,
        "kind": "flagged",
        "by": lin.pk,
        "name": "lin",
        "rows": {str(pk): 2 for pk in versions},
    }


def test_who_takes_nothing_is_told_no_more(row: Utterance, lin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(row.transcript_id, 1)
    for number in range(2 * MOST_WAITING):
        listener.queue_news(News("change", number))
    kinds = [listener.news.get_nowait().kind for _one in range(listener.news.qsize())]
    assert kinds == ["change"] * MOST_WAITING + ["over"]


def test_of_very_many_people_those_at_rows_are_told(
    row: Utterance, lin: User, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "MOST_PEOPLE", 2)
    process = uuid.uuid4()
    for _time in range(5):
        open_page(page=uuid.uuid4(), transcript=row.transcript_id, user=lin.pk, process=process)
    page = uuid.uuid4()
    open_page(page=page, transcript=row.transcript_id, user=ana.pk, process=process)
    move_to_row(page=page, transcript=row.transcript_id, user=ana.pk, row=row.pk)
    told = list_people([row.transcript_id])[row.transcript_id]
    assert [(one["name"], one["row"]) for one in told] == [("ana", row.pk), ("lin", None)]


def test_many_pages_of_several_transcripts_hear_their_own(
    row: Utterance, lin: User, ana: User, quick_other: Transcript
) -> None:
    other = quick_other.utterances.first()
    assert other is not None

    async def run() -> list[list[str]]:
        found = get_watcher()

        async def page(pk: Any, count: int) -> list[str]:
            async with found.listen(pk, 1) as listener:
                heard: list[str] = []
                while len(heard) < count:
                    news = await asyncio.wait_for(listener.news.get(), 20)
                    heard += [str(news.version)] if news.kind == "change" else []
                return heard

        pages = [asyncio.create_task(page(row.transcript_id, 2)) for _time in range(20)]
        pages += [asyncio.create_task(page(other.transcript_id, 1))]
        await sync_to_async(edit)(row, "一", lin)
        await sync_to_async(edit)(other, "二", lin)
        await sync_to_async(edit)(row, "三", lin, 2)
        return await asyncio.gather(*pages)

    assert asyncio.run(run()) == [["2", "3"]] * 20 + [["2"]]


def test_people_who_are_here_are_told_with_the_row_they_are_at(row: Utterance, lin: User, ana: User) -> None:
    pages = [uuid.uuid4(), uuid.uuid4()]
    pk = row.transcript_id

    async def run() -> list[Any]:
        found = get_watcher()

        async def people(listener: Listener) -> Any:
            while (one := await asyncio.wait_for(listener.news.get(), 20)).kind != "people":
                pass
            return [(person["name"], person["row"]) for person in sorted(one.data, key=lambda one: one["name"])]

        told = []
        async with found.listen(pk, 1, page=pages[0], user=lin.pk) as listener:
            told.append(await people(listener))
            async with found.listen(pk, 1, page=pages[1], user=ana.pk):
                told.append(await people(listener))
                await sync_to_async(move_to_row)(page=pages[1], transcript=pk, user=ana.pk, row=row.pk)
                await sync_to_async(move_to_row)(page=pages[0], transcript=pk, user=ana.pk, row=row.pk)
                told.append(await people(listener))
            told.append(await people(listener))
        return told

    assert asyncio.run(run()) == [
        [("lin", None)],
        [("ana", None), ("lin", None)],
        [("ana", row.pk), ("lin", None)],
        [("lin", None)],
    ]
    assert Presence.objects.count() == 0


def test_pages_of_a_dead_process_are_forgotten(row: Utterance, lin: User, ana: User) -> None:
    page, process = uuid.uuid4(), uuid.uuid4()
    open_page(page=page, transcript=row.transcript_id, user=lin.pk, process=process)
    open_page(page=page, transcript=row.transcript_id, user=ana.pk, process=uuid.uuid4())
    assert [one["name"] for one in list_people([row.transcript_id])[row.transcript_id]] == ["lin"]
    Presence.objects.update(seen_at=timezone.now() - GONE_AFTER)
    assert list_people([row.transcript_id]) == {}
    renew_process(process=process, pages=[page])
    assert len(list_people([row.transcript_id])[row.transcript_id]) == 1
    Presence.objects.update(seen_at=timezone.now() - 6 * GONE_AFTER)
    renew_process(process=uuid.uuid4(), pages=[])
    assert Presence.objects.count() == 0


def test_page_that_its_process_serves_no_more_is_forgotten(row: Utterance, lin: User, ana: User) -> None:
    left, open_one, process = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    open_page(page=left, transcript=row.transcript_id, user=lin.pk, process=process)
    open_page(page=open_one, transcript=row.transcript_id, user=ana.pk, process=process)
    renew_process(process=process, pages=[open_one])
    assert [one["name"] for one in list_people([row.transcript_id])[row.transcript_id]] == ["ana"]


def test_page_that_connects_again_is_there_after_its_old_stream_ends(row: Utterance, lin: User, ana: User) -> None:
    page, pk = uuid.uuid4(), row.transcript_id

    def names() -> list[str]:
        return [one["name"] for one in list_people([pk])[pk]]

    async def run() -> list[list[str]]:
        watcher, told = get_watcher(), []
        async with AsyncExitStack() as old, AsyncExitStack() as new, AsyncExitStack() as anas:
            await old.enter_async_context(watcher.listen(pk, 1, page=page, user=lin.pk))
            await new.enter_async_context(watcher.listen(pk, 1, page=page, user=lin.pk))
            await anas.enter_async_context(watcher.listen(pk, 1, page=page, user=ana.pk))
            for stream in (old, new, anas):
                await stream.aclose()
                told.append(await sync_to_async(names)())
        return told

    assert asyncio.run(run()) == [["lin"], [], []]


@pytest.mark.parametrize("turns", range(8))
def test_reader_who_leaves_as_news_comes_is_gone(turns: int) -> None:
    left: list[bool] = []

    @asynccontextmanager
    async def listening() -> AsyncIterator[Listener]:
        try:
            yield listener
        finally:
            left.append(True)

    async def read() -> None:
        async for _event in _iterate_events(listening, None):
            pass

    async def run() -> None:
        reading = asyncio.create_task(read())
        await pause(10)
        listener.queue_news(News("people", data=[]))
        await pause(turns)
        reading.cancel()
        await asyncio.wait({reading}, timeout=20)
        assert reading.cancelled()

    async def pause(turns: int) -> None:
        for _turn in range(turns):
            await asyncio.sleep(0)

    listener = Listener(uuid.uuid4(), 1)
    asyncio.run(run())
    assert left == [True]


@pytest.fixture
def quick_other(transactional_db: None, transcript: Transcript) -> Transcript:
    from tests import quick
    from tests.conftest import OTHER_ANSWER

    return quick.again(transcript.recording, OTHER_ANSWER)


@pytest.mark.parametrize("after", ["x", "-1", "1" * 30])
def test_version_that_is_none_is_400(transcript: Transcript, lins_client: Client, after: str) -> None:
    assert lins_client.get(reverse("transcript_live", args=[transcript.pk]), {"after": after}).status_code == 400


def test_rows_are_read_by_their_ids(transcript: Transcript, lins_client: Client, viewer: Client, lin: User) -> None:
    row, below = transcript.utterances.all()
    delete_row(row=below, base_version=1, by=lin)
    url = reverse("transcript_rows", args=[transcript.pk])
    given = {"id": [row.pk, below.pk, 2**60, "x"]}
    mine, theirs = lins_client.get(url, given).text, viewer.get(url, given).text
    for text in (mine, theirs):
        assert (text.count("<article"), f'data-gone="{below.pk}"' in text, FIRST in text) == (1, True, True)
    assert ("data-edit" in mine, "data-edit" in theirs) == (True, False)


def test_recordings_are_not_mixed(
    transcript: Transcript, lins_client: Client, upload: Callable[..., Recording]
) -> None:
    other = Transcript.objects.create(
        recording=transcript.recording,
        transcription=transcript.recording.transcriptions.create(state="done"),
    )
    row = transcript.utterances.first()
    assert row is not None
    text = lins_client.get(reverse("transcript_rows", args=[other.pk]), {"id": row.pk}).text
    assert "<article" not in text
