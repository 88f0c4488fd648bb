"""Tags renamed, coloured, merged and deleted everywhere at once, each as a bulk action, which can be undone.

What that did to recordings are its items, as if a worker had gone through them one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from transcripts import access
from transcripts.enums import Action, BulkItemState, BulkKind, BulkState
from transcripts.errors import Gone, NotPossible
from transcripts.models import BulkAction, BulkItem, Tag
from transcripts.models.bins import IN_USE, not_gone
from transcripts.models.tags import fold_tag_name
from transcripts.services.tags import find_or_make_tags, rename_tag, set_tag_colour

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def change_tag(*, tag: Tag, name: str, colour: int, by: User) -> None:
    """Gives it this name and colour on every recording. Raises NotPossible as `rename_tag` does."""
    with transaction.atomic():
        (old,) = _lock_tags(tag)
        rename_tag(tag=tag, name=name, by=by)
        set_tag_colour(tag=tag, colour=colour, by=by)
        before, after = ({"name": one.name, "colour": one.colour} for one in (old, tag))
        if before != after:
            details = {"tags_of": tag.project_id, "tag": old.name, "pk": tag.pk, "before": before, "after": after}
            _note_done(BulkKind.TAG, details, by=by)


def merge_tags(*, tag: Tag, into: Tag, by: User) -> None:
    """Every recording with `tag` gets `into` instead. Raises NotPossible unless they are two of one project."""
    if tag.pk == into.pk or tag.project_id != into.project_id:
        raise NotPossible("tag_elsewhere")
    with transaction.atomic():
        _lock_tags(tag, into)
        _note_removed(tag, by=by, into=into)
        into.recordings.add(*tag.recordings.values_list("pk", flat=True))
        Tag.objects.filter(pk=tag.pk).delete()


def delete_tag(*, tag: Tag, by: User) -> None:
    """Takes it off every recording, and away from the project."""
    with transaction.atomic():
        _lock_tags(tag)
        _note_removed(tag, by=by)
        Tag.objects.filter(pk=tag.pk).delete()


def restore_tag(action: BulkAction) -> None:
    """Gives a tag back its name and colour, or makes a deleted one anew, for an action without items.

    Raises NotPossible where what was changed has changed again, or another tag has the name.
    """
    known = action.details
    project = access.project_for(action.by, known["tags_of"], Action.EDIT)
    if "before" not in known:
        find_or_make_tags(project=project, names=[known["tag"]], colour=known["colour"])
        return
    before, after = known["before"], known["after"]
    tags = project.tags.select_for_update()
    # One that was merged or deleted and came back is another row.
    tag = tags.filter(pk=known["pk"]).first() or tags.filter(folded=fold_tag_name(after["name"])).first()
    changed = [field for field in before if before[field] != after[field]]
    if tag is None or any(getattr(tag, field) != after[field] for field in changed):
        raise NotPossible("tag_changed")
    if "name" in changed:
        rename_tag(tag=tag, name=before["name"], by=action.by)
    if "colour" in changed:
        set_tag_colour(tag=tag, colour=before["colour"], by=action.by)


def _lock_tags(*tags: Tag) -> list[Tag]:
    """So that no recording gets one of them before the transaction ends. Returns them as they are now, by key."""
    there = list(Tag.objects.select_for_update().filter(pk__in=[tag.pk for tag in tags]).order_by("pk"))
    if len(there) < len(tags):
        raise Gone
    return there


def _note_removed(tag: Tag, *, by: User, into: Tag | None = None) -> None:
    """`count` is without the recordings in the bin, of which not everybody knows."""
    recordings = tag.recordings.filter(not_gone())
    had = set(into.recordings.values_list("pk", flat=True)) if into else set()
    details = {"tags_of": tag.project_id, "tag": tag.name, "colour": tag.colour}
    details["count"] = recordings.filter(IN_USE).count()
    action = _note_done(BulkKind.UNTAG, details | ({"into": into.name} if into else {}), by=by)
    done = [
        BulkItem(action=action, recording_id=pk, state=BulkItemState.DONE, before={"tagged": True, "had": pk in had})
        for pk in recordings.values_list("pk", flat=True)
    ]
    BulkItem.objects.bulk_create(done, batch_size=1000)


def _note_done(kind: BulkKind, details: dict[str, Any], *, by: User) -> BulkAction:
    state, now = BulkState.DONE, timezone.now()
    return BulkAction.objects.create(kind=kind, by=by, details=details, state=state, finished_at=now)
