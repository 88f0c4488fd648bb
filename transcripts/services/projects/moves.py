"""Moving recordings from one project to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from transcripts import access
from transcripts.enums import Action, AuditEvent
from transcripts.errors import Gone, NotAllowed, OnHold
from transcripts.models import Move, Project, Recording
from transcripts.services.audit import record
from transcripts.services.kept_voices import drop_kept_voices
from transcripts.services.projects.projects import lock_project
from transcripts.services.tags import carry_tags

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def move_recording(*, recording: Recording, project: Project, by: User) -> None:
    """Moves the recording with everything in it to another project, and leaves a trace on both sides.

    Only the row changes: a worker that is busy with it carries on. Raises Gone if somebody has deleted or moved the
    recording or deleted the project meanwhile, and OnHold.
    """
    with transaction.atomic():
        lock_project(project)
        Move.objects.filter(recording=recording, moved_at=None).delete()
        if recording.project_id == project.pk:
            return
        move = Move(recording=recording, source_id=recording.project_id, target=project, asked_by=by)
        _carry_out(move, by)
    recording.project = project


def ask_to_move(*, recording: Recording, project: Project, by: User) -> None:
    """Asks the owners of its project to let the recording go to another one; a later wish replaces it."""
    Move.objects.update_or_create(
        recording=recording,
        moved_at=None,
        defaults={"source_id": recording.project_id, "target": project, "asked_by": by},
    )


def allow_move(*, move: Move, by: User) -> None:
    """Carries out a move that somebody asked for.

    Raises Gone as `move_recording` does, and NotAllowed if who asked may no longer add recordings to the other project.
    """
    with transaction.atomic():
        lock_project(move.target)
        if move.asked_by is None or not access.may(move.asked_by, Action.EDIT, move.target):
            raise NotAllowed
        _carry_out(move, by)


def refuse_move(*, move: Move, by: User) -> None:
    """Forgets that somebody asked for the move. Those who did may ask again."""
    move.delete()


def undo_move(*, move: Move, by: User) -> None:
    """Brings the recording back to where it came from, wherever it has gone since. Raises Gone if it was deleted."""
    with transaction.atomic():
        lock_project(move.source)
        now = timezone.now()
        _check_hold(move)
        if not Move.objects.filter(pk=move.pk, undone_at=None).update(undone_at=now, undone_by=by):
            raise Gone
        if not Recording.objects.filter(pk=move.recording_id, binned_at=None).update(
            project=move.source, retention_from=now
        ):
            raise Gone
        drop_kept_voices(move.recording)
        carry_tags(recording=move.recording, project=move.source)
        Move.objects.filter(recording=move.recording_id, moved_at=None).delete()
        for project in (move.source, move.target):
            record(AuditEvent.MOVE_UNDONE, by=by, project=project, about=move.recording)


def _check_hold(move: Move) -> None:
    """What is in a project on hold stays there; a hold of its own goes with the recording."""
    if Project.objects.filter(recordings=move.recording_id, legal_hold=True).exists():
        raise OnHold


def _carry_out(move: Move, by: User) -> None:
    _check_hold(move)
    there = Recording.objects.filter(pk=move.recording_id, project=move.source_id, binned_at=None)
    if not there.update(project=move.target, retention_from=timezone.now()):
        raise Gone
    drop_kept_voices(move.recording)
    carry_tags(recording=move.recording, project=move.target)
    move.allowed_by, move.moved_at = by, timezone.now()
    move.save()
    for project, other in ((move.source, move.target), (move.target, move.source)):
        direction = "→" if project == move.source else "←"
        record(AuditEvent.MOVED, by=by, project=project, about=move.recording, details=f"{direction} {other}")
