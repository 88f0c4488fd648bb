"""Filters of the library that people keep."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.encoding import uri_to_iri

from transcripts.text.limits import MAX_FILTER_NAME, MAX_FILTER_QUERY


class KeptFilter(models.Model):
    """A filter and order of the library under a name, for the person who kept it. `query` is that of its address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="kept_filters")
    name = models.CharField(max_length=MAX_FILTER_NAME)
    query = models.CharField(max_length=MAX_FILTER_QUERY)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="kept_filter_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """The query as the library writes it: an older one may have its letters percent-encoded."""
        return uri_to_iri(self.query)
