from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huey.contrib.djhuey import HUEY

from tests import quick
from transcripts.models import Recording


@pytest.fixture(autouse=True)
def quiet(settings: Any) -> None:
    """No renewal of a lease while a test's own transaction holds the database; an empty queue."""
    settings.LEASE_SECONDS = 60
    HUEY.flush()


@pytest.fixture
def quick_upload(data_dir: Path) -> Callable[..., Recording]:
    """In place of `upload` where the file is of no matter."""
    return quick.take_in
