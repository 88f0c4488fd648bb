"""What lies in the bin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q

from transcripts import access
from transcripts.enums import Action
from transcripts.models import Membership, Project, Recording
from transcripts.models.bins import bin_start

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def list_bin(user: User) -> dict[str, Any]:
    """The recordings and projects that the person may bring back, those deleted last first.

    The recordings of a project in the bin come back with it; `recording_count` says how many.
    """
    has_members = Exists(Membership.objects.filter(project=OuterRef("pk")))
    left = ~has_members if user.is_superuser else Q(pk__in=[])
    projects = Project.objects.filter(
        Q(access.membership_allows(user, Action.MANAGE, project="pk")) | left, binned_at__gte=bin_start()
    )
    recordings = Recording.objects.filter(
        access.membership_allows(user, Action.MANAGE), binned_at__gte=bin_start(), project__binned_at=None
    )
    return {
        "projects": projects.select_related("binned_by")
        .annotate(recording_count=Count("recordings", filter=Q(recordings__binned_at=None)))
        .order_by("-binned_at", "pk"),
        "recordings": recordings.select_related("project", "binned_by").order_by("-binned_at", "pk"),
    }
