"""Counting again the rows of transcripts whose counts are out of date."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, Q

from transcripts.models import Transcript, Utterance
from transcripts.queries.counts import count_rows
from transcripts.text.scripts import get_language_tag

SAMPLE = 100  # rows, by which a transcript's language is known


def count_transcript(pk: Any) -> None:
    """Counts its rows as of its version, unless that changes meanwhile, and looks what language they are in."""
    for version in Transcript.objects.filter(pk=pk).values_list("version", flat=True):
        texts = Utterance.objects.visible().filter(transcript=pk).values_list("text", flat=True)[:SAMPLE]
        known = {"language": get_language_tag(" ".join(texts)), **count_rows([pk])[pk]}
        Transcript.objects.filter(pk=pk, version=version).update(counted_version=version, **known)


def count_stale_transcripts() -> None:
    """Counts those that a process of the version before has changed or stored, each in a short transaction."""
    stale = Transcript.objects.filter(
        Q(counted_version=None) | ~Q(counted_version=F("version")), recording__isnull=False
    )
    for pk in list(stale.values_list("pk", flat=True)):
        with transaction.atomic():
            count_transcript(pk)
