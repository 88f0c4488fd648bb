"""Byte ranges as RFC 9110 has them (§13, §14), and what stands around them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.urls import reverse

from tests.files import path_of
from transcripts.enums import PreparationState
from transcripts.models import Recording
from transcripts.rendering.files import _iterate_chunks
from transcripts.services.store.base import READ_BYTES
from transcripts.services.store.recording_files import fill_sizes
from transcripts.services.store.store import get_store
from transcripts.views.media import OVERVIEW_PAIRS

SOUND = bytes(range(256)) * 4  # 1024 bytes


@pytest.fixture
def recording(lin: User, upload: Callable[..., Recording]) -> Recording:
    recording = upload(lin)
    path_of(recording.playback).write_bytes(SOUND)
    path_of(recording.peaks).write_bytes(b"\x81\x7f" * 9)
    os.utime(path_of(recording.playback), (1700000000, 1700000000))
    return recording


@pytest.fixture
def ask(recording: Recording, lin: User) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Status, headers and body, fetched as a browser does behind an ASGI server."""
    client = AsyncClient()
    client.force_login(lin)

    def get(method: str = "get", name: str = "recording_audio", **headers: str) -> tuple[int, dict[str, str], bytes]:
        async def fetch() -> tuple[int, dict[str, str], bytes]:
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            response = await getattr(client, method)(reverse(name, args=[recording.pk]), headers=named)
            streamed = getattr(response, "streaming_content", None)
            body = b"".join([chunk async for chunk in streamed]) if streamed is not None else response.content
            return response.status_code, dict(response.headers), body

        return async_to_sync(fetch)()

    return get


def etag_of(recording: Recording) -> str:
    stat = path_of(recording.playback).stat()
    return f'"{stat.st_mtime_ns // 1000:x}-{stat.st_size:x}"'


def test_whole_sound_says_that_it_takes_ranges(ask: Any, recording: Recording) -> None:
    status, headers, body = ask()
    assert (status, body) == (200, SOUND)
    ours = (
        "Content-Type",
        "Content-Length",
        "Accept-Ranges",
        "ETag",
        "Last-Modified",
        "Cache-Control",
        "Content-Range",
    )
    assert {name: headers[name] for name in ours if name in headers} == {
        "Content-Type": "audio/mp4",
        "Content-Length": "1024",
        "Accept-Ranges": "bytes",
        "ETag": etag_of(recording),
        "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
        "Cache-Control": "private, no-cache",
    }


def test_overview_of_the_peaks_is_small(ask: Any, recording: Recording) -> None:
    assert ask(name="recording_overview")[2] == b"\x81\x7f" * 9
    path_of(recording.peaks).write_bytes(b"\x81\x7f" * 9 + b"\0\0" * 360_000)
    status, headers, body = ask(name="recording_overview")
    assert (status, headers["Content-Type"], body) == (
        200,
        "application/octet-stream",
        b"\x81\x7f" + b"\0\0" * (OVERVIEW_PAIRS - 1),
    )
    path_of(recording.peaks).unlink()
    assert ask(name="recording_overview")[0] == 404


def test_peaks_are_served_as_they_lie(ask: Any) -> None:
    status, headers, body = ask(name="recording_peaks")
    assert (status, headers["Content-Type"], body) == (200, "application/octet-stream", b"\x81\x7f" * 9)


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-1023", 0, 1023),
        ("bytes=100-199", 100, 199),
        ("bytes=1000-", 1000, 1023),
        ("bytes=0-", 0, 1023),
        ("bytes=1023-", 1023, 1023),
        ("bytes=-24", 1000, 1023),
        ("bytes=-1024", 0, 1023),
        ("bytes=-5000", 0, 1023),
        ("bytes=900-5000", 900, 1023),
        ("bytes=00010-0011", 10, 11),
        ("bytes= 5-6", 5, 6),
    ],
)
def test_range_is_given_as_asked(ask: Any, wanted: str, start: int, end: int) -> None:
    status, headers, body = ask(Range=wanted)
    assert (status, body) == (206, SOUND[start : end + 1])
    assert headers["Content-Range"] == f"bytes {start}-{end}/1024"
    assert headers["Content-Length"] == str(end + 1 - start)


@pytest.mark.parametrize("wanted", ["bytes=1024-", "bytes=1024-2000", "bytes=99999999999999-", "bytes=-0"])
def test_range_beyond_the_end_is_416(ask: Any, wanted: str) -> None:
    status, headers, body = ask(Range=wanted)
    assert (status, headers["Content-Range"], body) == (416, "bytes */1024", b"")


@pytest.mark.parametrize(
    "wanted",
    [
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=a-b",
        "bytes=1-2-3",
        "bytes=--5",
        "bytes=+1-5",
        "bytes=1.5-2",
        "items=0-5",
        "0-5",
        "bytes 0-5",
        # Several at once may be answered with the whole, which no player asks for.
        "bytes=0-1,5-6",
        "bytes=0-" + "9" * 5000,
        "bytes=" + "1" * 5000 + "-",
    ],
)
def test_range_that_makes_no_sense_is_ignored(ask: Any, wanted: str) -> None:
    status, headers, body = ask(Range=wanted)
    assert (status, body, "Content-Range" in headers) == (200, SOUND, False)


def test_range_of_the_same_file_is_given_and_of_another_is_the_whole(ask: Any, recording: Recording) -> None:
    right = ask(Range="bytes=0-9", If_Range=etag_of(recording))
    wrong = ask(Range="bytes=0-9", If_Range='"another"')
    weak = ask(Range="bytes=0-9", If_Range=f"W/{etag_of(recording)}")
    assert [(status, len(body)) for status, _headers, body in (right, wrong, weak)] == [
        (206, 10),
        (200, 1024),
        (200, 1024),
    ]
    # A range beyond the end of a file that has changed since is no error.
    assert ask(Range="bytes=5000-", If_Range='"another"')[0] == 200


def test_head_tells_the_length_and_gives_no_body(ask: Any) -> None:
    status, headers, body = ask("head")
    assert (status, headers["Content-Length"], headers["Accept-Ranges"], body) == (200, "1024", "bytes", b"")


def test_head_knows_no_ranges(ask: Any) -> None:
    """RFC 9110 §14.2: GET is the only method for which range handling is defined."""
    status, headers, body = ask("head", Range="bytes=0-9")
    assert (status, headers["Content-Length"], body) == (200, "1024", b"")
    assert ask("head", Range="bytes=5000-")[0] == 200


def test_what_the_browser_has_is_not_sent_again(ask: Any, recording: Recording) -> None:
    etag = etag_of(recording)
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        status, headers, body = ask(If_None_Match=known)
        assert (status, headers["ETag"], body) == (304, etag, b"")
    assert ask(If_None_Match='"other"')[0] == 200
    assert ask(If_None_Match=etag, Range="bytes=0-9")[0] == 304
    assert ask(If_None_Match='"other"', Range="bytes=0-9")[0] == 206


def test_file_made_anew_has_another_etag(ask: Any, recording: Recording) -> None:
    first = ask()[1]["ETag"]
    os.utime(path_of(recording.playback), (1700000001, 1700000001))
    assert ask()[1]["ETag"] != first


def test_empty_file_has_no_ranges(ask: Any, recording: Recording) -> None:
    path_of(recording.playback).write_bytes(b"")
    assert (ask()[0], ask()[1]["Content-Length"], ask()[2]) == (200, "0", b"")
    assert [ask(Range=wanted)[0] for wanted in ("bytes=0-", "bytes=-5")] == [416, 416]


def test_long_file_comes_in_chunks(ask: Any, recording: Recording) -> None:
    long = os.urandom(READ_BYTES * 2 + 17)
    path_of(recording.playback).write_bytes(long)
    assert ask()[2] == long
    assert ask(Range=f"bytes=5-{READ_BYTES + 5}")[2] == long[5 : READ_BYTES + 6]


def test_sound_that_is_not_there_yet_is_not_found(ask: Any, recording: Recording) -> None:
    path_of(recording.playback).unlink()
    assert (ask()[0], ask(Range="bytes=0-")[0]) == (404, 404)


def test_sound_deleted_while_it_is_played_goes_on(recording: Recording) -> None:
    async def play() -> bytes:
        chunks = get_store().read(recording.playback)
        path_of(recording.playback).unlink()
        return b"".join([chunk async for chunk in _iterate_chunks(chunks)])

    assert asyncio.run(play()) == SOUND


def test_sizes_of_what_was_prepared_are_the_rows(ask: Any, recording: Recording) -> None:
    """An older version has noted none, nor has one that prepared another track."""
    Recording.objects.update(state=PreparationState.DONE)
    fill_sizes()
    recording.refresh_from_db()
    assert (recording.playback_bytes, recording.peaks_bytes) == (len(SOUND), 18)
    before = ask()
    path_of(recording.playback).write_bytes(SOUND + b"more")
    assert (ask()[1]["ETag"], ask()[2]) == (before[1]["ETag"], SOUND)
    path_of(recording.playback).unlink()
    assert ask()[0] == 404


def test_web_server_in_front_is_told_where_the_file_is(ask: Any, recording: Recording, settings: Any) -> None:
    settings.X_ACCEL_REDIRECT = "/protected"
    status, headers, body = ask(Range="bytes=0-9")
    assert (status, body) == (200, b"")
    assert headers["X-Accel-Redirect"] == f"/protected/recordings/{recording.pk}/playback.m4a"
    assert (headers["Content-Type"], headers["Accept-Ranges"]) == ("audio/mp4", "bytes")


def test_sound_is_also_served_without_asgi(recording: Recording, lins_client: Client) -> None:
    response = lins_client.get(reverse("recording_audio", args=[recording.pk]), headers={"Range": "bytes=2-3"})
    assert (response.status_code, response.headers["Content-Range"]) == (206, "bytes 2-3/1024")
