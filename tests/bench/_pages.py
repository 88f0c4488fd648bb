"""Pages in headless Chromium, measured over its debugging protocol. Times are milliseconds, sizes bytes."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page

from tests.bench._transcripts import Line
from transcripts.text.tokens import tokenize, utf16_spans

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1440, 900
PATIENCE_MS = 60_000
KEYS = 120
CLICK_ROW, CLICK_WORD = 3, 2  # in the first window


class Kind(NamedTuple):
    """How the page shows its rows."""

    path: str
    row: str
    text: str
    lines: Sequence[Line]
    is_ours: bool


def ours(transcript: str, lines: Sequence[Line]) -> Kind:
    return Kind(f"/transcripts/{transcript}/", "[data-utterance]", "[data-text]", lines, True)


def static(name: str, lines: Sequence[Line]) -> Kind:
    return Kind(f"/static/{name}", "p[data-start]", "", lines, False)


def script(name: str, **wanted: Any) -> str:
    """A script of this folder as an expression; `WANTED` in it is what is given here."""
    return f"(() => {{ const WANTED = {json.dumps(wanted)};\n{(HERE / name).read_text()}\n}})()"


class Visit:
    """One page in a browser context of its own, that is with nothing in its cache."""

    def __init__(self, browser: Browser, url: str, cookies: list[Any], kind: Kind) -> None:
        self.kind = kind
        self.url = url + kind.path
        self.context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
        self.context.add_cookies(cookies)
        self.context.set_default_timeout(PATIENCE_MS)
        line = kind.lines[CLICK_ROW]
        self.context.add_init_script(
            script(
                "_loading.js",
                row=kind.row,
                text=kind.text,
                rows=len(kind.lines),
                index=CLICK_ROW,
                **{"from": list(utf16_spans(line.text, tokenize(line.text)))[CLICK_WORD][0]},
                start=line.words[CLICK_WORD if kind.is_ours else 0].start_ms,
            )
        )
        self.page: Page = self.context.new_page()
        self.cdp = self.context.new_cdp_session(self.page)
        self.sizes: dict[str, float] = {}
        self.cdp.send("Network.enable")
        self.cdp.on("Network.responseReceived", self._received)
        self.cdp.on("Network.loadingFinished", self._finished)
        self._types: dict[str, str] = {}

    def _received(self, event: dict[str, Any]) -> None:
        self._types[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        if self._types.get(event["requestId"]) != "Media":
            self.sizes[event["requestId"]] = event["encodedDataLength"]

    def open(self) -> tuple[float, float]:
        """Since the start of the navigation: until the text is painted, and until a click on a word plays it."""
        self.sizes.clear()
        self.page.goto(self.url, wait_until="commit")
        self.page.wait_for_function("() => window.loading?.click && window.loading.text > 0")
        times = self.page.evaluate("window.loading")
        return times["text"], times["click"]

    def settle(self) -> None:
        """The sound stands, and everything has come."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("document.querySelector('audio').pause()")
        if self.kind.is_ours:
            self.page.locator("[data-overview] canvas").first.wait_for(state="attached")
        self.page.wait_for_timeout(1000)

    def bytes(self) -> float:
        return sum(self.sizes.values())

    def elements_a_row(self) -> tuple[float, int]:
        """All elements of the sheet by the rows, and those of the row that has most."""
        found: tuple[float, int] = tuple(  # type: ignore[assignment]
            self.page.evaluate(
                """() => {
                    const rows = [...document.querySelectorAll("[data-utterance]")];
                    const most = Math.max(...rows.map((row) => row.querySelectorAll("*").length + 1));
                    return [document.querySelectorAll("#transcript *").length / rows.length, most];
                }"""
            )
        )
        return found

    def heap(self) -> float:
        self.cdp.send("HeapProfiler.collectGarbage")
        used: float = self.cdp.send("Runtime.getHeapUsage")["usedSize"]
        return used

    def watch(self) -> None:
        """From here on the tasks of more than 50 ms are noted."""
        self.page.evaluate(
            """() => {
                window.longTasks = [];
                window.longTaskObserver?.disconnect();
                window.longTaskObserver = new PerformanceObserver((list) => {
                    for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
                });
                window.longTaskObserver.observe({ type: "longtask" });
            }"""
        )

    def longest_task(self) -> float:
        """0 where none took more than 50 ms."""
        self.page.wait_for_timeout(100)
        longest: float = self.page.evaluate("Math.max(0, ...window.longTasks)")
        return longest

    def type_keys(self, row_number: int) -> list[float]:
        """Milliseconds from each key to its paint, in that row or in the static page's field."""
        if self.kind.is_ours:
            row = self.page.locator(self.kind.row).nth(row_number)
            row.scroll_into_view_if_needed()
            row.locator("[data-edit]").click()
        self.page.locator("textarea[name=text]").focus()
        self.page.wait_for_timeout(300)
        self.watch()
        self.page.evaluate(script("_typing.js"))
        draw = random.Random(1)
        for key in range(KEYS):
            self.page.keyboard.press(draw.choice("abcdefghijklmnopqrstuvwxyz") if key % 6 else "Space")
            self.page.wait_for_timeout(draw.randint(20, 50))
        self.page.wait_for_timeout(200)
        times: list[float] = self.page.evaluate("window.keyTimes")
        assert len(times) == KEYS, f"{len(times)} keys of {KEYS} were painted"
        return times

    def scroll(self) -> float:
        """The longest task while the page is scrolled from its top to its end, nearly a window in each frame."""
        self.page.mouse.move(WIDTH / 2, HEIGHT / 2)
        self.page.mouse.wheel(0, 10)  # A reader's own hand: the page does not go back to the playhead.
        self.page.wait_for_timeout(100)
        self.watch()
        self.page.evaluate(script("_scrolling.js"))
        self.page.wait_for_function("() => window.scrolled", timeout=PATIENCE_MS, polling=100)
        return self.longest_task()

    def play(self, rate: float, seconds: float, row: int) -> tuple[list[float], float]:
        """How late each word was marked, in real time; and the longest task meanwhile."""
        words = [
            (number, start, end, word.start_ms, word.end_ms)
            for number, line in enumerate(self.kind.lines)
            for (start, end), word in zip(utf16_spans(line.text, tokenize(line.text)), line.words, strict=True)
        ]
        first = self.kind.lines[row].words[0].start_ms
        last = first + seconds * 1000 * rate + 2000
        near = [word for word in words if first - 5000 <= word[3] <= last]
        self.watch()
        self.page.evaluate(script("_playing.js", words=near, rate=rate, seconds=seconds, at=first))
        self.page.wait_for_function("() => window.played", timeout=PATIENCE_MS)
        return self.page.evaluate("window.played"), self.longest_task()


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[round(share * (len(values) - 1))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
