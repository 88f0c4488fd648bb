"""What a person does in the browser, and what went wrong meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, WebError, expect

from tests.browser.copies import Original
from tests.processes import ROOT, Site, Visitor, key_of, wait_for
from transcripts.flashserver.server import serve

AUDIO = ROOT / "tests/data/audio"
NAME, PASSWORD = "lin", "correct horse"
ROW_ID = re.compile(r'id="recording-([0-9a-f-]{36})"')
TRANSCRIPT = re.compile(r'href="(/transcripts/[0-9a-f-]{36}/)"')
ORIGINALS: dict[tuple[Site, str, str], Original] = {}


@dataclass
class Troubles:
    """Everything that a browser complains about; a test says beforehand which complaints it means to cause.

    It complains about every answer from 400 on, whatever asked.
    """

    meant: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @contextmanager
    def watching(self, context: BrowserContext) -> Iterator[None]:
        context.on("console", self._console)
        context.on("weberror", self._error)
        try:
            yield
        finally:
            context.remove_listener("console", self._console)
            context.remove_listener("weberror", self._error)

    def expect(self, *patterns: str) -> None:
        self.meant += patterns

    def unexpected(self) -> list[str]:
        return [one for one in self.said if not any(re.search(pattern, one) for pattern in self.meant)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self.said.append(f"exception: {error.error}")


@cache
def visitor_of(address: str) -> Visitor:
    return Visitor(address, NAME, PASSWORD)


def sent(site: Site, clip: str) -> str:
    """Uploads a clip without a browser; its row in the library when all work on it has ended."""
    visitor = visitor_of(site.url)
    form = {"file": (clip.rpartition("/")[2], (AUDIO / clip).read_bytes())}
    answer = visitor.post(f"{site.url}/recordings/", files=form, headers={"HX-Request": "true"})
    found = ROW_ID.search(answer.text)
    assert found, answer.text
    row = f"{site.url}/recordings/{found[1]}/"

    def ended() -> str:
        text = visitor.get(row, headers={"HX-Request": "true"}).text
        return "" if "hx-trigger" in text else text

    return wait_for(f"end of all work on {clip}", ended)


def uploaded(site: Site, clip: str) -> str:
    """As `sent`; the address of the transcript, whose sound can be played."""
    link = TRANSCRIPT.search(sent(site, clip))
    assert link
    return site.url + link[1]


def recognised(site: Site, port: int, clip: str, answer: dict[str, Any], *, anew: bool = False) -> str:
    """As `uploaded`, where the service at this port gives this answer; a copy, if that was done before.

    `anew` is for what comes out differently the next time, or goes on after the end of it: neither a copy nor copied.
    """
    kind = (site, clip, json.dumps(answer))
    if kind in ORIGINALS and not anew:
        return f"{site.url}/transcripts/{ORIGINALS[kind].copy()}/"
    with serve(port=port, script=[{"body": answer, "repeat": True}]):
        address = uploaded(site, clip)
    if not anew:
        ORIGINALS[kind] = Original(site, key_of(address))
    return address


def answer_of(*rows: tuple[int, int, str]) -> dict[str, Any]:
    """An answer of the service with these rows (start and end in ms, text), their words spread evenly."""
    utterances = []
    for start, end, text in rows:
        spoken = text.split()
        edges = [start + (end - start) * index // len(spoken) for index in range(len(spoken) + 1)]
        timed = [
            {"text": word.strip(".,?!"), "start_time": edges[index], "end_time": edges[index + 1]}
            for index, word in enumerate(spoken)
        ]
        utterances.append({"start_time": start, "end_time": end, "text": text, "words": timed})
    duration = rows[-1][1]
    return {
        "audio_info": {"duration": duration},
        "result": {"text": " ".join(text for _, _, text in rows), "utterances": utterances},
    }


def opened(page: Page, address: str) -> Page:
    """The editor, with its waveform drawn and its word times there."""
    with page.expect_response(re.compile(r"words\.json$")):
        page.goto(address)
    return arrived(page)


def arrived(page: Page) -> Page:
    """The editor that a link has led to, once its commands work."""
    expect(page.locator("[data-overview] canvas").first).to_be_attached()
    return page


def reload(page: Page) -> Page:
    """The editor once more, as soon as its commands work."""
    page.reload()
    return arrived(page)


def row_with(page: Page, text: str) -> Locator:
    return page.locator("[data-utterance]").filter(has_text=text)


def field_of(page: Page) -> Locator:
    return page.locator("textarea[name=text]")


def status(page: Page) -> Locator:
    return page.get_by_role("status")


def current_ms(page: Page) -> float:
    milliseconds: float = page.evaluate("document.querySelector('audio').currentTime * 1000")
    return milliseconds


def point_of(page: Page, row: Locator, word: str) -> tuple[float, float]:
    """The middle of a word in the text of a row."""
    x, y = row.locator("[data-text]").evaluate(
        """(element, word) => {
            element.scrollIntoView({block: "center"});
            const from = element.firstChild.data.indexOf(word);
            const range = document.createRange();
            range.setStart(element.firstChild, from);
            range.setEnd(element.firstChild, from + word.length);
            const box = range.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }""",
        word,
    )
    return x, y


@dataclass(frozen=True)
class Timed:
    row: str
    start_ms: int
    end_ms: int
    text: str


def timed_words(page: Page) -> list[Timed]:
    """The words of the page by `words.json`, unpacked as `queries.packed_words` describes them."""
    address = page.locator("flash-transcript").get_attribute("data-words")
    packed = json.loads(page.request.get(f"{page.url.partition('/transcripts')[0]}{address}").text())["rows"]
    found = []
    for row in page.locator("[data-utterance]").all():
        name = row.get_attribute("data-utterance") or ""
        units = (row.locator("[data-text]").text_content() or "").encode("utf-16-le")
        unit, time = 0, int(row.get_attribute("data-start") or "")
        numbers = packed[name]["w"]
        for gap, length, lead, duration in zip(*[iter(numbers)] * 4, strict=True):
            start, unit = unit + gap, unit + gap + length
            begin, time = time + lead, time + lead + duration
            found.append(Timed(name, begin, time, units[2 * start : 2 * unit].decode("utf-16-le")))
    return found


def screenshot(page: Page, name: str) -> None:
    folder = Path("test-results")
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
