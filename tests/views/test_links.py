"""Links end with the right to make them, and owners see and revoke all links of a project in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from transcripts.enums import AuditEvent, LinkRole, Role
from transcripts.models import AuditEntry, Invitation, Membership, Project, ShareLink, Transcript
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.projects.invitations import create_invitation
from transcripts.services.projects.moves import move_recording
from transcripts.services.projects.share_links import create_share_link

ALL_PARTS = ("words", "player", "rows", "find", "audio", "peaks", "overview", "live", "comments")


@pytest.fixture
def team(transcript: Transcript, lin: User, ana: User) -> Project:
    """Lin's and Ana's, who both own it, with the transcript in it."""
    cache.clear()
    project = Project.objects.create(name="Talks")
    for user in (lin, ana):
        Membership.objects.create(project=project, user=user, role=Role.OWNER)
    transcript.recording.project = project
    transcript.recording.save()
    return project


@pytest.fixture
def link(team: Project, transcript: Transcript, ana: User) -> ShareLink:
    return create_share_link(transcript=transcript, role=LinkRole.COMMENTER, days=7, label="for Eve", by=ana)


@pytest.fixture
def invitation(team: Project, ana: User) -> Invitation:
    return create_invitation(project=team, role=Role.EDITOR, days=7, once=False, by=ana)


def statuses(*links: ShareLink | Invitation) -> list[int]:
    return [Client().get(link.get_absolute_url()).status_code for link in links]


def sign_in(name: str, password: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"username": name, "password": password})
    return client


def leave(team: Project, ana: User, lins_client: Client) -> None:
    sign_in("ana", "battery staple").post(reverse("project_leave", args=[team.pk]))


def be_removed(team: Project, ana: User, lins_client: Client) -> None:
    lins_client.post(reverse("member_remove", args=[team.pk, ana.pk]))


def become_editor(team: Project, ana: User, lins_client: Client) -> None:
    lins_client.post(reverse("member_role", args=[team.pk, ana.pk]), {"role": "editor"})


def be_deactivated(team: Project, ana: User, lins_client: Client) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)


def lose_the_password(team: Project, ana: User, lins_client: Client) -> None:
    ana.set_unusable_password()
    ana.save()


def delete_the_account(team: Project, ana: User, lins_client: Client) -> None:
    client = sign_in("ana", "battery staple")
    client.post("/accounts/reauthenticate/", {"password": "battery staple"})
    client.post(reverse("account_delete"), {"username": "ana"})
    assert not User.objects.filter(username="ana", is_active=True).exists()


def lose_the_membership_unseen(team: Project, ana: User, lins_client: Client) -> None:
    """By hand, in the database: nothing of ours ran."""
    Membership.objects.filter(user=ana).update(role=Role.VIEWER)


@pytest.mark.long
@pytest.mark.parametrize(
    "happen",
    [
        leave,
        be_removed,
        become_editor,
        be_deactivated,
        lose_the_password,
        delete_the_account,
        lose_the_membership_unseen,
    ],
)
def test_links_end_with_the_right_to_make_them(
    team: Project,
    ana: User,
    lin: User,
    lins_client: Client,
    link: ShareLink,
    invitation: Invitation,
    happen: Callable[[Project, User, Client], None],
) -> None:
    kept = create_share_link(transcript=link.transcript, role=LinkRole.READER, days=7, by=lin)
    token = link.token
    assert statuses(link, invitation, kept) == [200, 200, 200]
    happen(team, ana, lins_client)
    assert statuses(kept) == [200]
    assert Client().get(invitation.get_absolute_url()).context["invitation"] is None
    assert Client().get(link.get_absolute_url()).status_code == 404
    answers = {part: Client().get(reverse(f"shared_{part}", args=[token])).status_code for part in ALL_PARTS}
    assert answers == dict.fromkeys(ALL_PARTS, 404)
    wei = User.objects.create_user("wei", password="correct horse 1")
    client = Client()
    client.force_login(wei)
    assert client.post(invitation.get_absolute_url()).status_code == 410
    assert not team.memberships.filter(user=wei).exists()


def test_links_stay_with_the_right_to_make_them(team: Project, link: ShareLink, lins_client: Client, lin: User) -> None:
    wei = User.objects.create_user("wei")
    Membership.objects.create(project=team, user=wei, role=Role.EDITOR)
    lins_client.post(reverse("member_role", args=[team.pk, wei.pk]), {"role": "viewer"})
    lins_client.post(reverse("member_remove", args=[team.pk, wei.pk]))
    assert statuses(link) == [200]


def test_link_does_not_follow_where_its_maker_may_not_share(
    team: Project, link: ShareLink, lin: User, transcript: Transcript
) -> None:
    move_recording(recording=transcript.recording, project=get_personal_project(lin), by=lin)
    assert statuses(link) == [404]


def test_first_account_shares_before_it_has_a_password(transcript: Transcript, lin: User) -> None:
    lin.is_superuser = True
    lin.set_unusable_password()
    lin.save()
    assert statuses(create_share_link(transcript=transcript, role=LinkRole.READER, days=7, by=lin)) == [200]


def test_owner_sees_all_links_of_a_project(
    team: Project, link: ShareLink, invitation: Invitation, lins_client: Client, ana: User
) -> None:
    old = create_share_link(transcript=link.transcript, role=LinkRole.READER, days=-1, label="for Wei", by=ana)
    page = lins_client.get(team.get_absolute_url()).text
    for shown in ("for Eve", "for Wei", "created by ana", str(link.transcript), "Expired", "Revoke all links"):
        assert shown in page, shown
    assert (link.token in page, old.token in page, invitation.token in page) == (False, False, True)
    lose_the_membership_unseen(team, ana, lins_client)
    assert lins_client.get(team.get_absolute_url()).text.count("Ended") == 2


def test_owner_revokes_one_link(team: Project, link: ShareLink, lins_client: Client) -> None:
    done: Any = lins_client.post(reverse("share_link_revoke", args=[link.pk]), {"project": ""})
    assert (done.url, statuses(link)) == (f"{team.get_absolute_url()}#links", [404])


def test_owner_revokes_all_links_at_once(
    team: Project, link: ShareLink, invitation: Invitation, lins_client: Client, lin: User
) -> None:
    used = create_invitation(project=team, role=Role.VIEWER, days=7, once=True, by=lin)
    done: Any = lins_client.post(reverse("project_revoke_links", args=[team.pk]), follow=True)
    assert "All links were revoked." in done.text
    assert (ShareLink.objects.count(), Invitation.objects.count()) == (0, 0)
    revoked = AuditEntry.objects.filter(event=AuditEvent.LINK_REVOKED, by=lin, project=team)
    assert (revoked.count(), statuses(link)) == (3, [404])
    assert Client().get(used.get_absolute_url()).context["invitation"] is None
    assert team.memberships.count() == 2


def test_links_of_other_projects_stay(team: Project, link: ShareLink, lins_client: Client, lin: User) -> None:
    other = Project.objects.create(name="Other")
    Membership.objects.create(project=other, user=lin, role=Role.OWNER)
    lins_client.post(reverse("project_revoke_links", args=[other.pk]))
    assert statuses(link) == [200]


def test_queries_do_not_grow_with_the_links(
    team: Project, link: ShareLink, lins_client: Client, ana: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(10, exact=False) as before:
        lins_client.get(team.get_absolute_url())
    for _time in range(3):
        create_share_link(transcript=link.transcript, role=LinkRole.READER, days=1, by=ana)
        create_invitation(project=team, role=Role.EDITOR, days=7, once=True, by=ana)
    with django_assert_num_queries(len(before)):
        lins_client.get(team.get_absolute_url())
