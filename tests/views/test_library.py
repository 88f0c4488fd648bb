from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import quick
from tests.conftest import ANSWER
from transcripts.access import CommentAuthor
from transcripts.models import Recording, Transcript
from transcripts.services.comments.comments import add_comment

Upload = Callable[..., Recording]


def queries(client: Client, url: str, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url, headers=headers).status_code == 200
    return len(seen)


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


def test_library_asks_as_often_for_three_recordings_as_for_one(lin: User, upload: Upload, lins_client: Client) -> None:
    quick.recognised(upload(lin), ANSWER)
    lins_client.get("/")
    one = queries(lins_client, "/")
    for _recording in range(2):
        quick.recognised(upload(lin), ANSWER)
    assert lins_client.get("/").text.count("<article") == 3
    assert queries(lins_client, "/") == one


def test_library_comes_in_pages(lin: User, upload: Upload, lins_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("transcripts.views.library.RECORDINGS_A_PAGE", 2)
    for _recording in range(3):
        upload(lin)
    shown = [lins_client.get(f"/?page={page}").text.count("<article") for page in ("1", "2", "99", "x", "-1")]
    assert shown == [2, 1, 1, 2, 1]


def test_library_tells_that_the_embedded_recogniser_is_at_work(lins_client: Client, settings: Any) -> None:
    settings.FLASH_IS_LOCAL = True
    assert 'class="local"' in lins_client.get("/").text
    settings.FLASH_IS_LOCAL = False
    assert 'class="local"' not in lins_client.get("/").text


def test_empty_library_offers_a_sample_with_its_licence(lins_client: Client) -> None:
    text = lins_client.get("/").text
    assert f'action="{reverse("recording_sample")}"' in text
    assert ("MIT licence" in text, "public domain" in text) == (True, True)


def test_library_counts_what_was_said_to_the_person(viewer: Client, transcript: Transcript, lin: User) -> None:
    row = transcript.utterances.first()
    assert row is not None
    assert "bar-notices" not in viewer.get(reverse("library")).text
    for body in ("@ana look", "@ana again"):
        add_comment(row=row, body=body, by=CommentAuthor(lin))
    page = viewer.get(reverse("library")).text
    assert ("bar-notices" in page, 'bar-count figure">2<' in page) == (True, True)
