"""Where the recordings of a project have what was recognised wrong, or what sounds like it.

Sounds are spelled as they are asked for: those of a hundred hours take half a second, so no index of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F, Q

from transcripts.models import Project, SearchText, Transcript, UnindexedRow, Utterance
from transcripts.models.bins import in_use
from transcripts.models.search import split_rows
from transcripts.text.recurrences import SoundSearch, is_exact

_AT_ONCE = 50  # transcripts
MOST_ROWS = 200  # that are shown
_MOST_CANDIDATES = 20_000


@dataclass(slots=True)
class ProjectFindings:
    """The hits, of those how many are by sound only, and the ids of the first rows, by recording and time."""

    hits: int = 0
    alike: int = 0
    rows: int = 0
    recordings: int = 0
    shown: list[int] = field(default_factory=list)


def find_in_project(project: Project, search: SoundSearch) -> ProjectFindings:
    """Finds the places in the current transcripts of the project's recordings, newest first."""
    current = Q(recording__current_transcript=F("pk")) | Q(recording__current_transcript=None)
    transcripts = Transcript.objects.filter(current, in_use("recording__"), recording__project=project)
    transcripts = transcripts.order_by("-recording__created_at", "-recording", "-created_at")
    order = {pk: number for number, pk in enumerate(transcripts.values_list("pk", flat=True))}
    candidates = list(dict.fromkeys(_list_candidates(list(order), search)))[:_MOST_CANDIDATES]
    there: list[tuple[int, int, int, str]] = []
    for first in range(0, len(candidates), 500):
        some = Utterance.objects.visible().filter(pk__in=candidates[first : first + 500])
        for pk, start_ms, transcript, text in some.values_list("pk", "start_ms", "transcript", "text"):
            there.append((order[transcript], start_ms, pk, text))
    there.sort()
    findings = ProjectFindings()
    found_in = set()
    hits_of_rows = search.find_in_rows([text for *_, text in there])
    for (recording, _start_ms, pk, _text), hits in zip(there, hits_of_rows, strict=True):
        if not hits:
            continue
        findings.hits += len(hits)
        findings.alike += sum(not is_exact(hit) for _, hit in hits)
        findings.rows += 1
        found_in.add(recording)
        if len(findings.shown) < MOST_ROWS:
            findings.shown.append(pk)
    findings.recordings = len(found_in)
    return findings


def _list_candidates(transcripts: list[UUID], search: SoundSearch) -> Iterator[int]:
    """The ids of the rows that may have a hit."""
    for rows in _read_rows(transcripts):
        yield from (rows[number][0] for number in search.find_candidates([text for _, text in rows]))


def _read_rows(transcripts: list[UUID]) -> Iterator[list[tuple[int, str]]]:
    """Ids and folded texts of all rows, some transcripts at a time; of rows that are not indexed yet, the rows' own.

    These are read first: what a worker indexes meanwhile is then read twice, but not missed.
    """
    for first in range(0, len(transcripts), _AT_ONCE):
        some = transcripts[first : first + _AT_ONCE]
        unindexed = set(UnindexedRow.objects.filter(transcript__in=some).values_list("row_id", flat=True))
        texts = list(SearchText.objects.filter(transcript__in=some).values_list("transcript", "text", "rows"))
        yield [row for _, text, rows in texts for row in split_rows(text, rows) if row[0] not in unindexed]
        forgotten = set(some) - {transcript for transcript, _, _ in texts}
        own = Utterance.objects.visible().filter(Q(pk__in=unindexed) | Q(transcript__in=forgotten))
        yield list(own.values_list("pk", "search_text"))
