"""Marks on rows: verified, with the person and time; and flags, which ask for another look.

Both functions take the ids of the rows with the versions that the person saw and return the rows that changed. They
raise Gone if one no longer exists, EditConflict if one has changed since. The same `request_key` applies once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from transcripts.enums import ChangeKind
from transcripts.errors import NotPossible
from transcripts.models import Project, Revision, Transcript, Utterance
from transcripts.services.editing.changes import UNVERIFIED
from transcripts.services.editing.preparation import mark_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOT_BY_HAND = (ChangeKind.RECOGNISED, ChangeKind.IMPORTED)


def verify_rows(
    *, transcript: Transcript, versions: Mapping[int, int], on: bool, by: User, request_key: str = ""
) -> list[Utterance]:
    """Verifies the rows. A row that somebody else has verified already stays theirs.

    If the project requires a second reader, rows whose text the person wrote last are left alone. Raises NotPossible if
    that is all of them.
    """
    mark = {"verified_by_id": by.pk, "verified_at": timezone.now().replace(microsecond=0)}
    left = find_own_rows(transcript, versions, by) if on else frozenset()
    if left and left == versions.keys():
        raise NotPossible("second_reader")

    def edit(row: Utterance) -> Mapping[str, Any]:
        if row.is_verified == on or row.pk in left:
            return {}
        return mark if on else UNVERIFIED

    return mark_rows(
        transcript=transcript, versions=versions, kind=ChangeKind.VERIFIED, edit=edit, by=by, request_key=request_key
    )


def flag_rows(
    *, transcript: Transcript, versions: Mapping[int, int], on: bool, by: User, request_key: str = ""
) -> list[Utterance]:
    return mark_rows(
        transcript=transcript,
        versions=versions,
        kind=ChangeKind.FLAGGED,
        edit=lambda _row: {"flagged": on},
        by=by,
        request_key=request_key,
    )


def find_own_rows(transcript: Transcript, rows: Collection[int], by: User) -> frozenset[int]:
    """The rows that the person must not verify: they wrote them last, and the project requires a second reader."""
    if not Project.objects.filter(recordings__transcripts=transcript, second_reader=True).exists():
        return frozenset()
    written = Revision.objects.filter(utterance__in=rows, after__has_key="text")
    written = written.exclude(change__kind__in=NOT_BY_HAND).order_by("utterance", "version")
    last = dict(written.values_list("utterance", "change__by"))
    return frozenset(pk for pk in rows if last.get(pk) == by.pk)
