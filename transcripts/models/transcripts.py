"""The transcript: its rows, speakers and history, and who has it open."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from transcripts.enums import ChangeKind
from transcripts.models.recordings import Recording
from transcripts.models.transcriptions import Transcription
from transcripts.text.limits import MAX_SPEAKER_LABEL, MAX_SPEAKER_NAME, SPEAKER_COLOURS


def is_labelled(transcript: str) -> Exists:
    """Whether the second change of the transcript at this field gave rows the speakers that came with it."""
    changes = Change.objects.filter(transcript=OuterRef(transcript), version=2, details__has_key="automatic")
    return Exists(changes)


class TranscriptQuerySet(models.QuerySet["Transcript"]):
    def current_first(self) -> TranscriptQuerySet:
        """The current transcript of each recording before its others, of which the newest comes first."""
        is_current = Q(recording__current_transcript=F("pk"))
        return self.order_by(Case(When(is_current, then=0), default=1), "-created_at")

    def changed(self) -> TranscriptQuerySet:
        """Those that people have changed: labels that came with the recognition are not a person's work."""
        return self.filter(Q(version__gt=2) | Q(~is_labelled("pk"), version=2))

    def worked_on(self) -> TranscriptQuerySet:
        """Those that people have changed, commented on or cut into assignments."""
        changed = Q(pk__in=Transcript.objects.changed().values("pk"))
        return self.filter(changed | Q(comments__isnull=False) | Q(assignments__isnull=False)).distinct()

    def with_origin(self) -> TranscriptQuerySet:
        """With `origin`, the kind of the first change, `origin_file`, the name of the file if it was imported,
        `origin_service`, which recognised it, and `origin_by`, the name of who did either.
        """
        first = Change.objects.filter(transcript=OuterRef("pk"), version=1)
        by = Coalesce(Subquery(first.values("by__username")), "transcription__requested_by__username")
        return self.annotate(
            origin=Subquery(first.values("kind")),
            origin_file=Subquery(first.values_list(KT("details__file"))),
            origin_service=F("transcription__service"),
            origin_by=by,
        )


class Transcript(models.Model):
    """The editable text that a transcription produced. `version` grows by one with every change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Both are empty while the transcript is being stored: no page shows it, as each asks for the recording's project.
    transcription: models.OneToOneField[Transcription, Transcription] = models.OneToOneField(  # type: ignore[misc]
        Transcription, models.CASCADE, null=True, related_name="transcript"
    )
    recording: models.ForeignKey[Recording, Recording] = models.ForeignKey(  # type: ignore[misc]
        Recording, models.CASCADE, null=True, related_name="transcripts"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=0)
    annotation_version = models.PositiveIntegerField(
        default=0, help_text="grows by one with every change of comments and assignments"
    )
    # Of the visible rows, and of those of them that are verified.
    row_count = models.PositiveIntegerField(null=True, editable=False)
    verified_count = models.PositiveIntegerField(null=True, editable=False)
    row_ms = models.PositiveBigIntegerField(null=True, editable=False)
    verified_ms = models.PositiveBigIntegerField(null=True, editable=False)
    counted_version = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="the version at which these hold; at any other they are to be counted again",
    )

    # Without a default, so that SQLite adds the column without making the table anew.
    language = models.CharField(  # noqa: DJ001
        max_length=8, null=True, editable=False, help_text="the script of most of its text, as a tag"
    )

    objects = TranscriptQuerySet.as_manager()

    class Meta:
        # All that the search of the library asks of the hundreds that may have what is sought.
        indexes = [models.Index(fields=["id", "recording", "created_at"], name="transcript_of_recording")]

    def __str__(self) -> str:
        return str(self.recording)

    def get_absolute_url(self) -> str:
        return reverse("transcript", args=[self.pk])

    @property
    def is_counted(self) -> bool:
        return self.counted_version == self.version

    @property
    def is_current(self) -> bool:
        return self.recording.current_transcript_id == self.pk


class TranscriptCount(models.Model):
    """What stands in the rows of a transcript, as they were at its version `version`; wrong once it has a newer one.

    It is counted for a project's overview when that is read, so that no save has to. Rows are visible ones.
    """

    transcript = models.OneToOneField(Transcript, models.CASCADE, primary_key=True, related_name="counted")
    version = models.PositiveIntegerField()
    row_count = models.PositiveIntegerField()
    row_ms = models.PositiveBigIntegerField()
    flagged = models.PositiveIntegerField()
    second_reader = models.PositiveIntegerField(
        help_text="rows that a person wrote and nobody has verified: only somebody else may, where a project says so"
    )
    work = models.JSONField(
        default=list,
        help_text="[quarter of an hour since 1970, user, verified rows, their ms, corrected rows] of who did what when",
    )

    def __str__(self) -> str:
        return f"{self.transcript_id} · {self.version}"


class TranscriptAccuracy(models.Model):
    """What the engine got wrong in a transcript's verified rows, as they were at its version `version`.

    It is measured when somebody looks, as `TranscriptCount` is.
    """

    transcript = models.OneToOneField(Transcript, models.CASCADE, primary_key=True, related_name="accuracy")
    version = models.PositiveIntegerField()
    engine = models.TextField(
        help_text="JSON: the service, the options but for lists of words, whether it had hot words"
    )
    row_ms = models.PositiveBigIntegerField()
    verified_ms = models.PositiveBigIntegerField()
    picked = models.BooleanField(help_text="the rows seem to have been verified because something in them was wrong")
    errors = models.JSONField(help_text="`Errors` of characters, of words and of both, as lists")
    speakers = models.JSONField(help_text="[label, name, verified ms, errors] of each who has verified rows")
    confusions = models.JSONField(help_text="[recognised, meant, times, [row, ms of some places]], the commonest first")

    def __str__(self) -> str:
        return f"{self.transcript_id} · {self.version}"


def choose_colour(seen: Iterable[int], unseen: Iterable[int]) -> int:
    """The colour that is used least by speakers with rows, and of several such least by those without."""
    often, rarely = Counter(seen), Counter(unseen)
    return min(range(1, SPEAKER_COLOURS + 1), key=lambda colour: (often[colour], rarely[colour]))


class Speaker(models.Model):
    """A voice in one transcript: the engine's label, the name people gave it, and its colour on the page.

    Colours are handed out in order of appearance and kept, whatever is merged, undone or renamed.
    """

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="speakers")
    label = models.CharField(max_length=MAX_SPEAKER_LABEL)
    name = models.CharField(max_length=MAX_SPEAKER_NAME, blank=True)
    colour = models.PositiveSmallIntegerField(default=1, help_text="of `SPEAKER_COLOURS`")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["transcript", "label"], name="speaker_label_once"),
            models.CheckConstraint(condition=Q(colour__range=(1, SPEAKER_COLOURS)), name="speaker_colour_known"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return name_speaker(self.name, self.label)


def name_speaker(name: str | None, label: str | None) -> str:
    return name or _("Speaker %(label)s") % {"label": label}


OTHERS = """FROM transcripts_utterance other WHERE other.transcript_id = transcripts_utterance.transcript_id
    AND other.id <> transcripts_utterance.id AND NOT other.removed"""
LATEST_END = f"""SELECT MAX(end_ms) FROM (SELECT other.end_ms {OTHERS}
    AND other.start_ms < transcripts_utterance.%s ORDER BY other.start_ms DESC LIMIT 20) nearby"""  # noqa: S608
NEXT_START = f"SELECT MIN(other.start_ms) {OTHERS} AND other.start_ms >= transcripts_utterance.end_ms"
# What is beside a row, in SQL, as every save asks for it. No row is expected to overlap the twentieth after it.
ROOM = {
    "ended_before_start": RawSQL(LATEST_END % "start_ms", []),  # noqa: S611
    "ended_before_end": RawSQL(LATEST_END % "end_ms", []),  # noqa: S611
    "next_start": RawSQL(NEXT_START, []),  # noqa: S611
    "recording_end": F("transcript__recording__duration_ms"),
}


class UtteranceQuerySet(models.QuerySet["Utterance"]):
    def visible(self) -> UtteranceQuerySet:
        """Without rows that were deleted or merged away, which the history keeps."""
        return self.filter(removed=False)

    def with_room(self) -> UtteranceQuerySet:
        """With each row's `room`."""
        return self.annotate(**ROOM)


class Utterance(models.Model):
    """One row. Words are lists `[text, start_ms, end_ms, source]`.

    `engine_text` and `engine_words` are what the service returned for the row's stretch. Edits never alter them;
    splitting and merging rows split and join them. Whenever these or `text` are stored, `words` are derived by
    alignment and `search_text` from `text`, so that reading a page derives nothing. An undo can bring a `removed` row
    back.
    """

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="utterances")
    speaker = models.ForeignKey(Speaker, models.RESTRICT, null=True, blank=True, related_name="utterances")
    speaker_confidence = models.SmallIntegerField(
        null=True,
        editable=False,
        help_text="how sure a diarization is of the speaker, 0 to 100; empty: others said so, or nobody",
    )
    channel = models.CharField(max_length=8, blank=True)
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    search_text = models.TextField(blank=True, editable=False, help_text="finding.fold_for_search(text)")
    words = models.JSONField(default=list)
    engine_text = models.TextField(blank=True, editable=False)
    engine_words = models.JSONField(default=list, editable=False)
    additions = models.JSONField(default=dict, editable=False)
    removed = models.BooleanField(default=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="verified_utterances"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    flagged = models.BooleanField(default=False, help_text="somebody asks for another look at it")
    dismissed = models.JSONField(default=list, help_text="the checks' warnings that people waved through", blank=True)
    changed_at = models.DateTimeField(null=True, editable=False, help_text="none: as it was recognised")
    open_comments = models.PositiveIntegerField(default=0, editable=False, help_text="threads; no part of the history")
    version = models.PositiveIntegerField(default=1)

    objects = UtteranceQuerySet.as_manager()

    class Meta:
        ordering = ["start_ms", "id"]
        indexes = [models.Index(fields=["transcript", "start_ms", "id"], name="utterance_in_order")]
        constraints = [
            models.CheckConstraint(condition=Q(end_ms__gt=F("start_ms")), name="utterance_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.start_ms} ms"

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    @property
    def is_settled(self) -> bool:
        """Whether people, or the service, have said who speaks: no diarization changes that."""
        return self.is_verified or (self.speaker_id is not None and self.speaker_confidence is None)

    @property
    def room(self) -> tuple[int, int] | None:
        """From where to where the row may last without coming into another or leaving the recording.

        None for a row that was not read `with_room`.
        """
        if not self.__dict__.keys() >= ROOM.keys():
            return None
        ended_before_start, ended_before_end, next_start, recording_end = map(self.__dict__.get, ROOM)
        low = min(self.start_ms, ended_before_start or 0)
        if ended_before_end and ended_before_end > self.end_ms:
            return low, self.end_ms
        ends = [end for end in (next_start, recording_end) if end is not None]
        return low, max(self.end_ms, min(ends, default=self.end_ms))

    def read_room(self) -> None:
        """Reads `room`, unless it was read with the row."""
        if self.room is None:
            self.__dict__ |= Utterance.objects.filter(pk=self.pk).with_room().values(*ROOM).first() or {}


class Change(models.Model):
    """One accepted edit. It is never altered or deleted: an undo is another change, which names the one it undoes."""

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField(help_text="the transcript's version after this change")
    kind = models.CharField(max_length=20, choices=ChangeKind.list_choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="changes")
    at = models.DateTimeField(default=timezone.now, editable=False)
    # What it did besides changing rows: a speaker's name before and after, what was replaced by what.
    details = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    request_key = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["transcript", "version"], name="change_version_once"),
            models.UniqueConstraint(
                fields=["transcript", "request_key"],
                condition=~Q(request_key=""),
                name="change_request_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="change_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.kind}"


class Revision(models.Model):
    """What one change did to one row: the changed fields before and after, and the row's `version` after it.

    A row that the change created is `removed` in `before`, and `after` has all of its fields.
    """

    change = models.ForeignKey(Change, models.CASCADE, related_name="revisions")
    utterance = models.ForeignKey(Utterance, models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    before = models.JSONField(encoder=DjangoJSONEncoder)
    after = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["utterance", "version"], name="revision_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.utterance_id} · {self.version}"


class Presence(models.Model):
    """A page on which somebody has the transcript open, and the row they are at. Its web process keeps it alive."""

    page = models.UUIDField(primary_key=True, editable=False)
    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="presences")
    row = models.PositiveBigIntegerField(null=True)
    process = models.UUIDField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.page)
