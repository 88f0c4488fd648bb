"""How much a person's hands do until a recognised recording is corrected, verified and exported twice.

For each recording, two ways of doing it in the real page: as it was done before rows could be selected and words be
edited as they are spoken ("before"), and as it is done now. Each step is the cheapest that the editor offers, by the
model of `_hands.py`. Both end at the true text, with its rows and speakers, or the benchmark fails.

A recording is a clip of tests/data/audio, with the recogniser's answer and the true rows ("Name: text" or "text", one a
line) in tests/data/hands. `python -m tests.bench.bench_hands FOLDER` takes clips, answers (or none, for the embedded
recogniser) and true rows of the same names from another folder.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.bench._hands import Hands, Mistake, correction, mistakes, shape, word_around
from tests.browser.launch import ARGUMENTS
from tests.browser.people import NAME, PASSWORD, field_of, opened, status, uploaded
from tests.machine import chromium
from tests.processes import ROOT, Site, free_port
from transcripts.flashserver.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

AUDIO, KNOWN = ROOT / "tests/data/audio", ROOT / "tests/data/hands"
ROWS_IN_SIGHT = 12
REACTION_MS = 400  # from the end of a wrong word to the key
expect.set_options(timeout=10_000)


class Row(NamedTuple):
    speaker: str
    text: str


class Clip(NamedTuple):
    name: str
    audio: Path
    answer: dict[str, Any] | None
    rows: list[Row]


def clips(folder: Path | None) -> Iterator[Clip]:
    for true in sorted((folder or KNOWN).glob("*.txt")):
        audio = next(path for path in (folder or AUDIO).glob(f"{true.stem}.*") if path.suffix not in {".txt", ".json"})
        answer = true.with_suffix(".json")
        lines = [re.fullmatch(r"(?:(\w+): )?(.+)", line) for line in true.read_text().splitlines() if line.strip()]
        rows = [Row(line[1] or "", line[2]) for line in lines if line]
        yield Clip(true.stem, audio, json.loads(answer.read_text()) if answer.exists() else None, rows)


class Person:
    """Corrects a transcript as it was done before. Prices are asked where there are several ways."""

    way = "before"

    def __init__(self, page: Page, clip: Clip) -> None:
        self.page = page
        self.clip = clip
        self.hands = Hands()
        self.parts: list[int] = []  # of how many rows each true row consists
        self.row: int | None = None  # the one with the keyboard
        self.caret: int | None = None  # in its field; None where that is closed

    def work(self) -> None:
        self.cut_rows()
        known: list[str] = []
        for speaker, first, count in self.turns():
            self.merge_rows(first, count)
            if speaker and speaker not in known:
                known.append(speaker)
                self.introduce(speaker, len(known), first, count)
            elif speaker:
                self.assign(known.index(speaker) + 1, first, count)
        for number, true in enumerate(self.clip.rows):
            self.mend_row(number, mistakes(self.text(number), true.text))
            self.finish(number)
        self.verify_all()
        self.export()

    # --- The page ---

    def element(self, number: int) -> Locator:
        return self.page.locator("[data-utterance]").nth(number)

    def text(self, number: int) -> str:
        return self.element(number).locator("[data-text]").text_content() or ""

    def texts(self) -> list[str]:
        return self.page.locator("[data-text]").all_text_contents()

    def press(self, combination: str, times: int = 1, *, counts: bool = True) -> None:
        if counts:
            self.hands.press(combination, times)
        for _ in range(times):
            self.page.keyboard.press(combination)

    def write(self, text: str) -> None:
        self.hands.write(text)
        self.page.keyboard.insert_text(text)

    def go_to(self, number: int) -> None:
        """The row gets the keyboard, its field closed."""
        if self.row == number and self.caret is None:
            return
        hops = abs(number - self.row) if self.row is not None else number + 1
        back = ("press", "Escape") if self.caret is not None else ("press", "Escape", 0)
        if self.hands.price(back, ("press", "Alt+ArrowDown", hops)) < self.hands.price(
            ("point",), ("press", "Escape", 0)
        ):
            self.hands.press("Escape", int(self.caret is not None))
            self.hands.press("Alt+ArrowDown", hops)
        else:
            self.hands.point()
        self.close()
        self.element(number).focus()
        self.row = number

    def close(self) -> None:
        if self.caret is not None:
            self.page.keyboard.press("Escape")
        expect(field_of(self.page)).to_have_count(0)
        self.caret = None

    # --- Rows and speakers ---

    def cut_rows(self) -> None:
        merged, cuts = shape(self.texts(), [row.text for row in self.clip.rows])
        for cut in sorted(cuts, reverse=True):
            self.hands.decide()
            self.split(*cut)
        lower = {number + sum(cut.row < number for cut in cuts) for number in merged}
        for number in range(len(self.texts())):
            if number in lower:
                self.parts[-1] += 1
            else:
                self.parts.append(1)

    def split(self, number: int, at: int) -> None:
        count = len(self.texts())
        self.hands.point(2)
        self.open(number, at)
        self.press("Shift+Enter")
        expect(self.page.locator("[data-utterance]")).to_have_count(count + 1)
        self.row, self.caret = number + 1, 0
        self.saved()

    def merge_rows(self, first: int, count: int) -> None:
        """Each with the row above it, from the last."""
        for number in range(first, first + count):
            for lower in range(number + self.parts[number] - 1, number, -1):
                before = len(self.texts())
                self.hands.decide()
                self.go_to(lower)
                self.press("Alt+m")
                expect(self.page.locator("[data-utterance]")).to_have_count(before - 1)
                self.row = lower - 1
                self.saved()

    def turns(self) -> Iterator[tuple[str, int, int]]:
        """Speaker, first row and number of rows."""
        first = 0
        for number, row in enumerate(self.clip.rows):
            if row.speaker != self.clip.rows[first].speaker:
                yield self.clip.rows[first].speaker, first, number - first
                first = number
        yield self.clip.rows[first].speaker, first, len(self.clip.rows) - first

    def introduce(self, speaker: str, _key: int, first: int, count: int) -> None:
        """Through the menu of the row's speaker, once for all selected rows."""
        self.hands.decide()
        if count > 1:
            self.hands.drag()
        self.hands.point()
        self.hands.decide()
        self.hands.point()  # "New speaker…"
        self.hands.write(speaker)
        self.hands.press("Enter")
        for number in range(first, first + count):
            self.close()
            self.element(number).locator("[data-who]").click()
            menu = self.page.locator("speaker-menu")
            if number > first:
                menu.locator("[data-choose]").filter(has_text=speaker).click()
            else:
                if menu.locator("[data-new]").is_visible():
                    menu.locator("[data-new]").click()
                menu.locator("[name=name]").fill(speaker)
                menu.locator("[name=name]").press("Enter")
            self.spoken(number, speaker)
        self.row = first + count - 1

    def assign(self, key: int, first: int, count: int) -> None:
        """One key a row."""
        self.hands.decide()
        for number in range(first, first + count):
            self.go_to(number)
            self.press(str(key))
            self.spoken(number, self.clip.rows[number].speaker)

    def spoken(self, number: int, speaker: str) -> None:
        expect(self.element(number).locator("[data-who]")).to_have_text(speaker)

    # --- Text ---

    def open(self, number: int, caret: int) -> None:
        """By a double click, which put the caret where it was; without a price."""
        if self.row != number or self.caret is None:
            self.element(number).focus()
            self.page.keyboard.press("Enter")
        field_of(self.page).evaluate("(field, at) => field.setSelectionRange(at, at)", caret)
        self.row, self.caret = number, caret

    def mend_row(self, number: int, found: list[Mistake]) -> None:
        """From its end, where the caret is."""
        for mistake in reversed(found):
            self.mend(number, mistake)

    def mend(self, number: int, mistake: Mistake) -> None:
        start, end, right = mistake
        self.hands.decide()
        is_open = self.row == number and self.caret is not None
        away = abs(end - self.caret) if is_open and self.caret is not None else 99
        arrows = ("press", "ArrowLeft", away)
        if self.hands.price(arrows, ("press", "Escape", 0)) < self.hands.price(("point", 1 if is_open else 2)) + 0.4:
            self.hands.press("ArrowLeft", away)
        else:
            self.hands.point(1 if is_open else 2)
        self.open(number, end)
        self.replace(end - start, right)
        self.caret = start + len(right)

    def replace(self, wrong: int, right: str) -> None:
        """Before the caret."""
        self.press("Backspace", wrong)
        if right:
            self.write(right)

    def finish(self, number: int) -> None:
        expected = self.clip.rows[number].text
        if self.caret is not None and self.row == number:
            expect(field_of(self.page)).to_have_value(expected)
        else:
            assert self.text(number) == expected, (self.text(number), expected)

    def saved(self) -> None:
        expect(status(self.page)).not_to_have_attribute("data-state", "saving")

    # --- The end ---

    def verify_all(self) -> None:
        """All rows by dragging over them, where they fit in the window, or a key a row."""
        count = len(self.clip.rows)
        one_by_one = count * self.hands.price(("press", "Alt+Enter"), ("decide",))
        self.close()
        if count <= ROWS_IN_SIGHT and one_by_one > self.hands.price(("decide",), ("drag",), ("press", "Alt+Enter")):
            self.hands.decide()
            self.hands.drag()
            self.hands.press("Alt+Enter")
        else:
            for _ in range(count):
                self.hands.decide()
                self.hands.press("Alt+Enter")
        self.element(0).focus()
        for number in range(count):
            self.press("Alt+Enter", counts=False)
            expect(self.element(number)).to_have_attribute("data-verified", re.compile("."))

    def export(self) -> None:
        for extension in ("txt", "srt"):
            link = self.page.locator(f"a[href*='/export/{extension}/']").first
            self.hands.decide()
            if not link.is_visible():  # It stays open after the first.
                self.hands.point()
                self.page.locator(".menu summary").filter(has_text="Export").click()
            self.hands.point()
            with self.page.expect_download() as download:
                link.click()
            self.exported(extension, download.value.path().read_text())

    def exported(self, extension: str, text: str) -> None:
        if extension == "txt":
            for row in self.clip.rows:
                assert row.text in text, (row.text, text)


class PersonNow(Person):
    """Selects turns, names speakers by key, edits the wrong word that was heard, and verifies everything at once."""

    way = "now"
    heard: tuple[int, int]  # the word that is selected when it was heard
    heard_at: float

    def merge_rows(self, first: int, count: int) -> None:
        """Rows that belong together are selected and merged at once."""
        for number in range(first, first + count):
            parts = self.parts[number]
            if parts == 1:
                continue
            before = len(self.texts())
            self.hands.decide()
            self.go_to(number)
            self.press("Shift+ArrowDown", parts - 1)
            self.press("Alt+m")
            expect(self.page.locator("[data-utterance]")).to_have_count(before - parts + 1)
            expect(self.element(number)).to_be_focused()
            self.saved()

    def select(self, first: int, count: int) -> None:
        last = first + count - 1
        if self.row == last:
            self.press("Shift+ArrowUp", count - 1)
        else:
            self.go_to(first)
            self.press("Shift+ArrowDown", count - 1)
            self.row = last

    def introduce(self, speaker: str, key: int, first: int, count: int) -> None:
        """A key that nobody has asks for the name."""
        self.hands.decide()
        self.select(first, count)
        self.press(str(key))
        self.hands.decide()
        expect(self.page.locator("speaker-menu [name=name]")).to_be_focused()
        self.write(speaker)
        self.press("Enter")
        for number in range(first, first + count):
            self.spoken(number, speaker)

    def assign(self, key: int, first: int, count: int) -> None:
        self.hands.decide()
        self.select(first, count)
        self.press(str(key))
        for number in range(first, first + count):
            self.spoken(number, self.clip.rows[number].speaker)

    def mend_row(self, number: int, found: list[Mistake]) -> None:
        """In the order in which they are heard."""
        longer = 0
        times = self.times_of(number)
        for start, end, right in found:
            first, last, self.heard_at = next((word for word in times if word[1] >= end), times[-1])
            self.heard = (first + longer, last + longer)
            self.mend(number, Mistake(start + longer, end + longer, right))
            longer += len(right) - (end - start)

    def mend(self, number: int, mistake: Mistake) -> None:
        """Where it is heard, where the caret is near, or where it is pointed at, whichever is cheapest."""
        self.hands.decide()
        is_open = self.row == number and self.caret is not None
        text = field_of(self.page).input_value() if is_open else self.text(number)
        word = (mistake.end, mistake.end) if is_open else word_around(text, mistake)
        ways = {
            self.edit_heard: [("press", "Alt+i"), *correction(self.hands, text, *self.heard, mistake)],
            self.edit_pointed: [("point", 1 if is_open else 2), *correction(self.hands, text, *word, mistake)],
        }
        if is_open and self.caret is not None:
            ways[self.edit_nearby] = correction(self.hands, text, self.caret, self.caret, mistake)
        cheapest = min(ways, key=lambda way: self.hands.price(*ways[way]))
        cheapest(number, mistake)
        self.row = number
        self.caret = int(self.page.evaluate("document.activeElement.selectionEnd"))

    def edit_nearby(self, _number: int, mistake: Mistake) -> None:
        self.correct(mistake)

    def edit_heard(self, number: int, mistake: Mistake) -> None:
        """The key comes a reaction after the word; the rest is done from where the caret is then."""
        self.listen()
        self.press("Alt+i")
        expect(self.element(number).locator("textarea")).to_be_focused()
        self.page.evaluate("document.querySelector('audio').pause()")
        self.correct(mistake)

    def times_of(self, number: int) -> list[tuple[int, int, float]]:
        """Where the words of the row begin and end in its text, and end in the sound."""
        found: list[tuple[int, int, float]] = self.page.evaluate(
            """async (number) => {
                const page = document.querySelector("flash-transcript");
                const { id, start } = page.rows[number];
                const { rows } = await (await fetch(page.dataset.words)).json();
                let [unit, time] = [0, start];
                return Array.from({ length: rows[id].w.length / 4 }, (_none, word) => {
                    const [gap, length, pause, lasts] = rows[id].w.slice(4 * word, 4 * word + 4);
                    return [unit + gap, (unit += gap + length), (time += pause + lasts)];
                });
            }""",
            number,
        )
        return found

    def listen(self) -> None:
        """Until the wrong word is over, and the hands have begun to move."""
        self.page.evaluate(
            """async (ms) => {
                const audio = document.querySelector("audio");
                audio.currentTime = Math.min(ms / 1000, audio.duration - 0.05);
                await new Promise((resolve) => audio.addEventListener("seeked", resolve, { once: true }));
                await audio.play();
            }""",
            self.heard_at + REACTION_MS,
        )

    def edit_pointed(self, number: int, mistake: Mistake) -> None:
        """A double click on the word opens the row with it selected; in an open field a click sets the caret."""
        if self.row == number and self.caret is not None:
            self.hands.point()
            self.open(number, mistake.end)
        else:
            self.close()
            self.hands.point(2)
            self.page.mouse.dblclick(*self.point_at(number, mistake))
            expect(field_of(self.page)).to_be_focused()
        self.correct(mistake)

    def point_at(self, number: int, mistake: Mistake) -> tuple[float, float]:
        x, y = (
            self.element(number)
            .locator("[data-text]")
            .evaluate(
                """(element, [start, end]) => {
                element.scrollIntoView({ block: "center" });
                const range = document.createRange();
                range.setStart(element.firstChild, start);
                range.setEnd(element.firstChild, end);
                const box = range.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }""",
                [mistake.start, max(mistake.end, mistake.start + 1)],
            )
        )
        return x, y

    def correct(self, mistake: Mistake) -> None:
        """From where the caret is, or what is selected."""
        field = field_of(self.page)
        begin, finish = field.evaluate("(field) => [field.selectionStart, field.selectionEnd]")
        for name, *arguments in correction(self.hands, field.input_value(), begin, finish, mistake):
            getattr(self, name)(*arguments)

    def verify_all(self) -> None:
        self.hands.decide()
        last = len(self.clip.rows) - 1
        if self.row != last:
            self.press("Alt+ArrowDown", last - (self.row or 0))  # An open field moves along.
        self.press("Alt+Shift+Enter")
        for number in range(len(self.clip.rows)):
            expect(self.element(number)).to_have_attribute("data-verified", re.compile("."))
        self.close()

    def export(self) -> None:
        """By the menu's keys: a letter goes to the next format that begins with it."""
        for extension in ("txt", "srt"):
            self.hands.decide()
            if extension == "txt":
                self.press("Alt+Shift+S")
            for _ in range(9):
                if self.page.evaluate("document.activeElement.href ?? ''").find(f"/export/{extension}/") >= 0:
                    break
                self.press(extension[0])
            with self.page.expect_download() as download:
                self.press("Enter")
            self.exported(extension, download.value.path().read_text())


def measure(browser: Browser, folder: Path, clip: Clip, kind: type[Person], port: int, site: Site) -> Hands:
    with ExitStack() as stack:
        script = [{"body": clip.answer, "repeat": True}] if clip.answer else None
        stack.enter_context(serve(port=port, script=script))
        address = uploaded(
            site, str(clip.audio.relative_to(AUDIO)) if clip.audio.is_relative_to(AUDIO) else str(clip.audio)
        )
    with browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB") as context:
        page = context.new_page()
        page.goto(site.url)
        page.get_by_label("User name").fill(NAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Recordings").wait_for()
        person = kind(opened(page, address), clip)
        try:
            person.work()
        except AssertionError:
            page.screenshot(path=folder / "failed.png")
            raise
        return person.hands


WAYS: tuple[type[Person], ...] = (Person, PersonNow)


def main(folder: Path | None = None) -> None:
    path = chromium()
    if path is None:
        sys.exit("No Chromium was found on this machine; `python -m tests.machine` installs one.")
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        port = free_port()
        with serve(port=port) as server:
            site = Site(Path(temporary), FLASH_API_URL=server.url, FLASH_API_KEY="bench")
        site.create_user(NAME, PASSWORD)
        site.start()
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            print("| recording | | keys | clicks | decisions | minutes | to before |\n|---|---|---|---|---|---|---|")
            for clip in clips(folder):
                found = {kind.way: measure(browser, ROOT / "test-results", clip, kind, port, site) for kind in WAYS}
                for way, hands in found.items():
                    share = hands.seconds / found["before"].seconds
                    counted = (
                        f"{hands.keys} | {hands.clicks} | {hands.decisions} | {hands.seconds / 60:.2f} | {share:.2f}"
                    )
                    print(f"| {clip.name} | {way} | {counted} |", flush=True)
        finally:
            browser.close()
            site.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
