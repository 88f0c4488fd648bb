"""Machines that share a database and a bucket, and no folder: an upload goes on wherever its next chunk arrives."""

from __future__ import annotations

import socket
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests

from tests.bucket import Bucket, FaultyS3, be_slow
from tests.processes import ROOT, Site, Visitor, free_port, manage, wait_for

PASSWORD = "correct horse"
CHUNK = 8 * 1024 * 1024


class Machine:
    """Processes with a data folder of their own."""

    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.environment = {**environment, "FLASHWEB_DATA": str(data)}
        self.data = data
        self.url = f"http://127.0.0.1:{free_port()}"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.data / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def start_web(self) -> subprocess.Popen[bytes]:
        return self.start("web", "--port", str(urlsplit(self.url).port))

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=30).ok
        except requests.RequestException:
            return False

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path: Path, bucket: Bucket) -> Iterator[list[Machine]]:
    site = Site(
        tmp_path / "one",
        FILES_URL=bucket.url(),
        SECRET_KEY="the same on both",
        FLASH_API_KEY="key",
        FLASH_API_URL="http://127.0.0.1:9/",  # Nothing is recognised.
    )
    site.create_user("lin", PASSWORD)
    two = tmp_path / "two"
    two.mkdir()
    for name in ("flashweb.sqlite3", "queue.sqlite3", "static"):  # in place of a database server
        (two / name).symlink_to(site.data / name)
    made = [Machine(site.data, site.environment), Machine(two, site.environment)]
    yield made
    for machine in made:
        machine.stop()


def make_sound(path: Path) -> bytes:
    """More than a chunk of noise."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.random.default_rng(1).integers(-999, 999, 5_000_000, np.int16).tobytes())
    return path.read_bytes()


def send_half_a_chunk(visitor: Visitor, address: str, offset: int, chunk: bytes) -> socket.socket:
    """The rest never comes."""
    host, port = urlsplit(visitor.url).netloc.split(":")
    connection = socket.create_connection((host, int(port)))
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    head = (
        f"PATCH {address} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookies}\r\nUpload-Offset: {offset}\r\n"
        f"X-CSRFToken: {visitor.cookies.get('csrftoken')}\r\nContent-Length: {len(chunk)}\r\n\r\n"
    )
    connection.sendall(head.encode() + chunk[: len(chunk) // 2])
    return connection


@pytest.mark.drill
def test_upload_over_two_machines_is_played_from_both_and_moves_home(
    machines: list[Machine], bucket: Bucket, faulty: FaultyS3, tmp_path: Path
) -> None:
    one, two = machines
    webs = [machine.start_web() for machine in machines]
    for machine in machines:
        wait_for(f"answer of {machine.url}", machine.answers)
    lin, elsewhere = (Visitor(machine.url, "lin", PASSWORD) for machine in machines)
    content = make_sound(tmp_path / "talk.wav")
    about = {"file_name": "talk.wav", "size_bytes": len(content), "modified_ms": 7}

    def send(visitor: Visitor, address: str, start: int, end: int) -> int:
        headers = {"Upload-Offset": str(start), "X-CSRFToken": visitor.cookies.get("csrftoken", "")}
        return visitor.patch(f"{visitor.url}{address}", data=content[start:end], headers=headers).status_code

    begun = lin.post(f"{lin.url}/uploads/", data=about).json()
    address = begun["url"]
    assert send(lin, address, 0, 3000) == 204
    assert send(elsewhere, address, 3000, 3000 + CHUNK) == 204
    assert send(lin, address, 3000, 3000 + CHUNK) == 409
    with send_half_a_chunk(lin, address, 3000 + CHUNK, content[3000 + CHUNK :]):
        webs[0].kill()
        webs[0].wait()
    offset = elsewhere.post(f"{elsewhere.url}/uploads/", data=about).json()["offset"]
    assert offset == 3000 + CHUNK
    assert send(elsewhere, address, offset, len(content)) == 204
    sent = {"upload": begun["id"], "options": "", "project": ""}
    answer = elsewhere.post(f"{elsewhere.url}/recordings/", data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    one.start("worker", "--threads", "2")
    one.start_web()
    keys = wait_for("playback copy", lambda: [key for key in bucket.sizes if key.endswith("playback.m4a")])
    wait_for("waveform", lambda: [key for key in bucket.sizes if key.endswith("peaks.dat")])
    wait_for(f"answer of {one.url}", one.answers)
    pk = keys[0].split("/")[1]
    whole = [
        visitor.get(f"{visitor.url}/recordings/{pk}/audio/", headers={"Range": "bytes=1000-300999"})
        for visitor in (lin, elsewhere)
    ]
    assert [(part.status_code, len(part.content)) for part in whole] == [(206, 300_000)] * 2
    assert whole[0].content == whole[1].content
    assert bucket.sizes[f"recordings/{pk}/original"] == len(content)
    assert not [key for key in bucket.sizes if key.startswith("uploads/")]
    assert not list(two.data.glob("media/recordings/*")) + list(two.data.glob("uploads/*"))
    one.stop()
    two.stop()

    home = {"FILES_URL": "folder", "FILES_FROM": bucket.url(faulty.address)}
    faulty.faults += [("^GET.*(peaks|playback)", be_slow(30))] * 2
    moving = one.start("move_files", **home)
    wait_for("file at home", lambda: list(one.data.glob("media/recordings/*/original")))
    moving.kill()
    moving.wait()
    faulty.faults.clear()
    manage({**one.environment, **home}, "move_files")
    assert ((one.data / f"media/recordings/{pk}/original").read_bytes(), bucket.sizes) == (content, {})
