from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER
from transcripts.access import CommentAuthor
from transcripts.models import Recording, Transcript
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.comments.comments import add_comment
from transcripts.services.projects.projects import create_project

Upload = Callable[..., Recording]


def queries(client: Client, url: str, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url, headers=headers).status_code == 200
    return len(seen)


def href(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}"\s+href="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def pages_of(client: Client, address: str, rel: str = "next") -> list[int]:
    """How many recordings each page shows, from this one on; the last one has no link to another."""
    shown = []
    while address:
        page = client.get(address).text
        shown.append(page.count("<article"))
        link = href(page, rel)
        address = link if link.startswith("/") or not link else f"/{link}"
    return shown


def test_empty_library_shows_where_to_begin(lins_client: Client) -> None:
    response = lins_client.get("/")
    assert (response.status_code, response.templates[0].name) == (200, "transcripts/library.html")
    assert "<article" not in response.text
    assert f'action="{reverse("recording_create")}"' in response.text


def test_library_shows_ones_own_recordings_newest_first(
    lin: User, ana: User, upload: Upload, lins_client: Client
) -> None:
    names = ["first", "second", "third"]
    recordings = [upload(lin) for _name in names]
    for recording, name in zip(recordings, names, strict=True):
        Recording.objects.filter(pk=recording.pk).update(title=name)
    upload(ana)
    page = lins_client.get("/").context["page"]
    assert [recording.title for recording in page] == ["third", "second", "first"]


def test_library_of_a_viewer_shows_what_is_shared(viewer: Client, transcript: Transcript) -> None:
    page = viewer.get("/")
    assert [recording.pk for recording in page.context["page"]] == [transcript.recording_id]


@pytest.mark.long
def test_library_asks_as_often_for_three_recordings_as_for_one(lin: User, upload: Upload, lins_client: Client) -> None:
    quick.recognised(upload(lin), ANSWER)
    lins_client.get("/")
    one = queries(lins_client, "/")
    for _recording in range(2):
        quick.recognised(upload(lin), ANSWER)
    assert lins_client.get("/").text.count("<article") == 3
    assert queries(lins_client, "/") == one


@pytest.mark.long
def test_library_comes_in_pages(lin: User, upload: Upload, lins_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("transcripts.views.library.RECORDINGS_A_PAGE", 2)
    for _recording in range(3):
        upload(lin)
    assert pages_of(lins_client, "/") == [2, 1]
    assert pages_of(lins_client, "/?before=end", rel="prev") == [2, 2]  # The first page is full.
    assert pages_of(lins_client, "/?after=nonsense&page=2") == [2, 1]


@pytest.mark.long
def test_pages_of_a_project_stay_in_it(lin: User, upload: Upload, lins_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("transcripts.views.library.RECORDINGS_A_PAGE", 2)
    talks = create_project(name="Talks", by=lin)
    for number in range(5):
        recording = upload(lin)
        if number % 2:
            Recording.objects.filter(pk=recording.pk).update(project=talks)
    upload(lin)
    assert pages_of(lins_client, f"/?project={talks.pk}") == [2]
    assert pages_of(lins_client, f"/?project={get_personal_project(lin).pk}") == [2, 2]
    first = lins_client.get(f"/?project={get_personal_project(lin).pk}").text
    assert pages_of(lins_client, f"/{href(first, 'last')}", rel="first") == [2, 2]


@pytest.mark.parametrize("few", [0, 1000])
def test_pages_are_the_same_of_few_recordings_and_of_many(
    lin: User, ana: User, upload: Upload, lins_client: Client, monkeypatch: Any, few: int
) -> None:
    """Which are found in other ways."""
    monkeypatch.setattr("transcripts.queries.library.FEW", few)
    monkeypatch.setattr("transcripts.views.library.RECORDINGS_A_PAGE", 2)
    create_project(name="Talks", by=lin)
    for by in (lin, ana, lin, ana, lin):
        upload(by)
    Recording.objects.filter(pk=upload(lin).pk).update(binned_at=timezone.now())
    assert pages_of(lins_client, "/") == [2, 1]


def test_library_tells_that_the_embedded_recogniser_is_at_work(lins_client: Client, settings: Any) -> None:
    settings.FLASH_IS_LOCAL = True
    assert 'class="local"' in lins_client.get("/").text
    settings.FLASH_IS_LOCAL = False
    assert 'class="local"' not in lins_client.get("/").text


def test_empty_library_offers_a_sample_with_its_licence(lins_client: Client) -> None:
    text = lins_client.get("/").text
    assert f'action="{reverse("recording_sample")}"' in text
    assert ("MIT licence" in text, "public domain" in text) == (True, True)


@pytest.mark.long
def test_library_counts_what_was_said_to_the_person(viewer: Client, transcript: Transcript, lin: User) -> None:
    row = transcript.utterances.first()
    assert row is not None
    assert "bar-notices" not in viewer.get(reverse("library")).text
    for body in ("@ana look", "@ana again"):
        add_comment(row=row, body=body, by=CommentAuthor(lin))
    page = viewer.get(reverse("library")).text
    assert ("bar-notices" in page, 'bar-count figure">2<' in page) == (True, True)
