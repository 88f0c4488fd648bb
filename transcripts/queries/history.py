"""Reads of a transcript's history."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from transcripts.models import Change, Revision, Transcript, Utterance
from transcripts.text.merging import DiffSegment, diff

STEPS_A_PAGE = 40
ROWS_A_STEP = 5


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """A change as the history shows it: its first rows, and the number of further ones."""

    change: Change
    revisions: list[RowStep]
    hidden: int

    @property
    def version_before(self) -> int:
        return self.change.version - 1


@dataclass(frozen=True, slots=True)
class RowStep:
    """What a change did to one row: the difference in its text, if any, and the row's `version` after it."""

    row: Utterance
    version: int
    segments: list[DiffSegment]

    @property
    def is_past(self) -> bool:
        return self.version < self.row.version


def list_history(
    transcript: Transcript, row: int | None = None, person: int | None = None, before: int | None = None
) -> tuple[list[HistoryStep], int | None]:
    """A page of the changes, newest first, and the version before which the next page starts, if there is one."""
    changes = transcript.changes.select_related("by").annotate(count=Count("revisions"))
    if row:
        changes = changes.filter(Exists(Revision.objects.filter(change=OuterRef("pk"), utterance=row)))
    if person:
        changes = changes.filter(by=person)
    if before:
        changes = changes.filter(version__lt=before)
    page = list(changes.order_by("-version")[: STEPS_A_PAGE + 1])
    shown = page[:STEPS_A_PAGE]
    revisions: dict[int, list[RowStep]] = {change.pk: [] for change in shown}
    rank = Window(RowNumber(), partition_by="change", order_by="id")
    of_row = Q(utterance=row) if row else Q()
    ranked = Revision.objects.filter(of_row, change__in=shown).annotate(rank=rank).filter(rank__lte=ROWS_A_STEP)
    for revision in ranked.select_related("utterance").defer("utterance__words", "utterance__engine_words"):
        revisions[revision.change_id].append(_build_row_step(revision))
    steps = [HistoryStep(change, revisions[change.pk], change.count - len(revisions[change.pk])) for change in shown]
    return steps, shown[-1].version if len(page) > len(shown) else None


def _build_row_step(revision: Revision) -> RowStep:
    then, after = revision.before.get("text", ""), revision.after.get("text")
    segments = [] if after is None else diff(then, after)
    return RowStep(revision.utterance, revision.version, segments)
