"""Whose voice one may be is offered to the likeliest, from other recordings of the project, and not twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.conftest import ANSWER
from tests.kept_voices import ENCODER, LI, NEARLY_WANG, WANG, ZHAO, first_speaker, second_speaker, told_apart
from transcripts.models import Project, Recording, Transcript
from transcripts.queries.diarization import list_voices
from transcripts.queries.kept_voices import (
    count_kept,
    describe_kept,
    list_by_recording,
    list_kept,
    list_refused,
    offer_names,
)
from transcripts.services.editing.speakers import rename_speaker
from transcripts.services.kept_voices import delete_voices, refuse_offer, set_keep_voices
from transcripts.services.projects.projects import create_project
from transcripts.services.recordings.delete import bin_recording


@pytest.fixture
def known(transcript: Transcript, lin: User) -> Transcript:
    """In it, 王老师 and 李 speak, whose voices are kept."""
    set_keep_voices(project=transcript.recording.project, on=True, by=lin)
    told_apart(transcript, WANG, LI)
    name(transcript, "王老师 李", lin)
    return transcript


@pytest.fixture
def project(known: Transcript) -> Project:
    return known.recording.project


@pytest.fixture
def record(lin: User, upload: Callable[..., Recording]) -> Callable[..., Transcript]:
    """Makes another recording's transcript, of two speakers who sound like that."""

    def make(*centroids: str, **options: Any) -> Transcript:
        transcript = quick.recognised(upload(lin), ANSWER)
        told_apart(transcript, *centroids, **options)
        return transcript

    return make


def name(transcript: Transcript, names: str, by: User) -> None:
    for speaker, each in zip((first_speaker(transcript), second_speaker(transcript)), names.split(), strict=False):
        rename_speaker(speaker=speaker, name=each, base_name=speaker.name, by=by)


def offered(transcript: Transcript) -> list[str]:
    found = Transcript.objects.select_related("recording__project").get(pk=transcript.pk)
    diarization = found.diarizations.first()
    assert diarization is not None
    return [voice.maybe for voice in offer_names(found, list_voices(diarization))]


def test_name_is_offered_for_a_voice_like_it(known: Transcript, record: Callable[..., Transcript]) -> None:
    assert offered(record(ZHAO, NEARLY_WANG)) == ["", "王老师"]
    assert offered(record(LI, WANG)) == ["李", "王老师"]


def test_name_is_offered_once_to_the_voice_that_is_most_like_it(
    known: Transcript, record: Callable[..., Transcript]
) -> None:
    assert offered(record(NEARLY_WANG, WANG)) == ["", "王老师"]


def test_who_has_a_name_is_offered_none_and_takes_it_from_others(
    known: Transcript, record: Callable[..., Transcript], lin: User
) -> None:
    later = record(NEARLY_WANG, WANG)
    name(later, "王老师", lin)
    assert offered(later) == ["", ""]


def test_nothing_is_offered_in_the_same_recording(known: Transcript, lin: User) -> None:
    second = quick.again(known.recording, ANSWER)
    told_apart(second, WANG, LI)
    assert offered(second) == ["", ""]


def test_nothing_is_offered_by_another_encoder(known: Transcript, record: Callable[..., Transcript]) -> None:
    assert offered(record(WANG, LI, encoder="other")) == ["", ""]


def test_offer_that_was_refused_does_not_come_again(
    known: Transcript, record: Callable[..., Transcript], lin: User
) -> None:
    later = record(WANG, LI)
    for _time in range(2):
        refuse_offer(speaker=first_speaker(later), by=lin)
    assert offered(later) == ["", "李"]
    told_apart(later, WANG, LI)
    assert offered(later) == ["", "李"]


def test_nothing_is_offered_in_another_project(known: Transcript, record: Callable[..., Transcript], lin: User) -> None:
    later = record(WANG, LI)
    other = create_project(name="Far", by=lin)
    set_keep_voices(project=other, on=True, by=lin)
    Recording.objects.filter(pk=later.recording_id).update(project=other)
    assert offered(later) == ["", ""]


def test_what_is_deleted_or_in_the_bin_is_not_offered(
    known: Transcript, project: Project, record: Callable[..., Transcript], lin: User
) -> None:
    later = record(WANG, LI)
    delete_voices(project=project, by=lin, name="李")
    assert offered(later) == ["王老师", ""]
    bin_recording(recording=known.recording, by=lin)
    assert offered(later) == ["", ""]


def test_name_sounds_as_it_does_on_average(known: Transcript, record: Callable[..., Transcript], lin: User) -> None:
    """A recording in which 王老师 sounds like somebody else outweighs none, if it is short."""
    name(record(ZHAO, LI, ms=3000), "王老师", lin)
    assert offered(record(WANG, LI)) == ["王老师", "李"]


def test_project_that_keeps_none_is_asked_for_nothing(
    known: Transcript, project: Project, record: Callable[..., Transcript], lin: User, django_assert_num_queries: Any
) -> None:
    later = record(WANG, LI)
    set_keep_voices(project=project, on=False, by=lin)
    found = Transcript.objects.select_related("recording__project").get(pk=later.pk)
    diarization = found.diarizations.get()
    voices = list_voices(diarization)
    with django_assert_num_queries(0):
        assert offer_names(found, voices) == voices


def test_offers_ask_as_often_whatever_is_kept(
    known: Transcript, record: Callable[..., Transcript], lin: User, django_assert_num_queries: Any
) -> None:
    later = record(WANG, LI)
    for number in range(3):
        name(record(WANG, LI), f"Wang{number} Li{number}", lin)
    found = Transcript.objects.select_related("recording__project").get(pk=later.pk)
    voices = list_voices(found.diarizations.get())
    with django_assert_num_queries(3):
        offer_names(found, voices)


def test_page_lists_names_with_their_recordings(
    known: Transcript, project: Project, record: Callable[..., Transcript], lin: User, django_assert_num_queries: Any
) -> None:
    later = record(WANG, ZHAO, ms=60_000)
    name(later, "王老师 Zhao", lin)
    second = quick.again(known.recording, ANSWER)  # Of one recording, the transcript with the most speech counts.
    told_apart(second, WANG, LI, ms=30_000)
    name(second, "王老师", lin)
    with django_assert_num_queries(1):
        kept = list_kept(project)
        by_recording = list_by_recording(kept)
    assert [(one.name, one.ms, [voice.transcript for voice in one.recordings]) for one in kept] == [
        ("Zhao", 60_000, [later]),
        ("李", 20_000, [known]),
        ("王老师", 90_000, [second, later]),
    ]
    assert by_recording == [(later.recording, ["Zhao", "王老师"]), (known.recording, ["李", "王老师"])]
    assert count_kept(project) == 5
    delete_voices(project=project, by=lin, name="王老师")
    delete_voices(project=project, by=lin, recording=later.recording_id)
    assert [(one.name, one.recording) for one in list_refused(project)] == [
        ("Zhao", later.recording),
        ("王老师", None),
    ]


def test_export_has_what_is_kept(known: Transcript, project: Project) -> None:
    content = describe_kept(project, "王老师")
    (voice,) = content.pop("voices")
    assert content == {"format": "flashweb-voices", "version": 1, "project": "lin"}
    assert voice.pop("kept_at").endswith("+00:00")
    assert voice == {
        "name": "王老师",
        "recording": {"id": str(known.recording_id), "title": "zh_welcome"},
        "transcript": str(known.pk),
        "speech_ms": 20_000,
        "encoder": ENCODER,
        "centroid": WANG,
    }
    assert [one["name"] for one in describe_kept(project)["voices"]] == ["李", "王老师"]
    assert describe_kept(project, "Nobody")["voices"] == []
