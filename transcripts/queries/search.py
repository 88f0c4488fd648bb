"""Finding rows by their text, in one transcript or in all that a person may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, Prefetch, QuerySet, When
from django.db.models.expressions import RawSQL

from transcripts import access
from transcripts.models import Recording, Transcript, Utterance
from transcripts.text.finding import Hit, Mode, Search, split_at_hits
from transcripts.text.tokens import utf16_length

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_SHOWN = 500  # hits of one transcript
MOST_SHOWN_CHARACTERS = 500_000  # of these hits and their replacements
AROUND = 32  # characters of the row before and after a hit
LONGEST = 400  # characters of a row in the list of the library
LIBRARY_SECONDS = 5.0  # that a regular expression may take over all recordings
TITLES = 10
# Three characters make a trigram. Shorter queries look at every row: for two Chinese characters SQLite's index wrongly
# finds nothing with LIKE and GLOB.
TRIGRAM = 3


SHOWN_OF_SPEAKER = ("speaker__name", "speaker__label", "speaker__colour")


@dataclass(frozen=True, slots=True)
class FoundHit:
    """A hit in a row of a transcript; `start` and `end` in UTF-16 units, for the page."""

    row: Utterance
    number: int
    start: int
    end: int
    before: str
    text: str
    after: str
    replacement: str

    @property
    def key(self) -> str:
        """Identifies the hit in a later request; valid for this version of the row."""
        return f"{self.row.pk}:{self.row.version}:{self.number}"

    @property
    def changes(self) -> bool:
        return self.text != self.replacement


@dataclass(frozen=True, slots=True)
class Findings:
    hits: int
    rows: int
    shown: list[FoundHit]


def find_in_transcript(transcript: Transcript, search: Search) -> Findings:
    """Finds every hit in order of the rows, and returns the first that may be shown. Raises TooSlow."""
    rows = transcript.utterances.visible().select_related("speaker")
    rows = rows.only("id", "text", "version", "start_ms", "transcript_id", *SHOWN_OF_SPEAKER)
    shown: list[FoundHit] = []
    hits_count = rows_count = 0
    left = MOST_SHOWN_CHARACTERS
    for row in rows:
        hits = search.find_hits(row.text)
        hits_count += len(hits)
        rows_count += bool(hits)
        for number, hit in enumerate(hits[: MOST_SHOWN - len(shown)]):
            left -= hit.end - hit.start + len(hit.after)
            if left >= 0:
                shown.append(_build_hit(row, number, hit))
    return Findings(hits_count, rows_count, shown)


def _build_hit(row: Utterance, number: int, hit: Hit) -> FoundHit:
    text = row.text
    start = utf16_length(text[: hit.start])
    left, right = max(0, hit.start - AROUND), hit.end + AROUND
    return FoundHit(
        row=row,
        number=number,
        start=start,
        end=start + utf16_length(text[hit.start : hit.end]),
        before=("…" if left else "") + text[left : hit.start],
        text=text[hit.start : hit.end],
        after=text[hit.end : right] + ("…" if right < len(text) else ""),
        replacement=hit.after,
    )


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row with hits, in parts, each with whether it is a hit."""

    row: Utterance
    fragments: list[tuple[str, bool]]


def find_in_library(user: User, search: Search) -> list[int]:
    """The ids of rows with hits, by recording, newest first, in its current transcript first. Raises TooSlow."""
    rows = (
        narrow_rows(Utterance.objects.visible(), search)
        .filter(access.is_of_member(user, "transcript__recording__"))
        .order_by(
            "-transcript__recording__created_at",
            Case(When(transcript__recording__current_transcript=F("transcript"), then=0), default=1),
            "-transcript__created_at",
            "transcript_id",
            "start_ms",
            "id",
        )
    )
    if search.is_indexed:
        return list(rows.values_list("pk", flat=True))
    return [pk for pk, text in rows.values_list("pk", "text").iterator(chunk_size=5000) if search.has_hit(text)]


def list_found_rows(ids: Sequence[int], search: Search) -> list[tuple[Transcript, list[ListedRow]]]:
    """These rows by transcript, in the given order."""
    rows = (
        Utterance.objects.select_related("transcript__recording__project", "speaker")
        .defer("words", "engine_words", "engine_text")
        .in_bulk(ids)
    )
    there = [rows[pk] for pk in ids if pk in rows]
    return [
        (
            group[0].transcript,
            [ListedRow(row, _clip_fragments(split_at_hits(row.text, search.find_hits(row.text)))) for row in group],
        )
        for _pk, group in ((pk, list(same)) for pk, same in groupby(there, _get_transcript_id))
    ]


def find_by_title(user: User, query: str) -> QuerySet[Recording]:
    """Recordings with a transcript and the query in their title, newest first."""
    recordings = Recording.objects.filter(access.is_of_member(user), title__icontains=query, transcripts__isnull=False)
    transcripts = Prefetch("transcripts", Transcript.objects.current_first())
    return recordings.distinct().prefetch_related(transcripts)[:TITLES]


def _get_transcript_id(row: Utterance) -> UUID:
    return row.transcript_id


def narrow_rows(rows: QuerySet[Utterance], search: Search) -> QuerySet[Utterance]:
    """The rows that can have hits, according to the index; all of them for a regular expression."""
    if search.mode == Mode.REGEX:
        return rows
    if not search.sought:
        return rows.none()
    if connection.vendor != "sqlite":
        return rows.filter(search_text__contains=search.sought)
    # The query is a parameter of both.
    holds = "SELECT rowid FROM transcripts_search WHERE instr(search_text, %s) > 0"
    if len(search.sought) < TRIGRAM:
        return rows.filter(pk__in=RawSQL(holds, [search.sought]))  # noqa: S611
    phrase = '"{}"'.format(search.sought.replace('"', '""'))
    return rows.filter(pk__in=RawSQL(f"{holds} AND transcripts_search MATCH %s", [search.sought, phrase]))  # noqa: S611


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
