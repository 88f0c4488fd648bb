"""A recording made in the page, with the microphone that Chromium plays a file into."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.people import Troubles
from tests.conftest import ANSWER, AUDIO
from tests.files import unlike_others
from tests.processes import Site, wait_for
from transcripts.flashserver.server import FlashServer

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ACCEPTED = re.compile(r"/uploads/[0-9a-f-]{36}/$")
MADE = re.compile(r"Recording of \d{4}-\d\d-\d\d \d\d:\d\d")


@pytest.fixture
def phone(
    scripted: Site,
    service: Callable[..., FlashServer],
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
) -> Page:
    service({"body": ANSWER, "repeat": True})
    page = visit(kept=False, **PHONE, storage_state=sign_in(scripted)).new_page()
    page.goto(scripted.url)
    return page


def start(page: Page) -> Locator:
    """A recording of which something has come to the server."""
    with page.expect_response(lambda answer: bool(ACCEPTED.search(answer.url)) and answer.status == 204):
        page.get_by_role("button", name="Record", exact=True).first.tap()
    return page.get_by_role("group", name="Recording")


MINUTE_LATER = """
from datetime import timedelta
from django.utils import timezone
from transcripts.models import Upload
assert Upload.objects.growing().update(moved_at=timezone.now() - timedelta(minutes=2))
"""


def parts(site: Site) -> set[Path]:
    """What has come of files that are not whole yet."""
    return set((site.data / "uploads").glob("*.part"))


def count_made(page: Page) -> int:
    return page.get_by_role("link", name=MADE).count()


def test_recording_is_sent_while_it_is_made(phone: Page, scripted: Site) -> None:
    before, left = count_made(phone), parts(scripted)
    controls = start(phone)
    level = controls.locator("[data-level]")
    wait_for("level", lambda: float(level.evaluate("meter => meter.style.getPropertyValue('--level') || 0")) > 0.1)
    controls.get_by_role("button", name="Pause").tap()
    expect(controls.get_by_text("Paused")).to_be_visible()
    controls.get_by_role("button", name="Resume").tap()
    expect(controls.get_by_text("Paused")).to_be_hidden()
    controls.get_by_role("button", name="Finish").tap()
    expect(phone.get_by_role("link", name=MADE)).to_have_count(before + 1)
    expect(controls).to_have_count(0)
    wait_for("end of the upload", lambda: not parts(scripted) - left)
    phone.reload()
    expect(phone.get_by_role("article").first).to_be_visible()
    expect(phone.locator(".upload")).to_have_count(0)


@pytest.mark.drill
def test_recording_whose_page_was_killed_is_handed_in_by_the_next_one(phone: Page, scripted: Site) -> None:
    before = count_made(phone)
    start(phone)
    other = phone.context.new_page()
    phone.close()
    other.goto(scripted.url)
    expect(other.get_by_role("link", name=MADE)).to_have_count(before + 1)
    expect(other.locator(".upload")).to_have_count(0)


@pytest.mark.drill
def test_recording_whose_device_died_is_transcribed(
    phone: Page, scripted: Site, visit: Callable[..., BrowserContext], sign_in: Callable[[Site], StorageState]
) -> None:
    """The server waits for the page no longer than a minute, which has passed here at once."""
    before = count_made(phone)
    start(phone)
    phone.context.close()
    scripted.manage("shell", "--no-imports", "--command", MINUTE_LATER)
    page = visit(kept=False, **PHONE, storage_state=sign_in(scripted)).new_page()

    def made() -> bool:
        page.goto(scripted.url)
        return count_made(page) > before

    wait_for("recording of what was sent", made, pause_s=0.5)
    page.get_by_role("link", name=MADE).first.tap()
    expect(page.get_by_text("大家好。")).to_be_visible()


@pytest.mark.drill
def test_recording_goes_on_without_a_connection(phone: Page, troubles: Troubles) -> None:
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    before = count_made(phone)
    controls = start(phone)
    phone.context.set_offline(True)
    kept = phone.get_by_text("No connection. What is recorded is kept on this device")
    expect(kept).to_be_visible()
    controls.get_by_role("button", name="Finish").tap()
    expect(controls).to_have_count(0)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Save on this device").tap()
    assert MADE.search(download.value.suggested_filename.replace("_", ":"))
    phone.context.set_offline(False)
    expect(phone.get_by_role("link", name=MADE)).to_have_count(before + 1)


def test_recording_can_be_discarded_after_a_question(phone: Page, scripted: Site) -> None:
    before, left = count_made(phone), parts(scripted)
    controls = start(phone)
    discard = phone.get_by_role("button", name="Discard", exact=True)
    question = phone.get_by_role("dialog", name="Discard what was recorded?")
    discard.tap()
    question.get_by_role("button", name="Cancel").tap()
    expect(controls).to_be_visible()
    discard.tap()
    question.get_by_role("button", name="Discard").tap()
    expect(controls).to_have_count(0)
    wait_for("end of the upload", lambda: not parts(scripted) - left)
    phone.reload()
    assert count_made(phone) == before


SHARE = """async ([name, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "audio/wav"}));
    const form = document.createElement("form");
    Object.assign(form, {method: "post", enctype: "multipart/form-data", action: "/recordings/received/"});
    const field = form.appendChild(document.createElement("input"));
    Object.assign(field, {type: "file", name: "file", files: transfer.files});
    document.body.append(form);
    form.submit();
}"""


def test_recording_that_another_app_shares_waits_for_its_person_to_sign_in(phone: Page, scripted: Site) -> None:
    expect_worker(phone)
    cookies = phone.context.cookies()
    phone.context.clear_cookies()
    with phone.expect_navigation(url=re.compile("/accounts/login/")):
        phone.evaluate(
            SHARE, ["shared.wav", base64.b64encode(unlike_others((AUDIO / "zh_welcome.wav").read_bytes())).decode()]
        )
    phone.context.add_cookies(cookies)  # type: ignore[arg-type]
    phone.goto(scripted.url)
    expect(phone.get_by_role("link", name="shared")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("link", name="shared")).to_be_visible()
    expect(phone.locator(".upload")).to_have_count(0)


def expect_worker(page: Page) -> None:
    """Which is there for good once it is active: until then it may need the person's cookies."""
    state = "navigator.serviceWorker.getRegistrations().then(([first]) => first?.active?.state)"
    wait_for("service worker", lambda: page.evaluate(state) == "activated")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [("NotAllowedError", "This page may not use the microphone."), ("NotFoundError", "No microphone was found.")],
)
def test_microphone_that_cannot_be_used(phone: Page, error: str, sentence: str) -> None:
    phone.evaluate(
        "name => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }", error
    )
    phone.get_by_role("button", name="Record", exact=True).first.tap()
    expect(phone.get_by_role("alert")).to_contain_text(sentence)
