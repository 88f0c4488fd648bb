"""A file as an answer of the service, so that it becomes a transcript the way every answer does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from transcripts.flash.answer import MAX_TIME_MS, Answer, parse_answer
from transcripts.flash.errors import FlashError
from transcripts.imports import subtitles, tiers
from transcripts.imports.rows import NotReadable, Row, decoded, named, tidied
from transcripts.imports.ttml import ttml
from transcripts.imports.untimed import Spoken, paragraphs, placed, spoken_by
from transcripts.imports.word import plain_word, word

MOST_BYTES = 50 * 1024 * 1024

READERS: dict[str, Callable[[str], Iterator[Row]]] = {
    "srt": subtitles.subrip,
    "vtt": subtitles.webvtt,
    "ass": subtitles.ass,
    "ssa": subtitles.ass,
    "ttml": ttml,
    "dfxp": ttml,
    "lrc": subtitles.lyrics,
    "txt": subtitles.timed_text,
    "eaf": tiers.eaf,
    "textgrid": tiers.textgrid,
}
# Formats that have no other place for a name than the text.
_NAMED_IN_TEXT = {"srt", "lrc", "txt"}


def read(
    file_name: str, content: bytes, known: Collection[str] = (), spoken: Callable[[], Sequence[Spoken]] = tuple
) -> Answer:
    """Rows without words, except of JSON, which has them; `known` are speakers to expect.

    A text without times gets them from `spoken`, a transcript of the same recording. Raises NotReadable.
    """
    kind = PurePath(file_name).suffix.removeprefix(".").lower()
    if len(content) > MOST_BYTES:
        raise NotReadable(NotReadable.LARGE)
    if kind == "json":
        return _json(content)
    reader = READERS.get(kind)
    if reader is None and kind != "docx":
        raise NotReadable(NotReadable.UNKNOWN)
    try:
        rows = tidied(reader(decoded(content)) if reader else word(content))
    except NotReadable as error:
        if error.args != (NotReadable.UNTIMED,) or not (beside := spoken()):
            raise
        rows = tidied(placed(_untimed(kind, content, known), beside))
        return answer_of([row for row in rows if row.end_ms <= MAX_TIME_MS])
    except Exception as error:  # pysubs2 fails on damaged files in many ways
        raise NotReadable(NotReadable.BROKEN) from error
    rows = [row for row in rows if row.end_ms <= MAX_TIME_MS]
    if not rows:
        raise NotReadable(NotReadable.EMPTY)
    return answer_of(named(rows, known) if kind in _NAMED_IN_TEXT else rows)


def _untimed(kind: str, content: bytes, known: Collection[str]) -> list[Row]:
    if kind == "docx":
        return named(spoken_by(plain_word(content), known), known)
    return named(paragraphs(decoded(content)), known)


def answer_of(rows: list[Row]) -> Answer:
    """As the service would have answered; it keeps the rows apart, as `raw` is stored beside the transcript."""
    utterances = [
        {"text": row.text, "start_time": row.start_ms, "end_time": row.end_ms, "additions": _additions(row)}
        for row in rows
    ]
    return parse_answer({"result": {"text": "", "utterances": utterances}})


def _additions(row: Row) -> dict[str, str]:
    return {"speaker": row.speaker} if row.speaker else {}


def _json(content: bytes) -> Answer:
    """An answer of the service, or our own export of one, whose speakers have names."""
    try:
        answer = parse_answer(content)
    except FlashError:
        raise NotReadable(NotReadable.BROKEN) from None
    if not answer.utterances:
        raise NotReadable(NotReadable.EMPTY)
    utterances = tuple(
        replace(one, speaker=one.additions.get("speaker_name", one.speaker)) for one in answer.utterances
    )
    return replace(answer, utterances=utterances)
