"""For tests inside one process: tasks wait in memory until a test runs them, static files need no collecting."""

from __future__ import annotations

import os

from tests.children import fork_children
from tests.settings import *  # noqa: F403

fork_children()

# What is counted in it is emptied before each test, while others count beside it.
CACHES["default"]["LOCATION"] /= os.environ.get("PYTEST_XDIST_WORKER", "alone")  # noqa: F405

HUEY = {"name": "tests", "huey_class": "huey.MemoryHuey", "immediate": False, "results": False}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
