"""What is known of the databases that earlier versions filled."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "data/releases"
SECRET_KEY = "of the databases that are kept, so that their links still open"
PASSWORD = "correct horse"
VERSIONS = ("0.9.0", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.3.1", "1.3.2", "1.4.0")
