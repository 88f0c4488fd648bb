from __future__ import annotations

import uuid

from django.conf import settings
from django.core import signing
from django.db import models
from django.urls import reverse
from django.utils import timezone

from transcripts.enums import LinkRole
from transcripts.models.transcripts import Transcript


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="transcripts.share-link")


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def of_token(self, token: str) -> ShareLinkQuerySet:
        """The one that carries the token; none where it is not signed by this installation."""
        try:
            return self.filter(pk=uuid.UUID(_signer().unsign(token)))
        except (signing.BadSignature, ValueError):
            return self.none()

    def open(self) -> ShareLinkQuerySet:
        """Those that still show something."""
        return self.filter(expires_at__gt=timezone.now())


class ShareLink(models.Model):
    """A link that shows one transcript to whoever has it, without an account. Revoking it deletes it.

    What it carries is signed and stored nowhere, so that the stored rows alone open nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="share_links")
    role = models.CharField(max_length=10, choices=LinkRole.choices)
    label = models.CharField(max_length=100, blank=True, help_text="whom it was made for, in its maker's words")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="share_links")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=LinkRole.values), name="share_link_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.transcript} · {self.role}"

    def get_absolute_url(self) -> str:
        return reverse("shared", args=[self.token])

    @property
    def token(self) -> str:
        return _signer().sign(self.pk.hex)

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
