"""What comments and pieces have in common: telling the pages, and staying with their rows. No row's version changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from transcripts.models import Comment, Transcript, Utterance


def tell(transcript: Transcript) -> int:
    """The number of this change among those beside the text, by which pages learn of it. The transcript is locked."""
    transcript.aside += 1
    transcript.save(update_fields=["aside"])
    return transcript.aside


def threads() -> QuerySet[Comment]:
    """Those in which something still stands."""
    answers = Comment.objects.filter(thread=OuterRef("pk"), deleted_at=None)
    return Comment.objects.filter(Q(deleted_at=None) | Exists(answers), thread=None)


def recount(rows: Collection[int]) -> dict[int, int]:
    """Stores with each of the rows how many threads are open there."""
    of_row = threads().filter(utterance=OuterRef("pk"), resolved_at=None).order_by().values("utterance")
    count = Coalesce(Subquery(of_row.annotate(count=Count("pk")).values("count")), 0)
    found = Utterance.objects.filter(pk__in=rows)
    found.update(open_comments=count)
    return dict(found.values_list("pk", "open_comments"))


def follow(transcript: Transcript, rows: Sequence[Utterance]) -> None:
    """Comments go to where their words are, now that these rows were cut, joined, taken away or brought back.

    Those of a row that was deleted stay with it, and come back with it.
    """
    among = {row.pk: row for row in rows}
    found = Comment.objects.filter(transcript=transcript, utterance__in=among, thread=None)
    touched = set[int]()
    for pk, home, at_ms in found.values_list("pk", "utterance", "at_ms"):
        to = _row_at(at_ms, among[home], rows)
        touched |= {home, to.pk}
        if to.pk != home:
            Comment.objects.filter(pk=pk).update(utterance=to)
    for pk, count in recount(touched).items() if touched else ():
        among[pk].open_comments = count


def _row_at(at_ms: int, home: Utterance, rows: Sequence[Utterance]) -> Utterance:
    def holds(row: Utterance) -> bool:
        return not row.removed and row.start_ms <= at_ms < row.end_ms

    return home if holds(home) else next(filter(holds, rows), home)
