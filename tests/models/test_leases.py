from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from transcripts.enums import PreparationState, TranscriptionState
from transcripts.models import Project, Recording, Transcription

PAST, FUTURE = timedelta(minutes=-1), timedelta(minutes=1)


@pytest.fixture
def recording(db: None) -> Recording:
    return Recording.objects.create(
        project=Project.objects.create(name="Talks"),
        title="Lunch",
        file_name="lunch.wav",
        size_bytes=1,
        container="wav",
        codec="pcm_s16le",
        channels=1,
        rate_hz=16000,
    )


def transcription(recording: Recording, state: TranscriptionState, **moments: timedelta) -> Transcription:
    fields: dict[str, Any] = {name: timezone.now() + moment for name, moment in moments.items()}
    return Transcription.objects.create(recording=recording, state=state, **fields)


@pytest.mark.parametrize(
    ("state", "moments", "due"),
    [
        (TranscriptionState.QUEUED, {}, True),
        (TranscriptionState.QUEUED, {"not_before": PAST}, True),
        (TranscriptionState.QUEUED, {"not_before": FUTURE}, False),
        (TranscriptionState.CONVERTING, {"lease_until": PAST}, True),
        (TranscriptionState.CONVERTING, {"lease_until": FUTURE}, False),
        (TranscriptionState.SENDING, {"lease_until": PAST}, True),
        (TranscriptionState.SENDING, {"lease_until": FUTURE}, False),
        (TranscriptionState.WAITING, {"lease_until": PAST}, True),
        (TranscriptionState.WAITING, {"lease_until": FUTURE}, False),
        (TranscriptionState.DONE, {}, False),
        (TranscriptionState.FAILED, {}, False),
        (TranscriptionState.CANCELLED, {}, False),
        # A lease that somehow stayed behind does not wake what has ended.
        (TranscriptionState.DONE, {"lease_until": PAST}, False),
        (TranscriptionState.CANCELLED, {"lease_until": PAST}, False),
    ],
)
def test_transcription_is_due_by_state_and_time(
    recording: Recording, state: TranscriptionState, moments: dict[str, timedelta], due: bool
) -> None:
    row = transcription(recording, state, **moments)
    assert Transcription.objects.due().filter(pk=row.pk).exists() is due
    claimed = Transcription.objects.claim(row.pk)
    assert (claimed is not None) is due


def test_claim_gives_the_next_attempt_and_a_lease(recording: Recording, settings: Any) -> None:
    settings.LEASE_SECONDS = 30
    row = transcription(recording, TranscriptionState.QUEUED)
    claimed = Transcription.objects.claim(row.pk)
    assert claimed is not None
    assert (claimed.attempt, claimed.state) == (1, TranscriptionState.CONVERTING)
    assert timezone.now() < claimed.lease_until <= timezone.now() + timedelta(seconds=30)
    assert Transcription.objects.claim(row.pk) is None


def test_claim_of_nothing_is_none(recording: Recording) -> None:
    assert Transcription.objects.claim(recording.pk) is None


def test_expired_lease_is_taken_over_and_the_first_worker_loses_the_row(recording: Recording) -> None:
    row = transcription(recording, TranscriptionState.QUEUED)
    first = Transcription.objects.claim(row.pk)
    assert first is not None
    Transcription.objects.filter(pk=row.pk).update(state=TranscriptionState.WAITING, lease_until=timezone.now() + PAST)
    second = Transcription.objects.claim(row.pk)
    assert second is not None
    assert (second.attempt, second.state) == (2, TranscriptionState.CONVERTING)
    assert (first.renew(), second.renew()) == (False, True)
    assert Transcription.objects.held(first).count() == 0
    assert Transcription.objects.held(second).count() == 1


def test_expired_lease_that_nobody_took_is_renewed(recording: Recording) -> None:
    row = transcription(recording, TranscriptionState.QUEUED)
    claimed = Transcription.objects.claim(row.pk)
    assert claimed is not None
    Transcription.objects.filter(pk=row.pk).update(lease_until=timezone.now() + PAST)
    assert claimed.renew()
    assert not Transcription.objects.due().exists()


@pytest.mark.parametrize("state", [TranscriptionState.CANCELLED, TranscriptionState.DONE, TranscriptionState.FAILED])
def test_ended_row_is_held_by_nobody(recording: Recording, state: TranscriptionState) -> None:
    row = transcription(recording, TranscriptionState.QUEUED)
    claimed = Transcription.objects.claim(row.pk)
    assert claimed is not None
    Transcription.objects.update(state=state)
    assert not claimed.renew()


def test_recording_is_claimed_for_its_preparation(recording: Recording) -> None:
    claimed = Recording.objects.claim(recording.pk)
    assert claimed is not None
    assert (claimed.attempt, claimed.state) == (1, PreparationState.RUNNING)
    assert Recording.objects.claim(recording.pk) is None
    Recording.objects.update(state=PreparationState.DONE)
    assert list(Recording.objects.due()) == []


@pytest.mark.parametrize("state", TranscriptionState)
def test_next_try_and_unfinished_are_told_by_the_row(recording: Recording, state: TranscriptionState) -> None:
    row = Transcription(recording=recording, state=state, tries=[{}, {}])
    ended = {TranscriptionState.DONE, TranscriptionState.FAILED, TranscriptionState.CANCELLED}
    assert (row.next_try, row.is_unfinished) == (3, state not in ended)
