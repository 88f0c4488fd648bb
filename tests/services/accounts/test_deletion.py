from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from transcripts.access import CommentAuthor
from transcripts.enums import Role
from transcripts.errors import LastOwner
from transcripts.models import (
    Comment,
    Invitation,
    Mail,
    Membership,
    Notice,
    Project,
    Transcript,
    Upload,
    Utterance,
)
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.accounts.deletion import delete_account, get_deletion_effects
from transcripts.services.accounts.preferences import change_preferences
from transcripts.services.comments.comments import add_comment, reply_to_comment
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.live.assignments import claim_next_assignment, cut_assignments
from transcripts.services.maintenance import clean_up
from transcripts.services.projects.invitations import create_invitation
from transcripts.services.projects.moves import move_recording
from transcripts.services.projects.projects import set_role
from transcripts.services.recordings.uploads import begin_upload


def moved(transcript: Transcript, *members: tuple[User, Role]) -> Project:
    """Into a project of these."""
    project = Project.objects.create(name="Interviews")
    for user, role in members:
        Membership.objects.create(project=project, user=user, role=role)
    move_recording(recording=transcript.recording, project=project, by=members[0][0])
    return project


def test_account_that_left_nothing_is_gone(lin: User, ana: User, data_dir: Path) -> None:
    begin_upload(by=lin, file_name="a.wav", size_bytes=9, modified_ms=1)
    change_preferences(by=lin, speed=150)
    delete_account(user=lin)
    assert (list(User.objects.all()), Upload.objects.count()) == ([ana], 0)


def test_account_goes_with_the_last_thing_it_left(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    """Its recordings lie in the bin at first, with its name in their history."""
    edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=1), by=lin)
    User.objects.filter(pk=ana.pk).update(is_active=False)  # not deleted: an administrator has shut it out
    assert get_deletion_effects(lin).recordings == 1
    delete_account(user=lin)
    clean_up()
    assert [user.is_active for user in User.objects.filter(username="lin")] == [False]
    Project.objects.update(binned_at=timezone.now() - timedelta(days=31))
    clean_up()
    assert (list(User.objects.all()), Transcript.objects.count()) == ([ana], 0)


def test_name_stays_where_others_work_on(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    project = moved(transcript, (ana, Role.OWNER), (lin, Role.EDITOR))
    EmailAddress.objects.create(user=lin, email="lin@example.org", primary=True, verified=True)
    change_preferences(by=lin, speed=150)
    edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=1), by=lin)
    verify_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=lin)
    said = add_comment(row=row, body="@ana?", by=CommentAuthor(lin))
    reply_to_comment(comment=said, body="@lin!", by=CommentAuthor(ana))
    cut_assignments(transcript=transcript, minutes=1)
    claim_next_assignment(transcript=transcript, by=lin)
    own = get_personal_project(lin)
    Mail.objects.create(to="lin@example.org", content="New password")
    hers = Mail.objects.create(to="ana@example.org", content="New password")
    delete_account(user=lin)
    assert list(Mail.objects.all()) == [hers]
    left = User.objects.get(pk=lin.pk)
    assert (left.username, left.is_active, left.has_usable_password(), left.email) == ("lin", False, False, "")
    assert [change.by for change in transcript.changes.all()][1:] == [left, left]
    assert [one.author_name for one in Comment.objects.order_by("pk")] == ["lin", "ana"]
    row.refresh_from_db()
    assert (row.verified_by, row.is_verified) == (left, True)
    own.refresh_from_db()
    assert (list(project.members.all()), own.binned_at is not None) == ([ana], True)
    assert list(Notice.objects.values_list("user", flat=True)) == [ana.pk]
    assert (EmailAddress.objects.count(), transcript.assignments.filter(claimed_by=left).exists()) == (0, False)
    assert not hasattr(left, "preferences")
    connection.check_constraints()


def test_last_owner_of_others_stays(transcript: Transcript, lin: User, ana: User) -> None:
    project = moved(transcript, (lin, Role.OWNER), (ana, Role.EDITOR))
    found = get_deletion_effects(lin)
    names = [[one.name for one in some] for some in (found.held, found.gone)]
    assert (names, found.recordings, found.is_possible) == ([["Interviews"], ["lin"]], 0, False)
    with pytest.raises(LastOwner):
        delete_account(user=lin)
    assert Transcript.objects.filter(pk=transcript.pk).exists()
    set_role(project=project, user=ana, role=Role.OWNER, by=lin)
    create_invitation(project=project, role=Role.VIEWER, days=7, once=True, by=lin)
    delete_account(user=lin)
    assert (list(project.members.all()), Invitation.objects.count()) == ([ana], 0)
    assert Transcript.objects.filter(pk=transcript.pk).exists()


def test_project_where_one_is_alone_goes_too(transcript: Transcript, lin: User) -> None:
    moved(transcript, (lin, Role.OWNER))
    assert [project.name for project in get_deletion_effects(lin).gone] == ["Interviews", "lin"]
    delete_account(user=lin)
    assert {project.binned_at is None for project in Project.objects.all()} == {False}


def test_last_administrator_stays(lin: User, ana: User) -> None:
    User.objects.update(is_superuser=True)
    delete_account(user=User.objects.get(pk=ana.pk))
    with pytest.raises(LastOwner):
        delete_account(user=User.objects.get(pk=lin.pk))
    assert list(User.objects.all()) == [lin]
