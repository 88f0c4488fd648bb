"""The keyboard shortcuts and the playback that a person chose."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Locator, Page, StorageState, expect

from tests.browser.people import answer_of, current_ms, field_of, opened, recognised, row_with, status
from tests.processes import Site

PLAYING = "() => !document.querySelector('audio').paused"
STANDING = "() => document.querySelector('audio').paused"
PAST = "(ms) => document.querySelector('audio').currentTime * 1000 > ms"
REMEMBER = """() => {
    const audio = document.querySelector("audio");
    window.seen = [];
    for (const name of ["play", "pause", "seeking"]) {
        audio.addEventListener(name, () => window.seen.push([name, Math.round(audio.currentTime * 1000)]));
    }
}"""
Habits = Callable[..., None]


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    rows = ("Alpha comes first.", "Bravo comes second.", "Charlie comes third.", "Delta comes fourth.", "Echo ends it.")
    answer = answer_of(*((n * 1000, n * 1000 + 900, text) for n, text in enumerate(rows)))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def begin(page: Page, transcript: str, text: str) -> Locator:
    opened(page, transcript)
    row = row_with(page, text)
    row.focus()
    page.evaluate(REMEMBER)
    return row


def seen(page: Page) -> list[list[object]]:
    found: list[list[object]] = page.evaluate("window.seen")
    return found


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Keyboard shortcuts and playback")


def press(page: Page, key: str, *kinds: str) -> None:
    """A key that only pedals have."""
    cdp = page.context.new_cdp_session(page)
    for kind in kinds or ("rawKeyDown", "keyUp"):
        cdp.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": 124})
    cdp.detach()


def set_key(page: Page, button: str, *keys: str) -> None:
    page.keyboard.press("?")
    dialog(page).get_by_role("button", name=button).click()
    for key in keys:
        press(page, key) if key == "F13" else page.keyboard.press(key)


def test_key_is_set_by_pressing_it_and_known_everywhere(
    page: Page,
    transcript: str,
    habits: Habits,
    scripted: Site,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
) -> None:
    begin(page, transcript, "Bravo")
    with page.expect_response(f"{scripted.url}/preferences/"):
        set_key(page, "Play or pause: Alt+K. Change", "Alt+Shift+p")
        expect(dialog(page).get_by_role("button", name="Play or pause: Alt+Shift+P. Change")).to_be_focused()
    assert page.request.get(f"{scripted.url}/preferences/").json()["keys"] == {"play": ["Alt+Shift+KeyP", "F8"]}
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    elsewhere = visit(storage_state=sign_in(scripted)).new_page()
    for other in (page, elsewhere):
        row = begin(other, transcript, "Bravo")
        row.press("Enter")
        other.keyboard.press("Alt+k")
        other.keyboard.press("Alt+Shift+p")
        other.wait_for_function(PLAYING)
        other.keyboard.press("Alt+Shift+p")
        other.wait_for_function(STANDING)
        expect(field_of(other)).to_have_value("Bravo comes second.")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    with page.expect_response(f"{scripted.url}/preferences/"):
        dialog(page).get_by_role("button", name="Play or pause: reset to default").click()
    assert page.request.get(f"{scripted.url}/preferences/").json()["keys"] == {}
    expect(dialog(page).get_by_role("button", name="Play or pause: Alt+K. Change")).to_be_focused()


def test_key_in_use_is_told_and_taken_over(page: Page, transcript: str, habits: Habits) -> None:
    begin(page, transcript, "Bravo")
    set_key(page, "Play or pause: Alt+K. Change", "Alt+j")
    said = dialog(page).get_by_role("status")
    expect(said).to_contain_text("Alt+J is already used for “Back 3 seconds”.")
    said.get_by_role("button", name="Use for this command").click()
    expect(said).to_have_text("Alt+J: Play or pause")
    expect(dialog(page).get_by_role("button", name="Back 3 seconds: F2. Change")).to_be_visible()
    expect(dialog(page).get_by_role("button", name="Back 3 seconds: Alt+J. Change")).to_have_count(0)
    dialog(page).get_by_role("button", name="Reset all shortcuts").click()
    expect(dialog(page).get_by_role("button", name="Back 3 seconds: Alt+J. Change")).to_be_visible()
    expect(dialog(page).get_by_role("button", name="Play or pause: Alt+K. Change")).to_be_visible()


def test_waiting_for_a_key_can_be_left(page: Page, transcript: str, habits: Habits) -> None:
    begin(page, transcript, "Bravo")
    set_key(page, "Play or pause: Alt+K. Change", "Control+c")
    expect(dialog(page).get_by_role("status")).to_contain_text("copying, pasting or undoing")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_visible()
    expect(dialog(page).get_by_role("button", name="Play or pause: Alt+K. Change")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Remove
    expect(dialog(page).get_by_role("button", name="Play or pause: Alt+K. Change")).to_have_count(0)
    expect(dialog(page).get_by_role("button", name="Play or pause: F8. Change")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()


def test_pedal_plays_as_long_as_it_is_held(page: Page, transcript: str, habits: Habits) -> None:
    row = begin(page, transcript, "Bravo")
    set_key(page, "Play while the key is held: add a shortcut", "F13")
    expect(dialog(page).get_by_role("button", name="Play while the key is held: F13. Change")).to_be_visible()
    page.keyboard.press("Escape")
    row.press("Enter")
    press(page, "F13", "rawKeyDown")
    page.wait_for_function(PLAYING)
    press(page, "F13", "rawKeyDown")  # repeated
    page.wait_for_function(PAST, arg=200)
    press(page, "F13", "keyUp")
    page.wait_for_function("() => window.seen.some(([name]) => name === 'pause')")
    assert [name for name, _ms in seen(page) if name != "seeking"] == ["play", "pause"]
    expect(field_of(page)).to_have_value("Bravo comes second.")


def test_going_on_after_a_pause_steps_back(page: Page, transcript: str, habits: Habits) -> None:
    habits(step_back_ms=800)
    begin(page, transcript, "Alpha")
    page.keyboard.press("Alt+k")
    page.wait_for_function(PAST, arg=1500)
    page.keyboard.press("Alt+k")
    page.wait_for_function(STANDING)
    page.wait_for_function("() => window.seen.some(([name]) => name === 'pause')")
    paused = current_ms(page)
    page.keyboard.press("Alt+k")
    page.wait_for_function("() => window.seen.some(([name]) => name === 'seeking')")
    back = next(ms for name, ms in seen(page) if name == "seeking")
    assert abs(paused - 800 - float(str(back))) <= 20
    page.keyboard.press("Alt+k")
    # After moving the playhead oneself, one starts there.
    page.wait_for_function("() => window.seen.filter(([name]) => name === 'pause').length === 2")
    page.get_by_role("slider", name="Position in the recording").press("Home")
    page.wait_for_function("() => window.seen.at(-1).join() === 'seeking,0'")
    page.evaluate("() => window.seen.splice(0)")
    page.keyboard.press("Alt+k")
    page.wait_for_function(PAST, arg=100)
    assert [name for name, _ms in seen(page)] == ["play"]


def test_sound_waits_while_its_owner_types(page: Page, transcript: str, habits: Habits) -> None:
    habits(pause_typing=True, typing_wait_ms=700, step_back_ms=300)
    row = begin(page, transcript, "Echo")
    row.press("Enter")
    page.keyboard.press("Alt+k")
    page.wait_for_function(PAST, arg=900)
    page.keyboard.type("a")
    page.wait_for_function(STANDING)
    paused = current_ms(page)
    page.keyboard.type("b")
    page.wait_for_function(PLAYING)
    page.wait_for_function("() => window.seen.length >= 3")
    assert [name for name, _ms in seen(page)][:2] == ["play", "pause"]
    back = next(ms for name, ms in seen(page) if name == "seeking")
    assert abs(paused - 300 - float(str(back))) <= 30
    page.keyboard.press("Backspace")
    page.wait_for_function(STANDING)
    page.keyboard.press("Backspace")
    expect(field_of(page)).to_have_value("Echo ends it.")


def test_row_alone_stops_at_its_end(page: Page, transcript: str) -> None:
    begin(page, transcript, "Bravo")
    page.keyboard.press("Alt+p")
    page.wait_for_function("() => window.seen.some(([name]) => name === 'pause')")
    assert 1890 <= current_ms(page) < 1900
    expect(page.locator("[aria-current=true]")).to_contain_text("Bravo")
    # From there it goes on, past where it stopped.
    page.keyboard.press("Alt+k")
    page.wait_for_function(PAST, arg=2100)
    page.keyboard.press("Alt+p")
    page.wait_for_function("() => window.seen.filter(([name]) => name === 'pause').length === 2")
    assert 1890 <= current_ms(page) < 1900
    page.keyboard.press("Alt+c")
    page.wait_for_function(PAST, arg=2100)


def test_row_is_repeated_until_that_ends(page: Page, transcript: str) -> None:
    begin(page, transcript, "Bravo")
    repeat = page.get_by_role("button", name="Repeat row")
    expect(repeat).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Alt+Semicolon")
    expect(repeat).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => window.seen.filter(([name, ms]) => name === 'seeking' && ms === 1000).length >= 3")
    # Winding stays in the row; a click elsewhere takes the repetition there.
    page.keyboard.press("Alt+l")
    page.wait_for_function("() => window.seen.filter(([name, ms]) => name === 'seeking' && ms === 1000).length >= 4")
    row_with(page, "Delta").get_by_role("button", name="0:00:03").click()
    page.wait_for_function("() => window.seen.filter(([name, ms]) => name === 'seeking' && ms === 3000).length >= 2")
    assert max(ms for _name, ms in seen(page)) < 4000  # type: ignore[type-var]
    repeat.click()
    expect(repeat).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(PAST, arg=4100)


def test_tab_and_space_play_only_where_that_was_chosen(page: Page, transcript: str, habits: Habits) -> None:
    row = begin(page, transcript, "Bravo")
    page.keyboard.press("?")
    for name in ("Space plays", "Tab plays"):
        dialog(page).get_by_role("checkbox", name=name).check()
    page.keyboard.press("Escape")
    row.press("Space")
    page.wait_for_function(PLAYING)
    row.press("Space")
    page.wait_for_function(STANDING)
    row.press("Enter")
    page.keyboard.press("Tab")
    page.wait_for_function(PLAYING)
    page.keyboard.press("Tab")
    page.wait_for_function(STANDING)
    expect(field_of(page)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(field_of(page)).to_have_value(" Bravo comes second.")
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    assert page.evaluate(STANDING)


# One key of each class: with Alt, with Ctrl, a function key, a plain one of the field, a pedal's, a plain one chosen.
CLASSES = [
    ("k", "KeyK", 1),
    ("Enter", "Enter", 2),
    ("Enter", "Enter", 1),
    ("Enter", "Enter", 8),
    ("Enter", "Enter", 0),
    ("Escape", "Escape", 0),
    ("F8", "F8", 0),
    ("F13", "F13", 0),
    ("Tab", "Tab", 0),
    ("!", "Digit1", 9),
    ("ArrowDown", "ArrowDown", 1),
    ("x", "KeyX", 1),
]


def test_no_class_of_key_fires_while_an_input_method_composes(page: Page, transcript: str, habits: Habits) -> None:
    habits(keys={"hold_to_play": ["F13"]}, tab_plays=True, space_plays=True)
    row = begin(page, transcript, "Charlie")
    row.press("Enter")
    page.keyboard.press("End")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    cdp: CDPSession = page.context.new_cdp_session(page)
    cdp.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    for key, code, modifiers in CLASSES:
        for kind in ("rawKeyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": code, "modifiers": modifiers, "windowsVirtualKeyCode": 229}
            cdp.send("Input.dispatchKeyEvent", event)
        expect(field_of(page)).to_be_focused()
        expect(field_of(page)).to_have_value("Charlie comes third.nihao")
    # The Enter that confirms comes with the text; it neither closes nor splits the row.
    cdp.send("Input.insertText", {"text": "你好"})
    cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13})
    expect(field_of(page)).to_have_value("Charlie comes third.你好")
    expect(page.locator("[data-utterance]")).to_have_count(5)
    # What is typed saves itself; nothing else was asked for.
    others = [url for url in sent if not re.search(r"/utterances/\d+/$|/(live|here)/", url)]
    assert (others, seen(page), page.evaluate(STANDING)) == ([], [], True)
    for _ in range(2):
        page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    expect(field_of(page)).to_have_count(0)
    expect(status(page).first).not_to_have_text("Not saved")


# Of keyboards that write with Option (1) or AltGr (as Ctrl and Alt: 3): what the key writes, its place, what is held.
ON_A_MAC = [("ź", "KeyX", 1), ("µ", "KeyM", 1), ("ć", "KeyC", 1), ("ł", "KeyL", 1), ("Ó", "KeyO", 9), ("@", "KeyL", 1)]
BY_ALT_GR = [("ź", "KeyX", 3), ("@", "KeyQ", 3), ("€", "KeyE", 3), ("{", "Digit7", 3), ("ł", "KeyL", 3)]


def write(page: Page, key: str, code: str, modifiers: int) -> None:
    """What the page leaves to the browser is written."""
    cdp = page.context.new_cdp_session(page)
    event = {"key": key, "code": code, "modifiers": modifiers, "windowsVirtualKeyCode": ord(code[-1])}
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
    if not page.evaluate("window.held"):
        cdp.send("Input.insertText", {"text": key})
    cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
    cdp.detach()


@pytest.fixture
def mac(visit: Callable[..., BrowserContext], scripted: Site, sign_in: Callable[[Site], StorageState]) -> Page:
    page = visit(storage_state=sign_in(scripted)).new_page()
    page.add_init_script("Object.defineProperty(navigator, 'platform', {get: () => 'MacIntel'})")
    return page


@pytest.mark.parametrize(("platform", "keys"), [("mac", ON_A_MAC), ("page", ON_A_MAC), ("page", BY_ALT_GR)])
def test_key_that_writes_does_nothing_else(
    request: pytest.FixtureRequest, transcript: str, platform: str, keys: list[tuple[str, str, int]]
) -> None:
    page: Page = request.getfixturevalue(platform)
    row = begin(page, transcript, "Delta")
    page.evaluate("() => addEventListener('keydown', (event) => (window.held = event.defaultPrevented))")
    row.press("Enter")
    page.keyboard.press("End")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    for key, code, modifiers in keys:
        write(page, key, code, modifiers)
    written = "".join(key for key, _code, _modifiers in keys)
    expect(field_of(page)).to_have_value(f"Delta comes fourth.{written}")
    expect(field_of(page)).to_be_focused()
    expect(page.locator("[data-utterance]")).to_have_count(5)
    others = [url for url in sent if not re.search(r"/utterances/\d+/$|/(live|here)/", url)]
    assert (others, seen(page), page.evaluate(STANDING)) == ([], [], True)
    for _ in keys:
        page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    expect(field_of(page)).to_have_count(0)


def test_mac_has_keys_of_its_own(mac: Page, transcript: str, habits: Habits) -> None:
    habits(keys={"back": ["Alt+KeyJ"]})
    row = begin(mac, transcript, "Bravo")
    row.press("Enter")
    mac.keyboard.press("Control+j")
    mac.wait_for_function(PLAYING)
    mac.keyboard.press("Control+j")
    mac.wait_for_function(STANDING)
    expect(field_of(mac)).to_have_value("Bravo comes second.")
    mac.keyboard.press("Escape")
    mac.keyboard.press("?")
    expect(dialog(mac).get_by_role("button", name="Play or pause: ⌃ J. Change")).to_be_visible()
    # What was chosen before stays, outside of texts.
    dialog(mac).get_by_role("button", name="Back 3 seconds: ⌥ J. Change").click()
    mac.keyboard.press("Alt+k")
    expect(dialog(mac).get_by_role("status")).to_contain_text("⌥ K: Back 3 seconds. These keys type text")
    mac.keyboard.press("Escape")
    mac.evaluate("() => window.seen.splice(0)")
    mac.keyboard.press("Alt+k")
    mac.wait_for_function("() => window.seen.some(([name]) => name === 'seeking')")
    row_with(mac, "Bravo").hover()
    row_with(mac, "Bravo").locator("[data-more]").click()
    expect(mac.get_by_role("button", name="Delete row")).to_contain_text("⌃ ⇧ D")
