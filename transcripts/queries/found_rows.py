"""What is shown of the rows that the search of all recordings has found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from transcripts.models import Utterance
from transcripts.text.finding import Search, split_at_hits

AROUND = 32  # characters of a row before its first hit, where the row is long
LONGEST = 400  # characters of a row in the list
OF_ROW = ("pk", "text", "start_ms", "end_ms", "speaker__name", "speaker__label")
OF_TRANSCRIPT = ("transcript", "transcript__created_at", "transcript__recording")
OF_RECORDING = tuple(f"transcript__recording__{name}" for name in ("title", "state", "current_transcript"))


class FoundRow(NamedTuple):
    """A row with hits and what is shown of its speaker, transcript and recording.

    `fragments` are the parts of its text, each with whether it is a hit.
    """

    pk: int
    text: str
    start_ms: int
    end_ms: int
    name: str | None
    label: str | None
    transcript: UUID
    made: datetime
    recording: UUID
    title: str
    state: str
    current: UUID | None
    fragments: list[tuple[str, bool]]


def list_found_rows(ids: Sequence[int], search: Search) -> list[FoundRow]:
    """These rows, in the given order."""
    rows = Utterance.objects.visible().filter(pk__in=ids).values_list(*OF_ROW, *OF_TRANSCRIPT, *OF_RECORDING)
    there = {row[0]: row for row in rows} if ids else {}
    return [FoundRow._make((*row, _split_row(row[1], search))) for row in (there[pk] for pk in ids if pk in there)]


def _split_row(text: str, search: Search) -> list[tuple[str, bool]]:
    return _clip_fragments(split_at_hits(text, search.find_hits(text)))


def _clip_fragments(parts: Iterable[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Clips a long row to what shows its first hits."""
    clipped: list[tuple[str, bool]] = []
    left = LONGEST
    for text, is_hit in parts:
        if not clipped and not is_hit and len(text) > 2 * AROUND:
            text = "…" + text[-AROUND:]
        if left <= 0:
            clipped.append(("…", False))
            break
        clipped.append((text if len(text) <= left else text[:left] + "…", is_hit))
        left -= len(text)
    return clipped
