"""Replacing what was found, as one change over the hits that a person ticked."""

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
from transcripts.services.editing.utterances import MAX_TEXT, clean_text
from transcripts.text.finding import Search, replace_hits

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class TickedHit(NamedTuple):
    """The hit of this number in the row, counted from 0, as the row was at that version."""

    row: int
    version: int
    hit: int


@dataclass(frozen=True, slots=True)
class ReplaceResult:
    """The rows that changed, the hits replace_hits in them, and how many rows with a ticked hit were left alone."""

    rows: list[Utterance]
    count: int = 0
    left: int = 0


def replace_ticked(
    *, transcript: Transcript, search: Search, ticked: Sequence[TickedHit], by: User, request_key: str = ""
) -> ReplaceResult:
    """Replaces the ticked hits of `search` by what it says, and takes the verified mark off the rows that change.

    A row that has changed since the hits were shown keeps its text, as does one of which nothing would be left or that
    would become too long; the others go through. The same `request_key` applies once. Raises TooSlow: then nothing is
    replace_hits.
    """
    with transaction.atomic():
        transcript = lock_transcript(transcript.pk)
        if repeated := find_repeated_change(transcript, request_key):
            return ReplaceResult(get_changed_rows(repeated), repeated.details.get("count", 0))
        numbers: dict[tuple[int, int], set[int]] = {}
        for one in ticked:
            numbers.setdefault((one.row, one.version), set()).add(one.hit)
        wanted = {one.row for one in ticked}
        rows = transcript.utterances.visible().select_related("speaker").filter(pk__in=wanted)
        edits: list[Edit] = []
        count = unchanged = 0
        for row in rows:
            # None where the row has changed since it was shown.
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
