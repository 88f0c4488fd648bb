"""Transcripts of several voices, and what telling them apart would say, without listening to anything."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User

from tests import quick
from transcripts.diarization.results import Diarized, Turn, Voice
from transcripts.models import Diarization, Speaker, Transcript, Utterance
from transcripts.services.diarization.run import finish_diarization

ROW_MS, WORD_MS = 2000, 200
ENCODER = "resemblyzer-0.1.4"


def make_answer(texts: Sequence[str]) -> dict[str, Any]:
    """Rows of Han characters that nobody is named as the speaker of: a word each, one every 200 ms."""
    utterances = [
        {
            "start_time": ROW_MS * number,
            "end_time": ROW_MS * number + WORD_MS * len(text),
            "text": text,
            "words": [
                {"start_time": start, "end_time": start + WORD_MS, "text": sign}
                for at, sign in enumerate(text)
                for start in [ROW_MS * number + WORD_MS * at]
            ],
        }
        for number, text in enumerate(texts)
    ]
    return {"result": {"text": "".join(texts), "utterances": utterances}}


def recognise(by: User, *texts: str, **options: Any) -> Transcript:
    return quick.recognised(quick.create_recording(by, **options), make_answer(texts))


def say(*rows: str, confidence: int = 90) -> Diarized:
    """Whose each word is, by the numbers of the voices: `"11", "122"`. A capital letter A is an unsure 1, B a 2, …"""
    spoken = [(ROW_MS * number + WORD_MS * at, sign) for number, row in enumerate(rows) for at, sign in enumerate(row)]
    turns: list[Turn] = []
    for start, sign in spoken:
        sure = sign.isdecimal()
        voice = int(sign) if sure else ord(sign) - ord("A") + 1
        turns.append(Turn(start, start + WORD_MS, voice, confidence if sure else 30))
    return Diarized(tuple(_make_voices(turns)), tuple(_join(turns)), ENCODER)


def guess(transcript: Transcript, chance: random.Random) -> Diarized:
    """Each word of a transcript is somebody's, by chance."""
    words = [word for row in transcript.utterances.visible() for word in row.words]
    turns = [Turn(start, end, chance.randint(1, 3), chance.randint(0, 100)) for _text, start, end, _source in words]
    turns.sort(key=lambda turn: turn.start_ms)
    return Diarized(tuple(_make_voices(turns)), tuple(turns), ENCODER)


def _join(turns: Iterable[Turn]) -> Iterable[Turn]:
    """Turns of one voice that follow each other, also from row to row."""
    joined: list[Turn] = []
    for turn in turns:
        last = joined[-1] if joined else None
        if last and (last.voice, last.confidence) == (turn.voice, turn.confidence):
            joined[-1] = Turn(last.start_ms, turn.end_ms, turn.voice, turn.confidence)
        else:
            joined.append(turn)
    return joined


def _make_voices(turns: Sequence[Turn]) -> Iterable[Voice]:
    for number in sorted({turn.voice for turn in turns}):
        own = [turn for turn in turns if turn.voice == number]
        ms = sum(turn.end_ms - turn.start_ms for turn in own)
        yield Voice(number, ms, ((own[0].start_ms, own[0].end_ms),), "AAAA")


def tell_apart(transcript: Transcript, diarized: Diarized, by: User | None, **fields: Any) -> Diarization:
    """What a worker stores when it has found that."""
    made = Diarization.objects.create(
        transcript=transcript, requested_by=by, **{"automatic": True, "hint": {}, **fields}
    )
    claimed = Diarization.objects.select_related("transcript__recording").claim(made.pk)
    assert claimed is not None
    finish_diarization(claimed, diarized)
    return Diarization.objects.get(pk=made.pk)


def list_rows(transcript: Transcript) -> list[tuple[str, str, int | None]]:
    """The visible rows: text, speaker and how sure that is."""
    return [
        (row.text, row.speaker.display_name if row.speaker else "", row.speaker_confidence)
        for row in transcript.utterances.visible().select_related("speaker")
    ]


def get_versions(rows: Iterable[Utterance]) -> dict[int, int]:
    return {row.pk: row.version for row in rows}


def name_all(transcript: Transcript) -> list[str]:
    return [speaker.display_name for speaker in Speaker.objects.filter(transcript=transcript)]
