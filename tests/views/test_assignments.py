from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import quick
from tests.conftest import HTMX
from tests.views.test_live import watch
from transcripts.enums import Role
from transcripts.models import Membership, Transcript
from transcripts.services.live.assignments import cut_assignments

MINUTE = 60_000


@pytest.fixture
def transcript(lin: User, data_dir: Path) -> Transcript:
    """Six minutes, a row every twenty seconds."""
    rows = [
        {"start_time": n * 20_000, "end_time": n * 20_000 + 15_000, "text": f"Row {n}.", "words": []} for n in range(18)
    ]
    answer = {"audio_info": {"duration": 6 * MINUTE}, "result": {"text": "", "utterances": rows}}
    return quick.recognised(quick.create_recording(lin), answer)


@pytest.fixture
def anas_client(ana: User, transcript: Transcript) -> Client:
    """Ana, who may edit."""
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.EDITOR)
    client = Client()
    client.force_login(ana)
    return client


def post(client: Client, name: str, *args: Any, **fields: Any) -> Any:
    return client.post(reverse(name, args=args), fields, headers=HTMX)


def shown(response: Any) -> list[tuple[str, bool]]:
    """Who has each assignment, and whether that is the asker."""
    found = re.findall(r'data-holder="(.*?)"(\s+data-own)?', response.text)
    return [(who, bool(own)) for who, own in found]


def test_recording_is_cut_and_assignments_are_claimed_and_handed_back(
    transcript: Transcript, lins_client: Client, anas_client: Client
) -> None:
    pk = transcript.pk
    assert shown(post(lins_client, "transcript_assignments", pk, minutes=2)) == [("", False)] * 3
    assert shown(post(lins_client, "transcript_next_assignment", pk)) == [("lin", True), ("", False), ("", False)]
    assert shown(post(anas_client, "transcript_next_assignment", pk)) == [("lin", False), ("ana", True), ("", False)]
    first = transcript.assignments.all()[0]
    refused = post(anas_client, "assignment_claim", pk, first.pk)
    assert ("lin is already working on it." in refused.text, shown(refused)[0]) == (True, ("lin", False))
    assert shown(post(anas_client, "assignment_claim", pk, first.pk, over="true"))[0] == ("ana", True)
    assert shown(post(anas_client, "assignment_hand_back", pk, first.pk))[0] == ("", False)
    assert shown(post(lins_client, "transcript_assignments", pk)) == []


def test_where_no_assignment_is_free_it_says_so(transcript: Transcript, lins_client: Client) -> None:
    cut_assignments(transcript=transcript, minutes=10)
    post(lins_client, "transcript_next_assignment", transcript.pk)
    refused = post(lins_client, "transcript_next_assignment", transcript.pk)
    assert (refused.status_code, "No assignment is free: all are done" in refused.text) == (200, True)
    plain = lins_client.post(reverse("transcript_next_assignment", args=[transcript.pk]), follow=True)
    assert "No assignment is free: all are done" in plain.text


@pytest.mark.parametrize("minutes", ["0", "241", "x", "-3"])
def test_length_that_makes_no_sense_is_refused(transcript: Transcript, lins_client: Client, minutes: str) -> None:
    assert post(lins_client, "transcript_assignments", transcript.pk, minutes=minutes).status_code == 422


def test_viewer_sees_who_is_where_and_has_nothing_to_press(
    transcript: Transcript, lins_client: Client, anas_client: Client
) -> None:
    cut_assignments(transcript=transcript, minutes=2)
    post(lins_client, "transcript_next_assignment", transcript.pk)
    Membership.objects.filter(user__username="ana").update(role=Role.VIEWER)
    answer = anas_client.get(reverse("transcript_assignments", args=[transcript.pk]), headers=HTMX)
    assert (shown(answer)[0], "<form" in answer.text) == (("lin", False), False)


def test_page_brings_the_list_at_once_only_where_there_are_assignments(
    transcript: Transcript, lins_client: Client
) -> None:
    page = transcript.get_absolute_url()
    assert "data-now>" not in lins_client.get(page).text
    cut_assignments(transcript=transcript, minutes=2)
    assert "data-now>" in lins_client.get(page).text


def test_claim_is_told_to_every_page(transactional_db: None, transcript: Transcript, lin: User) -> None:
    async def scenario(following: Callable[[], Any]) -> Any:
        await sync_to_async(cut_assignments)(transcript=transcript, minutes=2)
        return await following()

    assert watch(lin, transcript, scenario, "?annotation=0") == ("", "annotation", {"annotation": 1, "rows": {}})
