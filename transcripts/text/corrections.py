"""What people's corrections teach: the terms in them, and how these were misheard.

Of Chinese, an edit shows which characters were replaced, not the word that they are in: 林 became 灵. The characters
around them tell the term, where several corrections have them in common: 图林 was 图灵 before 机 and before 奖.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transcripts.text.limits import MAX_TERM
from transcripts.text.replaced import find_replaced
from transcripts.text.tokens import fold, is_han, split_tokens

AROUND = 3  # characters that are kept on either side
LEAST = 2  # corrections of one kind that propose a term
_LONGEST_JOINED = 4  # Chinese characters of a term that is put together from what is around
_SHORTEST_WORD = 4  # letters of a word without a capital
# What is mistaken for each other everywhere is no term.
_COMMON_CHARACTERS = "的地得了着过他她它们在再做作那哪吗嘛吧呢啊是事时和合有又就这以已里理"
_COMMON_WORDS = """
about after also another because been before being came come could does done each ever every from goes going gone have
having here hers into just know less like many more most much must need once only other over said same seem should some
such take than that their them then there these they they're thing think this those through time very want well went
were what when where which while will with would year yeah your you're i it's its
"""
_COMMON = frozenset(_COMMON_CHARACTERS) | frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class WordCorrection:
    """`original` became `corrected`; `before` and `after` are the Chinese characters around it, which stayed."""

    original: str
    corrected: str
    before: str = ""
    after: str = ""

    def list_forms(self) -> dict[str, str]:
        """Every term that the correction may be one of, folded, with what was written instead."""
        return {
            fold(f"{before}{self.corrected}{after}"): f"{before}{self.original}{after}"
            for before in _list_ends(self.before)
            for after in _list_beginnings(self.after)
        }


@dataclass(slots=True)
class Proposal:
    term: str
    mishearings: Counter[str] = field(default_factory=Counter)


def find_corrections(original: str, text: str) -> list[WordCorrection]:
    """What a row's text says instead of its original text, word by word."""
    if not original or original == text:
        return []
    found = []
    replaced = find_replaced(original, text)
    for number, run in enumerate(replaced):
        if max(len(run.heard), len(run.right)) > MAX_TERM:
            continue
        first = replaced[number - 1].right_start + len(replaced[number - 1].right) if number else 0
        last = replaced[number + 1].right_start if number + 1 < len(replaced) else len(text)
        end = run.right_start + len(run.right)
        found.append(
            WordCorrection(
                run.heard,
                run.right,
                "".join(reversed(list(_take_han(reversed(text[first : run.right_start]))))),
                "".join(_take_han(text[end:last])),
            )
        )
    return found


def find_original(original: str, text: str, start: int, end: int) -> str:
    """What a row's original text has where its text has the words from `start` to `end`; empty if that is not known."""
    parts, at = [], start
    for run in find_replaced(original, text):
        run_end = run.right_start + len(run.right)
        if run_end <= start or run.right_start >= end:
            continue
        if run.right_start < start or run_end > end:
            return ""
        parts += [text[at : run.right_start], run.heard]
        at = run_end
    return "".join([*parts, text[at:end]]).strip() if parts else ""


def list_cores(term: str) -> set[str]:
    """The folded words within the term that a correction of it may have replaced."""
    tokens = split_tokens(term)
    if not all(len(token) == 1 and is_han(token) for token in tokens):
        return {fold(term)}
    return {
        fold("".join(tokens[first:last])) for first in range(len(tokens)) for last in range(first + 1, len(tokens) + 1)
    }


def propose_terms(corrections: Iterable[WordCorrection]) -> list[Proposal]:
    """The terms that at least two corrections are of, with all their mishearings."""
    groups: dict[str, list[WordCorrection]] = defaultdict(list)
    for each in corrections:
        groups[fold(each.corrected)].append(each)
    proposals: list[Proposal] = []
    for group in groups.values():
        if len(group) >= LEAST:
            proposals += _join_around(group) if _is_character(group[0].corrected) else [_make_proposal(group, "", "")]
    return [proposal for proposal in proposals if _is_term(proposal.term)]


def _join_around(group: list[WordCorrection]) -> Iterator[Proposal]:
    """The words around a single character that several of the corrections have in common."""
    if group[0].corrected in _COMMON:
        return
    left = list(group)
    while True:
        neighbours: dict[tuple[bool, str], list[WordCorrection]] = defaultdict(list)
        for each in left:
            if each.before:
                neighbours[True, each.before[-1]].append(each)
            if each.after:
                neighbours[False, each.after[0]].append(each)
        alike = max(neighbours.values(), key=len, default=[])
        if len(alike) < LEAST:
            return
        before = _find_beginning([each.before[::-1] for each in alike])[::-1]
        after = _find_beginning([each.after for each in alike])
        if len(before) + 1 + len(after) > _LONGEST_JOINED:
            before, after = before[-1:], "" if before else after[:1]
        yield _make_proposal(alike, before, after)
        left = [each for each in left if each not in alike]


def _find_beginning(texts: Sequence[str]) -> str:
    """What all of them begin with: what the first and the last in order do."""
    first, last = min(texts), max(texts)
    return first[
        : next((at for at, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), len(first))
    ]


def _make_proposal(group: Sequence[WordCorrection], before: str, after: str) -> Proposal:
    spellings = Counter(each.corrected for each in group)
    originals: Counter[str] = Counter(f"{before}{each.original}{after}" for each in group)
    return Proposal(f"{before}{spellings.most_common(1)[0][0]}{after}", originals)


def _is_term(term: str) -> bool:
    """Whether it can be a name or term, and is no everyday word or number."""
    if len(term) > MAX_TERM or not any(char.isalpha() for char in term):
        return False
    if any(is_han(char) for char in term):
        return len(term) > 1
    words = [fold(word) for word in split_tokens(term)]
    if all(word in _COMMON for word in words):
        return False
    return len(term) >= _SHORTEST_WORD or any(char.isupper() for char in term[1:])


def is_everyday(word: str) -> bool:
    """Whether the folded word is one that is mistaken for others everywhere."""
    return word in _COMMON


def _is_character(text: str) -> bool:
    return len(text) == 1 and is_han(text)


def _take_han(chars: Iterable[str]) -> Iterator[str]:
    for number, char in enumerate(chars):
        if number == AROUND or not is_han(char):
            return
        yield char


def _list_ends(text: str) -> list[str]:
    return [text[at:] for at in range(len(text), -1, -1)]


def _list_beginnings(text: str) -> list[str]:
    return [text[:at] for at in range(len(text) + 1)]
