"""Permission to send requests to the service."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from transcripts.models.leases import lease_end


class Slot(models.Model):
    """Permission to have one request with the service. All workers together have FLASH_CONCURRENCY of them.

    It is taken before a recognition is begun, so that one that waits for a slot has no thread. The holder renews it;
    the slot of a worker that died is free again once its lease has expired.
    """

    number = models.PositiveSmallIntegerField(primary_key=True)
    holder = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def take(cls, count: int) -> Slot | None:
        """Takes one of the slots 1 to `count`; None if all are taken."""
        free = _is_free()
        for number in cls._find_free(count):
            cls.objects.get_or_create(number=number)
            holder = uuid.uuid4()
            if cls.objects.filter(free, number=number).update(holder=holder, lease_until=lease_end()):
                return cls(number=number, holder=holder)
        return None

    @classmethod
    def count_free(cls, count: int) -> int:
        return len(cls._find_free(count))

    @classmethod
    def _find_free(cls, count: int) -> set[int]:
        return set(range(1, count + 1)) - set(cls.objects.exclude(_is_free()).values_list("number", flat=True))

    def renew(self) -> bool:
        return bool(Slot.objects.filter(number=self.number, holder=self.holder).update(lease_until=lease_end()))

    def give_back(self) -> None:
        Slot.objects.filter(number=self.number, holder=self.holder).update(holder=None, lease_until=None)


def _is_free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())
