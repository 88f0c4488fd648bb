"""The engine's accuracy against the corrected text, and its most frequent confusions.

Distances are rapidfuzz's. Han, kana and Hangul count by character (CER), words of letters and numbers by word (WER,
and MER, which never exceeds one: Morris, Maier and Green, Interspeech 2004). Case, width and punctuation do not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from transcripts.text.joining import join
from transcripts.text.tokens import fold, is_single, tokenize


@dataclass(slots=True)
class Errors:
    hits: int = 0
    substitutions: int = 0
    deletions: int = 0  # in the corrected text only
    insertions: int = 0  # in the engine's text only

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
    def match_rate(self) -> float | None:
        """The share of aligned tokens that are wrong (MER)."""
        return self.wrong / (self.wrong + self.hits) if self.wrong + self.hits else None


@dataclass(frozen=True, slots=True)
class Confusion:
    """A run of tokens recognised as another; either may be empty."""

    heard: str
    meant: str
    count: int


@dataclass(slots=True)
class Accuracy:
    characters: Errors = field(default_factory=Errors)
    words: Errors = field(default_factory=Errors)
    confusions: list[Confusion] = field(default_factory=list)  # the most frequent first


def measure_accuracy(pairs: Iterable[tuple[str, str]]) -> Accuracy:
    """Count over pairs of engine text and corrected text, one pair a row."""
    result = Accuracy()
    confused: Counter[tuple[str, str]] = Counter()
    for heard, meant in pairs:
        _count_errors(heard, meant, result, confused)
    result.confusions = [
        Confusion(*texts, count) for texts, count in sorted(confused.items(), key=lambda item: (-item[1], item[0]))
    ]
    return result


def _count_errors(heard: str, meant: str, result: Accuracy, confused: Counter[tuple[str, str]]) -> None:
    heard_tokens = [token.text for token in tokenize(heard)]
    meant_tokens = [token.text for token in tokenize(meant)]
    run: tuple[list[str], list[str]] = ([], [])
    for step in Levenshtein.opcodes([fold(text) for text in heard_tokens], [fold(text) for text in meant_tokens]):
        before, after = heard_tokens[step.src_start : step.src_end], meant_tokens[step.dest_start : step.dest_end]
        for text in after if step.tag != "delete" else before:
            errors = result.characters if is_single(text) else result.words
            if step.tag == "equal":
                errors.hits += 1
            elif step.tag == "replace":
                errors.substitutions += 1
            elif step.tag == "insert":
                errors.deletions += 1
            else:
                errors.insertions += 1
        if step.tag == "equal":
            _count_confusion(run, confused)
            run = ([], [])
        else:
            run[0].extend(before)
            run[1].extend(after)
    _count_confusion(run, confused)


def _count_confusion(run: tuple[list[str], list[str]], confused: Counter[tuple[str, str]]) -> None:
    if run[0] or run[1]:
        heard, meant = ("", "")
        for text in run[0]:
            heard = join(heard, text)
        for text in run[1]:
            meant = join(meant, text)
        confused[heard, meant] += 1
