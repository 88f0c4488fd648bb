"""What happens whichever way a row is deleted: by a service, in the administration, or along with another row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from transcripts.enums import AuditEvent
from transcripts.models import Recording, Upload
from transcripts.services.accounts.deletion import bin_what_nobody_else_has
from transcripts.services.audit import record
from transcripts.services.store.store import get_store


@receiver(pre_delete, sender=User)
def bin_projects(instance: User, **_more: Any) -> None:
    bin_what_nobody_else_has(instance)


@receiver(user_logged_in)
def record_sign_in(user: User, **_more: Any) -> None:
    record(AuditEvent.SIGNED_IN, by=user)


@receiver(user_logged_out)
def record_sign_out(user: User | None, **_more: Any) -> None:
    if user:
        record(AuditEvent.SIGNED_OUT, by=user)


@receiver(user_login_failed)
def record_failed_sign_in(credentials: dict[str, Any], **_more: Any) -> None:
    """Under the name that was tried, if there is such an account: people type passwords into the wrong field."""
    name = str(credentials.get("username") or credentials.get("email") or "")[:150]
    known = User.objects.filter(Q(username=name) | Q(email__iexact=name)).exists() if name else False
    record(AuditEvent.SIGN_IN_FAILED, by=None, who=name if known else "")


@receiver(post_delete, sender=Recording)
def remove_folder(instance: Recording, **_more: Any) -> None:
    folder = instance.folder  # The instance forgets its key.
    transaction.on_commit(lambda: _remove(lambda: get_store().delete_all(f"{folder}/")))


@receiver(post_delete, sender=Upload)
def remove_part(instance: Upload, **_more: Any) -> None:
    key = instance.key
    transaction.on_commit(lambda: _remove(lambda: get_store().discard(key)))


def _remove(action: Callable[[], None]) -> None:
    """What can't be removed now is found by the daily clean-up."""
    with suppress(OSError):
        action()
