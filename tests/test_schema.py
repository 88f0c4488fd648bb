"""A process refuses a database that does not fit its version or data folder, in one sentence, before it serves."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from flashweb.schema import check_schema, get_database_version
from tests.processes import ROOT, Site

NEWER = (
    f"The database belongs to a newer version: Flashweb {settings.VERSION} does not know its migration 9999_later. "
    "Install that version, or restore a backup from before the upgrade."
)
LAST = max(path.stem for path in (ROOT / "transcripts/migrations").glob("0*.py"))
OLDER = (
    f"The database is older than Flashweb {settings.VERSION}: it lacks the migration transcripts.{LAST}. "
    "Run `manage.py migrate` first."
)


LATER = "INSERT INTO django_migrations (app, name, applied) VALUES ('{}', '{}', '2030-01-01')"


def change_history(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_database_of_this_version_is_served(db: None) -> None:
    check_schema()
    assert get_database_version() == LAST


def test_database_of_a_newer_version_is_refused(db: None) -> None:
    change_history(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('transcripts', '9999_later', '2030-01-01')"
    )
    with pytest.raises(CommandError) as refused:
        check_schema()
    assert (str(refused.value), get_database_version()) == (NEWER, "9999_later")


def test_what_other_apps_have_forgotten_is_no_reason(db: None) -> None:
    change_history(LATER.format("mfa", "0000_squashed"))
    check_schema()


def test_database_of_an_older_version_is_refused(db: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="transcripts", name=LAST).delete()
    with pytest.raises(CommandError) as refused:
        check_schema()
    assert str(refused.value) == OLDER


def test_version_is_told_of_program_and_database(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("print_version")
    assert capsys.readouterr().out == f"Flashweb {settings.VERSION}\nDatabase {get_database_version()}\n"


def run(site: Site, *arguments: str) -> tuple[int, str, str]:
    environment = {**os.environ, **site.environment}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.drill
def test_every_process_refuses_in_one_line(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert run(site, "version") == (0, f"Flashweb {settings.VERSION}\nDatabase {LAST}\n", "")
    statement = LATER.format("transcripts", "9999_later")
    insert = f"from django.db import connection\nconnection.cursor().execute({statement!r})"
    site.manage("shell", "--no-imports", "-c", insert)
    for command in ["web", "--port", str(site.port)], ["worker"], ["up", "--port", str(site.port)]:
        assert run(site, *command) == (1, "", f"CommandError: {NEWER}\n"), command


@pytest.mark.drill
def test_every_process_refuses_a_data_folder_of_another_installation(tmp_path: Path) -> None:
    """Nothing in it is touched: an empty database beside a full folder once cost a year of recordings."""
    site = Site(tmp_path)
    folder = tmp_path / "media/recordings" / str(uuid.uuid4())
    folder.mkdir(parents=True)
    (folder / "original").write_bytes(b"a year of work")
    os.utime(folder, (0, 0))
    for command in ["web", "--port", str(site.port)], ["worker"], ["up", "--port", str(site.port)]:
        code, _out, said = run(site, *command)
        assert (code, said.count("\n")) == (1, 1), command
        assert "belong to different installations: see DATABASE_URL, FLASHWEB_DATA and FILES_URL." in said
    assert (folder / "original").read_bytes() == b"a year of work"


def test_doctor_tells_in_one_line_what_keeps_it_from_starting(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert run(site, "doctor") == (0, "nothing wrong\n", "")
    site.environment["QUEUE_URL"] = "postgres://flashweb@127.0.0.1:1/none"
    assert run(site, "doctor")[:2] == (1, "queue: The queue is not responding. See QUEUE_URL.\n")
    site.environment |= {"QUEUE_URL": "", "FLASH_CONCURRENCY": "many"}
    expected = "settings: FLASH_CONCURRENCY is 'many'; use a whole number of at least 1.\n"
    assert run(site, "doctor") == (1, expected, "")
