"""The settings of the tests, and the errors of every page noted."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

MIDDLEWARE = ["tests.browsers.page_errors.NotePageErrors", *MIDDLEWARE]  # noqa: F405
