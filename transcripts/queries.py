"""Reads, each complete for its page: templates ask the database for nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, RowNumber

from transcripts import access
from transcripts.enums import Action, Role
from transcripts.exports.document import Document, Line
from transcripts.flash.options import OptionError, RecognitionOptions
from transcripts.imports.untimed import Spoken
from transcripts.models import Change, Membership, Project, Recording, Revision, Transcript, Transcription, Utterance
from transcripts.text.comparing import texts_at
from transcripts.text.merging import Segment, diff
from transcripts.text.tokens import Word, tokenize, utf16_spans

if TYPE_CHECKING:
    from django.contrib.auth.models import User


KEPT_ROWS = 20_000  # of about 1 kB


def recordings_of(user: User) -> QuerySet[Recording]:
    """The recordings of the person's projects with their transcriptions and transcripts, the newest first.

    `may_edit` and `may_manage` of each say whether the person may change it, and delete it.
    """
    standing = Q(utterances__removed=False)
    verified = standing & Q(utterances__verified_at__isnull=False)
    lasts = F("utterances__end_ms") - F("utterances__start_ms")
    transcripts = Transcript.objects.annotate(
        row_count=Count("utterances", filter=standing),
        verified_count=Count("utterances", filter=verified),
        row_ms=Sum(lasts, filter=standing),
        verified_ms=Sum(lasts, filter=verified),
    ).order_by("-created_at")
    runs = Transcription.objects.defer("raw_answer").order_by("-created_at", "id")
    recordings: QuerySet[Recording] = (
        Recording.objects.filter(project__members=user.pk)
        .annotate(
            may_edit=access.membership_allows(user, Action.EDIT),
            may_manage=access.membership_allows(user, Action.MANAGE),
        )
        .select_related("project", "uploaded_by")
        .prefetch_related(Prefetch("transcriptions", runs), Prefetch("transcripts", transcripts))
        .order_by("-created_at", "id")
    )
    return recordings


def projects_of(user: User) -> list[Project]:
    """The person's projects, his own first, then by name.

    Each has `role` (ask `access.rights_of` what that allows), `recording_count` and `member_count`.
    """
    role = Membership.objects.filter(project=OuterRef("pk"), user=user.pk).values("role")
    recordings = Recording.objects.filter(project=OuterRef("pk")).order_by().values("project")
    members = Membership.objects.filter(project=OuterRef("pk")).order_by().values("project")
    found = Project.objects.annotate(
        role=Subquery(role[:1]),
        recording_count=Coalesce(Subquery(recordings.annotate(count=Count("pk")).values("count")), 0),
        member_count=Coalesce(Subquery(members.annotate(count=Count("pk")).values("count")), 0),
    ).filter(role__isnull=False)
    for project in found:
        project.asked_by = Role(project.role)  # type: ignore[attr-defined]
    return sorted(found, key=lambda one: (one.personal_of_id != user.pk, one.name.casefold(), one.pk))


def project_details(project: Project) -> dict[str, Any]:
    """Its members, owners first, and how much is in it."""
    rank = Case(*(When(role=role, then=Value(number)) for number, role in enumerate(Role)))
    return {
        "members": project.memberships.select_related("user").order_by(rank, "user__username"),
        "recording_count": project.recordings.count(),
    }


def default_options(project: Project) -> RecognitionOptions:
    """The options that new recordings of the project get."""
    return kept_options(project.options)


def kept_options(kept: dict[str, Any]) -> RecognitionOptions:
    """The stored options; the usual ones where an older version stored what is no longer good."""
    try:
        return RecognitionOptions.from_mapping(kept)
    except OptionError:
        return RecognitionOptions()


def other_transcripts(transcript: Transcript) -> QuerySet[Transcript]:
    return (
        Transcript.objects.filter(recording=transcript.recording_id).exclude(pk=transcript.pk).order_by("-created_at")
    )


def options_of(transcript: Transcript) -> RecognitionOptions:
    """The options that the transcript was recognised with."""
    return kept_options(Transcription.objects.values_list("options", flat=True).get(pk=transcript.transcription_id))


def last_options(recording: Recording) -> RecognitionOptions:
    """The options of the recording's newest recognition."""
    newest = recording.transcriptions.order_by("-created_at").values_list("options", flat=True).first()
    return kept_options(newest or {})


def verifiers_of(transcript: Transcript) -> dict[str, str]:
    """The names of those who verified rows of the transcript, by the text of their ids."""
    found = transcript.utterances.standing().filter(verified_by__isnull=False).order_by()
    return {str(pk): name for pk, name in found.values_list("verified_by", "verified_by__username").distinct()}


def word_times(transcript: Transcript) -> str:
    """The word times of a whole transcript, as small as JSON can carry them; see `packed_words`."""
    rows = transcript.utterances.standing().values_list("id", "text", Cast("words", TextField()), "start_ms")
    packed = ",".join(f'"{pk}":{_packed_json(text, words, start_ms)}' for pk, text, words, start_ms in rows)
    return f'{{"version":{transcript.version},"rows":{{{packed}}}}}'


@lru_cache(maxsize=KEPT_ROWS)
def _packed_json(text: str, words: str, start_ms: int) -> str:
    """Kept, because few rows of a long transcript change between two visits."""
    return json.dumps(packed_words(text, json.loads(words), start_ms), separators=(",", ":"))


def packed_words(text: str, words: list[list[Any]], start_ms: int) -> dict[str, list[int]]:
    """`{"w": [gap, length, lead, duration, …], "e": [index, …]}`, four whole numbers a word.

    `gap` is the distance in UTF-16 units from the end of the word before to the start of this one, `lead` the same in
    milliseconds (from the start of the text and of the row for the first); `e` names the words with estimated times.
    """
    packed: list[int] = []
    tokens = tokenize(text)
    offsets = utf16_spans(text, tokens)
    end_unit, end_ms = 0, start_ms
    for (start, end), (_word, word_start, word_end, _source) in zip(offsets, words, strict=True):
        packed += (start - end_unit, end - start, word_start - end_ms, word_end - word_start)
        end_unit, end_ms = end, word_end
    estimated = [index for index, word in enumerate(words) if word[3] != "engine"]
    return {"w": packed, "e": estimated} if estimated else {"w": packed}


def document_of(transcript: Transcript, *, heard: bool = True, raw: bool = True) -> Document:
    """The transcript as the plain document that `exports/` turns into files.

    Without `heard` the engine's words are left out, and without `raw` its answer, which together are most of the work.
    """
    recording = transcript.recording
    rows = transcript.utterances.standing().select_related("speaker").defer("search_text", "dismissed")
    runs = Transcription.objects.all() if raw else Transcription.objects.defer("raw_answer")
    transcription = runs.get(pk=transcript.transcription_id)
    return Document(
        title=recording.title,
        language=kept_options(transcription.options).language,
        duration_ms=recording.duration_ms or 0,
        utterances=tuple(_line(row, heard) for row in (rows if heard else rows.defer("engine_words"))),
        raw=(transcription.raw_answer or {}) if raw else {},
        made=transcript.created_at,
    )


def spoken(transcript: Transcript) -> list[Spoken]:
    """What a text without times is laid beside."""
    rows = transcript.utterances.standing().select_related("speaker").only("start_ms", "end_ms", "words", "speaker")
    return [
        Spoken(
            row.start_ms,
            row.end_ms,
            row.speaker.display_name if row.speaker else "",
            [Word(*word) for word in row.words],
        )
        for row in rows
    ]


def _line(row: Utterance, heard: bool) -> Line:
    return Line(
        id=str(row.pk),
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        speaker=row.speaker.display_name if row.speaker else "",
        channel=row.channel,
        speaker_label=row.speaker.label if row.speaker else "",
        text=row.text,
        words=tuple(Word(*word) for word in row.words),
        additions=row.additions,
        verified=row.is_verified,
        flagged=row.flagged,
        engine_text=row.engine_text,
        engine_words=tuple(Word(*word) for word in row.engine_words) if heard else (),
    )


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of one transcript, and what another one of the same recording has at its time."""

    row: Utterance
    other: str
    segments: list[Segment]

    @property
    def is_same(self) -> bool:
        return all(segment.kind == "equal" for segment in self.segments)


def compared(transcript: Transcript, other: Transcript) -> list[ComparedRow]:
    rows = list(transcript.utterances.standing().select_related("speaker"))
    stored = other.utterances.standing().values_list("text", "words")
    others = [(text, [Word(*word) for word in words]) for text, words in stored]
    texts = texts_at([(row.start_ms, row.end_ms) for row in rows], others)
    return [ComparedRow(row, text, diff(row.text, text)) for row, text in zip(rows, texts, strict=True)]


STEPS_A_PAGE = 40
ROWS_A_STEP = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A change as the history shows it: its first rows, and how many more there are."""

    change: Change
    revisions: list[RowStep]
    hidden: int

    @property
    def version_before(self) -> int:
        return self.change.version - 1


@dataclass(frozen=True, slots=True)
class RowStep:
    """What became of one row: the difference in its text, where there is one; `version` is the row's after it."""

    row: Utterance
    version: int
    segments: list[Segment]

    @property
    def is_past(self) -> bool:
        return self.version < self.row.version


def history(
    transcript: Transcript, row: int | None = None, person: int | None = None, before: int | None = None
) -> tuple[list[Step], int | None]:
    """A page of the changes, the newest first, and the version before which the next page begins, if there is one."""
    changes = transcript.changes.select_related("by").annotate(count=Count("revisions"))
    if row:
        changes = changes.filter(Exists(Revision.objects.filter(change=OuterRef("pk"), utterance=row)))
    if person:
        changes = changes.filter(by=person)
    if before:
        changes = changes.filter(version__lt=before)
    page = list(changes.order_by("-version")[: STEPS_A_PAGE + 1])
    shown = page[:STEPS_A_PAGE]
    revisions: dict[int, list[RowStep]] = {change.pk: [] for change in shown}
    rank = Window(RowNumber(), partition_by="change", order_by="id")
    of_row = Q(utterance=row) if row else Q()
    found = Revision.objects.filter(of_row, change__in=shown).annotate(rank=rank).filter(rank__lte=ROWS_A_STEP)
    for revision in found.select_related("utterance").defer("utterance__words", "utterance__engine_words"):
        revisions[revision.change_id].append(_row_step(revision))
    steps = [Step(change, revisions[change.pk], change.count - len(revisions[change.pk])) for change in shown]
    return steps, shown[-1].version if len(page) > len(shown) else None


def _row_step(revision: Revision) -> RowStep:
    then, after = revision.before.get("text", ""), revision.after.get("text")
    segments = [] if after is None else diff(then, after)
    return RowStep(revision.utterance, revision.version, segments)
