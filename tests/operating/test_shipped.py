"""The files that are shipped, taken apart and done step by step, without a container engine; with PostgreSQL and nginx.

The image is built in a fresh folder, compose.yaml is brought up as processes, and the main job is done over nginx.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.bucket import Bucket
from tests.conftest import ANSWER, AUDIO
from tests.guard import guard_run
from tests.machine import nginx, postgres_bin, skip_without
from tests.operating.composed import GROUP, Composed, Person, make_certificate
from tests.operating.image import Image, copy_checkout
from tests.postgres import cluster
from tests.processes import wait_for

pytestmark = [pytest.mark.drill, pytest.mark.postgres, pytest.mark.processes, pytest.mark.timeout(600)]

PASSWORD = "correct horse battery"
ANSWER_SECONDS = 1.0
SOUND = (AUDIO / "zh_welcome.wav").read_bytes()
CLIP = "zh_welcome.wav"


@dataclass
class Installed:
    site: Composed
    certificate: Path
    files: set[Path]
    """All of the image, before anything ran."""

    def person(self, name: str) -> Person:
        person = Person(self.site, self.certificate)
        person.sign_in(name, PASSWORD)
        return person


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    """Up and well: a database, the migration, two webs, two workers, a flash server and nginx."""
    programs = postgres_bin()
    if programs is None or nginx() is None:
        skip_without("PostgreSQL or nginx")
    folder = Path(tempfile.mkdtemp(prefix="shipped-", dir=guard_run()))
    folder.chmod(0o755)
    checkout = copy_checkout(folder / "checkout")
    certificate = make_certificate(checkout / "tls")
    sample = (checkout / "deploy/flashweb.env").read_text()
    (checkout / ".env").write_text(sample.replace("SECRET_KEY=", "SECRET_KEY=of-the-tests"))
    script = folder / "script.json"
    script.write_text(json.dumps([{"delay_s": ANSWER_SECONDS, "body": ANSWER, "repeat": True}]))
    group = GROUP if os.geteuid() == 0 else str(os.getgid())
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        building = pool.submit(Image, checkout, folder / "image")
        database = stack.enter_context(cluster(programs))
        image = building.result()
        site = Composed(
            checkout, image, folder, database, ALLOWED_HOSTS="localhost", POSTGRES_PASSWORD="none", DATA_GROUP=group
        )
        stack.callback(site.show_logs)
        stack.callback(site.stop)
        files = set(image.final.root.rglob("*"))
        site.up("flashserver", "--script", str(script))
        site.up("worker")
        site.up("worker-2", service="worker")
        site.up("nginx")
        for name in ("flashserver", "worker", "worker-2"):
            site.wait_until_well(name)
        site.run(
            *("createsuperuser", "--noinput", "--username", "lin", "--email", "lin@example.org"),
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )
        yield Installed(site, certificate, files)


@pytest.fixture
def lin(installed: Installed) -> Person:
    return installed.person("lin")


def upload(person: Person) -> str:
    """The address of the new recording, which came in four chunks: over nginx, and over each web process."""
    named = {"file_name": CLIP, "size_bytes": len(SOUND), "modified_ms": time.time_ns() // 1_000_000}
    upload = person.post("/uploads/", data=named).json()
    quarter = len(SOUND) // 4
    for number, web in enumerate(("", "web1", "web2", "")):
        start = quarter * number
        chunk = SOUND[start : None if number == 3 else start + quarter]
        headers = {"Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
        ask = (lambda *a, **o: person.ask_web(web, *a, **o)) if web else person.request  # noqa: B023  # called at once
        answer = ask("PATCH", upload["url"], data=chunk, headers=headers)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(start + len(chunk))), answer.text
    taken = person.post("/recordings/", data={"upload": upload["id"]}, headers={"HX-Request": "true"})
    assert taken.status_code == 200, taken.text
    found = re.search(r'id="recording-([0-9a-f-]{36})"', taken.text)
    assert found
    return f"/recordings/{found[1]}/"


def transcript_of(person: Person, recording: str) -> str:
    """The address of its transcript, as soon as it is there."""

    def look() -> str:
        found = re.search(r"/transcripts/[0-9a-f-]{36}/", person.get(recording).text)
        return found[0] if found else ""

    return wait_for("transcript", look, 90)


@pytest.fixture(scope="module")
def transcript(installed: Installed) -> tuple[str, str]:
    """The addresses of a recording and its transcript."""
    lin = installed.person("lin")
    recording = upload(lin)
    return recording, transcript_of(lin, recording)


def test_image_runs_as_nobody_and_keeps_one_folder(installed: Installed) -> None:
    """Its user may read all that is in it, which belongs to root."""
    image = installed.site.image.final
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", image.user)
    assert image.volumes == [image.environment["FLASHWEB_DATA"]]
    assert image.command == ["web"]
    modes = {path: path.lstat().st_mode for path in image.path("/srv").rglob("*") if not path.is_symlink()}
    assert [
        path for path, mode in modes.items() if mode & 0o044 != 0o044 or (path.is_dir() and mode & 0o011 != 0o011)
    ] == []
    assert [path for path in modes if path.suffix in {".sqlite3", ".env", ".pem"} or path.name == "secret_key"] == []


def test_nginx_tells_flashweb_who_asks_and_what_for(installed: Installed, lin: Person) -> None:
    plain = requests.get(f"http://localhost:{installed.site.ports['http']}/x?y", allow_redirects=False, timeout=60)
    assert (plain.status_code, plain.headers["Location"]) == (301, "https://localhost/x?y")
    ana = Person(installed.site, installed.certificate)
    ana.sign_in("lin", PASSWORD, **{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"})
    page = ana.get("/")
    kept = ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options")
    assert {name for name in kept if name not in page.headers} == set()
    assert {cookie.name for cookie in ana.cookies if not cookie.secure} == set()
    activity = lin.get("/audit.csv").text
    assert "127.0.0.1" in activity
    assert "203.0.113.9" not in activity
    static = re.search(r'href="(/static/[^"]+\.css)"', page.text)
    assert static
    assert "immutable" in ana.get(static[1]).headers["Cache-Control"]


def test_transcript_is_edited_over_both_webs_and_everyone_sees_it(
    installed: Installed, lin: Person, transcript: tuple[str, str]
) -> None:
    address = transcript[1]
    rows = re.findall(r'data-utterance="(\d+)".*?data-version="(\d+)"', lin.get(address).text, re.DOTALL)
    assert len(rows) == 2
    events = lin.get(f"{address}live/", stream=True)
    assert (events.status_code, events.headers["Content-Type"]) == (200, "text/event-stream")
    events.encoding = "utf-8"  # as it is by definition
    changes = (json.loads(line[6:])["html"] for line in events.iter_lines(1, decode_unicode=True) if '"html"' in line)
    for web, (row, version), text in zip(("web1", "web2"), rows, ("欢迎 Eve 来。", "大家晚上好。"), strict=True):
        saved = lin.ask_web(web, "POST", f"/utterances/{row}/", data={"text": text, "base_version": version})
        assert (saved.status_code, text in saved.text) == (200, True), saved.text
        assert text in re.sub("<[^>]*>", "", next(changes))
    events.close()
    exported = lin.get(f"{address}export/txt/").text
    assert "欢迎 Eve 来。" in exported
    assert "大家晚上好。" in exported
    assert lin.get(f"{address}export/docx/").content.startswith(b"PK")
    assert lin.get(f"{address}export/bundle/").content.startswith(b"PK")


def test_playback_is_served_by_nginx_and_by_nobody_else(
    installed: Installed, lin: Person, transcript: tuple[str, str]
) -> None:
    address = f"{transcript[0]}audio/"
    whole = wait_for("playback", lambda: (answer := lin.get(address)).status_code == 200 and answer)
    part = lin.get(address, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.content)}"
    assert part.headers["Content-Type"] == "audio/mp4"
    kept = ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "Cache-Control")
    assert {name for name in kept if name not in part.headers} == set()
    again = lin.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304
    handed = lin.ask_web("web1", "GET", address)
    assert (handed.content, handed.headers["X-Accel-Redirect"].split("/")[1]) == (b"", "recordings-of-flashweb")
    assert lin.get(handed.headers["X-Accel-Redirect"]).status_code == 404
    stranger = Person(installed.site, installed.certificate)
    assert "/accounts/login/" in stranger.get(address).url


def test_installation_moves_to_a_bucket_and_its_machines_share_no_folder(
    installed: Installed, lin: Person, transcript: tuple[str, str], s3_address: str
) -> None:
    """As two machines with Docker would be. What follows runs there."""
    site, address = installed.site, f"{transcript[0]}audio/"
    before = lin.get(address).content
    site.stop("web1", "web2", "worker", "worker-2")
    bucket = Bucket(s3_address)
    site.settings["FILES_URL"] = bucket.url()
    site.run("move_files", FILES_FROM="folder")
    assert len(bucket.sizes) > 2
    site.share_folder = False
    site.play_from(s3_address)
    for name in ("worker", "web1", "web2"):
        site.up(name)
    site.up("worker-2", service="worker")
    for name in ("web1", "web2", "worker", "worker-2"):
        site.wait_until_well(name)
    part = lin.get(address, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, before[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(before)}"
    assert (part.headers["Content-Type"], part.headers["Cache-Control"]) == ("audio/mp4", "private, no-cache")
    assert part.headers["X-Content-Type-Options"] == "nosniff"
    assert [name for name in part.headers if name.lower().startswith("x-amz")] == []
    handed = lin.ask_web("web1", "GET", address)
    assert handed.headers["X-Accel-Redirect"].startswith("/recordings-of-flashweb-s3/")
    assert lin.get(handed.headers["X-Accel-Redirect"]).status_code == 404
    assert lin.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_body_that_is_too_large_is_refused_by_flashweb_in_a_sentence(lin: Person) -> None:
    refused = lin.post("/preferences/", data={"x": "x" * 1_100_000})
    assert (refused.status_code, "nginx" in refused.text) == (413, False)


def test_everything_goes_on_whatever_is_killed(installed: Installed, lin: Person) -> None:
    """Killed one after the other, and started again as Docker does; each while recordings are on their way."""
    site = installed.site
    recordings = []
    for name in ("web1", "web2", "worker", "worker-2", "flashserver", "nginx"):
        recordings.append(upload(lin))
        container = site.containers[name]
        container.kill()
        if name != "nginx":
            assert lin.get("/").status_code == 200  # nobody notices
        container.start()
        if name == "nginx":
            wait_for("answer", lambda: answers(lin))
        else:
            site.wait_until_well(name)
    for recording in recordings:
        rows = lin.get(transcript_of(lin, recording)).text
        assert rows.count("data-utterance=") == 2
    assert len(set(recordings)) == len(recordings)


def answers(person: Person) -> bool:
    try:
        return person.get("/").status_code == 200
    except requests.ConnectionError:
        return False


def test_processes_write_nothing_into_the_image_and_have_the_memory_they_need(installed: Installed) -> None:
    """The image's user may not write there."""
    site = installed.site
    assert set(site.image.final.root.rglob("*")) - installed.files == set()
    bounds = {"m": 1 << 20, "g": 1 << 30}
    for name, container in site.containers.items():
        limit = site.services.get(name, {}).get("mem_limit")
        if limit:
            assert container.highest_memory() < int(limit[:-1]) * bounds[limit[-1]] / 2, name


def test_containers_end_when_they_are_asked_to_and_their_logs_have_no_errors(installed: Installed) -> None:
    installed.site.stop()
    said = {name: container.log.read_text() for name, container in installed.site.containers.items()}
    assert [name for name, log in said.items() if "had to be killed" in log] == []
    assert [log for log in said.values() if "Traceback" in log] == []
