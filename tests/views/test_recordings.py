from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from huey import SqliteHuey
from huey.contrib.djhuey import HUEY

from tests.conftest import AUDIO, HTMX
from tests.files import path_of
from transcripts import queue
from transcripts.audio import sandbox
from transcripts.enums import Role, TranscriptionState
from transcripts.flash.options import OPTION_FIELDS, RecognitionOptions
from transcripts.models import Membership, Project, Recording, Transcript, Transcription
from transcripts.services.editing.rows import delete_rows
from transcripts.services.recordings.create import SAMPLE

UNREADABLE = "This is not a readable audio or video file."


def clip(name: str, called: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(called or name.rpartition("/")[2], (AUDIO / name).read_bytes())


def send(client: Client, *files: SimpleUploadedFile, **headers: str) -> Any:
    return client.post(reverse("recording_create"), {"file": list(files)}, headers=headers)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_uploaded_file_becomes_a_recording_in_ones_own_project(
    data_dir: Path, lins_client: Client, lin: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = send(lins_client, clip("zh_welcome.wav"))
    assert (response.status_code, response.url, said(response)) == (302, "/", [])
    recording = Recording.objects.get()
    assert (recording.title, recording.project.personal_of, recording.uploaded_by) == ("zh_welcome", lin, lin)
    assert files_in(data_dir) == [f"media/recordings/{recording.pk}/original"]
    assert path_of(recording.original).read_bytes() == (AUDIO / "zh_welcome.wav").read_bytes()
    assert path_of(recording.original).stat().st_mode & 0o777 == 0o600
    assert sorted(name for name, *_arguments in queue.list_waiting()) == ["prepare", "recognise"]


def test_uploaded_file_is_shown_to_htmx_as_its_row(data_dir: Path, lins_client: Client) -> None:
    response = send(lins_client, clip("zh_welcome.wav"), **HTMX)
    recording = Recording.objects.get()
    assert response.status_code == 200
    assert response.templates[0].name == "transcripts/_uploaded.html"
    assert f'id="recording-{recording.pk}"' in response.text
    assert 'data-state="queued"' in response.text
    assert reverse("recording_cancel", args=[recording.pk]) in response.text


@pytest.mark.parametrize("htmx", [False, True])
def test_sample_is_taken_in_like_an_upload(data_dir: Path, lins_client: Client, lin: User, htmx: bool) -> None:
    response = lins_client.post(reverse("recording_sample"), headers=HTMX if htmx else {})
    recording = Recording.objects.get()
    shown = f'id="recording-{recording.pk}"' in response.text
    assert (response.status_code, shown) == ((200, True) if htmx else (302, False))
    assert (recording.title, recording.project.personal_of, recording.channels) == ("Sample recording", lin, 1)
    assert 30_000 <= (recording.duration_ms or 0) < 60_000
    assert files_in(data_dir) == [f"media/recordings/{recording.pk}/original", "scratch/counting"]
    assert recording.transcriptions.get().state == TranscriptionState.QUEUED


@pytest.mark.long
def test_sample_is_small_and_has_its_licence_beside_it() -> None:
    assert files_in(SAMPLE.parent) == ["LICENCE.txt", "sample.ogg"]
    assert SAMPLE.stat().st_size < 400_000
    licence = (SAMPLE.parent / "LICENCE.txt").read_text(encoding="utf-8")
    assert ("MIT License" in licence, "public domain" in licence) == (True, True)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("odd/empty.mp3", "empty.mp3: The file is empty. It was not saved."),
        ("odd/html_page.mp3", f"html_page.mp3: {UNREADABLE} It was not saved."),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_file_without_sound_leaves_one_sentence_and_nothing_else(
    data_dir: Path, lins_client: Client, name: str, sentence: str, htmx: bool
) -> None:
    response = send(lins_client, clip(name), **(HTMX if htmx else {}))
    if htmx:
        assert response.status_code == 422
        assert response.text.count('class="refusal"') == 1
        assert sentence in response.text
        assert "<article" not in response.text
    else:
        assert (response.status_code, said(response)) == (302, [sentence])
        assert sentence in lins_client.get("/").text
    assert files_in(data_dir) == []
    assert (Recording.objects.count(), Transcription.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["video_with_speech.mp4", "truncated.mp3", "mp3_named.wav", "riff_size_zero.wav"])
def test_odd_file_with_sound_is_taken(data_dir: Path, lins_client: Client, name: str) -> None:
    assert send(lins_client, clip(f"odd/{name}"), **HTMX).status_code == 200
    assert Recording.objects.get().file_name == name


def test_good_files_among_bad_ones_are_taken(data_dir: Path, lins_client: Client) -> None:
    response = send(
        lins_client,
        clip("odd/html_page.mp3"),
        clip("zh_welcome.wav"),
        clip("odd/empty.mp3"),
        clip("zh_welcome.wav", "twice.wav"),
        **HTMX,
    )
    assert response.status_code == 200
    assert sorted(Recording.objects.values_list("title", flat=True)) == ["twice", "zh_welcome"]
    assert (response.text.count("<article"), response.text.count('class="refusal"')) == (2, 2)
    assert len(files_in(data_dir)) == 2


@pytest.mark.parametrize(
    ("called", "title"),
    [
        ("会议 录音（1）.wav", "会议 录音（1）"),
        ("长" * 120 + ".wav", "长" * 120),
        ("n" * 400 + ".wav", "n" * 251),
        ("../../../etc/passwd.wav", "passwd"),
        ('<b>bold</b> & "quoted".wav', 'b> & "quoted"'),
        ("no extension", "no extension"),
    ],
)
def test_file_names_of_all_kinds_are_kept(data_dir: Path, lins_client: Client, called: str, title: str) -> None:
    response = send(lins_client, clip("zh_welcome.wav", called), **HTMX)
    assert (response.status_code, Recording.objects.get().title) == (200, title)
    assert files_in(data_dir) == [f"media/recordings/{Recording.objects.get().pk}/original"]


def test_title_is_shown_as_text_and_not_as_markup(data_dir: Path, lins_client: Client) -> None:
    send(lins_client, clip("zh_welcome.wav"))
    Recording.objects.update(title="<script>alert(1)</script>")
    page = lins_client.get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("htmx", [False, True])
def test_upload_of_nothing_is_told(data_dir: Path, lins_client: Client, htmx: bool) -> None:
    response = lins_client.post(reverse("recording_create"), {}, headers=HTMX if htmx else {})
    if htmx:
        assert (response.status_code, "Choose a file first." in response.text) == (422, True)
    else:
        assert (response.status_code, said(response)) == (302, ["Choose a file first."])


def test_upload_to_a_disk_without_room_leaves_nothing(data_dir: Path, lins_client: Client, settings: Any) -> None:
    (data_dir / "media").rmdir()
    (data_dir / "media").write_text("in the way")
    lins_client.raise_request_exception = False
    assert send(lins_client, clip("zh_welcome.wav")).status_code == 500
    assert files_in(data_dir) == ["media"]
    assert not Recording.objects.exists()


def test_queue_that_does_not_answer_loses_no_upload(
    data_dir: Path,
    lins_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    queue = SqliteHuey("broken", filename=str(data_dir / "queue.sqlite3"))
    monkeypatch.setattr(HUEY, "storage", queue.storage)
    queue.storage.close()
    (data_dir / "queue.sqlite3").write_bytes(b"no database at all" * 100)
    with django_capture_on_commit_callbacks(execute=True):
        response = send(lins_client, clip("zh_welcome.wav"), **HTMX)
    assert (response.status_code, Transcription.objects.get().state) == (200, TranscriptionState.QUEUED)


@pytest.mark.long
def test_row_tells_each_state(transcript: Transcript, lins_client: Client) -> None:
    run = transcript.transcription
    url = reverse("recording", args=[transcript.recording_id])

    def row(**fields: Any) -> str:
        Transcription.objects.filter(pk=run.pk).update(**fields)
        response = lins_client.get(url, headers=HTMX)
        assert response.status_code == 200
        return response.text

    Recording.objects.update(state="done")
    done = row()
    assert ("2 rows" in done, transcript.get_absolute_url() in done, "hx-get" in done) == (True, True, False)
    transcript.delete()
    for state, shown in {
        "queued": "Waiting in the queue",
        "converting": "Converting the audio",
        "sending": "Sending",
        "waiting": "Recognising",
    }.items():
        text = row(state=state)
        assert (shown in text, "hx-get" in text, "/cancel/" in text, "/retry/" in text) == (True, True, True, False)
    text = row(state="sending", sent_bytes=1024, total_bytes=2048)
    assert 'value="1024" max="2048"' in text
    text = row(state="sending", sent_bytes=0, total_bytes=2048)
    assert ("Waiting to send" in text, "0 bytes" in text, 'max="2048"' in text) == (True, False, False)
    text = row(state="failed", error="busy", logid="20261123080000ABCDEF0123456789ABCD")
    assert "The service is busy." in text
    assert "20261123080000ABCDEF0123456789ABCD" in text
    assert ("/retry/" in text, "/cancel/" in text, "hx-get" in text) == (True, False, False)
    text = row(state="queued", tries=[{}, {}], not_before=timezone.now() + timedelta(seconds=90))
    assert re.search(r"Attempt 3 of 5 in (89|90) s", text)
    assert "The service is busy." in text
    assert ("/retry/" in text, "/cancel/" in text, "hx-get" in text) == (True, True, True)
    text = row(error="out_of_reach", tries=[], put_off=3, not_before=timezone.now() + timedelta(seconds=90))
    assert re.search(r"Next attempt in (89|90) s", text)
    assert "It tries again by itself." in text
    text = row(state="cancelled")
    assert ("Cancelled" in text, "/retry/" in text) == (True, True)


def test_row_of_silence_says_so(transcript: Transcript, lin: User, lins_client: Client) -> None:
    delete_rows(transcript=transcript, versions=dict(transcript.utterances.values_list("pk", "version")), by=lin)
    page = lins_client.get(reverse("recording", args=[transcript.recording_id]), headers=HTMX)
    assert "No speech found" in page.text


@pytest.mark.parametrize("htmx", [False, True])
def test_cancel_and_retry_answer_with_the_row(
    lin: User, upload: Callable[..., Recording], lins_client: Client, htmx: bool
) -> None:
    recording = upload(lin)
    for name, state in (("recording_cancel", "cancelled"), ("recording_retry", "queued")):
        response = lins_client.post(reverse(name, args=[recording.pk]), headers=HTMX if htmx else {})
        assert recording.transcriptions.get().state == state
        if htmx:
            assert f'data-state="{state}"' in response.text
        else:
            assert (response.status_code, response.url) == (302, "/")


@pytest.mark.parametrize("name", ["recording_cancel", "recording_retry", "transcription_reread"])
def test_what_cannot_be_cancelled_or_retried_is_shown_as_it_is(
    transcript: Transcript, lins_client: Client, name: str
) -> None:
    response = lins_client.post(reverse(name, args=[transcript.recording_id]), headers=HTMX)
    assert (response.status_code, 'data-state="done"' in response.text) == (200, True)
    assert Transcription.objects.get().state == TranscriptionState.DONE


@pytest.mark.parametrize("htmx", [False, True])
def test_answer_that_was_kept_is_read_again(
    lin: User, upload: Callable[..., Recording], lins_client: Client, htmx: bool
) -> None:
    recording = upload(lin)
    Transcription.objects.update(state="failed", error="answer_kept", status_code="20000000", answer_body=b"no JSON")
    page = lins_client.get(reverse("recording", args=[recording.pk]), headers=HTMX).text
    url = reverse("transcription_reread", args=[recording.pk])
    assert ("The answer is kept" in page, url in page, "/retry/" in page) == (True, True, True)
    response = lins_client.post(url, headers=HTMX if htmx else {})
    run = recording.transcriptions.get()
    assert (run.state, run.status_code, bytes(run.answer_body or b"")) == ("queued", "20000000", b"no JSON")
    if htmx:
        assert ('data-state="queued"' in response.text, url in response.text) == (True, False)
    else:
        assert (response.status_code, response.url) == (302, "/")


@pytest.mark.parametrize("title", ["", "   ", "x" * 301, "a\x00b"])
@pytest.mark.parametrize("htmx", [False, True])
def test_title_that_cannot_be_is_422(transcript: Transcript, lins_client: Client, title: str, htmx: bool) -> None:
    url = reverse("recording_rename", args=[transcript.recording_id])
    response = lins_client.post(url, {"title": title}, headers=HTMX if htmx else {})
    assert response.status_code == 422
    assert Recording.objects.get().title == "zh_welcome"


def test_title_is_changed(transcript: Transcript, lins_client: Client) -> None:
    url = reverse("recording_rename", args=[transcript.recording_id])
    response = lins_client.post(url, {"title": "  欢迎词 "}, headers=HTMX)
    assert (response.status_code, 'value="欢迎词"' in response.text) == (200, True)
    assert Recording.objects.get().title == "欢迎词"
    plain = lins_client.post(url, {"title": "Welcome"})
    assert (plain.status_code, plain.url) == (302, transcript.get_absolute_url())
    assert Recording.objects.get().title == "Welcome"


def test_delete_removes_the_row_from_the_page(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.post(reverse("recording_delete", args=[transcript.recording_id]), headers=HTMX)
    assert (response.status_code, response.content) == (200, b"")
    assert str(transcript.recording_id) not in lins_client.get("/").text


def test_editor_of_a_project_may_work_in_it(transcript: Transcript, ana: User, stranger: Client) -> None:
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.EDITOR)
    url = reverse("recording_rename", args=[transcript.recording_id])
    assert stranger.post(url, {"title": "Ours"}, headers=HTMX).status_code == 200
    assert Recording.objects.get().title == "Ours"


# --- Options and addresses ----------------------------------------------------------------------------------------


def options_of(recording: Recording) -> RecognitionOptions:
    return RecognitionOptions.from_mapping(recording.transcriptions.get().options)


def test_upload_without_options_gets_the_usual_ones(data_dir: Path, lins_client: Client) -> None:
    send(lins_client, clip("zh_welcome.wav"))
    assert options_of(Recording.objects.get()) == RecognitionOptions()


def test_options_hold_for_every_file_of_an_upload(data_dir: Path, lins_client: Client) -> None:
    form = {"speakers": ["off", "on"], "punctuation": ["off"], "hot_words": "西瓜", "end_window_ms": "800"}
    files = [clip("zh_welcome.wav"), clip("zh_welcome.wav", "b.wav")]
    assert lins_client.post(reverse("recording_create"), {"file": files, **form}, headers=HTMX).status_code == 200
    chosen = RecognitionOptions(speakers=True, punctuation=False, hot_words=("西瓜",), end_window_ms=800)
    assert [options_of(recording) for recording in Recording.objects.all()] == [chosen] * 2


@pytest.mark.parametrize("htmx", [False, True])
def test_option_that_cannot_be_stores_nothing_and_is_told_with_its_name(
    data_dir: Path, lins_client: Client, htmx: bool
) -> None:
    form = {"file": [clip("zh_welcome.wav")], "url": "https://example.org/a.mp3", "end_window_ms": "7"}
    response = lins_client.post(reverse("recording_create"), form, headers=HTMX if htmx else {})
    sentence = "Pause that ends a row (ms): This must be a whole number from 300 to 5000."
    if htmx:
        assert (response.status_code, sentence in response.text, "data-again" in response.text) == (422, True, True)
    else:
        assert (response.status_code, said(response)) == (302, [sentence])
    assert (files_in(data_dir), Recording.objects.count()) == ([], 0)


@pytest.mark.long
def test_options_kept_as_default_are_those_of_later_uploads(
    data_dir: Path, lins_client: Client, ana: User, stranger: Client
) -> None:
    chosen = RecognitionOptions(speakers=True, itn="off")
    form = {"speakers": "on", "itn": "off", "keep_as_default": "on"}
    lins_client.post(reverse("recording_create"), {"file": [clip("zh_welcome.wav")], **form})
    send(lins_client, clip("zh_welcome.wav"))
    lins_client.post(reverse("recording_create"), {"file": [clip("zh_welcome.wav")], "itn": "on"})
    assert [options_of(recording) for recording in Recording.objects.order_by("created_at")] == [
        chosen,
        chosen,
        RecognitionOptions(speakers=True, itn="on"),
    ]
    form_of = {client: client.get("/").context["form"].defaults for client in (lins_client, stranger)}
    assert form_of == {lins_client: chosen, stranger: RecognitionOptions()}


def test_defaults_that_are_no_longer_good_are_the_usual_ones(data_dir: Path, lins_client: Client, lin: User) -> None:
    send(lins_client, clip("zh_welcome.wav"))
    Project.objects.update(options={"language": "tlh", "from_a_newer_version": 1})
    send(lins_client, clip("zh_welcome.wav"))
    assert options_of(Recording.objects.order_by("created_at")[1]) == RecognitionOptions()


def test_library_shows_five_options_and_hides_the_rest(data_dir: Path, lins_client: Client) -> None:
    page = lins_client.get("/").text
    common, more = page.partition('<details class="options-more"')[::2]
    more = more.partition("</form>")[0]
    names = [option.name for option in OPTION_FIELDS]
    shown = [name for name in names if f'name="{name}"' in common]
    assert shown == ["language", "speakers", "voices", "smoothing", "hot_words"]
    assert [name for name in names if f'name="{name}"' in more] == names[5:]
    assert (page.count("<details"), len(re.findall(r"<details[^>]*\bopen\b", page))) == (6, 0)


@pytest.mark.parametrize("htmx", [False, True])
def test_address_becomes_a_recording(data_dir: Path, lins_client: Client, lin: User, htmx: bool) -> None:
    form = {"url": "https://example.org/talks/a.mp3", "language": "en-US"}
    response = lins_client.post(reverse("recording_create"), form, headers=HTMX if htmx else {})
    recording = Recording.objects.get()
    assert (recording.title, recording.source_url, recording.uploaded_by) == ("a", form["url"], lin)
    assert options_of(recording) == RecognitionOptions(language="en-US")
    if htmx:
        assert (response.status_code, f'id="recording-{recording.pk}"' in response.text) == (200, True)
    else:
        assert (response.status_code, response.url, said(response)) == (302, "/", [])


def test_each_address_becomes_a_recording_and_each_bad_line_is_told(data_dir: Path, lins_client: Client) -> None:
    form = {"url": "https://example.org/a.mp3\nftp://x\n\nhttps://example.org/b.mp3\nhttps://example.org/a.mp3"}
    response = lins_client.post(reverse("recording_create"), form, headers=HTMX)
    assert (response.status_code, response.text.count("<article")) == (200, 2)
    assert "ftp://x: The web address must start with http:// or https://." in response.text
    assert sorted(Recording.objects.values_list("title", flat=True)) == ["a", "b"]


def test_address_that_is_none_is_told(data_dir: Path, lins_client: Client) -> None:
    response = lins_client.post(reverse("recording_create"), {"url": "ftp://example.org/a.mp3"}, headers=HTMX)
    assert response.status_code == 422
    assert "Web address of a recording: The web address must start with http:// or https://." in response.text
    assert not Recording.objects.exists()


def test_row_tells_that_it_is_being_fetched(data_dir: Path, lins_client: Client) -> None:
    lins_client.post(reverse("recording_create"), {"url": "https://example.org/a.mp3"})
    Transcription.objects.update(not_before=timezone.now() + timedelta(seconds=9))
    text = lins_client.get(reverse("recording", args=[Recording.objects.get().pk]), headers=HTMX).text
    shown = ("Downloading the recording" in text, "/cancel/" in text, "/retry/" in text, "logid" in text)
    assert shown == (True, True, False, False)


# --- Tracks and what could not be read -------------------------------------------------------------------------------


@pytest.fixture
def film(transcript: Transcript) -> Recording:
    """The transcript's recording, as if it came from the second of two tracks."""
    recording = transcript.recording
    shutil.copy(AUDIO.parent / "failing/a06_first_track_silent.mp4", path_of(recording.original))
    file = path_of(recording.original)
    recording.describe_file(file.stat().st_size, sandbox.probe(file))
    recording.save()
    Transcription.objects.update(track=recording.track)
    return recording


@pytest.mark.long
def test_track_that_was_taken_is_shown_and_another_can_be_chosen(
    film: Recording, transcript: Transcript, lins_client: Client
) -> None:
    taken, chosen = "Track 2 of 2: “Mic”, mono", "Track 1 of 2: “Desktop”, mono, no speech found"
    assert taken in lins_client.get("/").text
    page = lins_client.get(transcript.get_absolute_url()).getvalue().decode()
    assert (taken in page, "was recognised from" in page) == (True, False)
    url = reverse("recording_track", args=[film.pk])
    response = lins_client.post(url, {"track": "1", "transcript": transcript.pk})
    assert (response.status_code, response.url) == (302, transcript.get_absolute_url())
    page = lins_client.get(transcript.get_absolute_url()).getvalue().decode()
    assert (chosen in page, "This transcript was recognised from track 2." in page) == (True, True)
    assert "Preparing playback" in page
    assert "欢迎" in page
    assert lins_client.post(url, {"track": "3"}).status_code == 404


def test_recording_is_recognised_again_from_another_track(film: Recording, lins_client: Client) -> None:
    url = reverse("transcription_create", args=[film.pk])
    assert '<option value="2" selected>Track 2: “Mic”, mono</option>' in lins_client.get(url).text
    assert lins_client.post(url, {"track": "1"}).status_code == 302
    assert Recording.objects.get().track == 0
    assert list(Transcription.objects.filter(state="queued").values_list("track", flat=True)) == [0]


def test_recording_is_recognised_again_from_its_track_where_none_is_named(film: Recording, lins_client: Client) -> None:
    assert lins_client.post(reverse("transcription_create", args=[film.pk])).status_code == 302
    assert Recording.objects.get().track == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "known_ms", "sentence"),
    [
        ("en", 3_723_000, "The last 12.0\xa0MB of the file could not be read as audio. The recording ends at 1:02:03."),
        ("en", None, "The last 12.0\xa0MB of the file could not be read as audio."),
        ("zh-hans", 3_723_000, "文件末尾的 12.0\xa0MB 无法作为音频读取，录音到 1:02:03 为止。"),
    ],
)
def test_end_of_a_file_that_could_not_be_read_is_told(
    transcript: Transcript, lins_client: Client, language: str, known_ms: int | None, sentence: str
) -> None:
    for address in ("/", transcript.get_absolute_url()):
        Recording.objects.update(unread_bytes=0)
        assert "could not be read" not in lins_client.get(address).getvalue().decode()
        Recording.objects.update(unread_bytes=12 << 20, duration_ms=known_ms)
        page = lins_client.get(address, headers={"Accept-Language": language}).getvalue().decode()
        assert f">{sentence}</p>" in page
