from __future__ import annotations

import csv
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER
from transcripts.enums import Role
from transcripts.models import Effort, Membership, Presence, Project, Transcript, Utterance
from transcripts.services.live.presence import move_to_row, open_page
from transcripts.services.recordings.delete import bin_recording


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def spend(transcript: Transcript, person: User, minutes: int) -> None:
    now = timezone.now()
    began_at = now - timedelta(hours=1)
    Effort.objects.create(user=person, transcript=transcript, ms=minutes * 60_000, began_at=began_at, seen_at=now)


def verify(transcript: Transcript, person: User) -> None:
    """All of the transcript's rows, which last for two hours."""
    rows = transcript.utterances.visible()
    rows.update(verified_by=person, verified_at=timezone.now())
    Utterance.objects.filter(pk=rows[0].pk).update(end_ms=7_200_000)
    transcript.recording.duration_ms = 7_200_000
    transcript.recording.save()
    transcript.version += 1
    transcript.save()


@pytest.fixture
def project(transcript: Transcript, ana: User) -> Project:
    """Lin's, in which Ana is an editor."""
    project = Project.objects.create(name="Talks")
    transcript.recording.project = project
    transcript.recording.save()
    for user, role in ((transcript.recording.uploaded_by, Role.OWNER), (ana, Role.EDITOR)):
        Membership.objects.create(project=project, user=user, role=role)
    return project


@pytest.fixture
def anas_client(ana: User) -> Client:
    client = Client()
    client.force_login(ana)
    return client


def share(client: Client, project: Project, *, on: bool = True) -> int:
    return client.post(reverse("effort"), {"project": project.pk} | ({"on": "on"} if on else {})).status_code


def test_page_tells_that_its_person_is_at_work(lins_client: Client, transcript: Transcript, lin: User) -> None:
    opened, row = uuid4(), transcript.utterances.all()[0].pk
    open_page(page=opened, transcript=transcript.pk, user=lin.pk, process=uuid4())
    move_to_row(page=opened, transcript=transcript.pk, user=lin.pk, row=row)
    address = reverse("transcript_here", args=[transcript.pk])
    assert lins_client.post(address, {"page": opened, "idle": "0"}).status_code == 204
    Effort.objects.update(seen_at=timezone.now() - timedelta(seconds=30))
    assert lins_client.post(address, {"page": opened, "idle": "10000"}).status_code == 204
    assert 19_900 <= Effort.objects.get(user=lin, transcript=transcript).ms < 25_000
    assert Presence.objects.get().row == row
    assert lins_client.post(address, {"page": opened, "idle": "-1"}).status_code == 422


def test_reading_is_not_counted(viewer: Client, transcript: Transcript) -> None:
    address = reverse("transcript_here", args=[transcript.pk])
    assert viewer.post(address, {"page": uuid4(), "idle": "0"}).status_code == 204
    assert not Effort.objects.exists()


@pytest.mark.long
@pytest.mark.parametrize("name", ["transcript_quality", "project_quality"])
def test_nobody_elses_time_is_in_any_figure_until_they_share_it(
    lins_client: Client, anas_client: Client, project: Project, transcript: Transcript, lin: User, ana: User, name: str
) -> None:
    User.objects.filter(pk=lin.pk).update(is_superuser=True, is_staff=True)
    verify(transcript, ana)
    place = transcript.pk if name == "transcript_quality" else project.pk

    def shown() -> str:
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"', "", page(lins_client, name, place))

    before = shown()
    spend(transcript, ana, 90)
    assert shown() == before
    anas = page(anas_client, name, place)
    assert (
        '<th scope="row"> ana <span class="hint">you</span> </th> <td>1.5 h</td> <td>2 h</td> <td>45 min</td>' in anas
    )
    spend(transcript, lin, 30)
    assert "<td>1.5 h</td>" not in shown()
    assert share(anas_client, project) == 302
    text = shown()
    assert '<th scope="row"> ana </th> <td>1.5 h</td> <td>2 h</td> <td>45 min</td>' in text
    assert '<th scope="row">Total</th> <td>2 h</td> <td>2 h</td> <td>60 min</td>' in text
    assert '<dt>Work for an hour of audio</dt> <dd> <a href="#effort">60 min</a>' in text
    share(anas_client, project, on=False)
    assert "1.5 h" not in shown()
    share(anas_client, project)
    Membership.objects.filter(user=ana).delete()
    assert "1.5 h" not in shown()


def test_time_is_shown_by_service_and_options(
    lins_client: Client, project: Project, transcript: Transcript, lin: User
) -> None:
    verify(transcript, lin)
    assert page(lins_client, "project_quality", project.pk).count("Work for an hour of audio") == 0
    spend(transcript, lin, 30)
    text = page(lins_client, "project_quality", project.pk)
    (table,) = re.findall(r'<h2 id="by-engine">.*?</table>', text)
    assert table.endswith("<td>2 h</td> <td>15 min</td> </tr> </tbody> </table>")


def test_time_of_a_project_is_that_on_its_current_transcripts(
    lins_client: Client, project: Project, transcript: Transcript, lin: User
) -> None:
    spend(transcript, lin, 7)
    current = quick.again(transcript.recording, ANSWER)
    current.recording.refresh_from_db()
    assert current.recording.current_transcript == current
    spend(current, lin, 30)
    elsewhere = quick.recognised(quick.create_recording(lin), ANSWER)
    spend(elsewhere, lin, 5)
    assert "<td>30 min</td>" in page(lins_client, "project_quality", project.pk)


def test_own_page_lists_projects_and_recordings(
    anas_client: Client, project: Project, transcript: Transcript, lin: User, ana: User
) -> None:
    assert "No work time yet" in page(anas_client, "effort")
    verify(transcript, ana)
    spend(transcript, ana, 90)
    spend(transcript, lin, 7)
    text = page(anas_client, "effort")
    assert "<dt>Work time</dt> <dd> 1.5 h </dd>" in text
    assert "only you" in text
    assert f'href="{reverse("transcript", args=[transcript.pk])}">{transcript.recording.title}</a>' in text
    assert "7 min" not in text
    share(anas_client, project)
    assert "Stop sharing" in page(anas_client, "effort")
    bin_recording(recording=transcript.recording, by=lin)
    text = page(anas_client, "effort")
    assert transcript.recording.title not in text
    assert '<th scope="row">Recordings you can no longer open</th> <td>1.5 h</td>' in text


def test_time_is_shared_with_nobody_but_members(
    lins_client: Client, anas_client: Client, transcript: Transcript, lin: User
) -> None:
    strange = transcript.recording.project
    assert share(anas_client, strange) == 404
    assert anas_client.post(reverse("effort"), {"project": "x"}).status_code == 404
    assert not Membership.objects.filter(shares_effort=True).exists()


def test_own_time_as_a_table(
    anas_client: Client, project: Project, transcript: Transcript, lin: User, ana: User
) -> None:
    verify(transcript, ana)
    spend(transcript, ana, 90)
    spend(quick.recognised(quick.create_recording(lin), ANSWER), ana, 3)
    transcript.recording.title = "=1+1"
    transcript.recording.save()
    response = anas_client.get(reverse("effort_table"))
    rows = list(csv.DictReader(response.content.decode("utf-8-sig").splitlines()))
    assert [[row[name] for name in list(row)[:6]] for row in rows] == [
        ["", "", "", "3.00", "0.00", ""],
        ["Talks", "'=1+1", str(transcript.pk), "90.00", "120.00", "45.0"],
    ]


@pytest.mark.long
def test_pages_ask_as_often_for_much_work_as_for_little(
    lins_client: Client, project: Project, transcript: Transcript, lin: User
) -> None:
    def ask() -> list[int]:
        counts = []
        for name, *args in (("effort",), ("project_quality", project.pk), ("transcript_quality", transcript.pk)):
            page(lins_client, str(name), *args)  # counts
            with CaptureQueriesContext(connection) as asked:
                page(lins_client, str(name), *args)
            counts.append(len(asked))
        return counts

    spend(transcript, lin, 30)
    once = ask()
    for number in range(3):
        recording = quick.create_recording(lin)
        recording.project = project
        recording.save()
        spend(quick.recognised(recording, ANSWER), lin, 2)
        person = User.objects.create_user(f"person{number}")
        Membership.objects.create(project=project, user=person, role=Role.EDITOR, shares_effort=True)
        spend(transcript, person, 2)
    assert ask() == once


def test_page_is_offered_where_one_looks_for_it(lins_client: Client, transcript: Transcript) -> None:
    link = f'href="{reverse("effort")}"'
    for name, *args in (("account",), ("transcript_quality", transcript.pk)):
        assert link in page(lins_client, str(name), *args)
