"""Many files at once: folders and their tags, files that are here already, addresses, and what they will cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.people import Troubles
from tests.browser.test_upload import add, payload, row_of, upload_of
from tests.conftest import ANSWER, AUDIO
from tests.files import unlike_others
from tests.processes import Site
from transcripts.flashserver.server import FlashServer

Service = Callable[..., FlashServer]


def drop(page: Page, *paths: Path) -> None:
    """As the system does it."""
    cdp = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        cdp.send("Input.dispatchDragEvent", {"type": kind, "x": 200, "y": 300, "data": data})


def make_folder(parent: Path, name: str) -> Path:
    folder = parent / name
    (folder / "Interviews/deep").mkdir(parents=True)
    for path in ("a-top.wav", "Interviews/b-inner.wav", "Interviews/deep/c-deep.wav"):
        (folder / path).write_bytes(unlike_others((AUDIO / "zh_welcome.wav").read_bytes()))
    for path in ("notes.txt", "Interviews/cover.jpg", "Interviews/._b-inner.wav"):
        (folder / path).write_bytes(b"no sound")
    return folder


def test_dropped_folder_keeps_its_structure_as_tags(
    page: Page, scripted: Site, service: Service, tmp_path: Path
) -> None:
    service({"body": ANSWER})
    page.goto(scripted.url)
    drop(page, make_folder(tmp_path, "Year 2024"))
    offer = page.get_by_role("group", name="Recordings in these folders: 3")
    expect(offer.get_by_role("list", name="Tags").get_by_role("listitem")).to_have_text(
        ["Year 2024", "Interviews", "deep"]
    )
    expect(page.get_by_text("Files: 3 · 1 min to recognise")).to_be_visible()
    expect(offer.get_by_role("button", name="Add 3")).to_be_focused()
    offer.get_by_text("Other files, which are left out: 3").click()
    expect(offer).to_contain_text("Year 2024/Interviews/cover.jpg")
    offer.get_by_role("button", name="Add 3").press("Enter")
    tags = row_of(page, "c-deep").get_by_role("list", name="Tags").get_by_role("listitem")
    expect(tags).to_have_text(["deep", "Interviews", "Year 2024"])
    expect(row_of(page, "a-top").get_by_role("list", name="Tags").get_by_role("listitem")).to_have_text(["Year 2024"])
    expect(page.locator(".upload")).to_have_count(0)


def test_chosen_folder_does_the_same(page: Page, scripted: Site, service: Service, tmp_path: Path) -> None:
    service({"body": ANSWER})
    page.goto(scripted.url)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose folder").click()
    chooser.value.set_files(make_folder(tmp_path, "Chosen"))
    offer = page.get_by_role("group", name="Recordings in these folders: 3")
    expect(offer.get_by_role("list", name="Tags").get_by_role("listitem")).to_have_text(
        ["Chosen", "Interviews", "deep"]
    )
    offer.get_by_role("button", name="Cancel").click()
    expect(page.locator(".upload")).to_have_count(0)
    expect(page.locator("[data-minutes]")).to_have_text("")


def test_files_that_are_here_are_asked_about_before_they_are_sent(page: Page, scripted: Site, service: Service) -> None:
    service({"body": ANSWER, "repeat": True})
    page.goto(scripted.url)
    first, second, third = (payload(f"known-{number}.wav") for number in range(3))
    add(page, first, second)
    expect(page.get_by_role("link", name="known-0")).to_be_visible()
    expect(page.get_by_role("link", name="known-1")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if "/uploads/" in request.url else None)
    renamed: list[FilePayload] = [{**first, "name": "again-0.wav"}, {**second, "name": "again-1.wav"}]
    add(page, *renamed, third)
    expect(page.get_by_role("link", name="known-2")).to_be_visible()
    question = upload_of(page, "again-0.wav")
    expect(question).to_contain_text("You have this already:")
    expect(question.get_by_role("link", name="known-0")).to_have_attribute("target", "_blank")
    assert sent.count("POST") == 1
    expect(page.get_by_text("2 of these files are here already.")).to_be_visible()
    question.get_by_role("button", name="Upload anyway").click()
    expect(page.get_by_role("link", name="again-0")).to_be_visible()
    add(page, {**first, "name": "skipped.wav"})
    page.get_by_role("button", name="Skip all 2").click()
    expect(page.locator(".upload")).to_have_count(0)
    expect(page.get_by_text("of these files are here already.")).to_be_hidden()
    page.reload()
    expect(row_of(page, "again-0")).to_have_count(1)
    expect(row_of(page, "again-1")).to_have_count(0)


def test_without_a_hash_the_question_comes_before_anything_is_recognised(
    page: Page, scripted: Site, service: Service
) -> None:
    """As over plain HTTP, where browsers compute none."""
    service({"body": ANSWER})
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });")
    page.goto(scripted.url)
    file = payload("plain.wav")
    add(page, file)
    expect(page.get_by_role("link", name="plain")).to_be_visible()
    add(page, {**file, "name": "plain-again.wav"})
    question = upload_of(page, "plain-again.wav")
    expect(question).to_contain_text("You have this already:")
    question.get_by_role("button", name="Skip").click()
    expect(page.locator(".upload")).to_have_count(0)
    page.reload()
    expect(row_of(page, "plain-again")).to_have_count(0)


PASTE = """text => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


def test_pasted_addresses_are_offered_and_bad_lines_told(
    page: Page, scripted: Site, service: Service, troubles: Troubles
) -> None:
    service({"body": ANSWER})
    page.goto(scripted.url)
    page.evaluate(PASTE, "nothing of that kind")
    page.evaluate(PASTE, "1. http://127.0.0.1:9/one.mp3,\n2. http://127.0.0.1:9/two.mp3.")
    offer = page.get_by_role("group", name="Add recordings from these web addresses?")
    expect(offer.get_by_role("listitem")).to_have_text(["http://127.0.0.1:9/one.mp3", "http://127.0.0.1:9/two.mp3"])
    offer.get_by_role("button", name="Add 2").click()
    expect(row_of(page, "two")).to_have_count(1)
    page.get_by_text("Options, or add from a web address").click()
    field = page.get_by_label("Web address of a recording")
    field.fill("http://127.0.0.1:9/three.mp3\n\nftp://x\nno\nhttp://127.0.0.1:9/three.mp3")
    field.press("Enter")
    expect(row_of(page, "three")).to_have_count(1)
    told = page.get_by_role("listitem").filter(has_text="ftp://x: The web address must start with")
    expect(told).to_contain_text("no: The web address must start with")
    expect(field).to_have_value("")
