from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import HTMX
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.utterances import Save, edit_utterance

FIRST, SECOND = "欢迎 Lin 来。", "大家好。"


def change(client: Client, row: Utterance, what: str, **form: Any) -> Any:
    return client.post(reverse(f"utterance_{what}", args=[row.pk]), {"base_version": row.version, **form}, headers=HTMX)


def texts(transcript: Transcript) -> list[str]:
    return list(transcript.utterances.visible().values_list("text", flat=True))


def shown(response: Any) -> list[tuple[str, bool]]:
    """The ids of the rows in the answer, and whether each still stands."""
    found = re.findall(r'data-(utterance|gone)="(\d+)"', response.text)
    return [(pk, name == "utterance") for name, pk in found]


def test_split_answers_with_both_halves_and_their_words(
    transcript: Transcript, row: Utterance, lins_client: Client
) -> None:
    response = change(lins_client, row, "split", offset=3)
    assert (response.status_code, texts(transcript)) == (200, ["欢迎", "Lin 来。", SECOND])
    right = transcript.utterances.get(text="Lin 来。")
    assert shown(response) == [(str(row.pk), True), (str(right.pk), True)]
    assert response.text.count("data-words=") == 2


def test_merge_names_the_row_that_went(
    transcript: Transcript, row: Utterance, below: Utterance, lins_client: Client
) -> None:
    response = change(lins_client, row, "merge", below=below.pk, below_version=1)
    assert (response.status_code, texts(transcript)) == (200, [FIRST + SECOND])
    assert shown(response) == [(str(row.pk), True), (str(below.pk), False)]
    assert lins_client.get(reverse("utterance_edit", args=[below.pk])).status_code == 404


def test_deleted_row_comes_back_with_undo_and_goes_with_redo(
    transcript: Transcript, row: Utterance, lins_client: Client
) -> None:
    assert shown(change(lins_client, row, "delete")) == [(str(row.pk), False)]
    for name, expected in (("undo", True), ("redo", False)):
        response = lins_client.post(reverse(f"transcript_{name}", args=[transcript.pk]), {}, headers=HTMX)
        assert (response.status_code, shown(response)) == (200, [(str(row.pk), expected)])
    assert texts(transcript) == [SECOND]


def test_inserted_row_is_empty_and_can_be_written(transcript: Transcript, row: Utterance, lins_client: Client) -> None:
    response = change(lins_client, row, "insert")
    (new,) = transcript.utterances.filter(text="")
    assert (response.status_code, shown(response)) == (200, [(str(new.pk), True)])
    saved = lins_client.post(reverse("utterance_edit", args=[new.pk]), {"text": "你好", "base_version": 1})
    assert (saved.status_code, texts(transcript)) == (200, [FIRST, "你好", SECOND])


def test_moved_row_tells_its_times(row: Utterance, lins_client: Client) -> None:
    response = change(lins_client, row, "move", start_ms=120, end_ms=2000)
    assert ('data-start="120"' in response.text, 'data-end="2000"' in response.text) == (True, True)


def shift(client: Client, transcript: Transcript, method: str = "post", **form: Any) -> Any:
    send = client.post if method == "post" else client.get
    return send(reverse("transcript_shift", args=[transcript.pk]), form, headers=HTMX)


def test_shift_says_first_where_the_rows_would_be(transcript: Transcript, row: Utterance, lins_client: Client) -> None:
    response = shift(lins_client, transcript, "get", by="-0,3 s")
    assert response.status_code == 200
    assert f'data-start="{row.start_ms}"' in response.text
    assert "2 rows; the first will begin at 0:00:00.100, the last will end at 0:00:0" in response.text
    assert transcript.changes.count() == 1


def test_shift_and_its_undo_answer_with_the_time_and_the_versions(
    transcript: Transcript, row: Utterance, below: Utterance, lins_client: Client
) -> None:
    response = shift(lins_client, transcript, by="-0:00.3", base_start_ms=row.start_ms)
    assert response.text == f'<template data-shifted="-300" data-versions="{row.pk}:2,{below.pk}:2"></template>'
    undone = lins_client.post(reverse("transcript_undo", args=[transcript.pk]), {}, headers=HTMX)
    assert undone.text == f'<template data-shifted="300" data-versions="{row.pk}:3,{below.pk}:3"></template>'
    steps = lins_client.get(reverse("transcript_history", args=[transcript.pk]), headers=HTMX).text
    assert ("All rows by -0:00:00.300" in steps, "All rows by 0:00:00.300" in steps) == (True, True)


def test_shift_of_times_that_changed_since_is_a_conflict(
    transcript: Transcript, row: Utterance, lins_client: Client
) -> None:
    assert shift(lins_client, transcript, by="-0.1", base_start_ms=row.start_ms + 1).status_code == 409
    assert transcript.changes.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ("-1", "The first row would begin before 0. Rows can move at most 0:00:00.400 earlier."),
        ("99", "The last row would end after the recording. Rows can move at most 0:00:0"),
        ("0", "Nothing would move."),
        ("soon", "This must be a time such as 0:12:30."),
        ("", "This field is required."),
    ],
)
def test_shift_that_cannot_be_made_says_how_far_is_possible(
    transcript: Transcript, lins_client: Client, method: str, by: str, sentence: str
) -> None:
    response = shift(lins_client, transcript, method, by=by)
    assert (response.status_code, sentence in response.text) == (422, True)
    assert transcript.changes.count() == 1


@pytest.mark.parametrize(
    ("what", "form", "sentence"),
    [
        ("split", {"offset": 0}, "Put the caret between two words"),
        ("split", {"offset": "x"}, "Enter a whole number."),
        ("split", {}, "This field is required."),
        ("move", {"start_ms": 900, "end_ms": 900}, "A row must end after it starts."),
        ("move", {"start_ms": -1, "end_ms": 900}, "greater than or equal to 0"),
        ("move", {"start_ms": 0, "end_ms": 10**30}, "less than or equal to"),
        ("delete", {"base_version": "0"}, "greater than or equal to 1"),
        ("delete", {"request_key": "k" * 65}, "at most 64 characters"),
        ("merge", {"below": "9" * 40, "below_version": 1}, "less than or equal to"),
    ],
)
def test_change_that_cannot_be_made_is_422_with_its_reason(
    transcript: Transcript, row: Utterance, lins_client: Client, what: str, form: dict[str, Any], sentence: str
) -> None:
    response = change(lins_client, row, what, **form)
    assert (response.status_code, sentence in response.text) == (422, True)
    assert (texts(transcript), transcript.changes.count()) == ([FIRST, SECOND], 1)


@pytest.mark.parametrize("what", ["split", "delete", "insert", "move"])
def test_change_of_a_row_that_changed_since_is_409(row: Utterance, lins_client: Client, ana: User, what: str) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=ana)
    response = change(lins_client, row, what, offset=3, start_ms=0, end_ms=900)
    assert (response.status_code, "欢迎 Bob 来。" in response.text) == (409, True)


def test_what_the_engine_heard_is_shown_with_its_differences(row: Utterance, lins_client: Client) -> None:
    edit_utterance(
        utterance=row, save=Save(text="欢迎 <Bob> 来。", base_version=1), by=User.objects.get(username="lin")
    )
    text = lins_client.get(reverse("utterance_original", args=[row.pk])).text
    assert "欢迎 <del>Lin</del><ins>&lt;Bob&gt;</ins> 来。" in re.sub(r"</ins><ins>|</del><del>", "", text)
    assert 'data-take-original="欢迎 Lin 来。"' in text


def test_text_of_the_engine_is_put_back_only_where_it_may_and_can_be(
    row: Utterance, lins_client: Client, viewer: Client
) -> None:
    url = reverse("utterance_original", args=[row.pk])
    assert "data-take-original" not in lins_client.get(url).text
    edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=1), by=User.objects.get(username="lin"))
    found = ["data-take-original" in client.get(url).text for client in (lins_client, viewer)]
    assert found == [True, False]


def test_saving_a_row_takes_five_queries_beside_those_that_know_the_person(
    row: Utterance, lins_client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2 + 5 + 2):  # Session and person; the save; the transaction's begin and end.
        lins_client.post(reverse("utterance_edit", args=[row.pk]), {"text": "欢迎 Bob 来。", "base_version": 1})
