"""The page tells when its person is at work, and not while it is hidden."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request

from tests.browser.people import answer_of, opened, recognised
from tests.processes import Site

HIDE = """is => {
    Object.defineProperty(document, "hidden", { value: is, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def lin(page: Page, scripted: Site, service_port: int) -> Page:
    answer = answer_of((0, 2000, "Alpha stands in its row."), (2500, 5000, "Bravo stands in its row."))
    return opened(page, recognised(scripted, service_port, "zh_welcome.wav", answer))


def tells(request: Request) -> bool:
    return request.url.endswith("/here/") and "idle" in parse_qs(request.post_data or "")


def test_page_tells_that_its_person_is_at_work_and_what_it_had_not_told_as_it_is_hidden(lin: Page) -> None:
    with lin.expect_request(tells) as first:
        lin.mouse.move(300, 300)
    assert first.value.response().status == 204  # type: ignore[union-attr]
    lin.mouse.move(310, 300)
    with lin.expect_request(tells):
        lin.evaluate(HIDE, True)
    told: list[Request] = []
    lin.on("request", lambda request: tells(request) and told.append(request))
    lin.mouse.move(320, 300)
    lin.evaluate(HIDE, True)  # There is nothing to tell.
    with lin.expect_request(tells) as next_one:
        lin.evaluate(HIDE, False)
        lin.evaluate(HIDE, True)
    assert told == [next_one.value]
