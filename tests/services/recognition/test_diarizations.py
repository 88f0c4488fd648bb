"""When the speakers of a new transcript are told apart without being asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests import quick, voices
from tests.conftest import ANSWER
from transcripts import queue
from transcripts.diarization.results import Hint
from transcripts.models import Diarization, Recording

TEXTS = ("你好吗", "我很好")


@pytest.fixture(autouse=True)
def by_itself(settings: Any, data_dir: Any) -> None:
    settings.TELL_SPEAKERS_APART = True


def test_transcript_without_speakers_is_told_apart_in_the_name_of_who_asked(
    lin: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        talk = voices.recognise(lin, *TEXTS)
    found = Diarization.objects.get()
    assert (found.transcript, found.requested_by, found.automatic, found.hinted) == (talk, lin, True, Hint())
    assert ("tell_apart", found.pk) in queue.list_waiting()
    assert (talk.version, talk.annotation_version) == (1, 0)


def test_number_of_voices_is_kept_and_not_sent(lin: User) -> None:
    talk = voices.recognise(lin, *TEXTS, voices=3)
    assert Diarization.objects.get().hinted == Hint(3, 3)
    assert talk.transcription is not None
    assert talk.transcription.options["voices"] == 3


def test_recognising_again_follows_the_same_rule(lin: User) -> None:
    talk = voices.recognise(lin, *TEXTS)
    again = quick.again(talk.recording, voices.make_answer(TEXTS))
    assert [one.transcript for one in Diarization.objects.order_by("created_at")] == [talk, again]


@pytest.mark.parametrize("options", [{"voices": 1}, {"channel_split": True}])
def test_one_person_and_separate_channels_need_no_telling_apart(lin: User, options: dict[str, Any]) -> None:
    voices.recognise(lin, *TEXTS, **options)
    assert not Diarization.objects.exists()


def test_speakers_that_the_service_sent_stand(lin: User) -> None:
    quick.recognised(quick.create_recording(lin), ANSWER)
    assert not Diarization.objects.exists()


def test_channels_that_the_service_told_stand(lin: User) -> None:
    answer = voices.make_answer(TEXTS)
    for number, utterance in enumerate(answer["result"]["utterances"]):
        utterance["additions"] = {"channel_id": str(number + 1)}
    talk = quick.recognised(quick.create_recording(lin), answer)
    assert talk.utterances.exclude(channel="").count() == 2
    assert not Diarization.objects.exists()


def test_silence_has_no_voices(lin: User) -> None:
    voices.recognise(lin)
    assert not Diarization.objects.exists()


def test_administrator_and_a_missing_encoder_keep_it_off(lin: User, settings: Any, tmp_path: Any) -> None:
    settings.TELL_SPEAKERS_APART = False
    voices.recognise(lin, *TEXTS)
    settings.TELL_SPEAKERS_APART, settings.SPEAKER_MODEL = True, tmp_path
    voices.recognise(lin, *TEXTS)
    assert (Diarization.objects.count(), Recording.objects.count()) == (0, 2)
