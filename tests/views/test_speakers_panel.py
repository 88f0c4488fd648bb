"""What the panel "Speakers" says of telling speakers apart, and to whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import voices
from tests.conftest import HTMX
from tests.voices import get_versions, say, tell_apart
from transcripts.enums import DiarizationState, LinkRole, Role
from transcripts.models import Diarization, Membership, Speaker, Transcript
from transcripts.services.diarization.requests import request_diarization
from transcripts.services.editing.diarization import take_proposals, undo_diarization
from transcripts.services.editing.speakers import merge_speakers, rename_speaker
from transcripts.services.projects.share_links import create_share_link


@pytest.fixture
def talk(lin: User, data_dir: Any) -> Transcript:
    return voices.recognise(lin, "你好吗", "我很好", "那就好", "再见啊")


def fetch(client: Client, transcript: Transcript, name: str = "transcript_diarization") -> str:
    return client.get(reverse(name, args=[transcript.pk]), headers=HTMX).text


def said(client: Client, transcript: Transcript) -> str:
    """What is read out of it."""
    found = re.search(r'data-says="([^"]*)"', fetch(client, transcript))
    assert found
    return found[1]


def news(client: Client, transcript: Transcript) -> str:
    """Whether its page looks for news as it opens, and which."""
    found = re.search(r'data-now="\S+ ([0-9a-f-]+)"', client.get(transcript.get_absolute_url()).text)
    return found[1] if found else ""


@pytest.mark.long
def test_line_says_what_was_found_and_what_waits(talk: Transcript, lins_client: Client, lin: User) -> None:
    assert said(lins_client, talk) == ""
    found = tell_apart(talk, say("111", "222", "111", "222"), lin)
    assert said(lins_client, talk) == "2 voices told apart on this machine: check them"
    assert "data-news" in fetch(lins_client, talk)
    first = talk.speakers.all()[0]
    rename_speaker(speaker=first, name="王老师", base_name="", by=lin)
    assert said(lins_client, talk) == "2 voices told apart on this machine"
    assert "data-news" not in fetch(lins_client, talk)
    undo_diarization(diarization=found, by=lin)
    assert said(lins_client, talk) == "2 voices found."
    tell_apart(talk, say("111", "111", "111", "111"), lin, automatic=False)
    assert said(lins_client, talk) == "Only one voice was found."


def test_line_says_how_far_it_is_and_why_it_failed(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    request_diarization(transcript=talk, by=lin)
    assert said(lins_client, talk) == "Waiting in the queue"
    asked = Diarization.objects.filter(state=DiarizationState.QUEUED)
    asked.update(state=DiarizationState.RUNNING, progress=40)
    page = fetch(lins_client, talk)
    assert 'data-says="Telling speakers apart"' in page
    assert 'max="100" value="40"' in page
    assert "Tell speakers apart again" not in page
    Diarization.objects.unfinished().update(state=DiarizationState.FAILED, error="diarization_broken")
    page = fetch(lins_client, talk)
    assert "The speakers could not be told apart. The log tells administrators why." in page
    assert "2 voices told apart on this machine: check them" in page
    assert "Tell speakers apart again" in page


def test_nothing_would_change_where_all_is_as_found(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    tell_apart(talk, say("111", "222", "111", "222"), lin, automatic=False)
    assert said(lins_client, talk) == "2 voices found. Nothing would change."


def test_proposals_show_who_and_where(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    tell_apart(talk, say("111", "122", "333", "22B"), lin, automatic=False)
    listed = fetch(lins_client, talk, "diarization_proposals")
    rows = re.findall(r'data-proposal="(\d+)"', listed)
    assert rows == [str(row.pk) for row in talk.utterances.all()[1:3]]
    assert "2 rows would change" in listed
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", listed))
    assert "Speaker 1 | Speaker 2" in text
    assert "我 split here 很好" in text
    assert "Speaker 1 → becomes Voice 3" in text


def test_samples_and_parting_stand_at_the_speaker(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    first, second = talk.speakers.all()
    page = fetch(lins_client, talk)
    assert re.findall(r'data-voice-of="(\d+)"', page) == [str(first.pk), str(second.pk)]
    assert page.count('data-sample="') == 2
    assert page.count("These are two people") == 2
    merge_speakers(speaker=second, into=first, by=lin, versions=get_versions(talk.utterances.filter(speaker=second)))
    page = fetch(lins_client, talk)
    assert re.findall(r'data-voice-of="(\d+)"', page) == [str(first.pk)] * 2
    assert page.count("These are two people") == 1


@pytest.mark.long
def test_page_looks_for_news_while_there_may_be_some(talk: Transcript, lins_client: Client, lin: User) -> None:
    assert news(lins_client, talk) == ""
    asked = request_diarization(transcript=talk, by=lin)
    assert news(lins_client, talk) == str(asked.pk)
    Diarization.objects.update(state=DiarizationState.FAILED)
    assert news(lins_client, talk) == ""
    found = tell_apart(talk, say("111", "222", "111", "222"), lin)
    assert news(lins_client, talk) == str(found.pk)


def test_readers_see_speakers_alone(talk: Transcript, lin: User, ana: User, client: Client) -> None:
    tell_apart(talk, say("111", "AAA", "111", "222"), lin)
    Membership.objects.create(project=talk.recording.project, user=ana, role=Role.VIEWER)
    link = create_share_link(transcript=talk, role=LinkRole.READER, days=7, by=lin)
    guest = client.get(link.get_absolute_url()).text
    client.force_login(ana)
    for page in (guest, client.get(talk.get_absolute_url()).text):
        assert "<speakers-panel" in page
        assert "<tell-apart" not in page
        assert 'value="unsure"' not in page
        assert "Speaker 1" in page
    assert client.get(reverse("transcript_diarization", args=[talk.pk])).status_code == 403


def test_examples_are_offered_once_people_have_assigned_rows(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    assert "Use assigned rows as examples" not in fetch(lins_client, talk)
    first, second = Speaker.objects.order_by("pk")
    one, other, *_rest = talk.utterances.all()
    for row, speaker in ((one, first), (other, second)):
        lins_client.post(
            reverse("transcript_assign", args=[talk.pk]), {"rows": f"{row.pk}:{row.version}", "speaker": speaker.pk}
        )
    assert "people have assigned rows to 2 speakers" in fetch(lins_client, talk)


def test_number_that_was_asked_for_is_the_one_shown(talk: Transcript, lins_client: Client, lin: User) -> None:
    for hint, chosen in (
        ({}, []),
        ({"min_voices": 3, "max_voices": 3}, ["3"]),
        ({"min_voices": 2, "max_voices": 5}, ["range"]),
    ):
        tell_apart(talk, say("111", "222", "111", "222"), lin, hint=hint)
        page = fetch(lins_client, talk)
        assert re.findall(r'<option value="(\w*)"\s+selected', page) == chosen
    assert 'value="5"' in page


def test_taking_everything_leaves_nothing_to_list(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    found = tell_apart(talk, say("111", "222", "222", "222"), lin, automatic=False)
    assert "1 row would change" in fetch(lins_client, talk, "diarization_proposals")
    take_proposals(diarization=found, by=lin)
    assert fetch(lins_client, talk, "diarization_proposals").strip() == ""
