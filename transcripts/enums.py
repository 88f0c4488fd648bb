"""Who may do what, the states things can be in, and which state may follow which."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LOCAL_SERVICE = "local"
"""What `Transcription.service` says in place of a host for the flash server of this installation."""


class Labelled(models.TextChoices):
    @classmethod
    def list_choices(cls) -> list[tuple[str, Any]]:
        """For models: a migration names this function, so that no new wording of a label needs a migration."""
        return cls.choices


class Role(Labelled):
    OWNER = "owner", _("Owner")
    EDITOR = "editor", _("Editor")
    VIEWER = "viewer", _("Viewer")


class LinkRole(Labelled):
    """What a share link allows anyone who has it."""

    READER = "reader", _("Can read and listen")
    COMMENTER = "commenter", _("Can read, listen and comment")


class Action(Labelled):
    VIEW = "view", _("View")  # the transcript's page, its sound, what others change
    COMMENT = "comment", _("Comment")
    EXPORT = "export", _("Export")
    EDIT = "edit", _("Edit")
    SHARE = "share", _("Share")  # make and revoke share links
    MANAGE = "manage", _("Manage")  # members, the project itself, deleting recordings
    MOVE = "move", _("Move")  # take recordings out of the project; others ask for it


# Who may do what; only `access.py` reads it.
RIGHTS: dict[Role | LinkRole, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.EDITOR: frozenset({Action.VIEW, Action.COMMENT, Action.EXPORT, Action.EDIT}),
    Role.VIEWER: frozenset({Action.VIEW, Action.EXPORT}),
    LinkRole.COMMENTER: frozenset({Action.VIEW, Action.COMMENT}),
    LinkRole.READER: frozenset({Action.VIEW}),
}


class PreparationState(Labelled):
    """How far the playback copy and the waveform of a recording are."""

    QUEUED = "queued", _("Waiting in the queue")
    RUNNING = "running", _("Preparing playback")
    DONE = "done", _("Ready to play")
    FAILED = "failed", _("Cannot be played")


class TranscriptionState(Labelled):
    QUEUED = "queued", _("Waiting in the queue")
    CONVERTING = "converting", _("Converting the audio")
    SENDING = "sending", _("Sending")
    WAITING = "waiting", _("Recognising")
    DONE = "done", _("Recognised")
    FAILED = "failed", _("Recognition failed")
    CANCELLED = "cancelled", _("Cancelled")


# Work in these states belongs to a worker for as long as its lease lasts.
PREPARATION_RUNNING = (PreparationState.RUNNING,)
TRANSCRIPTION_RUNNING = (
    TranscriptionState.CONVERTING,
    TranscriptionState.SENDING,
    TranscriptionState.WAITING,
)

PREPARATION_TRANSITIONS: dict[PreparationState, frozenset[PreparationState]] = {
    PreparationState.QUEUED: frozenset({PreparationState.RUNNING, PreparationState.FAILED}),  # its audio was deleted
    PreparationState.RUNNING: frozenset(PreparationState),
    # Another track was chosen, or the audio was deleted.
    PreparationState.DONE: frozenset({PreparationState.QUEUED, PreparationState.FAILED}),
    PreparationState.FAILED: frozenset({PreparationState.QUEUED}),
}

# A worker that takes over from a dead one starts again with CONVERTING, whatever the dead one was at; what may be
# tried again goes back to QUEUED. Where an answer is kept already, nothing is sent.
TRANSCRIPTION_TRANSITIONS: dict[TranscriptionState, frozenset[TranscriptionState]] = {
    TranscriptionState.QUEUED: frozenset({TranscriptionState.CONVERTING, TranscriptionState.CANCELLED}),
    TranscriptionState.CONVERTING: frozenset(
        {
            TranscriptionState.CONVERTING,
            TranscriptionState.SENDING,
            TranscriptionState.WAITING,
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


class DownloadState(Labelled):
    QUEUED = "queued", _("Waiting in the queue")
    RUNNING = "running", _("Making the file")
    DONE = "done", _("Ready to download")
    FAILED = "failed", _("The file could not be made")


DOWNLOAD_RUNNING = (DownloadState.RUNNING,)
DOWNLOAD_TRANSITIONS: dict[DownloadState, frozenset[DownloadState]] = {
    DownloadState.QUEUED: frozenset({DownloadState.RUNNING}),
    DownloadState.RUNNING: frozenset(DownloadState),
    DownloadState.DONE: frozenset(),
    DownloadState.FAILED: frozenset(),
}


class DiarizationState(Labelled):
    QUEUED = "queued", _("Waiting in the queue")
    RUNNING = "running", pgettext_lazy("diarization", "Telling speakers apart")
    DONE = "done", pgettext_lazy("diarization", "Speakers told apart")
    FAILED = "failed", pgettext_lazy("diarization", "The speakers could not be told apart")
    CANCELLED = "cancelled", _("Cancelled")


DIARIZATION_RUNNING = (DiarizationState.RUNNING,)
DIARIZATION_TRANSITIONS: dict[DiarizationState, frozenset[DiarizationState]] = {
    DiarizationState.QUEUED: frozenset({DiarizationState.RUNNING, DiarizationState.CANCELLED}),
    DiarizationState.RUNNING: frozenset(DiarizationState),
    DiarizationState.DONE: frozenset(),
    DiarizationState.FAILED: frozenset(),
    DiarizationState.CANCELLED: frozenset(),
}


class MailState(Labelled):
    DUE = "due", "Due"
    KEPT = "kept", "Kept"  # There is no mail server.
    FAILED = "failed", "Failed"


class LibraryState(Labelled):
    """What the library can be narrowed to."""

    UNVERIFIED = "unverified", pgettext_lazy("library", "Not verified yet")
    VERIFIED = "verified", pgettext_lazy("library", "Verified")
    RUNNING = "running", pgettext_lazy("library", "Being recognised")
    FAILED = "failed", pgettext_lazy("library", "Failed")
    ARCHIVED = "archived", pgettext_lazy("library", "Archived")


class Whose(Labelled):
    MINE = "mine", pgettext_lazy("library", "Added by me")
    ASSIGNED = "assigned", pgettext_lazy("library", "Assigned to me")
    UNASSIGNED = "unassigned", pgettext_lazy("library", "Assigned to nobody")
    SHARED = "shared", pgettext_lazy("library", "Shared with others")


class EntryState(Labelled):
    """What people think of an entry of the glossary; only approved ones are used."""

    PROPOSED = "proposed", pgettext_lazy("glossary", "Proposed")
    APPROVED = "approved", pgettext_lazy("glossary", "Approved")
    DISMISSED = "dismissed", pgettext_lazy("glossary", "Dismissed")


class BulkKind(Labelled):
    """What can be done to many recordings at once."""

    MOVE = "move", pgettext_lazy("bulk", "Move to another project")
    TAG = "tag", pgettext_lazy("bulk", "Add a tag")
    UNTAG = "untag", pgettext_lazy("bulk", "Remove a tag")
    RECOGNISE = "recognise", pgettext_lazy("bulk", "Recognise again")
    VERIFY = "verify", pgettext_lazy("bulk", "Verify all rows")
    ASSIGN = "assign", pgettext_lazy("bulk", "Assign to a person")
    ARCHIVE = "archive", pgettext_lazy("bulk", "Archive")
    UNARCHIVE = "unarchive", pgettext_lazy("bulk", "Bring back from the archive")
    BIN = "bin", pgettext_lazy("bulk", "Delete")


BULK_RIGHTS: dict[BulkKind, Action] = {
    kind: Action.MANAGE if kind == BulkKind.BIN else Action.EDIT for kind in BulkKind
}
"""What a person must be allowed to do with a recording; moves that are an owner's to allow are asked for."""


class BulkState(Labelled):
    QUEUED = "queued", _("Waiting in the queue")
    RUNNING = "running", pgettext_lazy("bulk", "Running")
    DONE = "done", pgettext_lazy("bulk", "Done")
    CANCELLED = "cancelled", _("Cancelled")


class BulkItemState(Labelled):
    WAITING = "waiting", pgettext_lazy("bulk", "Waiting")
    DONE = "done", pgettext_lazy("bulk", "Done")
    REFUSED = "refused", pgettext_lazy("bulk", "Not possible")
    UNDONE = "undone", pgettext_lazy("bulk", "Undone")


BULK_RUNNING = (BulkState.RUNNING,)

# An undo goes through the queue once more.
BULK_TRANSITIONS: dict[BulkState, frozenset[BulkState]] = {
    BulkState.QUEUED: frozenset({BulkState.RUNNING, BulkState.CANCELLED}),
    BulkState.RUNNING: frozenset({BulkState.RUNNING, BulkState.QUEUED, BulkState.DONE, BulkState.CANCELLED}),
    BulkState.DONE: frozenset({BulkState.QUEUED}),
    BulkState.CANCELLED: frozenset({BulkState.QUEUED}),
}


class ChangeKind(Labelled):
    RECOGNISED = "recognised", pgettext_lazy("change", "Recognised")
    IMPORTED = "imported", pgettext_lazy("change", "Imported")
    EDITED = "edited", pgettext_lazy("change", "Edited")
    REPLACED = "replaced", pgettext_lazy("change", "Replaced")
    SPLIT = "split", pgettext_lazy("change", "Row split")
    MERGED = "merged", pgettext_lazy("change", "Rows merged")
    DELETED = "deleted", pgettext_lazy("change", "Row deleted")
    INSERTED = "inserted", pgettext_lazy("change", "Row inserted")
    MOVED = "moved", pgettext_lazy("change", "Start or end moved")
    ASSIGNED = "assigned", pgettext_lazy("change", "Speaker of rows changed")
    RENAMED = "renamed", pgettext_lazy("change", "Speaker renamed")
    VERIFIED = "verified", pgettext_lazy("change", "Verification changed")
    FLAGGED = "flagged", pgettext_lazy("change", "Flag changed")
    DISMISSED = "dismissed", pgettext_lazy("change", "Warning ignored")
    UNDONE = "undone", pgettext_lazy("change", "Undone")
    REDONE = "redone", pgettext_lazy("change", "Redone")
    RESTORED = "restored", pgettext_lazy("change", "Restored")


class AuditEvent(Labelled):
    SIGNED_IN = "signed_in", pgettext_lazy("audit", "Signed in")
    SIGN_IN_FAILED = "sign_in_failed", pgettext_lazy("audit", "Sign-in failed")
    SIGNED_OUT = "signed_out", pgettext_lazy("audit", "Signed out")
    JOINED = "joined", pgettext_lazy("audit", "Joined the project")
    ROLE_CHANGED = "role_changed", pgettext_lazy("audit", "Role changed")
    LEFT = "left", pgettext_lazy("audit", "Left the project, or was removed")
    LINK_CREATED = "link_created", pgettext_lazy("audit", "Link created")
    LINK_REVOKED = "link_revoked", pgettext_lazy("audit", "Link revoked")
    MOVED = "moved", pgettext_lazy("audit", "Recording moved")
    MOVE_UNDONE = "move_undone", pgettext_lazy("audit", "Move undone")
    BINNED = "binned", pgettext_lazy("audit", "Moved to the bin")
    RESTORED = "restored", pgettext_lazy("audit", "Brought back from the bin")
    DELETED = "deleted", pgettext_lazy("audit", "Deleted for good")
    AUDIO_DELETED = "audio_deleted", pgettext_lazy("audit", "Audio deleted")
    RETENTION_CHANGED = "retention_changed", pgettext_lazy("audit", "Retention changed")
    HOLD_SET = "hold_set", pgettext_lazy("audit", "Legal hold placed")
    HOLD_LIFTED = "hold_lifted", pgettext_lazy("audit", "Legal hold lifted")
    ACCOUNT_DELETED = "account_deleted", pgettext_lazy("audit", "Account deleted")
    EXPORTED = "exported", pgettext_lazy("audit", "Exported")
    VOICES_ON = "voices_on", pgettext_lazy("audit", "Keeping voices switched on")
    VOICES_OFF = "voices_off", pgettext_lazy("audit", "Keeping voices switched off")
    VOICES_DELETED = "voices_deleted", pgettext_lazy("audit", "Voices deleted")
    VOICES_EXPORTED = "voices_exported", pgettext_lazy("audit", "Voices exported")
