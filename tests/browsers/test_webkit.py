"""The main job in WebKitGTK, the nearest to Safari that runs here."""

from __future__ import annotations

from tests.browsers.main_job import *  # noqa: F403

BROWSER = "webkit"
