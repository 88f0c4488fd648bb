from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from tests import quick
from tests.conftest import ANSWER, HTMX, OTHER_ANSWER
from transcripts import queue
from transcripts.enums import TranscriptionState
from transcripts.flash.options import RecognitionOptions
from transcripts.models import AnswerPart, Recording, Transcript, Transcription, Utterance
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.utterances import Save, edit_utterance

pytestmark = pytest.mark.long

FIRST, SECOND = "欢迎 Lin 来。", "大家好。"


@pytest.fixture
def other(transcript: Transcript) -> Transcript:
    """The same recording, recognised again."""
    return quick.again(transcript.recording, OTHER_ANSWER, smoothing=True)


def compare(transcript: Transcript, other: Transcript) -> str:
    return reverse("transcript_compare", args=[transcript.pk, other.pk])


def take_over(client: Client, row: Utterance, other: Transcript, **form: Any) -> Any:
    url = reverse("transcript_take_over", args=[row.transcript_id, other.pk, row.pk])
    return client.post(url, {"base_version": row.version, **form})


def texts(transcript: Transcript) -> list[str]:
    return list(transcript.utterances.values_list("text", flat=True))


def shown(page: str) -> list[list[str]]:
    """The cells of the table's body, with ‹› around what differs."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    marked = re.sub(r"<(del|ins)>(.*?)</\1>", r"‹\2›", body)
    rows = re.findall(r"<tr.*?</tr>", marked, re.DOTALL)
    return [
        [" ".join(strip_tags(cell).split()) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)]
        for row in rows
    ]


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- Again --------------------------------------------------------------------------------------------------------


def test_again_shows_the_options_of_the_last_time(
    transcript: Transcript, other: Transcript, lins_client: Client
) -> None:
    page = lins_client.get(reverse("transcription_create", args=[transcript.recording_id])).text
    ticked = re.findall(r'<input type="checkbox" name="(\w+)"[^>]*checked', page)
    assert ticked == ["smoothing", "punctuation"]


def test_again_stands_beside_what_was_there(
    transcript: Transcript, lins_client: Client, lin: User, django_capture_on_commit_callbacks: Any
) -> None:
    row = transcript.utterances.first()
    assert row is not None
    edit_utterance(utterance=row, save=Save(text="欢迎林来！", base_version=1), by=lin)
    url = reverse("transcription_create", args=[transcript.recording_id])
    with django_capture_on_commit_callbacks(execute=True):
        response = lins_client.post(url, {"language": "en-US", "punctuation": "off", "hot_words": ""})
    assert (response.status_code, response.url) == (302, "/")
    run = Transcription.objects.get(state=TranscriptionState.QUEUED)
    assert RecognitionOptions.from_mapping(run.options) == RecognitionOptions(language="en-US", punctuation=False)
    assert (run.recording, run.requested_by) == (transcript.recording, lin)
    assert queue.list_waiting() == [("recognise", run.pk)]
    second = quick.recognised(transcript.recording, OTHER_ANSWER)
    assert texts(second) == ["欢迎林来，大家早。"]
    transcript.refresh_from_db()
    assert (texts(transcript), transcript.version) == (["欢迎林来！", SECOND], 2)
    assert Transcription.objects.get(pk=transcript.transcription_id).raw_answer == ANSWER


def test_again_with_an_option_that_cannot_be_is_told_at_its_field(transcript: Transcript, lins_client: Client) -> None:
    url = reverse("transcription_create", args=[transcript.recording_id])
    response = lins_client.post(url, {"end_window_ms": "7", "speakers": ["off", "on"], "itn": "off"})
    assert response.status_code == 422
    assert "This must be a whole number from 300 to 5000." in response.text
    assert re.findall(r'<input type="checkbox" name="(\w+)"[^>]*checked', response.text) == ["speakers"]
    assert '<details class="options-more" open>' in response.text
    assert Transcription.objects.count() == 1


def test_again_while_one_is_under_way_is_told(transcript: Transcript, lins_client: Client) -> None:
    url = reverse("transcription_create", args=[transcript.recording_id])
    assert lins_client.post(url).status_code == 302
    response = lins_client.post(url)
    assert response.status_code == 422
    assert "This recording is already being recognised." in response.text
    assert Transcription.objects.count() == 2


# --- Compare ------------------------------------------------------------------------------------------------------


def test_compared_rows_stand_beside_each_other_with_their_differences(
    transcript: Transcript, other: Transcript, lins_client: Client
) -> None:
    page = lins_client.get(compare(transcript, other))
    assert page.status_code == 200
    assert shown(page.text) == [
        [
            "0:00:00 Text Time",
            "00:00.400 – 00:01.600 欢迎‹ Lin ›来‹。›",
            "00:00.400 – 00:02.600 欢迎‹林›来‹，›",
            "Apply",
        ],
        [
            "0:00:02 Text Time",
            "00:02.000 – 00:02.600 大家‹好›。",
            "00:00.400 – 00:02.600 大家‹早›。",
            "Apply",
        ],
    ]
    back = lins_client.get(compare(other, transcript)).text
    assert len(shown(back)) == 1
    assert reverse("transcript_compare", args=[transcript.pk, other.pk]) in back


def test_compared_rows_that_are_the_same_have_nothing_to_take_over(transcript: Transcript, lins_client: Client) -> None:
    same = quick.again(transcript.recording, ANSWER)
    page = lins_client.get(compare(transcript, same)).text
    assert [cells[1:] for cells in shown(page)] == [[FIRST, FIRST, ""], [SECOND, SECOND, ""]]
    assert (page.count("data-same"), '<form method="post"' in page.partition("<tbody>")[2]) == (2, False)


def test_compared_texts_are_never_markup(transcript: Transcript, other: Transcript, lins_client: Client) -> None:
    words = [[text, number, number + 1, "engine"] for number, text in enumerate(("b", "1", "b", "2"))]
    Utterance.objects.update(text="<b>1</b> & 2", words=words)
    page = lins_client.get(compare(transcript, other)).text
    assert "<b>1</b>" not in page


def test_compare_with_silence_says_that_there_is_nothing(transcript: Transcript, lins_client: Client) -> None:
    silent = quick.again(transcript.recording, {"result": {"text": ""}})
    page = lins_client.get(compare(silent, transcript))
    assert "This transcript has no rows" in page.text
    assert [cells[1:] for cells in shown(lins_client.get(compare(transcript, silent)).text)] == [
        [f"‹{FIRST}›", "No row at this time", ""],
        [f"‹{SECOND}›", "No row at this time", ""],
    ]


def test_compare_tells_the_options_that_differ_from_the_usual(transcript: Transcript, lins_client: Client) -> None:
    words = tuple(f"w{number}" for number in range(7))
    other = quick.again(transcript.recording, OTHER_ANSWER, language="zh-CN", punctuation=False, hot_words=words)
    page = lins_client.get(compare(transcript, other))
    assert page.context["options"] == []
    assert page.context["other_options"] == [
        "Language spoken: Chinese (Mandarin)",
        "Hot words: w0, w1, w2, w3, w4 …",
        "Punctuation: off",
    ]


def heads(page: str) -> list[str]:
    return [" ".join(strip_tags(cell).split()) for cell in re.findall(r"<th scope=\"col\">.*?</th>", page, re.DOTALL)]


def test_compared_columns_are_named_by_their_origins(
    transcript: Transcript, other: Transcript, lin: User, lins_client: Client
) -> None:
    Transcription.objects.filter(pk=transcript.transcription_id).update(service="local", requested_by=lin)
    Transcription.objects.filter(pk=other.transcription_id).update(service="openspeech.bytedance.com")
    _time, first, second, _apply = heads(lins_client.get(compare(transcript, other)).text)
    assert (first.startswith("Recognised on this machine"), "by lin" in first) == (True, True)
    assert second.startswith("Recognised by Volcengine")
    transcript.changes.update(kind="imported", details={"file": "<b>.srt"})
    Transcription.objects.filter(pk=other.transcription_id).update(service="speech.example.org")
    _time, first, second, _apply = heads(lins_client.get(compare(transcript, other)).text)
    assert (first.startswith("Imported: &lt;b&gt;.srt"), second.startswith("Recognised by speech.example.org")) == (
        True,
        True,
    )


def test_compare_counts_what_stands_on_one_side_only(transcript: Transcript, lins_client: Client) -> None:
    other = quick.again(transcript.recording, ANSWER)
    assert "Only here" not in lins_client.get(compare(transcript, other)).text
    other.utterances.filter(text=SECOND).update(removed=True)
    _time, first, second, _apply = heads(lins_client.get(compare(transcript, other)).text)
    assert ("Only here: 1 row 3 words" in first, "Only here" in second) == (True, False)
    _time, first, second, _apply = heads(lins_client.get(compare(other, transcript)).text)
    assert ("Only here" in first, "Only here: 1 row 3 words" in second) == (False, True)
    other.utterances.update(removed=True)
    assert "Only here: 2 rows 7 words" in heads(lins_client.get(compare(other, transcript)).text)[2]


def test_compare_says_whether_time_or_speaker_differ(transcript: Transcript, lins_client: Client) -> None:
    other = quick.again(transcript.recording, ANSWER)
    other.speakers.filter(label="1").update(name="Lin")
    other.utterances.filter(text=SECOND).update(start_ms=1900)
    page = lins_client.get(compare(transcript, other)).text
    assert shown(page) == [
        ["0:00:00 Speaker", f"Speaker 1 {FIRST}", f"Lin {FIRST}", ""],
        ["0:00:02 Time", f"00:02.000 – 00:02.600 {SECOND}", f"00:01.900 – 00:02.600 {SECOND}", ""],
    ]
    other.speakers.filter(label="1").update(name="说话人 1")  # as a file has it that was exported in Chinese
    assert shown(lins_client.get(compare(transcript, other)).text)[0] == ["0:00:00", FIRST, FIRST, ""]
    other.utterances.update(speaker=None)
    assert shown(lins_client.get(compare(transcript, other)).text)[0] == ["0:00:00", FIRST, FIRST, ""]


def test_compare_shows_differences_alone(transcript: Transcript, lins_client: Client) -> None:
    other = quick.again(transcript.recording, ANSWER)
    row = transcript.utterances.get(text=SECOND)
    alone = compare(transcript, other) + "?only=differences"
    assert "No row differs." in lins_client.get(alone).text
    Utterance.objects.filter(pk=row.pk).update(text="大家早。")
    assert len(shown(lins_client.get(compare(transcript, other)).text)) == 2
    page = lins_client.get(alone).text
    assert [cells[0] for cells in shown(page)] == ["0:00:02 Text"]
    assert (
        page.count("?only=differences") == 5
    )  # itself, in another language, the other way round, and both ways to apply
    url = reverse("transcript_take_over", args=[transcript.pk, other.pk, row.pk]) + "?only=differences"
    response: Any = lins_client.post(url, {"base_version": row.version})
    assert response.url == f"{alone}#u{row.pk}"


def test_compare_asks_as_often_for_many_rows_as_for_one(
    transcript: Transcript, other: Transcript, lins_client: Client
) -> None:
    counts = []
    for pair in ((transcript, other), (other, transcript)):
        with CaptureQueriesContext(connection) as seen:
            lins_client.get(compare(*pair))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_only_transcripts_of_one_recording_are_compared(
    transcript: Transcript, lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    elsewhere = quick.recognised(upload(lin), OTHER_ANSWER)
    assert lins_client.get(compare(transcript, elsewhere)).status_code == 404
    assert lins_client.get(compare(transcript, transcript)).status_code == 404


def test_viewer_compares_without_taking_over(transcript: Transcript, other: Transcript, viewer: Client) -> None:
    page = viewer.get(compare(transcript, other)).text
    assert [len(cells) for cells in shown(page)] == [3, 3]
    assert "Apply" not in page


# --- Take over ----------------------------------------------------------------------------------------------------


def test_row_taken_over_is_an_edit_like_any_other(
    transcript: Transcript, other: Transcript, lins_client: Client, lin: User
) -> None:
    row = transcript.utterances.get(text=SECOND)
    response = take_over(lins_client, row, other)
    assert (response.status_code, response.url) == (302, f"{compare(transcript, other)}#u{row.pk}")
    assert (texts(transcript), texts(other)) == ([FIRST, "大家早。"], ["欢迎林来，大家早。"])
    row.refresh_from_db()
    assert [word[0] for word in row.words] == ["大", "家", "早"]
    assert row.engine_text == SECOND
    assert undo_change(transcript=transcript, by=lin)[0].text == SECOND


def test_every_row_taken_over_leaves_nothing_out_and_nothing_twice(
    transcript: Transcript, other: Transcript, lins_client: Client
) -> None:
    for row in transcript.utterances.all():
        take_over(lins_client, row, other)
    assert texts(transcript) == ["欢迎林来，", "大家早。"]
    assert all(cells[3] == "" for cells in shown(lins_client.get(compare(transcript, other)).text))


def test_row_taken_over_twice_is_taken_over_once(
    transcript: Transcript, other: Transcript, lins_client: Client
) -> None:
    row = transcript.utterances.get(text=SECOND)
    assert [take_over(lins_client, row, other).status_code for _time in range(2)] == [302, 302]
    transcript.refresh_from_db()
    assert (texts(transcript)[1], transcript.version) == ("大家早。", 2)


def test_row_that_somebody_has_changed_since_is_not_taken_over(
    transcript: Transcript, other: Transcript, lins_client: Client, ana: User
) -> None:
    row = transcript.utterances.get(text=SECOND)
    edit_utterance(utterance=row, save=Save(text="大家晚安。", base_version=1), by=ana)
    response = take_over(lins_client, row, other)
    assert said(response) == [
        "Nothing was applied: someone has changed this row in the meantime. Check it and try again."
    ]
    assert texts(transcript)[1] == "大家晚安。"


@pytest.mark.parametrize("form", [{"base_version": ""}, {"base_version": "x"}, {"base_version": "0"}])
def test_take_over_without_a_version_is_422(
    transcript: Transcript, other: Transcript, lins_client: Client, form: dict[str, str]
) -> None:
    row = transcript.utterances.get(text=SECOND)
    assert take_over(lins_client, row, other, **form).status_code == 422
    assert texts(transcript)[1] == SECOND


def test_take_over_of_nothing_is_422(transcript: Transcript, lins_client: Client) -> None:
    silent = quick.again(transcript.recording, {"result": {"text": ""}})
    row = transcript.utterances.get(text=SECOND)
    assert take_over(lins_client, row, silent).status_code == 422
    assert texts(transcript)[1] == SECOND


def test_row_of_another_transcript_is_not_found(transcript: Transcript, other: Transcript, lins_client: Client) -> None:
    row = other.utterances.get()
    url = reverse("transcript_take_over", args=[transcript.pk, other.pk, row.pk])
    assert lins_client.post(url, {"base_version": 1}).status_code == 404


# --- Where it is offered ------------------------------------------------------------------------------------------


def test_library_row_of_two_transcripts_opens_the_newest_and_compares(
    transcript: Transcript, other: Transcript, lins_client: Client
) -> None:
    text = lins_client.get(reverse("recording", args=[transcript.recording_id]), headers=HTMX).text
    assert f'href="{other.get_absolute_url()}"' in text
    assert f'href="{compare(other, transcript)}"' in text
    assert "Compare 2 transcripts" in text


def test_library_row_keeps_its_transcript_while_and_after_another_recognition(
    transcript: Transcript, lins_client: Client
) -> None:
    url = reverse("recording", args=[transcript.recording_id])
    lins_client.post(reverse("transcription_create", args=[transcript.recording_id]))
    for state, told in (("waiting", "Recognising"), ("failed", "The service is busy.")):
        Transcription.objects.filter(transcript=None).update(state=state, error="busy")
        text = lins_client.get(url, headers=HTMX).text
        assert (told in text, f'href="{transcript.get_absolute_url()}"' in text) == (True, True)


def test_details_lead_to_the_others_and_tell_of_options_and_tries(
    transcript: Transcript, other: Transcript, lins_client: Client
) -> None:
    tries = [{"error": "unclear", "logid": ""}, {"error": "busy", "logid": "20261123080000ABCDEF0123456789ABCD"}]
    Transcription.objects.filter(pk=other.transcription_id).update(tries=tries)
    page = lins_client.get(other.get_absolute_url()).text
    assert compare(other, transcript) in page
    assert reverse("transcription_create", args=[transcript.recording_id]) in page
    assert "<span>Remove filler words</span>" in page
    assert "The connection broke before the full answer arrived." in page
    assert "20261123080000ABCDEF0123456789ABCD" in page


def test_recording_sent_in_parts_carries_a_note(transcript: Transcript, lins_client: Client) -> None:
    note = "It was sent in 2 parts, split at pauses, and speakers are numbered separately in each part."
    assert note not in lins_client.get(transcript.get_absolute_url()).text
    for number in (1, 2):
        AnswerPart.objects.create(
            transcription=transcript.transcription, number=number, start_ms=number, end_ms=9, raw_answer={}
        )
    assert note in lins_client.get(transcript.get_absolute_url()).text


def test_additions_of_a_row_are_shown_beside_its_time(transcript: Transcript, lins_client: Client) -> None:
    kept = {"speaker": "1", "emotion": "happy", "gender": "", "speech_rate": "4.2", "channel_id": "2"}
    Utterance.objects.filter(text=FIRST).update(additions=kept)
    told = "Play from here · channel_id: 2 · emotion: happy · speech_rate: 4.2"
    row = transcript.utterances.get(text=FIRST)
    for page in (transcript.get_absolute_url(), reverse("utterance_edit", args=[row.pk])):
        assert re.findall(r'title="(Play from here[^"]*)"', lins_client.get(page).text)[0] == told


def test_recording_at_an_address_tells_it(transcript: Transcript, lins_client: Client) -> None:
    Recording.objects.update(
        source_url="https://example.org/a.mp3", size_bytes=0, codec="", state="failed", error="address_unreachable"
    )
    page = lins_client.get(transcript.get_absolute_url()).text
    assert "https://example.org/a.mp3" in page
    assert "No recording was found at this web address." in page
    row = lins_client.get(reverse("recording", args=[transcript.recording_id]), headers=HTMX).text
    assert ("Cannot be played" in row, "0 bytes" in row) == (True, False)


@pytest.mark.parametrize(("query", "ticked"), [("", False), ("?speakers=true", True)])
def test_telling_speakers_apart_is_offered_ticked(
    transcript: Transcript, lins_client: Client, query: str, ticked: bool
) -> None:
    page = lins_client.get(reverse("transcription_create", args=[transcript.recording_id]) + query).text
    field = re.search(r'<input type="checkbox"[^>]*name="speakers"[^>]*>', page)
    assert field
    assert ("checked" in field[0]) == ticked
