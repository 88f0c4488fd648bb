"""Workers and the processes beside them, killed and started at the worst moments."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ANSWER, AUDIO
from tests.processes import ROOT, Site, Visitor, environment_of, free_port, fresh_database, wait_for
from transcripts.flashserver.server import FlashServer, serve

pytestmark = pytest.mark.drill

REFUSED = "Run `manage.py migrate` first."


def count(site: Site, where: str) -> int:
    """How many transcriptions there are like this, as the database says without waiting for anybody's lock."""
    query = f"SELECT count(*) FROM transcripts_transcription WHERE {where}"  # noqa: S608
    if url := site.environment.get("DATABASE_URL"):
        with psycopg.connect(url) as connection:
            return int(connection.execute(query).fetchone()[0])  # type: ignore[index]
    connection = sqlite3.connect(site.data / "flashweb.sqlite3")
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


@contextmanager
def database_locked(site: Site) -> Iterator[None]:
    """Nobody can store anything meanwhile."""
    if url := site.environment.get("DATABASE_URL"):
        with psycopg.connect(url) as connection:
            connection.execute("LOCK TABLE transcripts_transcription IN EXCLUSIVE MODE")
            yield
        return
    connection = sqlite3.connect(site.data / "flashweb.sqlite3", timeout=60, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


@pytest.fixture
def flash() -> Iterator[FlashServer]:
    """Answers after a while."""
    with serve(script=[{"delay_s": 2, "body": ANSWER, "repeat": True}]) as flash:
        yield flash


@pytest.fixture
def site(tmp_path: Path, flash: FlashServer) -> Iterator[Site]:
    site = Site(tmp_path / "data", FLASH_API_URL=flash.url, FLASH_API_KEY="key-of-the-tests", FLASH_CONCURRENCY="1")
    site.create_user("lin", "correct horse")
    site.start()
    try:
        yield site
    finally:
        site.stop()


def upload(site: Site, how_many: int) -> Visitor:
    visitor = Visitor(site.url, "lin", "correct horse")
    content = (AUDIO / "zh_welcome.wav").read_bytes()
    files = [("file", (f"{number}.wav", content)) for number in range(how_many)]
    assert visitor.post(f"{site.url}/recordings/", files=files).status_code == 200
    return visitor


def test_answer_is_kept_while_the_database_is_locked_and_the_worker_killed(site: Site, flash: FlashServer) -> None:
    upload(site, 1)
    wait_for("request under way", lambda: count(site, "state = 'waiting'"), pause_s=0.02)
    with database_locked(site):
        wait_for("answer on the disk", lambda: list((site.data / "answers").glob("*-0")))
        os.kill(site.children()["worker"], signal.SIGKILL)
    wait_for("transcript", lambda: count(site, "state = 'done'"))
    wait_for("tidy disk", lambda: not list((site.data / "answers").iterdir()))
    assert flash.requests == 1


def test_recognitions_that_wait_hold_up_no_playback_copy(site: Site, flash: FlashServer) -> None:
    """Ten wait for the only slot, and there are six threads for the rest."""
    visitor = upload(site, 10)
    wait_for(
        "playback copies",
        lambda: len(list((site.data / "media/recordings").glob("*/playback.m4a"))) == 10,
        pause_s=0.05,
    )
    assert count(site, "state = 'done'") < 8
    assert count(site, "state IN ('converting', 'sending', 'waiting')") <= 1
    for number in range(1, 11):
        found = wait_for("next", lambda number=number: count(site, "state = 'done'") >= number)  # type: ignore[misc]
        assert found
    assert (flash.requests, visitor.get(site.url).status_code) == (10, 200)


def start(environment: dict[str, str], log: Path, *command: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )


def test_everything_starts_at_once_on_a_new_database(tmp_path: Path) -> None:
    """One migrates, others wait; who came before it refuses to start in one sentence."""
    environment = environment_of(tmp_path / "data")
    environment["FLASHWEB_HEARTBEAT"] = str(tmp_path / "heartbeat")
    if server := os.environ.get("DATABASE_URL"):
        environment["DATABASE_URL"] = fresh_database(server)
    commands = {
        "migrate": ("migrate", "--verbosity=0", "--no-input", "--skip-checks"),
        "migrate too": ("migrate", "--verbosity=0", "--no-input", "--skip-checks"),
        "worker": ("worker",),
        "web": ("web", "--port", str(free_port()), "--skip-checks"),
    }
    started = {name: start(environment, tmp_path / name, *command) for name, command in commands.items()}
    try:
        for name in ("migrate", "migrate too"):
            assert started[name].wait(timeout=240) == 0, (tmp_path / name).read_text()
        again = {name: start(environment, tmp_path / f"{name} again", *commands[name]) for name in ("worker", "web")}
        started |= {f"{name} again": process for name, process in again.items()}
        wait_for("worker", lambda: (tmp_path / "heartbeat").exists(), 120)
        for name in ("worker", "web"):
            said = (tmp_path / name).read_text()
            if started[name].poll() is not None and "address already in use" not in said:
                assert REFUSED in said.splitlines()[-1], said
                assert "Traceback" not in said
        assert again["worker"].poll() is None, (tmp_path / "worker again").read_text()
    finally:
        for process in started.values():
            process.kill()
            process.wait()
    assert (tmp_path / "data/installation").read_text().strip()
