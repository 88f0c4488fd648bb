from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from transcripts.enums import Role
from transcripts.models import Invitation, Membership, Project
from transcripts.services.projects.invitations import SESSION_KEY, create_invitation
from transcripts.services.projects.projects import create_project


@pytest.fixture
def link(lin: User) -> Invitation:
    team = create_project(name="Talks", by=lin)
    return create_invitation(project=team, role=Role.EDITOR, days=7, once=True, by=lin)


def members(project: Project) -> dict[str, str]:
    return dict(project.memberships.values_list("user__username", "role"))


def test_invited_person_sees_who_invites_and_joins(link: Invitation, stranger: Client) -> None:
    page = stranger.get(link.get_absolute_url())
    assert (page.status_code, page.headers["Cache-Control"]) == (
        200,
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    assert [word in page.text for word in ("Talks", "lin invites you", "Editor", "Join", "noindex")] == [True] * 5
    assert members(link.project) == {"lin": "owner"}
    response = stranger.post(link.get_absolute_url(), follow=True)
    assert response.redirect_chain == [(f"/?project={link.project_id}", 302)]
    assert "You are now a member of “Talks”." in response.text
    assert members(link.project) == {"lin": "owner", "ana": "editor"}


def test_member_is_told_that_they_are_one(link: Invitation, lins_client: Client) -> None:
    text = lins_client.get(link.get_absolute_url()).text
    assert ("You are already a member." in text, "Join" in text) == (True, False)
    assert lins_client.post(link.get_absolute_url()).status_code == 302
    link.refresh_from_db()
    assert (link.uses, members(link.project)) == (0, {"lin": "owner"})


def test_who_is_not_signed_in_signs_in_or_up_first(link: Invitation, client: Client) -> None:
    url = link.get_absolute_url()
    page = client.get(url)
    assert (page.status_code, f"?next={url}" in page.text) == (200, True)
    assert client.session[SESSION_KEY] == link.token
    response = client.post(url)
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={url}")
    assert members(link.project) == {"lin": "owner"}


def test_invitation_waits_in_the_session_until_it_is_accepted(link: Invitation, client: Client, ana: User) -> None:
    client.get(link.get_absolute_url())
    client.force_login(ana)
    assert client.session[SESSION_KEY] == link.token
    client.post(link.get_absolute_url())
    assert SESSION_KEY not in client.session


def test_link_that_is_over_says_so_and_lets_nobody_in(link: Invitation, client: Client, stranger: Client) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for url in (link.get_absolute_url(), "/invitations/nonsense/", f"/invitations/{link.token}x/"):
        for answer in (client.get(url), stranger.get(url), stranger.post(url)):
            assert (answer.status_code, "no longer valid" in answer.text, "Talks" in answer.text) == (410, True, False)
    assert SESSION_KEY not in client.session
    assert Membership.objects.count() == 1


def test_joining_needs_the_token_of_the_page(link: Invitation, ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post(link.get_absolute_url()).status_code == 403
    assert members(link.project) == {"lin": "owner"}
