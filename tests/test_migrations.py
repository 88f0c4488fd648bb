"""From 0.9.0 on migrations are only added: what was released stays as it is, and databases of then are upgraded."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db.migrations.loader import MigrationLoader

from tests.processes import ROOT

FOLDER = ROOT / "transcripts/migrations"
# Released migrations, by the hash of their content. Add one when it is released; never change one.
RELEASED = {
    "0001_initial": "57abbf256d43a22f748ca7216f019fe8fc71f843c5c53a40f1c659b127b207b6",
    "0002_search": "156e142cd2ab445730557b1f8ec04ff5ee6581bd3bf10cf5ba842360d8414887",
}


def hash_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_released_migrations_are_unchanged() -> None:
    assert {name: hash_of(FOLDER / f"{name}.py") for name in RELEASED} == RELEASED


FIRST = "0015"  # of 1.0.0; those before upgrade 0.9.0, which stops for it
EXPANDING = ("AddField", "AddIndex", "CreateModel", "RunPython", "RunSQL", "AlterModelOptions", "AlterModelManagers")


def narrows(operation: Any) -> bool:
    """Whether a process of the version before could no longer read or write what this operation leaves."""
    if type(operation).__name__ == "AddField":
        field = operation.field
        return not (field.null or field.many_to_many or field.has_db_default())
    return type(operation).__name__ not in EXPANDING


def test_migrations_let_the_version_before_go_on() -> None:
    loader = MigrationLoader(None)
    found = {
        f"{name}: {operation.describe()}"
        for (app, name), migration in loader.disk_migrations.items()
        for operation in migration.operations
        if app == "transcripts" and name >= FIRST and narrows(operation)
    }
    assert found == set()
