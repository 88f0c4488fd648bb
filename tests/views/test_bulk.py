"""Doing one thing to many recordings over HTTP, with and without htmx."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from lxml import html

from tests.conftest import HTMX
from transcripts.enums import BulkState, Role
from transcripts.models import BulkAction, Membership, Project, Recording
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.bulk.bulk import MOST_UNFINISHED, run_bulk_action
from transcripts.services.projects.projects import create_project

pytestmark = pytest.mark.django_db
CREATE = "bulk_create"


@pytest.fixture
def own(lin: User) -> list[Recording]:
    project = get_personal_project(lin)
    return [
        Recording.objects.create(project=project, uploaded_by=lin, title=f"talk {n}", duration_ms=90_000)
        for n in range(3)
    ]


@pytest.fixture
def others(lin: User, ana: User) -> Recording:
    """One that Lin may see, but not change."""
    project = create_project(name="Ana's", by=ana)
    Membership.objects.create(project=project, user=lin, role=Role.VIEWER)
    return Recording.objects.create(project=project, uploaded_by=ana, title="hers")


def ids(recordings: list[Recording]) -> list[str]:
    return [str(recording.pk) for recording in recordings]


def text(content: bytes) -> str:
    return " ".join(html.fromstring(content).text_content().split())


def test_question_says_how_many_before_anything_is_done(
    lins_client: Client, own: list[Recording], others: Recording
) -> None:
    form = {"kind": "recognise", "recording": ids([*own, others])}
    answer = lins_client.post(reverse(CREATE), form, headers=HTMX)
    said = text(answer.content)
    assert "Recognise 3 recordings again?" in said
    assert "1 more is selected, but you may not do this with it." in said
    assert "5 minutes of recognition" in said
    assert answer["HX-Retarget"] == "#bulk-question"
    assert not BulkAction.objects.exists()


@pytest.mark.long
@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_from_the_question_to_the_undo(lins_client: Client, own: list[Recording], headers: dict[str, str]) -> None:
    question = lins_client.post(reverse(CREATE), {"kind": "archive", "recording": ids(own[:2])}, headers=headers)
    form = html.fromstring(question.content).xpath("//form[contains(@class, 'bulk-question')]")[0]
    fields = form.form_values()
    begun = lins_client.post(
        form.action, {"kind": "archive", "recording": ids(own[:2]), "confirmed": "on"}, headers=headers
    )
    assert ("confirmed", "on") in fields
    assert begun.status_code == (200 if headers else 302)
    action = BulkAction.objects.get()
    assert action.address == "127.0.0.1"
    run_bulk_action(action.pk)
    line = text(lins_client.get(reverse("library")).content)
    assert "2 recordings archived" in line
    lins_client.post(reverse("bulk_undo", args=[action.pk]), headers=headers)
    run_bulk_action(action.pk)
    assert not Recording.objects.filter(archived_at__isnull=False).exists()
    assert "undone: 2 of 2" in text(lins_client.get(reverse("library")).content)
    lins_client.post(reverse("bulk_dismiss", args=[action.pk]), headers=headers)
    assert "Archiving" not in text(lins_client.get(reverse("library")).content)


def test_what_is_under_way_is_cancelled(lins_client: Client, own: list[Recording]) -> None:
    lins_client.post(reverse(CREATE), {"kind": "archive", "recording": ids(own), "confirmed": "on"})
    action = BulkAction.objects.get()
    answer = lins_client.post(reverse("bulk_cancel", args=[action.pk]), headers=HTMX)
    assert "cancelled, done: 0" in text(answer.content)
    action.refresh_from_db()
    assert action.state == BulkState.CANCELLED


def test_what_it_asks_for_must_be_one_of_those_offered(
    lins_client: Client, own: list[Recording], lin: User, ana: User
) -> None:
    far = create_project(name="Far", by=lin)
    theirs = create_project(name="Theirs", by=ana)
    form = {"kind": "move", "recording": ids(own), "confirmed": "on"}
    for project in ("", str(theirs.pk), "x"):
        answer = lins_client.post(reverse(CREATE), form | {"project": project}, headers=HTMX)
        assert (answer.status_code, "Choose one." in text(answer.content)) == (422, True)
    lins_client.post(reverse(CREATE), form | {"project": str(far.pk)})
    run_bulk_action(BulkAction.objects.get().pk)
    assert Recording.objects.filter(project=far).count() == 3


def test_recordings_are_assigned_and_to_nobody(lins_client: Client, own: list[Recording], lin: User) -> None:
    form = {"kind": "assign", "recording": ids(own), "confirmed": "on"}
    for person, expected in ((lin.pk, lin.pk), (0, None)):
        lins_client.post(reverse(CREATE), form | {"person": str(person)})
        run_bulk_action(BulkAction.objects.latest("created_at").pk)
        assert set(Recording.objects.values_list("assigned_to", flat=True)) == {expected}


@pytest.mark.parametrize("recording", [[], ["nonsense"]])
def test_without_recordings_a_sentence_says_so(lins_client: Client, recording: list[str]) -> None:
    form = {"kind": "archive", "recording": recording}
    answer = lins_client.post(reverse(CREATE), form, headers=HTMX)
    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert lins_client.post(reverse(CREATE), form).status_code == 302


def test_recordings_of_strangers_are_not_there(lins_client: Client, ana: User, lin: User) -> None:
    strange = Recording.objects.create(project=get_personal_project(ana), uploaded_by=ana, title="strange")
    answer = lins_client.post(reverse(CREATE), {"kind": "archive", "recording": ids([strange]), "confirmed": "on"})
    assert answer.status_code == 404
    action = BulkAction.objects.create(kind="archive", by=ana)
    assert lins_client.get(reverse("bulk_action", args=[action.pk])).status_code == 404


def test_nobody_begins_any_number_at_once(lins_client: Client, own: list[Recording]) -> None:
    form = {"kind": "archive", "recording": ids(own), "confirmed": "on"}
    for _ in range(MOST_UNFINISHED):
        lins_client.post(reverse(CREATE), form)
    answer = lins_client.post(reverse(CREATE), form, headers=HTMX)
    assert answer.status_code == 422
    assert BulkAction.objects.count() == MOST_UNFINISHED


def test_reasons_are_told_with_their_numbers(lins_client: Client, own: list[Recording], lin: User) -> None:
    lins_client.post(reverse(CREATE), {"kind": "bin", "recording": ids(own), "confirmed": "on"})
    Project.objects.update(legal_hold=True)
    action = BulkAction.objects.get()
    run_bulk_action(action.pk)
    answer = lins_client.get(reverse("bulk_action", args=[action.pk]), headers=HTMX)
    assert "3: under a legal hold" in text(answer.content)
