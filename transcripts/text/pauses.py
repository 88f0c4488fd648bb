"""The tokens of a text with what is written between them: nothing, a pause, or more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from transcripts.text.tokens import find_token_spans, fold, is_han

NOTHING, PAUSE, END, OTHER = range(4)
"""What is written between two tokens: at most spaces, a pause, the end of a sentence (or of the text), quotes and the
like."""

PAUSES = re.compile(r"[\s,，、;；:：…—–\-·~～]|\.{2,}")
ENDS = re.compile(r"[.。!！?？]")


def split_words(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def is_han_token(key: str) -> bool:
    return len(key) == 1 and is_han(key)


class PausedTokens:
    """The tokens of a text, folded, and what stands before each and after the last (`edges`)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = find_token_spans(text)
        self.texts = [text[start:end] for start, end in self.spans]
        self.keys = [fold(token) for token in self.texts]
        ends = [(0, 0), *self.spans, (len(text), len(text))]
        self.gaps = [text[before[1] : after[0]] for before, after in pairwise(ends)]
        self.edges = [_classify(gap) for gap in self.gaps]
        self.edges[0] = max(self.edges[0], END)
        self.edges[-1] = max(self.edges[-1], END)

    def __len__(self) -> int:
        return len(self.keys)

    def has(self, at: int, word: str) -> bool:
        """Whether this word of Han stands there, in one; or this one of letters."""
        if word.isascii():
            return 0 <= at < len(self) and self.keys[at] == word
        return (
            0 <= at <= len(self) - len(word)
            and "".join(self.keys[at : at + len(word)]) == word
            and all(self.edges[number] == NOTHING for number in range(at + 1, at + len(word)))
        )

    def has_any(self, at: int, words: Sequence[str]) -> bool:
        return any(self.has(at, word) for word in words)

    def ends_with(self, end: int, words: Sequence[str]) -> bool:
        """Whether one of these words stands right before `end`."""
        return self.edges[end] == NOTHING and any(self.has(end - len(word), word) for word in words)


def _classify(gap: str) -> int:
    rest = PAUSES.sub("", gap)
    if rest:
        return OTHER if ENDS.sub("", rest) else END
    return PAUSE if gap.strip() else NOTHING
