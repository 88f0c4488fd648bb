"""What several web processes, on whatever machines, must know of each other for minutes."""

from __future__ import annotations

from django.db import models


class CacheEntry(models.Model):
    """One entry of `services.shared_cache`: counted attempts, or a code that was used."""

    key = models.CharField(max_length=64, primary_key=True, help_text="a hash: an address of a person may be in it")
    value = models.TextField(help_text="JSON")
    expires_at = models.FloatField(db_index=True, help_text="seconds since 1970")

    def __str__(self) -> str:
        return self.key
