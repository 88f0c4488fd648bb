"""Tags merged and deleted everywhere at once. What that did to recordings is a bulk action, which can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from transcripts.enums import BulkItemState, BulkKind, BulkState
from transcripts.errors import Gone, NotPossible
from transcripts.models import BulkAction, BulkItem, Tag

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def merge_tags(*, tag: Tag, into: Tag, by: User) -> None:
    """Every recording with `tag` gets `into` instead. Raises NotPossible unless they are two of one project."""
    if tag.pk == into.pk or tag.project_id != into.project_id:
        raise NotPossible("tag_elsewhere")
    with transaction.atomic():
        _lock_tags(tag, into)
        _note_undo(tag, by=by, into=into)
        into.recordings.add(*tag.recordings.values_list("pk", flat=True))
        Tag.objects.filter(pk=tag.pk).delete()


def delete_tag(*, tag: Tag, by: User) -> None:
    """Takes it off every recording, and away from the project."""
    with transaction.atomic():
        _lock_tags(tag)
        _note_undo(tag, by=by)
        Tag.objects.filter(pk=tag.pk).delete()


def _lock_tags(*tags: Tag) -> None:
    """So that no recording gets one of them before the transaction ends."""
    there = Tag.objects.select_for_update().filter(pk__in=[tag.pk for tag in tags]).order_by("pk")
    if len(there) < len(tags):
        raise Gone


def _note_undo(tag: Tag, *, by: User, into: Tag | None = None) -> None:
    """As if a worker had taken it off the recordings one by one. One that none has leaves nothing to undo."""
    recordings = list(tag.recordings.filter(binned_at=None).values_list("pk", flat=True))
    if not recordings:
        return
    had = set(into.recordings.values_list("pk", flat=True)) if into else set()
    details = {"tag": tag.name, "colour": tag.colour, "tags_of": tag.project_id}
    action = BulkAction.objects.create(
        kind=BulkKind.UNTAG,
        by=by,
        details=details | ({"into": into.name} if into else {}),
        state=BulkState.DONE,
        finished_at=timezone.now(),
    )
    done = [
        BulkItem(action=action, recording_id=pk, state=BulkItemState.DONE, before={"tagged": True, "had": pk in had})
        for pk in recordings
    ]
    BulkItem.objects.bulk_create(done, batch_size=1000)
