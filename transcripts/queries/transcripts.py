"""Reads of one transcript: its options, word times and document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from transcripts.exports.document import Document, DocumentRow
from transcripts.flash.answer import MAX_TIME_MS
from transcripts.flash.options import RecognitionOptions
from transcripts.imports.rows import SpokenRow
from transcripts.models import Change, Speaker, Transcript, Transcription
from transcripts.queries.library import parse_kept_options
from transcripts.text.fillers import find_fillers, find_left_out
from transcripts.text.tokens import Word, WordColumns, find_utf16_spans, utf16_length

KEPT_ROWS = 20_000  # of about 1 kB
_encode_compactly = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows there are, from where to where they last, and how far all of them can be moved, in ms.

    None may begin before 0, or come to end after the recording.
    """

    rows: int
    start_ms: int
    end_ms: int
    most_ms: int
    """How far they can be moved later; earlier, it is `start_ms`."""

    def allows(self, by_ms: int) -> bool:
        return -self.start_ms <= by_ms <= self.most_ms


def get_extent(transcript: Transcript) -> Extent:
    duration_ms = transcript.recording.duration_ms or MAX_TIME_MS
    found = transcript.utterances.visible().aggregate(
        rows=Count("pk"),
        first=Min("start_ms"),
        last=Max("end_ms"),
        last_inside=Max("end_ms", filter=Q(end_ms__lte=duration_ms)),
    )
    end_ms, inside_ms = found["last"] or 0, found["last_inside"]
    most_ms = min(MAX_TIME_MS - end_ms, MAX_TIME_MS if inside_ms is None else duration_ms - inside_ms)
    return Extent(found["rows"], found["first"] or 0, end_ms, max(0, most_ms))


def list_other_transcripts(transcript: Transcript) -> QuerySet[Transcript]:
    """The others of the recording, with their origins."""
    others = Transcript.objects.filter(recording=transcript.recording_id).exclude(pk=transcript.pk)
    return others.with_origin().current_first()


def get_options(transcript: Transcript) -> RecognitionOptions:
    """The options with which the transcript was recognised."""
    return parse_kept_options(Transcription.objects.values_list("options", flat=True).get(transcript=transcript))


def lacks_speakers(transcript: Transcript, options: RecognitionOptions) -> bool:
    """Whether speakers were asked for and none came, though somebody speaks."""
    return options.speakers and not transcript.speakers.exists() and transcript.utterances.exists()


def get_verifiers(transcript: Transcript) -> dict[str, str]:
    """The names of the people who verified rows of the transcript, by their ids as text."""
    verified = transcript.utterances.visible().filter(verified_by__isnull=False).order_by()
    return {str(pk): name for pk, name in verified.values_list("verified_by", "verified_by__username").distinct()}


def get_state_tag(transcript: Transcript) -> str:
    """Another one for each state of the rows: a restored backup may give the same version to other rows."""
    changed_at = Change.objects.filter(transcript=transcript, version=transcript.version).values_list("at", flat=True)
    since = changed_at.first() or transcript.created_at
    return f"{settings.VERSION}-{transcript.version}-{since:%Y%m%dT%H%M%S%f}"


def get_word_times(transcript: Transcript) -> str:
    """The word times of a whole transcript as compact JSON; see `pack_words`."""
    rows = transcript.utterances.visible().values_list("id", "text", Cast("words", TextField()), "start_ms")
    packed = ",".join(f'"{pk}":{_pack_words_json(text, words, start_ms)}' for pk, text, words, start_ms in rows)
    return f'{{"version":{transcript.version},"rows":{{{packed}}}}}'


@lru_cache(maxsize=KEPT_ROWS)
def _pack_words_json(text: str, words: str, start_ms: int) -> str:
    """Cached, because few rows of a long transcript change between two visits."""
    return _encode_compactly(pack_words(text, json.loads(words), start_ms))


def pack_words(text: str, words: list[list[Any]], start_ms: int) -> dict[str, list[int]]:
    """`{"w": [gap, length, lead, duration, …], "e": [index, …]}`, four whole numbers a word.

    `gap` is the distance in UTF-16 units from the end of the previous word to the start of this one, `lead` the same in
    milliseconds; for the first word, from the start of the text and of the row. `e` has the words with estimated times.
    """
    packed: list[int] = []
    end_unit, end_ms = 0, start_ms
    spans = find_utf16_spans(text)
    for (start, end), (_word, word_start, word_end, _source) in zip(spans, words, strict=True):
        packed += (start - end_unit, end - start, word_start - end_ms, word_end - word_start)
        end_unit, end_ms = end, word_end
    estimated = [index for index, word in enumerate(words) if word[3] != "engine"]
    return {"w": packed, "e": estimated} if estimated else {"w": packed}


def find_filler_places(transcript: Transcript, ids: Sequence[int] = ()) -> dict[str, dict[int, Any]]:
    """Where fillers are, in UTF-16 units, by the ids of the rows that have any; of all rows, or of those.

    `rows` has start and end of each in turn. `hidden` has what a text without them leaves out: start, end, and what
    stands there instead.
    """
    rows = transcript.utterances.visible().values_list("id", "text")
    asked = rows.filter(pk__in=ids) if ids else rows
    found = {pk: places for pk, text in asked if (places := _find_places(text))}
    return {
        "rows": {pk: fillers for pk, (fillers, _hidden) in found.items()},
        "hidden": {pk: hidden for pk, (_fillers, hidden) in found.items()},
    }


@lru_cache(maxsize=KEPT_ROWS)
def _find_places(text: str) -> tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]] | None:
    fillers = find_fillers(text)
    if not fillers:
        return None

    def count(end: int) -> int:
        return utf16_length(text[:end])

    ends = tuple(count(end) for filler in fillers for end in (filler.start, filler.end))
    return ends, tuple((count(gone.start), count(gone.end), gone.instead) for gone in find_left_out(text))


def build_document(
    transcript: Transcript, *, with_words: bool = True, with_engine_words: bool = True, raw: bool = True
) -> Document:
    """The transcript as the plain document that `exports/` turns into files.

    Its words, the engine's words and its raw answer, with what that adds to rows, are most of the work, so callers can
    leave them out.
    """
    recording = transcript.recording
    wanted = {"words": with_words, "engine_words": with_engine_words, "additions": raw}
    names = [*_OF_DOCUMENT, *(name for name, is_wanted in wanted.items() if is_wanted)]
    # Words as text, so that those of all rows are not lists at once, among which the garbage collector would look.
    columns = [Cast(name, TextField()) if name in ("words", "engine_words") else name for name in names]
    runs = Transcription.objects.all() if raw else Transcription.objects.defer("raw_answer", "answer_body")
    transcription = runs.get(pk=transcript.transcription_id)
    speakers: dict[int, str] = {}
    return Document(
        title=recording.title,
        language=parse_kept_options(transcription.options).language,
        duration_ms=recording.duration_ms or 0,
        utterances=tuple(
            _build_line(dict(zip(names, row, strict=True)), speakers)
            for row in transcript.utterances.visible().values_list(*columns)
        ),
        raw=(transcription.raw_answer or {}) if raw else {},
        made=transcript.created_at,
        channel_name=_("Channel %(number)s"),
    )


def get_spoken_rows(transcript: Transcript) -> list[SpokenRow]:
    """The rows as spoken, to which a text without times is aligned."""
    rows = transcript.utterances.visible().select_related("speaker").only("start_ms", "end_ms", "words", "speaker")
    return [
        SpokenRow(
            row.start_ms,
            row.end_ms,
            row.speaker.display_name if row.speaker else "",
            [Word(*word) for word in row.words],
        )
        for row in rows
    ]


_OF_DOCUMENT = (
    *("pk", "start_ms", "end_ms", "speaker", "speaker__label", "speaker__name", "channel", "text"),
    *("verified_at", "flagged", "engine_text"),
)


def _build_line(row: dict[str, Any], names: dict[int, str]) -> DocumentRow:
    """`names` keeps those of speakers for the next rows."""
    speaker = row["speaker"]
    if speaker is not None and speaker not in names:
        names[speaker] = Speaker(label=row["speaker__label"], name=row["speaker__name"]).display_name
    return DocumentRow(
        id=str(row["pk"]),
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        speaker=names.get(speaker, ""),
        channel=row["channel"],
        speaker_label=row["speaker__label"] or "",
        text=row["text"],
        words=WordColumns(_parse_words(row.get("words"))),
        additions=row.get("additions", {}),
        verified=row["verified_at"] is not None,
        flagged=row["flagged"],
        engine_text=row["engine_text"],
        engine_words=tuple(starmap(Word, _parse_words(row.get("engine_words")))),
    )


def _parse_words(text: str | None) -> Sequence[list[Any]]:
    return json.loads(text) if text else ()
