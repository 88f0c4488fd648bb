from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER
from transcripts.enums import Role, TranscriptionState
from transcripts.models import Membership, Project, Recording, Transcript, Transcription, Utterance

pytestmark = pytest.mark.long


@pytest.fixture
def project(transcript: Transcript, lin: User) -> Project:
    """Lin's, in which somebody with a formula for a name has verified a row."""
    wei = User.objects.create_user("=1+wei")
    project = transcript.recording.project
    Membership.objects.create(project=project, user=wei, role=Role.EDITOR)
    Utterance.objects.filter(pk=transcript.utterances.all()[0].pk).update(verified_by=wei, verified_at=timezone.now())
    return project


def overview(client: Client, project: Project, query: str = "") -> str:
    response = client.get(reverse("project_overview", args=[project.pk]) + query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def rows_of(client: Client, project: Project, query: str = "") -> list[dict[str, str]]:
    response = client.get(reverse("project_overview_table", args=[project.pk]) + query)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(response.content.decode("utf-8-sig").splitlines()))


def test_overview_shows_totals_curves_and_people(lins_client: Client, project: Project) -> None:
    page = overview(lins_client, project)
    assert page.count('role="img"') == 2
    assert '<th scope="row">=1+wei</th>' in page
    assert "66% of time" in page
    assert "nan" not in " ".join(re.findall(r'\bd="([^"]*)"', page))


def test_viewers_see_no_numbers_by_person(
    viewer: Client, lins_client: Client, project: Project, transcript: Transcript
) -> None:
    page = overview(viewer, project)
    assert "By person" not in page
    assert "=1+wei" not in page
    assert "66% of time" in page
    assert [row["verified_rows"] for row in rows_of(viewer, project, "?weeks=4")] == ["0", "0", "0", "0", "1"]
    assert "person" not in rows_of(viewer, project)[0]
    assert "person" in rows_of(lins_client, project)[0]


def test_table_has_a_line_for_each_week_and_person_and_no_formula(lins_client: Client, project: Project) -> None:
    Recording.objects.update(created_at=timezone.now() - timedelta(weeks=99), duration_ms=5_400_000)
    week = (timezone.localdate() - timedelta(days=timezone.localdate().weekday())).isoformat()
    assert [list(row.values()) for row in rows_of(lins_client, project)] == [
        ["earlier", "lin", "1", "1.500", "0.000", "0.000", "0", "0"],
        [week, "'=1+wei", "0", "0.000", "0.000", "0.000", "1", "0"],
        [week, "lin", "0", "0.000", "1.500", "0.000", "0", "0"],
    ]


@pytest.mark.parametrize("weeks", [4, 12, 26, 52])
def test_address_says_how_many_weeks(lins_client: Client, project: Project, weeks: int) -> None:
    page = overview(lins_client, project, f"?weeks={weeks}")
    assert f'aria-current="true">{weeks} weeks' in page
    assert len(re.findall('<tr> <th scope="row">', page.split("</tbody>")[0])) == weeks
    assert overview(lins_client, project).count('aria-current="true">26 weeks') == 1


@pytest.mark.parametrize("query", ["?weeks=5", "?weeks=-1", "?weeks=many", "?weeks=" + "9" * 99])
def test_other_weeks_are_not_there(lins_client: Client, project: Project, query: str) -> None:
    for name in ("project_overview", "project_overview_table"):
        assert lins_client.get(reverse(name, args=[project.pk]) + query).status_code == 404


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Etc/GMT+12", "Pacific/Kiritimati"])
def test_weeks_are_those_of_the_browsers_time_zone(
    lins_client: Client, project: Project, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lins_client.cookies["time_zone"] = zone
    assert f"in the time zone {zone}" in overview(lins_client, project)


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../../etc/passwd", "/etc/passwd", "Asia", "\0", "x" * 99])
def test_unknown_time_zone_is_that_of_the_installation(lins_client: Client, project: Project, zone: str) -> None:
    lins_client.cookies["time_zone"] = zone
    assert "in the time zone UTC" in overview(lins_client, project)


def test_overview_asks_as_often_for_many_recordings_as_for_one(
    lin: User, lins_client: Client, project: Project
) -> None:
    def ask() -> int:
        overview(lins_client, project)  # counts
        with CaptureQueriesContext(connection) as asked:
            overview(lins_client, project)
        return len(asked)

    once = ask()
    for number in range(3):
        other = quick.recognised(quick.create_recording(lin), ANSWER)
        person = User.objects.create_user(f"person{number}")
        Membership.objects.create(project=project, user=person, role=Role.EDITOR)
        other.utterances.update(verified_by=person, verified_at=timezone.now())
    assert ask() == once


def test_overview_says_what_is_still_being_counted(
    lins_client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcripts.views.overview.count_rows", lambda _project: 3)
    assert "3 recordings are being counted" in overview(lins_client, project)
    table = lins_client.get(reverse("project_overview_table", args=[project.pk]))
    assert (table.status_code, table["Location"]) == (302, reverse("project_overview", args=[project.pk]))


def test_failed_recognitions_lead_to_those_in_the_library(lins_client: Client, lin: User, project: Project) -> None:
    failed = quick.create_recording(lin)
    Transcription.objects.filter(recording=failed).update(state=TranscriptionState.FAILED)
    link = f"/?project={project.pk}&amp;state=failed"
    page = overview(lins_client, project)
    assert f'<a href="{link}">1</a>' in page
    assert f'<a href="{link}">1 failed recognition</a>' in page
    library = lins_client.get(link.replace("&amp;", "&")).text
    assert re.findall('<article class="recording" id="recording-(.*?)"', re.sub(r"\s+", " ", library)) == [
        str(failed.pk)
    ]


def test_overview_is_offered_in_the_library_and_with_the_projects(lins_client: Client, project: Project) -> None:
    address = reverse("project_overview", args=[project.pk])
    for page in (f"/?project={project.pk}", "/projects/", project.get_absolute_url()):
        assert f'href="{address}"' in lins_client.get(page).text, page
    assert f'href="{address}"' not in lins_client.get("/").text


def test_overview_is_in_the_readers_language(lins_client: Client, project: Project) -> None:
    lins_client.cookies["django_language"] = "zh-hans"
    response: Any = lins_client.get(
        reverse("project_overview", args=[project.pk]), headers={"Accept-Language": "zh-CN"}
    )
    assert "每周时长" in response.text
    assert datetime.now().strftime("%Y年") in response.text
