"""Whether a list of rows to listen to first would earn its place: how many of the errors its top rows hold.

Speech of `_speech` is recognised with its noise. A row is suspicious by each sign alone and by all together, and the
signs are compared with chance and with the best order there could be, which knows the errors.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import methodcaller
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from rapidfuzz.distance import Levenshtein

from tests.bench._speech import CLIPS, make_harder, read_clip
from transcripts.flashserver.recognizer import RecognizerOptions, Samples, TimedUtterance
from transcripts.flashserver.whisper import Whisper
from transcripts.text.tokens import fold, split_tokens

SEEDS = (1, 2)
CONDITIONS = ((None, False), (None, True), (20.0, False), (10.0, True))
SHARE = 0.15
DRAWS = 200
PLAIN = RecognizerOptions()
OTHER = replace(PLAIN, hot_words=("会议记录", "interview"))  # which leads the model another way
NUMBER = re.compile(
    r"[\d零一二三四五六七八九十百千万]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Row:
    """`signs` are what the recogniser's answers tell of it, more for more suspicious."""

    errors: int
    tokens: int
    signs: dict[str, float]

    def sign(self, name: str) -> float:
        return self.signs[name]


def main() -> None:
    rows: list[Row] = []
    with TemporaryDirectory() as cache:
        whisper = Whisper(cache=Path(cache))
        for snr_db, is_phone in CONDITIONS:
            for seed in SEEDS if snr_db is not None else SEEDS[:1]:
                chance = np.random.default_rng(seed)
                for clip in CLIPS:
                    sound = make_harder(read_clip(clip), chance, snr_db, is_phone)
                    rows += _read_rows(whisper, sound, clip.text)
    errors, tokens = sum(row.errors for row in rows), sum(row.tokens for row in rows)
    print(f"{len(rows)} rows, {errors} errors in {tokens} tokens ({100 * errors / tokens:.1f} %)\n")
    print(f"| order | errors in the first {SHARE:.0%} of rows | times chance | tokens in them |")
    print("|---|---|---|---|")
    by_chance = _draw(rows)
    orders: dict[str, Callable[[Row], float]] = {name: methodcaller("sign", name) for name in rows[0].signs}
    orders["all signs together"] = lambda row: sum(row.signs.values())
    orders["the best there could be"] = lambda row: row.errors
    for name, key in orders.items():
        top = _take(sorted(rows, key=key, reverse=True))
        share = sum(row.errors for row in top) / errors
        spoken = sum(row.tokens for row in top) / tokens
        print(f"| {name} | {share:.0%} | {share / by_chance:.1f} | {spoken:.0%} |")


def _take(rows: Sequence[Row]) -> Sequence[Row]:
    return rows[: round(SHARE * len(rows))]


def _draw(rows: Sequence[Row]) -> float:
    """The share of the errors that as many rows hold by chance."""
    chance = random.Random(7)
    errors = sum(row.errors for row in rows)
    return sum(sum(row.errors for row in _take(chance.sample(rows, len(rows)))) for _ in range(DRAWS)) / DRAWS / errors


def _read_rows(whisper: Whisper, sound: Samples, truth: str) -> list[Row]:
    first, again, banded = (
        whisper.recognise(heard, options, lambda: False)
        for heard, options in (
            (sound, PLAIN),
            (sound, OTHER),
            (make_harder(sound, np.random.default_rng(0), None, True), PLAIN),
        )
    )
    tokens = [_split(row.text) for row in first]
    errors = _spread_edits(tokens, _split(truth))
    others = _spread_edits(tokens, _split(" ".join(row.text for row in again)))
    through_band = _spread_edits(tokens, _split(" ".join(row.text for row in banded)))
    lengths = [_measure_lengths(row) for row in first]
    usual = median([length for each in lengths for length in each] or [1])
    return [
        Row(
            errors[index],
            len(tokens[index]),
            {
                "a reading with other options disagrees": others[index],
                "a reading of the telephone's band disagrees": through_band[index],
                "words of odd length": sum(not usual / 4 < length < usual * 4 for length in lengths[index]),
                "numbers": len(NUMBER.findall(row.text)),
                "gaps": sum(gap > 1000 for gap in _measure_gaps(row)),
            },
        )
        for index, row in enumerate(first)
    ]


def _split(text: str) -> list[str]:
    return [fold(token) for token in split_tokens(text)]


def _spread_edits(rows: Sequence[Sequence[str]], other: Sequence[str]) -> dict[int, int]:
    """For each row, in how many tokens `other`, the text of all rows, is otherwise."""
    of_token = [index for index, row in enumerate(rows) for _ in row]
    counts: dict[int, int] = defaultdict(int)
    for edit in Levenshtein.editops([token for row in rows for token in row], list(other)):
        if of_token:
            counts[of_token[min(edit.src_pos, len(of_token) - 1)]] += 1
    return counts


def _measure_lengths(row: TimedUtterance) -> list[float]:
    """Of its words, in milliseconds a letter, a Chinese character counted as three."""
    return [
        (word.end_ms - word.start_ms) / sum(1 if char.isascii() else 3 for char in word.text)
        for word in row.words
        if word.start_ms >= 0 and word.text.strip()
    ]


def _measure_gaps(row: TimedUtterance) -> list[int]:
    timed = [word for word in row.words if word.start_ms >= 0]
    return [after.start_ms - before.end_ms for before, after in pairwise(timed)]
