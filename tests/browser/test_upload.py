"""Files on their way in: dropped, refused, cancelled, failed, silent; always told in the page without reloading."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.browser.people import Troubles
from tests.conftest import ANSWER, AUDIO, DATA
from tests.files import unlike_others
from tests.processes import Site, wait_for
from transcripts.flashserver.server import FlashServer

LOGID = re.compile(r"logid \d{14}[0-9A-F]{20}")
MAKE_FILES = """files => {
    const transfer = new DataTransfer();
    for (const [name, content] of files) {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
    }
    return transfer;
}"""


def payload(name: str, clip: str = "zh_welcome.wav") -> FilePayload:
    return {"name": name, "mimeType": "audio/wav", "buffer": unlike_others((AUDIO / clip).read_bytes())}


def add(page: Page, *files: FilePayload) -> None:
    page.locator("input[type=file]").set_input_files(list(files))


def row_of(page: Page, title: str) -> Locator:
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=title))


def upload_of(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name)


def left_in(site: Site) -> set[Path]:
    """The files of unfinished uploads; those of other tests may be among them."""
    return set((site.data / "uploads").iterdir())


def upload_speed(page: Page, bytes_a_second: int) -> None:
    """-1 for as fast as it goes."""
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)


def test_dropped_files_become_rows_or_sentences(
    page: Page, scripted: Site, service: Callable[..., FlashServer], troubles: Troubles
) -> None:
    troubles.expect("status of 422")
    service({"body": ANSWER})
    page.goto(scripted.url)
    clips = {"dropped.wav": "zh_welcome.wav", "html_page.mp3": "odd/html_page.mp3"}
    files = [
        [name, base64.b64encode(unlike_others((AUDIO / clip).read_bytes())).decode()] for name, clip in clips.items()
    ]
    dropped = {"dataTransfer": page.evaluate_handle(MAKE_FILES, files)}
    page.dispatch_event("main", "dragenter", dropped)
    expect(page.get_by_text("Drop files to add them")).to_be_visible()
    page.dispatch_event("main", "dragover", dropped)
    page.dispatch_event("main", "drop", dropped)
    expect(page.get_by_text("Drop files to add them")).to_be_hidden()
    expect(page.get_by_role("link", name="dropped")).to_be_visible()
    refusal = upload_of(page, "html_page.mp3")
    expect(refusal.get_by_role("alert")).to_have_text(
        "html_page.mp3: This is not a readable audio or video file. It was not saved."
    )
    refusal.get_by_role("button", name="Dismiss").click()
    expect(refusal).to_have_count(0)
    page.reload()
    expect(page.get_by_role("link", name="dropped")).to_be_visible()
    expect(page.get_by_text("html_page")).to_have_count(0)


def test_which_of_several_tracks_is_asked_while_other_files_go_on(
    page: Page, scripted: Site, service: Callable[..., FlashServer]
) -> None:
    film = (DATA / "failing/a06_first_track_silent.mp4").read_bytes()
    films: list[FilePayload] = [
        {"name": name, "mimeType": "video/mp4", "buffer": film} for name in ("desk.mp4", "mic.mp4")
    ]
    service({"body": ANSWER, "repeat": True})
    before = left_in(scripted)
    page.goto(scripted.url)
    add(page, *films, payload("after.wav"))
    expect(page.get_by_role("link", name="after")).to_be_visible()
    question = upload_of(page, "desk.mp4").get_by_label("2 audio tracks. Recognise this one:")
    expect(question.locator("option:checked")).to_have_text("Track 2: “Mic”, mono")
    question.select_option("Track 1: “Desktop”, mono, no speech found")
    upload_of(page, "desk.mp4").get_by_role("button", name="Add").click()
    expect(row_of(page, "desk")).to_contain_text("Track 1 of 2: “Desktop”, mono")
    expect(page.get_by_role("link", name="desk")).to_be_visible()
    upload_of(page, "mic.mp4").get_by_role("button", name="Cancel").click()
    expect(page.locator(".upload")).to_have_count(0)
    wait_for("end of its upload", lambda: left_in(scripted) <= before)
    page.reload()
    expect(row_of(page, "mic")).to_have_count(0)


MEND = """
from transcripts.models import Transcription
Transcription.objects.filter(error="answer_kept").update(answer_body={body!r})
"""


def test_answer_that_could_not_be_read_is_read_again_without_another_call(
    page: Page, scripted: Site, service: Callable[..., FlashServer]
) -> None:
    """As after an upgrade; the service would give the broken answer once more."""
    service({"body": '{"result": {"text": "欢'})
    page.goto(scripted.url)
    add(page, payload("kept.wav"))
    row = row_of(page, "kept")
    expect(row.get_by_text("The answer is kept:")).to_be_visible()
    again = row.get_by_role("button", name="Read the answer again")
    sentence, button = row.locator(".failure").bounding_box(), again.bounding_box()
    assert sentence
    assert button
    assert sentence["y"] + sentence["height"] <= button["y"]
    before = row.element_handle()
    again.click()
    page.wait_for_function("row => !row.isConnected", arg=before)  # The reading itself may be over sooner than seen.
    expect(row.get_by_text("The answer is kept:")).to_be_visible()
    scripted.manage("shell", "--no-imports", "--command", MEND.format(body=json.dumps(ANSWER).encode()))
    again.click()
    row.get_by_role("link", name="kept").click()
    expect(page.get_by_text("大家好。")).to_be_visible()


def test_upload_shows_bytes_and_leaves_nothing_when_cancelled(page: Page, scripted: Site) -> None:
    before = left_in(scripted)
    page.goto(scripted.url)
    upload_speed(page, 40_000)
    add(page, payload("slow.wav"))
    upload = upload_of(page, "slow.wav")
    expect(upload).to_contain_text(re.compile(r"[1-9][\d.]* kB of 1\d\d", re.I))
    sent = float(upload.get_by_role("progressbar", name="slow.wav").get_attribute("value") or 0)
    assert 0 < sent < 1
    upload.get_by_role("button", name="Cancel").click()
    expect(upload).to_have_count(0)
    upload_speed(page, -1)
    wait_for("end of its upload", lambda: left_in(scripted) <= before)
    page.reload()
    expect(row_of(page, "slow")).to_have_count(0)


def test_upload_goes_on_by_itself_when_the_connection_is_back(
    page: Page, scripted: Site, service: Callable[..., FlashServer], troubles: Troubles
) -> None:
    troubles.expect("ERR_CONNECTION_RESET")
    service({"body": ANSWER})
    page.goto(scripted.url)
    page.route("**/uploads/*/", lambda route: route.abort("connectionreset"))
    add(page, payload("broken.wav"))
    upload = upload_of(page, "broken.wav")
    expect(upload).to_contain_text("The connection broke. What has been sent is kept,")
    page.unroute_all()
    expect(page.get_by_role("link", name="broken")).to_be_visible()
    expect(upload).to_have_count(0)


def test_file_chosen_again_goes_on_where_it_stopped(
    page: Page, scripted: Site, service: Callable[..., FlashServer], troubles: Troubles
) -> None:
    """A page that was closed in the middle of a file, of which the first chunk had come."""
    troubles.expect("ERR_FAILED")
    service({"body": ANSWER})
    sound = unlike_others((AUDIO / "zh_welcome.wav").read_bytes())
    size = 9 * 2**20  # of a chunk of zeros after the format, which decoders pass over
    head = sound[:4] + (len(sound) + size).to_bytes(4, "little") + sound[8:36] + b"JUNK" + size.to_bytes(4, "little")
    parts = [base64.b64encode(part).decode() for part in (head, sound[36:])]
    choose = """([size, ...parts]) => {
        const [head, tail] = parts.map((part) => Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0)));
        const transfer = new DataTransfer();
        transfer.items.add(new File([head, new Uint8Array(size), tail], "long.wav", {lastModified: 1}));
        const input = document.querySelector("input[type=file]");
        input.files = transfer.files;
        input.dispatchEvent(new Event("change", {bubbles: true}));
    }"""
    sent: list[int] = []

    def one_chunk(route: Route) -> None:
        sent.append(int(route.request.headers["upload-offset"]))
        if len(sent) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*/", one_chunk)
    page.goto(scripted.url)
    page.evaluate(choose, [size, *parts])
    expect(upload_of(page, "long.wav")).to_contain_text("The connection broke.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.evaluate(choose, [size, *parts])
    expect(page.get_by_role("link", name="long")).to_be_visible()
    assert sent == [0, 8 * 2**20, 8 * 2**20]


def test_recognition_can_be_cancelled_and_tried_again(
    page: Page, scripted: Site, service: Callable[..., FlashServer]
) -> None:
    service({"body": ANSWER, "delay_s": 60})
    page.goto(scripted.url)
    add(page, payload("patience.wav"))
    row = row_of(page, "patience")
    expect(row.get_by_text("Recognising")).to_be_visible()
    row.get_by_role("button", name="Cancel").click()
    expect(row.get_by_text("Cancelled")).to_be_visible()
    expect(row.get_by_role("progressbar")).to_have_count(0)
    service({"body": ANSWER})
    row.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="patience")).to_be_visible()


FAILURES = {
    "45000010": "The service does not accept the key. The recording is kept; ask the administrator to check the key.",
    "45000131": "The quota of the service account is used up. Try again when it has been renewed.",
    "45000132": "The recording is longer or larger than the service accepts. Split it and add the parts.",
    "45000151": "The service could not read this audio format. Convert the recording to MP3 or WAV and add it again.",
}


def test_failures_say_what_happened_with_the_logid(
    page: Page, scripted: Site, service: Callable[..., FlashServer]
) -> None:
    page.goto(scripted.url)
    for code, sentence in FAILURES.items():
        service({"code": code, "message": "scripted"})
        add(page, payload(f"failed {code}.wav"))
        row = row_of(page, f"failed {code}")
        expect(row.get_by_text(sentence, exact=True)).to_be_visible()
        expect(row.locator(".logid")).to_contain_text(LOGID)
        expect(row.get_by_role("button", name="Try again")).to_be_visible()
    service({"body": ANSWER})
    row.get_by_role("button", name="Try again").click()
    expect(row.get_by_role("link", name="failed 45000151")).to_be_visible()


# The pauses between the tries add up to more than a minute: we stand at the fifth try at once.
LAST_TRY = """
import time
from transcripts.models import Transcription
row = Transcription.objects.filter(recording__title="busy")
while not row.get().tries:
    time.sleep(0.1)
row.update(tries=row.get().tries * 4, not_before=None)
"""


def test_busy_service_is_reported_after_the_last_try(
    page: Page, scripted: Site, service: Callable[..., FlashServer]
) -> None:
    service({"code": "55000031", "message": "scripted"})
    page.goto(scripted.url)
    add(page, payload("busy.wav"))
    row = row_of(page, "busy")
    expect(row.get_by_role("button", name="Cancel")).to_be_visible()
    scripted.manage("shell", "--no-imports", "--command", LAST_TRY)
    sentence = "The service is busy. The recording is kept; try again in a minute."
    expect(row.get_by_text(sentence, exact=True)).to_be_visible()
    expect(row.locator(".logid")).to_contain_text(LOGID)
    expect(row.get_by_role("button", name="Try again")).to_be_visible()


def test_silence_is_a_friendly_note(page: Page, scripted: Site, service: Callable[..., FlashServer]) -> None:
    silence: dict[str, Any] = {"code": "20000003", "message": "no valid speech in audio"}
    service(silence)
    page.goto(scripted.url)
    add(page, payload("silence.wav", "odd/silence_5s.wav"))
    expect(row_of(page, "silence").get_by_text("No speech found")).to_be_visible()
    page.get_by_role("link", name="silence").click()
    expect(page.get_by_text("No speech found")).to_be_visible()
    expect(page.get_by_text("You can play the recording here.")).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_recording_deleted_by_mistake_is_brought_back_and_then_deleted_for_good(
    page: Page, scripted: Site, service: Callable[..., FlashServer]
) -> None:
    service({"body": ANSWER})
    page.goto(scripted.url)
    add(page, payload("unwanted.wav"))
    row = row_of(page, "unwanted")
    expect(row.get_by_role("link", name="unwanted")).to_be_visible()
    row.get_by_role("button", name="Delete unwanted").click()
    dialog = page.get_by_role("dialog", name="Delete this recording?")
    expect(dialog).to_contain_text("unwanted")
    dialog.get_by_role("button", name="Cancel").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Delete unwanted").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    page.reload()
    expect(row).to_have_count(0)

    page.locator(".person summary").click()
    page.get_by_role("link", name="Bin", exact=True).click()
    binned = page.get_by_role("listitem").filter(has_text="unwanted").first
    expect(binned).to_contain_text("deleted by lin")
    binned.get_by_role("button", name="Bring back unwanted").click()
    expect(page.get_by_text("“unwanted” is back in its project.")).to_be_visible()
    page.get_by_role("link", name="Recordings").click()
    expect(row.get_by_role("link", name="unwanted")).to_be_visible()
    row.get_by_role("button", name="Delete unwanted").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    page.goto(f"{scripted.url}/bin/")
    binned.locator("summary").click()
    binned.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("“unwanted” was deleted for good.")).to_be_visible()
    expect(binned).to_have_count(0)
