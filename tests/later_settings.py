"""Those of a version to come, with one more migration."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

MIGRATION_MODULES = {"transcripts": "tests.later_migrations"}
