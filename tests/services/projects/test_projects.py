from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER
from tests.files import path_of
from tests.services.at_once import at_once
from transcripts.access import may
from transcripts.enums import Action, Role
from transcripts.errors import Gone, InvitationOver, LastOwner, NotEmpty, NotShareable
from transcripts.models import Invitation, Membership, Project, Recording, Transcript, Transcription
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.projects.invitations import accept_invitation, create_invitation, find_invitation
from transcripts.services.projects.moves import move_recording
from transcripts.services.projects.projects import (
    bin_project,
    change_project,
    create_project,
    remove_member,
    set_role,
)

Upload = Callable[..., Recording]


@pytest.fixture
def team(lin: User) -> Project:
    return create_project(name="Talks", by=lin)


@pytest.fixture
def wei(db: None) -> User:
    return User.objects.create_user("wei")


def join(project: Project, user: User, role: Role = Role.EDITOR) -> User:
    Membership.objects.create(project=project, user=user, role=role)
    return user


def invite(project: Project, by: User, *, once: bool = True) -> Invitation:
    return create_invitation(project=project, role=Role.EDITOR, days=7, once=once, by=by)


def members(project: Project) -> dict[str, str]:
    return dict(project.memberships.values_list("user__username", "role"))


def test_project_belongs_to_who_made_it(team: Project) -> None:
    assert (team.name, team.personal_of, team.second_reader, members(team)) == ("Talks", None, False, {"lin": "owner"})


def test_project_gets_another_name_and_asks_for_a_second_reader(team: Project, lin: User) -> None:
    change_project(project=team, name="Lectures", second_reader=True, by=lin)
    team.refresh_from_db()
    assert (team.name, team.second_reader) == ("Lectures", True)


def test_personal_project_stays_as_it_is(lin: User, ana: User) -> None:
    own = get_personal_project(lin)
    with pytest.raises(NotShareable):
        change_project(project=own, name="Mine", second_reader=True, by=lin)
    with pytest.raises(NotShareable):
        bin_project(project=own, with_recordings=True, by=lin)
    with pytest.raises(LastOwner):
        remove_member(project=own, user=lin, by=lin)
    own.refresh_from_db()
    assert (own.name, own.second_reader, members(own)) == ("lin", False, {"lin": "owner"})


def test_member_gets_another_role(team: Project, lin: User, ana: User) -> None:
    join(team, ana, Role.VIEWER)
    set_role(project=team, user=ana, role=Role.OWNER, by=lin)
    set_role(project=team, user=lin, role=Role.VIEWER, by=ana)
    assert members(team) == {"ana": "owner", "lin": "viewer"}


def test_last_owner_stays_one(team: Project, lin: User, ana: User) -> None:
    join(team, ana)
    with pytest.raises(LastOwner):
        set_role(project=team, user=lin, role=Role.EDITOR, by=lin)
    with pytest.raises(LastOwner):
        remove_member(project=team, user=lin, by=lin)
    set_role(project=team, user=lin, role=Role.OWNER, by=lin)
    assert members(team) == {"ana": "editor", "lin": "owner"}


def test_owner_may_go_where_another_one_stays(team: Project, lin: User, ana: User) -> None:
    join(team, ana, Role.OWNER)
    remove_member(project=team, user=lin, by=lin)
    assert members(team) == {"ana": "owner"}


def test_one_of_two_owners_who_go_at_the_same_moment_stays(
    transactional_db: None, lin: User, ana: User, team: Project
) -> None:
    join(team, ana, Role.OWNER)

    def go(user: User) -> bool:
        try:
            remove_member(project=team, user=user, by=user)
        except LastOwner:
            return False
        return True

    assert sorted(at_once(lambda: go(lin), lambda: go(ana))) == [False, True]
    assert list(members(team).values()) == ["owner"]


@pytest.mark.parametrize("is_member", [True, False])
def test_who_is_no_member_has_no_role(team: Project, lin: User, ana: User, is_member: bool) -> None:
    if is_member:
        remove_member(project=team, user=join(team, ana), by=lin)
    with pytest.raises(Gone):
        set_role(project=team, user=ana, role=Role.EDITOR, by=lin)
    with pytest.raises(Gone):
        remove_member(project=team, user=ana, by=lin)


def test_links_of_an_owner_end_with_their_ownership(team: Project, lin: User, ana: User, wei: User) -> None:
    join(team, ana, Role.OWNER)
    join(team, wei, Role.OWNER)
    kept = invite(team, lin)
    invite(team, ana)
    invite(team, wei, once=False)
    set_role(project=team, user=ana, role=Role.EDITOR, by=lin)
    remove_member(project=team, user=wei, by=wei)
    assert list(team.invitations.all()) == [kept]


def test_who_was_removed_does_not_come_back_by_the_link_for_all(team: Project, lin: User, ana: User) -> None:
    for_all, for_one = invite(team, lin, once=False), invite(team, lin)
    accept_invitation(token=for_all.token, by=ana)
    remove_member(project=team, user=ana, by=lin)
    assert (find_invitation(for_all.token), list(team.invitations.all())) == (None, [for_one])


def test_who_leaves_takes_no_link_of_others_along(team: Project, lin: User, ana: User) -> None:
    for_all = invite(team, lin, once=False)
    accept_invitation(token=for_all.token, by=ana)
    remove_member(project=team, user=ana, by=ana)
    assert find_invitation(for_all.token) == for_all


def test_links_of_other_projects_stay(team: Project, lin: User, ana: User) -> None:
    other = create_project(name="Other", by=ana)
    kept = invite(other, ana, once=False)
    remove_member(project=team, user=join(team, ana, Role.OWNER), by=lin)
    assert list(Invitation.objects.all()) == [kept]


def test_project_with_recordings_goes_into_the_bin_where_that_is_meant(
    team: Project, lin: User, upload: Upload
) -> None:
    inside = upload(lin)
    quick.recognised(inside, ANSWER)
    move_recording(recording=inside, project=team, by=lin)
    with pytest.raises(NotEmpty):
        bin_project(project=team, with_recordings=False, by=lin)
    assert may(lin, Action.MANAGE, team)
    bin_project(project=team, with_recordings=True, by=lin)
    team.refresh_from_db()
    assert (team.binned_by, may(lin, Action.MANAGE, team), path_of(inside.original).exists()) == (lin, False, True)


def test_nobody_comes_into_a_project_in_the_bin(team: Project, lin: User, ana: User, upload: Upload) -> None:
    token = invite(team, lin).token
    recording = upload(lin)
    bin_project(project=team, with_recordings=True, by=lin)
    with pytest.raises(InvitationOver):
        accept_invitation(token=token, by=ana)
    with pytest.raises(Gone):
        move_recording(recording=recording, project=team, by=lin)


def test_recording_moves_with_all_that_belongs_to_it(team: Project, lin: User, upload: Upload) -> None:
    transcript = quick.recognised(upload(lin), ANSWER)
    before = list(transcript.utterances.values())
    move_recording(recording=transcript.recording, project=team, by=lin)
    transcript = Transcript.objects.get()
    assert (transcript.recording.project, transcript.version, list(transcript.utterances.values())) == (team, 1, before)
    assert not get_personal_project(lin).recordings.exists()


def test_recording_moves_while_it_is_being_recognised(team: Project, lin: User, upload: Upload) -> None:
    recording = upload(lin)
    run = Transcription.objects.claim(recording.transcriptions.get().pk)
    assert run is not None
    move_recording(recording=recording, project=team, by=lin)
    Transcription.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    transcript = quick.recognised(recording, ANSWER)
    assert (transcript.recording.project, transcript.utterances.count()) == (team, 2)


def test_recording_that_somebody_moved_first_is_not_moved_again(team: Project, lin: User, upload: Upload) -> None:
    recording = upload(lin)
    seen = Recording.objects.get()
    move_recording(recording=recording, project=team, by=lin)
    with pytest.raises(Gone):
        move_recording(recording=seen, project=create_project(name="Other", by=lin), by=lin)
    assert Recording.objects.get().project == team


def test_recording_does_not_move_into_a_project_that_was_deleted(team: Project, lin: User, upload: Upload) -> None:
    recording = upload(lin)
    Project.objects.filter(pk=team.pk).delete()
    with pytest.raises(Gone):
        move_recording(recording=recording, project=team, by=lin)
    assert Recording.objects.get().project == get_personal_project(lin)
