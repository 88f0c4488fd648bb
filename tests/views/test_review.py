from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import quick
from tests.conftest import ANSWER, HTMX
from transcripts.models import Recording, Transcript
from transcripts.services.editing.utterances import Save, edit_utterance

MARK = re.compile(r'data-(?:marked|utterance)="(\d+)"([^>]*)>')


def versions(transcript: Transcript) -> str:
    return ",".join(f"{pk}:{version}" for pk, version in transcript.utterances.visible().values_list("pk", "version"))


def mark(client: Client, transcript: Transcript, what: str, on: str = "true", **form: Any) -> Any:
    fields = {"rows": versions(transcript), "on": on, **form}
    return client.post(reverse(f"transcript_{what}", args=[transcript.pk]), fields, headers=HTMX)


def marks(response: Any) -> list[tuple[bool, bool]]:
    """Of each row of the answer or the page: whether it is verified, and whether it is flagged."""
    found = MARK.findall(response.text)
    return [('data-verified="' in attributes, "data-flagged" in attributes) for _pk, attributes in found]


@pytest.mark.long
@pytest.mark.parametrize(("what", "expected"), [("verify", (True, False)), ("flag", (False, True))])
def test_marks_are_put_on_taken_off_and_taken_back(
    transcript: Transcript, lins_client: Client, what: str, expected: tuple[bool, bool]
) -> None:
    assert marks(mark(lins_client, transcript, what)) == [expected] * 2
    assert marks(lins_client.get(transcript.get_absolute_url())) == [expected] * 2
    assert marks(mark(lins_client, transcript, what, on="false")) == [(False, False)] * 2
    undone = lins_client.post(reverse("transcript_undo", args=[transcript.pk]), {}, headers=HTMX)
    assert marks(undone) == marks(lins_client.get(transcript.get_absolute_url())) == [expected] * 2


def test_mark_tells_by_whom_and_the_page_knows_their_name(
    transcript: Transcript, lins_client: Client, lin: User
) -> None:
    assert f'data-verified="{lin.pk}"' in mark(lins_client, transcript, "verify").text
    page = lins_client.get(transcript.get_absolute_url()).text
    assert (f'data-verified="{lin.pk}"' in page, f'{{"{lin.pk}": "lin"}}' in page) == (True, True)


def test_row_tells_its_marks_after_an_edit_too(transcript: Transcript, lins_client: Client) -> None:
    mark(lins_client, transcript, "verify")
    mark(lins_client, transcript, "flag")
    row = transcript.utterances.first()
    assert row is not None
    form = {"text": "欢迎 Bob 来。", "base_version": row.version}
    response = lins_client.post(reverse("utterance_edit", args=[row.pk]), form)
    assert (response.status_code, marks(response)) == (200, [(False, True)])


@pytest.mark.parametrize("what", ["verify", "flag"])
def test_row_that_changed_meanwhile_is_409(transcript: Transcript, lins_client: Client, ana: User, what: str) -> None:
    seen = versions(transcript)
    row = transcript.utterances.first()
    assert row is not None
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=ana)
    assert mark(lins_client, transcript, what, rows=seen).status_code == 409


@pytest.mark.parametrize("on", ["", "maybe"])
@pytest.mark.parametrize("what", ["verify", "flag"])
def test_mark_that_is_neither_on_nor_off_is_422(
    transcript: Transcript, lins_client: Client, what: str, on: str
) -> None:
    assert mark(lins_client, transcript, what, on=on).status_code == 422
    assert transcript.changes.count() == 1


def test_viewer_sees_marks_and_no_buttons(transcript: Transcript, lins_client: Client, viewer: Client) -> None:
    mark(lins_client, transcript, "verify")
    mark(lins_client, transcript, "flag")
    page = viewer.get(transcript.get_absolute_url()).text
    assert (page.count('role="img" aria-label="Verified"'), page.count('role="img" aria-label="Flagged"')) == (2, 2)
    assert [name for name in ("data-verify>", "data-flag>", "data-who>") if name in page] == []


def test_row_has_at_most_eight_elements(transcript: Transcript, lins_client: Client) -> None:
    mark(lins_client, transcript, "verify")
    mark(lins_client, transcript, "flag")
    transcript.utterances.update(channel="1")
    page = lins_client.get(transcript.get_absolute_url()).text
    rows = re.findall(r"<article.*?</article>", page, re.DOTALL)
    assert [len(re.findall(r"<[a-z]", row)) <= 8 for row in rows] == [True, True]


def test_row_that_somebody_else_has_to_verify_says_so(transcript: Transcript, lins_client: Client) -> None:
    transcript.recording.project.second_reader = True
    transcript.recording.project.save()
    mine, other = transcript.utterances.all()
    lins_client.post(f"/utterances/{mine.pk}/", {"text": "欢迎。", "base_version": 1})
    refused = mark(lins_client, transcript, "verify", rows=f"{mine.pk}:2")
    assert (refused.status_code, "You edited this row last." in refused.text) == (422, True)
    both = mark(lins_client, transcript, "verify", rows=f"{mine.pk}:2,{other.pk}:1")
    assert re.findall(r'data-marked="(\d+)"', both.text) == [str(other.pk)]


@pytest.mark.long
def test_library_tells_how_much_is_verified(transcript: Transcript, lins_client: Client) -> None:
    home = reverse("library")
    row = transcript.utterances.first()
    assert row is not None
    assert "verified:" not in lins_client.get(home).text
    mark(lins_client, transcript, "verify", rows=f"{row.pk}:1")
    assert "verified: 50% of rows, 66% of time" in lins_client.get(home).text


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.long
def test_pages_ask_as_often_for_many_marks_and_transcripts_as_for_none(
    transcript: Transcript, lin: User, lins_client: Client, upload: Callable[..., Recording]
) -> None:
    editor, library = transcript.get_absolute_url(), reverse("library")
    before = (queries(lins_client, editor), queries(lins_client, library))
    mark(lins_client, transcript, "verify")
    mark(lins_client, quick.recognised(upload(lin), ANSWER), "verify")
    assert (queries(lins_client, editor), queries(lins_client, library)) == before


def test_marks_taken_back_travel_without_their_text_and_edits_with_it(
    transcript: Transcript, lins_client: Client
) -> None:
    row = transcript.utterances.first()
    assert row is not None
    edit, undo = reverse("utterance_edit", args=[row.pk]), reverse("transcript_undo", args=[transcript.pk])
    lins_client.post(edit, {"text": "欢迎 Bob 来。", "base_version": 1})
    mark(lins_client, transcript, "verify")
    answers = [lins_client.post(undo, {}, headers=HTMX).text for _step in range(2)]
    assert [("data-marked" in text, "data-text" in text) for text in answers] == [(True, False), (False, True)]
    assert 'data-version="3"' in answers[0]
