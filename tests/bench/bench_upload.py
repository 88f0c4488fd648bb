"""What uploads cost the web process, and what they cost those who look at the library meanwhile.

One person sends SENT in chunks; the web process's CPU is held against a program that only takes bytes from a socket and
stores them. Then UPLOADS people at once send as fast as it goes, while another opens the library again and again: half
of the answers, and 95 of a hundred, against those of a quiet server. All over HTTP to `manage.py up` on this machine,
whose load is printed with the figures.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import resource
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import Site, Visitor

MB = 1024 * 1024
SENT = 400 * MB
UPLOADS, SENDERS = 40, 2
LOOKS, WARM_UP = 150, 20
LONGEST_S = 90.0
NAME, PASSWORD = "lin", "correct horse"
RECORDINGS = """
from django.contrib.auth.models import User
from transcripts.models import Recording
from transcripts.services.accounts.accounts import get_personal_project
lin = User.objects.get()
for number in range(50):
    Recording.objects.create(project=get_personal_project(lin), uploaded_by=lin, title=f"Talk {number}", state="done")
"""


@dataclass(frozen=True)
class Account:
    """What a request needs to be that of a person who is signed in."""

    port: int
    headers: dict[str, str]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="flashweb-upload-") as folder:
        site = Site(Path(folder))
        site.create_user(NAME, PASSWORD)
        site.manage("shell", "--no-imports", "--command", RECORDINGS)
        site.start()
        try:
            measure(site)
        finally:
            site.stop()


def measure(site: Site) -> None:
    visitor = Visitor(site.url, NAME, PASSWORD)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.cookies)
    headers = {"Cookie": cookies, "X-CSRFToken": visitor.cookies.get("csrftoken", ""), "HX-Request": "true"}
    account = Account(site.port, headers)
    web = site.children()["web"]
    send(account, "warm-up", 16 * MB)
    began, cpu = time.perf_counter(), cpu_of(web)
    send(account, "alone", SENT)
    seconds, cpu = time.perf_counter() - began, cpu_of(web) - cpu
    bare = cpu_of_storing(SENT)
    print(
        f"upload: {cpu * 100 * MB / SENT:.2f} s of CPU per 100 MB, {cpu / bare:.1f} times what storing them takes; "
        f"{SENT / MB / seconds:.0f} MB a second"
    )
    look(account, WARM_UP)
    quiet = look(account, LOOKS)
    with sending(account) as sent:
        busy = look(account, LOOKS)
        rate = sent()
    print(
        f"library: median {share(quiet, 0.5):.0f} ms, p95 {share(quiet, 0.95):.0f} ms; with {UPLOADS} uploads at once "
        f"{share(busy, 0.5):.0f} and {share(busy, 0.95):.0f} ms, {share(busy, 0.5) / share(quiet, 0.5):.1f} and "
        f"{share(busy, 0.95) / share(quiet, 0.95):.1f} times; they send {rate:.0f} MB a second; load {load()}"
    )


def send(account: Account, name: str, size: int, moved: Any = None) -> None:
    """Sends a file of so many bytes in chunks, as a browser does; ends early where the server is stopped."""
    connection = http.client.HTTPConnection("127.0.0.1", account.port, timeout=LONGEST_S)
    form = f"file_name={name}.wav&size_bytes={size}&modified_ms=1"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/uploads/", form, {**account.headers, **kind})
    answer = connection.getresponse()
    begun = json.loads(answer.read())
    assert answer.status == 200, begun
    offset, chunk = 0, os.urandom(begun["chunk_bytes"])
    while offset < size:
        part = chunk[: size - offset]
        headers = {**account.headers, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        try:
            connection.request("PATCH", begun["url"], part, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):  # It was kept for too long; the next request opens another.
            connection.close()
            continue
        assert answer.status in {204, 409}, answer.status
        came = int(answer.headers["Upload-Offset"]) - offset
        offset += came
        if moved is not None:
            with moved.get_lock():
                moved.value += came
    connection.request("DELETE", begun["url"], headers=account.headers)
    connection.getresponse().read()
    connection.close()


@contextmanager
def sending(account: Account) -> Iterator[Any]:
    """UPLOADS files on their way, by processes of their own; gives how many MB a second come."""
    forked = multiprocessing.get_context("fork")
    moved = forked.Value("q", 0)
    senders = [
        forked.Process(target=send_many, args=(account, number, moved), daemon=True) for number in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    time.sleep(1)  # until all have begun
    began, before = time.perf_counter(), moved.value
    try:
        yield lambda: (moved.value - before) / MB / (time.perf_counter() - began)
    finally:
        for sender in senders:
            sender.terminate()
            sender.join()


def send_many(account: Account, number: int, moved: Any) -> None:
    def go_on(name: str) -> None:
        while True:
            send(account, name, 64 * MB, moved)

    for upload in range(UPLOADS // SENDERS):
        threading.Thread(target=go_on, args=(f"many-{number}-{upload}",), daemon=True).start()
    time.sleep(LONGEST_S)


def look(account: Account, times: int) -> list[float]:
    """How long the library took each time, in ms; at most LONGEST_S altogether."""
    connection = http.client.HTTPConnection("127.0.0.1", account.port, timeout=LONGEST_S)
    took: list[float] = []
    ends = time.perf_counter() + LONGEST_S / 2
    while len(took) < times and time.perf_counter() < ends:
        began = time.perf_counter()
        connection.request("GET", "/", headers={"Cookie": account.headers["Cookie"]})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        took.append(1000 * (time.perf_counter() - began))
        time.sleep(0.02)
    return took


def cpu_of(pid: int) -> float:
    """Seconds that a process and its threads have computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_storing(size: int) -> float:
    """Seconds of CPU for taking so many bytes from a socket into a file, and nothing else."""
    server = socket.create_server(("127.0.0.1", 0))

    def give() -> None:
        with socket.create_connection(server.getsockname()) as client:
            chunk = os.urandom(8 * MB)
            for _each in range(size // len(chunk)):
                client.sendall(chunk)

    giver = multiprocessing.get_context("fork").Process(target=give, daemon=True)
    giver.start()
    connection, _address = server.accept()
    began = own_cpu()
    with connection, tempfile.TemporaryFile(buffering=0) as file:
        while part := connection.recv(256 * 1024):
            file.write(part)
    giver.join()
    server.close()
    return own_cpu() - began


def own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def share(times: list[float], part: float) -> float:
    return sorted(times)[round(part * (len(times) - 1))]


def load() -> str:
    return " ".join(f"{one:.1f}" for one in os.getloadavg())
