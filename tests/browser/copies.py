"""Recordings that are there at once, as copies of one that was uploaded and recognised."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.processes import Site

RECORDING, TRANSCRIPT = "transcripts_recording", "transcripts_transcript"


class Original:
    """What a site on SQLite has of a recording now: its files, its rows and all rows that refer to them."""

    def __init__(self, site: Site, transcript: uuid.UUID) -> None:
        self.site = site
        self.transcript = transcript.hex
        self.at = datetime.now(UTC)
        self.rows: list[tuple[str, dict[str, Any]]] = []
        with closing(self._connect()) as db:
            names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE name LIKE 'transcripts%'")]
            self.times = {
                (table, one["name"])
                for table in names
                for one in db.execute(f"PRAGMA table_info({table})")
                if one["type"] == "datetime"
            }
            self.references = {
                (table, one["from"]): one["table"]
                for table in names
                for one in db.execute(f"PRAGMA foreign_key_list({table})")
            }
            found = db.execute(f"SELECT recording_id FROM {TRANSCRIPT} WHERE id = ?", [self.transcript])  # noqa: S608
            (recording,) = found.fetchone()
            self._add(db, RECORDING, "id", recording)
        self.files = site.data / "originals" / recording
        shutil.copytree(self._folder(recording), self.files)

    def copy(self) -> uuid.UUID:
        """Puts all of it there once more, as of now; the transcript."""
        later = datetime.now(UTC) - self.at
        with closing(self._connect()) as db, db:
            db.execute("BEGIN IMMEDIATE")
            last = dict(db.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
            new: dict[tuple[str, Any], Any] = {}
            for table, row in self.rows:
                last[table] = last.get(table, 0) + 1
                new[table, row["id"]] = uuid.uuid4().hex if isinstance(row["id"], str) else last[table]
            shutil.copytree(self.files, self._folder(new[RECORDING, self.files.name]))
            for table, row in self.rows:
                values = {**row, "id": new[table, row["id"]]}
                for name, value in row.items():
                    if (table, name) in self.times and value:
                        values[name] = str(datetime.fromisoformat(value) + later)
                    values[name] = new.get((self.references.get((table, name), ""), value), values[name])
                places = ", ".join(["?"] * len(values))
                db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", [*values.values()])  # noqa: S608
        return uuid.UUID(new[TRANSCRIPT, self.transcript])

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.site.data / "flashweb.sqlite3", timeout=60, isolation_level=None)
        db.row_factory = sqlite3.Row
        return db

    def _folder(self, recording: str) -> Path:
        return self.site.data / "media/recordings" / str(uuid.UUID(recording))

    def _add(self, db: sqlite3.Connection, table: str, column: str, key: str | int) -> None:
        for row in map(dict, db.execute(f"SELECT * FROM {table} WHERE {column} = ?", [key]).fetchall()):  # noqa: S608
            if (table, row) not in self.rows:
                self.rows.append((table, row))
                for (other, name), target in self.references.items():
                    if target == table:
                        self._add(db, other, name, row["id"])
