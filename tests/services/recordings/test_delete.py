"""Deleting: into the bin first, and later or at once for good, by whichever way a row is deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER, OTHER_ANSWER
from tests.files import path_of
from transcripts.access import CommentAuthor
from transcripts.enums import TranscriptionState
from transcripts.errors import Gone
from transcripts.models import Change, Comment, Membership, Project, Recording, Transcript, Transcription, Utterance
from transcripts.services import short_transactions
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.accounts.deletion import delete_account
from transcripts.services.comments.comments import add_comment, reply_to_comment
from transcripts.services.maintenance import clean_up
from transcripts.services.projects.projects import bin_project, create_project, delete_project, restore_project
from transcripts.services.recordings.delete import bin_recording, delete_recording, restore_recording


def aged(binned: Recording | Project, days: float) -> None:
    type(binned).objects.filter(pk=binned.pk).update(binned_at=timezone.now() - timedelta(days=days))


def test_recording_in_the_bin_keeps_everything_and_comes_back(transcript: Transcript, lin: User) -> None:
    recording = transcript.recording
    bin_recording(recording=recording, by=lin)
    recording.refresh_from_db()
    assert (recording.binned_by, path_of(recording.original).exists()) == (lin, True)
    restore_recording(recording=recording, by=lin)
    recording.refresh_from_db()
    assert (recording.binned_at, recording.binned_by, transcript.utterances.count()) == (None, None, 2)


def test_its_recognition_is_cancelled(lin: User, upload: Callable[..., Recording]) -> None:
    recording = upload(lin)
    bin_recording(recording=recording, by=lin)
    assert recording.transcriptions.get().state == TranscriptionState.CANCELLED
    assert not Transcription.objects.due().exists()


def test_its_time_in_the_bin_ends(transcript: Transcript, lin: User, data_dir: Path) -> None:
    recording = transcript.recording
    bin_recording(recording=recording, by=lin)
    aged(recording, 29.9)
    clean_up()
    assert path_of(recording.original).exists()
    aged(recording, 30.1)
    with pytest.raises(Gone):
        restore_recording(recording=recording, by=lin)
    clean_up()
    assert (Recording.objects.count(), Utterance.objects.count(), Change.objects.count()) == (0, 0, 0)
    assert list((data_dir / "media/recordings").iterdir()) == []


def test_deleted_for_good_it_goes_at_once_and_in_short_transactions(
    transcript: Transcript, row: Utterance, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(short_transactions, "AT_ONCE", 1)
    recording = transcript.recording
    quick.again(recording, OTHER_ANSWER)
    said = add_comment(row=row, body="So?", by=CommentAuthor(lin))
    reply_to_comment(comment=said, body="Yes.", by=CommentAuthor(lin))
    with pytest.raises(Gone):
        delete_recording(recording=recording, by=lin)
    bin_recording(recording=recording, by=lin)
    delete_recording(recording=recording, by=lin)
    assert (Recording.objects.count(), Utterance.objects.count(), Comment.objects.count()) == (0, 0, 0)
    assert not path_of(recording.folder).exists()


def test_process_killed_while_it_deletes_leaves_nothing_that_can_come_back(transcript: Transcript, lin: User) -> None:
    """What it had no time for is done by the next clean-up."""
    recording = transcript.recording
    bin_recording(recording=recording, by=lin)
    with mock.patch("shutil.rmtree", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        delete_recording(recording=recording, by=lin)
    with pytest.raises(Gone):
        restore_recording(recording=recording, by=lin)
    clean_up()
    assert (Recording.objects.count(), path_of(recording.folder).exists()) == (0, False)


def test_project_comes_back_with_what_was_in_it(
    transcript: Transcript, lin: User, upload: Callable[..., Recording]
) -> None:
    team = create_project(name="Talks", by=lin)
    inside, thrown = transcript.recording, upload(lin)
    Recording.objects.update(project=team)
    bin_recording(recording=thrown, by=lin)
    bin_project(project=team, with_recordings=True, by=lin)
    team.refresh_from_db()
    restore_project(project=team, by=lin)
    assert list(Recording.objects.filter(binned_at=None)) == [inside]


def test_project_is_deleted_for_good_with_its_files(
    transcript: Transcript, lin: User, data_dir: Path, upload: Callable[..., Recording]
) -> None:
    other = upload(lin)
    for end in ("now", "later"):
        team = create_project(name="Talks", by=lin)
        recording = quick.create_recording(lin)
        quick.recognised(recording, ANSWER)
        Recording.objects.filter(pk=recording.pk).update(project=team)
        bin_project(project=team, with_recordings=True, by=lin)
        team.refresh_from_db()
        if end == "now":
            delete_project(project=team, by=lin)
        else:
            aged(team, 31)
            clean_up()
        assert not Project.objects.filter(name="Talks").exists()
        assert not path_of(recording.folder).exists()
    assert {other, transcript.recording} == set(Recording.objects.all())


def test_administrator_brings_back_what_an_account_left(transcript: Transcript, lin: User, ana: User) -> None:
    own = get_personal_project(lin)
    restorer = Client()
    restorer.force_login(ana)
    delete_account(user=lin)
    own.refresh_from_db()
    assert (own.personal_of, own.name) == (None, "lin")
    assert restorer.post(reverse("project_restore", args=[own.pk])).status_code == 404
    User.objects.filter(pk=ana.pk).update(is_superuser=True)
    assert "lin" in restorer.get(reverse("bin")).text
    assert restorer.post(reverse("project_restore", args=[own.pk])).status_code == 302
    assert Membership.objects.get(project=own).user == ana
    assert restorer.get(transcript.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("way", ["raw", "administration", "many in the administration"])
def test_account_deleted_in_any_way_leaves_its_recordings_in_the_bin(
    transcript: Transcript, lin: User, ana: User, lins_client: Client, way: str
) -> None:
    User.objects.filter(pk=ana.pk).update(is_superuser=True, is_staff=True)
    administrator = Client()
    administrator.force_login(ana)
    if way == "raw":
        lin.delete()
    elif way == "administration":
        asked = administrator.get(f"/admin/auth/user/{lin.pk}/delete/")
        assert "Project “lin”, into the bin" in asked.text
        administrator.post(f"/admin/auth/user/{lin.pk}/delete/", {"post": "yes"})
    else:
        form = {"action": "delete_selected", "_selected_action": [lin.pk], "post": "yes"}
        administrator.post("/admin/auth/user/", form)
    assert not User.objects.filter(pk=lin.pk, is_active=True).exists()
    recording = Recording.objects.get()
    assert (path_of(recording.original).exists(), recording.project.binned_at is not None) == (True, True)


def test_administration_names_what_needs_another_owner_first(lin: User, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_superuser=True, is_staff=True)
    team = create_project(name="Talks", by=lin)
    Membership.objects.create(project=team, user=ana, role="viewer")
    administrator = Client()
    administrator.force_login(ana)
    asked = administrator.get(f"/admin/auth/user/{lin.pk}/delete/")
    assert "Project “Talks”, which needs another owner first" in asked.text
    assert administrator.post(f"/admin/auth/user/{lin.pk}/delete/", {"post": "yes"}).status_code in {200, 403}
    assert User.objects.filter(pk=lin.pk).exists()


def test_recording_deleted_in_any_way_leaves_no_file(
    transcript: Transcript, django_capture_on_commit_callbacks: Any
) -> None:
    folder = path_of(transcript.recording.folder)
    with django_capture_on_commit_callbacks(execute=True):
        Recording.objects.all().delete()
    assert not folder.exists()
