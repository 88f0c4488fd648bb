"""Reading while the sound plays: where a click plays from, what is marked, and what the page does by itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import (
    Troubles,
    answer_of,
    current_ms,
    field_of,
    opened,
    point_of,
    recognised,
    row_with,
    status,
    timed_words,
)
from tests.conftest import ANSWER
from tests.processes import Site

LONG_ROWS, LONG_ROW_MS = 400, 130
REMEMBER_SEEKS = """() => {
    const audio = document.querySelector("audio");
    window.sought = [];
    audio.addEventListener("seeking", () => window.sought.push(audio.currentTime * 1000));
}"""

CURRENT_IN_VIEW = """() => {
    const box = document.querySelector("[aria-current=true]")?.getBoundingClientRect();
    const top = document.querySelector("[data-deck]").getBoundingClientRect().bottom;
    return box && box.top >= top - 1 && box.bottom <= innerHeight + 1;
}"""
STANDS_STILL = """() => {
    const still = window.stood === scrollY;
    window.stood = scrollY;
    return still;
}"""


@pytest.fixture(scope="module")
def short(scripted: Site, service_port: int) -> str:
    """A transcript of two rows, 5.5 s."""
    return recognised(scripted, service_port, "zh_welcome.wav", ANSWER)


@pytest.fixture(scope="module")
def long(scripted: Site, service_port: int) -> str:
    """A transcript of four hundred rows in 52 s."""
    rows = [(n * LONG_ROW_MS, (n + 1) * LONG_ROW_MS, f"Row number {n}.") for n in range(LONG_ROWS)]
    return recognised(scripted, service_port, "zh_autumn.ogg", answer_of(*rows))


def last_seek(page: Page) -> float:
    page.wait_for_function("() => window.sought.length > 0")
    sought: float = page.evaluate("window.sought.pop()")
    return sought


def pause(page: Page) -> None:
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def sees_the_current_row(page: Page) -> None:
    """Waits for it: a frame or two may pass until rows that were never drawn have their true heights."""
    page.wait_for_function(CURRENT_IN_VIEW)


def test_click_on_a_word_plays_from_it(page: Page, short: str) -> None:
    opened(page, short)
    page.evaluate(REMEMBER_SEEKS)
    page.evaluate("document.querySelector('audio').loop = true")  # It does not end while we look.
    starts = {word.text: word.start_ms for word in timed_words(page)}
    for text in ("Lin", "好"):
        page.mouse.click(*point_of(page, row_with(page, text), text))
        assert abs(last_seek(page) - starts[text]) <= 20
        expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
        pause(page)
    row_with(page, "大家好").get_by_role("button", name="0:00:02").click()
    assert abs(last_seek(page) - 2000) <= 20


def test_click_on_either_waveform_seeks(page: Page, short: str) -> None:
    opened(page, short)
    page.evaluate(REMEMBER_SEEKS)
    overview = page.get_by_role("slider", name="Position in the recording")
    duration = float(overview.get_attribute("aria-valuemax") or 0)
    box = overview.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    assert abs(last_seek(page) - 0.75 * duration) < 0.01 * duration
    zoom = page.locator("wave-zoom").bounding_box()
    assert zoom
    page.mouse.click(zoom["x"] + 10, zoom["y"] + zoom["height"] / 2)
    # Not the last one: WaveSurfer goes to the first place again where the sound could not be played yet.
    page.wait_for_function("(ms) => window.sought.some((one) => one < ms)", arg=0.1 * duration)
    overview.focus()
    page.keyboard.press("End")
    expect(page.locator("flash-player [data-now]")).to_have_text("0:00:05")


@pytest.mark.usefixtures("habits")
def test_speed_is_remembered(page: Page, short: str) -> None:
    rate = "[document.querySelector('audio').playbackRate, document.querySelector('audio').preservesPitch]"
    opened(page, short)
    page.get_by_label("Speed").select_option("1.5×")
    assert page.evaluate(rate) == [1.5, True]
    opened(page, short)
    expect(page.get_by_label("Speed")).to_have_value("1.5")
    assert page.evaluate(rate) == [1.5, True]


def test_following_yields_to_the_reader_and_comes_back(page: Page, long: str) -> None:
    opened(page, long)
    back = page.get_by_role("button", name="Back to the playhead")
    expect(back).to_be_hidden()
    page.get_by_role("button", name="Play", exact=True).click()
    # Far enough that the page has to scroll.
    expect(page.locator("[aria-current=true]")).to_contain_text(re.compile(r"Row number [2-9]\d"))
    assert page.evaluate("scrollY") > 0
    sees_the_current_row(page)
    page.mouse.move(640, 600)
    page.mouse.wheel(0, 4000)
    expect(back).to_be_visible()
    page.wait_for_function(STANDS_STILL, polling=200)
    stands, current = page.evaluate("scrollY"), page.locator("[aria-current=true]")
    expect(current).not_to_have_attribute("id", current.get_attribute("id") or "")
    assert page.evaluate("scrollY") == stands
    back.click()
    expect(back).to_be_hidden()
    sees_the_current_row(page)
    pause(page)


def test_page_does_not_move_away_from_under_a_double_click(page: Page, long: str) -> None:
    # The page waits 600 ms for the second press; here ten times as long, as a busy machine presses late.
    page.add_init_script("const wait = setTimeout; window.setTimeout = (f, ms) => wait(f, ms === 600 ? 6000 : ms)")
    opened(page, long)
    point = page.evaluate("""() => {
        const low = [...document.querySelectorAll("[data-text]")].findLast(
            (text) => text.getBoundingClientRect().bottom < innerHeight);
        const {x, y, height} = low.getBoundingClientRect();
        return [x + 20, y + height / 2];
    }""")
    page.mouse.move(*point)
    for count in (1, 2):
        page.mouse.down(click_count=count)
        page.mouse.up(click_count=count)
        page.wait_for_timeout(200)  # In which the sound has gone on to rows that stand lower still.
    assert page.evaluate("scrollY") == 0
    expect(field_of(page)).to_be_focused()


def test_mark_follows_where_the_clock_of_the_sound_jumps(page: Page, short: str) -> None:
    opened(page, short)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(row_with(page, "欢迎")).to_have_attribute("aria-current", "true")
    page.evaluate("""() => {
        const audio = document.querySelector("audio");
        Object.defineProperty(audio, "currentTime", {get: () => 2.1});
        audio.dispatchEvent(new Event("timeupdate"));
    }""")
    assert row_with(page, "大家好").get_attribute("aria-current") == "true"


def test_deep_row_is_marked_after_a_jump(page: Page, long: str) -> None:
    opened(page, long)
    page.get_by_role("slider", name="Position in the recording").focus()
    page.keyboard.press("PageUp")  # Forward by 30 s: up is more, as with every slider.
    current = page.locator("[aria-current=true]")
    expect(current).to_contain_text("Row number 230")
    assert current_ms(page) == 30_000
    sees_the_current_row(page)


def test_old_browser_marks_the_row_alone(page: Page, short: str) -> None:
    page.add_init_script("delete CSS.highlights; delete window.Highlight;")
    opened(page, short)
    assert page.evaluate("[typeof CSS.highlights, typeof Highlight]") == ["undefined", "undefined"]
    page.mouse.click(*point_of(page, row_with(page, "大家好"), "家"))
    expect(page.locator("[aria-current=true]")).to_have_text(re.compile("大家好"))
    before = current_ms(page)
    page.wait_for_function("(before) => document.querySelector('audio').currentTime * 1000 > before + 200", arg=before)
    assert 2200 <= before < 5550


def test_editor_plays_what_became_playable_later(page: Page, scripted: Site, short: str) -> None:
    """The page of a recording whose playback copy is still being made gets its player without being loaded again."""
    answers: list[Any] = []
    player = re.compile(r"/player/$")

    def hold(route: Any) -> None:
        answers.append(route.request.url)
        route.continue_()

    page.route(player, hold)
    waiting = (
        '<div class="player preparing" id="player" hx-get="{}player/" hx-trigger="every 1s" hx-swap="outerHTML"></div>'
    )

    def before(route: Any) -> None:
        text = route.fetch().text()
        start, end = text.index("<flash-player"), text.index("</flash-player>") + len("</flash-player>")
        body = text[:start] + waiting.format(short) + text[end:]
        route.fulfill(body=re.sub(r'(<audio[^>]*?) src="[^"]*"', r"\1", body, flags=re.S), content_type="text/html")

    page.route(short, before)
    page.goto(short)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
    assert len(answers) == 1


def test_browser_that_learns_late_what_it_cannot_play_says_so(page: Page, short: str, troubles: Troubles) -> None:
    troubles.expect("nowhere.m4a")
    page.add_init_script("window.plays = 'probably'; HTMLMediaElement.prototype.canPlayType = () => window.plays;")
    opened(page, short)
    page.evaluate("() => (document.querySelector('audio').src = '/nowhere.m4a')")
    expect(status(page)).to_have_text("The audio could not be played. Reload the page.")
    page.evaluate("() => (window.plays = '')")
    expect(status(page)).to_have_text(re.compile("^This browser can't play AAC audio"))
