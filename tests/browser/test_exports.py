"""Exports with options, as a person chooses them."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import APIResponse, Error, Page, Route, expect

from tests.browser.accessibility import complaints, faults
from tests.browser.people import NAME, Troubles, answer_of, recognised, screenshot
from tests.processes import Site

FAST = "the quick brown fox jumps over the lazy dog and then it runs away from all of them"


@pytest.fixture(scope="module")
def address(scripted: Site, service_port: int) -> str:
    answer = answer_of((400, 1900, "And so, my fellow Americans."), (2000, 3000, FAST), (6000, 8000, "Thank you."))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


@pytest.fixture(autouse=True)
def format_used_last(scripted: Site) -> None:
    """None, whatever was downloaded in other tests."""
    scripted.execute("UPDATE transcripts_preferences SET export_format = ''")


def test_options_show_what_they_give_before_the_file_is_had(
    page: Page, address: str, tmp_path: Path, troubles: Troubles
) -> None:
    troubles.expect("status of 422")
    page.goto(address)
    page.locator("[data-exports] > summary").click()
    page.get_by_role("link", name="With options…").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_text("characters per second (at most 20)").first).to_be_visible()
    page.get_by_label("Split into").select_option("rows")
    expect(preview.get_by_role("listitem")).to_have_count(3)
    expect(preview).to_contain_text("3 captions · 1 with a warning")
    page.get_by_text("Caption rule values").click()
    page.get_by_label("Characters per second").fill("100")
    page.get_by_label("Characters per line").fill("100")
    expect(preview).not_to_contain_text("warning")
    page.get_by_label("From").fill("0:05")
    expect(preview.get_by_role("listitem")).to_have_count(1)
    page.get_by_label("Characters per line").fill("1")
    expect(preview).to_contain_text("Characters per line: This must be a number from 4 to 100.")
    page.get_by_label("Characters per line").fill("")
    expect(preview.get_by_role("listitem")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .srt").click()
    assert download.value.suggested_filename == "zh_welcome.srt"
    download.value.save_as(tmp_path / "a.srt")
    assert (tmp_path / "a.srt").read_text() == "1\n00:00:06,000 --> 00:00:08,000\nThank you.\n"


def test_another_format_keeps_what_it_knows_and_a_cue_leads_to_its_row(page: Page, address: str) -> None:
    page.goto(f"{address}export/")
    page.get_by_label("From").fill("0:05")
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="Markdown").click()
    expect(page.get_by_label("From")).to_have_value("00:00:05")
    expect(preview).to_contain_text("Thank you.")
    expect(preview).not_to_contain_text("fellow")
    page.get_by_role("link", name="WebVTT").click()
    preview.get_by_role("link").click()
    expect(page.locator("[data-utterance]").last).to_be_in_viewport()


@pytest.mark.parametrize("width", [1440, 390])
def test_page_can_be_used_by_everybody(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}export/")
    page.get_by_text("Caption rule values").click()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, f"export-{width}")


def test_several_transcripts_come_in_one_zip(page: Page, scripted: Site, address: str, tmp_path: Path) -> None:
    page.goto(scripted.url)
    page.get_by_role("link", name="Export several transcripts").click()
    page.get_by_role("checkbox", name="zh_welcome").first.check()
    page.get_by_label("Format").select_option("docx")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as zip").click()
    download.value.save_as(tmp_path / "a.zip")
    assert ZipFile(tmp_path / "a.zip").namelist() == ["zh_welcome.docx"]


BEGIN = f"""
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from transcripts.models import Download, Transcript
Download.objects.create(
    by=User.objects.get(username="{NAME}"), title="Long talks", format="bundle", together=True, language="en",
    transcripts=[str(Transcript.objects.earliest("created_at").pk)], fingerprint="long", state="running",
    done=1, total=4, started_at=timezone.now(), lease_until=timezone.now() + timedelta(days=1),
)
"""


def test_download_under_way_shows_how_far_it_is_and_is_cancelled(
    page: Page, scripted: Site, address: str, troubles: Troubles
) -> None:
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    troubles.expect("htmx:afterRequest", "htmx:sendAbort")  # of the poll that is given up
    scripted.manage("shell", "--no-imports", "--command", BEGIN)
    page.goto(f"{scripted.url}/downloads/")
    row = page.get_by_role("article").filter(has_text="Long talks.zip")
    expect(row.get_by_role("progressbar", name="Making the file")).to_have_js_property("position", 0.25)
    expect(row).to_contain_text(re.compile(r"about 0:00:\d\d left"))
    assert complaints(page) == []

    polls: list[tuple[Route, APIResponse]] = []

    def cancel(route: Route) -> None:
        """What was asked for before is there just before it."""
        answer = route.fetch()
        with suppress(Error):  # Nobody waits for it any more.
            polls[-1][0].fulfill(response=polls[-1][1])
        route.fulfill(response=answer)

    page.route("**/downloads/*/", lambda route: polls.append((route, route.fetch())))
    page.route("**/downloads/*/remove/", cancel)
    while not polls:
        page.wait_for_timeout(50)
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0)


def test_bundle_goes_out_and_comes_in_like_a_recording(
    page: Page, scripted: Site, address: str, tmp_path: Path
) -> None:
    page.goto(f"{address}export/")
    page.get_by_role("link", name="Bundle").click()
    expect(page.get_by_role("region", name="Contents")).to_contain_text("Everything in this transcript")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .flashweb.zip").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    page.goto(scripted.url)
    rows = page.locator("#recordings .recording")
    before = rows.count()
    page.locator("input[type=file]").set_input_files(file)
    expect(rows).to_have_count(before + 1)
    rows.first.get_by_role("link", name="zh_welcome").click()
    expect(page.locator("[data-text]")).to_have_text(["And so, my fellow Americans.", FAST, "Thank you."])
    assert page.url != address
    with page.expect_download() as again:
        page.goto(f"{page.url.partition('#')[0]}export/?format=bundle")
        page.get_by_role("button", name="Download .flashweb.zip").click()
    again.value.save_as(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == file.read_bytes()


def test_a_corrected_text_is_a_proposal_till_it_is_taken_over(page: Page, scripted: Site, service_port: int) -> None:
    answer = answer_of((400, 1900, "And so, my fellow Americans."), (2000, 5000, "Ask not what it can do for you."))
    transcript = recognised(scripted, service_port, "zh_welcome.wav", answer)
    page.goto(transcript)
    page.get_by_role("button", name="Details").click()
    page.get_by_role("link", name="Import a corrected file").click()
    text = "And so, my dear Americans. Ask not what it will do for you."
    page.get_by_label("Transcript", exact=True).set_input_files(
        {"name": "corrected.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator("ins")).to_have_text(["dear", "will"])
    assert faults(page) == []
    page.get_by_role("button", name="Apply all 2 rows").click()
    expect(page.get_by_text("2 rows applied.")).to_be_visible()
    page.goto(transcript)
    expect(page.locator("[data-text]")).to_have_text(["And so, my dear Americans.", "Ask not what it will do for you."])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-text]")).to_have_text(
        ["And so, my fellow Americans.", "Ask not what it can do for you."]
    )
