"""Who may read what is stored."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.processes import ROOT, Site, Visitor, wait_for
from tests.releases.stored import PASSWORD

FILL = "import tests.releases.filled as filled; filled.fill()"


def modes(data: Path) -> dict[str, int]:
    """Of everything inside, and of the folder itself as "."."""
    inside = (path for path in data.rglob("*") if not path.is_symlink())
    return {str(path.relative_to(data)): stat.S_IMODE(path.stat().st_mode) for path in (data, *inside)}


def open_to_others(data: Path) -> dict[str, str]:
    return {name: oct(mode) for name, mode in modes(data).items() if mode & 0o077}


def loosen(data: Path) -> None:
    """As an installation was before."""
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    nowhere = "http://127.0.0.1:9/"  # Nothing is recognised.
    site = Site(tmp_path / "data", FLASH_API_KEY="key", FLASH_API_URL=nowhere)
    site.manage("shell", "--no-imports", "--command", FILL)
    loosen(site.data)
    site.start()
    yield site
    site.stop()


@pytest.mark.drill
def test_data_of_a_site_at_work_is_its_owners_alone(site: Site) -> None:
    lin = Visitor(site.url, "lin", PASSWORD)
    with (ROOT / "tests/data/audio/zh_percent.mp3").open("rb") as file:
        lin.post(f"{site.url}/recordings/", files={"file": file})
    lin.post(f"{site.url}/recordings/sample/")
    lin.post(f"{site.url}/accounts/password/reset/", data={"email": "bo@example.org"})
    requests.post(f"{site.url}/accounts/login/", timeout=120)
    for what in ("media/recordings/*/playback.*", "media/recordings/*/peaks*"):
        wait_for(what, lambda what=what: list(site.data.glob(what)))  # type: ignore[misc]
    site.stop()
    assert open_to_others(site.data) == {}
    made = {path.name for path in site.data.iterdir()}
    assert {"flashweb.sqlite3", "queue.sqlite3", "secret_key", "media", "static", "uploads"} <= made


SETTINGS = """
from flashweb import settings
recording = settings.MEDIA_ROOT / "recordings" / "one"
recording.mkdir(parents=True)
(recording / "playback.m4a").write_bytes(b"sound")
(settings.DATA_DIR / "answers" / "one").write_text("answer")
(settings.DATA_DIR / "uploads" / "one").write_bytes(b"sound")
"""


def set_up(data: Path, group: str) -> str:
    """Starts a process with these settings; returns the last line of its errors."""
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "QUEUE_URL"}}
    environment = {**clean, "FLASHWEB_DATA": str(data), "DATA_GROUP": group}
    command = [sys.executable, "-c", SETTINGS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or [""])[-1]


@pytest.mark.parametrize("before", ["new", "loose", "private"])
def test_group_reads_what_is_served_and_no_more(tmp_path: Path, before: str) -> None:
    data, group = tmp_path / "data", grp.getgrgid(os.getgroups()[-1] if os.getgroups() else os.getgid())
    if before != "new":
        (data / "media").mkdir(parents=True)
        (data / "media/old").touch()
        (data / "secret_key").write_text("key")
        loosen(data)
    if before == "private":
        data.chmod(0o700)
    assert set_up(data, group.gr_name) == ""
    found = modes(data)
    served = {"media": 0o2750, "media/recordings": 0o2750, "media/recordings/one": 0o2750, "static": 0o2750}
    served |= {"media/recordings/one/playback.m4a": 0o640, ".": 0o2750}
    served |= {"media/old": 0o640} if before != "new" else {}
    own = {"answers": 0o700, "answers/one": 0o640, "uploads": 0o700, "uploads/one": 0o640}
    own |= dict.fromkeys(("flashweb.sqlite3", "queue.sqlite3", "secret_key"), 0o600)
    assert found == served | own
    assert {(data / name).stat().st_gid for name in served} == {group.gr_gid}


def test_group_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    assert set_up(tmp_path / "data", "no such group").endswith(
        "DATA_GROUP is 'no such group'; this machine has no such group."
    )


def test_setting_without_the_group_takes_its_right_away(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert set_up(data, grp.getgrgid(os.getgid()).gr_name) == ""
    assert open_to_others(data) != {}
    (data / "media/recordings/one/playback.m4a").unlink()
    (data / "media/recordings/one").rmdir()
    (data / "media/recordings").rmdir()
    assert set_up(data, "") == ""
    assert open_to_others(data) == {}
