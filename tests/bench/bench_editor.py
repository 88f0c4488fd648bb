"""The editor's page at two hours: beside a static page with the same paragraphs, and beside a tenth of itself.

Everything is served by the application as people run it. Medians of five rounds, in which the pages take turns; see
docs/editor-speed.md for the method. A few minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from tests.bench._pages import Kind, Visit, median, ours, percentile, static
from tests.bench._transcripts import LONG_HAN, LONG_MS, NAME, PASSWORD, SHARES, STATIC, Stored, speech
from tests.browser.launch import ARGUMENTS
from tests.machine import chromium
from tests.processes import ROOT, Site, Visitor

ROUNDS = 5
PLAY_S = 6.0
RATES = (1, 3)
LATE_MS = 25

Figures = dict[str, dict[str, list[float]]]
"""By figure and page, one value a round."""


def run(site: Site, module: str, *arguments: str) -> Any:
    """What a program of this folder prints, run in the site's environment."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=site.environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def measure(visit: Visit, number: int) -> dict[str, float]:
    """One round of one page."""
    found: dict[str, float] = {}
    found["text"], found["click"] = visit.open()
    visit.settle()
    found["bytes"] = visit.bytes()
    found["text again"], found["click again"] = visit.open()
    visit.settle()
    found["scrolling"] = visit.scroll()
    if visit.kind.is_ours:
        found["elements"], found["most elements"] = visit.elements_a_row()
        for rate in RATES:
            late, found[f"playing {rate}x"] = visit.play(rate, PLAY_S, len(visit.kind.lines) // 4)
            found[f"late {rate}x"] = percentile(late, 0.95)
            found[f"words {rate}x"] = len(late)
    keys = visit.type_keys(len(visit.kind.lines) // 2 + number)
    found["key p50"], found["key p95"] = percentile(keys, 0.5), percentile(keys, 0.95)
    found["typing"] = visit.longest_task()
    found["heap"] = visit.heap()
    return found


def visited(launch: Callable[[], Browser], site: Site, kind: Kind, number: int) -> dict[str, float]:
    """As `measure`, in a browser of its own; once more where it stopped drawing, as headless browsers sometimes do."""
    visitor = Visitor(site.url, NAME, PASSWORD)
    cookies = [{"name": cookie.name, "value": cookie.value, "url": site.url} for cookie in visitor.cookies]
    for attempt in (1, 2, 3):
        browser = launch()
        try:
            return measure(Visit(browser, site.url, cookies, kind), number)
        except Error as error:
            if attempt == 3:
                raise
            print(f"again: {error.message.splitlines()[0]}", file=sys.stderr, flush=True)
        finally:
            browser.close()
    raise AssertionError


def rounds(launch: Callable[[], Browser], site: Site, kinds: dict[str, Kind]) -> Figures:
    figures: Figures = defaultdict(lambda: defaultdict(list))
    for number in range(ROUNDS):
        for name, kind in kinds.items():
            for figure, value in visited(launch, site, kind, number).items():
                figures[figure][name].append(value)
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
    return figures


def table(figures: Figures, saving: dict[str, Any], stored: dict[str, Stored]) -> list[tuple[str, str, str, bool]]:
    """Figure, limit, whether it holds."""

    def of(figure: str, page: str = "ours") -> float:
        return median(figures[figure][page])

    def ratio(what: str, figure: str, other: str, limit: float) -> tuple[str, str, str, bool]:
        times = of(figure) / of(figure, other)
        told = f"{of(figure):.0f} ms : {of(figure, other):.0f} ms = {times:.2f}"
        return what, told, f"<= {limit}", times <= limit

    def figure(what: str, value: float, unit: str, limit: float, digits: int = 0) -> tuple[str, str, str, bool]:
        return what, f"{value:.{digits}f} {unit}", f"<= {limit} {unit}", value <= limit

    def tasks(what: str, figure_: str) -> tuple[str, str, str, bool]:
        told = f"{of(figure_):.0f} ms"
        if "static" in figures[figure_]:
            told += f", static page {of(figure_, 'static'):.0f} ms"
        return what, told, "none > 50 ms", of(figure_) == 0

    return [
        ratio("first visit: text there, to the static page", "text", "static", 2),
        ratio("first visit: a click plays, to the static page", "click", "static", 2),
        ratio("next visit: text there, to the static page", "text again", "static", 2),
        ratio("next visit: a click plays, to the static page", "click again", "static", 2),
        figure("elements a row", of("elements"), "", 8, 2),
        figure("elements of the fullest row", of("most elements"), "", 8),
        figure("JavaScript heap", of("heap") / 1e6, "MB", 6, 2),
        ratio("key to paint p50, to the static page", "key p50", "static", 1.5),
        ratio("key to paint p95, to the static page", "key p95", "static", 1.5),
        ratio("key to paint p95, to the short transcript", "key p95", "short", 1.2),
        *(
            figure(
                f"word marked late at {rate}x, p95 of {of(f'words {rate}x'):.0f}", of(f"late {rate}x"), "ms", LATE_MS, 1
            )
            for rate in RATES
        ),
        *(tasks(f"longest task, playing at {rate}x", f"playing {rate}x") for rate in RATES),
        tasks("longest task, scrolling end to end", "scrolling"),
        tasks("longest task, typing", "typing"),
        figure("over the wire before the sound", of("bytes") / 1000, "kB", 400),
        figure("queries of saving a row", saving["long"]["queries"], "", 5),
        figure("the same, short transcript", saving["short"]["queries"], "", 5),
        figure("CPU of saving a row", saving["long"]["cpu_ms"], "ms", 10, 1),
        figure("the same, short transcript", saving["short"]["cpu_ms"], "ms", 10, 1),
    ]


def main() -> None:
    os.environ.pop("DATABASE_URL", None)
    browser_path = chromium()
    if browser_path is None:
        sys.exit("No Chromium was found on this machine; `python -m tests.machine` installs one.")
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "data", FLASH_API_KEY="bench")
        site.create_user(NAME, PASSWORD)
        stored: dict[str, Stored] = run(site, "_transcripts")
        lines = {name: speech(LONG_HAN // share, LONG_MS // share) for name, share in SHARES.items()}
        kinds = {
            "ours": ours(stored["long"]["transcript"], lines["long"]),
            "static": static(STATIC.format("long"), lines["long"]),
            "short": ours(stored["short"]["transcript"], lines["short"]),
        }
        site.start()
        try:
            web = str(site.children()["web"])
            saving = run(site, "_saving", site.url, web, *(stored[name]["transcript"] for name in SHARES))
            with sync_playwright() as playwright:

                def launch() -> Browser:
                    return playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)

                figures = rounds(launch, site, kinds)
        finally:
            site.stop()
    long = stored["long"]
    print(f"{long['rows']} rows, {long['words']} words, {long['han']} Han characters, {LONG_MS // 60_000} minutes")
    print("| figure | measured | limit | holds |")
    print("|---|---|---|---|")
    for what, measured, limit, holds in table(figures, dict(zip(SHARES, saving, strict=True)), stored):
        print(f"| {what} | {measured.strip()} | {limit.strip()} | {'yes' if holds else 'NO'} |")
    print(f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
