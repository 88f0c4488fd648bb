"""What assistive technology finds wrong with a page, and what does not fit a narrow window."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
RUN = """async options => {
    const {violations} = await axe.run(options);
    return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 300)}`));
}"""
COLOURS = ("color-contrast", "link-in-text-block")
# What reaches beyond the window's sides, but for what scrolls or is clipped within its own box on purpose.
SPILLS = """() => {
    const page = document.documentElement.scrollWidth;
    const wide = page > innerWidth ? [`the page: ${page}`] : [];
    const boxes = "body, dialog, .menu-body, .panel";
    const parts = "a, button, input, select, textarea, label, summary, h1, h2, h3, p, li, dd";
    for (const part of document.querySelectorAll(parts)) {
        const {left, right, width} = part.getBoundingClientRect();
        const shown = width > 1 && part.checkVisibility({visibilityProperty: true});
        if (!shown || part.closest(".visually-hidden, .skip") || (left >= -1 && right <= innerWidth + 1)) continue;
        let held = false;
        for (let around = part.parentElement; around && !around.matches(boxes); around = around.parentElement) {
            held ||= getComputedStyle(around).overflowX !== "visible";
        }
        if (!held) wide.push(`${left} to ${right}: ${part.outerHTML.slice(0, 120)}`);
    }
    for (const box of document.querySelectorAll("dialog[open], .menu[open] > .menu-body, .panel:not([hidden])")) {
        const {scrollWidth, clientWidth, className} = box;
        if (scrollWidth > clientWidth + 1) wide.push(`${className}: ${scrollWidth} in ${clientWidth}`);
    }
    return wide;
}"""
PHONES = {"360": (360, 640), "320": (320, 568)}
LAPTOP = {"200%": (640, 400)}


def faults(page: Page, *rules: str) -> list[str]:
    """By these rules, or by all. The checker styles what it measures, which the pages' policy forbids."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    only = {"runOnly": rules} if rules else {}
    found: list[str] = page.evaluate(RUN, {"resultTypes": ["violations"], **only})
    return found


def complaints(page: Page) -> list[str]:
    """Of both themes; in the dark one only of colours, the rest being the same."""
    page.emulate_media(color_scheme="light")
    found = faults(page)
    page.emulate_media(color_scheme="dark")
    return found + faults(page, *COLOURS)


def spilt(page: Page, screens: dict[str, tuple[int, int]]) -> list[str]:
    """What does not fit windows of these sizes; the page's own window is as before afterwards."""
    usual = page.viewport_size
    assert usual
    found = []
    for name, (width, height) in screens.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{name}: {part}" for part in page.evaluate(SPILLS)]
    page.set_viewport_size(usual)
    return found
