"""Two transcripts of one recording side by side: the other one's text and rows at the time of each row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from transcripts.text.joining import join
from transcripts.text.tokens import Word, tokenize

SAME_MS = 40  # a picture of a film: nobody hears it


def share_out_texts(spans: Sequence[tuple[int, int]], others: Sequence[tuple[str, Sequence[Word]]]) -> list[str]:
    """Give for each of the ordered `spans` (start and end in ms) the text of `others` spoken then.

    `others` are texts with one word per token, in order of time. A word belongs to the span that holds its middle, or
    in a pause to the nearer one; punctuation goes with the word before it, and a text without words with the text
    before it. Nothing is lost or repeated.
    """
    if not spans:
        return []
    # Between two spans the border is the middle of the pause, or of what both claim.
    borders = [(before[1] + after[0]) / 2 for before, after in pairwise(spans)]
    texts = [""] * len(spans)
    at = 0
    for text, words in others:
        start = 0
        for number, (token, word) in enumerate(zip(tokenize(text), words, strict=True)):
            here = bisect_right(borders, (word.start_ms + word.end_ms) / 2)
            if number and here > at:
                texts[at] = join(texts[at], text[start : token.start])
                start = token.start
            at = max(at, here) if number else here
        texts[at] = join(texts[at], text[start:])
    return texts


def pair_spans(spans: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Give for each of the ordered `spans` the numbers of the ordered `others` that stand for it, in order.

    Those are the ones with its own times, as two voices at once have; else those of which it shares half, or that share
    half of it; else the one that shares most with it. A span that no other one overlaps has none.
    """
    found: list[list[int]] = []
    current: list[int] = []
    following = 0
    for start, end in spans:
        while following < len(others) and others[following][0] < end:
            current.append(following)
            following += 1
        current = [number for number in current if others[number][1] > start]
        shared = {number: min(end, others[number][1]) - max(start, others[number][0]) for number in current}
        shared = {number: length for number, length in shared.items() if length > 0}
        same = [number for number in shared if is_same_time((start, end), others[number])]
        half = [
            number
            for number, length in shared.items()
            if 2 * length >= min(end - start, others[number][1] - others[number][0])
        ]
        found.append(same or half or sorted(shared, key=lambda number: -shared[number])[:1])
    return found


def is_same_time(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return all(abs(mine - theirs) <= SAME_MS for mine, theirs in zip(span, other, strict=True))
