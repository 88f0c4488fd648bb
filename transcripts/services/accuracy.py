"""Measures what the engine got wrong in verified rows.

As the counts of a project's overview, this is made of a certain version of a transcript, when somebody looks, and only
of what has changed since: no save costs more.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from transcripts import queue
from transcripts.models import Project, Transcript, TranscriptAccuracy, Transcription, Utterance
from transcripts.queries.accuracy import list_unmeasured
from transcripts.text.accuracy import Accuracy, measure_accuracy, were_picked

AT_ONCE = 10  # transcripts
SECONDS = 0.3
"""How long the reader of a page waits for it; a worker measures the rest."""
MOST_CONFUSIONS = 200  # of a transcript
MOST_PLACES = 10  # of a confusion
LONGEST_CONFUSION = 40  # characters: what is longer is another sentence
LEFT_OUT = ("hot_words", "dialog_context", "sensitive_words", "voices")
"""Options by which engines are not told apart: lists of words, and what stays on this server."""
_FIELDS = ("version", "engine", "row_ms", "verified_ms", "picked", "errors", "speakers", "confusions")


class _Row(NamedTuple):
    pk: int
    start_ms: int
    end_ms: int
    speaker__label: str | None
    speaker__name: str | None


def measure_transcript(transcript: Transcript) -> TranscriptAccuracy:
    """The measures of the transcript's present version, made where they are missing."""
    current = TranscriptAccuracy.objects.filter(transcript=transcript, version=transcript.version)
    if not (measured := current.first()):
        _store({transcript.pk: transcript.version})
        measured = TranscriptAccuracy.objects.get(transcript=transcript)
    return measured


def measure_project(project: Project, seconds: float | None = SECONDS) -> int:
    """Measures what has changed, all or for so many seconds. Returns how many transcripts are left to a worker."""
    unmeasured = list_unmeasured(project)
    end = None if seconds is None else time.monotonic() + seconds
    while unmeasured and (end is None or time.monotonic() < end):
        _store(dict(unmeasured[:AT_ONCE]))
        unmeasured = unmeasured[AT_ONCE:]
    if unmeasured:
        queue.enqueue("measure_project", project.pk)
    return len(unmeasured)


def measure_whole_project(pk: int) -> None:
    if project := Project.objects.filter(pk=pk).first():
        measure_project(project, seconds=None)


def _store(versions: Mapping[UUID, int]) -> None:
    """Their versions were read before their rows: what is saved in between is measured next time."""
    rows: dict[UUID, list[_Row]] = defaultdict(list)
    visible = Utterance.objects.visible().filter(transcript__in=versions)
    for pk, *values in visible.values_list("transcript", *_Row._fields):
        rows[pk].append(_Row._make(values))
    verified = visible.exclude(verified_at=None).order_by()
    texts = {pk: texts for pk, *texts in verified.values_list("pk", "engine_text", "text")}
    engines = _describe_engines(versions)
    TranscriptAccuracy.objects.bulk_create(
        [_measure(pk, version, engines.get(pk, ""), rows[pk], texts) for pk, version in versions.items()],
        update_conflicts=True,
        unique_fields=["transcript"],
        update_fields=_FIELDS,
    )


def _describe_engines(transcripts: Mapping[UUID, int]) -> dict[UUID, str]:
    runs = Transcription.objects.filter(transcript__in=transcripts).order_by()
    return {
        pk: json.dumps(
            {
                "service": service,
                "options": {name: value for name, value in options.items() if name not in LEFT_OUT},
                "hot_words": bool(options.get("hot_words")),
            },
            sort_keys=True,
        )
        for pk, service, options in runs.values_list("transcript", "service", "options")
    }


def _measure(
    pk: UUID, version: int, engine: str, rows: Sequence[_Row], texts: Mapping[int, Sequence[str]]
) -> TranscriptAccuracy:
    """`texts` has the engine's and the present one of each verified row."""
    by_speaker: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        if row.pk in texts:
            by_speaker[row.speaker__label or "", row.speaker__name or ""].append(row)
    whole, places = Accuracy(), defaultdict[tuple[str, str], list[list[int]]](list)
    speakers: list[list[Any]] = []
    for (label, name), theirs in sorted(by_speaker.items()):
        accuracy = measure_accuracy((texts[row.pk][0], texts[row.pk][1]) for row in theirs)
        speakers.append([label, name, _sum_ms(theirs), list_errors(accuracy)])
        whole.of_rows += accuracy.of_rows
        for total, errors in ((whole.characters, accuracy.characters), (whole.words, accuracy.words)):
            total.add(errors)
        whole.tokens.add(accuracy.tokens)
        for confusion in accuracy.confusions:
            found = [[theirs[number].pk, theirs[number].start_ms] for number in confusion.places]
            places[confusion.original, confusion.meant] += found
    common = sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))
    short = [(pair, found) for pair, found in common if max(map(len, pair)) <= LONGEST_CONFUSION]
    runs = sum(row.pk in texts and (not number or rows[number - 1].pk not in texts) for number, row in enumerate(rows))
    return TranscriptAccuracy(
        transcript_id=pk,
        version=version,
        engine=engine,
        row_ms=_sum_ms(rows),
        verified_ms=_sum_ms([row for row in rows if row.pk in texts]),
        picked=were_picked(whole.of_rows, runs, len(rows)),
        errors=list_errors(whole),
        speakers=speakers,
        confusions=[
            [original, meant, len(found), sorted(found)[:MOST_PLACES]]
            for (original, meant), found in short[:MOST_CONFUSIONS]
        ],
    )


def list_errors(accuracy: Accuracy) -> list[list[int]]:
    return [errors.to_list() for errors in (accuracy.characters, accuracy.words, accuracy.tokens)]


def _sum_ms(rows: Sequence[_Row]) -> int:
    return sum(row.end_ms - row.start_ms for row in rows)
