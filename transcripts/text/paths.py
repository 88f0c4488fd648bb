"""The likeliest alignment of the engine's tokens to a text's, by dynamic programming.

Costs are log odds in a pair hidden Markov model (Durbin et al., Biological Sequence Analysis, chapter 4). An equal
token is better evidence the rarer it is, and one that sounds alike is some. Time decides between alignments that a
plain edit distance takes for equal: an insertion belongs in a pause of its length, an extra word was likely short, and
a replaced word lasts about as long as its replacement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from transcripts.text.sounds import compare_sounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SCALE = 1000  # costs are integer thousandths, so that tracing back compares exactly
_NEVER = 1 << 50
_LARGEST = 1_000_000  # cells of a table; larger rows use a plain edit distance, which needs one bit a cell


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of edits, in nats."""

    substitution: float = 3.5
    insertion: float = 3.5
    deletion: float = 3.5
    rarity_limit: float = 6.0
    alike: float = 3.0  # saved where the two sound alike
    length: float = 3.0  # times the squared logarithm of the two lengths' ratio
    length_limit: float = 2.0
    equal_length: float = 0.5  # the part of it that counts for equal tokens
    short: float = 1.0  # saved or added for dropping a short or a long word
    short_limit: float = 1.5
    cramped: float = 3.0  # times the squared logarithm of hole to length, where the hole is too small
    cramped_limit: float = 3.0
    roomy: float = 1.0  # times the logarithm, where it is larger than the word
    roomy_limit: float = 1.0
    explained: float = 2.0  # saved where an insertion explains a hole,
    hole: float = -0.7  # which has at least this logarithm of its length to the word's


COSTS = Costs()


@dataclass(frozen=True, slots=True)
class EngineTokens:
    """The engine's tokens as columns: keys, lengths in ms and lengths expected from the weights."""

    keys: Sequence[str]
    lengths: Sequence[int]
    expected: Sequence[float]
    gaps: Sequence[int]  # before the first, between, after the last: one more than keys; -1 holds any words


def pair_tokens(
    heard: EngineTokens, keys: Sequence[str], expected: Sequence[float]
) -> tuple[list[int], list[bool], list[bool]]:
    """Give for each text token the index of its engine token, whether they are equal, and whether they sound alike.

    A token inserted before engine token n has -1 - n instead.
    """
    if len(heard.keys) * len(keys) > _LARGEST:
        return _pair_plainly(heard.keys, keys)
    equal, rare_heard, rare_text = _compare_keys(heard.keys, keys)
    near = equal if equal.any(axis=0).all() else equal | compare_sounds(heard.keys, keys)
    replace, drop = _price_replacing_and_dropping(heard, expected, equal, near, rare_heard, rare_text)
    first, more = _price_insertions(heard.gaps, expected, rare_text)
    pairs = _trace_back(*_fill_tables(replace, drop, first, more), drop, first)
    return (
        pairs,
        [i >= 0 and bool(equal[i, j]) for j, i in enumerate(pairs)],
        [i >= 0 and bool(near[i, j]) for j, i in enumerate(pairs)],
    )


def _pair_plainly(heard: Sequence[str], keys: Sequence[str]) -> tuple[list[int], list[bool], list[bool]]:
    pairs: list[int] = []
    for step in Levenshtein.opcodes(heard, keys):
        if step.tag == "insert":
            pairs += [-1 - step.src_start] * (step.dest_end - step.dest_start)
        elif step.tag != "delete":
            pairs += range(step.src_start, step.src_end)
    equal = [number >= 0 and heard[number] == key for number, key in zip(pairs, keys, strict=True)]
    return pairs, equal, equal


def _compare_keys(heard: Sequence[str], text: Sequence[str]) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Tell which are equal, and half of each token's surprisal in this row."""
    number: dict[str, int] = {}
    heard_numbers = np.array([number.setdefault(key, len(number)) for key in heard])
    text_numbers = np.array([number.setdefault(key, len(number)) for key in text])
    counts = np.bincount(np.concatenate([heard_numbers, text_numbers]))
    rarity = np.minimum(COSTS.rarity_limit, np.log((len(heard) + len(text)) / counts)) / 2
    return heard_numbers[:, None] == text_numbers[None, :], rarity[heard_numbers], rarity[text_numbers]


def _price_replacing_and_dropping(
    heard: EngineTokens,
    expected: Sequence[float],
    equal: NDArray[np.bool_],
    near: NDArray[np.bool_],
    rare_heard: Floats,
    rare_text: Floats,
) -> tuple[Ints, Ints]:
    lengths = np.log(np.maximum(heard.lengths, 1))
    unfit = np.square(lengths[:, None] - np.log(expected)[None, :])
    unfit *= COSTS.length
    np.minimum(unfit, COSTS.length_limit, out=unfit)
    other = COSTS.substitution + rare_heard[:, None] + rare_text[None, :] - COSTS.alike * near + unfit
    short = np.clip(COSTS.short * (lengths - np.log(heard.expected)), -COSTS.short_limit, COSTS.short_limit)
    return _round_costs(np.where(equal, COSTS.equal_length * unfit, other)), _round_costs(
        COSTS.deletion + rare_heard + short
    )


def _price_insertions(gaps: Sequence[int], expected: Sequence[float], rare_text: Floats) -> tuple[Ints, Ints]:
    """Price the first token inserted into a gap, and one that follows another there."""
    gap, length = np.log(np.maximum(gaps, 1))[:, None], np.asarray(expected)
    both = length + np.concatenate([[0.0], length[:-1]])
    base = COSTS.insertion + rare_text[None, :]
    measured = np.asarray(gaps)[:, None] >= 0
    room = (gap - np.log(length)[None, :]) * measured
    explained = np.where(room > COSTS.hole, COSTS.explained, 0.0)
    return _round_costs(base + _price_misfit(room) - explained), _round_costs(
        base + _price_misfit((gap - np.log(both)[None, :]) * measured)
    )


def _price_misfit(room: Floats) -> Floats:
    cramped = np.minimum(COSTS.cramped_limit, COSTS.cramped * room * room)
    return np.where(room < 0, cramped, np.minimum(COSTS.roomy_limit, COSTS.roomy * room))


def _round_costs(costs: Floats) -> Ints:
    return np.rint(costs * _SCALE).astype(np.int64)


def _fill_tables(replace: Ints, drop: Ints, first: Ints, more: Ints) -> tuple[Ints, Ints]:
    """Fill in the least cost of each pair of prefixes, ending in a pair or a deletion, and ending in an insertion.

    Row by row: the best run of insertions is a running minimum over sums.
    """
    size = (len(drop) + 1, replace.shape[1] + 1)
    sums = np.zeros(size, dtype=np.int64)
    np.cumsum(more, axis=1, out=sums[:, 1:])
    opening = first - sums[:, 1:]
    paired = np.full(size, _NEVER, dtype=np.int64)
    inserted = np.full(size, _NEVER, dtype=np.int64)
    paired[0, 0] = 0
    best = paired[0]
    for i in range(size[0]):
        row, run = paired[i], inserted[i, 1:]
        if i:
            np.add(best, drop[i - 1], out=row)
            np.minimum(row[1:], best[:-1] + replace[i - 1], out=row[1:])
        np.add(row[:-1], opening[i], out=run)
        np.minimum.accumulate(run, out=run)
        run += sums[i, 1:]
        best = np.minimum(row, inserted[i])
    return paired, inserted


def _trace_back(paired: Ints, inserted: Ints, drop: Ints, first: Ints) -> list[int]:
    i, j = len(paired) - 1, len(paired[0]) - 1
    pairs = [0] * j
    inside = False
    while i or j:
        if inside or inserted[i, j] < paired[i, j]:
            inside = bool(inserted[i, j] != paired[i, j - 1] + first[i, j - 1])
            j -= 1
            pairs[j] = -1 - i
        elif i and paired[i, j] == min(paired[i - 1, j], inserted[i - 1, j]) + drop[i - 1]:
            i -= 1  # of two equal paths, keep the earlier word: accidental repetitions come after it
        else:
            i, j = i - 1, j - 1
            pairs[j] = i
    return pairs
