"""Each invariant is the database's own: rows that break it are refused without any help of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from transcripts.enums import TRANSCRIPTION_RUNNING, DiarizationState, Role, TranscriptionState
from transcripts.models import (
    AnswerPart,
    Change,
    Diarization,
    Invitation,
    Membership,
    Project,
    Recording,
    Revision,
    ShareLink,
    Speaker,
    Transcript,
    Transcription,
    Utterance,
)
from transcripts.models.diarizations import UNFINISHED
from transcripts.text.limits import SPEAKER_COLOURS


def make_recording(project: Project, **fields: Any) -> Recording:
    known: dict[str, Any] = {
        "project": project,
        "title": "Lunch",
        "file_name": "lunch.wav",
        "size_bytes": 1,
        "container": "wav",
        "codec": "pcm_s16le",
        "channels": 1,
        "rate_hz": 16000,
    }
    return Recording.objects.create(**{**known, **fields})


def make_transcript(recording: Recording) -> Transcript:
    run = Transcription.objects.create(recording=recording, state=TranscriptionState.DONE)
    return Transcript.objects.create(recording=recording, transcription=run, version=1)


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(name="Talks")


@pytest.fixture
def recording(project: Project) -> Recording:
    return make_recording(project)


@pytest.fixture
def rows(recording: Recording) -> Transcript:
    return make_transcript(recording)


def refuses(constraint: str, write: Callable[[], object]) -> None:
    """SQLite names the constraint of a check, but of an index only the columns."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    said = str(refused.value)
    assert constraint in said or "UNIQUE constraint failed" in said, said


def test_membership_is_given_once(project: Project, lin: User) -> None:
    Membership.objects.create(project=project, user=lin, role=Role.VIEWER)
    refuses("membership_once", lambda: Membership.objects.create(project=project, user=lin, role=Role.OWNER))


def test_membership_takes_no_unknown_role(project: Project, lin: User) -> None:
    refuses("membership_role_known", lambda: Membership.objects.create(project=project, user=lin, role="king"))


def invite(project: Project, by: User, **fields: Any) -> Invitation:
    given = {"role": Role.EDITOR, "expires_at": timezone.now(), **fields}
    return Invitation.objects.create(project=project, made_by=by, **given)


def test_invitation_takes_no_unknown_role(project: Project, lin: User) -> None:
    refuses("invitation_role_known", lambda: invite(project, lin, role="king"))


def test_invitation_for_one_person_is_used_once(project: Project, lin: User) -> None:
    invite(project, lin, uses=1)
    invite(project, lin, uses=2, once=False)
    refuses("invitation_used_once", lambda: invite(project, lin, uses=2))


def test_project_is_personal_to_one_person_once(lin: User) -> None:
    Project.objects.create(name="Lin's", personal_of=lin)
    refuses("personal_of", lambda: Project.objects.create(name="Lin's second", personal_of=lin))


def test_recording_takes_no_unknown_state(project: Project) -> None:
    refuses("recording_state_known", lambda: make_recording(project, state="lost"))


def test_transcription_takes_no_unknown_state(recording: Recording) -> None:
    refuses("transcription_state_known", lambda: Transcription.objects.create(recording=recording, state="lost"))


@pytest.mark.parametrize("state", [TranscriptionState.QUEUED, *TRANSCRIPTION_RUNNING])
def test_recording_has_one_unfinished_transcription(recording: Recording, state: TranscriptionState) -> None:
    Transcription.objects.create(recording=recording, state=state)
    refuses("transcription_one_unfinished", lambda: Transcription.objects.create(recording=recording))


@pytest.mark.parametrize("state", [TranscriptionState.DONE, TranscriptionState.FAILED, TranscriptionState.CANCELLED])
def test_recording_has_many_finished_transcriptions(recording: Recording, state: TranscriptionState) -> None:
    Transcription.objects.create(recording=recording, state=state)
    Transcription.objects.create(recording=recording, state=state)
    Transcription.objects.create(recording=recording)
    assert recording.transcriptions.count() == 3


def test_transcription_has_one_answer_to_each_part(recording: Recording) -> None:
    run = Transcription.objects.create(recording=recording)
    fields: dict[str, Any] = {"transcription": run, "number": 1, "start_ms": 0, "raw_answer": {}}
    AnswerPart.objects.create(**fields, end_ms=5)
    refuses("part_once", lambda: AnswerPart.objects.create(**fields, end_ms=6))


@pytest.mark.parametrize("end_ms", [999, 1000])
def test_part_ends_after_its_start(recording: Recording, end_ms: int) -> None:
    run = Transcription.objects.create(recording=recording)
    refuses(
        "part_ends_after_start",
        lambda: AnswerPart.objects.create(transcription=run, number=1, start_ms=1000, end_ms=end_ms, raw_answer={}),
    )


def test_transcription_has_one_transcript(rows: Transcript) -> None:
    refuses(
        "transcription_id",
        lambda: Transcript.objects.create(recording=rows.recording, transcription=rows.transcription),
    )


def test_speaker_label_stands_once_in_a_transcript(rows: Transcript) -> None:
    Speaker.objects.create(transcript=rows, label="1")
    refuses("speaker_label_once", lambda: Speaker.objects.create(transcript=rows, label="1"))


@pytest.mark.parametrize("colour", [0, SPEAKER_COLOURS + 1])
def test_speaker_has_one_of_the_colours(rows: Transcript, colour: int) -> None:
    refuses("speaker_colour_known", lambda: Speaker.objects.create(transcript=rows, label="1", colour=colour))


@pytest.mark.parametrize("end_ms", [999, 1000])
def test_utterance_ends_after_its_start(rows: Transcript, end_ms: int) -> None:
    refuses(
        "utterance_ends_after_start",
        lambda: Utterance.objects.create(transcript=rows, start_ms=1000, end_ms=end_ms),
    )


def test_utterance_starts_at_zero_at_the_earliest(rows: Transcript) -> None:
    refuses("start_ms", lambda: Utterance.objects.create(transcript=rows, start_ms=-1, end_ms=5))


def test_change_has_a_version_of_its_own(rows: Transcript) -> None:
    Change.objects.create(transcript=rows, version=1, kind="recognised")
    refuses("change_version_once", lambda: Change.objects.create(transcript=rows, version=1, kind="edited"))


def test_change_is_stored_once_for_a_request(rows: Transcript) -> None:
    Change.objects.create(transcript=rows, version=2, kind="edited", request_key="k")
    refuses(
        "change_request_once",
        lambda: Change.objects.create(transcript=rows, version=3, kind="edited", request_key="k"),
    )


def test_change_without_a_request_key_is_not_bound_to_one(rows: Transcript) -> None:
    Change.objects.create(transcript=rows, version=2, kind="edited")
    Change.objects.create(transcript=rows, version=3, kind="edited")
    assert rows.changes.count() == 2


def test_change_takes_no_unknown_kind(rows: Transcript) -> None:
    refuses("change_kind_known", lambda: Change.objects.create(transcript=rows, version=2, kind="magic"))


def test_change_is_undone_once(rows: Transcript) -> None:
    edit = Change.objects.create(transcript=rows, version=2, kind="edited")
    Change.objects.create(transcript=rows, version=3, kind="undone", undoes=edit)
    refuses("undoes_id", lambda: Change.objects.create(transcript=rows, version=4, kind="undone", undoes=edit))


def test_revision_has_a_version_of_its_row_of_its_own(rows: Transcript) -> None:
    row = Utterance.objects.create(transcript=rows, start_ms=0, end_ms=5)
    edit = Change.objects.create(transcript=rows, version=2, kind="edited")
    revision = Revision.objects.create(change=edit, utterance=row, version=2, before={}, after={})
    assert str(revision) == f"{row.pk} · 2"
    refuses(
        "revision_version_once",
        lambda: Revision.objects.create(change=edit, utterance=row, version=2, before={}, after={}),
    )


def test_share_link_takes_no_role_of_a_project(rows: Transcript) -> None:
    refuses(
        "share_link_role_known",
        lambda: ShareLink.objects.create(transcript=rows, role=Role.EDITOR, expires_at=timezone.now()),
    )


def test_diarization_takes_no_unknown_state(rows: Transcript) -> None:
    refuses(
        "diarization_state_known",
        lambda: Diarization.objects.create(transcript=rows, automatic=True, state="lost"),
    )


@pytest.mark.parametrize("state", UNFINISHED)
def test_transcript_has_one_unfinished_diarization(rows: Transcript, state: str) -> None:
    for ended in (DiarizationState.DONE, DiarizationState.DONE, state):
        Diarization.objects.create(transcript=rows, automatic=True, state=ended)
    refuses("diarization_one_unfinished", lambda: Diarization.objects.create(transcript=rows, automatic=False))


def test_every_constraint_has_a_test() -> None:
    tests = Path(__file__).read_text()
    named = {
        constraint.name
        for model in (
            Invitation,
            Membership,
            Project,
            Recording,
            Transcription,
            Transcript,
            Speaker,
            Utterance,
            Change,
            Revision,
            ShareLink,
            Diarization,
        )
        for constraint in model._meta.constraints
    }
    assert {name for name in named if name not in tests} == set()


def test_speaker_is_called_by_the_name_people_gave(rows: Transcript) -> None:
    speaker = Speaker.objects.create(transcript=rows, label="2")
    assert (str(speaker), str(Speaker(label="2", name="Ana"))) == ("Speaker 2", "Ana")


def test_texts_of_rows_name_what_they_are(rows: Transcript, lin: User) -> None:
    edit = Change(version=4, kind="edited")
    shown = [rows.recording.project, Membership(user=lin, role=Role.OWNER), rows.recording, rows.transcription]
    assert [str(item) for item in [*shown, rows, Utterance(start_ms=40), edit]] == [
        "Talks",
        "lin · owner",
        "Lunch",
        "Lunch · done",
        "Lunch",
        "40 ms",
        "4 · edited",
    ]


def test_recording_deleted_takes_transcript_and_changes_with_it(rows: Transcript, lin: User) -> None:
    speaker = Speaker.objects.create(transcript=rows, label="1")
    row = Utterance.objects.create(transcript=rows, speaker=speaker, start_ms=0, end_ms=5)
    edit = Change.objects.create(transcript=rows, version=2, kind="edited", by=lin)
    Revision.objects.create(change=edit, utterance=row, version=2, before={}, after={})
    Change.objects.create(transcript=rows, version=3, kind="undone", by=lin, undoes=edit)
    rows.recording.delete()
    everything: list[type[models.Model]] = [Recording, Transcription, Transcript, Speaker, Utterance, Change, Revision]
    assert [model._default_manager.count() for model in everything] == [0] * 7


def test_speaker_who_speaks_is_not_deleted(rows: Transcript) -> None:
    speaker = Speaker.objects.create(transcript=rows, label="1")
    Utterance.objects.create(transcript=rows, speaker=speaker, start_ms=0, end_ms=5)
    with pytest.raises(models.RestrictedError), transaction.atomic():
        speaker.delete()


def test_person_deleted_leaves_what_others_share(rows: Transcript, lin: User) -> None:
    Change.objects.create(transcript=rows, version=2, kind="edited", by=lin)
    Recording.objects.update(uploaded_by=lin)
    lin.delete()
    assert (rows.changes.get().by, Recording.objects.get().uploaded_by) == (None, None)
