"""What each kind of bulk action does to one recording, and how it is undone.

Each is tried again after a worker was killed: done twice, it does the same as once. What is not possible raises
BulkRefused, or the errors of the services that do it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from transcripts import access
from transcripts.enums import Action, BulkKind
from transcripts.errors import EditConflict, Gone, NotFound
from transcripts.models import BulkItem, Move, Recording, Tag, Transcript, Transcription
from transcripts.models.tags import fold_tag_name, tidy_tag_name
from transcripts.queries.library import get_last_options
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.projects.moves import ask_to_move, move_recording, refuse_move, undo_move
from transcripts.services.recognition.run import cancel_transcription, request_transcription
from transcripts.services.recordings.delete import bin_recording, restore_recording
from transcripts.services.tags import add_tags, remove_tag

if TYPE_CHECKING:
    from django.contrib.auth.models import User


_TRIES = 3


class BulkRefused(Exception):
    """It can't be done to this recording; `reason` is one of the keys of `templatetags.bulk.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class BulkStep:
    """One item of the action. `details` are the action's."""

    item: BulkItem
    recording: Recording
    details: Mapping[str, Any]
    by: User

    @property
    def before(self) -> dict[str, Any]:
        """What `look` has noted of the recording."""
        noted: dict[str, Any] = self.item.before
        return noted


def _note_nothing(_step: BulkStep) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class BulkWork:
    """`look` returns what an undo needs, before anything is done.

    A long one has transactions of its own; the undo of what `restores` finds its recording by itself, and that of what
    is `in_bin` is done to recordings in the bin, too.
    """

    do: Callable[[BulkStep], None]
    undo: Callable[[BulkStep], None]
    look: Callable[[BulkStep], dict[str, Any]] = _note_nothing
    is_long: bool = False
    restores: bool = False
    in_bin: bool = False


def _move(step: BulkStep) -> None:
    """Where an owner has to allow it, they are asked."""
    project = access.project_for(step.by, step.details["project"], Action.EDIT)
    if step.recording.project_id != project.pk and Action.MOVE not in access.rights_of(step.recording):
        ask_to_move(recording=step.recording, project=project, by=step.by)
    else:
        move_recording(recording=step.recording, project=project, by=step.by)


def _note_last_move(step: BulkStep) -> dict[str, Any]:
    last = Move.objects.filter(recording=step.recording).order_by("-pk").values_list("pk", flat=True).first()
    return {"move": last or 0}


def _undo_move(step: BulkStep) -> None:
    moves = Move.objects.filter(recording=step.recording, pk__gt=step.before["move"], asked_by=step.by)
    move = moves.filter(target=step.details["project"]).order_by("pk").first()
    if move is None or move.undone_at:
        return  # It was there before, or its owner has refused or undone it.
    if move.moved_at is None:
        refuse_move(move=move, by=step.by)
    else:
        undo_move(move=access.move_for(step.by, move.pk), by=step.by)


def _recognise(step: BulkStep) -> None:
    run = request_transcription(recording=step.recording, options=get_last_options(step.recording), by=step.by)
    step.item.before = {"transcription": str(run.pk)}


def _undo_recognise(step: BulkStep) -> None:
    run = Transcription.objects.filter(pk=step.before["transcription"]).first()
    if run is None or not cancel_transcription(transcription=run):
        raise BulkRefused("recognised")


def _get_transcript(recording: Recording) -> Transcript:
    transcript = Transcript.objects.filter(recording=recording).current_first().first()
    if transcript is None:
        raise BulkRefused("no_transcript")
    return transcript


def _verify(step: BulkStep) -> None:
    transcript = _get_transcript(step.recording)
    for left in reversed(range(_TRIES)):
        rows = transcript.utterances.visible().filter(verified_at=None).values_list("pk", "version")
        try:
            verify_rows(
                transcript=transcript,
                versions=dict(rows),
                on=True,
                by=step.by,
                request_key=f"bulk-{step.item.action_id}",
            )
        except (EditConflict, Gone):  # Somebody is writing in it.
            if not left:
                raise
        else:
            return


def _undo_verify(step: BulkStep) -> None:
    """Only where the person has not changed the transcript since: else the undo would take another step of theirs."""
    transcript = _get_transcript(step.recording)
    last = transcript.changes.filter(by=step.by).order_by("-version").first()
    key = f"bulk-{step.item.action_id}"
    if last is None or last.request_key not in {key, f"{key}-undo"}:
        raise BulkRefused(
            "changed_since" if last and transcript.changes.filter(request_key=key).exists() else "nothing"
        )
    undo_change(transcript=transcript, by=step.by, request_key=f"{key}-undo")


def _assign(step: BulkStep) -> None:
    person = get_user_model().objects.filter(pk=step.details["person"], memberships__project=step.recording.project)
    if step.details["person"] is not None and not person.exists():
        raise BulkRefused("not_a_member")
    Recording.objects.filter(pk=step.recording.pk).update(assigned_to=step.details["person"])


def _note_assigned(step: BulkStep) -> dict[str, Any]:
    return {"person": step.recording.assigned_to_id}


def _undo_assign(step: BulkStep) -> None:
    before = get_user_model().objects.filter(pk=step.before["person"]).first()
    still = Recording.objects.filter(pk=step.recording.pk, assigned_to=step.details["person"])
    if not still.update(assigned_to=before):
        raise BulkRefused("changed_since")


def _note_tag(step: BulkStep) -> dict[str, Any]:
    return {"tagged": _find_tag(step) is not None}


def _find_tag(step: BulkStep, detail: str = "tag") -> Tag | None:
    return step.recording.tags.filter(folded=fold_tag_name(tidy_tag_name(step.details[detail]))).first()


def _tag(step: BulkStep) -> None:
    colour = step.details.get("colour")
    if not add_tags(recording=step.recording, names=[step.details["tag"]], by=step.by, colour=colour):
        raise BulkRefused("tags_full")


def _untag(step: BulkStep) -> None:
    if tag := _find_tag(step):
        remove_tag(recording=step.recording, tag=tag, by=step.by)


def _undo_tag(step: BulkStep) -> None:
    if not step.before["tagged"]:
        _untag(step)


def _undo_untag(step: BulkStep) -> None:
    """Where the tag was merged into another, that one goes unless the recording had it."""
    if "into" in step.details and not step.before["had"] and (other := _find_tag(step, "into")):
        remove_tag(recording=step.recording, tag=other, by=step.by)
    if step.before["tagged"]:
        _tag(step)


def _archive(step: BulkStep) -> None:
    there = Recording.objects.filter(pk=step.recording.pk, archived_at=None)
    there.update(archived_at=step.item.action.created_at)


def _undo_archive(step: BulkStep) -> None:
    """Those that were archived before stay so."""
    own = Recording.objects.filter(pk=step.recording.pk, archived_at=step.item.action.created_at)
    own.update(archived_at=None)


def _unarchive(step: BulkStep) -> None:
    Recording.objects.filter(pk=step.recording.pk).update(archived_at=None)


def _note_archived(step: BulkStep) -> dict[str, Any]:
    since = step.recording.archived_at
    return {"archived_at": since and since.isoformat()}


def _undo_unarchive(step: BulkStep) -> None:
    if since := step.before["archived_at"]:
        there = Recording.objects.filter(pk=step.recording.pk, archived_at=None)
        there.update(archived_at=datetime.fromisoformat(since))


def _bin(step: BulkStep) -> None:
    bin_recording(recording=step.recording, by=step.by)


def _undo_bin(step: BulkStep) -> None:
    try:
        recording = access.binned_recording_for(step.by, step.recording.pk)
    except NotFound:
        if Recording.objects.filter(pk=step.recording.pk, binned_at=None).exists():
            return  # Somebody has brought it back already.
        raise Gone from None
    restore_recording(recording=recording, by=step.by)


KINDS: dict[str, BulkWork] = {
    BulkKind.MOVE: BulkWork(_move, _undo_move, _note_last_move),
    BulkKind.TAG: BulkWork(_tag, _undo_tag, _note_tag, in_bin=True),
    BulkKind.UNTAG: BulkWork(_untag, _undo_untag, _note_tag, in_bin=True),
    BulkKind.RECOGNISE: BulkWork(_recognise, _undo_recognise),
    BulkKind.VERIFY: BulkWork(_verify, _undo_verify, is_long=True),
    BulkKind.ASSIGN: BulkWork(_assign, _undo_assign, _note_assigned, in_bin=True),
    BulkKind.ARCHIVE: BulkWork(_archive, _undo_archive, in_bin=True),
    BulkKind.UNARCHIVE: BulkWork(_unarchive, _undo_unarchive, _note_archived, in_bin=True),
    BulkKind.BIN: BulkWork(_bin, _undo_bin, restores=True),
}
