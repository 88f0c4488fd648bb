from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from huey.contrib.djhuey import HUEY

from tests import quick
from tests.conftest import ANSWER
from transcripts.models import Recording, Transcript


@pytest.fixture(autouse=True)
def quiet(settings: Any) -> None:
    """No renewal of a lease while a test's own transaction holds the database; an empty queue."""
    settings.LEASE_SECONDS = 60
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    HUEY.flush()
    cache.clear()


@pytest.fixture
def upload(data_dir: Path) -> Callable[..., Recording]:
    """Recordings for the views to show; what the upload view itself stores, it stores in full."""
    return quick.take_in


@pytest.fixture
def transcript(lin: User, upload: Callable[..., Recording]) -> Transcript:
    """Lin's transcript of two rows, spoken by two people."""
    return quick.recognised(upload(lin), ANSWER)


@pytest.fixture
def stranger(ana: User) -> Client:
    """Ana, who has nothing to do with Lin's recordings."""
    client = Client()
    client.force_login(ana)
    return client
