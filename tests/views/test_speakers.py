from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import HTMX
from transcripts.models import Speaker, Transcript
from transcripts.services.editing.utterances import Save, edit_utterance


@pytest.fixture
def first(transcript: Transcript) -> Speaker:
    return transcript.speakers.get(label="1")


@pytest.fixture
def second(transcript: Transcript) -> Speaker:
    return transcript.speakers.get(label="2")


def versions(transcript: Transcript, speaker: Speaker | None = None) -> str:
    found = transcript.utterances.visible()
    pairs = (found.filter(speaker=speaker) if speaker else found).values_list("pk", "version")
    return ",".join(f"{pk}:{version}" for pk, version in pairs)


def assign(client: Client, transcript: Transcript, **form: Any) -> Any:
    return client.post(reverse("transcript_assign", args=[transcript.pk]), form, headers=HTMX)


def rename(client: Client, speaker: Speaker, **form: Any) -> Any:
    return client.post(reverse("speaker_rename", args=[speaker.pk]), form, headers=HTMX)


def merge(client: Client, speaker: Speaker, **form: Any) -> Any:
    return client.post(reverse("speaker_merge", args=[speaker.pk]), form, headers=HTMX)


def named(response: Any) -> dict[str, str]:
    """What the answer calls each speaker."""
    return dict(re.findall(r'data-named="(\d+)"[^>]*data-shown="([^"]*)"', response.text))


def marked(response: Any) -> list[tuple[str, str, str]]:
    """Id, version and speaker of the rows of the answer."""
    return re.findall(r'data-marked="(\d+)"\s+data-version="(\d+)" data-speaker="(\d+)"', response.text)


def spoken(transcript: Transcript) -> list[str]:
    return [row.speaker.display_name if row.speaker else "" for row in transcript.utterances.visible()]


def test_renaming_tells_every_name(
    transcript: Transcript, first: Speaker, second: Speaker, lins_client: Client
) -> None:
    response = rename(lins_client, first, name="<Lin>", base_name="")
    assert response.status_code == 200
    assert named(response) == {str(first.pk): "&lt;Lin&gt;", str(second.pk): "Speaker 2"}
    assert "&lt;Lin&gt;" in lins_client.get(transcript.get_absolute_url()).text


@pytest.mark.parametrize("way", ["undo", "redo"])
def test_taking_a_name_back_or_giving_it_again_tells_it(
    transcript: Transcript, first: Speaker, lins_client: Client, way: str
) -> None:
    rename(lins_client, first, name="Lin", base_name="")
    for name in ("undo", "redo")[: 1 + (way == "redo")]:
        response = lins_client.post(reverse(f"transcript_{name}", args=[transcript.pk]), {}, headers=HTMX)
    assert named(response)[str(first.pk)] == ("Speaker 1" if way == "undo" else "Lin")


def test_rows_are_given_to_another_speaker(transcript: Transcript, second: Speaker, lins_client: Client) -> None:
    row = transcript.utterances.first()
    assert row is not None
    response = assign(lins_client, transcript, rows=f"{row.pk}:1", speaker=second.pk)
    assert (response.status_code, marked(response)) == (200, [(str(row.pk), "2", str(second.pk))])
    assert spoken(transcript) == ["Speaker 2", "Speaker 2"]


def test_rows_are_given_to_a_new_speaker_whose_name_comes_along(transcript: Transcript, lins_client: Client) -> None:
    response = assign(lins_client, transcript, rows=versions(transcript), name="Wei", request_key="k")
    assert (list(named(response).values()), len(marked(response))) == (["Speaker 1", "Speaker 2", "Wei"], 2)
    again = assign(lins_client, transcript, rows=versions(transcript), name="Wei", request_key="k")
    assert (again.status_code, marked(again)) == (200, marked(response))
    undone = lins_client.post(reverse("transcript_undo", args=[transcript.pk]), {}, headers=HTMX)
    assert ("Speaker 1" in undone.text, spoken(transcript)) == (True, ["Speaker 1", "Speaker 2"])


def test_speaker_is_added_once_for_rows_to_come(transcript: Transcript, lins_client: Client) -> None:
    for _again in range(2):
        response = lins_client.post(reverse("transcript_speakers", args=[transcript.pk]), {"name": "Wei"})
        assert list(named(response).values()) == ["Speaker 1", "Speaker 2", "Wei"]
    assert (transcript.changes.count(), transcript.speakers.count()) == (1, 3)


def test_two_speakers_become_one(transcript: Transcript, first: Speaker, second: Speaker, lins_client: Client) -> None:
    response = merge(lins_client, first, rows=versions(transcript, first), into=second.pk)
    assert (response.status_code, len(marked(response)), spoken(transcript)) == (200, 1, ["Speaker 2", "Speaker 2"])


def test_what_changed_meanwhile_is_409(
    transcript: Transcript, first: Speaker, second: Speaker, lins_client: Client, ana: User
) -> None:
    seen, own = versions(transcript), versions(transcript, first)
    row = transcript.utterances.first()
    assert row is not None
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=ana)
    answers = [
        assign(lins_client, transcript, rows=seen, speaker=second.pk),
        merge(lins_client, first, rows=own, into=second.pk),
        merge(lins_client, second, rows=versions(transcript), into=first.pk),
        rename(lins_client, first, name="Lin", base_name="Bob"),
    ]
    assert [answer.status_code for answer in answers] == [409] * 4
    assert (spoken(transcript), transcript.changes.count()) == (["Speaker 1", "Speaker 2"], 2)


@pytest.mark.parametrize(
    "rows", ["", "1", "1:2,", "a:b", "1:-1", "9" * 19 + ":1", ",".join(f"{n}:1" for n in range(20_001))]
)
def test_rows_that_are_none_are_422(transcript: Transcript, first: Speaker, lins_client: Client, rows: str) -> None:
    answers = [
        assign(lins_client, transcript, rows=rows, name="Wei"),
        merge(lins_client, first, rows=rows, into=first.pk),
        lins_client.post(reverse("transcript_verify", args=[transcript.pk]), {"rows": rows, "on": "true"}),
    ]
    assert [answer.status_code for answer in answers] == [422] * 3


@pytest.mark.parametrize("form", [{"speaker": "x"}, {"speaker": 2**64}, {"name": "n" * 201}, {"request_key": "k" * 65}])
def test_speaker_that_can_be_none_is_422(transcript: Transcript, lins_client: Client, form: dict[str, Any]) -> None:
    assert assign(lins_client, transcript, rows=versions(transcript), **form).status_code == 422


def test_speaker_and_rows_of_other_transcripts_are_404(
    transcript: Transcript, first: Speaker, lins_client: Client
) -> None:
    answers = [
        assign(lins_client, transcript, rows=versions(transcript), speaker=2**40),
        assign(lins_client, transcript, rows=f"{2**40}:1", speaker=first.pk),
        merge(lins_client, first, rows=versions(transcript, first), into=2**40),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
