from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER, HTMX, OTHER_ANSWER
from transcripts.enums import LinkRole
from transcripts.models import Recording, Speaker, Transcript, Utterance
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.projects.share_links import create_share_link


def attributes(row: Utterance, text: str) -> dict[str, str]:
    """The data attributes of the row's element."""
    element = re.search(rf'<article[^>]* data-utterance="{row.pk}"[^>]*>', text)
    assert element is not None
    return dict(re.findall(r'data-(\w+)="([^"]*)"', element.group()))


def test_page_holds_every_row_with_its_times_and_its_text(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.get(transcript.get_absolute_url())
    assert "transcripts/transcript.html" in {template.name for template in response.templates}
    for row in transcript.utterances.all():
        known = attributes(row, response.text)
        assert {name: known[name] for name in ("utterance", "start", "end", "version")} == {
            "utterance": str(row.pk),
            "start": str(row.start_ms),
            "end": str(row.end_ms),
            "version": "1",
        }
        assert re.search(rf"<(\w+)[^>]* data-text[^>]*>{re.escape(row.text)}</\1>", response.text)
    assert response.text.count("<audio") == 1
    assert "no-store" in response.headers["Cache-Control"]


def test_text_of_a_row_is_never_markup(transcript: Transcript, lins_client: Client) -> None:
    Utterance.objects.update(text="<script>alert(1)</script> & </p>")
    Speaker.objects.update(name="<img src=x>")
    page = lins_client.get(transcript.get_absolute_url()).text
    assert ("<script>alert(" in page, "<img src=x>" in page) == (False, False)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;/p&gt;" in page


def test_times_are_written_for_machines_in_every_language(transcript: Transcript, lins_client: Client) -> None:
    Utterance.objects.filter(start_ms=2000).update(start_ms=1_234_567, end_ms=7_654_321)
    row = transcript.utterances.last()
    assert row is not None
    for language in ("en", "zh-hans"):
        page = lins_client.get(transcript.get_absolute_url(), headers={"Accept-Language": language}).text
        known = attributes(row, page)
        assert (known["start"], known["end"]) == ("1234567", "7654321")


@pytest.mark.long
def test_viewer_is_offered_no_editing(transcript: Transcript, viewer: Client, lins_client: Client) -> None:
    marks = (
        "data-may-edit",
        "data-edit",
        'data-command="undo"',
        reverse("recording_rename", args=[transcript.recording_id]),
    )
    url = transcript.get_absolute_url()
    assert [mark in viewer.get(url).text for mark in marks] == [False] * 4
    assert [mark in lins_client.get(url).text for mark in marks] == [True] * 4


def test_silent_recording_has_a_friendly_page(transcript: Transcript, lins_client: Client) -> None:
    transcript.utterances.all().delete()
    page = lins_client.get(transcript.get_absolute_url())
    assert (page.status_code, "No speech found" in page.text, "data-utterance" in page.text) == (200, True, False)


def test_words_are_the_times_of_the_whole_transcript(transcript: Transcript, lin: User, lins_client: Client) -> None:
    first, second = transcript.utterances.all()
    edit_utterance(utterance=second, save=Save(text="大家都好。", base_version=1), by=lin)
    response = lins_client.get(reverse("transcript_words", args=[transcript.pk]))
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "private, no-cache"
    content = json.loads(response.content)
    # 欢 迎 Lin 来: gap and length in UTF-16 units, gap and length in milliseconds.
    packed = [0, 1, 0, 200, 0, 1, 0, 200, 1, 3, 80, 360, 1, 1, 80, 280]
    second.refresh_from_db()
    assert content["rows"].pop(str(second.pk))["e"] == [2]
    assert content == {"version": 2, "rows": {str(first.pk): {"w": packed}}}


@pytest.mark.parametrize("packed", ["", "gzip"])
def test_words_are_sent_again_only_where_they_have_changed(
    transcript: Transcript, lin: User, lins_client: Client, packed: str
) -> None:
    link = create_share_link(transcript=transcript, role=LinkRole.READER, days=1, by=lin)
    first, url = transcript.utterances.all()[0], reverse("transcript_words", args=[transcript.pk])
    long = "欢迎你来这里。" * 20  # Short answers are not packed, and packed ones have a weak tag.
    edit_utterance(utterance=first, save=Save(text=long, base_version=1), by=lin)
    kept: list[str] = []

    def ask(client: Client, url: str) -> int:
        answer = client.get(url, headers={"Accept-Encoding": packed, "If-None-Match": ", ".join(kept)})
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert bool(answer.content) is (answer.status_code == 200)
        kept.append(answer.headers["ETag"])
        return answer.status_code

    assert [ask(lins_client, url), ask(lins_client, url)] == [200, 304]
    assert ask(Client(), reverse("shared_words", args=[link.token])) == 304
    edit_utterance(utterance=first, save=Save(text=long[1:], base_version=2), by=lin)
    assert [ask(lins_client, url), ask(lins_client, url)] == [200, 304]
    # A backup from before was restored, and the row was edited again.
    transcript.changes.filter(version=3).update(at=timezone.now())
    assert ask(lins_client, url) == 200
    assert any(tag.startswith("W/") for tag in kept) is bool(packed)
    assert Client().get(url, headers={"If-None-Match": kept[-1]}).status_code == 302


def test_words_count_in_utf16_units(transcript: Transcript, lin: User, lins_client: Client) -> None:
    first = transcript.utterances.first()
    assert first is not None
    edit_utterance(utterance=first, save=Save(text="😀欢迎 Lin 来。", base_version=1), by=lin)
    rows = json.loads(lins_client.get(reverse("transcript_words", args=[transcript.pk])).content)["rows"]
    assert rows[str(first.pk)]["w"][:2] == [0, 2]
    assert rows[str(first.pk)]["w"][4:6] == [0, 1]


def test_fillers_are_places_in_utf16_units(transcript: Transcript, lin: User, lins_client: Client) -> None:
    first, second = transcript.utterances.all()
    edit_utterance(utterance=first, save=Save(text="😀呃，我们走。那个人呢？", base_version=1), by=lin)
    edit_utterance(utterance=second, save=Save(text="um I I think so", base_version=1), by=lin)
    one, two = str(first.pk), str(second.pk)
    url = reverse("transcript_fillers", args=[transcript.pk])
    rows, hidden = {one: [2, 3], two: [0, 4]}, {one: [[2, 4, ""]], two: [[0, 5, ""]]}
    assert lins_client.get(url).json() == {"rows": rows, "hidden": hidden}
    some = lins_client.get(url, {"id": [two, "999999", "x"]}).json()
    assert some == {"rows": {two: rows[two]}, "hidden": {two: hidden[two]}}


def test_long_pages_travel_compressed(transcript: Transcript, lins_client: Client) -> None:
    for url in (transcript.get_absolute_url(), reverse("transcript_words", args=[transcript.pk])):
        plain = lins_client.get(url)
        Utterance.objects.filter(start_ms=400).update(text="欢迎 Lin 来。")
        packed = lins_client.get(url, headers={"Accept-Encoding": "gzip"})
        if len(plain.content) < 200:
            continue
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(gzip.decompress(packed.content)) == pytest.approx(len(plain.content), abs=200)


@pytest.mark.parametrize("name", ["transcript", "transcript_words"])
def test_page_asks_as_often_for_three_rows_as_for_one(
    lin: User, upload: Callable[..., Recording], lins_client: Client, name: str
) -> None:
    def asked(rows: int) -> int:
        utterances = [
            {
                "start_time": 1000 * row,
                "end_time": 1000 * row + 900,
                "text": f"row {row}",
                "additions": {"speaker": str(row)},
            }
            for row in range(1, rows + 1)
        ]
        answer: dict[str, Any] = {"audio_info": {"duration": 9000}, "result": {"text": "", "utterances": utterances}}
        transcript = quick.recognised(upload(lin), answer)
        url = reverse(name, args=[transcript.pk])
        lins_client.get(url)
        with CaptureQueriesContext(connection) as seen:
            response = lins_client.get(url)
        assert response.text.count("data-utterance=" if name == "transcript" else '"w":') == rows
        return len(seen)

    assert asked(1) == asked(3)


@pytest.mark.parametrize(
    ("state", "asks_again", "plays"),
    [("queued", True, False), ("running", True, False), ("done", False, True), ("failed", False, False)],
)
def test_player_asks_for_itself_until_there_is_something_to_play(
    transcript: Transcript, lins_client: Client, state: str, asks_again: bool, plays: bool
) -> None:
    Recording.objects.update(state=state)
    url = reverse("transcript_player", args=[transcript.pk])
    player = lins_client.get(url, headers=HTMX).text
    assert (url in player, reverse("recording_audio", args=[transcript.recording_id]) in player) == (asks_again, plays)
    assert player.count('id="player"') == 1


def test_details_tell_what_the_service_said(transcript: Transcript, lins_client: Client) -> None:
    page = lins_client.get(transcript.get_absolute_url()).text
    assert [said in page for said in (transcript.transcription.logid, "20000000", "zh_welcome.wav")] == [True] * 3


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("answer", [ANSWER, OTHER_ANSWER, {"result": {"text": ""}}])
def test_details_tell_that_speakers_were_asked_for_and_none_came(
    lin: User, upload: Callable[..., Recording], lins_client: Client, asked: bool, answer: dict[str, Any]
) -> None:
    made = quick.recognised(upload(lin, speakers=asked), answer)
    page = lins_client.get(made.get_absolute_url()).text
    assert ("Speakers were to be told apart" in page) == (asked and answer is OTHER_ANSWER)


def test_export_of_every_format_is_offered(transcript: Transcript, lins_client: Client) -> None:
    page = lins_client.get(transcript.get_absolute_url()).text
    for name in ("txt", "srt", "vtt", "json"):
        assert reverse("transcript_export", args=[transcript.pk, name]) in page


def test_transcript_of_the_answer_is_what_is_shown(transcript: Transcript) -> None:
    assert [row.text for row in transcript.utterances.all()] == [
        utterance["text"]
        for utterance in ANSWER["result"]["utterances"]  # type: ignore[index]
    ]


@pytest.mark.long
def test_nothing_about_the_account_or_the_model_stands_before_the_text(
    transcript: Transcript, lin: User, lins_client: Client, settings: Any
) -> None:
    settings.FLASH_IS_LOCAL = True
    lin.set_unusable_password()
    lin.save()
    lins_client.force_login(lin)
    page = lins_client.get(transcript.get_absolute_url()).text
    assert "This account has no password yet" not in page
    before, details = page.split('id="details-dialog"')
    assert ("built-in model" in before, "built-in model" in details) == (False, True)
    assert "This account has no password yet" in lins_client.get("/").text


def test_tour_is_offered_until_the_account_has_seen_it(transcript: Transcript, lins_client: Client) -> None:
    url = transcript.get_absolute_url()
    assert "data-invitation" in lins_client.get(url).text
    lins_client.post("/preferences/", {"tour_seen": "true"})
    page = lins_client.get(url).text
    assert ("data-invitation" in page, "data-tour" in page) == (False, True)


def test_density_and_the_projects_are_the_persons(transcript: Transcript, lins_client: Client) -> None:
    url = transcript.get_absolute_url()
    page = lins_client.get(url).text
    assert ("data-compact" in page, reverse("projects") in page) == (False, True)
    lins_client.post("/preferences/", {"compact": "true"})
    assert "data-compact" in lins_client.get(url).text
