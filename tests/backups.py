"""What stands in the file of a backup, to compare one with another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transcripts.services.backups.archive import read_parts

Rows = dict[str, list[dict[str, Any]]]


def read_tables(backup: Path) -> Rows:
    """The rows of all tables, each by its columns, in an order of their own.

    JSON is read, as databases write it, and it is left out how long the backup held the files.
    """
    found: Rows = {}
    with backup.open("rb") as file:
        for part in read_parts(file):
            if part.name.startswith("tables/"):
                columns, *rows = map(json.loads, part.read_lines())
                table = found.setdefault(part.name.split("/")[1], [])
                table += [{name: _read(value) for name, value in zip(columns, row, strict=True)} for row in rows]
    for installation in found["transcripts_installation"]:
        del installation["files_held_until"]
    for rows in found.values():
        rows.sort(key=lambda row: json.dumps(row, sort_keys=True))
    return found


def _read(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def read_part(backup: Path, name: str) -> bytes:
    with backup.open("rb") as file:
        return next(part.read() for part in read_parts(file) if part.name == name)


def list_names(backup: Path) -> list[str]:
    with backup.open("rb") as file:
        return [part.name for part in read_parts(file)]
