"""The real settings, with short leases and a folder of its own that goes when the tests end."""

from __future__ import annotations

import os
import tempfile

from tests.guard import guard_run

if "FLASHWEB_DATA" not in os.environ:
    os.environ["FLASHWEB_DATA"] = tempfile.mkdtemp(prefix="data-", dir=guard_run())

from flashweb.settings import *  # noqa: F403

LEASE_SECONDS = 2.0
SWEEP_SECONDS = 0.5
MAIL_SECONDS = 1.0
# By itself only where it is the subject: elsewhere transcripts stay as the script of the flash server says.
TELL_SPEAKERS_APART = os.environ.get("TELL_SPEAKERS_APART") == "on"
STORAGES["staticfiles"] = {"BACKEND": "tests.quick_storage.QuickStorage"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if os.environ.get("LOG_EVERYTHING"):
    LOGGING["root"]["level"] = "DEBUG"  # type: ignore[index]  # noqa: F405
    for _logger in LOGGING["loggers"].values():  # type: ignore[attr-defined]  # noqa: F405
        _logger["level"] = "DEBUG"
