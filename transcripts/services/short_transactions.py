"""Long work in short transactions: SQLite has one writer at a time, and others save in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from transcripts.models import Change, Comment, Revision, Transcript, Utterance

AT_ONCE = 100
"""Rows that one transaction stores or deletes."""
UNFINISHED_FOR = timedelta(days=1)

Item = TypeVar("Item")


def split_batches(items: Iterable[Item], weight: Callable[[Item], int] = lambda _item: 1) -> Iterator[list[Item]]:
    """The items in lists whose weights add up to about `AT_ONCE`."""
    batch: list[Item] = []
    room = AT_ONCE
    for item in items:
        batch.append(item)
        room -= weight(item)
        if room <= 0:
            yield batch
            batch, room = [], AT_ONCE
    if batch:
        yield batch


def delete_in_batches(rows: QuerySet[Any]) -> None:
    model: type[Model] = rows.model
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        model._default_manager.filter(pk__in=keys).delete()


def remove_contents(transcripts: QuerySet[Transcript]) -> None:
    """Deletes what the transcripts have, rather than let one statement delete it along with them."""
    delete_in_batches(Comment.objects.filter(transcript__in=transcripts))
    delete_in_batches(Revision.objects.filter(utterance__transcript__in=transcripts))
    delete_in_batches(Utterance.objects.filter(transcript__in=transcripts))
    delete_in_batches(Change.objects.filter(transcript__in=transcripts))


def remove_unfinished(transcript: Transcript) -> None:
    """Removes a transcript that was not stored to its end."""
    unfinished = Transcript.objects.filter(pk=transcript.pk, recording=None)
    remove_contents(unfinished)
    unfinished.delete()


def remove_abandoned_transcripts() -> None:
    """Removes those that killed processes have left unfinished."""
    for transcript in Transcript.objects.filter(recording=None, created_at__lt=timezone.now() - UNFINISHED_FOR):
        remove_unfinished(transcript)
