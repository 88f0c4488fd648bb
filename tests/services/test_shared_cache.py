"""The cache of rate limits, in the database: machines count together, and nobody fills it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.core import ratelimit
from django.test import RequestFactory

from tests.services.at_once import at_once
from transcripts.models import CacheEntry
from transcripts.services import shared_cache
from transcripts.services.shared_cache import SharedCache, forget_ended_entries


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> SharedCache:
    """With its counting in place of that of unit tests, in memory."""
    cache = SharedCache("", {"OPTIONS": {"MAX_ENTRIES": 20}})
    monkeypatch.setattr("allauth.core.internal.ratelimit.cache", cache)
    return cache


def test_entries_live_until_they_end(db: None, cache: SharedCache) -> None:
    assert cache.get("a", "none") == "none"
    cache.set("a", [1.5, 2], 60)
    cache.set("a", [3.5, 1.5], 60)
    assert cache.get("a") == [3.5, 1.5]
    assert (cache.add("a", 1), cache.touch("a", 60), cache.delete("a")) == (False, True, True)
    assert (cache.get("a"), cache.touch("a"), cache.delete("a"), cache.add("a", True, 60)) == (None, False, False, True)
    CacheEntry.objects.update(expires_at=time.time() - 1)
    assert (cache.get("a"), cache.touch("a"), cache.add("a", 2, None), cache.get("a")) == (None, False, True, 2)
    cache.clear()
    assert not CacheEntry.objects.exists()


def test_entries_name_nobody(db: None, cache: SharedCache) -> None:
    cache.set("allauth:rl:login:ip:192.0.2.1", [1.0], 60)
    assert "192.0.2.1" not in str(list(CacheEntry.objects.values()))


def test_one_of_many_adds_an_entry(transactional_db: None, cache: SharedCache) -> None:
    assert sorted(at_once(*[lambda: cache.add("lock", True, 60)] * 8)) == [False] * 7 + [True]


def test_asking_for_what_another_has_writes_nothing(
    db: None, cache: SharedCache, django_assert_num_queries: Any
) -> None:
    """Under attack many wait for one lock, while others save."""
    cache.add("lock", True, 60)
    with django_assert_num_queries(1) as captured:
        assert not cache.add("lock", True, 60)
    assert captured.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.long
def test_attempts_at_once_are_all_counted(transactional_db: None, cache: SharedCache, settings: Any) -> None:
    """Of so many at once, as many pass as may, whichever process counts."""
    settings.ACCOUNT_RATE_LIMITS = {"try": "5/m/ip"}

    def attempt() -> bool:
        request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")
        return bool(ratelimit.consume(request, action="try"))

    assert sum(at_once(*[attempt] * 8)) == 5


def test_no_more_is_kept_than_allowed(db: None, cache: SharedCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "CLEAN_UP_ONCE_IN", 1)
    for number in range(50):
        cache.set(str(number), number, 60 + number)
    assert CacheEntry.objects.count() <= 20
    assert cache.get("49") == 49
    CacheEntry.objects.update(expires_at=time.time() - 1)
    forget_ended_entries()
    assert not CacheEntry.objects.exists()
