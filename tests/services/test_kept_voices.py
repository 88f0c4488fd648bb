"""Voices are kept where an owner wants it, as long as there is a name, a recording and its audio, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER
from tests.kept_voices import (
    ENCODER,
    LI,
    NEARLY_WANG,
    WANG,
    ZHAO,
    centroid_of,
    first_speaker,
    second_speaker,
    told_apart,
)
from tests.services.at_once import at_once
from transcripts import queue
from transcripts.diarization.centroids import compare_vectors, unpack_centroid
from transcripts.enums import AuditEvent, PreparationState, Role
from transcripts.errors import OnHold
from transcripts.models import (
    AuditEntry,
    Diarization,
    KeptVoice,
    Membership,
    Project,
    Recording,
    RefusedVoice,
    Speaker,
    Transcript,
)
from transcripts.services.accounts.deletion import delete_account
from transcripts.services.bulk.bulk import begin_bulk_action, run_bulk_action, undo_bulk_action
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.restore import restore_transcript
from transcripts.services.editing.speakers import assign_rows, merge_speakers, rename_speaker
from transcripts.services.kept_voices import (
    allow_voice,
    delete_voices,
    forget_unwanted_voices,
    keep_project_voices,
    keep_voices,
    set_keep_voices,
)
from transcripts.services.maintenance import clean_up, enqueue_due_work
from transcripts.services.projects.moves import move_recording, undo_move
from transcripts.services.projects.projects import bin_project, create_project, delete_project
from transcripts.services.recordings.delete import bin_recording, delete_recording, restore_recording
from transcripts.services.recordings.retention import delete_audio, set_hold, set_retention


@pytest.fixture
def project(lin: User, transcript: Transcript) -> Project:
    """Lin's own, which keeps voices; the two speakers of its transcript have been told apart."""
    project = transcript.recording.project
    set_keep_voices(project=project, on=True, by=lin)
    Project.objects.update(voices_due_at=None)
    told_apart(transcript, WANG, LI)
    return project


@pytest.fixture
def first(project: Project, transcript: Transcript) -> Speaker:
    return first_speaker(transcript)


def name(transcript: Transcript, names: str, by: User) -> None:
    for speaker, each in zip((first_speaker(transcript), second_speaker(transcript)), names.split(), strict=False):
        rename_speaker(speaker=speaker, name=each, base_name=speaker.name, by=by)


def kept(**filters: Any) -> list[tuple[str, str]]:
    return list(KeptVoice.objects.filter(**filters).order_by("speaker").values_list("speaker__name", "centroid"))


def lines(*events: AuditEvent) -> list[tuple[str, str, str, str]]:
    entries = AuditEntry.objects.filter(event__in=events).order_by("pk")
    return list(entries.values_list("event", "who", "about", "details"))


def test_named_voice_is_kept_and_follows_its_name(first: Speaker, lin: User) -> None:
    assert kept() == []
    rename_speaker(speaker=first, name="王老师", base_name="", by=lin)
    voice = KeptVoice.objects.get()
    assert (voice.speaker, voice.recording, voice.encoder) == (first, first.transcript.recording, ENCODER)
    assert (voice.centroid, voice.ms) == (WANG, 20_000)
    rename_speaker(speaker=first, name="Wang", base_name="王老师", by=lin)
    assert kept() == [("Wang", WANG)]
    assert KeptVoice.objects.get() == voice
    rename_speaker(speaker=first, name="", base_name="Wang", by=lin)
    assert kept() == []


def test_name_that_names_nobody_is_not_kept(first: Speaker, lin: User) -> None:
    rename_speaker(speaker=first, name="Speaker 1", base_name="", by=lin)
    assert kept() == []
    rename_speaker(speaker=first, name="王老师", base_name="Speaker 1", by=lin)
    rename_speaker(speaker=first, name="说话人2", base_name="王老师", by=lin)
    assert kept() == []


def test_undo_of_a_name_takes_the_voice_along(transcript: Transcript, first: Speaker, lin: User) -> None:
    rename_speaker(speaker=first, name="王老师", base_name="", by=lin)
    undo_change(transcript=transcript, by=lin)
    assert kept() == []
    redo_change(transcript=transcript, by=lin)
    assert kept() == [("王老师", WANG)]


def test_voice_goes_where_its_rows_go(transcript: Transcript, first: Speaker, lin: User) -> None:
    name(transcript, "王老师 李", lin)
    assert kept() == [("王老师", WANG), ("李", LI)]
    second = second_speaker(transcript)
    versions = dict(transcript.utterances.filter(speaker=first).values_list("pk", "version"))
    merge_speakers(speaker=first_speaker(transcript), into=second, versions=versions, by=lin)
    ((whose, mixed),) = kept()
    assert whose == "李"
    alike = [compare_vectors(unpack_centroid(mixed), unpack_centroid(one)) for one in (WANG, LI)]
    assert alike == pytest.approx([0.7, 0.7], abs=0.05)
    undo_change(transcript=transcript, by=lin)
    assert kept() == [("王老师", WANG), ("李", LI)]
    # By hand to a third.
    versions = dict(transcript.utterances.filter(speaker=first).values_list("pk", "version"))
    assign_rows(transcript=transcript, versions=versions, by=lin, name="赵")
    assert kept() == [("李", LI), ("赵", WANG)]
    restore_transcript(transcript=transcript, version=1, by=lin)
    assert kept() == [("王老师", WANG), ("李", LI)]


def test_voice_that_was_told_apart_anew_is_the_newest(transcript: Transcript, first: Speaker, lin: User) -> None:
    name(transcript, "王老师", lin)
    told_apart(transcript, NEARLY_WANG, LI, encoder="other")
    told_apart(transcript, ZHAO, ZHAO, taken=False)
    keep_voices(transcript)
    assert list(KeptVoice.objects.values_list("centroid", "encoder")) == [(NEARLY_WANG, "other")]


def test_little_speech_and_what_nobody_took_is_not_kept(transcript: Transcript, first: Speaker, lin: User) -> None:
    Diarization.objects.all().delete()
    told_apart(transcript, WANG, LI, taken=False)
    name(transcript, "王老师", lin)
    assert kept() == []
    told_apart(transcript, WANG, LI, ms=2999)
    keep_voices(transcript)
    assert kept() == []


def test_project_that_keeps_none_is_asked_for_nothing(
    transcript: Transcript, lin: User, django_assert_num_queries: Any
) -> None:
    told_apart(transcript, WANG, LI)
    known = first_speaker(transcript).transcript
    with django_assert_num_queries(0):
        keep_voices(known)
    name(transcript, "王老师 李", lin)
    assert kept() == []


def test_saving_a_row_asks_nothing_of_voices(
    project: Project, transcript: Transcript, lin: User, lins_client: Client
) -> None:
    name(transcript, "王老师 李", lin)
    row = transcript.utterances.all()[0]
    counts = []
    for on in (True, False):
        Project.objects.update(keep_voices=on)
        row.refresh_from_db()
        with CaptureQueriesContext(connection) as seen:
            lins_client.post(f"/utterances/{row.pk}/", {"text": f"{row.text}.", "base_version": row.version})
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0


def test_switching_on_looks_through_the_project(
    transcript: Transcript, lin: User, django_capture_on_commit_callbacks: Any
) -> None:
    project = transcript.recording.project
    told_apart(transcript, WANG, LI)
    name(transcript, "王老师 李", lin)
    with django_capture_on_commit_callbacks(execute=True):
        set_keep_voices(project=project, on=True, by=lin)
    assert queue.list_waiting()[-1] == ("keep_project_voices", project.pk)
    assert kept() == []
    keep_project_voices(project.pk)
    assert kept() == [("王老师", WANG), ("李", LI)]
    project.refresh_from_db()
    assert project.voices_due_at is None
    set_keep_voices(project=project, on=True, by=lin)  # It is on: nothing to do.
    assert lines(AuditEvent.VOICES_ON) == [("voices_on", "lin", "lin", "")]


def test_look_through_that_was_killed_is_due_again(project: Project, transcript: Transcript, lin: User) -> None:
    now = timezone.now()
    Project.objects.update(voices_due_at=now + timedelta(minutes=1))  # a worker is at it
    enqueue_due_work()
    assert ("keep_project_voices", project.pk) not in queue.list_waiting()
    keep_project_voices(project.pk)
    project.refresh_from_db()
    assert project.voices_due_at == now + timedelta(minutes=1)
    Project.objects.update(voices_due_at=now - timedelta(seconds=1))
    Recording.objects.update(state=PreparationState.DONE)
    queue.JOBS.flush()
    enqueue_due_work()
    assert ("keep_project_voices", project.pk) in queue.list_waiting()


def test_switching_off_deletes_everything(project: Project, transcript: Transcript, lin: User) -> None:
    name(transcript, "王老师 李", lin)
    set_keep_voices(project=project, on=False, by=lin)
    assert kept() == []
    assert lines(AuditEvent.VOICES_OFF) == [("voices_off", "lin", "lin", "2")]
    name(transcript, "Wang Li", lin)
    keep_project_voices(project.pk)
    assert kept() == []
    assert [speaker.name for speaker in transcript.speakers.order_by("pk")] == ["Wang", "Li"]


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_by_who_is_just_too_late(
    project: Project, transcript: Transcript, first: Speaker, lin: User
) -> None:
    """A name is given, the project is switched off, and the recording goes away, all at the same moment."""
    other = create_project(name="Far", by=lin)
    set_keep_voices(project=other, on=True, by=lin)
    for number in range(4):
        KeptVoice.objects.all().delete()
        Project.objects.update(keep_voices=True)
        Recording.objects.update(project=project)
        leave = [
            lambda: set_keep_voices(project=Project.objects.get(pk=project.pk), on=False, by=lin),
            lambda: move_recording(recording=Recording.objects.get(), project=other, by=lin),
        ][number % 2]
        speaker = first_speaker(transcript)
        at_once(partial(rename_speaker, speaker=speaker, name=f"Wei {number}", base_name=speaker.name, by=lin), leave)
        assert kept() == []


def test_deleted_name_is_not_kept_again(
    project: Project, transcript: Transcript, lin: User, upload: Callable[..., Recording]
) -> None:
    name(transcript, "王老师 Li", lin)
    assert delete_voices(project=project, by=lin, name="王老师") == 1
    assert delete_voices(project=project, by=lin, name=" lI ") == 1
    keep_voices(transcript)
    assert kept() == []
    later = quick.recognised(upload(lin), ANSWER)
    told_apart(later, WANG, LI)
    name(later, "王老师 赵", lin)
    assert kept() == [("赵", LI)]
    assert lines(AuditEvent.VOICES_DELETED) == [("voices_deleted", "lin", "lin", "1")] * 2
    allow_voice(refused=RefusedVoice.objects.get(name="王老师"), project=project, by=lin)
    keep_project_voices(project.pk)
    assert kept() == [("王老师", WANG), ("王老师", WANG), ("赵", LI)]


def test_deleted_from_one_recording_stays_in_others(
    project: Project, transcript: Transcript, lin: User, upload: Callable[..., Recording]
) -> None:
    later = quick.recognised(upload(lin), ANSWER)
    told_apart(later, WANG, LI)
    for each in (transcript, later):
        name(each, "王老师 李", lin)
    assert delete_voices(project=project, by=lin, recording=transcript.recording_id, name="李") == 1
    assert len(kept(recording=transcript.recording)) == 1
    assert delete_voices(project=project, by=lin, recording=transcript.recording_id) == 1
    assert delete_voices(project=project, by=lin, recording=transcript.recording_id) == 0
    keep_voices(transcript)
    assert kept() == kept(recording=later.recording) == [("王老师", WANG), ("李", LI)]
    assert lines(AuditEvent.VOICES_DELETED) == [("voices_deleted", "lin", "zh_welcome", "1")] * 2


def test_audio_takes_all_voiceprints_along(project: Project, transcript: Transcript, lin: User) -> None:
    name(transcript, "王老师", lin)
    delete_audio(recording=transcript.recording, by=lin)
    assert kept() == []
    assert Diarization.objects.get().result is None
    name(transcript, "Wang", lin)
    keep_project_voices(project.pk)
    assert kept() == []


def test_retention_takes_them_along(project: Project, transcript: Transcript, lin: User) -> None:
    name(transcript, "王老师", lin)
    set_retention(project=project, audio_days=30, recording_days=None, legal_hold=False, by=lin)
    Recording.objects.update(created_at=timezone.now() - timedelta(days=31))
    Project.objects.update(retention_set_at=timezone.now() - timedelta(days=8))
    clean_up()
    assert kept() == []


def test_recording_takes_them_along_for_good(project: Project, transcript: Transcript, lin: User) -> None:
    name(transcript, "王老师", lin)
    recording = transcript.recording
    bin_recording(recording=recording, by=lin)
    assert len(kept()) == 1
    restore_recording(recording=recording, by=lin)
    bin_recording(recording=recording, by=lin)
    delete_recording(recording=recording, by=lin)
    assert kept() == []


def test_project_takes_them_along(transcript: Transcript, lin: User, project: Project) -> None:
    shared = create_project(name="Talks", by=lin)
    set_keep_voices(project=shared, on=True, by=lin)
    Recording.objects.update(project=shared)
    name(transcript, "王老师", lin)
    delete_voices(project=shared, by=lin, name="王老师")
    name(transcript, "李", lin)
    assert (len(kept()), RefusedVoice.objects.count()) == (1, 1)
    bin_project(project=shared, with_recordings=True, by=lin)
    delete_project(project=shared, by=lin)
    assert (kept(), RefusedVoice.objects.count()) == ([], 0)


@pytest.mark.parametrize("keeps", [False, True])
def test_voices_do_not_follow_to_another_project(
    project: Project, transcript: Transcript, lin: User, keeps: bool
) -> None:
    name(transcript, "王老师", lin)
    other = create_project(name="Far", by=lin)
    if keeps:
        set_keep_voices(project=other, on=True, by=lin)
    move_recording(recording=transcript.recording, project=other, by=lin)
    assert kept() == []
    undo_move(move=transcript.recording.moves.get(), by=lin)
    assert kept() == []


def test_voices_follow_no_bulk_move(project: Project, transcript: Transcript, lin: User) -> None:
    name(transcript, "王老师", lin)
    other = create_project(name="Far", by=lin)
    found = Recording.objects.filter(pk=transcript.recording_id)
    action = begin_bulk_action(kind="move", recordings=found, details={"project": other.pk}, by=lin)
    run_bulk_action(action.pk)
    assert kept() == []
    keep_voices(first_speaker(transcript).transcript)  # as it is in the other project now
    assert kept() == []
    undo_bulk_action(action=action)
    run_bulk_action(action.pk)
    assert Recording.objects.get().project == project
    assert kept() == []


@pytest.mark.parametrize("of_project", [False, True])
def test_legal_hold_keeps_them(project: Project, transcript: Transcript, lin: User, of_project: bool) -> None:
    name(transcript, "王老师", lin)
    if of_project:
        set_retention(project=project, audio_days=None, recording_days=None, legal_hold=True, by=lin)
    else:
        set_hold(recording=transcript.recording, on=True, by=lin)
    with pytest.raises(OnHold):
        set_keep_voices(project=project, on=False, by=lin)
    with pytest.raises(OnHold):
        delete_voices(project=project, by=lin, name="王老师")
    project.refresh_from_db()
    assert (project.keep_voices, kept()) == (True, [("王老师", WANG)])
    assert not RefusedVoice.objects.exists()


def test_account_takes_nothing_of_others_along(project: Project, transcript: Transcript, lin: User, ana: User) -> None:
    """The voice is the speaker's, whoever gave it a name."""
    shared = create_project(name="Talks", by=ana)
    Membership.objects.create(project=shared, user=lin, role=Role.EDITOR)
    set_keep_voices(project=shared, on=True, by=ana)
    Recording.objects.update(project=shared)
    name(transcript, "王老师", lin)
    delete_account(user=lin)
    assert kept() == [("王老师", WANG)]


def test_clean_up_deletes_what_should_not_be_there(project: Project, transcript: Transcript, lin: User) -> None:
    name(transcript, "王老师 李", lin)
    forget_unwanted_voices()
    assert len(kept()) == 2
    Speaker.objects.filter(name="李").update(name="")
    forget_unwanted_voices()
    assert len(kept()) == 1
    Project.objects.update(keep_voices=False)
    forget_unwanted_voices()
    assert kept() == []


def test_unreadable_centroid_harms_nothing(transcript: Transcript, first: Speaker, lin: User) -> None:
    Diarization.objects.all().delete()
    told_apart(transcript, "?", centroid_of(0, 0, 0, 0))
    name(transcript, "王老师 李", lin)
    assert [whose for whose, _centroid in kept()] == ["王老师", "李"]
