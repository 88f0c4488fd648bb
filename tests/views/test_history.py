from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import HTMX
from transcripts.enums import ChangeKind
from transcripts.models import Transcript, Utterance
from transcripts.queries import history
from transcripts.services.editing.changes import apply_edits
from transcripts.services.editing.rows import delete_row
from transcripts.services.editing.utterances import Save, edit_utterance

FIRST, SECOND = "欢迎 Lin 来。", "大家好。"


def edit(row: Utterance, text: str, by: User, base: int = 1) -> None:
    edit_utterance(utterance=row, save=Save(text=text, base_version=base), by=by)


def read(client: Client, transcript: Transcript, **query: Any) -> str:
    response = client.get(reverse("transcript_history", args=[transcript.pk]), query, headers=HTMX)
    assert (response.status_code, response.templates[0].name) == (200, "transcripts/_steps.html")
    return response.text


def versions(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-step="(\d+)"', text)]


def texts(transcript: Transcript) -> list[str]:
    return list(transcript.utterances.visible().values_list("text", flat=True))


def test_history_tells_who_did_what_with_the_difference(
    transcript: Transcript, row: Utterance, lins_client: Client, ana: User
) -> None:
    edit(row, "欢迎 <Bob> 来。", ana)
    text = read(lins_client, transcript)
    assert versions(text) == [2, 1]
    assert ("Edited" in text, "Recognised" in text, ">ana<" in text, ">lin<" in text) == (True,) * 4
    assert re.search(r"欢迎 <del>Lin</del>.*&lt;", re.sub(r"\s+", " ", text))
    page = lins_client.get(reverse("transcript_history", args=[transcript.pk]))
    assert (page.templates[0].name, versions(page.text)) == ("transcripts/history.html", [2, 1])


def test_history_of_a_row_and_of_a_person(
    transcript: Transcript, row: Utterance, lins_client: Client, lin: User, ana: User
) -> None:
    below = transcript.utterances.last()
    assert below is not None
    edit(row, "欢迎。", ana)
    edit(below, "大家早。", lin)
    edit(row, "大欢迎。", lin, 2)
    assert versions(read(lins_client, transcript, row=row.pk)) == [4, 2]
    assert versions(read(lins_client, transcript, person=ana.pk)) == [2]
    assert versions(read(lins_client, transcript, before=3)) == [2, 1]
    assert versions(read(lins_client, transcript, row="x")) == [4, 3, 2, 1]


def test_history_comes_page_by_page_with_the_same_number_of_queries(
    transcript: Transcript,
    row: Utterance,
    lins_client: Client,
    lin: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    monkeypatch.setattr(history, "STEPS_A_PAGE", 3)
    for version in range(1, 5):
        edit(row, f"欢迎 {version}。", lin, version)
    with django_assert_num_queries(2 + 3):
        text = read(lins_client, transcript)
    assert (versions(text), "?before=3" in text) == ([5, 4, 3], True)
    with django_assert_num_queries(2 + 3):
        text = read(lins_client, transcript, before=3)
    assert (versions(text), "?before" in text) == ([2, 1], False)


def test_change_of_many_rows_shows_the_first_and_counts_the_rest(
    transcript: Transcript, row: Utterance, lins_client: Client, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "ROWS_A_STEP", 1)
    edits = [(one, {"flagged": True}) for one in transcript.utterances.all()]
    apply_edits(transcript=transcript, kind=ChangeKind.FLAGGED, by=lin, edits=edits)
    text = read(lins_client, transcript)
    assert (text.count('class="step-row"'), "and 1 more row" in text) == (1, True)


def test_viewer_reads_and_restores_nothing(transcript: Transcript, row: Utterance, viewer: Client, lin: User) -> None:
    edit(row, "欢迎。", lin)
    assert "data-restore" not in read(viewer, transcript)


def post(client: Client, name: str, pk: Any, **form: Any) -> Any:
    return client.post(reverse(name, args=[pk]), form, headers=HTMX)


def test_row_is_restored(transcript: Transcript, row: Utterance, lins_client: Client, lin: User, ana: User) -> None:
    edit(row, "欢迎。", lin)
    edit(row, "大欢迎。", ana, 2)
    response = post(lins_client, "utterance_restore", row.pk, version=2, base_version=3)
    assert (response.status_code, 'data-version="4"' in response.text) == (200, True)
    assert texts(transcript) == ["欢迎。", SECOND]
    stale = post(lins_client, "utterance_restore", row.pk, version=2, base_version=3)
    assert (stale.status_code, "欢迎。" in stale.text) == (409, True)


def test_deleted_row_is_restored(transcript: Transcript, row: Utterance, lins_client: Client, lin: User) -> None:
    delete_row(row=row, base_version=1, by=lin)
    text = read(lins_client, transcript, row=row.pk)
    assert "Row deleted" in text
    assert post(lins_client, "utterance_restore", row.pk, version=1, base_version=2).status_code == 200
    assert texts(transcript) == [FIRST, SECOND]


def test_transcript_is_restored_and_work_of_a_person_taken_back(
    transcript: Transcript, row: Utterance, lins_client: Client, ana: User
) -> None:
    edit(row, "欢迎。", ana)
    delete_row(row=row, base_version=2, by=ana)
    assert post(lins_client, "transcript_restore", transcript.pk, version=2).status_code == 200
    assert texts(transcript) == ["欢迎。", SECOND]
    response = post(lins_client, "transcript_revert", transcript.pk, person=ana.pk, version=2)
    assert (response.status_code, response["X-Kept"]) == (204, "1")  # Lin has put the row back since.
    response = post(lins_client, "transcript_restore", transcript.pk, version=4)
    assert (response.status_code, transcript.changes.count()) == (204, 4)
    below = transcript.utterances.exclude(pk=row.pk).get()
    edit(below, "大家早。", ana)
    response = post(lins_client, "transcript_revert", transcript.pk, person=ana.pk, version=4)
    assert (response.status_code, response.has_header("X-Kept")) == (200, False)
    assert texts(transcript) == ["欢迎。", SECOND]


@pytest.mark.parametrize("form", [{}, {"version": 0}, {"version": "x"}, {"version": 10**12}])
def test_restoring_to_no_version_is_422(transcript: Transcript, lins_client: Client, form: dict[str, Any]) -> None:
    response = post(lins_client, "transcript_restore", transcript.pk, **form)
    assert (response.status_code, transcript.changes.count()) == (422, 1)
