"""Naming, merging and assigning speakers; verifying to the end; flags and filters; and all of it taken back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.accessibility import complaints
from tests.browser.people import Troubles, answer_of, field_of, opened, recognised, reload, row_with, status, visitor_of
from tests.processes import Site

WORDS = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel")
VOICES = "12112312"  # who speaks each row


@pytest.fixture
def transcript(scripted: Site, service_port: int) -> str:
    """A transcript of the test's own: eight rows by three speakers."""
    answer = answer_of(*((n * 600, n * 600 + 500, f"{word} speaks.") for n, word in enumerate(WORDS)))
    for voice, utterance in zip(VOICES, answer["result"]["utterances"], strict=True):
        utterance["additions"] = {"speaker": voice}
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def label(page: Page, word: str) -> Locator:
    return row_with(page, word).locator("[data-who]")


def labels(page: Page) -> list[str]:
    return [text.partition("\n")[0] for text in page.locator("[data-who]").all_text_contents()]


def press(page: Page, word: str, key: str) -> None:
    row_with(page, word).focus()
    page.keyboard.press(key)


def panel(page: Page, name: str) -> Locator:
    """The panel of that name, opened."""
    page.set_viewport_size({"width": 1440, "height": 900})
    tab = page.locator("[data-panel-tabs]").get_by_role("button", name=name, exact=True)
    if tab.get_attribute("aria-expanded") != "true":
        tab.click()
    return page.get_by_role("complementary", name=name)


def shown(page: Page) -> list[str]:
    """The first words of the rows that are not folded."""
    texts = page.locator("[data-utterance]:not([hidden]) [data-text]").all_text_contents()
    return [text.split()[0] for text in texts]


def test_speaker_is_renamed_everywhere_and_the_name_taken_back(page: Page, transcript: str) -> None:
    opened(page, transcript)
    label(page, "Bravo").click()
    menu = page.get_by_role("dialog", name="Speaker of the row")
    menu.get_by_role("button", name="Rename…").click()
    menu.get_by_label("New name").fill("Lin")
    menu.get_by_role("button", name="Rename everywhere").click()
    expect(status(page)).to_have_text("Renamed")
    assert [name == "Lin" for name in labels(page)] == [voice == "2" for voice in VOICES]
    expect(label(page, "Hotel")).to_have_text("Lin")
    reload(page)
    expect(label(page, "Bravo")).to_have_text("Lin")
    row_with(page, "Alpha").focus()
    page.keyboard.press("Control+z")
    expect(label(page, "Bravo")).to_have_text("Speaker 2")
    expect(label(page, "Hotel")).to_have_text("Speaker 2")
    page.keyboard.press("Control+Shift+z")
    expect(label(page, "Bravo")).to_have_text("Lin")


def test_rows_are_assigned_by_key_one_several_or_a_run(page: Page, transcript: str) -> None:
    opened(page, transcript)
    press(page, "Alpha", "3")
    expect(label(page, "Alpha")).to_have_text("Speaker 3")
    expect(row_with(page, "Alpha")).to_be_focused()
    page.evaluate(
        """() => {
            const texts = document.querySelectorAll("[data-text]");
            getSelection().setBaseAndExtent(texts[1].firstChild, 2, texts[3].firstChild, 2);
        }"""
    )
    expect(status(page)).to_have_text("Rows selected: 3")
    page.keyboard.press("1")
    expect(status(page)).to_have_text("Speaker 1: row 2")
    assert labels(page) == [f"Speaker {voice}" for voice in "31112312"]
    page.keyboard.press("Escape")
    label(page, "Bravo").click()
    page.get_by_label("Include the rows below until the speaker changes: 2").check()
    page.keyboard.press("2")
    expect(status(page)).to_have_text("Speaker 2: rows 2–4")
    assert labels(page) == [f"Speaker {voice}" for voice in "32222312"]
    for expected in ("31112312", "32112312", "12112312"):
        page.get_by_role("button", name="Undo").first.click()
        expect(status(page)).to_have_text("Undone")
        expect.soft(label(page, "Alpha")).to_have_text(f"Speaker {expected[0]}")
    assert labels(page) == [f"Speaker {voice}" for voice in VOICES]


def test_row_being_typed_gets_another_speaker_and_stays_open(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row = page.locator(f"#{row_with(page, 'Bravo').get_attribute('id')}")
    row.locator("[data-text]").dblclick()
    page.keyboard.press("End")
    page.keyboard.type(" Twice")
    page.keyboard.press("Alt+Shift+Digit3")
    expect(row.locator("[data-who]")).to_have_text("Speaker 3")
    expect(field_of(page)).to_be_focused()
    page.keyboard.type(" even")
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_have_text("Saved")
    reload(page)
    expect(row.locator("[data-text]")).to_have_text("Bravo speaks. Twice even")
    expect(row.locator("[data-who]")).to_have_text("Speaker 3")


def test_the_whole_menu_is_within_the_window_when_it_asks_for_a_name(page: Page, transcript: str) -> None:
    opened(page, transcript)
    for height in range(420, 900, 60):
        page.set_viewport_size({"width": 1000, "height": height})
        label(page, "Delta").click()
        page.get_by_role("dialog", name="Speaker of the row").get_by_role("button", name="Rename…").click()
        expect(page.get_by_role("button", name="Only here")).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")


def test_row_goes_to_a_new_speaker_or_to_one_of_another_name_here_alone(page: Page, transcript: str) -> None:
    opened(page, transcript)
    menu = page.get_by_role("dialog", name="Speaker of the row")
    label(page, "Charlie").click()
    menu.get_by_label("Name, or a new one").fill("Wei")
    page.keyboard.press("Enter")
    expect(label(page, "Charlie")).to_have_text("Wei")
    label(page, "Delta").click()
    menu.get_by_role("button", name="Rename…").click()
    menu.get_by_label("New name").fill("Wei")
    menu.get_by_role("button", name="Only here").click()
    expect(label(page, "Delta")).to_have_text("Wei")
    expect(label(page, "Alpha")).to_have_text("Speaker 1")
    press(page, "Echo", "4")
    expect(label(page, "Echo")).to_have_text("Wei")


def test_speakers_are_merged_in_their_panel_and_parted_again(page: Page, transcript: str) -> None:
    opened(page, transcript)
    speakers = panel(page, "Speakers")
    expect(speakers.get_by_role("listitem")).to_have_count(3)
    expect(speakers.get_by_role("listitem").first).to_contain_text("Rows: 4, 0:00:02")
    speakers.get_by_role("button", name="Merge Speaker 3").click()
    page.get_by_label("Speaker to keep").select_option("Speaker 2")
    page.get_by_role("dialog").get_by_role("button", name="Merge", exact=True).click()
    expect(status(page)).to_have_text("Merged into Speaker 2: row 6")
    expect(speakers.get_by_role("listitem")).to_have_count(2)
    assert labels(page) == [f"Speaker {voice}" for voice in VOICES.replace("3", "2")]
    page.get_by_role("button", name="Undo").first.click()
    expect(speakers.get_by_role("listitem")).to_have_count(3)
    assert labels(page) == [f"Speaker {voice}" for voice in VOICES]


def test_name_given_elsewhere_comes_into_a_field_until_one_types_there(
    page: Page, scripted: Site, transcript: str
) -> None:
    opened(page, transcript)
    speakers = panel(page, "Speakers")
    first, field = speakers.get_by_role("listitem").first, speakers.get_by_role("textbox").first
    address = f"{scripted.url}/speakers/{first.get_attribute('data-speaker')}/name/"
    field.focus()
    visitor_of(scripted.url).post(address, data={"name": "Lin", "base_name": "", "request_key": "one"})
    expect(field).to_have_value("Lin")
    expect(field).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" Wei")
    visitor_of(scripted.url).post(address, data={"name": "Li", "base_name": "Lin", "request_key": "two"})
    expect(label(page, "Alpha")).to_have_text("Li")
    expect(field).to_have_value("Lin Wei")
    page.keyboard.press("Escape")
    expect(field).to_have_value("Li")


def test_name_of_another_speaker_offers_to_merge(page: Page, transcript: str) -> None:
    opened(page, transcript)
    speakers = panel(page, "Speakers")
    speakers.get_by_label("Name of Speaker 1").fill("Lin")
    page.keyboard.press("Enter")
    expect(label(page, "Alpha")).to_have_text("Lin")
    speakers.get_by_label("Name of Speaker 3").fill("Lin")
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="There is already a speaker called Lin. Merge Speaker 3 into it?")
    question.get_by_role("button", name="Merge", exact=True).click()
    expect(label(page, "Foxtrot")).to_have_text("Lin")
    expect(speakers.get_by_role("listitem")).to_have_count(2)


def test_rows_are_verified_one_after_the_other_to_the_end(page: Page, transcript: str) -> None:
    opened(page, transcript)
    progress = page.locator("[data-review-progress]")
    expect(progress).to_have_text("0% verified")
    row_with(page, "Alpha").focus()
    for word, following, percent in zip(WORDS, (*WORDS[1:], "Hotel"), (12, 25, 37, 50, 62, 75, 87, 100), strict=True):
        expect(row_with(page, word)).to_be_focused()
        page.keyboard.press("Alt+Enter")
        expect(progress).to_have_text(f"{percent}% verified")
        expect(row_with(page, word).get_by_role("button", name="Verified")).to_have_attribute("aria-pressed", "true")
        expect(row_with(page, following)).to_be_focused()
    expect(status(page)).to_have_text("All rows are verified.")
    reload(page)
    expect(progress).to_have_text("100% verified")
    page.goto("/".join(page.url.split("/")[:3]))
    expect(page.get_by_text("verified: 100% of rows, 100% of time").first).to_be_visible()


def test_verifying_goes_on_typing_and_an_edit_takes_the_mark_off(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row = page.locator(f"#{row_with(page, 'Alpha').get_attribute('id')}")
    row.locator("[data-text]").dblclick()
    page.keyboard.press("End")
    page.keyboard.type(" First")
    page.keyboard.press("Alt+Enter")
    expect(row_with(page, "Bravo").locator("textarea")).to_be_focused()
    expect(row.get_by_role("button", name="Verified")).to_have_attribute("aria-pressed", "true")
    expect(row.locator("[data-text]")).to_have_text("Alpha speaks. First")
    expect(row_with(page, "Bravo").locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    row.locator("[data-text]").dblclick()
    field_of(page).fill("Alpha speaks.")
    page.keyboard.press("Control+Enter")
    expect(row.get_by_role("button", name="Verified")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-review-progress]")).to_have_text("0% verified")


def test_row_that_somebody_changed_is_not_verified_unseen(
    page: Page,
    scripted: Site,
    transcript: str,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
    troubles: Troubles,
) -> None:
    troubles.expect("status of 409")
    opened(page, transcript)
    page.route("**/live/**", lambda route: route.abort())
    troubles.expect("ERR_FAILED")
    reload(page)
    other = opened(visit(storage_state=sign_in(scripted)).new_page(), transcript)
    row_with(other, "Alpha").locator("[data-text]").dblclick()
    field_of(other).fill("Alpha sings.")
    other.keyboard.press("Control+Enter")
    expect(status(other)).to_have_text("Saved")
    press(page, "Alpha", "Alt+Enter")
    expect(row_with(page, "Alpha sings.")).to_be_visible()
    expect(row_with(page, "Alpha").get_by_role("button", name="Verified")).to_have_attribute("aria-pressed", "false")


def test_filters_fold_rows_and_keep_their_neighbours_in_reach(page: Page, transcript: str) -> None:
    opened(page, transcript)
    for word in ("Bravo", "Golf"):
        press(page, word, "Alt+KeyQ")
        expect(row_with(page, word).get_by_role("button", name="Flagged")).to_be_visible()
    review = panel(page, "Review")
    review.get_by_label("Flagged").check()
    expect(page.get_by_text("Showing 2 of 8 rows: flagged").last).to_be_visible()
    assert (shown(page), page.url.partition("?")[2]) == (["Bravo", "Golf"], "show=flagged")
    reload(page)
    expect(page.get_by_text("Showing 2 of 8 rows: flagged").last).to_be_visible()
    assert shown(page) == ["Bravo", "Golf"]
    row_with(page, "Bravo").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(row_with(page, "Golf")).to_be_focused()
    page.get_by_role("button", name="… 1 more").first.click()
    expect(row_with(page, "Alpha")).to_be_focused()
    assert shown(page) == ["Alpha", "Bravo", "Golf"]
    row_with(page, "Golf").get_by_role("button", name="Flagged").click()
    expect(row_with(page, "Golf").get_by_role("button", name="Flagged")).to_have_count(0)
    assert shown(page) == ["Alpha", "Bravo", "Golf"]
    page.get_by_role("button", name="Show all rows").first.click()
    assert (shown(page), page.url.partition("?")[2]) == (list(WORDS), "")


def test_filters_combine_and_say_when_nothing_is_left(page: Page, transcript: str) -> None:
    opened(page, transcript)
    press(page, "Alpha", "Alt+Enter")
    expect(page.locator("[data-review-progress]")).to_have_text("12% verified")
    review = panel(page, "Review")
    review.get_by_label("Unverified").check()
    review.get_by_label("Spoken by").select_option(label="Speaker 1 (4)")
    assert shown(page) == ["Charlie", "Delta", "Golf"]
    page.get_by_role("button", name="Verify these rows").click()
    expect(page.locator("[data-review-progress]")).to_have_text("50% verified")
    review.get_by_label("Flagged").check()
    expect(page.locator("[data-filter-says]")).to_have_text(
        "None of the 8 rows matches: unverified, flagged, spoken by Speaker 1."
    )
    expect(page.get_by_role("button", name="Verify these rows")).to_be_hidden()
    page.locator("[data-filter-note]").get_by_role("button", name="Show all rows").click()
    assert shown(page) == list(WORDS)
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("[data-review-progress]")).to_have_text("12% verified")


def test_folded_rows_are_reached_by_their_address(page: Page, transcript: str) -> None:
    opened(page, transcript)
    anchor = row_with(page, "Delta").get_attribute("id")
    page.goto(f"{transcript}?show=flagged#{anchor}")
    # The browser goes there before the rows fold, or after that.
    early = f"document.addEventListener('readystatechange', () => document.getElementById('{anchor}').focus())"
    for script in ("", early):
        page.add_init_script(script)
        reload(page)
        expect(page.locator("[data-filter-says]")).to_have_text("None of the 8 rows matches: flagged.")
        expect(row_with(page, "Delta")).to_be_focused()
        assert shown(page) == ["Bravo", "Charlie", "Delta", "Echo", "Foxtrot"]


def test_rows_changed_since_the_last_visit_or_a_moment_are_shown(page: Page, scripted: Site, transcript: str) -> None:
    opened(page, transcript)
    press(page, "Echo", "Alt+KeyQ")
    expect(row_with(page, "Echo").get_by_role("button", name="Flagged")).to_be_visible()
    page.goto(scripted.url)
    page.evaluate(
        """() => {
            const key = Object.keys(localStorage).find((one) => one.startsWith("flashweb.visit"));
            localStorage.setItem(key, JSON.stringify({before: 0, seen: 1600000000}));
        }"""
    )
    opened(page, transcript)
    changed = panel(page, "Review").get_by_label("Changed", exact=True)
    changed.select_option("last")
    assert (shown(page), page.url.partition("?")[2]) == (["Echo"], "since=1600000000")
    reload(page)
    expect(page.locator("[data-filter-says]")).to_contain_text("1 of 8")
    expect(changed).to_have_value("last")
    changed.select_option("moment")
    page.get_by_label("Changed since").fill("2999-01-01T00:00")
    expect(page.locator("[data-filter-says]")).to_contain_text("None of the 8 rows")
    changed.select_option("Any time")
    assert shown(page) == list(WORDS)


def test_quick_mark_is_put_in_at_the_caret(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row_with(page, "Alpha").locator("[data-text]").dblclick()
    page.keyboard.press("Home")
    page.evaluate(
        """() => {
            const button = document.body.appendChild(document.createElement("button"));
            button.dataset.command = "mark_inaudible";
            button.click();
        }"""
    )
    expect(field_of(page)).to_have_value("[inaudible]Alpha speaks.")


def test_panels_and_menu_are_accessible(
    scripted: Site,
    transcript: str,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
    troubles: Troubles,
) -> None:
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    page = opened(visit(storage_state=sign_in(scripted), bypass_csp=True).new_page(), transcript)
    for word, key in (("Alpha", "Alt+Enter"), ("Charlie", "Alt+KeyQ")):
        press(page, word, key)
        expect(status(page)).to_have_text(re.compile("Verified|Flagged"))
    for name in ("Speakers", "Review"):
        panel(page, name)
        assert complaints(page) == []
    panel(page, "Review").get_by_label("Flagged").check()
    assert complaints(page) == []
    page.get_by_role("button", name="Show all rows").first.click()
    label(page, "Bravo").click()
    assert complaints(page) == []
