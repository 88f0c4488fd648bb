from __future__ import annotations

from transcripts.models.asides import Comment, Notice, Piece
from transcripts.models.people import Preferences, StandIn
from transcripts.models.projects import Invitation, Membership, Project
from transcripts.models.recordings import Recording
from transcripts.models.sharing import ShareLink
from transcripts.models.slots import Slot
from transcripts.models.transcriptions import Part, Transcription
from transcripts.models.transcripts import Change, Presence, Revision, Speaker, Transcript, Utterance
from transcripts.models.uploads import Upload

__all__ = [
    "Change",
    "Comment",
    "Invitation",
    "Membership",
    "Notice",
    "Part",
    "Piece",
    "Preferences",
    "Presence",
    "Project",
    "Recording",
    "Revision",
    "ShareLink",
    "Slot",
    "Speaker",
    "StandIn",
    "Transcript",
    "Transcription",
    "Upload",
    "Utterance",
]
