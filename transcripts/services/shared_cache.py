"""Django's cache in the database, for rate limits: all machines count together.

It is for few and small entries that live for minutes, and for values that JSON can hold: what a database says is never
unpickled. An entry is written by one statement, so that of several processes that add the same one, one succeeds.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection, transaction

from transcripts.models import CacheEntry

_TABLE = CacheEntry._meta.db_table
_PUT = (
    f"INSERT INTO {_TABLE} (key, value, expires_at) VALUES (%s, %s, %s) ON CONFLICT (key) DO UPDATE "  # noqa: S608
    "SET value = excluded.value, expires_at = excluded.expires_at"
)
_ADD = f"{_PUT} WHERE {_TABLE}.expires_at <= %s"
CLEAN_UP_ONCE_IN = 50  # writes


class SharedCache(BaseCache):
    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        live = CacheEntry.objects.filter(pk=self._hash(key, version), expires_at__gt=time.time())
        value = live.values_list("value", flat=True).first()
        return default if value is None else json.loads(value)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._write(_PUT, self._hash(key, version), json.dumps(value), self._get_end(timeout))

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        if self.has_key(key, version):  # Whoever waits for another asks often, and must not hold up writers.
            return False
        end = self._get_end(timeout)
        return self._write(_ADD, self._hash(key, version), json.dumps(value), end, time.time())

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        live = CacheEntry.objects.filter(pk=self._hash(key, version), expires_at__gt=time.time())
        return bool(live.update(expires_at=self._get_end(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(CacheEntry.objects.filter(pk=self._hash(key, version)).delete()[0])

    def clear(self) -> None:
        CacheEntry.objects.all().delete()

    def _hash(self, key: str, version: int | None) -> str:
        return hashlib.sha256(self.make_and_validate_key(key, version).encode()).hexdigest()

    def _get_end(self, timeout: Any) -> float:
        end: float | None = self.get_backend_timeout(timeout)
        return 4e9 if end is None else end  # No timeout: the year 2096.

    def _write(self, statement: str, *arguments: Any) -> bool:
        with transaction.atomic(), connection.cursor() as cursor:  # On SQLite, writers queue up for transactions.
            cursor.execute(statement, arguments)
            written = bool(cursor.rowcount)
        if random.randrange(CLEAN_UP_ONCE_IN) == 0:
            forget_ended_entries(self._max_entries)
        return written


def forget_ended_entries(most: int = 0) -> None:
    """Removes what has ended and, of more than `most` others, those that end soonest; 0 for any number."""
    CacheEntry.objects.filter(expires_at__lte=time.time()).delete()
    if most and (excess := CacheEntry.objects.count() - most) > 0:
        soonest = CacheEntry.objects.order_by("expires_at").values("pk")[: excess + most // 10]
        CacheEntry.objects.filter(pk__in=list(soonest.values_list("pk", flat=True))).delete()
