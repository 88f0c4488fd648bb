from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import quick
from tests.conftest import ANSWER, OTHER_ANSWER
from transcripts.models import Transcript, TranscriptAccuracy, Utterance
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.utterances import Save, edit_utterance


def correct(row: Utterance, text: str, by: User) -> None:
    edit_utterance(utterance=row, save=Save(text=text, base_version=row.version), by=by)
    row.refresh_from_db()
    verify_rows(transcript=row.transcript, versions={row.pk: row.version}, on=True, by=by)


def page(client: Client, name: str, pk: object) -> str:
    response = client.get(reverse(name, args=[pk]))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def corrected(transcript: Transcript, row: Utterance, below: Utterance, lin: User) -> Transcript:
    """Of 欢迎 Lin 来。大家好。, 来 was 去 and 好 was 早."""
    correct(row, "欢迎 Lin 去。", lin)
    correct(below, "大家早。", lin)
    transcript.refresh_from_db()
    return transcript


def test_page_says_what_the_engine_got_wrong(lins_client: Client, corrected: Transcript, row: Utterance) -> None:
    text = page(lins_client, "transcript_quality", corrected.pk)
    assert "<dt>Character error rate</dt> <dd> 33.3%" in text
    assert "<dt>Word error rate</dt> <dd> 0.0%" in text
    assert "<dt>Both together</dt> <dd> 28.6%" in text
    assert "100% of time" in text
    assert "too few rows for a range" in text
    assert "Less than a fifth" not in text
    assert f'href="{reverse("transcript", args=[corrected.pk])}#u{row.pk}">0:00:00</a>' in text
    assert "Speaker 1" in text


def test_page_without_verified_rows_says_so(lins_client: Client, transcript: Transcript) -> None:
    assert "No row is verified yet." in page(lins_client, "transcript_quality", transcript.pk)
    assert "No row is verified yet." in page(lins_client, "project_quality", transcript.recording.project_id)


def test_page_of_a_project_says_it_by_options(lins_client: Client, corrected: Transcript, lin: User) -> None:
    project = corrected.recording.project
    other = quick.recognised(quick.create_recording(lin, hot_words=("林",)), OTHER_ANSWER)
    correct(other.utterances.get(), "欢迎林来，大家早。", lin)
    text = page(lins_client, "project_quality", project.pk)
    assert "In 2 recordings with verified rows." in text
    assert "· Hot words" in text
    assert "<dt>Character error rate</dt> <dd> 15.4%" in text


def test_warnings(lins_client: Client, corrected: Transcript) -> None:
    page(lins_client, "transcript_quality", corrected.pk)
    TranscriptAccuracy.objects.update(verified_ms=19, row_ms=100, picked=True)
    for name, pk in (("transcript_quality", corrected.pk), ("project_quality", corrected.recording.project_id)):
        text = page(lins_client, name, pk)
        assert "Less than a fifth of the time is verified" in text
        assert "chosen because something in them was wrong: hardly any" in text
    TranscriptAccuracy.objects.update(verified_ms=20, row_ms=100, picked=False)
    assert "Less than a fifth of the time is verified" not in page(lins_client, "transcript_quality", corrected.pk)


def test_two_transcripts_are_compared_with_the_verified_one(lins_client: Client, corrected: Transcript) -> None:
    other = quick.again(corrected.recording, OTHER_ANSWER)
    text = page(lins_client, "transcript_quality", corrected.pk)
    assert f'href="{reverse("transcript_compare", args=[corrected.pk, other.pk])}"' in text
    assert "<td>28.6%</td> <td>28.6%</td> <td> +0.0" in text
    assert "not certain" in text


@pytest.mark.long
def test_pages_ask_as_often_for_many_recordings_as_for_one(
    lins_client: Client, corrected: Transcript, lin: User
) -> None:
    def ask() -> int:
        page(lins_client, "project_quality", corrected.recording.project_id)  # measures
        with CaptureQueriesContext(connection) as asked:
            page(lins_client, "project_quality", corrected.recording.project_id)
        return len(asked)

    once = ask()
    for _number in range(3):
        for row in quick.recognised(quick.create_recording(lin), ANSWER).utterances.all():
            correct(row, row.text, lin)
    assert ask() == once


@pytest.mark.long
def test_page_is_offered_where_one_looks_for_it(lins_client: Client, transcript: Transcript) -> None:
    assert (
        f'href="{reverse("transcript_quality", args=[transcript.pk])}"'
        in lins_client.get(transcript.get_absolute_url()).text
    )
    address = reverse("project_quality", args=[transcript.recording.project_id])
    for place in (
        transcript.recording.project.get_absolute_url(),
        reverse("project_overview", args=[transcript.recording.project_id]),
    ):
        assert f'href="{address}"' in lins_client.get(place).text


def test_page_is_in_the_readers_language(lins_client: Client, corrected: Transcript) -> None:
    response = lins_client.get(reverse("transcript_quality", args=[corrected.pk]), headers={"Accept-Language": "zh-CN"})
    assert "字错误率" in response.content.decode()
