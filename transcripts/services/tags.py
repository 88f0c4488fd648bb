"""Tags of recordings. A project has each name once, however it is written; its tags stay when no recording has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from transcripts.errors import Gone, NotPossible
from transcripts.models import Project, Recording, Tag
from transcripts.models.tags import fold_tag_name, tidy_tag_name
from transcripts.text.limits import MOST_TAGS, TAG_COLOURS

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def find_or_make_tags(*, project: Project, names: Iterable[str], colour: int | None = None) -> list[Tag]:
    """The project's tags of these names, without repeated and empty ones; new ones get this or the next colours."""
    wanted: dict[str, str] = {}
    for given in names:
        if name := tidy_tag_name(given):
            wanted.setdefault(fold_tag_name(name), name)
    with transaction.atomic():
        there = {tag.folded: tag for tag in Tag.objects.filter(project=project, folded__in=wanted)}
        missing = wanted.keys() - there.keys()
        made = Tag.objects.filter(project=project).count() if missing else 0
        for number, folded in enumerate(name for name in wanted if name in missing):
            fields = {"name": wanted[folded], "colour": colour or (made + number) % TAG_COLOURS + 1}
            there[folded], _is_new = Tag.objects.get_or_create(project=project, folded=folded, defaults=fields)
    return [there[folded] for folded in wanted]


def add_tags(*, recording: Recording, names: Iterable[str], by: User, colour: int | None = None) -> list[Tag]:
    """Gives the recording these tags besides its own, at most MOST_TAGS in all. Returns them; new ones get the colour.

    Raises Gone where it was moved or deleted meanwhile.
    """
    if not (names := list(names)):
        return []
    with transaction.atomic():
        _lock_recording(recording)
        room = max(0, MOST_TAGS - recording.tags.count())
        tags = find_or_make_tags(project=recording.project, names=names[:MOST_TAGS], colour=colour)
        has = set(recording.tags.values_list("pk", flat=True))
        new = [tag for tag in tags if tag.pk not in has][:room]
        recording.tags.add(*new)
    return [tag for tag in tags if tag.pk in has or tag in new]


def remove_tag(*, recording: Recording, tag: Tag, by: User) -> None:
    """Takes the tag off the recording. The project keeps it."""
    recording.tags.remove(tag)


def rename_tag(*, tag: Tag, name: str, by: User) -> None:
    """Renames it in every recording. Raises NotPossible where nothing is left of the name, or another tag has it."""
    name = tidy_tag_name(name)
    if not name:
        raise NotPossible("tag_unnamed")
    try:
        with transaction.atomic():
            renamed = Tag.objects.filter(pk=tag.pk).update(name=name, folded=fold_tag_name(name))
    except IntegrityError as error:
        raise NotPossible("tag_exists") from error
    if not renamed:
        raise Gone
    tag.name, tag.folded = name, fold_tag_name(name)


def set_tag_colour(*, tag: Tag, colour: int, by: User) -> None:
    Tag.objects.filter(pk=tag.pk).update(colour=colour)
    tag.colour = colour


def carry_tags(*, recording: Recording, project: Project) -> None:
    """Gives a recording that came to the project its tags there: those of the same names, found or made."""
    strange = list(recording.tags.exclude(project=project))
    if not strange:
        return
    tags = find_or_make_tags(project=project, names=[tag.name for tag in strange])
    recording.tags.remove(*strange)
    recording.tags.add(*tags)


def _lock_recording(recording: Recording) -> None:
    """So that it stays in its project, and in the bin or out of it, until the transaction ends."""
    there = Recording.objects.select_for_update().filter(pk=recording.pk, project=recording.project_id)
    if not there.filter(binned_at=recording.binned_at):
        raise Gone
