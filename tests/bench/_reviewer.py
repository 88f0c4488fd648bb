"""A person who hears a meeting once, at 1.5x, and corrects what they notice: in Flashweb, or in a plain text field.

In Flashweb, everything is done by the page's own requests, on stored rows. What the hands do for each is counted by the
model of `_hands.py`, with the keys of the page's table of shortcuts.

Who hears a wrong word presses the key that edits the spoken word, a reaction after its end. The sound runs on while
they decide what to write, and waits from the first letter on, as their own preferences say; one more key lets it go on,
some seconds further back, so that nothing is left unheard.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import html
from rapidfuzz.distance import Levenshtein

from tests.bench._hands import Hands, Mistake, Step, correction, mistakes, word_around
from tests.bench._misheard import Meeting, measure_errors
from tests.processes import ROOT
from transcripts.text.tokens import fold, split_tokens

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

SPEED = 1.5
STEP_BACK_MS = 3000  # a preference: as long as the key, the decision and a bit more take
TYPING_WAIT_MS = 10_000  # another: the sound waits until a key lets it go on
RESPONSE_S = 0.6  # until the line with an offer is there: the page waits 0.4 s before it asks
REACTION_S, REACTION_SPREAD_S, REACTION_LEAST_S = 0.4, 0.15, 0.1  # from the end of a wrong word to the key
EDITED_BACK_MS = 500  # `REACTION_MS` of static/js/editor/word-places.js, at the usual speed
SKIP_MS = 3000  # `SKIP_S` of static/js/pages/editor.js
LOOK_S = 0.4  # an eye movement, perceiving and deciding: 230, 100 and 70 ms (Card, Moran and Newell, 1983)
MOST_ROWS = 500  # of one request that verifies
HTMX = {"HX-Request": "true"}
SHORTCUTS = ROOT / "static/js/lib/shortcuts.js"


@dataclass
class Work:
    """What it took, and what is left."""

    hands: Hands = field(default_factory=Hands)
    sound_s: float = 0.0
    corrections: int = 0  # by hand, each in its place
    in_names: int = 0  # those of them in names and terms
    offered: int = 0  # lines that offered something
    opened: int = 0  # the others were passed over
    by_offer: int = 0  # places that were right after an offer was taken
    false_offers: int = 0  # places that were listed and are no mistake
    by_check: int = 0  # the same of checks
    false_checks: int = 0
    left: float = 0.0  # wrong tokens in 100

    @property
    def minutes(self) -> float:
        return (self.sound_s + self.hands.seconds) / 60

    @property
    def passed_over(self) -> int:
        return self.offered - self.opened


class Person(NamedTuple):
    """`catches` is the chance that a wrong word is noticed when it is heard: the same ones in all ways of working."""

    seed: object
    catches: float

    def notices(self, row: int, at: int) -> bool:
        return random.Random(f"notices {self.seed} {row} {at}").random() < self.catches

    def reacts(self, row: int, at: int) -> float:
        draw = random.Random(f"reacts {self.seed} {row} {at}")
        return max(REACTION_LEAST_S, draw.gauss(REACTION_S, REACTION_SPREAD_S))


def place(found: Iterable[Mistake]) -> Iterator[tuple[Mistake, int]]:
    """The mistakes with their place in the true text."""
    longer = 0
    for mistake in found:
        yield mistake, mistake.start + longer
        longer += len(mistake.right) - (mistake.end - mistake.start)


class PlainField:
    """The text in one field, and a player that a media key stops and starts. Words are pointed at."""

    def __init__(self, meeting: Meeting, person: Person) -> None:
        self.meeting, self.person = meeting, person
        self.texts = [line.text for line in meeting.lines]
        self.work = Work()

    def review(self) -> Work:
        self.work.hands.press("Play")
        self.work.sound_s = self.meeting.lines[-1].words[-1].end_ms / 1000 / SPEED
        for row, true in enumerate(self.meeting.true):
            self._hear(row, true)
        self._finish()
        self.work.left = measure_errors(self.texts, self.meeting.true)
        return self.work

    def _hear(self, row: int, true: str) -> None:
        passed = 0
        while True:
            found = [(mistake, at) for mistake, at in place(mistakes(self.texts[row], true)) if at >= passed]
            caught = next(((mistake, at) for mistake, at in found if self.person.notices(row, at)), None)
            if caught is None:
                return
            mistake, at = caught
            self.work.corrections += 1
            self.work.in_names += is_in_term(self.meeting, row, at)
            self._mend(row, mistake, at)
            passed = at + max(1, len(mistake.right))

    def _mend(self, row: int, mistake: Mistake, _at: int) -> None:
        hands = self.work.hands
        hands.press("Pause")
        hands.decide()
        hands.point(2)
        text = self.texts[row]
        self._do(correction(hands, text, *word_around(text, mistake), mistake))
        hands.press("Play")
        self._write(row, mistake)

    def _do(self, steps: Iterable[Step]) -> None:
        for name, *arguments in steps:
            getattr(self.work.hands, name)(*arguments)

    def _write(self, row: int, mistake: Mistake) -> None:
        text = self.texts[row]
        self.texts[row] = text[: mistake.start] + mistake.right + text[mistake.end :]

    def _finish(self) -> None:
        pass


class Row(NamedTuple):
    pk: int
    version: int
    start_ms: int
    text: str
    words: list[tuple[int, int, int]]  # where each begins and ends in the text, and when it begins


class Flashweb(PlainField):
    """The editor, with offers or without."""

    def __init__(self, meeting: Meeting, person: Person, client: Client, transcript: str, *, offers: bool) -> None:
        super().__init__(meeting, person)
        self.client, self.address, self.offers = client, f"/transcripts/{transcript}/", offers
        self.open: tuple[int, int] | None = None  # the row whose field is open, and the caret
        self.session = ""
        preferences = {
            "speed": round(100 * SPEED),
            "step_back_ms": STEP_BACK_MS,
            "typing_wait_ms": TYPING_WAIT_MS,
            "pause_typing": "true",
            "tab_plays": "true",
            "space_plays": "true",
            "offers": "true" if offers else "false",
        }
        assert self.client.post("/preferences/", preferences).status_code in (200, 204)
        words = json.loads(self._get("words.json"))["rows"]
        page = html.fromstring(self._get(""))
        self.rows = [read_row(element, words[element.get("data-utterance")]) for element in find_rows(page)]
        self.texts = [row.text for row in self.rows]
        self.at = {row.pk: number for number, row in enumerate(self.rows)}

    # --- The page's requests ---

    def _get(self, what: str, **query: str) -> str:
        response = self.client.get(f"{self.address}{what}", query, headers=HTMX if query else None)
        assert response.status_code == 200, (what, response.status_code)
        return (response.getvalue() if response.streaming else response.content).decode()

    def _post(self, address: str, **fields: object) -> HttpResponse:
        response = self.client.post(address, {**fields, "request_key": uuid.uuid4().hex}, headers=HTMX)
        assert response.status_code in (200, 204), (address, fields, response.status_code, response.content[:500])
        return response

    def _take_rows(self, response: HttpResponse) -> None:
        """The rows of an answer, as the page shows them."""
        if not response.content:
            return
        for element in find_rows(html.fromstring(f"<div>{response.content.decode()}</div>")):
            row = read_row(element, json.loads(element.get("data-words")))
            self.rows[self.at[row.pk]] = row
            self.texts[self.at[row.pk]] = row.text

    def _save(self, row: int, text: str) -> None:
        pk, version = self.rows[row][:2]
        fields = {"text": text, "base_version": version, "edit_session": self.session}
        self._take_rows(self._post(f"/utterances/{pk}/", **fields))
        assert self.texts[row].split() == text.split(), (self.texts[row], text)

    # --- Correcting what is heard ---

    def _mend(self, row: int, mistake: Mistake, at: int) -> None:
        hands = self.work.hands
        begun = hands.seconds
        text = self.texts[row]
        spoken = self._find_spoken(row, mistake, self.person.reacts(row, at))
        keyed: list[Step] = [("press", key_of("edit_spoken"))]
        ways = [[*keyed, *correction(hands, text, *spoken, mistake)]]
        if self.open and self.open[0] == row:
            ways.append(correction(hands, text, self.open[1], self.open[1], mistake))
        else:
            self._close()
            self.session = uuid.uuid4().hex
        steps = min(ways, key=lambda way: hands.price(*way))
        hands.decide()
        writes = next((number for number, step in enumerate(steps) if changes_text(step)), len(steps))
        self._do(steps[:writes])
        self._step_back(hands.seconds - begun)
        self._do(steps[writes:])
        corrected = text[: mistake.start] + mistake.right + text[mistake.end :]
        self._save(row, corrected)
        self.open = row, mistake.start + len(mistake.right)
        if self.offers and is_in_term(self.meeting, row, at):
            hands.press("Enter")
            hands.seconds += RESPONSE_S
            self._close(names=True)
            hands.press("Space")
        else:
            hands.press("Tab")

    def _find_spoken(self, row: int, mistake: Mistake, reaction_s: float) -> tuple[int, int]:
        """Which word the key selects: one that is spoken a while before it is pressed."""
        words = self.rows[row].words
        starts = [start_ms for _start, _end, start_ms in words]
        before = [number for number, (start, _end, _ms) in enumerate(words) if start < max(mistake.end, 1)]
        heard = before[-1] if before else 0
        end_ms = starts[heard + 1] if heard + 1 < len(starts) else starts[heard] + 200
        pressed_ms = end_ms + 1000 * SPEED * reaction_s - EDITED_BACK_MS * SPEED
        start, end, _ms = words[max(0, bisect_right(starts, pressed_ms) - 1)]
        return start, end

    def _step_back(self, ran_s: float) -> None:
        """The sound ran for so long while the person did not listen, and will go on further back."""
        again_ms = STEP_BACK_MS - 1000 * SPEED * ran_s
        if again_ms < 0:
            self.work.hands.press(key_of("back"))
            again_ms = max(0.0, again_ms + SKIP_MS)
        self.work.sound_s += again_ms / 1000 / SPEED

    # --- The same mistake, elsewhere ---

    def _close(self, *, names: bool = False) -> None:
        """The open field closes. A line may offer something: it is read, and passed over unless it is about a name."""
        row = self.open[0] if self.open else None
        self.open = None
        if row is None or not self.offers:
            return
        response = self.client.get(f"/utterances/{self.rows[row].pk}/offers/")
        assert response.status_code == 200, response.status_code
        for offer in json.loads(response.content)["offers"]:
            self.work.offered += 1
            self.work.hands.decide()
            if names and self._is_name(row, offer["replace"]):
                self.work.opened += 1
                self._take_offer(offer["find"], offer["replace"])
                return
            if not names:
                return
            self.work.hands.point()  # closes the line, so that the next one is shown

    def _is_name(self, row: int, replace: str) -> bool:
        right = fold(replace)
        terms = [fold(each.term) for each in self.meeting.spoken[row] if each.term]
        return any(right in term or term in right for term in terms)

    def _take_offer(self, find: str, replace: str) -> None:
        """Looks at each place, ticks and unticks, and replaces what is ticked. After a while the sound goes on."""
        hands = self.work.hands
        begun = hands.seconds
        hands.press(key_of("recurrences"))
        asked = {"q": find, "mode": "sound", "replace": replace}
        hits = list(read_hits(html.fromstring(self._get("find/", **asked))))
        wanted = [hit for hit in hits if self._is_right(hit, replace)]
        self.work.false_offers += len(hits) - len(wanted)
        for hit in hits:
            if hit.ticked and hit in wanted:
                hands.seconds += LOOK_S
            else:
                hands.decide()
        if wanted:
            self._do(self._tick(hits, wanted))
            before = self._count_wrong()
            keys = " ".join(hit.key for hit in wanted)
            self._take_rows(self._post(f"{self.address}replace/", **asked, hits=keys))
            assert self._count_wrong() < before
            self.work.by_offer += len(wanted)
        hands.press("Escape")
        if hands.seconds - begun > TYPING_WAIT_MS / 1000:
            hands.press(key_of("play"))
            hands.press(key_of("back"))
            self.work.sound_s += SKIP_MS / 1000 / SPEED

    def _tick(self, hits: list[Hit], wanted: list[Hit]) -> list[Step]:
        """The cheapest steps until what is wanted is replaced. The list has the focus, and "All" comes first in it."""
        own = [("point",) for hit in hits if hit.ticked != (hit in wanted)]
        rest = [("press", "Tab"), ("press", "Space"), *(("point",) for hit in hits if hit not in wanted)]
        replaced = {True: [("point",)], False: [("press", "Tab", 2), ("press", "Enter")]}
        ways = [
            [*own, *replaced[bool(own)]],
            [*rest, *(replaced[True] if len(rest) > 2 else [("press", "Tab"), ("press", "Enter")])],
        ]
        return min(ways, key=lambda way: self.work.hands.price(*way))

    def _count_wrong(self) -> float:
        return measure_errors(self.texts, self.meeting.true)

    def _is_right(self, hit: Hit, replace: str) -> bool:
        row = self.at[hit.pk]
        text, true = self.texts[row], self.meeting.true[row]
        return distance(text[: hit.start] + (hit.after or replace) + text[hit.end :], true) < distance(text, true)

    # --- Before and after ---

    def follow_checks(self) -> None:
        """Fixes what the checks say was misheard before, one by one, without listening."""
        hands = self.work.hands
        page = html.fromstring(self._get("checks/", spacing=""))
        for warning in page.xpath("//*[@data-rule='misheard' and not(@data-ignored)]//*[@data-check][@data-key]"):
            row = self.at[int(warning.get("data-row"))]
            place = int(warning.get("data-from")), int(warning.get("data-to"))
            wrong = distance(self.texts[row], self.meeting.true[row])
            is_right = not is_misheard(self.texts[row], self.meeting.true[row], *place)
            hands.decide()
            hands.point()
            fields = {"message": "misheard", "row": warning.get("data-row"), "key": warning.get("data-key")}
            way = "dismiss" if is_right else "mend"
            self._take_rows(self._post(f"{self.address}checks/settle/", way=way, **fields))
            self.work.by_check += distance(self.texts[row], self.meeting.true[row]) < wrong
            self.work.false_checks += is_right

    def _finish(self) -> None:
        """Everything was heard: all rows are verified at once."""
        self._close()
        self.work.hands.decide()
        self.work.hands.press(key_of("verify_until"))
        for first in range(0, len(self.rows), MOST_ROWS):
            rows = ",".join(f"{row.pk}:{row.version}" for row in self.rows[first : first + MOST_ROWS])
            self._post(f"{self.address}verify/", rows=rows, on="true")


class Hit(NamedTuple):
    """A place that the find panel lists; `key` names it, `after` is what would stand there."""

    key: str
    pk: int
    start: int
    end: int
    ticked: bool
    after: str


def read_hits(page: html.HtmlElement) -> Iterator[Hit]:
    for element in page.xpath("//*[@data-hit]"):
        key = element.get("data-hit")
        ticked = element.xpath("boolean(.//input[@name='hits'][@checked])")
        after = "".join(element.xpath(".//ins//text()"))
        yield Hit(
            key, int(key.split(":")[0]), int(element.get("data-from")), int(element.get("data-to")), ticked, after
        )


def find_rows(page: html.HtmlElement) -> list[html.HtmlElement]:
    rows: list[html.HtmlElement] = page.xpath("//*[@data-utterance]")
    return rows


def read_row(element: html.HtmlElement, words: dict[str, Any]) -> Row:
    text = "".join(element.xpath(".//*[@data-text]//text()"))
    start_ms = int(element.get("data-start"))
    placed = []
    unit, time = 0, start_ms
    packed = words["w"]
    for gap, length, pause, lasts in zip(*(packed[number::4] for number in range(4)), strict=True):
        placed.append((unit + gap, unit + gap + length, time + pause))
        unit, time = unit + gap + length, time + pause + lasts
    return Row(int(element.get("data-utterance")), int(element.get("data-version")), start_ms, text, placed)


def find_terms(meeting: Meeting, row: int) -> Iterator[tuple[int, int]]:
    """Where terms stand in the true text of a row."""
    true, end = meeting.true[row].lower(), 0
    for each in meeting.spoken[row]:
        start = true.find(each.said.lower(), end)
        if start < 0:
            continue
        end = start + len(each.said)
        if each.term:
            yield start, end


def is_in_term(meeting: Meeting, row: int, at: int) -> bool:
    return any(start <= at < end for start, end in find_terms(meeting, row))


def is_misheard(text: str, true: str, start: int, end: int) -> bool:
    """Whether there is a mistake within this place."""
    return any(mistake.start < end and mistake.end > start for mistake in mistakes(text, true))


def distance(text: str, true: str) -> int:
    ours, theirs = (list(map(fold, split_tokens(one))) for one in (text, true))
    return Levenshtein.distance(ours, theirs)


def changes_text(step: Step) -> bool:
    return step[0] == "write" or (step[0] == "press" and step[1] in {"Backspace", "Delete"})


@cache
def key_of(command: str) -> str:
    """The first key of a command in the page's own table."""
    found = re.search(rf'command: "{command}", keys: \["([^"]+)"', SHORTCUTS.read_text())
    if not found:
        raise AssertionError(f"{command} has no key in {SHORTCUTS.name}")
    return found[1]
