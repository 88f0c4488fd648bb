from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import HTMX
from transcripts.models import Utterance
from transcripts.services.editing.utterances import Save, edit_utterance

FIRST = "欢迎 Lin 来。"


def save(client: Client, row: Utterance, text: str, version: Any = 1, **form: str) -> Any:
    return client.post(
        reverse("utterance_edit", args=[row.pk]), {"text": text, "base_version": version, **form}, headers=HTMX
    )


def stored(row: Utterance) -> tuple[str, int, int]:
    row.refresh_from_db()
    return row.text, row.version, row.transcript.changes.count()


@pytest.mark.parametrize("htmx", [False, True])
def test_edit_answers_with_the_row(row: Utterance, lins_client: Client, htmx: bool) -> None:
    url = reverse("utterance_edit", args=[row.pk])
    response = lins_client.post(url, {"text": "欢迎 Bob 来。", "base_version": 1}, headers=HTMX if htmx else {})
    assert response.status_code == 200
    assert stored(row) == ("欢迎 Bob 来。", 2, 2)
    assert ('data-version="2"' in response.text, "欢迎 Bob 来。" in response.text) == (True, True)
    assert response.text.strip().startswith("<article")
    assert response.text.strip().endswith("</article>")


def test_answer_brings_the_words_of_its_row(row: Utterance, lins_client: Client) -> None:
    text = save(lins_client, row, "欢迎 Bob 来。").text
    words = re.search(r'data-words="([^"]*)"', text)
    assert words is not None
    packed = json.loads(html.unescape(words.group(1)))
    assert (len(packed["w"]), packed["e"]) == (16, [2])


def test_text_typed_on_after_a_merge_is_stored_over_what_was_sent(row: Utterance, lins_client: Client) -> None:
    save(lins_client, row, "你好 Lin 来。")
    merged = save(lins_client, row, "欢迎 Lin 又来。", 1, edit_session="stay")
    again = save(lins_client, row, "欢迎 Lin 又来了。", 3, base_text="欢迎 Lin 又来。", edit_session="stay")
    assert (merged.status_code, again.status_code) == (200, 200)
    assert stored(row) == ("你好 Lin 又来了。", 4, 4)
    lins_client.post(reverse("transcript_undo", args=[row.transcript_id]), headers=HTMX)
    assert stored(row) == ("你好 Lin 来。", 5, 5)


def test_row_is_read_with_get(row: Utterance, lins_client: Client, viewer: Client) -> None:
    url = reverse("utterance_edit", args=[row.pk])
    mine, theirs = lins_client.get(url), viewer.get(url)
    assert (mine.status_code, theirs.status_code) == (200, 200)
    assert ("data-edit" in mine.text, "data-edit" in theirs.text) == (True, False)
    assert lins_client.head(url).status_code == 200


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": "", "base_version": "1"}, "A row cannot be empty."),
        ({"text": " \n\t ", "base_version": "1"}, "A row cannot be empty."),
        ({"text": "\x01\x02", "base_version": "1"}, "A row cannot be empty."),
        ({"text": "\u2028", "base_version": "1"}, "A row cannot be empty."),
        ({"base_version": "1"}, "A row cannot be empty."),
        ({"text": "x" * 10_001, "base_version": "1"}, "This row is too long."),
        ({"text": "a\x00b", "base_version": "1"}, "Null characters are not allowed."),
        ({"text": "ok"}, "This field is required."),
        ({"text": "ok", "base_version": ""}, "This field is required."),
        ({"text": "ok", "base_version": "x"}, "Enter a whole number."),
        ({"text": "ok", "base_version": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"text": "ok", "base_version": "9" * 5000}, "Enter a whole number."),
        ({"text": "ok", "base_version": "1", "request_key": "k" * 65}, "Ensure this value has at most 64 characters"),
    ],
)
def test_edit_that_cannot_be_stored_is_422_with_its_reason(
    row: Utterance, lins_client: Client, form: dict[str, str], sentence: str
) -> None:
    response = lins_client.post(reverse("utterance_edit", args=[row.pk]), form, headers=HTMX)
    assert (response.status_code, response.templates[0].name) == (422, "transcripts/_invalid.html")
    assert sentence in response.text
    assert stored(row) == (FIRST, 1, 1)


def test_longest_text_is_stored(row: Utterance, lins_client: Client) -> None:
    assert save(lins_client, row, "字" * 10_000).status_code == 200
    assert stored(row)[0] == "字" * 10_000


def test_conflict_is_409_with_both_texts(row: Utterance, lins_client: Client, ana: User) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 <Bob> 来。", base_version=1), by=ana)
    response = save(lins_client, row, "欢迎 Eve 来。")
    assert (response.status_code, response.templates[0].name) == (409, "transcripts/_conflict.html")
    assert re.search(r"data-theirs>\s*欢迎 &lt;Bob&gt; 来。\s*<", response.text)
    assert re.search(r"data-mine>\s*欢迎 Eve 来。\s*<", response.text)
    assert 'data-version="2"' in response.text
    assert stored(row) == ("欢迎 <Bob> 来。", 2, 2)


@pytest.mark.parametrize("version", ["7", "9" * 30])
def test_version_that_never_was_is_a_conflict(row: Utterance, lins_client: Client, version: str) -> None:
    assert save(lins_client, row, "欢迎 Eve 来。", version).status_code == 409
    assert stored(row) == (FIRST, 1, 1)


def test_stale_edit_of_other_words_is_merged(row: Utterance, lins_client: Client, ana: User) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=ana)
    response = save(lins_client, row, "欢迎 Lin 来！")
    assert (response.status_code, "欢迎 Bob 来！" in response.text) == (200, True)


def test_repeated_request_applies_once(row: Utterance, lins_client: Client) -> None:
    answers = [save(lins_client, row, "欢迎 Bob 来。", request_key="k") for _time in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert stored(row) == ("欢迎 Bob 来。", 2, 2)


def test_undo_answers_with_the_row_as_it_was(row: Utterance, lins_client: Client) -> None:
    url = reverse("transcript_undo", args=[row.transcript_id])
    save(lins_client, row, "欢迎 Bob 来。")
    response = lins_client.post(url, headers=HTMX)
    assert (response.status_code, FIRST in response.text, 'data-version="3"' in response.text) == (200, True, True)
    nothing = lins_client.post(url, headers=HTMX)
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert stored(row) == (FIRST, 3, 3)


def test_conflict_marks_what_is_new_and_brings_a_draft(row: Utterance, lins_client: Client, ana: User) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 𠮷 来。", base_version=1), by=ana)
    text = save(lins_client, row, "欢迎 Eve 来！").text
    assert re.search(r'<dd data-marks="3-5" data-theirs>', text)
    assert re.search(r'<dd data-marks="3-6 8-9" data-mine>', text)
    assert 'data-draft="欢迎 𠮷 / Eve 来！" data-from="3" data-to="11"' in text


def test_undo_beside_what_others_did_says_who_they_are(row: Utterance, lins_client: Client, ana: User) -> None:
    save(lins_client, row, "欢迎 Bob 来。")
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来！", base_version=2), by=ana)
    response = lins_client.post(reverse("transcript_undo", args=[row.transcript_id]), headers=HTMX)
    assert (response.status_code, response["X-Also-Changed-By"], "欢迎 Lin 来！" in response.text) == (200, "ana", True)


def test_undo_of_what_others_wrote_over_is_409(row: Utterance, lins_client: Client, ana: User) -> None:
    save(lins_client, row, "欢迎 Bob 来。")
    edit_utterance(utterance=row, save=Save(text="欢迎 Eve 来。", base_version=2), by=ana)
    response = lins_client.post(reverse("transcript_undo", args=[row.transcript_id]), headers=HTMX)
    assert (response.status_code, "欢迎 Eve 来。" in response.text, FIRST in response.text) == (409, True, True)
    assert stored(row)[0] == "欢迎 Eve 来。"
    assert f'data-put-back="{row.pk}"' in response.text
    assert 'data-change="2"' in response.text
    url = reverse("transcript_undo", args=[row.transcript_id])
    asked = [lins_client.post(url, {"acknowledged": told}, headers=HTMX).status_code for told in ("", "1,2", "2", "x")]
    assert asked == [409, 204, 204, 422]
