from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import voices
from tests.conftest import HTMX
from tests.voices import get_versions, list_rows, say, tell_apart
from transcripts.diarization.results import Hint
from transcripts.enums import DiarizationState, Role
from transcripts.models import Diarization, Membership, Transcript
from transcripts.services.diarization.requests import request_diarization
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.speakers import assign_rows

NO_ID = "67ee89ba-7050-4c04-a3d7-ac61a63499b3"


@pytest.fixture
def talk(lin: User, data_dir: Any) -> Transcript:
    return voices.recognise(lin, "你好吗", "我很好", "那就好", "再见啊")


def post(client: Client, name: str, transcript: Transcript, **form: Any) -> Any:
    return client.post(reverse(name, args=[transcript.pk]), form, headers=HTMX)


def written(transcript: Transcript) -> str:
    return ",".join(f"{pk}:{version}" for pk, version in get_versions(transcript.utterances.visible()).items())


@pytest.mark.parametrize(
    ("form", "hint"),
    [
        ({}, Hint()),
        ({"min_voices": "2", "max_voices": "2"}, Hint(2, 2)),
        ({"min_voices": "4", "max_voices": "2"}, Hint(2, 4)),
        ({"min_voices": "3"}, Hint(3, 10)),
        ({"max_voices": "3"}, Hint(1, 3)),
    ],
)
def test_asking_for_it(talk: Transcript, lins_client: Client, lin: User, form: dict[str, str], hint: Hint) -> None:
    answer = post(lins_client, "transcript_diarization", talk, **form)
    assert answer.status_code == 200
    asked = Diarization.objects.get()
    assert (asked.hinted, asked.requested_by, asked.automatic, asked.state) == (hint, lin, False, "queued")
    assert answer.text == lins_client.get(reverse("transcript_diarization", args=[talk.pk])).text


@pytest.mark.parametrize("form", [{"min_voices": "0"}, {"max_voices": "11"}, {"within": "x"}])
def test_what_makes_no_sense_is_refused(talk: Transcript, lins_client: Client, form: dict[str, str]) -> None:
    assert post(lins_client, "transcript_diarization", talk, **form).status_code == 422
    assert not Diarization.objects.exists()


def test_why_it_is_not_possible_is_said(talk: Transcript, lins_client: Client) -> None:
    answer = post(lins_client, "transcript_diarization", talk, examples="true")
    assert (answer.status_code, answer.text) == (409, "Assign a few rows to their speakers first.\n")
    assert post(lins_client, "transcript_diarization", talk, within=2**40).status_code == 404


def test_speaker_that_is_two_people(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    speaker = talk.speakers.get(label="1")
    assert post(lins_client, "transcript_diarization", talk, within=speaker.pk).status_code == 200
    asked = Diarization.objects.get(state=DiarizationState.QUEUED)
    assert (asked.within, asked.hinted) == (speaker, Hint(2, 2))


def test_cancelling(talk: Transcript, lins_client: Client, lin: User) -> None:
    request_diarization(transcript=talk, by=lin)
    for _again in range(2):
        assert post(lins_client, "diarization_cancel", talk).status_code == 200
    assert Diarization.objects.get().state == DiarizationState.CANCELLED


def test_proposals_are_listed_and_taken(talk: Transcript, lins_client: Client, lin: User) -> None:
    assert lins_client.get(reverse("diarization_proposals", args=[talk.pk])).status_code == 200
    row = talk.utterances.all()[1]
    assign_rows(transcript=talk, versions={row.pk: row.version}, by=lin, name="王老师")
    done = tell_apart(talk, say("111", "222", "122", "222"), lin)
    listed = lins_client.get(reverse("diarization_proposals", args=[talk.pk]))
    assert [listed.context["total"], len(listed.context["proposals"])] == [3, 3]
    assert "王老师" in listed.text
    first, last = talk.utterances.all()[0], talk.utterances.all()[3]
    taken = post(
        lins_client, "diarization_take", talk, diarization=done.pk, rows=f"{last.pk}:{last.version}", request_key="k"
    )
    assert (taken.status_code, f'data-marked="{last.pk}"' in taken.text) == (200, True)
    assert "X-Kept" not in taken
    verify_rows(transcript=talk, versions={first.pk: first.version}, on=True, by=lin)
    talk.refresh_from_db()
    rest = post(lins_client, "diarization_take", talk, diarization=done.pk, all="true", base_version=talk.version)
    assert rest.status_code == 200
    assert len(re.findall(r'data-utterance="\d+"', rest.text)) == 2  # the row that was split
    assert [one[1] for one in list_rows(talk)] == ["", "王老师", "Speaker 2", "王老师", "王老师"]
    talk.refresh_from_db()
    none = post(lins_client, "diarization_take", talk, diarization=done.pk, all="true", base_version=talk.version)
    assert none.status_code == 204


def test_what_changed_meanwhile_is_left_alone_and_said(talk: Transcript, lins_client: Client, lin: User) -> None:
    row = talk.utterances.all()[1]
    assign_rows(transcript=talk, versions={row.pk: row.version}, by=lin, name="王老师")
    done = tell_apart(talk, say("111", "222", "111", "222"), lin)
    seen = written(talk)
    first = talk.utterances.all()[0]
    verify_rows(transcript=talk, versions={first.pk: first.version}, on=True, by=lin)
    taken = post(lins_client, "diarization_take", talk, diarization=done.pk, rows=seen)
    assert (taken.status_code, taken["X-Kept"]) == (200, "2")
    again = post(lins_client, "diarization_take", talk, diarization=done.pk, rows=seen)
    assert again.status_code == 409
    for form in ({"rows": ""}, {"rows": "x"}, {"all": "true"}, {}):
        assert post(lins_client, "diarization_take", talk, diarization=done.pk, **form).status_code == 422
    assert post(lins_client, "diarization_take", talk, diarization=NO_ID, rows=seen).status_code == 404


def test_dismissing(talk: Transcript, lins_client: Client, lin: User) -> None:
    done = tell_apart(talk, say("112", "222", "111", "222"), lin)
    assert post(lins_client, "diarization_dismiss", talk, diarization=done.pk).context["panel"].proposal_count == 0
    assert lins_client.get(reverse("diarization_proposals", args=[talk.pk])).context["total"] == 0


def test_labels_are_undone_by_anybody_who_may_edit(talk: Transcript, lin: User, ana: User) -> None:
    done = tell_apart(talk, say("111", "222", "111", "222"), lin)
    Membership.objects.create(project=talk.recording.project, user=ana, role=Role.EDITOR)
    client = Client()
    client.force_login(ana)
    answer = post(client, "diarization_undo", talk, diarization=done.pk, request_key="k")
    assert (answer.status_code, [one[1] for one in list_rows(talk)]) == (200, [""] * 4)
    assert (answer.text.count("data-marked="), "data-text" in answer.text) == (4, False)
    assert post(client, "diarization_undo", talk, diarization=done.pk).status_code == 204
    history = client.get(reverse("transcript_history", args=[talk.pk]))
    assert "Speakers told apart" in history.text


def test_panel_tells_voices_and_where_they_are_heard(talk: Transcript, lins_client: Client, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "BBB"), lin)
    panel = lins_client.get(reverse("transcript_diarization", args=[talk.pk])).context["panel"]
    assert [(voice.number, str(voice.speaker), voice.samples) for voice in panel.voices] == [
        (1, "Speaker 1", ((0, 200),)),
        (2, "Speaker 2", ((2000, 2200),)),
    ]
    assert (panel.is_automatic, panel.taken.by, panel.example_speakers, panel.why_not) == (True, lin, 0, "")
    page = lins_client.get(talk.get_absolute_url()).text
    assert page.count('data-unsure=""') == 1


def test_viewers_see_the_speakers_alone(talk: Transcript, lin: User, ana: User) -> None:
    done = tell_apart(talk, say("111", "222", "111", "222"), lin)
    Membership.objects.create(project=talk.recording.project, user=ana, role=Role.VIEWER)
    client = Client()
    client.force_login(ana)
    form = {"diarization": done.pk, "all": "true", "base_version": 9}
    for name in ("transcript_diarization", "diarization_cancel", "diarization_take", "diarization_undo"):
        assert post(client, name, talk, **form).status_code == 403
    assert client.get(reverse("diarization_proposals", args=[talk.pk])).status_code == 403
    assert "Speaker 2" in client.get(talk.get_absolute_url()).text
