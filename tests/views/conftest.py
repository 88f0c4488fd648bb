from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from tests import quick


@pytest.fixture(autouse=True)
def quiet(settings: Any) -> None:
    """No renewal of a lease while a test's own transaction holds the database; an empty queue."""
    settings.LEASE_SECONDS = 60
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    quick.empty_queue()
    cache.clear()


@pytest.fixture
def stranger(ana: User) -> Client:
    """Ana, who has nothing to do with Lin's recordings."""
    client = Client()
    client.force_login(ana)
    return client
