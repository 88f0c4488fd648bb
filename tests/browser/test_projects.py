"""Projects as people use them: made, shared by a link, filled, left; and recordings that move between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.accessibility import LAPTOP, PHONES, complaints, spilt
from tests.browser.people import PASSWORD, Troubles, answer_of, recognised
from tests.browser.test_upload import add, payload, row_of
from tests.conftest import ANSWER
from tests.processes import Site
from transcripts.flashserver.server import FlashServer

Visit = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def eva(scripted: Site) -> str:
    scripted.create_user("eva", PASSWORD, is_administrator=False)
    return "eva"


@pytest.fixture
def project(page: Page, scripted: Site) -> Iterator[str]:
    """The address of a new project; deleted with all that is in it."""
    page.goto(f"{scripted.url}/projects/")
    page.get_by_label("New project").fill("Oral history")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="Oral history").wait_for()
    address = page.url
    yield address
    page.goto(address)
    page.get_by_role("button", name="Delete project").click()
    dialog = page.get_by_role("dialog")
    if dialog.get_by_role("textbox").count():
        dialog.get_by_label("Type the name of the project").fill("Oral history")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("was moved to the bin.")).to_be_visible()


def sign_in_as(page: Page, name: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def library_of(project: str) -> str:
    address, pk = re.fullmatch(r"(.*/)projects/(\d+)/", project).groups()  # type: ignore[union-attr]
    return f"{address}?project={pk}"


def test_project_is_shared_by_a_link(page: Page, scripted: Site, project: str, eva: str, visit: Visit) -> None:
    page.get_by_role("button", name="Create link").click()
    link = page.get_by_role("textbox", name="Link").input_value()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link

    hers = visit().new_page()
    hers.goto(link)
    expect(hers.get_by_text("lin invites you to this project. Your role: Editor.")).to_be_visible()
    hers.get_by_role("link", name="Sign in").click()
    sign_in_as(hers, eva)
    hers.get_by_role("button", name="Join").click()
    expect(hers.get_by_text("You are now a member of “Oral history”.")).to_be_visible()
    hers.get_by_role("link", name="Members", exact=True).click()
    expect(hers.get_by_role("listitem").filter(has_text=eva)).to_contain_text("Editor")
    expect(hers.get_by_role("button", name="Create link")).to_have_count(0)

    page.reload()
    member = page.get_by_role("listitem").filter(has_text=eva)
    member.locator("summary").click()
    member.get_by_role("button", name="Viewer").click()
    expect(member.locator("summary")).to_contain_text("Viewer")
    hers.goto(library_of(project))
    expect(hers.get_by_text("You can view the recordings of this project")).to_be_visible()
    member.locator("summary").click()
    member.get_by_role("button", name="Remove from the project").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("eva is no longer a member.")).to_be_visible()
    expect(page.get_by_text("Used")).to_be_visible()


def test_editor_asks_for_a_move_and_leaves_the_team(
    page: Page,
    scripted: Site,
    project: str,
    eva: str,
    visit: Visit,
    service: Callable[..., FlashServer],
    troubles: Troubles,
) -> None:
    troubles.expect("status of 404")
    service({"body": ANSWER})
    page.get_by_role("button", name="Create link").click()
    link = page.get_by_role("textbox", name="Link").input_value()
    page.goto(library_of(project))
    add(page, payload("shared.wav"))
    expect(row_of(page, "shared").get_by_text("2 rows")).to_be_visible()
    transcript = row_of(page, "shared").get_by_role("link", name="shared").get_attribute("href")

    hers = visit().new_page()
    hers.goto(link)
    hers.get_by_role("link", name="Sign in").click()
    sign_in_as(hers, eva)
    hers.get_by_role("button", name="Join").click()
    expect(row_of(hers, "shared")).to_be_visible()
    hers.wait_for_load_state()  # Until its scripts run, a button does nothing.
    hers.get_by_role("button", name="Move shared").click()
    dialog = hers.get_by_role("dialog")
    expect(dialog).to_contain_text("An owner of its project has to allow this first.")
    dialog.get_by_label("Move to project").select_option("Personal")
    dialog.get_by_role("button", name="Ask to move").click()
    expect(row_of(hers, "shared")).to_contain_text("An owner has been asked to move it")

    page.goto(f"{scripted.url}/projects/")
    page.get_by_role("link", name="1 move to decide about").click()
    asked = page.get_by_role("listitem").filter(has_text="eva asks to move “shared”")
    asked.get_by_role("button", name="Refuse").click()
    expect(asked).to_have_count(0)

    hers.goto(project)
    hers.get_by_role("button", name="Leave project").click()
    hers.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(hers.get_by_text("You have left “Oral history”.")).to_be_visible()
    answer = hers.goto(f"{scripted.url}{transcript}")
    assert answer
    assert answer.status == 404
    page.get_by_role("link", name="Activity").click()
    for line in ("Joined the project", "Left the project, or was removed"):
        expect(page.get_by_role("listitem").filter(has_text=line)).to_contain_text("eva")


def test_last_owner_is_told_why_they_stay(page: Page, project: str, troubles: Troubles) -> None:
    troubles.expect("status of 422")
    page.get_by_role("button", name="Leave project").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Not changed: a project needs an owner. Make someone else an owner first."
    )


def test_file_goes_into_the_chosen_project_with_its_options_and_moves_on(
    page: Page, scripted: Site, project: str, service: Callable[..., FlashServer]
) -> None:
    service({"body": ANSWER})
    page.get_by_label("Hot words").fill("银杏")
    page.get_by_role("button", name="Save").nth(1).click()
    expect(page.get_by_text("Options saved")).to_be_visible()
    page.goto(scripted.url)
    page.get_by_text("Options, or add from a web address").click()
    page.get_by_label("Add to").select_option("Oral history")
    expect(page.get_by_label("Hot words")).to_have_value("银杏")
    add(page, payload("told.wav"))
    row = row_of(page, "told")
    expect(row.get_by_role("link", name="Oral history")).to_be_visible()
    expect(row.get_by_text("2 rows")).to_be_visible()

    page.goto(library_of(project))
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("button", name="Move told").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("option", name="Oral history")).to_be_disabled()
    dialog.get_by_label("Move to project").select_option("Personal")
    dialog.get_by_role("button", name="Move").click()
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()
    page.goto(project)
    moved = page.get_by_role("listitem").filter(has_text="“told” was moved to “Personal”")
    moved.get_by_role("button", name="Undo told").click()
    expect(page.get_by_text("“told” is back in its project.")).to_be_visible()
    page.goto(library_of(project))
    page.get_by_role("button", name="Move told").click()
    dialog.get_by_label("Move to project").select_option("Personal")
    dialog.get_by_role("button", name="Move").click()
    expect(page.get_by_role("article")).to_have_count(0)

    page.locator(".library-switch summary").click()
    page.get_by_role("link", name="All projects").click()
    expect(row.get_by_role("link", name="Oral history")).to_have_count(0)
    page.get_by_role("button", name="Move told").click()
    dialog.get_by_label("Move to project").select_option("Oral history")
    dialog.get_by_role("button", name="Move").click()
    expect(row.get_by_role("link", name="Oral history")).to_be_visible()
    expect(page.get_by_role("button", name="Move told")).to_be_focused()


def everything(page: Page, site: Site, project: str) -> Iterator[str]:
    page.goto(project)
    page.get_by_role("button", name="Create link").click()
    page.get_by_role("textbox", name="Link").wait_for()
    yield "project"
    page.get_by_role("link", name="Activity").click()
    yield "activity"
    page.goto(f"{project}overview/")
    page.get_by_text("The numbers as a table").click()
    yield "overview"
    page.goto(f"{site.url}/bin/")
    yield "bin"
    page.goto(project)
    page.locator(".member summary").click()
    yield "roles"
    page.keyboard.press("Escape")
    for name in ("Leave project", "Delete project"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        yield name
        page.keyboard.press("Escape")
    link = page.get_by_role("textbox", name="Link").first.input_value()
    page.goto(f"{site.url}/projects/")
    yield "projects"
    page.get_by_role("link", name="Options Personal").click()
    yield "personal project"
    page.goto(link)
    yield "invitation"
    page.goto(f"{site.url}/invitations/nothing/")
    yield "invitation that is over"
    page.goto(library_of(project))
    yield "library of an empty project"
    page.goto(site.url)
    page.locator(".library-switch summary").click()
    yield "library with a choice of projects"
    page.keyboard.press("Escape")
    page.locator("[data-move]").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "moving"
    page.keyboard.press("Escape")


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    return recognised(scripted, service_port, "zh_welcome.wav", answer_of((0, 2000, "One row.")))


def test_everything_is_accessible_and_nothing_scrolls_sideways(
    scripted: Site,
    transcript: str,
    project: str,
    visit: Visit,
    sign_in: Callable[[Site], StorageState],
    troubles: Troubles,
) -> None:
    troubles.expect("status of 410")
    page = visit(bypass_csp=True, storage_state=sign_in(scripted)).new_page()
    found: dict[str, list[str]] = {}
    for name in everything(page, scripted, project):
        found[name] = complaints(page) + spilt(page, PHONES | LAPTOP)
    assert {name: errors for name, errors in found.items() if errors} == {}
