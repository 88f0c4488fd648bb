"""Two transcripts of one recording side by side: the other one's text at the time of each row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from transcripts.text.joining import join
from transcripts.text.tokens import Word, tokenize


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
