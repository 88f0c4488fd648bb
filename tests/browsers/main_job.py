"""The main job, step by step in each browser: add a recording, listen, correct, work together, take home."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.people import Visitor, visitor_of
from tests.browsers.launch import WINDOW
from tests.browsers.person import ANSWER, FIELD, PLAY, ROWS, Person
from tests.conftest import AUDIO
from tests.files import unlike_others
from tests.processes import Site, wait_for
from transcripts.flashserver.server import serve

LINK = ".recording a.recording-link[href*='/transcripts/']"
# The marked word, and the word that the clock asks for, in one look.
SEEN = """async () => {
    // After a turn of the timers: on a busy machine this look may come in before a timer that was due earlier.
    await new Promise((resolve) => setTimeout(resolve));
    const audio = document.querySelector("audio");
    const ranges = [...(CSS.highlights.get("current-word") ?? [])];
    return {
        now: performance.now(),
        ms: audio.currentTime * 1000,
        ended: audio.ended,
        words: ranges.map((range) => range.toString()),
        current: Array.from(document.querySelectorAll("[aria-current=true] [data-text]"), (text) => text.textContent),
    };
}"""
UPDATED = """() => new Promise((resolve) => {
    document.querySelector("audio").addEventListener("timeupdate", () => resolve(), {once: true});
})"""
STAGES = """() => {
    window.stages = [];
    const look = () => {
        const stage = document.querySelector("[data-uploads] [data-stage]")?.textContent;
        const value = document.querySelector("[data-uploads] progress")?.getAttribute("value");
        if (stage && stages.at(-1)?.[0] !== stage) stages.push([stage, value]);
    };
    const all = {childList: true, subtree: true, characterData: true};
    new MutationObserver(look).observe(document.querySelector("[data-uploads]"), all);
}"""
COMPOSE = """(text) => {
    const field = document.activeElement;
    const say = (name) => field.dispatchEvent(new CompositionEvent(name, {bubbles: true, data: text}));
    say("compositionstart");
    say("compositionupdate");
    field.value += text;
    field.dispatchEvent(new InputEvent("input", {bubbles: true, isComposing: true, data: text}));
    // A key that belongs to the input method.
    const key = {key: "Enter", code: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true};
    field.dispatchEvent(new KeyboardEvent("keydown", key));
}"""
COMMIT = """(typed, text) => {
    const field = document.activeElement;
    field.value = field.value.replace(typed, text);
    field.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true, data: text}));
    field.dispatchEvent(new InputEvent("input", {bubbles: true}));
}"""

# The text of the field against its height; none of it may be cut off.
CUT_OFF = (
    f"() => {{ const field = document.querySelector('{FIELD}'); return field.scrollHeight - field.clientHeight; }}"
)
LAST_TOP = "() => [...document.querySelectorAll('[data-utterance]')].at(-1).getBoundingClientRect().top"
LOW_WINDOW, NARROW_WINDOW = (900, 420), (500, 900)


def words_of(answer: dict[str, object]) -> list[tuple[str, int, int]]:
    rows = answer["result"]["utterances"]  # type: ignore[index]
    return [(word["text"], word["start_time"], word["end_time"]) for row in rows for word in row["words"]]


def add(person: Person, file: Path) -> None:
    person.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))


def test_sign_in_upload_and_transcript_without_reload(person: Person, service_port: int, tmp_path: Path) -> None:
    person.driver.delete_all_cookies()
    person.sign_in()
    person.see("() => { window.before = true; }")
    person.see(STAGES)
    clip = tmp_path / "speech.flac"
    clip.write_bytes(unlike_others((AUDIO / "en_jfk.flac").read_bytes()))
    with serve(port=service_port, script=[{"body": ANSWER, "delay_s": 0.5, "repeat": True}]):
        add(person, clip)
        person.reads(
            ".recording", "Waiting in the queue|Converting the audio|Sending|Recognising|Waiting for the service"
        )
        person.find(LINK)
    assert person.see("() => window.before && stages.some(([stage]) => / of /.test(stage))"), person.see("() => stages")
    person.click(LINK)
    person.wait_rows(*ROWS)
    person.find(PLAY)


def test_sound_plays_and_the_marked_word_keeps_to_the_clock(signed_in: Person, transcript: str) -> None:
    person = signed_in
    person.open(transcript)
    words = words_of(ANSWER)
    person.click(PLAY)
    person.is_playing()
    heard: list[str] = []
    before: dict[str, float] = {}
    until = time.monotonic() + 60
    while time.monotonic() < until:
        seen = person.see(SEEN)
        if seen["ended"] or seen["ms"] > 7000:
            break
        spoken = [text for text, start, end in words if start <= seen["ms"] < end]
        near = any(abs(seen["ms"] - edge) < 100 for _, start, end in words for edge in (start, end))
        jump = abs(seen["ms"] - before["ms"] - seen["now"] + before["now"]) if before else 0
        before = seen
        if jump > 100:  # The sound's own clock, as on a busy machine: the mark follows with the next `timeupdate`.
            person.see(UPDATED)
        elif spoken and not near:
            assert seen["words"] == spoken, seen
            assert spoken[0] in seen["current"][0]
            heard += [spoken[0]] if heard[-1:] != spoken else []
    assert person.ms() > 6000
    assert len(heard) > 6
    person.click(PLAY)
    person.wait("silence", "() => document.querySelector('audio').paused")


def test_click_on_a_word_plays_from_it(signed_in: Person, transcript: str) -> None:
    person = signed_in
    person.open(transcript)
    starts = {text: start for text, start, _ in words_of(ANSWER)}
    for row, word in (("Charlie", "third"), ("Bravo", "second")):
        person.click_word(row, word)
        person.is_playing()
        person.wait(
            f"sound from {word}",
            "() => document.querySelector('audio').currentTime * 1000",
            until=lambda ms, start=starts[word]: start - 20 <= ms < start + 1500,  # type: ignore[misc]
        )
        person.pause()


def click_overview(person: Person, share: float) -> None:
    x, y = person.see(
        """(share) => {
            const box = document.querySelector("[data-overview]").getBoundingClientRect();
            return [box.x + box.width * share, box.y + box.height / 2];
        }""",
        share,
    )
    person.click_at(x, y)


def stands_at(person: Person, ms: float) -> None:
    person.wait(
        f"playhead at {ms}",
        "() => document.querySelector('audio').currentTime * 1000",
        until=lambda now: abs(now - ms) < 150,
    )


def test_click_on_the_overview_seeks_before_the_first_play_and_while_paused(signed_in: Person, transcript: str) -> None:
    person = signed_in
    person.open(transcript)
    duration = float(person.find("[data-overview]").get_attribute("aria-valuemax") or 0)
    click_overview(person, 0.75)
    stands_at(person, 0.75 * duration)
    person.click(PLAY)
    person.is_playing()
    person.pause()
    assert person.ms() > 0.7 * duration
    # As WebKit often says of a paused sound.
    person.see("() => { Object.defineProperty(document.querySelector('audio'), 'readyState', {value: 2}); }")
    for share in (0.2, 0.5):
        click_overview(person, share)
        stands_at(person, share * duration)
        assert person.see("() => document.querySelector('audio').paused")
    person.wait("current row", "() => /Charlie/.test(document.querySelector('[aria-current=true]')?.textContent)")


def test_waveform_is_drawn_and_winds(signed_in: Person, transcript: str) -> None:
    person = signed_in
    person.open(transcript)
    person.wait(
        "drawn waveform",
        """() => {
            const canvas = document.querySelector("wave-zoom canvas");
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, at) => at % 4 === 3 && value > 0).length > canvas.width;
        }""",
    )
    x, y = person.see(
        """() => {
            const box = document.querySelector("wave-zoom").getBoundingClientRect();
            return [box.right - 200, box.y + box.height / 4];
        }"""
    )
    person.click_at(x, y)
    person.wait("later playhead", "() => document.querySelector('audio').currentTime > 5")


def test_edit_is_saved_while_one_types_and_when_one_leaves(signed_in: Person, own: str) -> None:
    person = signed_in
    person.open(own)
    person.click_word("Alpha", "comes", times=2)
    person.find(FIELD)
    person.press(Keys.END)
    person.type(" And goes on.")
    person.saved()  # with the field open
    assert person.driver.find_elements(By.CSS_SELECTOR, FIELD)
    person.type(" Then it ends.")
    person.close()
    person.wait_rows("Alpha comes first. And goes on. Then it ends.", *ROWS[1:])
    person.saved()
    person.open(own)
    person.wait_rows("Alpha comes first. And goes on. Then it ends.", *ROWS[1:])


def test_input_method_composes_undisturbed(signed_in: Person, own: str) -> None:
    person = signed_in
    person.open(own)
    person.edit("Bravo", caret=19)
    person.see(COMPOSE, "ni hao")
    assert person.driver.find_elements(By.CSS_SELECTOR, FIELD)
    person.see(COMMIT, "ni hao", "你好")
    person.close()
    person.wait_rows(ROWS[0], "Bravo comes second.你好", *ROWS[2:])
    person.saved()


def test_rows_are_split_merged_and_taken_back(signed_in: Person, own: str) -> None:
    person = signed_in
    person.open(own)
    person.edit("Charlie", caret=8)
    person.press(Keys.SHIFT, Keys.ENTER)
    halves = [*ROWS[:2], "Charlie", "comes third.", *ROWS[3:]]
    person.wait_rows(*halves)
    person.close()
    person.click("header [data-command=undo]")
    person.wait_rows(*ROWS)
    person.edit("Delta")
    person.press(Keys.ALT, "m")
    person.wait_rows(*ROWS[:2], "Charlie comes third. Delta comes fourth.", ROWS[4])
    person.close()
    person.click("header [data-command=undo]")
    person.wait_rows(*ROWS)
    person.open(own)
    person.wait_rows(*ROWS)


def test_words_are_found_and_replaced(signed_in: Person, own: str) -> None:
    person = signed_in
    person.open(own)
    person.press(Keys.ALT, "\\")
    person.find("#find-q").send_keys("comes")
    person.find("#find-replace").send_keys("goes")
    person.wait("hits", "() => document.querySelectorAll('find-panel li').length === 4")
    person.click("find-panel [data-replace]")
    person.wait_rows(*(row.replace("comes", "goes") for row in ROWS))
    person.click("[data-panel-close]")


def row_of(person: Person, text: str) -> tuple[str, str]:
    """The id and version of a row."""
    found = person.see(
        """(text) => {
            const rows = [...document.querySelectorAll("[data-utterance]")];
            const row = rows.find((one) => one.textContent.includes(text));
            return [row.dataset.utterance, row.dataset.version];
        }""",
        text,
    )
    return found[0], found[1]


def test_change_of_a_colleague_comes_by_itself(signed_in: Person, site: Site, own: str) -> None:
    person = signed_in
    person.open(own)
    colleague = visitor_of(site.url)
    write(colleague, site, *row_of(person, "Delta"), "Delta was changed.")
    person.wait_rows(*ROWS[:3], "Delta was changed.", ROWS[4])
    # And beside what one is typing oneself.
    pk, version = row_of(person, "Echo")
    person.edit("Echo", caret=13)
    person.type(" At last.")
    write(colleague, site, pk, version, "Golf ends it.")
    person.close()
    person.wait_rows(*ROWS[:3], "Delta was changed.", "Golf ends it. At last.")
    person.saved()


def write(visitor: Visitor, site: Site, pk: str, version: str, text: str) -> None:
    answer = visitor.post(f"{site.url}/utterances/{pk}/", data={"text": text, "base_version": version})
    assert answer.status_code == 200, answer.text


def test_text_waits_for_a_server_that_is_away(signed_in: Person, site: Site, own: str) -> None:
    person = signed_in
    person.open(own)
    person.edit("Alpha")
    person.press(Keys.END)
    person.type(" Kept.")
    os.kill(site.children()["web"], signal.SIGKILL)
    person.close()
    person.reads("[data-status]", "^Not saved: retrying")
    person.wait_rows("Alpha comes first. Kept.", *ROWS[1:])
    person.saved()
    person.open(own)
    person.wait_rows("Alpha comes first. Kept.", *ROWS[1:])


def test_transcript_is_taken_home(signed_in: Person, transcript: str) -> None:
    person = signed_in
    person.open(transcript)
    person.click("header details.menu summary.icon-only-small")
    for name in ("txt", "json"):
        person.click(f"header a[href$='/export/{name}/']")
        file = wait_for(f"{name} file", lambda suffix=name: downloaded(person, suffix), 60)
        content = file.read_text(encoding="utf-8")
        if name == "txt":
            assert [row for row in ROWS if row not in content] == []
        else:
            assert [row["text"] for row in json.loads(content)["result"]["utterances"]] == list(ROWS)


def downloaded(person: Person, suffix: str) -> Path | None:
    found = [path for path in person.downloads.rglob(f"en_jfk*.{suffix}") if path.stat().st_size]
    return found[0] if found and not list(person.downloads.rglob("*.part")) else None


def test_upload_resumes_where_the_connection_broke(
    signed_in: Person, site: Site, service_port: int, tmp_path: Path
) -> None:
    person = signed_in
    person.go("/")
    person.see(STAGES)
    sound = (AUDIO / "zh_welcome.wav").read_bytes()
    long = tmp_path / "long.wav"
    long.write_bytes(sound + bytes(9 * 2**20 - len(sound)))
    person.see(
        """() => {
            window.offsets = [];
            const {setRequestHeader, send} = XMLHttpRequest.prototype;
            XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
                if (name === "Upload-Offset") window.offsets.push(Number(value));
                setRequestHeader.call(this, name, value);
            };
            // The connection breaks at the second chunk, once.
            XMLHttpRequest.prototype.send = function (body) {
                if (offsets.length !== 2) return send.call(this, body);
                offsets.push("broken");
                this.dispatchEvent(new ProgressEvent("loadend"));
            };
        }"""
    )
    with serve(port=service_port, script=[{"body": ANSWER, "repeat": True}]):
        add(person, long)
        person.find("[data-uploads] li")
        person.wait(
            "transcript",
            "(link) => [...document.querySelectorAll(link)].some((one) => one.textContent.trim() === 'long')",
            LINK,
        )
    assert person.see("() => offsets") == [0, 8 * 2**20, "broken", 8 * 2**20]
    stages = person.see("() => stages")
    assert any("MB of 9.0 MB" in stage and value and 0 < float(value) < 1 for stage, value in stages), stages
    assert any("The connection broke" in stage for stage, _ in stages), stages


def size(person: Person, width: int, height: int) -> None:
    person.driver.set_window_rect(0, 0, width, height)
    person.wait(f"width of {width}", "() => innerWidth", until=lambda now: abs(now - width) < 20)


@pytest.fixture
def usual(signed_in: Person) -> Iterator[Person]:
    yield signed_in
    size(signed_in, *WINDOW)


def test_open_field_grows_when_the_window_narrows(usual: Person, own: str) -> None:
    person = usual
    person.open(own)
    person.edit("Alpha")
    person.press(Keys.END)
    person.type(" And then it goes on, and on." * 10)
    person.saved()
    before = person.see(f"() => document.querySelector('{FIELD}').clientHeight")
    size(person, *NARROW_WINDOW)
    person.wait("higher field", f"(before) => document.querySelector('{FIELD}').clientHeight > before", before)
    person.wait("whole text", CUT_OFF, until=lambda hidden: hidden <= 0)
    person.close()


def test_reader_stays_in_place_when_rows_above_grow(usual: Person, site: Site, own: str) -> None:
    person = usual
    size(person, *LOW_WINDOW)
    person.open(own)
    # The place is taken when scrolling has come to rest, which nothing tells.
    before = person.see(
        f"""async () => {{
            document.querySelectorAll("[data-utterance]")[3].scrollIntoView({{behavior: "instant"}});
            await new Promise((resolve) => setTimeout(resolve, 600));
            return ({LAST_TOP})();
        }}"""
    )
    write(visitor_of(site.url), site, *row_of(person, "Alpha"), "Alpha was changed. " * 30)
    person.wait("longer row", "() => /changed. Alpha/.test(document.querySelector('[data-text]').textContent)")
    person.wait("last row where it was", LAST_TOP, until=lambda now: abs(now - before) < 2)


def test_row_menu_holds_what_is_in_it(usual: Person, transcript: str) -> None:
    person = usual
    person.open(transcript)
    size(person, *LOW_WINDOW)
    person.see("() => document.querySelector('[data-more]').click()")
    person.wait(
        "scrolled menu",
        "() => { const menu = document.querySelector('row-menu'); return menu.scrollHeight > menu.clientHeight; }",
    )
    sticking_out = """() => Array.from(document.querySelectorAll("row-menu, row-menu button"))
        .filter((one) => one.scrollWidth > one.clientWidth || one.getBoundingClientRect().left < 0)
        .map((one) => one.textContent.trim())"""
    assert person.see(sticking_out) == []
    person.see("() => document.querySelector('row-menu').hidePopover()")
