from __future__ import annotations

import html
import json
import os
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.conftest import ANSWER, AUDIO
from tests.files import path_of
from transcripts import limited_child
from transcripts.enums import PreparationState, Role, TranscriptionState
from transcripts.errors import NotKept
from transcripts.models import Membership, Recording, Transcript
from transcripts.services.importing.imports import add_transcript
from transcripts.services.importing.kept_files import get_files
from transcripts.services.maintenance import clean_up_files

pytestmark = pytest.mark.long

SRT = "1\n00:00:00,400 --> 00:00:01,600\nSpeaker 1: 欢迎 Lin 去。\n".encode()


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_corrections_are_shown_before_anything_is_taken_over(transcript: Transcript, lins_client: Client) -> None:
    address = reverse("recording_import", args=[transcript.recording_id])
    assert lins_client.get(address).status_code == 200
    response = lins_client.post(address, {"transcript": file("a.srt", SRT)})
    made = transcript.recording.transcripts.exclude(pk=transcript.pk).get()
    assert response.url == reverse("transcript_compare", args=[transcript.pk, made.pk])
    page = lins_client.get(response.url).text
    assert "<ins>去</ins>" in page
    first, _ = transcript.utterances.all()
    assert first.text == "欢迎 Lin 来。"
    take = reverse("transcript_take_over", args=[transcript.pk, made.pk, first.pk])
    lins_client.post(take, {"base_version": 1})
    first.refresh_from_db()
    assert first.text == "欢迎 Lin 去。"
    assert first.words[0] == ["欢", 400, 600, "engine"]


def test_a_file_that_can_not_be_read_is_refused_in_a_sentence(transcript: Transcript, lins_client: Client) -> None:
    address = reverse("recording_import", args=[transcript.recording_id])
    for name, content, sentence in (
        ("a.pdf", b"x", "This kind of file cannot be read."),
        ("a.srt", b"", "No text was found in the file."),
    ):
        response = lins_client.post(address, {"transcript": file(name, content)})
        assert response.status_code == 422
        assert sentence in response.text
    assert lins_client.post(address, {}).status_code == 422
    assert transcript.recording.transcripts.count() == 1


def test_a_recording_with_its_transcript_is_not_recognised(lins_client: Client) -> None:
    sound = file("talk.wav", (AUDIO / "zh_welcome.wav").read_bytes())
    response = lins_client.post(
        reverse("imports"), {"recording": sound, "transcript": file("answer.json", json.dumps(ANSWER).encode())}
    )
    recording = Recording.objects.get()
    transcript = recording.transcripts.get()
    assert response.url == transcript.get_absolute_url()
    assert recording.title == "talk"
    assert recording.state == PreparationState.QUEUED  # for its playback copy
    assert transcript.transcription.state == TranscriptionState.DONE
    assert [row.text for row in transcript.utterances.all()] == ["欢迎 Lin 来。", "大家好。"]
    assert lins_client.get(response.url).status_code == 200


def test_a_recording_without_sound_is_refused(lins_client: Client) -> None:
    response = lins_client.post(
        reverse("imports"),
        {"recording": file("a.wav", b""), "transcript": file("a.srt", SRT)},
    )
    assert response.status_code == 422
    assert "The file is empty." in response.text
    assert not Recording.objects.exists()


def test_a_text_without_times_gets_those_of_its_recording(transcript: Transcript, lins_client: Client) -> None:
    address = reverse("recording_import", args=[transcript.recording_id])
    response = lins_client.post(address, {"transcript": file("a.txt", "欢迎 Lin 去。大家早。".encode())})
    made = transcript.recording.transcripts.exclude(pk=transcript.pk).get()
    assert response.url == reverse("transcript_compare", args=[transcript.pk, made.pk])
    assert [(row.start_ms, row.end_ms, row.speaker.display_name, row.text) for row in made.utterances.all()] == [
        (400, 1600, "Speaker 1", "欢迎 Lin 去。"),
        (2000, 2600, "Speaker 2", "大家早。"),
    ]
    assert made.utterances.all()[0].words[0] == ["欢", 400, 600, "engine"]
    response = lins_client.post(address, {"transcript": file("a.txt", b"Something else altogether.")})
    assert response.status_code == 422
    assert "The text does not match what is said in this recording." in response.text


def test_a_text_without_times_can_not_come_alone(lins_client: Client) -> None:
    sound = file("talk.wav", (AUDIO / "zh_welcome.wav").read_bytes())
    response = lins_client.post(reverse("imports"), {"recording": sound, "transcript": file("a.txt", b"Hello.")})
    assert response.status_code == 422
    assert "Recognise the recording first" in response.text


def test_all_that_differs_is_taken_over_at_once(transcript: Transcript, lins_client: Client) -> None:
    content = "欢迎 Lin 去。大家早。".encode()
    response = lins_client.post(
        reverse("recording_import", args=[transcript.recording_id]), {"transcript": file("a.txt", content)}
    )
    page = lins_client.get(response.url)
    assert "2 rows differ in their texts." in page.text
    different = ",".join(f"{row.pk}:1" for row in transcript.utterances.all())
    assert f'value="{different}"' in page.text
    taken = lins_client.post(f"{response.url}all/", {"rows": different}, follow=True)
    assert "2 rows applied." in taken.text
    assert "The other transcript has no text that this one lacks." in taken.text
    assert [row.text for row in transcript.utterances.all()] == ["欢迎 Lin 去。", "大家早。"]
    assert lins_client.post(f"{response.url}all/", {"rows": "nonsense"}).status_code == 422
    again = lins_client.post(f"{response.url}all/", {"rows": different}, follow=True)
    assert "0 rows applied. 2 rows were left unchanged" in again.text


DAMAGED = """1
00:00:00,400 --> 00:00:01,600
欢迎 Lin 去。

2
00:00:0x,000 --> 00:00:02,000
大家早。

3
00:00:03,000 --> 00:00:04,000
再见。
"""


class FormReader(HTMLParser):
    """What a browser would send of a page's form, without its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.values: dict[str, list[str]] = {}
        self.select = ""
        self.feed(page[page.index("<main") : page.index("</main>")])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given["name"] != "csrfmiddlewaretoken":
            value = given.get("value", "" if given["type"] != "checkbox" else "on")
            self.values.setdefault(given["name"], []).append(value)
            if given["type"] not in {"checkbox", "radio"} or "checked" in given:
                self.sent[given["name"]] = value
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and (self.select not in self.sent or "selected" in given):
            self.sent[self.select] = given["value"]


def fields_of(page: str) -> dict[str, str]:
    return FormReader(page).sent


def rows_of(transcript: Transcript) -> list[tuple[int, str]]:
    return [(row.start_ms, row.text) for row in transcript.utterances.all()]


def imported(transcript: Transcript) -> Transcript:
    return transcript.recording.transcripts.exclude(pk=transcript.pk).get()


@pytest.fixture
def address(transcript: Transcript) -> str:
    return reverse("recording_import", args=[transcript.recording_id])


def test_what_was_not_read_is_shown_before_anything_is_stored(
    address: str, transcript: Transcript, lins_client: Client, data_dir: Path
) -> None:
    response = lins_client.post(address, {"transcript": file("a.srt", DAMAGED.encode())})
    assert response.status_code == 200
    assert "1 text was not understood" in response.text
    assert "大家早。" in response.text
    fields = fields_of(response.text)
    (when,) = (name for name in fields if name.endswith("-time"))
    assert fields[when] == "0:00:01.600"
    assert transcript.recording.transcripts.count() == 1
    response = lins_client.post(address, {**fields, when: "2.5", "step": "import"})
    assert response.status_code == 302
    assert rows_of(imported(transcript)) == [(400, "欢迎 Lin 去。"), (2500, "大家早。"), (3000, "再见。")]
    assert not list((data_dir / "uploads").iterdir())
    again = lins_client.post(address, {**fields, "step": "import"})
    assert again.url == response.url
    assert transcript.recording.transcripts.count() == 2


def test_a_text_needs_a_time_or_is_left_out_on_purpose(
    address: str, transcript: Transcript, lins_client: Client
) -> None:
    fields = fields_of(lins_client.post(address, {"transcript": file("a.srt", DAMAGED.encode())}).text)
    (when,) = (name for name in fields if name.endswith("-time"))
    for typed, sentence in (("", "Enter a time, or leave it out."), ("soon", "This must be a time such as 0:12:30.")):
        response = lins_client.post(address, {**fields, when: typed, "step": "import"})
        assert response.status_code == 422
        assert sentence in response.text
    assert transcript.recording.transcripts.count() == 1
    fields = fields_of(response.text) | {when.replace("time", "leave"): "on", "step": "import"}
    assert lins_client.post(address, fields).status_code == 302
    assert rows_of(imported(transcript)) == [(400, "欢迎 Lin 去。"), (3000, "再见。")]


def test_a_shift_is_proposed_and_moves_what_was_typed(
    address: str, transcript: Transcript, lins_client: Client
) -> None:
    late = DAMAGED.replace("00:00:0", "10:00:0").encode()
    fields = fields_of(lins_client.post(address, {"transcript": file("a.srt", late)}).text)
    (when,) = (name for name in fields if name.endswith("-time"))
    assert (fields["shift"], fields[when]) == ("-10:00:00.000", "0:00:01.600")
    response = lins_client.post(address, {**fields, when: "2.5", "shift": "-9:59:59", "step": "import"})
    assert response.status_code == 200  # What is stored was shown before.
    fields = fields_of(response.text)
    assert fields[when] == "0:00:03.500"
    assert lins_client.post(address, {**fields, "step": "import"}).status_code == 302
    assert rows_of(imported(transcript)) == [(1400, "欢迎 Lin 去。"), (3500, "大家早。"), (4000, "再见。")]


def test_an_encoding_is_chosen_by_its_preview(address: str, transcript: Transcript, lins_client: Client) -> None:
    content = "1\n00:00:00,400 --> 00:00:01,600\nŻółć, gęś i jaźń\n".encode("cp1250")
    page = lins_client.post(address, {"transcript": file("a.srt", content)}).text
    fields = fields_of(page)
    choices = FormReader(page).values["encoding"]
    assert fields["encoding"] == fields["initial-encoding"] == choices[0]
    for choice in choices:
        page = lins_client.post(address, {**fields, "encoding": choice, "step": "read"}).text
        assert content.decode(choice, "replace").splitlines()[2] in html.unescape(page)
        assert fields_of(page)["encoding"] == choice
    assert lins_client.post(address, {**fields, "encoding": "zip"}).status_code == 422
    response = lins_client.post(address, {**fields_of(page), "step": "import"})
    assert response.status_code == 302
    assert rows_of(imported(transcript)) == [(400, content.decode(choices[-1], "replace").splitlines()[2])]


def test_names_are_read_as_chosen(address: str, transcript: Transcript, lins_client: Client) -> None:
    content = b"1\n00:00:00,400 --> 00:00:01,600\nMaria: Hello.\n\n2\n00:00:02,000 --> 00:00:03,000\nGood day.\n"
    content += b"\n3\n00:00:03,000 --> 00:00:03,500\nIndeed.\n"
    fields = fields_of(lins_client.post(address, {"transcript": file("a.srt", content)}).text)
    assert fields["names_in_text"] == ""
    page = lins_client.post(address, {**fields, "names_in_text": "yes", "carry_names": "on", "step": "read"}).text
    assert "Taken as speakers: Maria" in page
    lins_client.post(address, {**fields_of(page), "step": "import"})
    rows = imported(transcript).utterances.all()
    assert [(row.speaker.display_name, row.text) for row in rows] == [
        ("Maria", "Hello."),
        ("Maria", "Good day."),
        ("Maria", "Indeed."),
    ]


def test_repeated_lines_of_captions_can_be_kept(address: str, transcript: Transcript, lins_client: Client) -> None:
    content = b"".join(
        b"%d\n00:00:0%d,000 --> 00:00:0%d,000\n%s\n\n" % (number, number, number + 1, text)
        for number, text in enumerate((b"one", b"one\ntwo", b"two\nthree", b"three\nfour"))
    )
    page = lins_client.post(address, {"transcript": file("a.srt", content)}).text
    fields = fields_of(page)
    assert fields.pop("merge_captions") == "on"
    page = lins_client.post(address, {**fields, "step": "read"}).text
    lins_client.post(address, {**fields_of(page), "step": "import"})
    assert [row.text for row in imported(transcript).utterances.all()] == ["one", "one two", "two three", "three four"]


def test_many_unread_texts_are_decided_at_once(address: str, transcript: Transcript, lins_client: Client) -> None:
    content = SRT + b"".join(b"\n%d\n00:00:0x,000 --> 00:00:02,000\nword%d\n" % (n, n) for n in range(2, 212))
    for leave, count in (({}, 211), ({"leave_rest": "on"}, 201)):
        transcript.recording.transcripts.exclude(pk=transcript.pk).delete()
        page = lins_client.post(address, {"transcript": file("a.srt", content)}).text
        assert "10 more, which become rows where they stand in the file" in page
        response = lins_client.post(address, {**fields_of(page), **leave, "step": "import"})
        assert response.status_code == 302
        assert imported(transcript).utterances.count() == count


def test_nothing_left_is_not_imported(address: str, transcript: Transcript, lins_client: Client) -> None:
    content = b"1\n00:00:0x,000 --> 00:00:02,000\nHello there.\n"
    page = lins_client.post(address, {"transcript": file("a.srt", content)}).text
    (when,) = (name for name in fields_of(page) if name.endswith("-time"))
    sent = {**fields_of(page), when.replace("time", "leave"): "on", "step": "import"}
    response = lins_client.post(address, sent)
    assert response.status_code == 422
    assert "No text was found in the file." in response.text
    assert transcript.recording.transcripts.count() == 1


def test_a_sure_file_is_shown_on_request(address: str, transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.post(address, {"transcript": file("a.srt", SRT), "look": "true"})
    assert response.status_code == 200
    assert "欢迎 Lin 去。" in response.text
    assert transcript.recording.transcripts.count() == 1


def test_kept_files_are_of_one_person_in_one_session_and_for_a_day(
    address: str, transcript: Transcript, lin: User, ana: User, lins_client: Client, data_dir: Path
) -> None:
    fields = fields_of(lins_client.post(address, {"transcript": file("a.srt", DAMAGED.encode())}).text)
    fields["step"] = "import"
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.EDITOR)
    for person in (ana, lin):
        other = Client()
        other.force_login(person)
        refused = other.post(address, fields)
        assert refused.status_code == 422
        assert "The file is no longer kept here. Choose it again." in refused.text
    assert lins_client.post(reverse("imports"), fields).status_code == 422
    assert lins_client.post(address, {**fields, "kept": "x" + fields["kept"]}).status_code == 422
    with mock.patch("time.time", return_value=time.time() + 25 * 60 * 60), pytest.raises(NotKept):
        get_files(fields["kept"], owner=f"{lin.pk} {lins_client.session.session_key} {address}")
    for kept in (data_dir / "uploads").iterdir():
        os.utime(kept, (time.time() - 25 * 60 * 60,) * 2)
    clean_up_files()
    assert lins_client.post(address, fields).status_code == 422
    assert not list((data_dir / "uploads").iterdir())
    assert transcript.recording.transcripts.count() == 1


def test_a_recording_is_uploaded_once_with_a_file_that_is_asked_about(lins_client: Client, data_dir: Path) -> None:
    sound = file("talk.wav", (AUDIO / "zh_welcome.wav").read_bytes())
    response = lins_client.post(reverse("imports"), {"recording": sound, "transcript": file("a.srt", DAMAGED.encode())})
    assert response.status_code == 200
    assert not Recording.objects.exists()
    response = lins_client.post(reverse("imports"), {**fields_of(response.text), "step": "import"})
    recording = Recording.objects.get()
    assert response.url == recording.transcripts.get().get_absolute_url()
    assert recording.title == "talk"
    assert path_of(recording.original).read_bytes() == (AUDIO / "zh_welcome.wav").read_bytes()
    assert [text for _start, text in rows_of(recording.transcripts.get())] == ["欢迎 Lin 去。", "大家早。", "再见。"]
    assert not list((data_dir / "uploads").iterdir())


@pytest.mark.parametrize("content", [json.dumps(ANSWER).encode(), DAMAGED.encode()])
def test_a_recording_is_probed_once(lins_client: Client, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    tools = []
    run = limited_child.run
    monkeypatch.setattr(
        limited_child, "run", lambda name, task, *a, **k: tools.append(task) or run(name, task, *a, **k)
    )
    sound = file("film.mp4", (AUDIO.parent / "failing/a06_first_track_silent.mp4").read_bytes())
    name = "answer.json" if content.startswith(b"{") else "a.srt"
    response = lins_client.post(reverse("imports"), {"recording": sound, "transcript": file(name, content)})
    if response.status_code == 200:
        lins_client.post(reverse("imports"), {**fields_of(response.text), "step": "import"})
    recording = Recording.objects.get()
    assert (recording.track, recording.audio_tracks[0].title, recording.container[:3]) == (1, "Desktop", "mov")
    assert [task["tool"] for task in tools if "tool" in task] == ["probe"]


def test_whatever_dies_before_the_end_the_file_is_not_asked_for_again(
    address: str, transcript: Transcript, lins_client: Client, data_dir: Path
) -> None:
    fields = fields_of(lins_client.post(address, {"transcript": file("a.srt", DAMAGED.encode())}).text)
    fields["step"] = "import"
    dies = mock.patch("transcripts.services.importing.imports.attach_transcript", side_effect=SystemExit)
    with dies, pytest.raises(SystemExit):
        lins_client.post(address, fields)
    assert transcript.recording.transcripts.count() == 1
    # Everything is stored, but nobody is told.
    with mock.patch("transcripts.views.imports.forget_files", side_effect=SystemExit), pytest.raises(SystemExit):
        lins_client.post(address, fields)
    made = imported(transcript)
    for _again in range(2):
        response = lins_client.post(address, fields)
        assert response.url == reverse("transcript_compare", args=[transcript.pk, made.pk])
    assert transcript.recording.transcripts.count() == 2
    assert not list((data_dir / "uploads").iterdir())


def test_whatever_dies_before_the_end_the_recording_is_not_asked_for_again(lins_client: Client, data_dir: Path) -> None:
    sound = file("talk.wav", (AUDIO / "zh_welcome.wav").read_bytes())
    page = lins_client.post(reverse("imports"), {"recording": sound, "transcript": file("a.srt", DAMAGED.encode())})
    fields = {**fields_of(page.text), "step": "import"}
    dies = mock.patch("transcripts.services.recordings.create.attach_import", side_effect=SystemExit)
    # As if the process were killed: nothing of its own is cleaned up.
    with dies, mock.patch("shutil.rmtree"), pytest.raises(SystemExit):
        lins_client.post(reverse("imports"), fields)
    assert not Recording.objects.exists()
    addresses = {lins_client.post(reverse("imports"), fields).url for _twice in range(2)}
    assert addresses == {Recording.objects.get().transcripts.get().get_absolute_url()}
    assert not list((data_dir / "uploads").iterdir())


def test_two_requests_at_once_store_one_transcript(address: str, transcript: Transcript, lins_client: Client) -> None:
    fields = fields_of(lins_client.post(address, {"transcript": file("a.srt", DAMAGED.encode())}).text)
    fields["step"] = "import"
    answers = []

    def come_second(**given: Any) -> Transcript:
        with mock.patch("transcripts.views.imports.add_transcript", add_transcript):
            answers.append(lins_client.post(address, fields))
        return add_transcript(**given)

    with mock.patch("transcripts.views.imports.add_transcript", come_second):
        answers.append(lins_client.post(address, fields))
    assert len({answer.url for answer in answers}) == 1
    assert transcript.recording.transcripts.count() == 2


def test_the_page_stays_small_whatever_was_not_read(address: str, lins_client: Client) -> None:
    bad = b"".join(b"\n%d\n00:00:0x,000 --> 00:00:02,000\n%s\n" % (n, b"word " * 400) for n in range(2, 3000))
    page = lins_client.post(address, {"transcript": file("a.srt", SRT + bad)}).text
    assert "2998 texts were not understood" in page
    assert "2998 other texts are not speech and are left out" in page
    assert len(page) < 2_000_000


def test_every_field_for_files_is_a_drop_zone_in_the_language_of_the_page(
    transcript: Transcript, lins_client: Client
) -> None:
    for address, count in ((reverse("imports"), 2), (reverse("recording_import", args=[transcript.recording_id]), 1)):
        page = lins_client.get(address, headers={"Accept-Language": "zh-CN"}).text
        zones = re.findall(r"<file-drop.*?</file-drop>", page, re.DOTALL)
        assert (len(zones), page.count('type="file"')) == (count, count)
        assert all('type="file"' in zone and "将文件拖到此处，或点击选择" in zone for zone in zones)
