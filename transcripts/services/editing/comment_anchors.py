"""Keeps comments with their words, and counts changes of comments and assignments. Rows keep their versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from transcripts.models import Comment, Transcript, Utterance
from transcripts.queries.comments import select_threads

FEW = 500  # rows that a query names


def publish_annotation(transcript: Transcript) -> int:
    """Counts a change of comments or assignments and returns its number. The transcript must be locked.

    Pages ask for what is newer than the number that they have.
    """
    transcript.annotation_version += 1
    transcript.save(update_fields=["annotation_version"])
    return transcript.annotation_version


def recount_open_threads(rows: Collection[int]) -> dict[int, int]:
    """Stores on each row how many open threads it has."""
    of_row = select_threads().filter(utterance=OuterRef("pk"), resolved_at=None).order_by().values("utterance")
    count = Coalesce(Subquery(of_row.annotate(count=Count("pk")).values("count")), 0)
    utterances = Utterance.objects.filter(pk__in=rows)
    utterances.update(open_comments=count)
    return dict(utterances.values_list("pk", "open_comments"))


class Anchor(Protocol):
    """A row as it is now."""

    pk: int
    start_ms: int
    end_ms: int
    removed: bool


def move_comments(transcript: Transcript, rows: Sequence[Anchor]) -> dict[int, int]:
    """Moves comments to where their words are, after these rows were split, merged, deleted or brought back.

    Comments on a deleted row stay with it and come back with it. Returns how many open threads each row concerned has.
    """
    among = {row.pk: row for row in rows}
    comments = Comment.objects.filter(transcript=transcript, thread=None)
    if len(among) <= FEW:
        comments = comments.filter(utterance__in=among)
    touched = set[int]()
    for pk, home, at_ms in comments.values_list("pk", "utterance", "at_ms"):
        if home not in among:
            continue
        to = _find_row_at(at_ms, among[home], rows)
        touched |= {home, to.pk}
        if to.pk != home:
            Comment.objects.filter(pk=pk).update(utterance=to.pk)
    return recount_open_threads(touched) if touched else {}


def shift_comments(transcript: Transcript, shifts: Mapping[int, int]) -> None:
    """Moves the times of comments along with the words of their rows. `shifts`: rows and by how many ms they moved."""
    if not shifts:
        return
    moved = []
    for comment in Comment.objects.filter(transcript=transcript, thread=None).only("utterance_id", "at_ms"):
        if by_ms := shifts.get(comment.utterance_id or 0):
            comment.at_ms = max(0, comment.at_ms + by_ms)
            moved.append(comment)
    Comment.objects.bulk_update(moved, ["at_ms"], batch_size=100)


def _find_row_at(at_ms: int, home: Anchor, rows: Sequence[Anchor]) -> Anchor:
    def holds(row: Anchor) -> bool:
        return not row.removed and row.start_ms <= at_ms < row.end_ms

    return home if holds(home) else next(filter(holds, rows), home)
