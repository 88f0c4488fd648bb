"""A database that an earlier version filled, upgraded by the code of today: its pages open and its rows are edited."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from tests.processes import ROOT, Visitor, free_port, fresh_database, made_once, wait_for
from tests.releases import stored

PAGES = (
    "/",
    "/search/?q=欢迎",
    "/search/?q=Bob",
    "/projects/",
    "/notices/",
    "/accounts/",
    "/exports/",
    "/admin/",
)
OF_TRANSCRIPT = ("", "words.json", "history/", "comments/", "assignments/", "checks/", "find/?q=Bob", "share-links/")
EXPORTS = ("txt", "srt", "vtt", "json", "md", "docx", "csv", "xlsx", "eaf", "textgrid", "bundle")


class OldSite:
    """`manage.py web` on a copy of the database that a version filled."""

    def __init__(self, data: Path, version: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FLASH")}
        self.environment = {
            **clean,
            "DJANGO_SETTINGS_MODULE": "flashweb.settings",
            "FLASHWEB_DATA": str(data),
            "SECRET_KEY": stored.SECRET_KEY,
        }
        if server := os.environ.get("DATABASE_URL"):
            self.environment["DATABASE_URL"] = fresh_database(server)
            sql = gzip.decompress((stored.FOLDER / f"{version}.postgresql.sql.gz").read_bytes()).decode()
            with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
                connection.execute(sql.encode())
        else:
            content = gzip.decompress((stored.FOLDER / f"{version}.sqlite3.gz").read_bytes())
            (data / "flashweb.sqlite3").write_bytes(content)
        self.url = f"http://127.0.0.1:{free_port()}"
        shutil.copytree(made_once("collectstatic") / "static", data / "static")
        self.manage("migrate", "--verbosity=0")
        port = self.url.rpartition(":")[2]
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "web", "--port", port], cwd=ROOT, env=self.environment
        )

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, check=True)

    def answers(self) -> bool:
        assert self.process.poll() is None
        try:
            return requests.get(f"{self.url}/healthz", timeout=30).status_code == 200
        except requests.RequestException:
            return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@pytest.fixture(params=stored.VERSIONS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldSite]:
    site = OldSite(tmp_path, request.param)
    try:
        wait_for("answer", site.answers)
        yield site
    finally:
        site.stop()


@pytest.mark.drill
def test_database_of_a_release_is_upgraded_and_its_pages_open(site: OldSite) -> None:
    lin = Visitor(site.url, "lin", stored.PASSWORD)
    listed = re.search(r"/transcripts/[0-9a-f-]{36}/", lin.get(f"{site.url}/").text)
    assert listed
    page = lin.get(site.url + listed.group()).text
    transcripts = list(dict.fromkeys(re.findall(r"/transcripts/([0-9a-f-]{36})/", page)))
    assert len(transcripts) == 2
    addresses = [*PAGES, *(f"/transcripts/{pk}/{part}" for pk in transcripts for part in OF_TRANSCRIPT)]
    addresses += [f"/transcripts/{pk}/export/{name}/" for pk in transcripts for name in EXPORTS]
    addresses += [f"/transcripts/{transcripts[0]}/compare/{transcripts[1]}/"]
    assert {address: lin.get(site.url + address).status_code for address in addresses} == dict.fromkeys(addresses, 200)

    (edited,) = [pk for pk in transcripts if "Bob" in lin.get(f"{site.url}/transcripts/{pk}/").text]
    page = lin.get(f"{site.url}/transcripts/{edited}/").text
    row, version = re.findall(r'data-utterance="(\d+)".*?data-version="(\d+)"', page, re.DOTALL)[0]
    saved = lin.post(f"{site.url}/utterances/{row}/", data={"text": "欢迎 Eve 来。", "base_version": version})
    assert (saved.status_code, "欢迎 Eve 来。" in saved.text) == (200, True)
    assert "Eve" in lin.get(f"{site.url}/search/?q=Eve").text
    assert lin.post(f"{site.url}/transcripts/{edited}/undo/").status_code == 200

    shared = lin.get(f"{site.url}/transcripts/{edited}/share-links/").text
    link = re.search(r"/shared/[^/\"]+/", shared)
    assert link
    guest = requests.get(site.url + link.group(), timeout=120)
    assert (guest.status_code, "大家好。" in guest.text) == (200, True)
