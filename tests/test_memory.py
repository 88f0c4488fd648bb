"""What a process keeps in memory, and how often one that serves looks for garbage in it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize(
    "start",
    [
        "from flashweb.memory import look_less_for_garbage; look_less_for_garbage()",
        "import manage; manage.sys.argv[1:] = ['version']; manage.main()",
    ],
)
def test_process_looks_less_for_garbage(start: str) -> None:
    code = (
        f"import gc; before = gc.get_threshold(); {start}; assert gc.get_freeze_count() > 1000;"
        " assert all(new > old for new, old in zip(gc.get_threshold(), before)), gc.get_threshold()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=settings.BASE_DIR)


def test_processes_load_neither_the_decoder_nor_its_arrays_before_they_are_needed() -> None:
    """A quarter of a start, and tens of megabytes of each process."""
    code = (
        "import sys, django; django.setup(); import flashweb.urls, transcripts.tasks;"
        " assert not [name for name in ('av', 'boto3', 'numpy', 'redis') if sys.modules.get(name)]"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    )
