"""Flashweb as people run it: `manage.py up` in processes of its own, on a free port, with a data folder of its own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import psycopg
import requests

from tests.guard import guard_run

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180
Found = TypeVar("Found")


def free_port() -> int:
    """One that nobody listens at, below those that outgoing connections of other processes are given."""
    while True:
        port = random.randrange(10_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_for(what: str, look: Callable[[], Found], seconds: float = 120, pause_s: float = 0.1) -> Found:
    """What `look` returns as soon as it is true; an AssertionError that names `what` after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(pause_s)
    raise AssertionError(f"after {seconds} s still no {what}")


def fresh_database(url: str, like: str = "") -> str:
    """The address of a new database in the PostgreSQL that `url` names: empty, or like one that nobody uses."""
    name = f"site_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {urlsplit(like).path[1:] or 'template1'}")
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def key_of(address: str) -> uuid.UUID:
    """The key of the transcript at this address."""
    return uuid.UUID(address.rstrip("/").rpartition("/")[2])


def environment_of(data: Path) -> dict[str, str]:
    """Of a process of Flashweb with this data folder, and no credentials."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FLASH")}
    return {**clean, "DJANGO_SETTINGS_MODULE": "tests.settings", "FLASHWEB_DATA": str(data)}


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"manage.py {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def made_once(command: str) -> Path:
    """The data folder after this command, which the first in a run who asks for it waits for."""
    folder = guard_run() / command
    folder.mkdir(exist_ok=True)
    with (folder / "done").open("a+") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        if not done.seek(0, os.SEEK_END):  # only now: another process may have written while this one waited
            environment = environment_of(folder)
            if server := os.environ.get("DATABASE_URL"):
                environment["DATABASE_URL"] = fresh_database(server)
            manage(environment, command, "--verbosity=0", "--no-input", "--skip-checks")
            done.write(environment.get("DATABASE_URL", "in the folder"))
    return folder


def copy_migrated(data: Path) -> str:
    """Puts a migrated database into `data`, or into the PostgreSQL of this run, whose DATABASE_URL is returned."""
    migrated = made_once("migrate")
    shutil.copytree(migrated, data, dirs_exist_ok=True)
    server = os.environ.get("DATABASE_URL")
    return fresh_database(server, like=(migrated / "done").read_text()) if server else ""


class Site:
    """`manage.py up` with migrations and static files done. `environment` is added to the process's own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment_of(data) | environment
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data / "up.log"
        static = made_once("collectstatic")  # First: the run has begun to migrate.
        if database := copy_migrated(data):
            self.environment["DATABASE_URL"] = database
        shutil.copytree(static, data, dirs_exist_ok=True)

    def manage(self, *arguments: str, **environment: str) -> str:
        return manage({**self.environment, **environment}, *arguments)

    def create_user(self, name: str, password: str, *, is_administrator: bool = True) -> None:
        """As `createsuperuser` does, whose process would take a second. One who is there stays as they are."""
        user = {
            "username": name,
            "email": f"{name}@example.org",
            "password": "md5$salt$" + hashlib.md5(f"salt{password}".encode()).hexdigest(),  # noqa: S324  # for tests
            **dict.fromkeys(("is_superuser", "is_staff"), is_administrator),
            "is_active": True,
            **dict.fromkeys(("first_name", "last_name"), ""),
            "date_joined": "2026-01-01 00:00:00",
        }
        places = ", ".join(["%s"] * len(user))
        insert = f"INSERT INTO auth_user ({', '.join(user)}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608
        self.execute(insert, *user.values())

    def make_editor(self, name: str, transcript: str) -> None:
        """Makes this person an editor of the project that the transcript at this address is in."""
        pk = key_of(transcript)
        self.execute(
            """
            INSERT INTO transcripts_membership (project_id, user_id, role)
            SELECT recording.project_id, auth_user.id, 'editor' FROM transcripts_transcript AS transcript
            JOIN transcripts_recording AS recording ON recording.id = transcript.recording_id
            JOIN auth_user ON auth_user.username = %s
            WHERE transcript.id = %s
            ON CONFLICT DO NOTHING
            """,
            name,
            pk if "DATABASE_URL" in self.environment else pk.hex,
        )

    def execute(self, statement: str, *values: object) -> None:
        """A statement that changes the database, for which a process of Flashweb would take a second."""
        if url := self.environment.get("DATABASE_URL"):
            with psycopg.connect(url) as server:
                server.execute(statement, values)  # type: ignore[arg-type]
            return
        with closing(sqlite3.connect(self.data / "flashweb.sqlite3", timeout=60)) as file, file:
            file.execute(statement.replace("%s", "?"), values)  # type: ignore[arg-type]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(f"answer from {self.url}", self.answers, START_SECONDS)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError("`manage.py up` ended:\n" + self.log.read_text()[-4000:])
        try:
            return requests.get(f"{self.url}/healthz", timeout=30).status_code == 200
        except requests.RequestException:
            return False

    def printed(self) -> str:
        return self.log.read_text()

    def first_link(self) -> str:
        found = wait_for("first sign-in link", lambda: re.search(r"http://\S+/accounts/first/\S+", self.printed()))
        return found.group()

    def children(self) -> dict[str, int]:
        """The process ids of the running children by command: `web`, `worker`, `flashserver`."""
        assert self.process is not None
        found: dict[str, int] = {}
        pids: list[str] = []
        for task in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            with suppress(OSError):  # The thread has ended meanwhile.
                pids += task.read_text().split()
        for pid in pids:
            with suppress(OSError):  # The child has.
                arguments = [*Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"), b"", b""]  # A zombie has none.
                if arguments[1].endswith(b"manage.py"):
                    found[arguments[2].decode()] = int(pid)
        return found

    def kill(self) -> None:
        """Kills `up` itself, which takes its children with it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stops `up` as a person does, and returns its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode


@contextmanager
def running_web(environment: dict[str, str], *, end: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """The address of one web process, without a worker, which gets this signal at the end."""
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "manage.py", "web", "--port", url.rpartition(":")[2]]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def answers() -> bool:
        assert process.poll() is None
        try:
            return requests.get(f"{url}/healthz", timeout=30).ok
        except requests.RequestException:
            return False

    try:
        wait_for("answer", answers)
        yield url
    finally:
        process.send_signal(end)
        process.wait(60)


class Visitor(requests.Session):
    """A signed-in person with nothing but HTTP."""

    def __init__(self, url: str, name: str, password: str) -> None:
        super().__init__()
        self.url = url
        self.trust_env = False
        self.get(f"{url}/accounts/login/", timeout=120)
        answer = self.post(f"{url}/accounts/login/", data={"username": name, "password": password}, timeout=120)
        assert answer.url == f"{url}/", answer.status_code

    def request(self, method: str, url: str, **options: object) -> requests.Response:  # type: ignore[override]
        if method.upper() == "POST":
            options["headers"] = {"X-CSRFToken": self.cookies.get("csrftoken", ""), **(options.get("headers") or {})}  # type: ignore[dict-item]
        options.setdefault("timeout", 120)
        return super().request(method, url, **options)  # type: ignore[arg-type]
