"""Links that let in anyone who has them, for a limited time."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self, TypeVar

from django.core import signing
from django.db import models
from django.utils import timezone

Linked = TypeVar("Linked", bound="Link")


class LinkQuerySet(models.QuerySet[Linked]):
    def of_token(self, token: str) -> Self:
        """The link with that token; none where this installation did not sign it."""
        try:
            return self.filter(pk=uuid.UUID(self.model.signer().unsign(token)))
        except (signing.BadSignature, ValueError):
            return self.none()

    def open(self) -> Self:
        """Those that still work."""
        return self.filter(expires_at__gt=timezone.now())


class Link(models.Model):
    """A link with a signed token. The token is not stored, so reading the database is not enough to use a link.

    Revoking a link deletes it.
    """

    SALT: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["-created_at", "id"]

    @classmethod
    def signer(cls) -> signing.Signer:
        return signing.Signer(sep=".", salt=cls.SALT)

    @property
    def token(self) -> str:
        return self.signer().sign(self.pk.hex)

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
