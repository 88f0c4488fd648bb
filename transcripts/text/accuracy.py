"""The engine's errors against the corrected text, how sure their rate is, and its most frequent confusions.

Distances are rapidfuzz's. Han, kana and Hangul count by character (CER), words of letters and numbers by word (WER),
and both together by what people count in mixed speech (the mixed error rate). Case, width, signs and spaces do not
count (`tokens.fold`); numerals do: 二十 is not 20.

Rates are sums over sums, and rows differ in length and difficulty, so their intervals come from the variance of a ratio
over rows (Cochran, Sampling Techniques, 1977, chapter 6): it says how many tokens that err independently would tell as
much (Kish, Survey Sampling, 1965), and the interval is the score interval of a Poisson rate for these. Unlike a
percentile of resampled rows it is none of zero width where no error was found. Nothing in it is random.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from itertools import chain
from statistics import NormalDist
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from transcripts.text.joining import join
from transcripts.text.tokens import fold, is_single, split_tokens

FEWEST_ROWS = 20
"""Fewer rows give a rate, but no interval."""
_NORMAL = NormalDist().inv_cdf(0.975)


class RateInterval(NamedTuple):
    low: float
    high: float


@dataclass(slots=True)
class Errors:
    """Sums over rows. The squares and products are those of the single rows, and make the interval."""

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0  # in the corrected text only
    insertions: int = 0  # in the engine's text only
    rows: int = 0
    wrong_squares: int = 0
    meant_squares: int = 0
    products: int = 0

    @property
    def wrong(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def meant(self) -> int:
        return self.hits + self.substitutions + self.deletions

    @property
    def rate(self) -> float | None:
        """Errors per reference token (CER, WER). May exceed one; None without reference tokens."""
        return self.wrong / self.meant if self.meant else None

    @property
    def interval(self) -> RateInterval | None:
        """Where the rate of all such rows lies, at 95 %; None for fewer rows than `FEWEST_ROWS`."""
        rate = self.rate
        if rate is None or self.rows < FEWEST_ROWS:
            return None
        effect = 1.0
        if rate:
            squares = self.wrong_squares - 2 * rate * self.products + rate * rate * self.meant_squares
            variance = squares * self.rows / (self.rows - 1) / self.meant**2
            effect = max(effect, variance * self.meant / rate)
        tokens = self.meant / effect
        quantile = _find_quantile(self.rows - 1)
        middle = rate + quantile**2 / (2 * tokens)
        reach = quantile * math.sqrt(rate / tokens + (quantile / (2 * tokens)) ** 2)
        return RateInterval(max(0.0, middle - reach), middle + reach)

    def add(self, other: Errors) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def add_whole(self, other: Errors) -> None:
        """Adds these as if they were of one row: what belongs together is a sample of one."""
        self.add(Errors(*make_whole(other.to_list())))

    def to_list(self) -> list[int]:
        return list(astuple(self))


def make_whole(errors: Sequence[int]) -> list[int]:
    """`Errors` of many rows as those of a single one, as lists."""
    hits, substitutions, deletions, insertions = errors[:4]
    wrong, meant = substitutions + deletions + insertions, hits + substitutions + deletions
    rows = 1 if wrong or meant else 0
    return [hits, substitutions, deletions, insertions, rows, wrong * wrong, meant * meant, wrong * meant]


def _find_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t (Abramowitz and Stegun 26.7.5), to 0.001 from nine degrees of freedom on."""
    z = _NORMAL
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


@dataclass(frozen=True, slots=True)
class Confusion:
    """A run of tokens recognised as another; either may be empty. `places` are numbers of rows, one for each time."""

    original: str
    meant: str
    places: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.places)


@dataclass(slots=True)
class Accuracy:
    """`tokens` are characters and words together. The confusions are the most frequent first."""

    characters: Errors = field(default_factory=Errors)
    words: Errors = field(default_factory=Errors)
    tokens: Errors = field(default_factory=Errors)
    confusions: list[Confusion] = field(default_factory=list)
    of_rows: list[tuple[int, int]] = field(default_factory=list)
    """How many tokens of each row are wrong, and how many were meant."""


def measure_accuracy(pairs: Iterable[tuple[str, str]]) -> Accuracy:
    """Count over pairs of engine text and corrected text, one pair a row."""
    return measure_stretches((heard, [meant]) for heard, meant in pairs)


def measure_stretches(stretches: Iterable[tuple[str, Sequence[str]]]) -> Accuracy:
    """The same where an engine text is of several rows that follow one another. Rows are numbered from the first on."""
    result = Accuracy()
    confused: dict[tuple[str, str], list[int]] = defaultdict(list)
    for heard, rows in stretches:
        _count_errors(heard, rows, result, confused)
    ordered = sorted(confused.items(), key=lambda item: (-len(item[1]), item[0]))
    result.confusions = [Confusion(*texts, tuple(places)) for texts, places in ordered]
    return result


def _count_errors(
    heard: str, rows: Sequence[str], result: Accuracy, confused: dict[tuple[str, str], list[int]]
) -> None:
    first = len(result.of_rows)
    heard_tokens, tokens_of = split_tokens(heard), [split_tokens(row) for row in rows]
    meant_tokens = list(chain.from_iterable(tokens_of))
    row_of = [number for number, tokens in enumerate(tokens_of) for _token in tokens] or [0]
    counted = [(Errors(), Errors()) for _row in rows]
    run: tuple[list[str], list[str]] = [], []
    place = 0
    for step in Levenshtein.opcodes(list(map(fold, meant_tokens)), list(map(fold, heard_tokens))):
        after, before = meant_tokens[step.src_start : step.src_end], heard_tokens[step.dest_start : step.dest_end]
        at = row_of[min(step.src_start, len(row_of) - 1)]
        for number, text in enumerate(after or before):
            row = row_of[step.src_start + number] if after else at
            errors = counted[row][0 if is_single(text) else 1]
            if step.tag == "equal":
                errors.hits += 1
            elif step.tag == "replace":
                errors.substitutions += 1
            elif step.tag == "delete":
                errors.deletions += 1
            else:
                errors.insertions += 1
        if step.tag == "equal":
            _count_confusion(run, first + place, confused)
            run = [], []
        else:
            place = place if any(run) else at
            run[0].extend(before)
            run[1].extend(after)
    _count_confusion(run, first + place, confused)
    for characters, words in counted:
        both = Errors()
        both.add(characters)
        both.add(words)
        result.characters.add_whole(characters)
        result.words.add_whole(words)
        result.tokens.add_whole(both)
        result.of_rows.append((both.wrong, both.meant))


def _count_confusion(run: tuple[list[str], list[str]], place: int, confused: dict[tuple[str, str], list[int]]) -> None:
    if run[0] or run[1]:
        heard, meant = ("", "")
        for text in run[0]:
            heard = join(heard, text)
        for text in run[1]:
            meant = join(meant, text)
        confused[heard, meant].append(place)


def were_picked(of_rows: Sequence[tuple[int, int]], runs: int, total: int) -> bool:
    """Whether rows seem to have been verified because something in them was wrong, so that the rate says too much.

    `of_rows` are the verified ones, as `Accuracy` has them, which stand in so many runs among `total` rows. Errors that
    come by chance leave rows of m tokens without any as often as exp(-rate m), more often where they come in clusters.
    Picked rows lack these. Who goes through rows in order leaves few runs (Wald and Wolfowitz, 1940) and picks nothing.
    """
    spoken = [(wrong, meant) for wrong, meant in of_rows if meant]
    wrong, meant = sum(row[0] for row in spoken), sum(row[1] for row in spoken)
    by_chance = len(of_rows) * (total - len(of_rows) + 1) / max(1, total)
    if len(spoken) < FEWEST_ROWS or len(of_rows) == total or runs < by_chance / 2:
        return False
    shares = [math.exp(-wrong / meant * tokens) for _wrong, tokens in spoken]
    expected, deviation = sum(shares), math.sqrt(sum(share * (1 - share) for share in shares))
    clean = sum(not row[0] for row in spoken)
    return clean < expected / 2 and clean < expected - 2 * deviation


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the second engine's rate is higher than the first one's."""

    rate: float
    interval: RateInterval | None

    @property
    def is_certain(self) -> bool:
        return self.interval is not None and not self.interval.low <= 0 <= self.interval.high


def compare_accuracies(first: Accuracy, second: Accuracy) -> Difference | None:
    """Compare two engines over the same rows. Both find the same rows hard, so that the interval is that of pairs."""
    pairs = list(zip(first.of_rows, second.of_rows, strict=True))
    meant = sum(one[1] for one, _other in pairs)
    if not meant:
        return None
    rate = sum(other[0] - one[0] for one, other in pairs) / meant
    rows = sum(1 for pair in pairs if any(chain(*pair)))
    if rows < FEWEST_ROWS:
        return Difference(rate, None)
    squares = sum((other[0] - one[0] - rate * one[1]) ** 2 for one, other in pairs)
    reach = _find_quantile(rows - 1) * math.sqrt(squares * rows / (rows - 1)) / meant
    return Difference(rate, RateInterval(rate - reach, rate + reach))
