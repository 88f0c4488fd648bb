"""Replacing the hits that a person ticked, as one change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from transcripts.enums import ChangeKind
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.changes import (
    Edit,
    get_changed_rows,
)
from transcripts.services.editing.preparation import Preparation
from transcripts.services.editing.utterances import clean_text
from transcripts.text.finding import Search, replace_hits
from transcripts.text.limits import MAX_TEXT

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class TickedHit(NamedTuple):
    """A hit by its number in the row, from 0, at that version of the row."""

    row: int
    version: int
    hit: int


@dataclass(frozen=True, slots=True)
class ReplaceResult:
    """The rows that changed, how many hits were replaced, and how many rows with ticked hits were left alone."""

    rows: Sequence[Utterance]
    count: int = 0
    left: int = 0


def replace_ticked(
    *, transcript: Transcript, search: Search, ticked: Sequence[TickedHit], by: User, request_key: str = ""
) -> ReplaceResult:
    """Replaces the ticked hits of `search`, which unverifies the rows that change.

    Rows that have changed since the hits were shown keep their text, as do rows that would become empty or too long;
    the others are changed. The same `request_key` applies once. Raises TooSlow, and then replaces nothing.
    The search never runs in the transaction: a row that it would look at again has changed since it was shown.
    """
    wanted: dict[int, dict[int, set[int]]] = {}
    for tick in ticked:
        wanted.setdefault(tick.row, {}).setdefault(tick.version, set()).add(tick.hit)
    counts: dict[int, int] = {}
    unchanged: set[int] = set()

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        rows = transcript.utterances.visible().select_related("speaker").with_room()
        for row in rows.filter(pk__in=[pk for pk in pks if pk in wanted]):
            chosen = wanted[row.pk].get(row.version)
            text, count = _replace_hits(row.text, search, chosen) if chosen else ("", 0)
            unchanged.discard(row.pk)
            if text == row.text:
                unchanged.add(row.pk)
            elif 0 < len(text) <= MAX_TEXT:
                counts[row.pk] = count
                yield row, {"text": text}

    preparation = Preparation(transcript, edits)
    change = preparation.store_once(
        wanted,
        kind=ChangeKind.REPLACED,
        by=by,
        request_key=request_key,
        details=lambda: {
            "find": search.query,
            "replace": search.replace,
            "mode": search.mode,
            "count": sum(counts[pk] for pk in preparation.pks),
        },
    )
    count = change.details["count"] if change else 0
    if preparation.repeated:
        return ReplaceResult(get_changed_rows(preparation.repeated), count)
    return ReplaceResult(preparation.rows, count, len(wanted) - len(preparation) - len(unchanged))


def _replace_hits(text: str, search: Search, chosen: Collection[int]) -> tuple[str, int]:
    """The text with the chosen hits replaced, and how many of them read differently then."""
    hits = [hit for number, hit in enumerate(search.find_hits(text)) if number in chosen]
    if not hits:
        return "", 0
    return clean_text(replace_hits(text, hits)), sum(text[hit.start : hit.end] != hit.after for hit in hits)
