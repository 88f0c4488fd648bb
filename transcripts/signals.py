"""What happens whichever way a row is deleted: by a service, in the administration, or along with another row."""

from __future__ import annotations

import shutil
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from transcripts.models import Recording, Upload
from transcripts.services.accounts.deletion import bin_what_nobody_else_has


@receiver(pre_delete, sender=User)
def bin_projects(instance: User, **_more: Any) -> None:
    bin_what_nobody_else_has(instance)


@receiver(post_delete, sender=Recording)
def remove_folder(instance: Recording, **_more: Any) -> None:
    folder = instance.folder  # The instance forgets its key.
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


@receiver(post_delete, sender=Upload)
def remove_part(instance: Upload, **_more: Any) -> None:
    path = instance.path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
