"""Correcting the text of rows. Nothing is stored over somebody else's words unseen."""

from __future__ import annotations

import copy
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import IntegrityError, transaction

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone
from transcripts.models import Change, Utterance
from transcripts.services import changing
from transcripts.text.merging import MergeConflict, merge

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_TEXT = 10_000
SETTLED = {"settled": "theirs"}


@dataclass(frozen=True, slots=True)
class Base:
    """What a text was written over: a version of the row, or a text that was sent and merged into that version."""

    version: int
    text: str = ""

    def is_of(self, row: Utterance) -> bool:
        return self.version == row.version and self.text in {"", row.text}


def clean(text: str) -> str:
    """`text` as one line: line breaks and tabs become spaces, other control characters go."""
    spaced = "".join(" " if char in "\r\n\t\v\f\x85\u2028\u2029" else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) != "Cc").strip()


def edit_utterance(
    *,
    utterance: Utterance,
    text: str,
    base_version: int,
    by: User,
    request_key: str = "",
    base_text: str = "",
    opening: str = "",
    refused: str = "",
) -> Utterance:
    """Stores `text`, which was written over version `base_version` of the utterance, and returns what now stands.

    Where the utterance has changed since, both sides are merged by tokens. Who goes on typing after that has never seen
    what came out: `base_text`, what he had sent, is what he wrote over then. The same `request_key` applies once; edits
    of one `opening`, a stay in the row, are taken back together. An edit takes the row's verified mark off. Who settles
    a conflict gives as `refused` what he had written himself, so that the history has it whatever he chose. Raises
    EditConflict where both sides changed the same words, Gone where the row was deleted.
    """
    text = clean(text)
    base = Base(base_version, clean(base_text))
    details = {"opening": opening} if opening else {}
    refused = clean(refused)
    if base.is_of(utterance) and not refused:
        row = copy.copy(utterance)  # It keeps what was read, should somebody be quicker.
        try:
            with transaction.atomic():
                _store(row, text, by, request_key, details)
                return row
        except changing.Stale:
            pass
        except IntegrityError:
            # The same request for the second time, for a row that did not keep the first one's text.
            if not request_key or not Change.objects.filter(
                transcript=utterance.transcript_id, request_key=request_key
            ):
                raise
    return _edit_over_others(utterance, text, base, by, request_key, details, refused)


def _store(row: Utterance, text: str, by: User, request_key: str, details: dict[str, str]) -> None:
    if text == row.text:
        return
    changing.apply(
        transcript=row.transcript,
        kind=ChangeKind.EDITED,
        by=by,
        edits=[(row, {"text": text})],
        request_key=request_key,
        details=details,
    )


def _edit_over_others(
    utterance: Utterance, text: str, base: Base, by: User, request_key: str, details: dict[str, str], refused: str
) -> Utterance:
    with transaction.atomic():
        transcript = changing.lock(utterance.transcript_id)
        row = transcript.utterances.standing().select_related("speaker", "transcript").filter(pk=utterance.pk).first()
        if row is None:
            raise Gone
        if not changing.earlier(transcript, request_key):
            final = text if base.is_of(row) else _merged(row, base, text)
            if refused in {"", row.text, final}:
                _store(row, final, by, request_key, details)
            else:
                _settle(row, final, refused, by, request_key, details)
        return row


def _settle(row: Utterance, final: str, refused: str, by: User, request_key: str, details: dict[str, str]) -> None:
    """The text that was refused and then the one that was chosen, each as a change. Nobody sees the first one stand.

    Undo takes both back or, where the others' text was chosen, neither: it never takes away what they wrote.
    """
    before = changing.state_of(row)
    if final != before["text"]:
        together = details or {"opening": request_key or uuid4().hex}
        _store(row, refused, by, "", together)
        _store(row, final, by, request_key, together)
        return
    _store(row, refused, by, "", SETTLED)
    changing.apply(
        transcript=row.transcript,
        kind=ChangeKind.RESTORED,
        by=by,
        edits=[(row, before)],
        request_key=request_key,
        details={**SETTLED, "row": row.pk},
    )


def _merged(current: Utterance, base: Base, mine: str) -> str:
    common = base.text or changing.text_at(current, base.version)
    if common is None:
        raise EditConflict(theirs=current.text, mine=mine, version=current.version, row=current.pk)
    try:
        return merge(common, current.text, mine)
    except MergeConflict as conflict:
        raise EditConflict(
            theirs=current.text,
            mine=mine,
            version=current.version,
            row=current.pk,
            base=common,
            draft=conflict.draft,
            first=conflict.first,
        ) from conflict
