"""A person at the editor: what their hands do is counted and, in the page, done.

Times are those of the keystroke-level model (Card, Moran and Newell, 1980): K a key, by a skilled typist; P pointing;
B a button of the mouse pressed or released; H a hand that goes from the keyboard to the mouse or back; M a decision.
The keys of a combination count one by one, capitals with Shift. A Chinese character is written with three letters of
pinyin, and one key takes the candidates of a stretch. Up to four equal keys are pressed at sight; more have to be
watched, which is a decision.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

K, P, B, H, M = 0.2, 1.1, 0.1, 0.4, 1.35
AT_SIGHT = 4
NEAR_TOKENS = 3
PINYIN = 3
HAN = re.compile(r"[\u3400-\u9fff]")
HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
TOKEN = re.compile(r"[A-Za-z0-9'’\-]+|.")

Step = tuple[Any, ...]
"""A method of `Hands` by its name, and its arguments."""


@dataclass
class Hands:
    """What was done so far, and where the hand is."""

    keys: int = 0
    clicks: int = 0
    decisions: int = 0
    seconds: float = 0.0
    at_mouse: bool = False

    def _home(self, mouse: bool) -> None:
        self.seconds += H * (mouse != self.at_mouse)
        self.at_mouse = mouse

    def decide(self) -> None:
        self.decisions += 1
        self.seconds += M

    def press(self, combination: str, times: int = 1) -> None:
        """Modifiers stay down while the key is repeated."""
        if not times:
            return
        self._home(False)
        if times > AT_SIGHT:
            self.decide()
        self._strike(combination.count("+") + times)

    def write(self, text: str) -> None:
        self._home(False)
        self._strike(keys_of(text))

    def _strike(self, keys: int) -> None:
        self.keys += keys
        self.seconds += K * keys

    def point(self, clicks: int = 1) -> None:
        self._home(True)
        self.clicks += clicks
        self.seconds += P + 2 * B * clicks

    def click_again(self, clicks: int = 1) -> None:
        """Where the mouse is."""
        self._home(True)
        self.clicks += clicks
        self.seconds += 2 * B * clicks

    def drag(self) -> None:
        self._home(True)
        self.clicks += 1
        self.seconds += 2 * P + 2 * B

    @contextmanager
    def tried(self) -> Iterator[None]:
        """What is done here only asks for its price."""
        before = dict(vars(self))
        try:
            yield
        finally:
            vars(self).update(before)

    def price(self, *doings: object) -> float:
        """Seconds that some steps would take: pairs of a method's name and its arguments."""
        with self.tried():
            began = self.seconds
            for name, *arguments in doings:  # type: ignore[misc]
                getattr(self, name)(*arguments)
            return self.seconds - began


def keys_of(text: str) -> int:
    han = HAN_RUN.findall(text)
    rest = HAN_RUN.sub("", text)
    return sum(PINYIN * len(run) + 1 for run in han) + len(rest) + sum(sign.isupper() for sign in rest)


class Mistake(NamedTuple):
    """`text[start:end]` of a row has to become `right`."""

    start: int
    end: int
    right: str


def mistakes(text: str, true: str) -> list[Mistake]:
    """By aligning words, and Chinese by the character; what only a space separates is one."""
    ours, theirs = (tuple(TOKEN.findall(one)) for one in (text, true))
    found: list[Mistake] = []
    for kind, i, j, k, n in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        start = len("".join(ours[:i]))
        mistake = Mistake(start, start + len("".join(ours[i:j])), "".join(theirs[k:n]))
        last = found[-1] if found else None
        if last and text[last.end : start] == " ":
            mistake = Mistake(last.start, mistake.end, f"{last.right} {mistake.right}")
            found.pop()
        found.append(mistake)
    return [_trimmed(text, mistake) for mistake in found]


def _trimmed(text: str, mistake: Mistake) -> Mistake:
    """Words keep the letters that are right at their ends where at least half of them is."""
    start, end, right = mistake
    wrong = text[start:end]
    common = SequenceMatcher(None, wrong, right, autojunk=False)
    if not wrong or not right or common.ratio() < 0.6:
        return mistake
    while start < end and right and text[start] == right[0]:
        start, right = start + 1, right[1:]
    while start < end and right and text[end - 1] == right[-1]:
        end, right = end - 1, right[:-1]
    return Mistake(start, end, right)


def word_around(text: str, mistake: Mistake) -> tuple[int, int]:
    """What a double click in the middle of the mistake selects; of Chinese with its wrong words, a character."""
    middle = (mistake.start + max(mistake.end - 1, mistake.start)) // 2
    found = [word.span() for word in TOKEN.finditer(text) if word.start() <= middle < word.end()]
    return found[0] if found else (mistake.end, mistake.end)


def correction(hands: Hands, text: str, begin: int, finish: int, mistake: Mistake) -> list[Step]:
    """The cheapest steps where `text[begin:finish]` is selected (or the caret stands there)."""
    start, end, right = mistake
    collapse = int(begin < finish)
    ways: list[list[Step]] = []
    if begin <= start and end <= finish and collapse:
        over = text[begin:start] + right + text[end:finish]
        ways.append([("write", over)] if over else [("press", "Backspace")])
    for at, key in ((end, "Backspace"), (start, "Delete")):
        for arrow, away in (("ArrowLeft", begin - at), ("ArrowRight", at - finish)):
            if away >= 0:
                moved = ("press", arrow, away + collapse)
                ways.append([moved, ("press", key, end - start), *([("write", right)] if right else [])])
        if begin < at < finish:
            moved = [("press", "ArrowLeft"), ("press", "ArrowRight", at - begin)]
            ways.append([*moved, ("press", key, end - start), *([("write", right)] if right else [])])
    if collapse and finish == end and start < begin:
        ways.append([("press", "Backspace", begin - start + 1), *([("write", right)] if right else [])])
    if collapse and begin == start and finish < end:
        ways.append([("press", "Delete", end - finish + 1), *([("write", right)] if right else [])])
    return min(ways, key=lambda way: hands.price(*way))


class Cut(NamedTuple):
    """Where a row has to be cut: before this character of the text of the recognised row."""

    row: int
    at: int


def shape(rows: Sequence[str], true: Sequence[str]) -> tuple[list[int], list[Cut]]:
    """The rows that have to be merged with the one above, and the places where rows have to be cut."""
    ours = [(token, number, at) for number, row in enumerate(rows) for token, at in _placed(row)]
    theirs = [(token, number) for number, row in enumerate(true) for token, _at in _placed(row)]
    places, sure = _matched(ours, theirs)
    heard = {places[index] for index in sure}
    starts = {index for index in range(1, len(ours)) if ours[index][1] != ours[index - 1][1]}
    kept: set[int] = set()
    for index in range(1, len(theirs)):
        if theirs[index][1] != theirs[index - 1][1]:
            edge = places[index]
            near = min(starts, key=lambda start, edge=edge: abs(start - edge), default=edge)  # type: ignore[misc]
            # An edge among mistakes is the one that the rows have there.
            between = range(min(near, edge), max(near, edge))
            among = index not in sure or not heard.intersection(between)
            kept.add(near if among and abs(near - edge) <= NEAR_TOKENS else edge)
    merged = sorted(ours[index][1] for index in starts - kept)
    cuts = [Cut(ours[index][1], ours[index][2]) for index in sorted(kept - starts)]
    return merged, cuts


def _placed(row: str) -> list[tuple[str, int]]:
    return [(found.group().lower(), found.start()) for found in TOKEN.finditer(row) if found.group().strip(" ,.，。")]


def _matched(
    ours: Sequence[tuple[str, int, int]], theirs: Sequence[tuple[str, int]]
) -> tuple[dict[int, int], set[int]]:
    """For each true token the recognised one that stands in its place; and those that are the same."""
    matcher = SequenceMatcher(None, [one[0] for one in ours], [one[0] for one in theirs], autojunk=False)
    found: dict[int, int] = {}
    same: set[int] = set()
    for kind, i, j, k, n in matcher.get_opcodes():
        for index in range(k, n):
            found[index] = i + round((index - k) * (j - i) / (n - k))
        if kind == "equal":
            same.update(range(k, n))
    return found, same
