"""The main job, as a person does it: upload, watch, listen, correct, take home. With the embedded recogniser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import NAME, PASSWORD, current_ms, field_of, opened, reload, status, timed_words
from tests.conftest import AUDIO
from tests.processes import Site, wait_for

# After a turn of the timers: on a busy machine this look may come in before a timer that was due earlier.
SEEN = """async () => {
    await new Promise((resolve) => setTimeout(resolve));
    const ranges = [...(CSS.highlights.get("current-word") ?? [])];
    const audio = document.querySelector("audio");
    return {
        ms: audio.currentTime * 1000,
        ended: audio.ended,
        words: ranges.map((range) => range.toString()),
        rows: ranges.map((range) => range.startContainer.parentElement.closest("[data-utterance]").dataset.utterance),
        current: Array.from(document.querySelectorAll("[aria-current=true]"), (row) => row.dataset.utterance),
    };
}"""
HISTORY = """
from transcripts.models import Change
for change in Change.objects.filter(transcript="{pk}"):
    print(change.version, change.kind, change.by)
"""


@pytest.mark.timeout(180)
def test_main_job_from_sign_in_to_download(site: Site, visit: Callable[..., BrowserContext], tmp_path: Path) -> None:
    page = visit().new_page()
    signs_in(page, site)
    uploads(page)
    expect(page.get_by_role("link", name="en_jfk")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="en_jfk").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator("flash-transcript")).to_contain_text("ask what you can do for your country")
    opened(page, page.url)
    hears_each_word_marked(page)
    edited = corrects_the_last_row(page, site)
    downloads(page, edited, tmp_path)
    takes_it_back(page, site)


def signs_in(page: Page, site: Site) -> None:
    page.goto(site.url)
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Recordings")).to_be_visible()
    expect(page.get_by_text("Recognised on this machine by the built-in model")).to_be_visible()


def uploads(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Add recordings").click()
    chooser.value.set_files(AUDIO / "en_jfk.flac")
    row = page.get_by_role("article").filter(has=page.get_by_role("heading", name="en_jfk"))
    stage = re.compile("Waiting in the queue|Converting the audio|Sending|Recognising")
    expect(row).to_contain_text(stage)
    expect(row.get_by_role("progressbar")).to_be_visible()
    page.reload()
    expect(row).to_contain_text(stage)


def hears_each_word_marked(page: Page) -> None:
    """Looks again and again while the clip plays to its end: the marked word is the one that is spoken then."""
    words = timed_words(page)
    assert len(words) > 15
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    heard: list[str] = []
    while True:
        seen = page.evaluate(SEEN)
        if seen["ended"]:
            break
        spoken = [word for word in words if word.start_ms <= seen["ms"] < word.end_ms]
        # Close to a border the page may be just about to change.
        near = any(abs(seen["ms"] - edge) < 60 for word in words for edge in (word.start_ms, word.end_ms))
        if spoken and not near:
            assert seen["words"] == [spoken[0].text], seen
            assert seen["rows"] == seen["current"] == [spoken[0].row]
            heard += [spoken[0].text] if heard[-1:] != [spoken[0].text] else []
        page.wait_for_timeout(40)
    assert current_ms(page) > 10_000
    assert len(heard) > 10
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def corrects_the_last_row(page: Page, site: Site) -> str:
    text = page.locator("[data-text]").last
    before = text.text_content() or ""
    edited = before.replace("country", "homeland")
    assert edited != before
    text.dblclick()
    expect(field_of(page)).to_be_focused()
    field_of(page).fill(edited)
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_have_text("Saved")
    expect(text).to_have_text(edited)
    reload(page)
    expect(text).to_have_text(edited)
    assert history(page, site) == [f"1 recognised {NAME}", f"2 edited {NAME}"]
    return edited


def downloads(page: Page, edited: str, folder: Path) -> None:
    contents = {}
    page.locator("summary").filter(has_text="Export").click()
    for name in ("txt", "srt", "vtt", "json"):
        with page.expect_download() as download:
            page.get_by_role("link", name=f".{name}").click()
        assert download.value.suggested_filename == f"en_jfk.{name}"
        download.value.save_as(folder / name)
        contents[name] = (folder / name).read_text(encoding="utf-8")
    one_line = {name: " ".join(content.split()) for name, content in contents.items()}
    assert all(edited.split()[-1] in content for content in one_line.values())
    assert edited in one_line["txt"]
    assert re.search(r"00:00:\d\d,\d{3} --> 00:00:\d\d,\d{3}", contents["srt"])
    assert contents["vtt"].startswith("WEBVTT")
    rows = json.loads(contents["json"])["result"]["utterances"]
    assert [row["text"] for row in rows] == page.locator("[data-text]").all_text_contents()
    assert rows[-1]["words"][-1]["text"] == "homeland"


def takes_it_back(page: Page, site: Site) -> None:
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-text]").last).to_contain_text("for your country")
    wait_for("undo in the history", lambda: len(history(page, site)) == 3)
    reload(page)
    expect(page.locator("[data-text]").last).to_contain_text("for your country")


def history(page: Page, site: Site) -> list[str]:
    pk = page.url.rstrip("/").rpartition("/")[2]
    return site.manage("shell", "--no-imports", "--command", HISTORY.format(pk=pk)).splitlines()
