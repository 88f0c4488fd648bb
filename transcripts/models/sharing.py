"""Links that show one transcript."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from transcripts.enums import LinkRole
from transcripts.models.links import Link, LinkQuerySet
from transcripts.models.transcripts import Transcript


class ShareLink(Link):
    """A link that shows one transcript to anyone who has it, without an account."""

    SALT = "transcripts.share-link"

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="share_links")
    role = models.CharField(max_length=10, choices=LinkRole.list_choices)
    label = models.CharField(max_length=100, blank=True, help_text="whom it was made for, in its maker's words")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="share_links")

    objects = LinkQuerySet["ShareLink"].as_manager()

    class Meta(Link.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=LinkRole.values), name="share_link_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.transcript} · {self.role}"

    def get_absolute_url(self) -> str:
        return reverse("shared", args=[self.token])
