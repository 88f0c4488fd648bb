"""What the engine got wrong: of a transcript, of a project, and of two engines in one recording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import add
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from transcripts.models import Project, Transcript, TranscriptAccuracy, Utterance
from transcripts.queries.overview import list_recordings_of, was_recognised
from transcripts.queries.transcripts import list_other_transcripts
from transcripts.text.accuracy import Accuracy, Difference, Errors, compare_accuracies, make_whole, measure_stretches
from transcripts.text.alignment import align
from transcripts.text.comparing import share_out_texts
from transcripts.text.joining import join_all
from transcripts.text.tokens import Word

LEAST_SHARE = 20  # per cent
MOST_DETAILED = 200  # transcripts of which a project's page reads speakers and confusions
MOST_OTHERS = 3  # transcripts of a recording
MOST_SHOWN = 50  # confusions, speakers or engines
MOST_PLACES = 10  # of a confusion
FEWEST_RECORDINGS = 8
"""From as many on, a project's interval is that over recordings: rows of one recording have much in common."""
LONGEST_STRETCH = 50  # rows


@dataclass(slots=True)
class Measure:
    """Errors of characters, of words and of both, over so many recordings."""

    characters: Errors = field(default_factory=Errors)
    words: Errors = field(default_factory=Errors)
    tokens: Errors = field(default_factory=Errors)
    verified_ms: int = 0
    row_ms: int = 0
    recordings: int = 0
    picked: int = 0

    @property
    def is_mixed(self) -> bool:
        return bool(self.characters.meant and self.words.meant)

    @property
    def is_little(self) -> bool:
        """Whether so little is verified that the rest may be quite different."""
        return self.verified_ms * 100 < self.row_ms * LEAST_SHARE


@dataclass(frozen=True, slots=True)
class ConfusedPlace:
    transcript: UUID
    row: int
    start_ms: int


@dataclass(frozen=True, slots=True)
class CommonConfusion:
    """What was recognised as what how often, and where, of which only some places are kept."""

    original: str
    meant: str
    count: int
    places: list[ConfusedPlace]


@dataclass(frozen=True, slots=True)
class ProjectAccuracy:
    whole: Measure
    engines: list[tuple[str, Measure]]
    """By what `TranscriptAccuracy.engine` says; most verified time first."""
    speakers: list[tuple[str, Measure]]
    """By name; nobody without one."""
    confusions: list[CommonConfusion]
    detailed: int
    """Of how many transcripts, the newest, speakers and confusions are."""


@dataclass(frozen=True, slots=True)
class OtherEngine:
    transcript: Transcript
    own: Accuracy
    other: Accuracy
    difference: Difference | None


def list_unmeasured(project: Project) -> list[tuple[UUID, int]]:
    """The current transcripts with verified rows whose measures are missing or of an earlier version."""
    measured = TranscriptAccuracy.objects.filter(transcript=OuterRef("pk"))
    none_verified = Q(counted_version=F("version"), verified_count=0)
    waiting = _list_current(project).filter(
        Exists(measured.exclude(version=OuterRef("version"))) | (~Exists(measured) & ~none_verified)
    )
    return list(waiting.values_list("pk", "version"))


def _list_current(project: Project) -> QuerySet[Transcript]:
    """The recognised ones: what a file brought is no engine's."""
    current = list_recordings_of(project).exclude(current_transcript=None).values("current_transcript")
    return Transcript.objects.filter(was_recognised("pk"), pk__in=current).order_by()


def make_measure(lists: Sequence[Sequence[int]], **counts: int) -> Measure:
    characters, words, tokens = (Errors(*values) for values in lists)
    return Measure(characters, words, tokens, **counts)


def build_measure(accuracy: TranscriptAccuracy) -> Measure:
    times = {"verified_ms": accuracy.verified_ms, "row_ms": accuracy.row_ms}
    return make_measure(accuracy.errors, **times, recordings=1, picked=int(accuracy.picked))


def list_speakers(accuracy: TranscriptAccuracy) -> list[tuple[str, str, Measure]]:
    """Label, name and measure of each speaker, most verified time first."""
    found = [(label, name, make_measure(errors, verified_ms=ms)) for label, name, ms, errors in accuracy.speakers]
    return sorted(found, key=lambda speaker: -speaker[2].verified_ms)


def list_confusions(accuracies: Iterable[tuple[UUID, list[list]]]) -> list[CommonConfusion]:  # type: ignore[type-arg]
    """The commonest of these transcripts together."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    places: dict[tuple[str, str], list[tuple[UUID, int, int]]] = defaultdict(list)
    for transcript, confusions in accuracies:
        for original, meant, count, found in confusions:
            counts[original, meant] += count
            if len(known := places[original, meant]) < MOST_PLACES:
                known += [(transcript, *place) for place in found]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_SHOWN]
    return [
        CommonConfusion(*pair, count, [ConfusedPlace(*place) for place in places[pair][:MOST_PLACES]])
        for pair, count in ordered
    ]


def compute_project_accuracy(project: Project) -> ProjectAccuracy:
    """Of the current transcripts that are measured; some as they were before, while a worker measures them anew."""
    measured = TranscriptAccuracy.objects.filter(transcript__in=_list_current(project), verified_ms__gt=0)
    whole, by_engine, by_name = _Sums(), defaultdict[str, _Sums](_Sums), defaultdict[str, _Sums](_Sums)
    figures = measured.order_by().values_list("engine", "errors", "verified_ms", "row_ms", "picked")
    for engine, errors, *counts in figures:
        for sums in (whole, by_engine[engine]):
            sums.add(errors, *counts)
    newest = list(measured.order_by("-transcript__created_at", "pk").values_list("pk", flat=True)[:MOST_DETAILED])
    details = TranscriptAccuracy.objects.filter(pk__in=newest).values_list("pk", "speakers", "confusions")
    detailed = sorted(details, key=lambda detail: newest.index(detail[0]))
    for _pk, speakers, _confusions in detailed:
        for _label, name, verified_ms, errors in speakers:
            if name:
                by_name[name].add(errors, verified_ms)
    return ProjectAccuracy(
        whole.build(),
        _build_groups(by_engine),
        _build_groups(by_name),
        list_confusions((pk, confusions) for pk, _speakers, confusions in detailed),
        len(detailed),
    )


class _Sums:
    """Adds up the measures of thousands of recordings, by rows and with each recording as one."""

    def __init__(self) -> None:
        self._by_rows, self._by_recordings = ([[0] * len(fields(Errors)) for _kind in range(3)] for _way in range(2))
        self._counts = [0, 0, 0, 0]

    def add(self, errors: Sequence[Sequence[int]], verified_ms: int, row_ms: int = 0, picked: int = 0) -> None:
        self._counts = list(map(add, self._counts, (verified_ms, row_ms, 1, picked)))
        for kind, values in enumerate(errors):
            self._by_rows[kind] = list(map(add, self._by_rows[kind], values))
            self._by_recordings[kind] = list(map(add, self._by_recordings[kind], make_whole(values)))

    def build(self) -> Measure:
        verified_ms, row_ms, recordings, picked = self._counts
        lists = self._by_recordings if recordings >= FEWEST_RECORDINGS else self._by_rows
        return make_measure(lists, verified_ms=verified_ms, row_ms=row_ms, recordings=recordings, picked=picked)


def _build_groups(groups: Mapping[str, _Sums]) -> list[tuple[str, Measure]]:
    """Most verified time first."""
    found = [(name, sums.build()) for name, sums in groups.items()]
    return sorted(found, key=lambda one: (-one[1].verified_ms, one[0]))[:MOST_SHOWN]


def compare_engines(transcript: Transcript) -> list[OtherEngine]:
    """The recording's other transcripts, as they came, against the verified rows of this one, next to its own engine.

    Words are shared out by their times to stretches of rows, within which borders of rows do not matter.
    """
    others = list(list_other_transcripts(transcript)[:MOST_OTHERS])
    if not others:
        return []
    rows = list(transcript.utterances.visible().only("start_ms", "end_ms", "text", "engine_text", "verified_at"))
    stretches = _cut_stretches(rows)
    verified = [number for number, stretch in enumerate(stretches) if stretch[0].is_verified]
    if not verified:
        return []
    meant = [[row.text for row in stretches[number]] for number in verified]
    own = measure_stretches(
        (join_all(row.engine_text for row in stretches[number] if row.engine_text.strip()), texts)
        for number, texts in zip(verified, meant, strict=True)
    )
    spans = [(stretch[0].start_ms, max(row.end_ms for row in stretch)) for stretch in stretches]
    found = []
    for other in others:
        original = share_out_texts(spans, _list_engine_texts(other))
        accuracy = measure_stretches(zip((original[number] for number in verified), meant, strict=True))
        found.append(OtherEngine(other, own, accuracy, compare_accuracies(own, accuracy)))
    return found


def _cut_stretches(rows: Iterable[Utterance]) -> list[list[Utterance]]:
    """Rows in order, verified ones apart from others."""
    stretches: list[list[Utterance]] = []
    for row in rows:
        last = stretches[-1] if stretches else []
        if last and last[0].is_verified == row.is_verified and len(last) < LONGEST_STRETCH:
            last.append(row)
        else:
            stretches.append([row])
    return stretches


def _list_engine_texts(transcript: Transcript) -> list[tuple[str, list[Word]]]:
    rows = transcript.utterances.visible().values_list(
        "start_ms", "end_ms", "text", "words", "engine_text", "engine_words"
    )
    return [
        (engine_text, [Word(*word) for word in words])
        if text == engine_text
        else (engine_text, align([Word(*word) for word in engine_words], engine_text, bounds=(start_ms, end_ms)))
        for start_ms, end_ms, text, words, engine_text, engine_words in rows
    ]
