"""Bulk actions: each recording on its own, whatever is killed meanwhile, and all of it undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import quick
from tests.conftest import ANSWER
from transcripts.enums import BulkItemState, BulkKind, BulkState, Role
from transcripts.models import BulkAction, BulkItem, Membership, Move, Project, Recording, Transcript
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.bulk import bulk
from transcripts.services.bulk.bulk import (
    MOST_UNFINISHED,
    TooMany,
    begin_bulk_action,
    cancel_bulk_action,
    forget_old_bulk_actions,
    run_bulk_action,
    undo_bulk_action,
)
from transcripts.services.bulk.kinds import KINDS
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.projects.projects import create_project
from transcripts.services.recordings.delete import bin_recording, restore_recording
from transcripts.services.tags import add_tags

pytestmark = [pytest.mark.django_db, pytest.mark.long]

DONE, REFUSED, UNDONE, WAITING = (BulkItemState[name] for name in ("DONE", "REFUSED", "UNDONE", "WAITING"))


@pytest.fixture
def shared(lin: User, ana: User) -> Project:
    """Lin's, with Ana as an editor."""
    project = create_project(name="Shared", by=lin)
    Membership.objects.create(project=project, user=ana, role=Role.EDITOR)
    return project


@pytest.fixture
def recordings(shared: Project, lin: User) -> list[Recording]:
    return [Recording.objects.create(project=shared, uploaded_by=lin, title=f"talk {n}") for n in range(5)]


def begun(kind: str, by: User, /, **details: Any) -> BulkAction:
    return begin_bulk_action(kind=kind, recordings=Recording.objects.filter(binned_at=None), details=details, by=by)


def done(kind: str, by: User, /, **details: Any) -> BulkAction:
    action = begun(kind, by, **details)
    run_bulk_action(action.pk)
    action.refresh_from_db()
    assert action.state == BulkState.DONE
    return action


def undone(action: BulkAction) -> BulkAction:
    assert undo_bulk_action(action=action)
    run_bulk_action(action.pk)
    action.refresh_from_db()
    assert action.state == BulkState.DONE
    return action


def states(action: BulkAction) -> list[str]:
    return list(action.items.values_list("state", flat=True))


def reasons(action: BulkAction) -> set[str]:
    return set(action.items.exclude(error="").values_list("error", flat=True))


def look(recordings: list[Recording]) -> list[tuple[Any, ...]]:
    fields = ("project", "archived_at", "assigned_to", "binned_at")
    return list(
        Recording.objects.filter(pk__in=[recording.pk for recording in recordings])
        .order_by("title")
        .values_list(*fields)
    )


DETAILS: dict[str, Callable[[User, User], dict[str, Any]]] = {
    BulkKind.MOVE: lambda lin, _ana: {"project": get_personal_project(lin).pk},
    BulkKind.ASSIGN: lambda _lin, ana: {"person": ana.pk},
    BulkKind.ARCHIVE: lambda _lin, _ana: {},
    BulkKind.UNARCHIVE: lambda _lin, _ana: {},
    BulkKind.BIN: lambda _lin, _ana: {},
}


@pytest.mark.parametrize("kind", DETAILS)
def test_undo_brings_back_what_was_there(kind: str, recordings: list[Recording], lin: User, ana: User) -> None:
    """Also of recordings that were what the action makes of them, which stay so."""
    Recording.objects.filter(pk=recordings[0].pk).update(archived_at=timezone.now() - timedelta(days=3))
    Recording.objects.filter(pk=recordings[1].pk).update(assigned_to=lin)
    before = look(recordings)
    action = done(kind, lin, **DETAILS[kind](lin, ana))
    assert states(action) == [DONE] * 5
    after = look(recordings)
    assert after != before
    undone(action)
    assert states(action) == [UNDONE] * 5
    assert look(recordings) == before
    assert not undo_bulk_action(action=action)


@pytest.mark.parametrize("kind", [BulkKind.TAG, BulkKind.UNTAG, BulkKind.ARCHIVE, BulkKind.UNARCHIVE, BulkKind.ASSIGN])
def test_undo_reaches_what_went_into_the_bin(kind: str, recordings: list[Recording], lin: User, ana: User) -> None:
    first = recordings[0]
    if kind == BulkKind.UNTAG:
        add_tags(recording=first, names=["Talk"], by=lin)
    if kind == BulkKind.UNARCHIVE:
        Recording.objects.update(archived_at=timezone.now())
    before = look([first]), list(first.tags.values_list("name", flat=True))
    action = done(kind, ana, tag="Talk", person=ana.pk)
    assert (look([first]), list(first.tags.values_list("name", flat=True))) != before
    bin_recording(recording=first, by=lin)
    undone(action)
    assert states(action) == [UNDONE] * 5
    restore_recording(recording=first, by=lin)
    assert (look([first]), list(first.tags.values_list("name", flat=True))) == before


@pytest.mark.parametrize("kind", DETAILS)
@pytest.mark.parametrize("at", range(5))
def test_worker_that_is_killed_is_followed_by_another(
    kind: str, at: int, recordings: list[Recording], lin: User, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the recording was changed and before its item says so, or between two."""
    action = begun(kind, lin, **DETAILS[kind](lin, ana))
    mark, marked = bulk._mark, 0

    def die(item: BulkItem, *, error: str) -> None:
        nonlocal marked
        if marked == at:
            raise SystemExit
        marked += 1
        mark(item, error=error)

    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_mark", die)
        with pytest.raises(SystemExit):
            run_bulk_action(action.pk)
    assert states(action) == [DONE] * at + [WAITING] * (5 - at)
    BulkAction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    run_bulk_action(action.pk)
    assert states(action) == [DONE] * 5
    assert Move.objects.count() == (5 if kind == BulkKind.MOVE else 0)


def test_what_a_person_may_not_do_is_not_done(recordings: list[Recording], ana: User, lin: User) -> None:
    """Neither those they may not change at all, nor what was allowed when it began."""
    own = Recording.objects.create(project=get_personal_project(lin), uploaded_by=lin, title="own")
    assert begun(BulkKind.BIN, ana).items.count() == 0  # Editors don't delete.
    action = begun(BulkKind.ARCHIVE, ana)
    assert action.items.count() == 5
    Membership.objects.filter(user=ana, project=recordings[0].project).update(role=Role.VIEWER)
    run_bulk_action(action.pk)
    assert (states(action), reasons(action)) == ([REFUSED] * 5, {"not_allowed"})
    assert not Recording.objects.filter(archived_at__isnull=False).exists()
    own.refresh_from_db()
    assert own.archived_at is None


def test_one_that_is_not_possible_keeps_no_other_from_it(recordings: list[Recording], lin: User) -> None:
    action = begun(BulkKind.BIN, lin)
    Recording.objects.filter(pk=recordings[1].pk).update(legal_hold=True)
    bin_recording(recording=recordings[2], by=lin)
    run_bulk_action(action.pk)
    errors = dict(action.items.values_list("recording", "error"))
    assert [errors[recording.pk] for recording in recordings] == ["", "on_hold", "gone", "", ""]
    assert Recording.objects.filter(binned_at=None).get() == recordings[1]
    undone(action)
    assert Recording.objects.get(binned_at__isnull=False) == recordings[2]


def test_move_that_an_owner_has_to_allow_is_asked_for(recordings: list[Recording], ana: User) -> None:
    action = done(BulkKind.MOVE, ana, project=get_personal_project(ana).pk)
    assert Move.objects.asked().count() == 5
    undone(action)
    assert not Move.objects.exists()


def test_it_is_cancelled_between_two_and_what_is_done_is_undone(
    recordings: list[Recording], lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = begun(BulkKind.ARCHIVE, lin)
    mark = bulk._mark

    def cancel_after(item: BulkItem, *, error: str) -> None:
        mark(item, error=error)
        if item.recording_id == second:
            cancel_bulk_action(action=action)

    second = action.items.values_list("recording", flat=True)[1]
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_mark", cancel_after)
        run_bulk_action(action.pk)
    action.refresh_from_db()
    assert (action.state, states(action)) == (BulkState.CANCELLED, [DONE] * 2 + [WAITING] * 3)
    undone(action)
    assert states(action) == [UNDONE] * 2 + [WAITING] * 3
    assert not Recording.objects.filter(archived_at__isnull=False).exists()


def test_rows_are_verified_and_what_was_so_before_stays(transcript: Transcript, lin: User) -> None:
    rows = list(transcript.utterances.visible())
    transcript.utterances.filter(pk=rows[0].pk).update(verified_at=timezone.now(), verified_by=lin)
    action = done(BulkKind.VERIFY, lin)
    assert not transcript.utterances.visible().filter(verified_at=None).exists()
    undone(action)
    assert transcript.utterances.visible().filter(verified_at__isnull=False).get() == rows[0]


def test_verification_is_not_undone_once_the_person_has_worked_on_it(transcript: Transcript, lin: User) -> None:
    action = done(BulkKind.VERIFY, lin)
    row = transcript.utterances.visible()[0]
    edit_utterance(utterance=row, save=Save(text="今天天气很好。", base_version=row.version), by=lin)
    undone(action)
    assert (states(action), reasons(action)) == ([DONE], {"changed_since"})


def test_recognitions_are_asked_for_once_and_cancelled(
    lin: User, data_dir: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = quick.create_recording(lin, speakers=True)
    quick.recognised(recording, ANSWER)
    action = begun(BulkKind.RECOGNISE, lin)
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_mark", lambda _item, *, error: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_bulk_action(action.pk)
    BulkAction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    run_bulk_action(action.pk)
    newest, first = recording.transcriptions.order_by("-created_at")
    assert (newest.state, newest.options) == ("queued", first.options)
    refused = done(BulkKind.RECOGNISE, lin)
    assert reasons(refused) == {"running"}
    undone(action)
    newest.refresh_from_db()
    assert newest.state == "cancelled"


def test_each_person_has_a_few_at_once(recordings: list[Recording], lin: User, ana: User) -> None:
    for _ in range(MOST_UNFINISHED):
        last = begun(BulkKind.ARCHIVE, lin)
    with pytest.raises(TooMany):
        begun(BulkKind.ARCHIVE, lin)
    begun(BulkKind.ARCHIVE, ana)
    cancel_bulk_action(action=last)
    begun(BulkKind.ARCHIVE, lin)


def test_old_ones_are_forgotten(recordings: list[Recording], lin: User) -> None:
    old, new = done(BulkKind.ARCHIVE, lin), done(BulkKind.UNARCHIVE, lin)
    BulkAction.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    forget_old_bulk_actions()
    assert list(BulkAction.objects.all()) == [new]
    assert set(BulkItem.objects.values_list("action", flat=True)) == {new.pk}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(st.sampled_from(sorted(DETAILS)), min_size=1, max_size=4))
def test_undone_from_the_last_to_the_first_nothing_is_left(
    steps: list[str], recordings: list[Recording], lin: User, ana: User
) -> None:
    before = look(recordings)
    actions = [done(kind, lin, **DETAILS[kind](lin, ana)) for kind in steps]
    for action in reversed(actions):
        if undo_bulk_action(action=action):
            run_bulk_action(action.pk)
    assert look(recordings) == before


def test_every_kind_but_those_of_tags_is_known() -> None:
    assert set(KINDS) >= set(BulkKind) - {BulkKind.TAG, BulkKind.UNTAG}
