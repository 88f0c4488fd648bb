"""What the search of all recordings reads: the database keeps note of rows, workers keep the texts (docs/growth.md)."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence

from django.db import models

from transcripts.models.transcripts import Transcript

RowKey = tuple[int, int]
"""The start of a row in ms, and its id."""


class SearchText(models.Model):
    """The folded texts of a transcript's visible rows, one after the other.

    `rows` has their starts, their ids and the places of their texts, as 64-bit integers: first all starts, then all
    ids, then all places. The index of grams has the same `id`.
    """

    transcript = models.OneToOneField(
        Transcript, models.DO_NOTHING, db_constraint=False, related_name="search_text", editable=False
    )
    text = models.TextField()
    rows = models.BinaryField()

    class Meta:
        managed = False  # by migration 0020: it is derived, and no backup has it

    def __str__(self) -> str:
        return str(self.transcript_id)


class UnindexedRow(models.Model):
    """A row that has changed since its transcript's `SearchText` was made. Triggers add these, once for each change."""

    transcript = models.ForeignKey(Transcript, models.DO_NOTHING, db_constraint=False, related_name="+", editable=False)
    row_id = models.BigIntegerField()

    class Meta:
        managed = False

    def __str__(self) -> str:
        return str(self.row_id)


def pack_rows(rows: Iterable[tuple[int, int, str]]) -> tuple[str, bytes]:
    """`text` and `rows` of a `SearchText`, from the start, id and folded text of each row."""
    starts, ids, places, texts = array("q"), array("q"), array("q"), []
    place = 0
    for start_ms, pk, text in rows:
        starts.append(start_ms)
        ids.append(pk)
        places.append(place)
        texts.append(text)
        place += len(text)
    return "".join(texts), (starts + ids + places).tobytes()


def split_rows(text: str, rows: bytes | memoryview) -> Iterator[tuple[int, str]]:
    """The id and the folded text of each row, in order."""
    numbers: Sequence[int] = memoryview(rows).cast("q")
    count = len(numbers) // 3
    ends = [*numbers[2 * count + 1 :], len(text)]
    for pk, start, end in zip(numbers[count : 2 * count], numbers[2 * count :], ends, strict=False):
        yield pk, text[start:end]


def find_in_rows(
    text: str, rows: bytes | memoryview, sought: str, unindexed: Collection[int]
) -> list[tuple[RowKey, str]]:
    """The rows that `sought` is in, in order, each once and with its text; not those that are `unindexed`."""
    found: list[tuple[RowKey, str]] = []
    place = text.find(sought)
    if place < 0:
        return found
    numbers: Sequence[int] = memoryview(rows).cast("q")
    count = len(numbers) // 3
    while place >= 0:
        row = bisect_right(numbers, place, 2 * count) - 1 - 2 * count
        begin, end = numbers[2 * count + row], numbers[2 * count + row + 1] if row + 1 < count else len(text)
        if place + len(sought) > end:  # in two rows
            place = text.find(sought, place + 1)
            continue
        if numbers[count + row] not in unindexed:
            found.append(((numbers[row], numbers[count + row]), text[begin:end]))
        place = text.find(sought, end)
    return found
