"""The settings of the tests, of a site where many recordings are prepared whose preparing is not the point."""

from __future__ import annotations

from tests.children import fork_children
from tests.settings import *  # noqa: F403

SWEEP_SECONDS = 2.0  # Nothing here waits for a sweep: what becomes due is enqueued.
fork_children()
