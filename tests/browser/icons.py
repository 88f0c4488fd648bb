"""Draws the icons that phones want as pixels, from `favicon.svg`: `python -m tests.browser.icons`."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from tests.browser.launch import ARGUMENTS
from tests.machine import chromium
from tests.processes import ROOT

FOLDER = ROOT / "static/img"
FULL = {"icon-192": 192, "icon-512": 512}
# Phones cut these into shapes of their own: the ground goes to the edge, and the mark stands in the middle.
CUT = {"icon-apple-180": 180, "icon-maskable-512": 512}


def main() -> None:
    svg = (FOLDER / "favicon.svg").read_text()
    filled = svg.replace('rx="7"', "").replace('viewBox="0 0 32 32"', 'viewBox="0 0 32 32" style="background:#0f5a60"')
    cut = filled.replace("</svg>", "</g></svg>").replace("/>", '/><g transform="translate(3.2 3.2) scale(.8)">', 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for names, drawing in ((FULL, svg), (CUT, cut)):
            for name, size in names.items():
                page = browser.new_page(viewport={"width": size, "height": size})
                page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:100vw}}</style>{drawing}")
                page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
