"""Things done to many recordings at once: begun by a page, carried out by a worker, cancelled and undone.

Each recording is a transaction of its own, in which its item is marked, too. So a worker may be killed at any moment,
others save in between, and what is not possible for one recording keeps none of the others from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from transcripts import access, queue
from transcripts.enums import BULK_RIGHTS, BulkItemState, BulkKind, BulkState
from transcripts.errors import (
    AlreadyRunning,
    EditConflict,
    NotAllowed,
    NotFound,
    NothingToUndo,
    NotPossible,
    OnHold,
    OverQuota,
)
from transcripts.logs import add_log_fields
from transcripts.models import BulkAction, BulkItem, Recording
from transcripts.services.audit import asked_from
from transcripts.services.bulk.kinds import KINDS, BulkRefused, BulkStep
from transcripts.services.bulk.tags import restore_tag
from transcripts.services.recognition.leases import keep_lease
from transcripts.services.short_transactions import delete_in_batches

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

MOST_UNFINISHED = 5
"""Bulk actions of one person that are under way at once."""
AT_ONCE = 100  # items that are read together


class TooMany(Exception):
    """The person has as many bulk actions under way as they may."""


def begin_bulk_action(
    *, kind: str, recordings: QuerySet[Recording], details: Mapping[str, Any], by: User, address: str | None = None
) -> BulkAction:
    """Enqueues it for those of the recordings with which the person may do it.

    The items are stored before the action is due, some at a time: none is due until all are there. Raises TooMany.
    """
    unfinished = BulkAction.objects.filter(by=by, state__in=[BulkState.QUEUED, BulkState.RUNNING])
    if unfinished.count() >= MOST_UNFINISHED:
        raise TooMany
    allowed = recordings.filter(access.membership_allows(by, BULK_RIGHTS[BulkKind(kind)])).order_by("pk")
    pks = list(allowed.values_list("pk", flat=True))
    with transaction.atomic():
        action = BulkAction.objects.create(kind=kind, details=dict(details), by=by, address=address)
        BulkItem.objects.bulk_create([BulkItem(action=action, recording_id=pk) for pk in pks], batch_size=1000)
        transaction.on_commit(lambda: queue.enqueue("run_bulk_action", action.pk))
    return action


def run_bulk_action(pk: UUID) -> None:
    """Carries on with it if it is due. Can be called any number of times, by any number of workers."""
    action = BulkAction.objects.select_related("by").claim(pk)
    if action is None:
        return
    add_log_fields(kind=action.kind)
    with keep_lease(action) as lost, asked_from(lambda: action.address):
        left = BulkItemState.DONE if action.is_undo else BulkItemState.WAITING
        last = 0
        while items := list(action.items.filter(state=left, error="", pk__gt=last).order_by("pk")[:AT_ONCE]):
            last = items[-1].pk
            for item in items:
                if lost.is_set():
                    return
                item.action = action
                if not _do_item(item):
                    return
        BulkAction.objects.held(action).move_to(BulkState.DONE, lease_until=None, finished_at=timezone.now())


def cancel_bulk_action(*, action: BulkAction) -> bool:
    """What is done stays, and can be undone. Returns whether it was unfinished."""
    return BulkAction.objects.filter(pk=action.pk).move_to(
        BulkState.CANCELLED, lease_until=None, finished_at=timezone.now()
    )


def undo_bulk_action(*, action: BulkAction) -> bool:
    """Enqueues the undo of what is done. Returns whether there was anything.

    What was done to a tag alone is undone at once. Raises NotPossible where the tag has changed since.
    """
    with transaction.atomic():
        ended = BulkAction.objects.filter(pk=action.pk, state__in=[BulkState.DONE, BulkState.CANCELLED])
        if not action.items.filter(state=BulkItemState.DONE).exists():
            if not action.is_of_tag or not ended.filter(is_undo=False).update(is_undo=True, dismissed=False):
                return False
            restore_tag(action)
            return True
        if not ended.move_to(BulkState.QUEUED, is_undo=True, finished_at=None, not_before=None, dismissed=False):
            return False
        action.items.filter(state=BulkItemState.DONE).update(error="")
        transaction.on_commit(lambda: queue.enqueue("run_bulk_action", action.pk))
    return True


def forget_old_bulk_actions() -> None:
    """Those that can no longer be undone."""
    over = BulkAction.objects.filter(created_at__lt=timezone.now() - timedelta(days=settings.BIN_DAYS))
    delete_in_batches(BulkItem.objects.filter(action__in=over))
    over.delete()


def _do_item(item: BulkItem) -> bool:
    """Does it to one recording, or undoes it. Returns whether the action still is this worker's."""
    action = item.action
    held = BulkAction.objects.held(action)
    try:
        if KINDS[action.kind].is_long:
            if not held.exists():
                return False
            _do_or_undo(item)
            _mark(item, error="")
        else:
            with transaction.atomic():
                if not held.select_for_update().exists():
                    return False
                _do_or_undo(item)
                _mark(item, error="")
    except _NOT_POSSIBLE as error:
        _mark(item, error=_name_reason(error))
    return True


def _do_or_undo(item: BulkItem) -> None:
    action, kind = item.action, KINDS[item.action.kind]
    right = BULK_RIGHTS[BulkKind(action.kind)]
    if action.is_undo and kind.restores:
        recording = Recording.objects.select_related("project").filter(pk=item.recording_id).first()
    elif action.is_undo and kind.in_bin:
        recording = access.kept_recording_for(action.by, item.recording_id, right)
    else:
        recording = access.recording_for(action.by, item.recording_id, right)
    if recording is None:
        raise NotFound
    step = BulkStep(item=item, recording=recording, details=action.details, by=action.by)
    if action.is_undo:
        kind.undo(step)
        return
    item.before = kind.look(step)
    kind.do(step)


def _mark(item: BulkItem, *, error: str) -> None:
    done, undone = BulkItemState.DONE, BulkItemState.UNDONE
    if error:
        item.state = done if item.action.is_undo else BulkItemState.REFUSED
    else:
        item.state = undone if item.action.is_undo else done
    item.error = error
    item.save(update_fields=["state", "error", "before"])


_REASONS: dict[type[Exception], str] = {
    NotFound: "gone",
    NotAllowed: "not_allowed",
    OnHold: "on_hold",
    AlreadyRunning: "running",
    EditConflict: "changed_since",
    NothingToUndo: "changed_since",
}

_NOT_POSSIBLE: tuple[type[Exception], ...] = (BulkRefused, NotPossible, OverQuota, *_REASONS)


def _name_reason(error: Exception) -> str:
    """One of the keys of `templatetags.bulk.REASONS`."""
    if isinstance(error, BulkRefused):
        return error.reason
    if isinstance(error, OverQuota):
        return error.quota
    if isinstance(error, NotPossible):
        return error.what
    return next(reason for kind, reason in _REASONS.items() if isinstance(error, kind))
