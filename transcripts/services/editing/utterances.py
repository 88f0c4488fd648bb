"""Correcting the text of rows. Nobody's words are overwritten unseen."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import IntegrityError, transaction

from transcripts.enums import ChangeKind
from transcripts.errors import Gone, TextConflict
from transcripts.models import Change, Transcript, Utterance
from transcripts.services.editing.changes import (
    Edit,
    StaleRow,
    apply_edits,
    find_repeated_change,
    get_changed_rows,
    get_row_state,
    get_text_at,
    lock_transcript,
)
from transcripts.services.editing.preparation import Preparation
from transcripts.text.limits import MAX_TEXT
from transcripts.text.merging import MergeConflict, merge

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SETTLED = {"settled": "theirs"}


@dataclass(frozen=True, slots=True)
class Save:
    """A new text for a row, as a page or a program sends it, with what it is based on.

    `base_version` is the row's version that the person saw. After a merge the base is `base_text`, which they had sent,
    as they did not see the result. The same `request_key` applies once. Saves of one `edit_session` are undone
    together. When a conflict is settled, `refused` is what the person had written, so that the history has it whichever
    text they chose. Texts are cleaned: see `clean_text`.
    """

    text: str
    base_version: int
    base_text: str = ""
    request_key: str = ""
    edit_session: str = ""
    refused: str = ""

    def __post_init__(self) -> None:
        for name in ("text", "base_text", "refused"):
            object.__setattr__(self, name, clean_text(getattr(self, name)))

    def is_based_on(self, row: Utterance) -> bool:
        return self.base_version == row.version and self.base_text in {"", row.text}

    @property
    def details(self) -> dict[str, str]:
        return {"edit_session": self.edit_session} if self.edit_session else {}


def clean_text(text: str) -> str:
    """`text` as one line: line breaks and tabs become spaces, other control characters are removed."""
    spaced = "".join(" " if char in "\r\n\t\v\f\x85\u2028\u2029" else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) != "Cc").strip()


def edit_utterance(*, utterance: Utterance, save: Save, by: User) -> Utterance:
    """Stores the text and returns the row as it is then.

    If the row has changed since, both texts are merged by tokens. An edit unverifies the row. Raises TextConflict if
    both changed the same words, Gone if the row was deleted.
    """
    if save.is_based_on(utterance) and not save.refused:
        row = copy.copy(utterance)  # `utterance` stays as it was read, in case somebody else is faster.
        row.read_room()
        try:
            with transaction.atomic():
                _store_text(row, save.text, by, save.request_key, save.details, locked=False)
                return row
        except StaleRow:
            pass
        except IntegrityError:
            # The same request again, for a row that did not keep the first one's text.
            if not save.request_key or not Change.objects.filter(
                transcript=utterance.transcript_id, request_key=save.request_key
            ):
                raise
    return _edit_over_others(utterance, save, by)


def _store_text(
    row: Utterance, text: str, by: User, request_key: str, details: Mapping[str, str], *, locked: bool = True
) -> None:
    """`locked`: whether the transcript is locked, so that the rows beside this one are as they were read."""
    if text == row.text:
        return
    apply_edits(
        transcript=row.transcript,
        kind=ChangeKind.EDITED,
        by=by,
        edits=[(row, {"text": text})],
        request_key=request_key,
        details=details,
        locked=locked,
    )


def _edit_over_others(utterance: Utterance, save: Save, by: User) -> Utterance:
    with transaction.atomic():
        transcript = lock_transcript(utterance.transcript_id)
        rows = transcript.utterances.visible().select_related("speaker", "transcript")
        row = rows.with_room().filter(pk=utterance.pk).first()
        if row is None:
            raise Gone
        if not find_repeated_change(transcript, save.request_key):
            final = save.text if save.is_based_on(row) else _merge_texts(row, save)
            if save.refused in {"", row.text, final}:
                _store_text(row, final, by, save.request_key, save.details)
            else:
                _settle(row, final, save, by)
        return row


def _settle(row: Utterance, final: str, save: Save, by: User) -> None:
    """Stores the refused text and then the chosen one, each as a change. The first never becomes visible.

    Undo reverts both or, if the others' text was chosen, neither: it never removes what others wrote.
    """
    before = get_row_state(row)
    if final != before["text"]:
        together = save.details or {"edit_session": save.request_key or uuid4().hex}
        _store_text(row, save.refused, by, "", together)
        _store_text(row, final, by, save.request_key, together)
        return
    _store_text(row, save.refused, by, "", SETTLED)
    apply_edits(
        transcript=row.transcript,
        kind=ChangeKind.RESTORED,
        by=by,
        edits=[(row, before)],
        request_key=save.request_key,
        details={**SETTLED, "row": row.pk},
    )


def _merge_texts(row: Utterance, save: Save) -> str:
    common = save.base_text or get_text_at(row, save.base_version)
    if common is None:
        raise TextConflict(theirs=row.text, mine=save.text, version=row.version, row=row.pk)
    try:
        return merge(common, row.text, save.text)
    except MergeConflict as conflict:
        raise TextConflict(
            theirs=row.text,
            mine=save.text,
            version=row.version,
            row=row.pk,
            base=common,
            draft=conflict.draft,
            first=conflict.first,
        ) from conflict


def take_over_texts(
    *,
    transcript: Transcript,
    texts: Mapping[int, str],
    versions: Mapping[int, int],
    by: User,
    request_key: str = "",
) -> tuple[Sequence[Utterance], int]:
    """Stores the texts (by row id) in the rows of `versions`, as one change, which is undone at once.

    A row that has changed since the person saw it, or that would become empty, keeps its text. Returns the rows that
    changed and how many were left alone. The same `request_key` applies once.
    """
    fitting: set[int] = set()

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        fitting.difference_update(pks)
        rows = transcript.utterances.visible().select_related("speaker").with_room()
        for row in rows.filter(pk__in=[pk for pk in pks if pk in versions]):
            text = clean_text(texts.get(row.pk, ""))
            if row.version == versions[row.pk] and 0 < len(text) <= MAX_TEXT:
                fitting.add(row.pk)
                yield row, {"text": text}

    preparation = Preparation(transcript, edits)
    preparation.store_once(versions, kind=ChangeKind.EDITED, by=by, request_key=request_key)
    if preparation.repeated:
        return get_changed_rows(preparation.repeated), 0
    return preparation.rows, len(versions) - len(fitting)
