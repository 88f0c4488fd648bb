"""Replacing the hits that a person ticked, as one change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.changes import (
    Edit,
    apply_edits,
    find_repeated_change,
    get_changed_rows,
    lock_transcript,
)
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

    rows: list[Utterance]
    count: int = 0
    left: int = 0


def replace_ticked(
    *, transcript: Transcript, search: Search, ticked: Sequence[TickedHit], by: User, request_key: str = ""
) -> ReplaceResult:
    """Replaces the ticked hits of `search`, which unverifies the rows that change.

    Rows that have changed since the hits were shown keep their text, as do rows that would become empty or too long;
    the others are changed. The same `request_key` applies once. Raises TooSlow, and then replaces nothing.
    """
    with transaction.atomic():
        transcript = lock_transcript(transcript.pk)
        if repeated := find_repeated_change(transcript, request_key):
            return ReplaceResult(get_changed_rows(repeated), repeated.details.get("count", 0))
        numbers: dict[tuple[int, int], set[int]] = {}
        for tick in ticked:
            numbers.setdefault((tick.row, tick.version), set()).add(tick.hit)
        wanted = {tick.row for tick in ticked}
        rows = transcript.utterances.visible().select_related("speaker").filter(pk__in=wanted)
        edits: list[Edit] = []
        count = unchanged = 0
        for row in rows:
            # None if the row has changed since it was shown.
            chosen = numbers.get((row.pk, row.version), set())
            hits = [hit for number, hit in enumerate(search.find_hits(row.text)) if number in chosen] if chosen else []
            text = clean_text(replace_hits(row.text, hits))
            if hits and text == row.text:
                unchanged += 1
            elif hits and 0 < len(text) <= MAX_TEXT:
                edits.append((row, {"text": text}))
                count += sum(row.text[hit.start : hit.end] != hit.after for hit in hits)
        if edits:
            details = {"find": search.query, "replace": search.replace, "mode": search.mode, "count": count}
            apply_edits(
                transcript=transcript,
                kind=ChangeKind.REPLACED,
                by=by,
                edits=edits,
                request_key=request_key,
                details=details,
            )
        return ReplaceResult([row for row, _after in edits], count, len(wanted) - len(edits) - unchanged)
