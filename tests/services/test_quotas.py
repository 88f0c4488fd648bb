"""Quotas of storage and recognition: told before they are used up, then refused with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests import quick
from tests.conftest import ANSWER, AUDIO, HTMX
from transcripts.models import Recording, Transcription, Upload
from transcripts.services import quotas
from transcripts.services.accounts.accounts import get_personal_project

SOUND = AUDIO / "zh_welcome.wav"
SIZE = SOUND.stat().st_size
NONE = dict.fromkeys(("person_bytes", "person_minutes", "project_bytes", "project_minutes"), 0)
USED_UP = {"bytes": "storage quota is used up", "minutes": "recognition quota for this month is used up"}


def test_without_quotas_nothing_is_counted(lin: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    project = get_personal_project(lin)
    with django_assert_num_queries(0):
        quotas.check_storage(project=project, by=lin, more_bytes=10**15)
        quotas.check_minutes(project=project, by=lin, more_ms=10**12)
        assert quotas.list_nearly_used(project, lin) == []


@pytest.mark.parametrize("whose", ["person", "project"])
@pytest.mark.parametrize("kind", ["bytes", "minutes"])
def test_what_is_over_a_quota_is_refused_whichever_way_it_comes(
    data_dir: Path, lin: User, lins_client: Client, settings: Any, whose: str, kind: str
) -> None:
    recording = quick.create_recording(lin)
    Recording.objects.update(duration_ms=60_000)
    transcript = quick.recognised(recording, ANSWER)
    settings.QUOTAS = {**NONE, f"{whose}_{kind}": SIZE if kind == "bytes" else 1}
    create = reverse("recording_create")
    with SOUND.open("rb") as file:
        answers = [
            lins_client.post(create, {"file": file}, headers=HTMX),
            lins_client.post(create, {"url": "http://localhost/a.wav"}, headers=HTMX),
        ]
    if kind == "minutes":
        again = reverse("transcription_create", args=[recording.pk])
        answers.append(lins_client.post(again, {"transcript": transcript.pk}))
        assert "Recognise again" in answers[-1].text, "shown in the form"
    if (whose, kind) == ("person", "bytes"):
        form = {"file_name": "a.wav", "size_bytes": SIZE, "modified_ms": 1}
        answers.append(lins_client.post(reverse("upload_create"), form))
    answers.append(lins_client.post(reverse("recording_sample"), headers=HTMX))
    assert [USED_UP[kind] in answer.text for answer in answers] == [True] * len(answers)
    assert {answer.status_code for answer in answers} <= {403, 422}
    assert (Recording.objects.count(), Transcription.objects.count(), Upload.objects.count()) == (1, 1, 0)


@pytest.mark.long
def test_quotas_are_told_from_80_percent_on(data_dir: Path, lin: User, lins_client: Client, settings: Any) -> None:
    quick.create_recording(lin)
    project = get_personal_project(lin)
    pages = [reverse("library"), project.get_absolute_url(), reverse("account")]
    lin.set_password("correct horse")
    lin.save()
    lins_client.force_login(lin)
    settings.QUOTAS = {**NONE, "person_bytes": SIZE * 5 // 4}
    assert ["80% of your storage quota is used." in lins_client.get(page).text for page in pages] == [True] * 3
    settings.QUOTAS = {**NONE, "person_bytes": SIZE * 2}
    assert ["storage quota" in lins_client.get(page).text for page in pages] == [False] * 3


def test_last_months_minutes_do_not_count(data_dir: Path, lin: User, settings: Any) -> None:
    recording = quick.create_recording(lin)
    Recording.objects.update(duration_ms=60_000)
    settings.QUOTAS = {**NONE, "person_minutes": 1}
    assert quotas.list_nearly_used(None, lin) == [("person_minutes", 100)]
    Transcription.objects.update(created_at="2020-01-31T00:00:00Z")
    assert quotas.list_nearly_used(None, lin) == []
    quotas.check_minutes(project=recording.project, by=lin, more_ms=60_000)


@pytest.mark.long
def test_minutes_that_are_left_stand_beside_what_recognising_again_costs(
    data_dir: Path, lin: User, lins_client: Client, settings: Any
) -> None:
    recording = quick.create_recording(lin)
    Recording.objects.update(duration_ms=90_000)
    project = get_personal_project(lin)
    again = reverse("transcription_create", args=[recording.pk])
    assert quotas.count_minutes_left(project, lin) is None
    page = lins_client.get(again).text
    assert ("This recognises 2 minutes of audio." in page, "left this month" in page) == (True, False)
    assert "data-minutes-left" not in lins_client.get("/").text
    settings.QUOTAS = {**NONE, "person_minutes": 12, "project_minutes": 7}
    assert quotas.count_minutes_left(project, lin) == 5
    assert "5 minutes are left this month." in lins_client.get(again).text
    for page in (lins_client.get("/").text, lins_client.get(reverse("upload_options")).text):
        assert 'data-minutes-left="5"' in page
    settings.QUOTAS = {**NONE, "person_minutes": 1}
    assert quotas.count_minutes_left(project, lin) == 0
