from __future__ import annotations

import errno
import io
import re
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from tests.conftest import AUDIO, DATA, HTMX
from transcripts.audio import sandbox
from transcripts.errors import NoRoom
from transcripts.messages import QUOTAS
from transcripts.models import Recording, Upload
from transcripts.places import Places
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.recordings import create
from transcripts.services.recordings.known import hash_file
from transcripts.views import uploads

FILM = (DATA / "failing/a06_first_track_silent.mp4").read_bytes()
SOUND = (AUDIO / "zh_welcome.wav").read_bytes()


def begin(client: Client, **form: Any) -> Any:
    return client.post(
        reverse("upload_create"), {"file_name": "talk.wav", "size_bytes": len(SOUND), "modified_ms": 7, **form}
    )


def send(client: Client, url: str, offset: Any, data: bytes) -> tuple[int, str | None]:
    response = client.patch(
        url, data, content_type="application/offset+octet-stream", headers={"Upload-Offset": str(offset)}
    )
    return response.status_code, response.headers.get("Upload-Offset")


def test_file_in_chunks_becomes_a_recording(data_dir: Any, lins_client: Client) -> None:
    answer = begin(lins_client).json()
    assert (answer["offset"], answer["url"]) == (0, reverse("upload", args=[answer["id"]]))
    assert send(lins_client, answer["url"], 0, SOUND[:5000]) == (204, "5000")
    assert send(lins_client, answer["url"], 0, SOUND[:5000]) == (409, "5000")
    early = lins_client.post(reverse("recording_create"), {"upload": answer["id"]}, headers=HTMX)
    assert (early.status_code, begin(lins_client).json()["offset"]) == (409, 5000)
    assert send(lins_client, answer["url"], 5000, SOUND[5000:]) == (204, str(len(SOUND)))
    taken = lins_client.post(reverse("recording_create"), {"upload": answer["id"], "language": "zh-CN"}, headers=HTMX)
    assert (taken.status_code, "talk" in taken.text) == (200, True)
    assert Recording.objects.get().transcriptions.get().options["language"] == "zh-CN"
    again = lins_client.post(reverse("recording_create"), {"upload": answer["id"]}, headers=HTMX)
    assert (again.status_code, Recording.objects.count()) == (404, 1)


def test_file_without_sound_is_refused_with_its_reason(data_dir: Any, lins_client: Client) -> None:
    answer = begin(lins_client, size_bytes=6).json()
    send(lins_client, answer["url"], 0, b"<html>")
    refused = lins_client.post(reverse("recording_create"), {"upload": answer["id"]}, headers=HTMX)
    assert (refused.status_code, "talk.wav: This is not a readable audio or video file" in refused.text) == (422, True)


@pytest.mark.parametrize(
    "form", [{"file_name": ""}, {"file_name": "x" * 301}, {"size_bytes": -1}, {"size_bytes": "x"}, {"modified_ms": ""}]
)
def test_upload_that_makes_no_sense_is_422(data_dir: Any, lins_client: Client, form: dict[str, Any]) -> None:
    response = begin(lins_client, **form)
    assert (response.status_code, list(response.json()["errors"])) == (422, list(form))


@pytest.mark.parametrize("offset", ["", "-1", "x", "1" * 40, "٣"])
def test_chunk_without_a_good_offset_is_400(data_dir: Any, lins_client: Client, offset: str) -> None:
    assert send(lins_client, begin(lins_client).json()["url"], offset, b"x")[0] == 400


def test_file_without_room_is_told_at_once(data_dir: Any, lins_client: Client) -> None:
    response = begin(lins_client, size_bytes=2**53)
    assert (response.status_code, "no space left" in response.json()["errors"]["size_bytes"][0]) == (507, True)


def test_cancelled_upload_is_forgotten(data_dir: Any, lins_client: Client) -> None:
    answer = begin(lins_client).json()
    send(lins_client, answer["url"], 0, SOUND[:5000])
    assert lins_client.delete(answer["url"]).status_code == 204
    assert (Upload.objects.count(), lins_client.delete(answer["url"]).status_code) == (0, 404)


def test_upload_of_somebody_else_is_not_there(data_dir: Any, lins_client: Client, ana: User) -> None:
    answer = begin(lins_client).json()
    other = Client()
    other.force_login(ana)
    assert send(other, answer["url"], 0, b"x")[0] == 404
    assert other.delete(answer["url"]).status_code == 404
    assert send(Client(), answer["url"], 0, b"x")[0] == 302
    assert lins_client.get(answer["url"]).status_code == 405
    assert other.post(reverse("recording_create"), {"upload": answer["id"]}, headers=HTMX).status_code == 404
    assert (begin(other).json()["id"] != answer["id"], Upload.objects.count()) == (True, 2)


def test_file_that_is_still_being_recorded(data_dir: Any, lins_client: Client) -> None:
    fields = {"file_name": "Recording.wav", "modified_ms": 7, "language": "zh-CN"}
    for _twice in range(2):
        answer = lins_client.post(reverse("upload_create"), fields).json()
    assert (answer["offset"], Upload.objects.get().options["language"]) == (0, "zh-CN")
    assert send(lins_client, answer["url"], 0, SOUND[:5000]) == (204, "5000")
    assert send(lins_client, answer["url"], 5000, b"") == (204, "5000")
    assert send(lins_client, answer["url"], 5000, SOUND[5000:]) == (204, str(len(SOUND)))
    taken = lins_client.post(reverse("recording_create"), {"upload": answer["id"]}, headers=HTMX)
    assert (taken.status_code, Recording.objects.get().size_bytes) == (200, len(SOUND))


def test_recording_beyond_a_quota_is_403_with_a_sentence(data_dir: Any, lins_client: Client, settings: Any) -> None:
    settings.QUOTAS = {**settings.QUOTAS, "person_bytes": 1000}
    fields = {"file_name": "Recording.wav", "modified_ms": 7}
    url = lins_client.post(reverse("upload_create"), fields).json()["url"]
    headers = {"Upload-Offset": "0"}
    refused = lins_client.patch(url, SOUND, content_type="application/offset+octet-stream", headers=headers)
    assert (refused.status_code, refused.text) == (403, QUOTAS["person_bytes"])


def test_recording_for_a_project_of_others_is_404(data_dir: Any, lins_client: Client, ana: User) -> None:
    fields = {"file_name": "Recording.wav", "modified_ms": 7, "project": get_personal_project(ana).pk}
    assert lins_client.post(reverse("upload_create"), fields).status_code == 404
    bad = lins_client.post(reverse("upload_create"), {**fields, "project": "", "language": "xx"})
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["language"])


@pytest.mark.parametrize(("wanted", "taken"), [("1", 0), ("2", 1), ("", 1)])
def test_upload_of_several_tracks_asks_which_is_meant(
    data_dir: Any, lins_client: Client, wanted: str, taken: int
) -> None:
    answer = begin(lins_client, file_name="film.mp4", size_bytes=len(FILM)).json()
    send(lins_client, answer["url"], 0, FILM)
    hand_in = {"upload": answer["id"], "track": "ask"}
    for _again in range(2):
        asked = lins_client.post(reverse("recording_create"), hand_in, headers=HTMX)
        choices = re.findall(r'<option value="(\d)"( selected)?>(.*?)</option>', asked.text)
        assert (asked.status_code, choices) == (
            300,
            [("1", "", "Track 1: “Desktop”, mono, no speech found"), ("2", " selected", "Track 2: “Mic”, mono")],
        )
    assert Recording.objects.count() == 0
    assert lins_client.post(reverse("recording_create"), {**hand_in, "track": wanted}, headers=HTMX).status_code == 200
    assert Recording.objects.get().track == taken


@pytest.mark.long
@pytest.mark.parametrize(("answered", "split"), [("split", True), ("", False)])
def test_upload_with_a_voice_on_each_channel_asks_for_one_speaker_a_channel(
    data_dir: Any, lins_client: Client, answered: str, split: bool
) -> None:
    stereo = (AUDIO / "en_phone_garage_stereo.ogg").read_bytes()
    answer = begin(lins_client, file_name="call.ogg", size_bytes=len(stereo)).json()
    send(lins_client, answer["url"], 0, stereo)
    hand_in = {"upload": answer["id"], "track": "ask", "channels": "ask"}
    asked = lins_client.post(reverse("recording_create"), hand_in, headers=HTMX)
    assert (asked.status_code, "One speaker a channel?" in asked.text) == (300, True)
    assert Recording.objects.count() == 0
    told = lins_client.post(reverse("recording_create"), {**hand_in, "channels": answered}, headers=HTMX)
    assert told.status_code == 200
    assert Recording.objects.get().transcriptions.get().options.get("channel_split", False) == split


def test_upload_of_a_single_track_asks_nothing(data_dir: Any, lins_client: Client) -> None:
    answer = begin(lins_client).json()
    send(lins_client, answer["url"], 0, SOUND)
    hand_in = {"upload": answer["id"], "track": "ask"}
    assert lins_client.post(reverse("recording_create"), hand_in, headers=HTMX).status_code == 200
    assert Recording.objects.get().track is None


@pytest.mark.parametrize(("form", "taken"), [({}, 1), ({"track": "ask"}, 1), ({"track": "1"}, 0), ({"track": "8"}, 1)])
def test_file_of_several_tracks_is_never_held_up(
    data_dir: Any, lins_client: Client, form: dict[str, str], taken: int
) -> None:
    file = SimpleUploadedFile("film.mp4", FILM)
    assert lins_client.post(reverse("recording_create"), {"file": file, **form}).status_code == 302
    assert Recording.objects.get().track == taken


def test_full_disk_is_507_with_a_sentence_and_nothing_is_lost(
    data_dir: Any, lins_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "The server has no space left. What was saved so far is safe."
    url = begin(lins_client).json()["url"]
    lins_client.raise_request_exception = False

    def full(*_arguments: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as disk:
        disk.setattr(uploads, "append_chunk", Mock(side_effect=NoRoom))
        assert send(lins_client, url, 0, SOUND)[0] == 507
    send(lins_client, url, 0, SOUND)
    form = {"upload": url.split("/")[-2]}
    with monkeypatch.context() as disk:
        disk.setattr(shutil, "copyfile", full)
        disk.setattr(Path, "hardlink_to", full)
        answers = [lins_client.post(reverse("recording_create"), form, headers=headers) for headers in ({}, HTMX)]
    assert [(answer.status_code, sentence in answer.text) for answer in answers] == [(507, True)] * 2
    with monkeypatch.context() as database:
        trouble = OperationalError("database or disk is full")
        database.setattr(create, "request_transcription", Mock(side_effect=trouble))
        assert lins_client.post(reverse("recording_create"), form, headers=HTMX).status_code == 507
    assert lins_client.post(reverse("recording_create"), form, headers=HTMX).status_code == 200
    assert Recording.objects.count() == 1


def test_busy_server_is_503_and_the_upload_stays(
    data_dir: Any, lins_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begin(lins_client).json()["url"]
    send(lins_client, url, 0, SOUND)
    form = {"upload": url.split("/")[-2]}
    with monkeypatch.context() as busy:
        busy.setattr(sandbox, "_PROBES", places := Places(1, waiting=1, longest_wait_s=0))
        with places.hold():
            answer = lins_client.post(reverse("recording_create"), form, headers=HTMX)
            named = lins_client.post(reverse("recording_create"), {"file": io.BytesIO(SOUND)}, headers=HTMX)
    assert (answer.status_code, answer["Retry-After"], Upload.objects.count()) == (503, "5", 1)
    assert (named.status_code, "The server is busy with the same for others." in named.text) == (422, True)
    assert lins_client.post(reverse("recording_create"), form, headers=HTMX).status_code == 200


def ask_known(client: Client, **fields: Any) -> Any:
    return client.post(reverse("recording_known"), fields, headers=HTMX)


def send_whole(client: Client, name: str = "again.wav") -> dict[str, str]:
    answer = begin(client, file_name=name).json()
    send(client, answer["url"], 0, SOUND)
    return {"upload": answer["id"]}


def test_file_that_is_here_is_known_by_size_and_hash_before_it_is_sent(
    data_dir: Any, lin: User, lins_client: Client, ana: User, upload: Any
) -> None:
    recording, content_hash = upload(lin), hash_file(AUDIO / "zh_welcome.wav")
    other = Client()
    other.force_login(ana)
    sizes = [(client, size) for client in (lins_client, other) for size in (len(SOUND), len(SOUND) + 1, 0)]
    found = [ask_known(client, size_bytes=size).json() for client, size in sizes]
    assert found == [{"known": is_known} for is_known in (True, False, False, False, False, False)]
    asked = ask_known(lins_client, size_bytes=len(SOUND), content_hash=content_hash)
    assert (asked.status_code, recording.title in asked.text, 'name="known" value=""' in asked.text) == (
        300,
        True,
        True,
    )
    assert ask_known(lins_client, size_bytes=len(SOUND), content_hash="0" * 64).status_code == 204
    assert ask_known(other, size_bytes=len(SOUND), content_hash=content_hash).status_code == 204


@pytest.mark.parametrize(
    "wrong", [{}, {"size_bytes": "x"}, {"size_bytes": -1}, {"size_bytes": 1, "content_hash": "x" * 64}]
)
def test_question_that_makes_no_sense_is_422(lins_client: Client, wrong: dict[str, Any]) -> None:
    assert ask_known(lins_client, **wrong).status_code == 422


def test_upload_of_what_is_here_is_asked_about_before_anything_is_recognised(
    data_dir: Any, lin: User, lins_client: Client, upload: Any
) -> None:
    first = upload(lin)
    hand_in = send_whole(lins_client)
    for _twice in range(2):
        asked = lins_client.post(reverse("recording_create"), {**hand_in, "known": "ask"}, headers=HTMX)
        assert (asked.status_code, f">{first.title}</a>" in asked.text, Recording.objects.count()) == (300, True, 1)
    taken = lins_client.post(reverse("recording_create"), {**hand_in, "known": ""}, headers=HTMX)
    assert (taken.status_code, Recording.objects.count(), Upload.objects.count()) == (200, 2, 0)


def test_program_that_posts_a_file_twice_is_asked_nothing(data_dir: Any, lin: User, lins_client: Client) -> None:
    for _twice in range(2):
        file = SimpleUploadedFile("talk.wav", SOUND)
        assert lins_client.post(reverse("recording_create"), {"file": file}).status_code == 302
    assert Recording.objects.count() == 2


def test_form_without_scripts_asks_on_a_page_and_keeps_the_files(
    data_dir: Any, lin: User, lins_client: Client, upload: Any
) -> None:
    upload(lin)
    files = [SimpleUploadedFile("one.wav", SOUND), SimpleUploadedFile("two.wav", SOUND)]
    other = SimpleUploadedFile("other.ogg", (AUDIO / "en_phone_garage_stereo.ogg").read_bytes())
    form = {"file": [*files, other], "known": "ask", "track": "ask", "language": "zh-CN"}
    page = lins_client.post(reverse("recording_create"), form)
    kept = re.findall(r'name="upload"\s+value="([\w-]+)"', page.text)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', page.text))
    assert (page.status_code, len(kept), "1 other recording was added." in page.text) == (300, 2, True)
    assert {name: fields.get(name) for name in ("language", "known", "track")} == {
        "language": "zh-CN",
        "known": None,
        "track": None,
    }
    lins_client.post(reverse("recording_create"), {**fields, "upload": kept})
    assert sorted(Recording.objects.values_list("title", flat=True)) == ["one", "other", "two", "zh_welcome"]
    assert Recording.objects.get(title="two").transcriptions.get().options["language"] == "zh-CN"


def tags_of(recording: Recording) -> list[str]:
    return list(recording.tags.values_list("name", flat=True))


@pytest.mark.long
def test_tags_go_with_the_upload_and_outlive_its_page(data_dir: Any, lins_client: Client) -> None:
    """A page that was loaded again chooses the file alone."""
    begin(lins_client, tags="2024\nInterviews\n\n2024")
    assert Upload.objects.get().tags == ["2024", "Interviews"]
    answer = begin(lins_client).json()
    send(lins_client, answer["url"], 0, SOUND)
    lins_client.post(reverse("recording_create"), {"upload": answer["id"], "tags": "interviews\nMore"}, headers=HTMX)
    assert tags_of(Recording.objects.get()) == ["2024", "interviews", "More"]


def test_files_and_addresses_get_the_tags_that_come_with_them(data_dir: Any, lins_client: Client) -> None:
    for form in ({"file": SimpleUploadedFile("talk.wav", SOUND)}, {"url": "https://example.org/a.mp3"}):
        lins_client.post(reverse("recording_create"), {**form, "tags": "2024\r\n会议"})
    assert [tags_of(recording) for recording in Recording.objects.all()] == [["2024", "会议"]] * 2


def test_upload_of_an_older_version_has_no_tags(data_dir: Any, lins_client: Client) -> None:
    answer = begin(lins_client).json()
    send(lins_client, answer["url"], 0, SOUND)
    Upload.objects.update(tags=None)
    taken = lins_client.post(reverse("recording_create"), {"upload": answer["id"]}, headers=HTMX)
    assert (taken.status_code, tags_of(Recording.objects.get())) == (200, [])
