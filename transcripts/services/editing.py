"""Correcting utterances. Every accepted edit is a Change; nothing is stored over somebody else's words unseen."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone, NothingToUndo
from transcripts.models import Change, Transcript, Utterance
from transcripts.text.alignment import align
from transcripts.text.merging import MergeConflict, merge
from transcripts.text.tokens import Word

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_TEXT = 10_000


def clean(text: str) -> str:
    """`text` as one line: line breaks and tabs become spaces, other control characters go."""
    spaced = "".join(" " if char in "\r\n\t\v\f\x85\u2028\u2029" else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) != "Cc").strip()


def edit_utterance(*, utterance: Utterance, text: str, base_version: int, by: User, request_key: str = "") -> Utterance:
    """Stores `text`, which was written over version `base_version` of the utterance, and returns what now stands.

    Where the utterance has changed since, both sides are merged by tokens. The same `request_key` applies once. Raises
    EditConflict where both sides changed the same words.
    """
    text = clean(text)
    try:
        with transaction.atomic():
            transcript = _locked(utterance.transcript_id)
            current = Utterance.objects.select_related("speaker", "transcript").get(pk=utterance.pk)
            if request_key and transcript.changes.filter(request_key=request_key).exists():
                return current
            if current.version != base_version:
                text = _merged(current, base_version, text)
            if text != current.text:
                _set_text(transcript, current, text, kind=ChangeKind.EDITED, by=by, request_key=request_key)
            return current
    except IntegrityError:
        # The same request twice at the same moment: the other one was quicker and has stored it.
        if request_key and Change.objects.filter(transcript_id=utterance.transcript_id, request_key=request_key):
            return Utterance.objects.select_related("speaker", "transcript").get(pk=utterance.pk)
        raise


def undo(*, transcript: Transcript, by: User) -> Utterance:
    """Takes back the person's own last change that still stands, as a new change.

    Raises NothingToUndo; EditConflict where somebody has changed the same words since.
    """
    with transaction.atomic():
        transcript = _locked(transcript.pk)
        change = (
            transcript.changes.filter(by=by, kind=ChangeKind.EDITED, undone_by=None, utterance__isnull=False)
            .order_by("version")
            .last()
        )
        if change is None or change.utterance_id is None:
            raise NothingToUndo
        current = Utterance.objects.select_related("speaker", "transcript").get(pk=change.utterance_id)
        before, after = change.before["text"], change.after["text"]
        try:
            text = merge(after, current.text, before)
        except MergeConflict as conflict:
            raise EditConflict(theirs=current.text, mine=before, version=current.version) from conflict
        _set_text(transcript, current, text, kind=ChangeKind.UNDONE, by=by, undoes=change)
        return current


def _locked(pk: Any) -> Transcript:
    """The transcript with its row locked: every change of it goes through here, one after the other."""
    transcript = Transcript.objects.select_for_update().filter(pk=pk).first()
    if transcript is None:
        raise Gone
    return transcript


def _merged(current: Utterance, base_version: int, mine: str) -> str:
    base = _text_at(current, base_version)
    if base is None:
        raise EditConflict(theirs=current.text, mine=mine, version=current.version)
    try:
        return merge(base, current.text, mine)
    except MergeConflict as conflict:
        raise EditConflict(theirs=current.text, mine=mine, version=current.version) from conflict


def _text_at(utterance: Utterance, version: int) -> str | None:
    """The utterance's text at an earlier version of its own, read from the changes; None for one it never had."""
    if version == 1:
        first = utterance.changes.order_by("version").first()
        return first.before["text"] if first else utterance.text
    change = utterance.changes.filter(after__version=version).first()
    return change.after["text"] if change else None


def _set_text(
    transcript: Transcript, utterance: Utterance, text: str, *, kind: ChangeKind, by: User, **fields: Any
) -> None:
    engine = [Word(word, start, end) for word, start, end in utterance.engine_words]
    words = align(engine, text, bounds=(utterance.start_ms, utterance.end_ms))
    before = {"text": utterance.text, "version": utterance.version}
    swapped = Utterance.objects.filter(pk=utterance.pk, version=utterance.version).update(
        text=text,
        words=[[word.text, word.start_ms, word.end_ms, word.source] for word in words],
        version=F("version") + 1,
    )
    if not swapped:
        raise EditConflict(theirs=utterance.text, mine=text, version=utterance.version)
    Transcript.objects.filter(pk=transcript.pk).update(version=F("version") + 1)
    utterance.refresh_from_db(fields=["text", "words", "version"])
    Change.objects.create(
        transcript=transcript,
        version=transcript.version + 1,
        kind=kind,
        by=by,
        utterance=utterance,
        before=before,
        after={"text": text, "version": utterance.version},
        **fields,
    )
