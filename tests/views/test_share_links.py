from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import HTMX
from transcripts.enums import LinkRole, Role
from transcripts.models import Membership, ShareLink, Transcript
from transcripts.services.projects.share_links import create_share_link

MADE = {"role": "commenter", "days": "7", "label": "for Ana"}


def address(transcript: Transcript) -> str:
    return reverse("transcript_share_links", args=[transcript.pk])


def test_owner_makes_and_copies_a_link(transcript: Transcript, lins_client: Client, lin: User) -> None:
    response = lins_client.post(address(transcript), MADE, headers=HTMX)
    link = ShareLink.objects.get()
    assert (link.transcript, link.role, link.label, link.made_by) == (transcript, LinkRole.COMMENTER, "for Ana", lin)
    assert (response.status_code, "data-made" in response.text) == (200, True)
    (copied,) = re.findall(r'data-copy="([^"]+)"', response.text)
    assert copied == f"http://testserver/shared/{link.token}/"
    assert Client().get(copied).status_code == 200


def test_without_scripts_a_link_is_made_on_a_page(transcript: Transcript, lins_client: Client) -> None:
    response: Any = lins_client.post(address(transcript), MADE, follow=True)
    assert response.redirect_chain == [(address(transcript), 302)]
    assert ("<!DOCTYPE html>" in response.text, "for Ana" in response.text) == (True, True)
    link = ShareLink.objects.get()
    response = lins_client.post(reverse("share_link_revoke", args=[link.pk]), follow=True)
    assert (response.redirect_chain, ShareLink.objects.count()) == ([(address(transcript), 302)], 0)


@pytest.mark.parametrize(
    "wrong", [{"role": "owner"}, {"role": ""}, {"days": "2"}, {"days": "9999999"}, {"days": "x"}, {"label": "x" * 101}]
)
def test_link_that_makes_no_sense_is_not_made(
    transcript: Transcript, lins_client: Client, wrong: dict[str, str]
) -> None:
    for headers in (HTMX, {}):
        response = lins_client.post(address(transcript), {**MADE, **wrong}, headers=headers)
        assert (response.status_code, 'class="error"' in response.text) == (422, True)
    assert ShareLink.objects.count() == 0


def test_revoked_link_is_gone_at_once(transcript: Transcript, lins_client: Client, lin: User) -> None:
    links = [create_share_link(transcript=transcript, role=LinkRole.READER, days=1, by=lin) for _time in range(2)]
    response = lins_client.post(reverse("share_link_revoke", args=[links[0].pk]), headers=HTMX)
    assert (response.status_code, response.text.count("data-copy")) == (200, 1)
    answers = [Client().get(link.get_absolute_url()).status_code for link in links]
    assert answers == [404, 200]


def test_expired_link_is_shown_to_be_removed(transcript: Transcript, lins_client: Client, lin: User) -> None:
    create_share_link(transcript=transcript, role=LinkRole.READER, days=-1, label="old", by=lin)
    text = lins_client.get(address(transcript)).text
    assert ("Expired" in text, "Remove" in text, "data-copy" in text) == (True, True, False)


@pytest.mark.parametrize(("role", "may"), [(Role.OWNER, True), (Role.EDITOR, False), (Role.VIEWER, False)])
def test_button_is_there_for_who_may_share(transcript: Transcript, lin: User, ana: User, role: Role, may: bool) -> None:
    Membership.objects.create(project=transcript.recording.project, user=ana, role=role)
    client = Client()
    client.force_login(ana)
    shown = "share-dialog.js" in client.get(transcript.get_absolute_url()).text
    assert (shown, client.get(address(transcript)).status_code) == (may, 200 if may else 403)


def test_owner_of_another_project_does_not_revoke(transcript: Transcript, lin: User, stranger: Client) -> None:
    link = create_share_link(transcript=transcript, role=LinkRole.READER, days=1, by=lin)
    assert stranger.post(reverse("share_link_revoke", args=[link.pk])).status_code == 404
    assert ShareLink.objects.count() == 1


def test_label_is_text_and_nothing_else(transcript: Transcript, lins_client: Client) -> None:
    text = lins_client.post(address(transcript), {**MADE, "label": "<b onclick=x>"}, headers=HTMX).text
    assert ("<b onclick" in text, "&lt;b onclick=x&gt;" in text) == (False, True)


def test_queries_do_not_grow_with_the_links(
    transcript: Transcript, lins_client: Client, lin: User, django_assert_num_queries: Any
) -> None:
    create_share_link(transcript=transcript, role=LinkRole.READER, days=1, by=lin)
    with django_assert_num_queries(4) as before:
        lins_client.get(address(transcript), headers=HTMX)
    for _time in range(3):
        create_share_link(transcript=transcript, role=LinkRole.READER, days=1, by=lin)
    with django_assert_num_queries(len(before)):
        lins_client.get(address(transcript), headers=HTMX)
