"""Who may do what, the states things can be in, and which state may follow which."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    EDITOR = "editor", _("Editor")
    VIEWER = "viewer", _("Viewer")


class LinkRole(TextChoices):
    """What a share link makes of whoever has it."""

    READER = "reader", _("May read and listen")
    COMMENTER = "commenter", _("May comment too")


class Action(TextChoices):
    VIEW = "view", _("View")  # the transcript's page, its sound, what others change
    COMMENT = "comment", _("Comment")
    EXPORT = "export", _("Export")
    EDIT = "edit", _("Edit")
    SHARE = "share", _("Share")  # make and revoke share links
    MANAGE = "manage", _("Manage")  # members, the project itself, deleting recordings


# Who may do what; `access.py` alone asks.
RIGHTS: dict[Role | LinkRole, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.EDITOR: frozenset({Action.VIEW, Action.COMMENT, Action.EXPORT, Action.EDIT}),
    Role.VIEWER: frozenset({Action.VIEW, Action.EXPORT}),
    LinkRole.COMMENTER: frozenset({Action.VIEW, Action.COMMENT}),
    LinkRole.READER: frozenset({Action.VIEW}),
}


class PreparationState(TextChoices):
    """Where the playback copy and the waveform of a recording are."""

    QUEUED = "queued", _("Waiting for its turn")
    RUNNING = "running", _("Preparing playback")
    DONE = "done", _("Ready to play")
    FAILED = "failed", _("Nothing to play")


class TranscriptionState(TextChoices):
    QUEUED = "queued", _("Waiting for its turn")
    CONVERTING = "converting", _("Converting the sound")
    SENDING = "sending", _("Sending")
    WAITING = "waiting", _("Being recognised")
    DONE = "done", _("Recognised")
    FAILED = "failed", _("Not recognised")
    CANCELLED = "cancelled", _("Cancelled")


# Work in these states belongs to a worker for as long as its lease lasts.
PREPARATION_RUNNING = (PreparationState.RUNNING,)
TRANSCRIPTION_RUNNING = (
    TranscriptionState.CONVERTING,
    TranscriptionState.SENDING,
    TranscriptionState.WAITING,
)

PREPARATION_TRANSITIONS: dict[PreparationState, frozenset[PreparationState]] = {
    PreparationState.QUEUED: frozenset({PreparationState.RUNNING}),
    PreparationState.RUNNING: frozenset(PreparationState),
    PreparationState.DONE: frozenset(),
    PreparationState.FAILED: frozenset({PreparationState.QUEUED}),
}

# A worker that takes over from a dead one starts again with CONVERTING, whatever the dead one was at; what may be
# tried again goes back to QUEUED.
TRANSCRIPTION_TRANSITIONS: dict[TranscriptionState, frozenset[TranscriptionState]] = {
    TranscriptionState.QUEUED: frozenset({TranscriptionState.CONVERTING, TranscriptionState.CANCELLED}),
    TranscriptionState.CONVERTING: frozenset(
        {
            TranscriptionState.CONVERTING,
            TranscriptionState.SENDING,
            TranscriptionState.QUEUED,
            TranscriptionState.FAILED,
            TranscriptionState.CANCELLED,
        }
    ),
    TranscriptionState.SENDING: frozenset(
        {
            TranscriptionState.CONVERTING,
            TranscriptionState.WAITING,
            TranscriptionState.QUEUED,
            TranscriptionState.FAILED,
            TranscriptionState.CANCELLED,
        }
    ),
    TranscriptionState.WAITING: frozenset(
        {
            TranscriptionState.CONVERTING,
            TranscriptionState.DONE,
            TranscriptionState.QUEUED,
            TranscriptionState.FAILED,
            TranscriptionState.CANCELLED,
        }
    ),
    TranscriptionState.DONE: frozenset(),
    TranscriptionState.FAILED: frozenset({TranscriptionState.QUEUED}),
    TranscriptionState.CANCELLED: frozenset({TranscriptionState.QUEUED}),
}


class ChangeKind(TextChoices):
    RECOGNISED = "recognised", _("Recognised")
    IMPORTED = "imported", _("Imported")
    EDITED = "edited", _("Edited")
    REPLACED = "replaced", _("Found and replaced")
    SPLIT = "split", _("Row split")
    MERGED = "merged", _("Rows merged")
    DELETED = "deleted", _("Row deleted")
    INSERTED = "inserted", _("Row inserted")
    MOVED = "moved", _("Start or end moved")
    ASSIGNED = "assigned", _("Speaker of rows changed")
    RENAMED = "renamed", _("Speaker renamed")
    VERIFIED = "verified", _("Verified mark changed")
    FLAGGED = "flagged", _("Flag changed")
    DISMISSED = "dismissed", _("Warning dismissed")
    UNDONE = "undone", _("Taken back")
    REDONE = "redone", _("Done again")
    RESTORED = "restored", _("Restored")
