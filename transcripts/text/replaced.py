"""Which words an edit replaced: what was heard, and what is right."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from transcripts.text.tokens import fold, tokenize

_LONGEST = 12  # tokens: a longer run was written anew, and is nothing that recurs


@dataclass(frozen=True, slots=True)
class Replaced:
    """`heard` at `start` of the old text became `right` at `right_start` of the new one, in code points."""

    heard: str
    right: str
    start: int
    right_start: int


def find_replaced(old: str, new: str) -> list[Replaced]:
    """Give the runs of words that were replaced, in order.

    Signs, spaces and case do not count, nor what was only inserted or deleted, or is longer than twelve words.
    """
    before, after = tokenize(old), tokenize(new)
    opcodes = Levenshtein.opcodes(*([_join_letters(token.text) for token in side] for side in (before, after)))
    runs: list[tuple[int, int, int, int]] = []
    for step in opcodes:
        run = (step.src_start, step.src_end, step.dest_start, step.dest_end)
        if step.tag == "equal":
            continue
        if runs and (runs[-1][1], runs[-1][3]) == (run[0], run[2]):
            run = (runs[-1][0], run[1], runs.pop()[2], run[3])
        runs.append(run)
    replaced = []
    for i1, i2, j1, j2 in runs:
        if i1 < i2 and j1 < j2 and max(i2 - i1, j2 - j1) <= _LONGEST:
            start, right_start = before[i1].start, after[j1].start
            heard, right = old[start : before[i2 - 1].end], new[right_start : after[j2 - 1].end]
            if _join_letters(heard) != _join_letters(right):
                replaced.append(Replaced(heard, right, start, right_start))
    return replaced


def _join_letters(text: str) -> str:
    """The text without spaces and signs, of which "flash web" and "Flashweb" alike are made."""
    return "".join(char for char in fold(text) if char.isalnum())
