"""`manage.py backup` and `restore` as an administrator runs them: into another folder, and killed half-way."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.backups import list_names, read_part, read_tables
from tests.processes import ROOT, copy_migrated, environment_of, fresh_database, manage, wait_for

pytestmark = pytest.mark.drill

FILL = "import tests.releases.filled as filled; filled.fill()"
CHECK = "from transcripts.management.readiness import check_readiness; check_readiness()"


class Folder:
    """An installation in a folder, and on PostgreSQL a database of its own."""

    def __init__(self, data: Path, database: str = "", **environment: str) -> None:
        self.data = data
        self.environment = environment_of(data) | environment | ({"DATABASE_URL": database} if database else {})

    def run(self, *arguments: object) -> tuple[int, str, str]:
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "manage.py", *map(str, arguments)]

    def shell(self, code: str) -> str:
        return manage(self.environment, "shell", "--no-imports", "--command", code)

    def backup(self, target: Path) -> Path:
        code, _out, said = self.run("backup", target)
        assert code == 0, said
        return target

    def recordings(self) -> list[Path]:
        return sorted((self.data / "media/recordings").glob("*/original"))


def empty_database() -> str:
    server = os.environ.get("DATABASE_URL")
    return fresh_database(server) if server else ""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """With two recordings, of which nobody changes anything."""
    data = tmp_path_factory.mktemp("filled")
    folder = Folder(data, copy_migrated(data))
    folder.shell(f"{FILL}; {CHECK}")
    return folder


@pytest.fixture(scope="module")
def backup(filled: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled.backup(tmp_path_factory.mktemp("backup") / "one.tar")


@pytest.fixture
def copied(filled: Folder, tmp_path: Path) -> Folder:
    """The same to be changed."""
    data = tmp_path / "copied"
    shutil.copytree(filled.data, data)
    database = filled.environment.get("DATABASE_URL", "")
    return Folder(data, fresh_database(database, like=database) if database else "")


@pytest.fixture
def empty(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "empty", empty_database())


def test_restored_elsewhere_everything_is_as_it_was(
    filled: Folder, backup: Path, empty: Folder, tmp_path: Path
) -> None:
    code, out, said = empty.run("restore", backup)
    assert (code, said) == (0, "")
    assert out.startswith("Restored the backup of ")
    assert read_tables(empty.backup(tmp_path / "two.tar")) == read_tables(backup)
    for old, new in zip(filled.recordings(), empty.recordings(), strict=True):
        assert old.read_bytes() == new.read_bytes()
    assert sorted(
        path.name for path in empty.data.iterdir() if path.name.endswith(("sqlite3", "key", "ion"))
    ) == sorted(path.name for path in filled.data.iterdir() if path.name.endswith(("sqlite3", "key", "ion")))
    assert (empty.data / "secret_key").read_text() == (filled.data / "secret_key").read_text()
    assert not (empty.data / "trash").exists()
    # What comes next gets numbers of its own, and is found.
    empty.shell(
        "from transcripts.models import *; from django.contrib.auth.models import User; "
        "User.objects.create_user('zoe'); t = Transcript.objects.first(); "
        "assert UnindexedRow.objects.count() == Utterance.objects.count() > 0; "  # for workers to index
        "Utterance.objects.create(transcript=t, start_ms=9, end_ms=10, text='later', search_text='later'); "
        f"{CHECK}"
    )


def test_backup_is_for_its_owner_alone_and_tells_no_secret(filled: Folder, tmp_path: Path) -> None:
    target = tmp_path / "one.tar"
    _code, out, said = filled.run("backup", target)
    assert (target.stat().st_mode & 0o777, said) == (0o600, "")
    key = (filled.data / "secret_key").read_text()
    assert key not in out
    assert read_part(target, "secret_key").decode() == key
    assert json.loads(read_part(target, "flashweb.json"))["files"] == "included"


def test_in_a_folder_it_has_the_time_in_its_name_and_the_newest_is_restored(
    filled: Folder, empty: Folder, tmp_path: Path
) -> None:
    left = tmp_path / "backups/flashweb-20200101-000000.tar.part"
    left.parent.mkdir()
    left.write_bytes(b"of a killed process")
    (left.parent / "flashweb-20200101-000000.tar").write_bytes(b"old")
    filled.backup(left.parent)
    old, new = sorted(left.parent.iterdir())
    assert (old.name, new.suffix) == ("flashweb-20200101-000000.tar", ".tar")
    assert empty.run("restore", left.parent)[0] == 0


def test_installation_with_data_is_replaced_only_if_that_is_said(copied: Folder, backup: Path, tmp_path: Path) -> None:
    copied.shell("from django.contrib.auth.models import User; User.objects.create_user('zoe')")
    own = copied.data / "media/recordings" / str(uuid.uuid4())
    own.mkdir()
    (own / "original").write_bytes(b"its own")
    before = read_tables(copied.backup(tmp_path / "before.tar"))
    refused = "CommandError: This installation holds data. To replace it by the backup, add --replace.\n"
    assert copied.run("restore", backup) == (1, "", refused)
    assert read_tables(copied.backup(tmp_path / "after.tar")) == before
    code, out, said = copied.run("restore", backup, "--replace")
    assert (code, said) == (0, "")
    assert read_tables(copied.backup(tmp_path / "two.tar")) == read_tables(backup)
    (kept,) = (copied.data / "trash").glob("*/replaced-*")
    assert str(kept) in out
    assert (kept / "recordings" / own.name / "original").read_bytes() == b"its own"
    assert not own.exists()


def test_nothing_is_restored_under_a_running_process(copied: Folder, backup: Path) -> None:
    with (copied.data / "in_use").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        assert "--replace" in copied.run("restore", backup)[2]  # That comes first.
        said = "CommandError: Processes of Flashweb use this data folder. Stop them first.\n"
        assert copied.run("restore", backup, "--replace") == (1, "", said)
    with (copied.data / "in_use").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for command in ("web", "worker", "backup /tmp/none"):
            said = "CommandError: A backup is being restored into this data folder.\n"
            assert copied.run(*command.split()) == (1, "", said)


def kill_at(process: subprocess.Popen[str], path: Path) -> None:
    """As soon as there is something at `path`."""
    wait_for(path.name, path.exists, 60, pause_s=0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL


def test_backup_that_is_killed_leaves_no_file_and_the_next_goes_on(copied: Folder, tmp_path: Path) -> None:
    target = tmp_path / "one.tar"
    slow = copied.recordings()[0].with_name("playback.m4a")
    os.mkfifo(slow)  # Whoever opens it waits.
    process = copied.start("backup", target)
    wait_for("draft", lambda: (tmp_path / "one.tar.part").exists())
    busy = f"CommandError: Another backup is being written to {target}.\n"
    assert copied.run("backup", target) == (1, "", busy)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert [path.name for path in tmp_path.glob("one*")] == ["one.tar.part"]
    slow.unlink()
    target.write_bytes(b"the last one")
    copied.backup(target)
    assert [path.name for path in tmp_path.glob("one*")] == ["one.tar"]
    assert list_names(target)[-1] == "end.json"


def test_restore_that_is_killed_keeps_others_out_and_is_run_again(
    copied: Folder, empty: Folder, backup: Path, tmp_path: Path
) -> None:
    unfinished = (
        "CommandError: A restore into this data folder has not come to its end. Run `manage.py restore` again.\n"
    )
    for folder, more in (copied, ["--replace"]), (empty, []):
        kill_at(folder.start("restore", backup, *more), folder.data / "restoring/begun")
        if folder is copied:  # else the database may not be migrated
            assert folder.run("web") == (1, "", unfinished)
        assert folder.run("web")[0] == folder.run("backup", tmp_path / "none.tar")[0] == 1
        code, _out, said = folder.run("restore", backup)
        assert (code, said) == (0, "")
        assert not (folder.data / "restoring").exists()
        assert read_tables(folder.backup(tmp_path / f"{folder.data.name}.tar")) == read_tables(backup)


STEPS = [0, 1] if os.environ.get("DATABASE_URL") else [1, 4]  # of two there, of six with SQLite's files
DIE = """
import os
from django.core.management import call_command
from transcripts.services.backups import restore
put_away, left = restore._put_away, [{}]
def die(*arguments):
    if not left[0]:
        os._exit(9)
    left[0] -= 1
    put_away(*arguments)
restore._put_away = die
call_command("restore", {!r}, replace=True)
"""


@pytest.mark.parametrize("step", STEPS)
def test_restore_that_is_killed_while_it_replaces_is_run_again(
    copied: Folder, backup: Path, tmp_path: Path, step: int
) -> None:
    with pytest.raises(AssertionError):
        copied.shell(DIE.format(step, str(backup)))
    assert copied.run("worker")[0] == 1
    code, _out, said = copied.run("restore", backup)
    assert (code, said) == (0, "")
    assert read_tables(copied.backup(tmp_path / "two.tar")) == read_tables(backup)
    assert len(copied.recordings()) == 2


def damage(backup: Path, target: Path, what: bytes, instead: bytes) -> Path:
    content = backup.read_bytes()
    assert what in content
    target.write_bytes(content.replace(what, instead, 1))
    return target


def test_what_is_damaged_or_newer_is_refused_and_nothing_is_touched(
    backup: Path, copied: Folder, tmp_path: Path
) -> None:
    before = read_tables(copied.backup(tmp_path / "before.tar"))
    newer = damage(backup, tmp_path / "newer.tar", b'"0014_reading"', b'"9999_later__"')
    formed = damage(backup, tmp_path / "formed.tar", b'"format": 1', b'"format": 7')
    cut = tmp_path / "cut.tar"
    cut.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    turned = damage(backup, tmp_path / "turned.tar", b"RIFF", b"RIFX")
    for path, why in {
        newer: "it is of a newer version, with the migration 9999_later__",
        formed: "it was made by a newer version of Flashweb",
        cut: "it ends too early",
        turned: "its content is not what was written",
        ROOT / "README.md": "it is not a whole backup",
    }.items():
        said = f"CommandError: {path} cannot be restored: {why}. Nothing was changed.\n"
        assert copied.run("restore", path, "--replace") == (1, "", said), path
    none = tmp_path / "none.tar"
    assert copied.run("restore", none) == (1, "", f"CommandError: Not restored: {none}: No such file or directory.\n")
    assert read_tables(copied.backup(tmp_path / "after.tar")) == before


def test_lost_files_are_told_by_recording(copied: Folder, empty: Folder, tmp_path: Path) -> None:
    lost, kept = copied.recordings()
    lost.unlink()
    code, _out, said = copied.run("backup", tmp_path / "one.tar")
    assert (code, said) == (0, f"The recording {lost.parent.name} has no file any more.\n")
    code, _out, said = empty.run("restore", tmp_path / "one.tar")
    assert code == 1
    assert f"Missing or changed: original of the recording {lost.parent.name}, “" in said
    assert "Everything else is restored; 1 recordings lack files." in said
    assert empty.recordings() == [empty.data / "media/recordings" / kept.parent.name / "original"]
    empty.shell(CHECK)


def test_files_that_stay_elsewhere_are_compared_by_their_checksums(
    copied: Folder, empty: Folder, tmp_path: Path
) -> None:
    code, out, _said = copied.run("backup", "--without-files", tmp_path / "one.tar")
    assert (code, "2 files listed" in out) == (0, True)
    assert not [name for name in list_names(tmp_path / "one.tar") if name.startswith("files/")]
    shutil.copytree(copied.data / "media/recordings", empty.data / "media/recordings")
    changed = empty.recordings()[0]
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    code, _out, said = empty.run("restore", tmp_path / "one.tar")
    assert code == 1
    assert said.count("Missing or changed:") == 1
    assert changed.parent.name in said


def test_key_of_the_environment_must_be_that_of_the_backup(backup: Path, empty: Folder, filled: Folder) -> None:
    other = Folder(empty.data, empty.environment.get("DATABASE_URL", ""), SECRET_KEY="another key " * 5)
    code, out, said = other.run("restore", backup)
    assert (code, out, said.startswith("CommandError: The environment sets another SECRET_KEY")) == (1, "", True)
    key = (filled.data / "secret_key").read_text()
    same = Folder(empty.data, empty.environment.get("DATABASE_URL", ""), SECRET_KEY=key)
    assert same.run("restore", backup)[0] == 0
    assert not (empty.data / "secret_key").exists()


def test_backup_needs_a_folder_and_room(filled: Folder, tmp_path: Path) -> None:
    target = tmp_path / "none/one.tar"
    said = f"CommandError: No backup was made: {target}.part: No such file or directory.\n"
    assert filled.run("backup", target) == (1, "", said)
    code, _out, said = filled.run("backup", "/dev/full/one.tar")
    assert (code, "Not a directory" in said) == (1, True)
    made = tmp_path / "made"
    assert filled.run("backup", f"{made}/")[0] == 0
    assert len(list(made.iterdir())) == 1
