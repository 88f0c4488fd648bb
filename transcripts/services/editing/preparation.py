"""Changes of very many rows, prepared before the transaction that stores them.

SQLite has one writer at a time. So that the transaction merely writes, everything that takes time happens before it:
reading rows, aligning their words, running regular expressions, composing JSON. What others change meanwhile is
prepared again: while it is much, before the transaction too; the last few rows in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone, NotPossible
from transcripts.models import Change, Revision, Transcript, Utterance
from transcripts.services.editing.changes import (
    BATCH,
    Edit,
    PreparedRow,
    StoredRows,
    find_repeated_change,
    get_rows,
    get_rows_as_left,
    lock_transcript,
    prepare_row,
    split_rows,
    store_rows,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TRIES = 5
FEW = 20
"""So many rows are prepared in a transaction, as those of any small change are."""


class Preparation:
    """The rows that a change would store, as of a version of the transcript.

    `edits` reads rows by their ids and gives the new values of those that are to change, and after each the new rows
    that are split off it. It is asked again for every row that has changed since: of all rows, as one may be concerned
    only now.
    """

    def __init__(self, transcript: Transcript, edits: Callable[[Collection[int]], Iterable[Edit]]) -> None:
        self._transcript = transcript
        self._began = self._version = transcript.version
        self._edits = edits
        self._rows: dict[int, PreparedRow] = {}
        self._new: dict[int, list[PreparedRow]] = {}
        self._shares_room = False
        self.repeated: Change | None = None

    def __len__(self) -> int:
        """How many rows change."""
        return len(self._rows)

    def store_once(
        self,
        pks: Collection[int],
        *,
        kind: ChangeKind,
        by: User,
        request_key: str,
        details: Callable[[], Mapping[str, Any] | None] = lambda: None,
        check: Callable[[], None] = lambda: None,
    ) -> Change | None:
        """Prepares these rows and stores them as one change; None if nothing changes.

        If the same request has made one already, that is `repeated` and the answer. `check` may raise; it is asked
        again if anything has changed meanwhile. Raises what `edits` and `check` raise, and Gone.
        """
        try:
            if len(pks) > BATCH and self._find_repeated(request_key):
                return self.repeated
            check()
            self.prepare(pks)
        except (EditConflict, NotPossible, Gone):
            if self._find_repeated(request_key):
                return self.repeated
            raise
        with transaction.atomic():
            locked = lock_transcript(self._transcript.pk)
            if self._find_repeated(request_key):
                return self.repeated
            if self.catch_up(locked):
                check()
            if not self._rows:
                return None
            return self.store(locked, kind=kind, by=by, request_key=request_key, details=details())

    def _find_repeated(self, request_key: str) -> Change | None:
        self.repeated = find_repeated_change(self._transcript, request_key)
        return self.repeated

    @property
    def pks(self) -> Collection[int]:
        return self._rows.keys()

    def prepare(self, pks: Collection[int]) -> None:
        """Prepares these rows. Raises what `edits` raises, and Gone."""
        self._shares_room = len(pks) > 1
        self._prepare(pks)
        tries = TRIES if len(pks) > BATCH else 0
        while tries and self._catch_up_with(self._read_version()) > FEW:
            tries -= 1

    def catch_up(self, transcript: Transcript) -> bool:
        """Prepares anew the rows that have changed. The transcript must be locked.

        Returns whether anything has changed since the preparation began.
        """
        if transcript.version != self._version:
            self._catch_up_with(transcript.version)
        return transcript.version != self._began

    def store(self, transcript: Transcript, **fields: Any) -> Change | None:
        """Stores the rows as one change, as `apply_edits` does, after `catch_up`."""
        return store_rows(self._list_prepared(), transcript=transcript, **fields)

    def _list_prepared(self) -> list[PreparedRow]:
        return [*self._rows.values(), *chain.from_iterable(self._new.values())]

    @property
    def rows(self) -> Sequence[Utterance]:
        """The rows that change, once they are stored: very many are read again when they are used, some at a time."""
        prepared = self._list_prepared()
        kept = [row.row for row in prepared if row.row]
        return kept if len(kept) == len(prepared) else StoredRows([row.pk for row in prepared])

    def _prepare(self, pks: Collection[int]) -> None:
        for some in split_rows(pks):
            whole = 0
            for row, after in self._edits(some):
                prepared = prepare_row(row, after, shares_room=self._shares_room)
                if row.pk is None and prepared:
                    self._new.setdefault(whole, []).append(prepared)
                    continue
                whole = row.pk
                if prepared:
                    self._rows[row.pk] = prepared
                    if len(pks) > BATCH:
                        prepared.row = None
                        time.sleep(0)  # The interpreter's lock: people save in other threads.

    def _catch_up_with(self, version: int) -> int:
        """Returns how many rows had changed."""
        since = Revision.objects.filter(change__transcript=self._transcript, change__version__gt=self._version)
        stale = set(since.values_list("utterance", flat=True))
        if version != self._version:
            stale |= {pk for pk, row in self._rows.items() if row.reaches}  # Somebody may have taken their pauses.
        for pk in stale:
            self._rows.pop(pk, None)
            self._new.pop(pk, None)
        self._version = version
        self._prepare(stale)
        return len(stale)

    def _read_version(self) -> int:
        version = Transcript.objects.filter(pk=self._transcript.pk).values_list("version", flat=True).first()
        if version is None:
            raise Gone
        return version


def mark_rows(
    *,
    transcript: Transcript,
    versions: Mapping[int, int],
    kind: ChangeKind,
    edit: Callable[[Utterance], Mapping[str, Any]],
    by: User,
    request_key: str = "",
    check: Callable[[], None] = lambda: None,
) -> list[Utterance]:
    """Gives the rows, at the versions that the person saw, new marks, and returns those that change, without words.

    `check` is as for `Preparation.store_once`. Raises Gone and EditConflict as `get_rows` does. The same `request_key`
    applies once.
    """
    seen: dict[int, Utterance] = {}

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        some = get_rows(transcript, {pk: versions[pk] for pk in pks if pk in versions}, marks_only=True)
        seen.update(some)
        return ((row, edit(row)) for row in some.values())

    preparation = Preparation(transcript, edits)
    preparation.store_once(versions, kind=kind, by=by, request_key=request_key, check=check)
    if preparation.repeated:
        return get_rows_as_left(preparation.repeated)
    return [seen[pk] for pk in preparation.pks]
