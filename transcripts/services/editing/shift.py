"""Moving all rows by the same time, as one change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, NotPossible
from transcripts.models import Change, Transcript
from transcripts.queries.transcripts import get_extent
from transcripts.services.editing.changes import Edit, shift_row
from transcripts.services.editing.preparation import Preparation

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def shift_rows(
    *, transcript: Transcript, by_ms: int, by: User, base_start_ms: int | None = None, request_key: str = ""
) -> Change | None:
    """Moves all rows with their words and comments; deleted ones too, so that they come back in their place.

    `base_start_ms` is where the first row began when the person looked: raises EditConflict if it begins elsewhere by
    now, since two people who mend the same thing would mend it twice. Raises NotPossible if a row would begin before 0
    or come to end after the recording. The same `request_key` applies once. None if nothing changes.
    """
    if not by_ms:
        return None
    return Preparation(transcript, partial(_shift_some, transcript, by_ms)).store_once(
        list(transcript.utterances.values_list("pk", flat=True)),
        kind=ChangeKind.MOVED,
        by=by,
        request_key=request_key,
        details=lambda: {"shift_ms": by_ms},
        check=partial(_check_extent, transcript, by_ms, base_start_ms),
    )


def _check_extent(transcript: Transcript, by_ms: int, base_start_ms: int | None) -> None:
    extent = get_extent(transcript)
    if base_start_ms is not None and base_start_ms != extent.start_ms:
        raise EditConflict(theirs="", mine="", version=transcript.version)
    if not extent.allows(by_ms):
        raise NotPossible("shift")


def _shift_some(transcript: Transcript, by_ms: int, pks: Collection[int]) -> Iterator[Edit]:
    rows = transcript.utterances.defer("search_text", "engine_text", "additions")
    return ((row, shift_row(row, by_ms)) for row in rows.filter(pk__in=pks))
