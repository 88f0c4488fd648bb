"""Permission to send requests to the service."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from transcripts.models.leases import lease_end


class Slot(models.Model):
    """Permission to have one request with the service. All workers together have FLASH_CONCURRENCY of them.

    The holder renews it; the slot of a worker that died is free again once its lease has expired.
    """

    number = models.PositiveSmallIntegerField(primary_key=True)
    holder = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def take(cls, count: int) -> Slot | None:
        """Takes one of the slots 1 to `count`; None if all are taken."""
        free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
        held = set(cls.objects.exclude(free).values_list("number", flat=True))
        for number in set(range(1, count + 1)) - held:
            cls.objects.get_or_create(number=number)
            holder = uuid.uuid4()
            if cls.objects.filter(free, number=number).update(holder=holder, lease_until=lease_end()):
                return cls(number=number, holder=holder)
        return None

    def renew(self) -> bool:
        return bool(Slot.objects.filter(number=self.number, holder=self.holder).update(lease_until=lease_end()))

    def give_back(self) -> None:
        Slot.objects.filter(number=self.number, holder=self.holder).update(holder=None, lease_until=None)
