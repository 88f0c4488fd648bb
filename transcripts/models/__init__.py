"""The models. Import them from here."""

from __future__ import annotations

from transcripts.models.assignments import Assignment
from transcripts.models.audit import AuditEntry
from transcripts.models.bulk import BulkAction, BulkItem
from transcripts.models.cache import CacheEntry
from transcripts.models.comments import Comment, Notice
from transcripts.models.diarizations import Diarization
from transcripts.models.downloads import Download
from transcripts.models.effort import Effort
from transcripts.models.filters import KeptFilter
from transcripts.models.glossary import Correction, GlossaryEntry, Mishearing
from transcripts.models.installation import Installation
from transcripts.models.kept_voices import KeptVoice, RefusedOffer, RefusedVoice
from transcripts.models.mails import Mail
from transcripts.models.moves import Move
from transcripts.models.people import ImportedPerson, Preferences
from transcripts.models.projects import Invitation, Membership, Project
from transcripts.models.recordings import Recording
from transcripts.models.search import SearchText, UnindexedRow
from transcripts.models.sharing import ShareLink
from transcripts.models.slots import Slot
from transcripts.models.tags import Tag
from transcripts.models.transcriptions import AnswerPart, Transcription
from transcripts.models.transcripts import (
    Change,
    Presence,
    Revision,
    Speaker,
    Transcript,
    TranscriptAccuracy,
    TranscriptCount,
    Utterance,
)
from transcripts.models.uploads import Upload
from transcripts.models.workers import Worker

__all__ = [
    "AnswerPart",
    "Assignment",
    "AuditEntry",
    "BulkAction",
    "BulkItem",
    "CacheEntry",
    "Change",
    "Comment",
    "Correction",
    "Diarization",
    "Download",
    "Effort",
    "GlossaryEntry",
    "ImportedPerson",
    "Installation",
    "Invitation",
    "KeptFilter",
    "KeptVoice",
    "Mail",
    "Membership",
    "Mishearing",
    "Move",
    "Notice",
    "Preferences",
    "Presence",
    "Project",
    "Recording",
    "RefusedOffer",
    "RefusedVoice",
    "Revision",
    "SearchText",
    "ShareLink",
    "Slot",
    "Speaker",
    "Tag",
    "Transcript",
    "TranscriptAccuracy",
    "TranscriptCount",
    "Transcription",
    "UnindexedRow",
    "Upload",
    "Utterance",
    "Worker",
]
