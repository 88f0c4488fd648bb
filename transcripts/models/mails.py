"""Mails on their way: they are stored in the transaction that causes them, and workers send them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from transcripts.enums import MailState
from transcripts.models.comments import Notice

SENDING_TAKES = timedelta(minutes=2)
"""A worker that has not sent a mail after so long is taken for dead, and another one sends it."""


class MailQuerySet(models.QuerySet["Mail"]):
    def claim_next(self) -> Mail | None:
        """The oldest mail that is due, with its try counted; no other worker gets it meanwhile."""
        now = timezone.now()
        due = self.filter(
            Q(not_before=None) | Q(not_before__lte=now),
            Q(lease_until=None) | Q(lease_until__lt=now),
            state=MailState.DUE,
        )
        for mail in due.order_by("id")[:10]:
            if due.filter(pk=mail.pk, tries=mail.tries).update(tries=F("tries") + 1, lease_until=now + SENDING_TAKES):
                mail.tries += 1
                return mail
        return None


class Mail(models.Model):
    """One mail. It goes once it is sent; what could not be sent, or has no server to go to, is kept for a while."""

    created_at = models.DateTimeField(auto_now_add=True)
    to = models.TextField(help_text="addresses, separated by commas")
    content = models.TextField(help_text="encrypted, as there may be a secret link in it")
    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, related_name="mails", help_text="whoever has seen it needs no mail"
    )
    state = models.CharField(max_length=8, choices=MailState.list_choices, default=MailState.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="mail_due")]
        constraints = [models.CheckConstraint(condition=Q(state__in=MailState.values), name="mail_state_known")]

    def __str__(self) -> str:
        return f"{self.pk} · {self.to}"
