"""How long recordings are kept: by their project's days, by nobody's under a legal hold, and the audio apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.files import path_of
from transcripts.access import CommentAuthor
from transcripts.audio import sandbox
from transcripts.enums import AuditEvent, PreparationState, TranscriptionState
from transcripts.errors import NotPossible, OnHold
from transcripts.flash.options import RecognitionOptions
from transcripts.models import AuditEntry, Installation, Project, Recording, Transcript, Utterance
from transcripts.services.accounts.deletion import delete_account
from transcripts.services.audit import forget_old_entries
from transcripts.services.comments.comments import add_comment, delete_comment, edit_comment
from transcripts.services.exporting.export_bundle import build_bundle
from transcripts.services.installation import check_installation
from transcripts.services.maintenance import clean_up
from transcripts.services.projects.moves import move_recording, undo_move
from transcripts.services.projects.projects import bin_project, create_project, delete_project
from transcripts.services.quotas import check_storage
from transcripts.services.recognition.run import request_transcription, retry_transcription
from transcripts.services.recordings import delete
from transcripts.services.recordings.delete import (
    bin_recording,
    delete_recording,
    remove_recording,
    restore_recording,
)
from transcripts.services.recordings.playback import prepare_playback, retry_playback
from transcripts.services.recordings.retention import apply_retention, delete_audio, set_hold, set_retention
from transcripts.services.recordings.tracks import choose_track
from transcripts.services.store.recording_files import put_files

MANY_DAYS = 1000


def age(row: Recording | Project, days: float, *names: str) -> None:
    """Lets what happened to it be so many days longer ago."""
    there = type(row).objects.filter(pk=row.pk)
    before = there.values(*names).get()
    there.update(**{name: before[name] and before[name] - timedelta(days=days) for name in names})


def keep(project: Project, by: User, *, audio: int | None = None, whole: int | None = None, hold: bool = False) -> None:
    """As an owner sets it, long enough ago for it to count."""
    set_retention(project=project, audio_days=audio, recording_days=whole, legal_hold=hold, by=by)
    age(project, 8, "retention_set_at")


def lines(event: AuditEvent) -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.filter(event=event).values_list("who", "about", "details"))


@pytest.mark.long
def test_audio_goes_after_the_projects_days_and_the_text_stays(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    recording = transcript.recording
    keep(recording.project, lin, audio=30)
    age(recording, 29.9, "created_at")
    apply_retention()
    assert path_of(recording.original).exists()
    age(recording, 0.2, "created_at")
    apply_retention()
    recording.refresh_from_db()
    assert (path_of(recording.original).exists(), recording.size_bytes) == (False, 0)
    assert transcript.utterances.count() == 2
    assert lines(AuditEvent.AUDIO_DELETED) == [("", "zh_welcome", "retention")]
    assert lines(AuditEvent.RETENTION_CHANGED) == [("lin", "lin", "30 0")]
    page = lins_client.get(transcript.get_absolute_url())
    content = b"".join(page).decode() if page.streaming else page.content.decode()
    assert "The audio was deleted on" in content
    assert "flash-player" not in content
    assert "Recognise again with other options" not in content
    for name in ("recording_audio", "recording_peaks", "recording_overview"):
        assert lins_client.get(reverse(name, args=[recording.pk])).status_code == 404
    clips = lins_client.get(reverse("transcript_clips", args=[transcript.pk]))
    assert (clips.status_code, clips.content.decode()) == (409, "The audio of this recording was deleted.\n")
    assert lins_client.get(reverse("transcript_export", args=[transcript.pk, "srt"])).status_code == 200
    library = lins_client.get("/").content.decode()
    assert "audio deleted" in library
    assert f'id="retry-{recording.pk}"' not in library


def test_recordings_go_to_the_bin_and_then_for_good(transcript: Transcript, lin: User, data_dir: Path) -> None:
    recording = transcript.recording
    keep(recording.project, lin, whole=30)
    age(recording, 31, "created_at")
    clean_up()
    recording.refresh_from_db()
    assert (recording.binned_at is not None, recording.binned_by) == (True, None)
    assert lines(AuditEvent.BINNED) == [("", "zh_welcome", "retention")]
    # Brought back, it has the grace of a week.
    restore_recording(recording=recording, by=lin)
    clean_up()
    recording.refresh_from_db()
    assert recording.binned_at is None
    age(recording, 8, "retention_from")
    clean_up()
    age(recording, 31, "binned_at")
    clean_up()
    assert not Recording.objects.exists()


def test_days_that_were_just_set_delete_nothing_for_a_week(transcript: Transcript, lin: User) -> None:
    recording = transcript.recording
    age(recording, 100, "created_at")
    set_retention(project=recording.project, audio_days=1, recording_days=None, legal_hold=False, by=lin)
    apply_retention()
    recording = Recording.objects.select_related("project").get(pk=recording.pk)
    assert recording.audio_deleted_at is None
    assert recording.audio_ends_at is not None
    assert recording.project.retention_set_at is not None
    assert recording.audio_ends_at == recording.project.retention_set_at + timedelta(days=7)
    age(recording.project, 6.9, "retention_set_at")
    apply_retention()
    assert not Recording.objects.exclude(audio_deleted_at=None)
    age(recording.project, 0.2, "retention_set_at")
    apply_retention()
    assert Recording.objects.exclude(audio_deleted_at=None)


def test_recording_that_was_moved_has_the_grace_too(transcript: Transcript, lin: User) -> None:
    project = create_project(name="Short", by=lin)
    keep(project, lin, whole=1)
    age(transcript.recording, 100, "created_at")
    move_recording(recording=transcript.recording, project=project, by=lin)
    apply_retention()
    assert Recording.objects.get().binned_at is None
    age(transcript.recording, 8, "retention_from")
    apply_retention()
    assert Recording.objects.get().binned_at is not None


def test_what_the_installation_says_counts_where_a_project_says_nothing(
    transcript: Transcript, lin: User, settings: Any
) -> None:
    settings.AUDIO_DAYS, settings.RECORDING_DAYS = 10, 0
    recording = transcript.recording
    age(recording, 11, "created_at")
    keep(recording.project, lin, audio=0)
    apply_retention()
    assert path_of(recording.original).exists()
    assert Recording.objects.select_related("project").get().audio_ends_at is None
    keep(recording.project, lin, audio=None)
    apply_retention()
    assert not path_of(recording.original).exists()


@pytest.mark.parametrize("whole_project", [True, False])
def test_nothing_on_hold_is_deleted_by_anyone_or_any_clock(
    transcript: Transcript, row: Utterance, lin: User, lins_client: Client, data_dir: Path, whole_project: bool
) -> None:
    recording, project = transcript.recording, create_project(name="Case", by=lin)
    move_recording(recording=recording, project=project, by=lin)
    comment = add_comment(row=row, body="As it was said", by=CommentAuthor(lin))
    if whole_project:
        keep(project, lin, audio=1, whole=1, hold=True)
    else:
        keep(project, lin, audio=1, whole=1)
        set_hold(recording=recording, on=True, by=lin)
    age(recording, MANY_DAYS, "created_at", "retention_from")
    recording = Recording.objects.select_related("project").get()
    assert (recording.ends_at, recording.audio_ends_at) == (None, None)
    author = CommentAuthor(lin)
    for attempt in (
        lambda: bin_recording(recording=recording, by=lin),
        lambda: delete_recording(recording=recording, by=lin),
        lambda: delete_audio(recording=recording, by=lin),
        lambda: bin_project(project=project, with_recordings=True, by=lin),
        lambda: delete_project(project=project, by=lin),
        lambda: delete_comment(comment=comment, by=author),
        lambda: edit_comment(comment=comment, body="Something else", by=author),
    ):
        with pytest.raises(OnHold):
            attempt()
    for name in ("recording_delete", "recording_audio_delete"):
        answer = lins_client.post(reverse(name, args=[recording.pk]))
        assert answer.status_code == 409
        assert "legal hold" in answer.content.decode()
    clean_up()
    # Not even what lay in the bin before.
    for model, key in ((Recording, recording.pk), (Project, project.pk)):
        model.objects.filter(pk=key).update(binned_at=timezone.now() - timedelta(days=MANY_DAYS))
        clean_up()
        model.objects.filter(pk=key).update(binned_at=None)
    assert path_of(recording.original).exists()
    comment.refresh_from_db()
    assert (comment.body, transcript.utterances.count(), Recording.objects.get().binned_at) == (
        "As it was said",
        2,
        None,
    )


def test_recording_stays_in_a_project_on_hold_and_takes_its_own_hold_along(transcript: Transcript, lin: User) -> None:
    recording, home = transcript.recording, transcript.recording.project
    held = create_project(name="Case", by=lin)
    move_recording(recording=recording, project=held, by=lin)
    keep(held, lin, hold=True)
    with pytest.raises(OnHold):
        move_recording(recording=recording, project=home, by=lin)
    with pytest.raises(OnHold):
        undo_move(move=recording.moves.get(), by=lin)
    keep(held, lin)
    set_hold(recording=recording, on=True, by=lin)
    move_recording(recording=recording, project=home, by=lin)
    with pytest.raises(OnHold):
        bin_recording(recording=recording, by=lin)
    set_hold(recording=recording, on=False, by=lin)
    bin_recording(recording=recording, by=lin)
    assert [event for _who, _about, event in lines(AuditEvent.HOLD_SET) + lines(AuditEvent.HOLD_LIFTED)] == [""] * 4


def test_account_is_not_deleted_while_its_project_is_on_hold(transcript: Transcript, lin: User) -> None:
    User.objects.create_superuser("root")
    keep(transcript.recording.project, lin, hold=True)
    with pytest.raises(OnHold):
        delete_account(user=lin)
    assert User.objects.get(pk=lin.pk).is_active


def test_lines_of_the_audit_stay_with_a_project_on_hold(transcript: Transcript, lin: User) -> None:
    keep(transcript.recording.project, lin, hold=True)
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=MANY_DAYS))
    forget_old_entries()
    assert lines(AuditEvent.HOLD_SET) == [("lin", "lin", "")]


def test_what_needs_the_audio_is_refused_once_it_is_deleted(
    lin: User, upload: Callable[..., Recording], settings: Any
) -> None:
    recording = upload(lin)
    settings.QUOTAS = {**settings.QUOTAS, "person_bytes": recording.size_bytes}
    delete_audio(recording=recording, by=lin)
    run = recording.transcriptions.get()
    assert run.state == TranscriptionState.CANCELLED
    for attempt in (
        lambda: request_transcription(recording=recording, options=RecognitionOptions(), by=lin),
        lambda: retry_transcription(transcription=run),
        lambda: choose_track(recording=recording, track=1, by=lin),
    ):
        with pytest.raises(NotPossible):
            attempt()
    assert not retry_playback(recording=recording)
    assert not Recording.objects.due()
    prepare_playback(recording.pk)
    check_storage(project=recording.project, by=lin, more_bytes=recording.size_bytes)
    delete_audio(recording=recording, by=lin)
    assert lines(AuditEvent.AUDIO_DELETED) == [("lin", "zh_welcome", "")]


def test_audio_deleted_while_another_track_is_looked_at_stays_deleted(
    lin: User, upload: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = upload(lin)
    probe = sandbox.probe_in_turn

    def probe_late(*arguments: Any, **more: Any) -> Any:
        info = probe(*arguments, **more)
        delete_audio(recording=recording, by=lin)
        return info

    monkeypatch.setattr(sandbox, "probe_in_turn", probe_late)
    with pytest.raises(NotPossible):
        choose_track(recording=recording, track=1, by=lin)
    recording.refresh_from_db()
    assert (recording.state, recording.size_bytes) == (PreparationState.FAILED, 0)


def test_hold_that_comes_during_the_clean_up_counts(
    lin: User, upload: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (upload(lin), upload(lin)):
        bin_recording(recording=one, by=lin)
        age(one, MANY_DAYS, "binned_at")

    def remove_slowly(recording: Recording) -> None:
        keep(recording.project, lin, hold=True)
        remove_recording(recording)

    monkeypatch.setattr(delete, "remove_recording", remove_slowly)
    clean_up()
    kept = Recording.objects.get()
    assert path_of(kept.original).exists()


def test_backup_that_has_yet_to_read_the_files_keeps_them(transcript: Transcript, lin: User, data_dir: Path) -> None:
    """What was deleted meanwhile goes with the next clean-up."""
    recording = transcript.recording
    clean_up()
    held = Installation.objects.hold_files()
    delete_audio(recording=recording, by=lin)
    clean_up()
    assert path_of(recording.original).exists()
    bin_recording(recording=recording, by=lin)
    delete_recording(recording=recording, by=lin)
    project = create_project(name="Empty", by=lin)
    Recording.objects.filter(pk=recording.pk).update(project=project)
    bin_project(project=project, with_recordings=True, by=lin)
    delete_project(project=project, by=lin)
    assert (path_of(recording.original).exists(), Project.objects.filter(pk=project.pk).exists()) == (True, True)
    Installation.objects.release_files(held)
    clean_up()
    assert (path_of(recording.original).exists(), Project.objects.filter(pk=project.pk).exists()) == (False, False)


def test_audio_that_a_backup_has_yet_to_read_is_for_nobody_else(
    transcript: Transcript, lin: User, lins_client: Client, tmp_path: Path
) -> None:
    recording = transcript.recording
    prepare_playback(recording.pk)
    check_installation()
    Installation.objects.hold_files()
    delete_audio(recording=recording, by=lin)
    recording.refresh_from_db()
    for name in ("recording_audio", "recording_peaks", "recording_overview"):
        assert lins_client.get(reverse(name, args=[recording.pk])).status_code == 404
    assert build_bundle(transcript=Transcript.objects.get(pk=transcript.pk)).sound == {}
    late = tmp_path / "late"
    late.write_bytes(b"made by a worker meanwhile")
    with pytest.raises(sandbox.WorkCancelled):
        put_files(recording, {f"{recording.folder}/late": late})
    assert (path_of(recording.original).exists(), path_of(f"{recording.folder}/late").exists()) == (True, False)


@pytest.mark.long
def test_owners_set_it_on_the_projects_page(lin: User, lins_client: Client, transcript: Transcript) -> None:
    project = transcript.recording.project
    page = reverse("project", args=[project.pk])
    assert "Retention" in lins_client.get(page).content.decode()
    address = reverse("project_retention", args=[project.pk])
    for wrong in ("-1", "x", "99999999999"):
        assert lins_client.post(address, {"audio_days": wrong}).status_code == 422
    answer = lins_client.post(address, {"audio_days": "30", "recording_days": "", "legal_hold": "on"})
    assert (answer.status_code, answer["Location"]) == (302, f"{page}#retention")
    project.refresh_from_db()
    assert (project.audio_days, project.recording_days, project.legal_hold) == (30, None, True)
    shown = lins_client.get(page).content.decode()
    assert 'value="30"' in shown
    assert "Legal hold" in lins_client.get("/").content.decode()
    audit = lins_client.get(reverse("project_audit", args=[project.pk])).content.decode()
    assert "audio: 30 days, recordings: for good" in audit
    lins_client.post(address, {"audio_days": "30"})
    assert "audio until" in lins_client.get("/").content.decode()
    assert lines(AuditEvent.HOLD_LIFTED) == [("lin", "lin", "")]


def test_owners_hold_a_recording_and_delete_its_audio(lins_client: Client, transcript: Transcript) -> None:
    recording = transcript.recording
    lins_client.post(reverse("recording_hold", args=[recording.pk]), {"on": "on"})
    recording.refresh_from_db()
    assert recording.legal_hold
    lins_client.post(reverse("recording_hold", args=[recording.pk]))
    answer = lins_client.post(reverse("recording_audio_delete", args=[recording.pk]))
    assert (answer.status_code, answer["Location"]) == (302, transcript.get_absolute_url())
    recording.refresh_from_db()
    assert (recording.legal_hold, recording.audio_deleted_at is None) == (False, False)
