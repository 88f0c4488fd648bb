"""Fills a database as the present version leaves it, and keeps it: `python -m tests.releases VERSION`, at a release.

Into tests/data/releases come `VERSION.sqlite3.gz` and, where a PostgreSQL is installed, `VERSION.postgresql.sql.gz`.
Files of earlier versions are never made again: `test_releases.py` upgrades them with the code of today.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.machine import postgres_bin
from tests.postgres import cluster
from tests.releases import stored

FILLED = "import tests.releases.filled as filled; filled.fill()"


def fill(data: Path, **environment: str) -> None:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith("FLASH") and name != "DATABASE_URL"
    }
    environment = {**clean, "FLASHWEB_DATA": str(data), "SECRET_KEY": stored.SECRET_KEY, **environment}
    for arguments in ["migrate", "--verbosity=0"], ["shell", "--no-imports", "--command", FILLED]:
        subprocess.run([sys.executable, "manage.py", *arguments], env=environment, check=True)


def main(version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        with sqlite3.connect(Path(folder) / "flashweb.sqlite3") as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA journal_mode = DELETE")
        content = (Path(folder) / "flashweb.sqlite3").read_bytes()
        (stored.FOLDER / f"{version}.sqlite3.gz").write_bytes(gzip.compress(content, mtime=0))
    if programs := postgres_bin():
        with tempfile.TemporaryDirectory() as folder, cluster(programs) as url:
            fill(Path(folder), DATABASE_URL=url)
            dump = [programs / "pg_dump", "--inserts", "--no-owner", "--no-acl", url]
            sql = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
            # Lines with a backslash are for psql alone.
            plain = "\n".join(line for line in sql.splitlines() if not line.startswith(("\\", "--")))
            (stored.FOLDER / f"{version}.postgresql.sql.gz").write_bytes(gzip.compress(plain.encode(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
