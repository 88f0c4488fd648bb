"""What takes long is made by a worker: people are led to their downloads, and programs wait for the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.conftest import HTMX
from tests.files import names_in, path_of
from tests.views.test_exports import url, zipped
from transcripts.enums import AuditEvent, DownloadState
from transcripts.models import AuditEntry, Download, Transcript, Worker
from transcripts.rendering import streaming
from transcripts.rendering.streaming import stream_when_made
from transcripts.services.exporting import contents
from transcripts.services.exporting.downloads import MOST_KEPT, make_download

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def long(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> Transcript:
    """A transcript of which everything takes long."""
    for name in contents.ROWS_A_SECOND:
        monkeypatch.setitem(contents.ROWS_A_SECOND, name, 1)
    return transcript


@pytest.fixture
def worker(db: None) -> None:
    now = timezone.now()
    Worker.beat(host="here", pid=7, version="1", started_at=now)


def test_person_asks_waits_fetches_and_removes(long: Transcript, lins_client: Client) -> None:
    """As without scripts: each step is a page."""
    assert "This file takes a while" in lins_client.get(reverse("transcript_exports", args=[long.pk])).text
    response = lins_client.get(url(long, "txt", "?times=on"), headers=BROWSER)
    download = Download.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{reverse('downloads')}#download-{download.pk}")
    page = lins_client.get(reverse("downloads"))
    assert "zh_welcome.txt" in page.text
    assert "Waiting in the queue" in page.text
    assert "Refresh" in page.text
    assert "hx-trigger" in page.text
    file = reverse("download_file", args=[download.pk])
    assert lins_client.get(file).status_code == 404
    make_download(download.pk)
    page = lins_client.get(reverse("downloads"))
    assert "Ready to download" in page.text
    assert ("Refresh" in page.text, "hx-trigger" in page.text) == (False, False)
    assert f'href="{file}"' in page.text
    fetched = lins_client.get(file)
    assert fetched["Content-Disposition"].startswith('attachment; filename="zh_welcome.txt"')
    assert fetched["Content-Type"] == "text/plain; charset=utf-8"
    content = b"".join(async_to_sync(collect)(fetched))
    assert content == path_of(download.key).read_bytes()
    part = lins_client.get(file, headers={"Range": "bytes=1-3"})
    assert (part.status_code, b"".join(async_to_sync(collect)(part))) == (206, content[1:4])
    assert lins_client.post(reverse("download_remove", args=[download.pk])).status_code == 302
    assert (Download.objects.count(), names_in("downloads")) == (0, [])
    assert "There are no downloads." in lins_client.get(reverse("downloads")).text


async def collect(response: object) -> list[bytes]:
    return [part async for part in response.streaming_content]  # type: ignore[attr-defined]


def test_entry_answers_htmx_with_itself_and_polls_while_it_is_made(long: Transcript, lins_client: Client) -> None:
    lins_client.get(url(long, "docx"), headers=BROWSER)
    download = Download.objects.get()
    address = reverse("download", args=[download.pk])
    Download.objects.update(
        state=DownloadState.RUNNING, started_at=timezone.now() - timedelta(seconds=30), done=25, total=100
    )
    html = lins_client.get(address, headers=HTMX).text
    assert f'hx-get="{address}"' in html
    assert 'value="25" max="100"' in html
    assert "about 0:01:30 left" in html
    Download.objects.update(state=DownloadState.FAILED, error="download_broken")
    html = lins_client.get(address, headers=HTMX).text
    assert ("hx-trigger" in html, "An administrator finds the reason in the log." in html) == (False, True)
    assert lins_client.post(reverse("download_remove", args=[download.pk]), headers=HTMX).content == b""
    assert lins_client.get(address, headers=HTMX).status_code == 404


def test_zips_clips_and_bundles_lead_there_too(long: Transcript, lins_client: Client) -> None:
    path_of(long.recording.playback).write_bytes(b"sound")
    for address in (
        url(long, "bundle"),
        url(long, "clips"),
        f"{reverse('exports_zip')}?format=md&names=off&transcript={long.pk}",
    ):
        assert lins_client.get(address, headers=BROWSER).status_code == 302
    found = Download.objects.order_by("created_at").values_list("format", "together", "options", "title")
    assert list(found) == [
        ("bundle", False, {}, "zh_welcome"),
        ("clips", False, {}, "zh_welcome"),
        ("md", True, {"names": "off"}, "Transcripts"),
    ]
    assert AuditEntry.objects.filter(event=AuditEvent.EXPORTED).count() == 3


def test_program_gets_the_file_itself_though_no_worker_is_there(long: Transcript, lins_client: Client) -> None:
    assert lins_client.get(url(long, "txt", "?names=0")).content.decode() == "欢迎 Lin 来。\n\n大家好。\n"
    assert "bundle.json" in zipped(lins_client.get(url(long, "bundle")))
    assert not Download.objects.exists()


@pytest.mark.long
@pytest.mark.django_db(transaction=True)  # a download has a connection of its own
def test_program_waits_for_what_a_worker_makes(
    long: Transcript, worker: None, lins_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = lins_client.head(url(long, "txt"))
    assert (head.status_code, head.content, Download.objects.count()) == (200, b"", 0)
    response = lins_client.get(url(long, "txt", "?names=0"))
    download = Download.objects.get()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    make_download(download.pk)
    assert b"".join(async_to_sync(collect)(response)).decode() == "欢迎 Lin 来。\n\n大家好。\n"
    assert (Download.objects.count(), names_in("downloads")) == (0, [])  # It was for the program alone.


def test_waiting_asks_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "ASK_SECONDS", 0)
    answers: list[Iterator[bytes] | None] = [None, None, iter([b"one", b"two"])]

    async def read() -> list[bytes]:
        return [part async for part in stream_when_made(lambda: answers.pop(0))]

    assert async_to_sync(read)() == [b"one", b"two"]


@pytest.mark.long
def test_too_many_are_refused_in_a_sentence(long: Transcript, lin: User, lins_client: Client) -> None:
    for number in range(MOST_KEPT):
        lins_client.get(url(long, "txt", f"?to_ms={1000 + number}"), headers=BROWSER)
    response = lins_client.get(url(long, "txt"), headers=BROWSER)
    assert response.status_code == 403
    assert "You have reached the limit of downloads kept for one person." in response.text


@pytest.mark.parametrize("more", [0, 2])
def test_list_asks_the_same_of_the_database_however_many_there_are(
    long: Transcript, lins_client: Client, django_assert_num_queries: object, more: int
) -> None:
    for number in range(1 + more):
        lins_client.get(url(long, "txt", f"?to_ms={1000 + number}"), headers=BROWSER)
    with django_assert_num_queries(4):  # type: ignore[operator]
        assert lins_client.get(reverse("downloads")).text.count("<article") == 1 + more
