"""Who speaks, told apart by the machine: labels by themselves, voices to listen to, proposals, and the way back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.accessibility import complaints, spilt
from tests.browser.conftest import SITES, running
from tests.browser.people import (
    Troubles,
    answer_of,
    current_ms,
    opened,
    recognised,
    row_with,
    status,
    visitor_of,
)
from tests.browser.test_glance import SMALL
from tests.processes import Site, free_port, key_of
from transcripts.flashserver.server import serve

CALL = "en_phone_garage_stereo.ogg"
ROWS = (
    (360, 4040, "Thank you for calling Platinum Motors, the Northwest home for high-end autos."),
    (4280, 5680, "How can I help you today?"),
    (7280, 9160, "Hi Michelle, my name is Jack."),
    (10240, 18400, "I am calling in today because about two weeks ago I got a car from your dealership."),
    (21120, 31000, "And the service light came on already, and I know you guys handle a lot of your fixing."),
    (44840, 46960, "Of course, I am so sorry for the inconvenience."),
    (47800, 50640, "Jack, what was your last name so I can look you up in the system?"),
    (52720, 55840, "Sure, my last name is Tilly."),
    (59480, 64200, "That is T, I, double L, E, Y."),
)
VOICES = "112221122"  # true by the channels of the call
EN = {
    "line": "2 voices told apart on this machine: check them",
    "show": "Show",
    "panel": "Speakers",
    "speaker": "Speaker",
    "name": "Name of Speaker {}",
    "listen": "Listen to Speaker {}",
    "undo": "Undo",
    "undone": "Undone",
    "export": "Export",
    "text": "Plain text",
}
ZH = {
    "line": "已在本机区分出 2 位说话人，请检查",
    "show": "查看",
    "panel": "说话人",
    "speaker": "说话人",
    "name": "说话人 {}的名字",
    "listen": "试听说话人 {}",
    "undo": "撤销",
    "undone": "已撤销",
    "export": "导出",
    "text": "纯文本",
}


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Site]:
    """A site that tells the speakers of new transcripts apart by itself."""
    with serve(port=port) as server:
        address = server.url
    site = Site(
        tmp_path_factory.mktemp("telling"),
        DJANGO_SETTINGS_MODULE="tests.forked_settings",
        FLASH_API_URL=address,
        FLASH_API_KEY="key-of-the-tests",
        TELL_SPEAKERS_APART="on",
    )
    yield from running(site)
    SITES.remove(site)


@pytest.fixture
def transcript(telling: Site, port: int) -> str:
    """Of a call of two people on one channel, of whom the service says nothing."""
    return recognised(telling, port, CALL, answer_of(*ROWS), anew=True)


@pytest.fixture
def enter(
    telling: Site, visit: Callable[..., BrowserContext], sign_in: Callable[..., StorageState]
) -> Callable[..., Page]:
    """A page of somebody signed in."""

    def enter(**options: Any) -> Page:
        return visit(
            storage_state=sign_in(telling), **{"viewport": {"width": 1440, "height": 900}, **options}
        ).new_page()

    return enter


def labels(page: Page) -> str:
    """Whose each row is, by the last sign of the names; a blank for nobody's."""
    return "".join(
        row.locator("[data-who]").inner_text()[-1:] if row.get_attribute("data-speaker") else " "
        for row in page.locator("[data-utterance]").all()
    )


def open_panel(page: Page, name: str = "Speakers") -> Locator:
    panel = page.get_by_role("complementary", name=name)
    if not panel.is_visible():
        page.locator(".panel-tab[data-open-panel=speakers]").click()
    expect(panel.locator("[data-diarization][data-state]")).to_be_attached()
    return panel


def wait_for_labels(page: Page) -> None:
    expect(page.locator("[data-utterance][data-speaker]")).to_have_count(len(ROWS))


@pytest.mark.parametrize(("locale", "said"), [("en-GB", EN), pytest.param("zh-CN", ZH, marks=pytest.mark.drill)])
def test_speakers_told_apart_are_corrected_named_and_exported(
    transcript: str, enter: Callable[..., Page], locale: str, said: dict[str, str]
) -> None:
    page = opened(enter(locale=locale), transcript)
    news = page.locator("[data-news-line]")
    expect(news).to_contain_text(said["line"])
    wait_for_labels(page)
    assert labels(page) == VOICES

    news.get_by_role("button", name=said["show"]).click()
    expect(news).to_have_count(0)
    panel = open_panel(page, said["panel"])
    expect(panel.locator("[data-diarization]")).to_contain_text(said["line"])

    # A sample is played to its end and no further.
    sample = panel.get_by_role("group", name=said["listen"].format(2)).get_by_role("button").first
    start, end = map(int, (sample.get_attribute("data-sample") or "").split("-"))
    page.evaluate("document.querySelector('audio').playbackRate = 4")
    sample.click()
    expect(sample).to_have_attribute("aria-pressed", "true")
    expect(sample).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.querySelector('audio').paused")
    assert start < end
    assert abs(current_ms(page) - end) < 60

    # One row is another person's, and both have names.
    row_with(page, "How can I help").focus()
    page.keyboard.press("2")
    expect(row_with(page, "How can I help").locator("[data-who]")).to_have_text(f"{said['speaker']} 2")
    for number, name in (("1", "Michelle"), ("2", "Jack")):
        panel.get_by_label(said["name"].format(number)).fill(name)
        page.keyboard.press("Enter")
        expect(panel.get_by_role("textbox").nth(int(number) - 1)).to_have_value(name)
    expect(row_with(page, "Thank you").locator("[data-who]")).to_have_text("Michelle")

    # It is told once; later visits are quiet.
    opened(page, transcript)
    wait_for_labels(page)
    expect(news).to_have_count(0)
    page.get_by_text(said["export"], exact=True).first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{said['text']} .txt").click()
    lines = download.value.path().read_text().splitlines()
    spoken = [
        line.partition(":")[0].partition("：")[0] for line in lines if line[:8] in {"Michelle"} or line[:4] == "Jack"
    ]
    assert spoken[0] == "Michelle"
    assert "Jack" in spoken


def test_labels_and_their_line_come_while_the_page_is_open(
    scripted: Site, service_port: int, page: Page, visit: Callable[..., BrowserContext]
) -> None:
    transcript = recognised(scripted, service_port, CALL, answer_of(*ROWS))
    ids = key_of(transcript), uuid.uuid4()
    stored = [one if "DATABASE_URL" in scripted.environment else one.hex for one in ids]
    scripted.execute(
        """
        INSERT INTO transcripts_diarization (transcript_id, id, created_at, automatic, hint, examples, state, progress,
            error, voices, dismissed, attempt, put_off, not_before)
        VALUES (%s, %s, '2026-01-01 00:00:00', %s, '{}', %s, 'queued', 0, '', '{}', %s, 0, 0, '2999-01-01 00:00:00')
        """,
        *stored,
        True,
        False,
        False,
    )
    opened(page, transcript)
    other = opened(visit(storage_state=page.context.storage_state(), locale="zh-CN").new_page(), transcript)
    for one in (page, other):
        expect(one.locator("tell-apart [data-diarization][data-state=queued]")).to_be_attached()
        expect(one.locator("[data-utterance][data-speaker]")).to_have_count(0)
    # The worker looks again and again at what is due.
    scripted.execute("UPDATE transcripts_diarization SET not_before = NULL WHERE id = %s", stored[1])
    for one, said in ((page, EN), (other, ZH)):
        news = one.locator("[data-news-line]")
        expect(news).to_contain_text(said["line"])
        expect(news.get_by_role("button", name=said["show"])).to_be_visible()
        wait_for_labels(one)
        assert labels(one) == VOICES
    # Who has seen it in one place is left alone; the way back is there for the other, too.
    page.locator("[data-news-close]").click()
    expect(page.locator("[data-news-line]")).to_have_count(0)
    other.locator("[data-news-undo]").click()
    for one in (page, other):
        expect(one.locator("[data-utterance][data-speaker]")).to_have_count(0)


def test_one_speaker_is_parted_into_two_people(transcript: str, enter: Callable[..., Page]) -> None:
    page = opened(enter(), transcript)
    wait_for_labels(page)
    panel = open_panel(page)
    panel.get_by_role("button", name="Merge Speaker 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Merge", exact=True).click()
    expect(panel.locator(".speaker")).to_have_count(1)
    expect(panel.get_by_role("group", name="Listen to Speaker 1")).to_have_count(2)
    panel.get_by_role("button", name="Speaker 1: these are two people").click()
    proposals = panel.locator("[data-proposal]")
    expect(proposals.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    panel = open_panel(page)
    panel.locator("[data-take]").click()
    expect(proposals).to_have_count(0)
    expect(panel.locator(".speaker")).to_have_count(2)
    assert {labels(page)[0], labels(page)[3]} != {"1"}


def test_labels_are_undone_in_one_step_by_the_line(transcript: str, enter: Callable[..., Page]) -> None:
    page = opened(enter(), transcript)
    news = page.locator("[data-news-line]")
    expect(news).to_be_visible()
    wait_for_labels(page)
    news.get_by_role("button", name="Undo").click()
    expect(status(page)).to_have_text("Undone")
    expect(page.locator("[data-utterance][data-speaker]")).to_have_count(0)
    expect(news).to_have_count(0)
    opened(page, transcript)
    panel = open_panel(page)
    expect(panel).to_contain_text("No row has a speaker yet.")
    expect(news).to_have_count(0)


def test_form_folds_once_somebody_is_known(
    scripted: Site, service_port: int, visit: Callable[..., BrowserContext], sign_in: Callable[[Site], StorageState]
) -> None:
    transcript = recognised(
        scripted, service_port, "zh_welcome.wav", answer_of((0, 2400, "One."), (2500, 5000, "Two."))
    )
    wide = visit(storage_state=sign_in(scripted), viewport={"width": 1440, "height": 900})
    page = opened(wide.new_page(), transcript)
    form = open_panel(page).locator("[data-ask]")
    expect(form).to_have_attribute("open", "")
    row_with(page, "One").focus()
    page.keyboard.press("1")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    expect(form).not_to_have_attribute("open", "")
    form.locator("summary").click()
    row_with(page, "Two").focus()
    with page.expect_response("**/diarization/"):
        page.keyboard.press("1")
    expect(page.locator("[data-utterance][data-speaker]")).to_have_count(2)
    expect(form).to_have_attribute("open", "")


def test_rows_assigned_by_hand_are_examples_for_the_others(transcript: str, enter: Callable[..., Page]) -> None:
    page = opened(enter(), transcript)
    wait_for_labels(page)
    panel = open_panel(page)
    panel.locator("[data-diarization]").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-utterance][data-speaker]")).to_have_count(0)
    for number, (word, key) in enumerate((("Thank you", "1"), ("two weeks ago", "2")), 1):
        row_with(page, word).focus()
        page.keyboard.press(key)
        page.keyboard.type(f"Person {key}")
        page.keyboard.press("Enter")
        expect(page.locator("[data-utterance][data-speaker]")).to_have_count(number)
    assert labels(page) == "1  2     "

    # What comes anew waits until the button is let go.
    panel.get_by_text("Tell speakers apart again").hover()
    page.mouse.down()
    with page.expect_response("**/diarization/"):
        page.evaluate("document.dispatchEvent(new CustomEvent('transcript:annotated'))")
    page.mouse.up()
    panel.get_by_role("button", name="Use assigned rows as examples").click()
    proposals = panel.locator("[data-proposal]")
    expect(proposals).to_have_count(7)
    expect(panel.get_by_role("button", name="Change 7")).to_be_enabled()

    # One by its tick, and back.
    panel.get_by_label("All", exact=True).uncheck()
    expect(panel.locator("[data-take]")).to_be_disabled()
    panel.get_by_role("checkbox", name="How can I help you today?").check()
    panel.get_by_role("button", name="Change 1").click()
    expect(status(page)).to_have_text("Changed")
    expect(proposals).to_have_count(6)
    assert labels(page) == "11 2     "
    page.locator(".bar").get_by_role("button", name="Undo").click()
    expect(status(page)).to_have_text("Undone")
    expect(proposals).to_have_count(7)
    assert labels(page) == "1  2     "

    # A proposal leads to its row, and plays it alone.
    sure = proposals.filter(has_text="Of course")
    sure.get_by_role("link").click()
    expect(row_with(page, "Of course")).to_be_focused()
    play = sure.get_by_role("button")
    play.click()
    expect(play).to_have_attribute("aria-pressed", "true")
    expect(play).to_have_attribute("aria-pressed", "false")

    # All of them; those assigned by hand stay as they are.
    panel.get_by_label("All", exact=True).check()
    panel.get_by_role("button", name="Change 7").click()
    expect(proposals).to_have_count(0)
    assert labels(page) == VOICES
    expect(panel.locator("[data-diarization]")).to_be_focused()


def test_colleagues_see_labels_come_and_go(
    telling: Site, transcript: str, enter: Callable[..., Page], visit: Callable[..., BrowserContext]
) -> None:
    page = opened(enter(), transcript)
    wait_for_labels(page)
    other = opened(visit(storage_state=page.context.storage_state()).new_page(), transcript)
    wait_for_labels(other)
    panel = open_panel(page)
    panel.locator("[data-diarization]").get_by_role("button", name="Undo").click()
    expect(other.locator("[data-utterance][data-speaker]")).to_have_count(0)
    begin(telling, transcript)
    wait_for_labels(other)


def begin(site: Site, transcript: str) -> None:
    """Somebody asks for it elsewhere."""
    assert visitor_of(site.url).post(f"{transcript}diarization/", data={"min_voices": "2", "max_voices": "2"}).ok


def test_work_under_way_shows_how_far_it_is_and_is_cancelled(
    telling: Site, transcript: str, enter: Callable[..., Page]
) -> None:
    page = opened(enter(), transcript)
    wait_for_labels(page)
    panel = open_panel(page)
    panel.get_by_text("Tell speakers apart again").click()
    panel.get_by_label("How many people speak").select_option("A range…")
    expect(panel.get_by_label("At least")).to_be_focused()
    page.keyboard.type("2")
    panel.get_by_label("At most").fill("3")
    page.evaluate(
        """() => {
            const line = document.querySelector("tell-apart [data-said]");
            window.said = [];
            new MutationObserver(() => window.said.push(line.textContent)).observe(line, {childList: true});
        }"""
    )
    panel.get_by_role("button", name="Start").click()
    expect(panel.locator("[data-diarization]")).to_be_focused()
    page.wait_for_function("() => window.said.includes('Waiting in the queue')")  # It may be done already.
    expect(panel.locator("[data-diarization][data-state=done]")).to_be_attached()

    # As long as a worker has it.
    telling.execute(
        "UPDATE transcripts_diarization SET state = 'running', progress = 40, lease_until = '2999-01-01 00:00:00'"
        " WHERE NOT automatic AND state = 'done'"
    )
    opened(page, transcript)
    panel = open_panel(page)
    expect(panel.get_by_role("progressbar", name="Telling speakers apart")).to_have_attribute("value", "40")
    expect(panel.locator("[data-said]")).to_have_text("Telling speakers apart 40%")
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.get_by_role("progressbar")).to_have_count(0)
    expect(panel.get_by_text("Tell speakers apart again")).to_be_visible()
    expect(panel.locator("[data-diarization]")).to_be_focused()


def test_unsure_rows_are_gone_through_and_confirmed_by_key(
    telling: Site, transcript: str, enter: Callable[..., Page]
) -> None:
    page = opened(enter(), transcript)
    wait_for_labels(page)
    ids = [row.get_attribute("data-utterance") for row in page.locator("[data-utterance]").all()]
    for index in (1, 7):
        telling.execute("UPDATE transcripts_utterance SET speaker_confidence = 30 WHERE id = %s", int(ids[index] or ""))
    opened(page, transcript)
    unsure = page.locator("[data-unsure]")
    expect(unsure).to_have_count(2)
    expect(row_with(page, "How can I help").get_by_role("button", name="Speaker 1?")).to_be_visible()
    panel = open_panel(page)
    panel.get_by_role("button", name="Next unsure row of Speaker 1; unsure: 1").click()
    expect(row_with(page, "How can I help")).to_be_focused()
    expect(status(page)).to_have_text("Unsure row 1 of 1")
    page.keyboard.press("1")
    expect(unsure).to_have_count(1)
    expect(panel.get_by_role("button", name="unsure: 1")).to_have_count(1)
    page.keyboard.press("Alt+Shift+Quote")
    expect(row_with(page, "my last name")).to_be_focused()
    page.keyboard.press("2")
    expect(unsure).to_have_count(0)
    page.keyboard.press("Alt+Shift+Quote")
    expect(status(page)).to_have_text("No row has an unsure speaker.")


def test_panel_is_accessible_and_within_a_thumbs_reach(
    telling: Site,
    transcript: str,
    enter: Callable[..., Page],
    troubles: Troubles,
) -> None:
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    page = opened(enter(bypass_csp=True), transcript)
    expect(page.locator("[data-news-line]")).to_be_visible()
    wait_for_labels(page)
    assert complaints(page) == []
    panel = open_panel(page)
    panel.get_by_text("Tell speakers apart again").click()
    panel.get_by_label("How many people speak").select_option("3")
    panel.get_by_role("button", name="Start").click()
    expect(panel.locator("[data-diarization][data-state=done]")).to_be_attached()
    expect(panel.locator("[data-proposal]").first).to_be_visible()
    panel.get_by_text("Tell speakers apart again").click()
    panel.get_by_label("How many people speak").select_option("A range…")
    assert complaints(page) == []
    assert spilt(page, {"320": (320, 568)}) == []

    phone = enter(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    opened(phone, transcript)
    phone.locator(".panels-button").tap()
    phone.locator(".panel-tab[data-open-panel=speakers]").tap()
    panel = phone.get_by_role("complementary", name="Speakers")
    expect(panel.locator("[data-proposal]").first).to_be_visible()
    panel.get_by_text("Tell speakers apart again").tap()
    panel.get_by_label("How many people speak").select_option("A range…")
    phone.locator("[data-panel-rise]").tap()
    assert phone.evaluate(SMALL) == []

    # What a proposal leads to is not left below the sheet.
    proposal = panel.locator("[data-proposal]").first
    proposal.get_by_role("link").tap()
    row = phone.locator(f"#u{proposal.get_attribute('data-proposal')}")
    expect(row).to_be_focused()
    expect(phone.locator("side-panel")).not_to_have_attribute("data-risen", "")
    box, sheet = row.bounding_box(), phone.locator("side-panel").bounding_box()
    assert box
    assert sheet
    assert box["y"] + box["height"] <= sheet["y"] + 1
