"""Finding rows of one transcript by their text."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from transcripts.models import Recording, Transcript, Utterance
from transcripts.text.finding import Hit, Mode, Search
from transcripts.text.recurrences import is_exact
from transcripts.text.tokens import utf16_length

MOST_SHOWN = 500  # hits of one transcript
MOST_SHOWN_CHARACTERS = 500_000  # of these hits and their replacements
AROUND = 32  # characters of the row before and after a hit
# Three characters make a trigram. Shorter queries look at every row: for two Chinese characters SQLite's index wrongly
# finds nothing with LIKE and GLOB.
TRIGRAM = 3
FEW_TITLES = 200  # that recordings are looked up by


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
    exact: bool = True  # else by sound

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
    alike: int = 0  # of the hits, those by sound
    is_own_word: bool = False  # by sound: what was heard stands in a verified row, where everything is right


def find_in_transcript(transcript: Transcript, search: Search) -> Findings:
    """Finds every hit in order of the rows, and returns the first that may be shown. Raises TooSlow."""
    rows = transcript.utterances.visible().select_related("speaker").annotate(verified=Q(verified_at__isnull=False))
    rows = rows.only("id", "text", "version", "start_ms", "transcript_id", *SHOWN_OF_SPEAKER)
    shown: list[FoundHit] = []
    hits_count = rows_count = alike = 0
    is_own_word = False
    left = MOST_SHOWN_CHARACTERS
    for row, hits in zip(rows, search.find_in_rows([row.text for row in rows]), strict=True):
        hits_count += len(hits)
        rows_count += bool(hits)
        exact = sum(is_exact(hit) for _, hit in hits)
        alike += len(hits) - exact
        is_own_word |= search.mode == Mode.SOUND and exact > 0 and row.verified  # type: ignore[attr-defined]
        for number, hit in hits[: MOST_SHOWN - len(shown)]:
            left -= hit.end - hit.start + len(hit.after)
            if left >= 0:
                shown.append(_build_hit(row, number, hit))
    return Findings(hits_count, rows_count, shown, alike, is_own_word)


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
        exact=is_exact(hit),
    )


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
    matches = f"{holds} AND transcripts_search MATCH %s"
    return rows.filter(pk__in=RawSQL(matches, [search.sought, _write_phrase(search.sought)]))  # noqa: S611


def filter_by_title(recordings: QuerySet[Recording], part: str) -> QuerySet[Recording]:
    """Those with this in their titles. SQLite's index names them where they are few; where not, titles are read."""
    case = "contains" if part.upper() == part.lower() else "icontains"
    recordings = recordings.filter(**{f"title__{case}": part})
    if connection.vendor != "sqlite" or len(part) < TRIGRAM:
        return recordings
    named = f"SELECT rowid FROM transcripts_titles WHERE transcripts_titles MATCH %s LIMIT {FEW_TITLES + 1}"  # noqa: S608
    with connection.cursor() as cursor:
        sql = f"SELECT recording_id FROM transcripts_titlekey WHERE id IN ({named})"  # noqa: S608
        cursor.execute(sql, [_write_phrase(part)])
        keys = [key for (key,) in cursor.fetchall()]
    return recordings.filter(pk__in=keys) if len(keys) <= FEW_TITLES else recordings


def _write_phrase(text: str) -> str:
    """As SQLite's indexes are asked for it."""
    return '"{}"'.format(text.replace('"', '""'))
