"""The settings of the tests, of an `up` that soon starts again what does not answer."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

MISSED_SECONDS = 4.5
LOADING_SECONDS = 20.0
