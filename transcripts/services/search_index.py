"""Keeps the texts and grams that the search of all recordings reads. Workers do so, after the rows were saved."""

from __future__ import annotations

import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from transcripts.models import SearchText, Transcript, UnindexedRow, Utterance
from transcripts.models.search import pack_rows
from transcripts.text.grams import list_grams

TRANSCRIPTS_AT_ONCE = 8
LOOKED_AT = 1000  # notes among which these are found


class _Overtaken(Exception):
    """Another worker has done the same, or somebody has saved."""


def index_rows() -> None:
    """Puts all unindexed rows into the texts of their transcripts, a few transcripts in a transaction."""
    while _index_some():
        time.sleep(0)  # The interpreter's lock, and on SQLite the place of the one who writes.


def count_forgotten() -> int:
    """How many transcripts with rows the search does not know, though no note says that it has yet to."""
    return _list_forgotten().count()


def index_forgotten() -> None:
    """Notes the rows of these."""
    for pk in list(_list_forgotten().values_list("pk", flat=True)):
        ids = Utterance.objects.filter(transcript=pk).values_list("pk", flat=True)
        UnindexedRow.objects.bulk_create(UnindexedRow(transcript_id=pk, row_id=row) for row in ids)


def _list_forgotten() -> QuerySet[Transcript]:
    rows = Utterance.objects.visible().filter(transcript=OuterRef("pk"))
    noted = UnindexedRow.objects.filter(transcript=OuterRef("pk"))
    return Transcript.objects.filter(~Exists(noted), Exists(rows), search_text=None)


def _index_some() -> bool:
    """Whether there was anything to do.

    Rows are read after the notes, and nothing is stored unless all these notes are still there: so whoever saves waits
    for no reading, and of two workers the later one gives up.
    """
    oldest = UnindexedRow.objects.order_by("pk").values_list("transcript_id", flat=True)[:LOOKED_AT]
    transcripts = list(dict.fromkeys(oldest))[:TRANSCRIPTS_AT_ONCE]
    if not transcripts:
        return False
    notes = UnindexedRow.objects.filter(transcript__in=transcripts)
    read = notes.aggregate(count=Count("pk"), last=Max("pk"))
    if not read["count"]:
        return True  # Another worker has done the same already.
    before = {old.transcript_id: old for old in SearchText.objects.filter(transcript__in=transcripts)}
    contents = _read_contents(transcripts)
    with suppress(_Overtaken), transaction.atomic():
        if notes.filter(pk__lte=read["last"]).delete()[0] != read["count"]:
            raise _Overtaken  # A note that came late has a lower number.
        for pk in transcripts:
            _store(pk, before.get(pk), contents.get(pk, []))
    return True


def _read_contents(transcripts: Sequence[UUID]) -> dict[UUID, list[tuple[int, int, str]]]:
    contents: dict[UUID, list[tuple[int, int, str]]] = {}
    rows = Utterance.objects.visible().filter(transcript__in=transcripts).order_by("start_ms", "pk")
    for transcript, start_ms, pk, text in rows.values_list("transcript_id", "start_ms", "pk", "search_text"):
        contents.setdefault(transcript, []).append((start_ms, pk, text))
    return contents


def _store(transcript: UUID, before: SearchText | None, rows: Sequence[tuple[int, int, str]]) -> None:
    text, packed = pack_rows(rows)
    if before and not rows:
        _change_grams(before.pk, before.text, "")
        before.delete()
    elif before:
        _change_grams(before.pk, before.text, text)
        SearchText.objects.filter(pk=before.pk).update(text=text, rows=packed)
    elif rows:
        _change_grams(SearchText.objects.create(transcript_id=transcript, text=text, rows=packed).pk, "", text)


def _change_grams(pk: int, before: str, text: str) -> None:
    """SQLite's index forgets grams only if it is given them again, and counts how often it was given any."""
    if text == before:
        return
    old, new = list_grams(before), list_grams(text)
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("DELETE FROM transcripts_grams WHERE id = %s", [pk])
            if text:
                cursor.execute("INSERT INTO transcripts_grams VALUES (%s, %s)", [pk, sorted(new)])
            return
        if before:
            gone = "INSERT INTO transcripts_grams(transcripts_grams, rowid, grams) VALUES ('delete', %s, %s)"
            cursor.execute(gone, [pk, _write_tokens(old - new)])
        if text:
            cursor.execute(
                "INSERT INTO transcripts_grams(rowid, grams) VALUES (%s, %s)", [pk, _write_tokens(new - old)]
            )


def _write_tokens(grams: AbstractSet[str]) -> str:
    return " ".join(gram.encode().hex() for gram in grams)
