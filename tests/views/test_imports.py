from __future__ import annotations

import json

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.conftest import ANSWER, AUDIO
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.models import Recording, Transcript

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
    assert "2 rows differ." in page.text
    different = ",".join(f"{row.pk}:1" for row in transcript.utterances.all())
    assert f'value="{different}"' in page.text
    taken = lins_client.post(f"{response.url}all/", {"rows": different}, follow=True)
    assert "2 rows applied." in taken.text
    assert "The other transcript has nothing that this one lacks." in taken.text
    assert [row.text for row in transcript.utterances.all()] == ["欢迎 Lin 去。", "大家早。"]
    assert lins_client.post(f"{response.url}all/", {"rows": "nonsense"}).status_code == 422
    again = lins_client.post(f"{response.url}all/", {"rows": different}, follow=True)
    assert "0 rows applied. 2 rows were left unchanged" in again.text
