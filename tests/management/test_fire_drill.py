"""The fire drill: twenty people edit while a backup is made, everything is lost, and goes on elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.backups import Rows, read_tables
from tests.drilled import PEOPLE, SECRET
from tests.processes import (
    Site,
    Visitor,
    environment_of,
    fresh_database,
    manage,
    running_web,
)
from tests.releases.stored import PASSWORD

BEFORE, MOST = 2, 60  # saves of each person before the backup begins, and at most
DRILL = "import tests.drilled as drilled; drilled.{}()"
# What changes while people edit rows; all else stays as it was.
EDITED = {
    "transcript",
    "utterance",
    "change",
    "revision",
    "presence",
    "recording",
    "slot",
    "auditentry",
    "installation",
}
MOVING = {f"transcripts_{name}" for name in EDITED} | {"django_session", "auth_user"}


@dataclass(frozen=True)
class Acknowledged:
    """A save that its person was told of."""

    row: int
    version: int
    text: str
    at: float


class Crowd:
    """Each person edits a row of their own, again and again, until they are stopped."""

    def __init__(self, url: str, transcript: str) -> None:
        with ThreadPoolExecutor(4) as pool:
            self.people = list(pool.map(lambda name: Visitor(url, name, PASSWORD), PEOPLE))
        page = self.people[0].get(f"{url}{transcript}").text
        self.rows = [int(row) for row in re.findall(r'data-utterance="(\d+)"', page)]
        assert len(self.rows) == len(PEOPLE)
        self.url, self.saved = url, list[Acknowledged]()
        self.stopped, self.warm = threading.Event(), threading.Barrier(len(PEOPLE) + 1, timeout=120)

    def edit(self, number: int) -> None:
        person, row, version = self.people[number], self.rows[number], 1
        person.close()  # A connection idle since the sign-in may be closed by the server just as it is used.
        for count in range(MOST):
            if count == BEFORE:
                self.warm.wait()
            if self.stopped.is_set():
                return
            text = f"{PEOPLE[number]} says {count}"
            answer = person.post(f"{self.url}/utterances/{row}/", data={"text": text, "base_version": version})
            assert (answer.status_code, text in answer.text) == (200, True)
            version += 1
            self.saved.append(Acknowledged(row, version, text, time.monotonic()))


def hash_files(data: Path) -> dict[str, str]:
    files = (path for path in (data / "media").rglob("*") if path.is_file())
    return {str(path.relative_to(data)): sha256(path.read_bytes()).hexdigest() for path in files}


def lose(site: Site) -> None:
    """Its folder and its database."""
    shutil.rmtree(site.data)
    if database := site.environment.get("DATABASE_URL"):
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database.rpartition('/')[2]} WITH (FORCE)".encode())


def check_history(tables: Rows) -> dict[tuple[int, int], str]:
    """That text and history are of one moment. Returns the texts of all rows at all their versions."""
    texts: dict[tuple[int, int], str] = {}
    last: dict[int, dict[str, Any]] = {}
    for revision in sorted(tables["transcripts_revision"], key=lambda revision: revision["version"]):
        last[revision["utterance_id"]] = revision
        if "text" in revision["after"]:
            texts[revision["utterance_id"], revision["version"]] = revision["after"]["text"]
    for row in tables["transcripts_utterance"]:
        if revision := last.get(row["id"]):
            assert row["version"] == revision["version"]
            assert row["text"] == revision["after"].get("text", row["text"])
    for transcript in tables["transcripts_transcript"]:
        changes = [row["version"] for row in tables["transcripts_change"] if row["transcript_id"] == transcript["id"]]
        assert sorted(changes) == list(range(1, transcript["version"] + 1))
    return texts


@pytest.mark.drill
def test_everything_is_lost_and_goes_on_elsewhere(tmp_path: Path) -> None:
    site = Site(tmp_path / "burning")
    site.manage("shell", "--no-imports", "--command", DRILL.format("fill"))
    files = hash_files(site.data)
    with running_web(site.environment, end=signal.SIGKILL) as url:
        lin = Visitor(url, "lin", PASSWORD)
        library = lin.get(f"{url}/").text
        listed = re.search(r'href="(/transcripts/[0-9a-f-]{36}/)">Everybody', library)
        assert listed
        transcript = listed.group(1)
        crowd = Crowd(url, transcript)  # Signing in leaves something, too.
        site.manage("backup", str(tmp_path / "quiet.tar"))
        with ThreadPoolExecutor(len(PEOPLE)) as pool:
            editing = [pool.submit(crowd.edit, number) for number in range(len(PEOPLE))]
            crowd.warm.wait()
            begun = time.monotonic()
            site.manage("backup", str(tmp_path / "last.tar"))
            ended = time.monotonic()
            crowd.stopped.set()
            for one in editing:
                one.result()
    lose(site)

    data = tmp_path / "elsewhere"
    environment = environment_of(data)
    if server := os.environ.get("DATABASE_URL"):
        environment["DATABASE_URL"] = fresh_database(server)
    manage(environment, "restore", str(tmp_path / "last.tar"))
    shutil.copytree(Path(os.environ["TEST_RUN_FOLDER"]) / "collectstatic/static", data / "static", dirs_exist_ok=True)
    assert hash_files(data) == files
    manage(environment, "backup", str(tmp_path / "restored.tar"))
    backed_up, restored = read_tables(tmp_path / "last.tar"), read_tables(tmp_path / "restored.tar")
    assert restored == backed_up
    quiet = read_tables(tmp_path / "quiet.tar")
    assert {name: rows for name, rows in restored.items() if name not in MOVING} == {
        name: rows for name, rows in quiet.items() if name not in MOVING
    }
    texts = check_history(restored)
    before = [save for save in crowd.saved if save.at < begun]
    assert len(before) >= BEFORE * len(PEOPLE)
    assert [save for save in before if texts.get((save.row, save.version)) != save.text] == []
    meant = {(save.row, save.version): save.text for save in crowd.saved}
    assert {key for key, text in texts.items() if key[0] in crowd.rows and meant.get(key) != text} == set()
    assert any(begun < save.at < ended for save in crowd.saved)

    assert manage(environment, "shell", "--no-imports", "--command", DRILL.format("tell_secret")).strip() == SECRET
    with running_web(environment, end=signal.SIGKILL) as url:
        # Nobody is signed out.
        page = lin.get(f"{url}{transcript}", allow_redirects=False)
        assert page.status_code == 200
        current = {row["id"]: row["text"] for row in restored["transcripts_utterance"]}
        for row in crowd.rows:
            assert current[row] in page.text
        found = lin.get(f"{url}/search/?q={current[crowd.rows[0]]}").text
        assert transcript in found
        saved = lin.post(f"{url}/utterances/{crowd.rows[0]}/", data={"text": "Goes on", "base_version": 1})
        assert saved.status_code == 409  # It has the versions of before.
