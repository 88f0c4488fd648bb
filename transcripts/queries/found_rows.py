"""What is shown of the rows that the search of all recordings has found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from transcripts.models import Transcript, Utterance
from transcripts.text.finding import Search, split_at_hits

AROUND = 32  # characters of a row before its first hit, where the row is long
LONGEST = 400  # characters of a row in the list
SHOWN = (
    *("text", "start_ms", "end_ms", "speaker__name", "speaker__label", "transcript__created_at"),
    *(f"transcript__recording__{name}" for name in ("title", "state", "current_transcript")),
)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row with hits, in parts, each with whether it is a hit."""

    row: Utterance
    fragments: list[tuple[str, bool]]


def list_found_rows(ids: Sequence[int], search: Search) -> list[tuple[Transcript, list[ListedRow]]]:
    """These rows by transcript, in the given order."""
    rows = Utterance.objects.visible().select_related("transcript__recording", "speaker").only(*SHOWN).in_bulk(ids)
    there = [rows[pk] for pk in ids if pk in rows]
    return [
        (
            group[0].transcript,
            [ListedRow(row, _clip_fragments(split_at_hits(row.text, search.find_hits(row.text)))) for row in group],
        )
        for _pk, group in ((pk, list(same)) for pk, same in groupby(there, _get_transcript_id))
    ]


def _get_transcript_id(row: Utterance) -> UUID:
    return row.transcript_id


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
