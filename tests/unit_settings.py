"""For tests inside one process: tasks wait in memory until a test runs them, static files need no collecting."""

from __future__ import annotations

from tests.children import fork_children
from tests.settings import *  # noqa: F403

fork_children()

# What is counted in it is emptied before each test: one process needs no files for that.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
HUEY = {"name": "tests", "huey_class": "huey.MemoryHuey", "immediate": False, "results": False}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
