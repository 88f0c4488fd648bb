"""Undoing one's own changes and redoing them, each as a new change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils.dateparse import parse_datetime

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, NothingToUndo
from transcripts.models import Change, Revision, Speaker, Transcript, Utterance
from transcripts.services.editing.changes import (
    BATCH,
    Edit,
    find_repeated_change,
    get_changed_rows,
    get_text_at,
    lock_transcript,
)
from transcripts.services.editing.preparation import Preparation
from transcripts.services.editing.word_times import is_text_alone, keep_apart
from transcripts.services.kept_voices import keep_voices
from transcripts.text.merging import MergeConflict, merge

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BACK_AND_FORTH = (ChangeKind.UNDONE, ChangeKind.REDONE)
CUTS = Q(after__has_key="removed") | Q(after__has_keys=["text", "engine_words"])
NOT_TO_BE_UNDONE = (ChangeKind.RECOGNISED, ChangeKind.IMPORTED, ChangeKind.UNDONE)


def undo_change(
    *, transcript: Transcript, by: User, request_key: str = "", acknowledged: Collection[int] = ()
) -> Sequence[Utterance]:
    """Undoes the person's latest change that is not undone. Returns the rows, including removed ones.

    Raises NothingToUndo; EditConflict, with the change's version, if somebody has changed the same words or marks
    since. Once the person has `acknowledged` that version, the change's other rows are undone; if there are none, the
    change before it.
    """
    rows = _reverse_change(transcript, by, request_key, ChangeKind.UNDONE, acknowledged)
    keep_voices(transcript)
    return rows


def redo_change(
    *, transcript: Transcript, by: User, request_key: str = "", acknowledged: Collection[int] = ()
) -> Sequence[Utterance]:
    """Redoes the person's latest undo, unless they have changed anything since. Raises as `undo_change` does."""
    rows = _reverse_change(transcript, by, request_key, ChangeKind.REDONE, acknowledged)
    keep_voices(transcript)
    return rows


def undo_given_change(
    *, transcript: Transcript, change: Change | None, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Undoes the change, whoever made it, but for rows that have changed since in the same way.

    Raises NothingToUndo without one, and EditConflict if no row is left, or if rows that were split or merged have
    changed since.
    """
    if change is None:
        if repeated := find_repeated_change(transcript, request_key):
            return get_changed_rows(repeated)
        raise NothingToUndo
    step = _Step(transcript, change, rest=True)
    if step.is_long:
        step.prepare()
    with transaction.atomic():
        locked = lock_transcript(transcript.pk)
        if repeated := find_repeated_change(locked, request_key):
            return get_changed_rows(repeated)
        if step.is_undone():
            raise NothingToUndo
        if not step.is_long:
            step = _Step(locked, change, rest=True)
            step.prepare()
        return step.store(locked, ChangeKind.UNDONE, by, request_key)


def _reverse_change(
    transcript: Transcript, by: User, request_key: str, kind: ChangeKind, acknowledged: Collection[int]
) -> Sequence[Utterance]:
    iterate = _iterate_done if kind == ChangeKind.UNDONE else _iterate_undone
    passed = set[int]()
    step: _Step | None = None
    while True:
        try:
            if step:
                step.prepare()
            with transaction.atomic():
                locked = lock_transcript(transcript.pk)
                if repeated := find_repeated_change(locked, request_key):
                    return get_changed_rows(repeated)
                change = next((change for change in iterate(locked, by) if change.version not in passed), None)
                if change is None:
                    raise NothingToUndo
                if step is None or step.change != change:
                    step = _Step(locked, change, rest=change.version in acknowledged)
                    if step.is_long:
                        continue
                    step.prepare()
                return step.store(locked, kind, by, request_key)
        except EditConflict as conflict:
            if repeated := find_repeated_change(transcript, request_key):
                return get_changed_rows(repeated)
            if step is None:
                raise
            if not step.is_undone():  # else another request of the same person was faster
                if step.change.version not in acknowledged:
                    conflict.change = step.change.version
                    raise
                passed.update((step.change.version, *step.along))
            step = None


class _Step:
    """What is undone at once: a change, or the changes of one edit session, the earlier ones with versions in `along`.

    With `rest`, only the rows that can be undone, if any; rows that were split, merged, deleted or inserted together
    are undone together. A long one is to be prepared before the transaction that stores it.
    """

    def __init__(self, transcript: Transcript, change: Change, *, rest: bool) -> None:
        self.change = change
        self._revisions, self.along = _collect_step(change)
        self.is_long = len(self._revisions) > BATCH
        self._whole = not rest
        self._refused: dict[int, EditConflict] = {}
        self._preparation = Preparation(transcript, self._edits)

    def prepare(self) -> None:
        """Raises EditConflict."""
        if self.is_long:
            self._revisions = []  # They are read again, some at a time.
            self._is_last = False
            pks = list(self.change.revisions.values_list("utterance", flat=True))
            cuts = self.change.revisions.filter(CUTS).exists()
        else:
            self._is_last = all(revision.utterance.version == revision.version for revision in self._revisions)
            pks = [revision.utterance_id for revision in self._revisions]
            cuts = any(map(_is_cut, self._revisions))
        self._whole = self._whole or cuts
        self._preparation.prepare(pks)

    def is_undone(self) -> bool:
        return Change.objects.filter(undoes=self.change).exists()

    def store(self, transcript: Transcript, kind: ChangeKind, by: User, request_key: str) -> Sequence[Utterance]:
        """The rows that change. Raises EditConflict."""
        self._preparation.catch_up(transcript)
        if self._refused and not self._preparation:
            raise next(iter(self._refused.values()))
        details = _restore_speaker_name(self.change)
        others = [] if self._is_last else _find_others_since(self.change, by)
        by_ms = self.change.details.get("shift_ms")
        self._preparation.store(
            transcript,
            kind=kind,
            by=by,
            request_key=request_key,
            undoes=self.change,
            details=details
            or {
                "undoes": self.change.version,
                **({"along": self.along} if self.along else {}),
                **({"also_changed_by": others} if others else {}),
                **({"shift_ms": -by_ms} if by_ms else {}),
            },
        )
        return self._preparation.rows

    def _edits(self, pks: Collection[int]) -> Iterator[Edit]:
        revisions = self._revisions or list(
            self.change.revisions.filter(utterance__in=pks).select_related("utterance__speaker")
        )
        forget_deleted_accounts(revisions)
        for revision in revisions:
            self._refused.pop(revision.utterance_id, None)
            try:
                before = get_state_before(revision)
            except EditConflict as conflict:
                if self._whole:
                    raise
                self._refused[revision.utterance_id] = conflict
            else:
                yield revision.utterance, keep_apart(revision.utterance, before, self.change)


def _is_cut(revision: Revision) -> bool:
    """Whether it split, merged, deleted or inserted rows: it is undone whole, from the rows as it left them."""
    return "removed" in revision.after or {"text", "engine_words"} <= revision.after.keys()


def _was_removed_since(revision: Revision) -> bool:
    """Whether the removed row still stood after the revision: rows that are removed are moved along with all others."""
    since = Revision.objects.filter(utterance=revision.utterance_id, version__gt=revision.version)
    return revision.utterance.version > revision.version and since.filter(after__removed=True).exists()


def _find_others_since(change: Change, by: User) -> list[int]:
    """The ids of the people who have changed the same rows since. Their changes stay."""
    since = Revision.objects.filter(change__transcript=change.transcript_id, change__version__gt=change.version)
    others = since.filter(utterance__revisions__change=change, change__by__isnull=False).exclude(change__by=by)
    return sorted(others.values_list("change__by", flat=True).order_by("change__by").distinct())


def _iterate_done(transcript: Transcript, by: User) -> Iterator[Change]:
    """The person's changes that are not undone, newest first."""
    own = transcript.changes.filter(by=by)
    steps = own.filter(kind=ChangeKind.UNDONE, details__has_key="along").values_list("details__along", flat=True)
    along = {version for step in steps for version in step}
    done = own.filter(undone_by=None).exclude(kind__in=NOT_TO_BE_UNDONE).exclude(details__has_key="settled")
    return (change for change in done.order_by("-version").iterator() if change.version not in along)


def _iterate_undone(transcript: Transcript, by: User) -> Iterator[Change]:
    """What the person has undone since they last changed anything else, newest first."""
    own = transcript.changes.filter(by=by)
    done = own.exclude(details__has_key="automatic")  # which came in their name, whatever they were doing
    other = done.exclude(kind__in=BACK_AND_FORTH).order_by("version").values_list("version", flat=True).last()
    return own.filter(kind=ChangeKind.UNDONE, undone_by=None, version__gt=other or 0).order_by("-version").iterator()


def _collect_step(change: Change) -> tuple[list[Revision], list[int]]:
    """A revision for each row, up to one more than a batch, and the versions of the earlier changes that belong to it.

    The edits of one edit session are one step, as long as nothing else happened to the row between them.
    """
    revisions = list(change.revisions.select_related("utterance__speaker", "utterance__transcript")[: BATCH + 1])
    edit_session = change.details.get("edit_session")
    if not edit_session:
        return revisions, []
    (last,) = revisions
    earlier = last.utterance.revisions.filter(version__lt=last.version).select_related("change").order_by("-version")
    stay = list(takewhile(lambda revision: _is_of_session(revision.change, edit_session, change.by_id), earlier))
    for revision in stay:
        last.before |= revision.before
        last.after = {**revision.after, **last.after}
    return [last], [revision.change.version for revision in stay]


def _is_of_session(change: Change, edit_session: str, by_id: int | None) -> bool:
    return change.by_id == by_id and change.details.get("edit_session") == edit_session


def get_state_before(revision: Revision) -> dict[str, Any]:
    """The values that an undo gives the row's fields. Raises EditConflict."""
    row, then, after = revision.utterance, revision.before, revision.after
    whole = _is_cut(revision)
    if row.removed and "removed" not in after and _was_removed_since(revision):
        raise _build_conflict(revision)
    state = {field: parse_value(field, stored) for field, stored in then.items()}
    for field, stored in after.items():
        if getattr(row, field) == parse_value(field, stored):
            continue
        if field in {"start_ms", "end_ms"} and is_text_alone(after):
            del state[field]  # Somebody has moved since what only followed the text.
            continue
        if field != "text" or whole:
            raise _build_conflict(revision)
        try:
            state["text"] = merge(after["text"], row.text, then["text"])
        except MergeConflict as conflict:
            raise _build_conflict(revision) from conflict
    if state.get("start_ms", row.start_ms) >= state.get("end_ms", row.end_ms):
        raise _build_conflict(revision)
    goes = state.get("removed") and row.version > revision.version
    if goes and get_text_at(row, revision.version) != row.text:
        raise _build_conflict(revision)  # Text written into the row since would vanish with it unseen.
    return state


def forget_deleted_accounts(revisions: Collection[Revision]) -> None:
    """Takes people whose accounts are gone out of the revisions, which keeps rows verified by nobody known."""
    sides = [side for revision in revisions for side in (revision.before, revision.after)]
    verifiers = {side["verified_by_id"] for side in sides if side.get("verified_by_id")}
    gone = verifiers - set(get_user_model().objects.filter(pk__in=verifiers).values_list("pk", flat=True))
    for side in sides:
        if side.get("verified_by_id") in gone:
            side["verified_by_id"] = None


def _build_conflict(revision: Revision) -> EditConflict:
    row = revision.utterance
    return EditConflict(
        theirs=row.text,
        mine=revision.before.get("text", row.text),
        version=row.version,
        row=None if row.removed else row.pk,
        base=revision.after.get("text", ""),
    )


def parse_value(field: str, stored: Any) -> Any:
    """A field's value as the row has it: the history stores times as text."""
    return parse_datetime(stored) if field == "verified_at" and stored else stored


def _restore_speaker_name(change: Change) -> dict[str, Any]:
    """Gives the speaker the name from before the change, if the change renamed one."""
    if "speaker" not in change.details:
        return {}
    pk, before, after = (change.details[key] for key in ("speaker", "before", "after"))
    if not Speaker.objects.filter(pk=pk, name=after).update(name=before):
        raise EditConflict(theirs="", mine=before, version=0)
    return {"speaker": pk, "before": after, "after": before}
