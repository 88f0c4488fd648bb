"""Reads of the tags of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from transcripts.models import Project, Tag

if TYPE_CHECKING:
    from django.db.models import QuerySet


def list_tags(project: Project) -> QuerySet[Tag]:
    """By name, with how many recordings have each, and how many of these are `archived`."""
    there = Q(recordings__binned_at=None)
    counts: dict[str, Any] = {
        "count": Count("recordings", filter=there),
        "archived": Count("recordings", filter=there & Q(recordings__archived_at__isnull=False)),
    }
    tags: QuerySet[Tag] = project.tags.annotate(**counts).order_by("folded")
    return tags
