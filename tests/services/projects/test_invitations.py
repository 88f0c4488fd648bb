from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from tests.services.at_once import at_once
from transcripts.enums import Role
from transcripts.errors import InvitationOver, NotShareable
from transcripts.models import Invitation, Membership, Project
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.projects.invitations import (
    accept_invitation,
    create_invitation,
    find_invitation,
    forget_expired_invitations,
    revoke_invitation,
)


@pytest.fixture
def team(lin: User) -> Project:
    project = Project.objects.create(name="Talks")
    Membership.objects.create(project=project, user=lin, role=Role.OWNER)
    return project


def invite(project: Project, by: User, *, role: Role = Role.EDITOR, days: int = 7, once: bool = True) -> Invitation:
    return create_invitation(project=project, role=role, days=days, once=once, by=by)


def members(project: Project) -> list[tuple[str, str]]:
    return list(project.memberships.order_by("user__username").values_list("user__username", "role"))


def test_link_makes_its_bearer_a_member(team: Project, lin: User, ana: User) -> None:
    made = invite(team, lin, role=Role.VIEWER)
    found = find_invitation(made.token)
    assert found == made
    assert (found.role, found.made_by, found.project) == (Role.VIEWER, lin, team)
    membership = accept_invitation(token=made.token, by=ana)
    assert (membership.project, membership.user, membership.role) == (team, ana, Role.VIEWER)
    assert members(team) == [("ana", "viewer"), ("lin", "owner")]


def test_link_for_one_person_lets_one_in(team: Project, lin: User, ana: User) -> None:
    made = invite(team, lin)
    accept_invitation(token=made.token, by=ana)
    assert find_invitation(made.token) is None
    with pytest.raises(InvitationOver):
        accept_invitation(token=made.token, by=User.objects.create_user("wei"))
    assert members(team) == [("ana", "editor"), ("lin", "owner")]


def test_link_for_many_counts_who_came(team: Project, lin: User, ana: User) -> None:
    made = invite(team, lin, once=False)
    for person in (ana, User.objects.create_user("wei"), ana):
        accept_invitation(token=made.token, by=person)
    made.refresh_from_db()
    assert (made.uses, members(team)) == (2, [("ana", "editor"), ("lin", "owner"), ("wei", "editor")])


def test_member_keeps_the_role_and_spends_nothing(team: Project, lin: User) -> None:
    made = invite(team, lin, role=Role.VIEWER)
    assert accept_invitation(token=made.token, by=lin).role == Role.OWNER
    assert find_invitation(made.token) == made


def test_expired_link_lets_nobody_in(team: Project, lin: User, ana: User) -> None:
    made = invite(team, lin)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    made.refresh_from_db()
    assert (made.is_expired, made.is_used, find_invitation(made.token)) == (True, False, None)
    with pytest.raises(InvitationOver):
        accept_invitation(token=made.token, by=ana)


def test_revoked_link_lets_nobody_in(team: Project, lin: User, ana: User) -> None:
    made = invite(team, lin)
    token = made.token
    revoke_invitation(invitation=made, by=lin)
    assert find_invitation(token) is None
    with pytest.raises(InvitationOver):
        accept_invitation(token=token, by=ana)


@pytest.mark.parametrize("forge", ["", "x", "{pk}", "{pk}.x", "{token}x", "x{token}", "0{token}", "{token}\x00", "。"])
def test_forged_link_lets_nobody_in(team: Project, lin: User, forge: str) -> None:
    made = invite(team, lin)
    assert find_invitation(forge.format(pk=made.pk.hex, token=made.token)) is None


def test_link_of_another_installation_lets_nobody_in(team: Project, lin: User, settings: Any) -> None:
    token = invite(team, lin).token
    settings.SECRET_KEY = "the key of another installation"
    assert find_invitation(token) is None


def test_nobody_is_invited_to_a_personal_project(lin: User) -> None:
    with pytest.raises(NotShareable):
        invite(get_personal_project(lin), lin)
    assert not Invitation.objects.exists()


def test_long_expired_links_are_forgotten(team: Project, lin: User) -> None:
    _old, recent, valid = (invite(team, lin, days=days) for days in (-31, -29, 1))
    forget_expired_invitations()
    assert set(Invitation.objects.all()) == {recent, valid}


def test_link_for_one_lets_one_in_of_many_at_the_same_moment(transactional_db: None, lin: User, team: Project) -> None:
    made = invite(team, lin)
    people = [User.objects.create_user(f"person{number}") for number in range(5)]

    def come(person: User) -> bool:
        try:
            accept_invitation(token=made.token, by=person)
        except InvitationOver:
            return False
        return True

    came = at_once(*(lambda person=person: come(person) for person in people))
    made.refresh_from_db()
    assert (sum(came), made.uses, team.memberships.count()) == (1, 1, 2)
