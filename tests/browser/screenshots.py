"""Pictures of every page for eyes: `python -m tests.browser.screenshots DIR`.

Each page at 1440 and 390 px, in English and Chinese, light and dark.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.launch import ARGUMENTS
from tests.browser.people import AUDIO, NAME, PASSWORD, answer_of, field_of, opened, sent, uploaded
from tests.machine import chromium
from tests.processes import Site, Visitor, free_port
from transcripts.flashserver.server import serve

ROWS = [
    (0, 5200, "秋天 总是 那么 富有 诗意 。 树叶 渐渐 变红 ， 街道 旁的 银杏树 也 开始 落叶 。"),
    (5600, 11800, "We are moving the whole team to the new office on the first floor, next to the library."),
    (12200, 17600, "人们 穿上 厚重的 外套 ， 享受着 凉爽的 秋风 ， 把 roadmap 先 定 下来 。"),
    (18000, 26000, "Can you tell me where the library is? I was told that it stands behind the big post office, "
     "but nobody there could say more, and the map on the wall is older than the street itself."),
    (27000, 31000, "对 ， 时间 定在 二十号 之前 比较 好 。"),
    (32000, 41000, "无论是 散步 还是 小憩 ， 这个 季节 总能 带来 宁静 和 满足 。"),
    (42000, 52000, "Good. Then that is settled."),
]  # fmt: skip

DAMAGED = """\
1
00:00:01,000 --> 00:00:04,000
林: 秋天总是那么富有诗意。

2
00:00:0x,000 --> 00:00:06,000
树叶渐渐变红，街道旁的银杏树也开始落叶。

3
00:00:09,000 --> 00:00:08,000
Ana: We are moving the whole team to the new office on the first floor.

4
00:00:12,000 --> 00:00:15,000
林: 人们穿上厚重的外套。

5
A line without any time, which somebody typed between two captions and which is as long as such lines are.

6
00:59:10,000 --> 00:59:13,000
Ana: Good. Then that is settled.
"""


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with site() as (address, transcript, silent), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for width, language, theme in itertools.product((1440, 390), ("en-GB", "zh-CN"), ("light", "dark")):
            name = f"{width}-{language[:2]}-{theme}"
            for number, (title, page) in enumerate(pages(browser, width, language, theme, address, transcript, silent)):
                page.screenshot(path=folder / f"{name}-{number}-{title}.png")
        browser.close()
    return 0


@contextmanager
def site() -> Iterator[tuple[str, str, str]]:
    """A site with recordings in every state: its address, a transcript of it, and one without a word."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    answer = answer_of(*ROWS)
    for number, utterance in enumerate(answer["result"]["utterances"]):
        utterance["text"] = utterance["text"].replace(" ", "") if number in {0, 2, 4, 5} else utterance["text"]
        utterance["additions"] = {"speaker": str(number % 3 + 1)}
    port = free_port()
    with tempfile.TemporaryDirectory() as data, serve(port=port) as server:
        found = Site(Path(data), FLASH_API_URL=server.url, FLASH_API_KEY="key-of-the-tests")
        server.close()
        found.create_user(NAME, PASSWORD)
        found.start()
        try:
            with serve(port=port, script=[{"body": answer, "repeat": True}]):
                transcript = uploaded(found, "zh_autumn.ogg")
            with serve(port=port, script=[{"code": "20000003", "repeat": True}]):
                silent = uploaded(found, "odd/silence_5s.wav")
            with serve(port=port, script=[{"code": "45000131", "repeat": True}]):
                sent(found, "zh_percent.mp3")
            with serve(port=port, script=[{"code": "55000031"}, {"delay_s": 3600, "repeat": True}]):
                visitor = Visitor(found.url, NAME, PASSWORD)
                for clip in ("en_jfk.flac", "zh_welcome.wav"):
                    visitor.post(f"{found.url}/recordings/", files={"file": (clip, (AUDIO / clip).read_bytes())})
                yield found.url, transcript, silent
        finally:
            found.stop()


def pages(
    browser: Browser, width: int, language: str, theme: Any, address: str, transcript: str, silent: str
) -> Iterator[tuple[str, Page]]:
    phone = width < 500
    context = browser.new_context(
        viewport={"width": width, "height": 844 if phone else 900},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale=language,
        color_scheme=theme,
    )
    page = context.new_page()
    page.goto(address)
    yield "sign-in", page
    page.locator("[name=username]").fill(NAME)
    page.locator("[name=password]").fill("wrong")
    page.locator("form:has([name=password]) [type=submit]").click()
    page.locator("[role=alert]").wait_for()
    yield "sign-in-wrong", page
    page.locator("[name=username]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form:has([name=password]) [type=submit]").click()
    page.locator("upload-area[data-ready] .recording").first.wait_for()
    refused = [AUDIO / "odd/html_page.mp3"]
    page.locator("input[type=file]").set_input_files(refused)
    page.locator(".uploads [role=alert]").wait_for()
    yield "library", page
    page.locator("details.person > summary").click()
    yield "menu", page
    page.keyboard.press("Escape")
    page.locator("[data-delete]").last.click()
    yield "delete", page
    page.keyboard.press("Escape")
    yield from editor(page, transcript)
    yield from sharing(page, transcript)
    yield from importing(page, address)
    page.goto(silent)
    yield "silence", page
    page.goto(f"{address}/nothing/")
    yield "not-found", page
    context.close()


def editor(page: Page, transcript: str) -> Iterator[tuple[str, Page]]:
    opened(page, transcript)
    page.wait_for_timeout(300)
    yield "editor", page
    page.locator("[data-play]").nth(2).click()
    page.wait_for_timeout(1500)
    yield "playing", page
    page.locator("[data-command=play]").click()
    page.locator("[data-utterance]").nth(3).locator("[data-edit]").click()
    field_of(page).wait_for()
    yield "editing", page
    page.keyboard.press("Escape")
    row = page.locator("[data-utterance]").nth(1)
    address = f"/utterances/{row.get_attribute('data-utterance')}/"
    page.evaluate(
        """async (address) => {
            const token = document.cookie.match(/csrftoken=([^;]*)/)[1];
            const text = `We are leaving ${Date.now()} now.`;
            const version = document.querySelector(`[data-utterance="${address.match(/\\d+/)[0]}"]`).dataset.version;
            const body = new URLSearchParams({text, base_version: version});
            await fetch(address, {method: "POST", headers: {"X-CSRFToken": token, "HX-Request": "true"}, body});
        }""",
        address,
    )
    row.locator("[data-edit]").click()
    field_of(page).fill("They are moving half of the team to the old office.")
    page.keyboard.press("Control+Enter")
    row.locator("[data-conflict]").wait_for()
    yield "conflict", page
    row.locator("[data-take-theirs]").click()
    row.locator("[data-conflict]").wait_for(state="detached")
    for name, opener in (("details", "[data-dialog=details-dialog]"), ("export", ".menu:not(.person) > summary")):
        page.locator(opener).click()
        yield name, page
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    yield "shortcuts", page
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+Slash")
    page.locator("#find-q").fill("the")
    page.locator("[data-hit]").first.wait_for()
    page.keyboard.press("Enter")
    yield "find", page
    page.keyboard.press("Alt+Backslash")
    page.locator("#find-replace").fill("a")
    page.locator("[data-hit] ins").first.wait_for()
    yield "replace", page
    page.keyboard.press("Escape")
    page.goto(transcript.partition("/transcripts/")[0] + "/search/?q=the")
    yield "search", page


def sharing(page: Page, transcript: str) -> Iterator[tuple[str, Page]]:
    opened(page, transcript)
    page.locator("a[data-module]").click()
    page.locator(".share-form [name=role]").select_option("commenter")
    page.locator(".share-form [type=submit]").click()
    copy = page.locator("[data-made] [data-copy]")
    copy.wait_for()
    yield "share", page
    opened(page, copy.get_attribute("data-copy") or "")
    yield "shared", page
    page.goto(page.url.rstrip("/") + "0/")
    yield "shared-gone", page


def importing(page: Page, address: str) -> Iterator[tuple[str, Page]]:
    page.goto(f"{address}/imports/")
    yield "import", page
    page.locator("[name=transcript]").set_input_files(
        {"name": "interview.srt", "mimeType": "application/x-subrip", "buffer": DAMAGED.encode("gb18030")}
    )
    page.locator("[name=recording]").set_input_files(AUDIO / "zh_autumn.ogg")
    page.locator("form [type=submit].primary").click()
    page.locator("[name=kept]").wait_for(state="attached")
    yield "import-read", page
    page.locator("[name$=-time]").first.fill("soon")
    page.locator("[name=step][value=import]").click()
    page.locator("[aria-invalid=true]").wait_for()
    yield "import-wrong", page


if __name__ == "__main__":
    sys.exit(main())
