"""For tests inside one process: tasks wait in memory until a test runs them, static files need no collecting."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

HUEY = {"name": "tests", "huey_class": "huey.MemoryHuey", "immediate": False, "results": False}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
