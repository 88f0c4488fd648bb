"""From 0.9.0 on migrations are only added: what was released stays as it is, and databases of then are upgraded."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

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
