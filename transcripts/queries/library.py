"""Reads of recordings and projects, each complete for its page: templates make no queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from transcripts import access
from transcripts.enums import TRANSCRIPTION_RUNNING, Action, Role, TranscriptionState
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Membership, Move, Project, Recording, Transcript, Transcription
from transcripts.options import OptionError

if TYPE_CHECKING:
    from django.contrib.auth.models import User


SPEED_OF = 20  # transcriptions


def list_recordings(user: User) -> QuerySet[Recording]:
    """The recordings of the person's projects with their transcriptions and transcripts, newest first.

    The current transcript stands first. `may_edit`, `may_manage` and `may_move` of each recording say whether the
    person may change, delete and move it; `move_is_asked` whether a move out of its project waits for an owner.
    """
    visible = Q(utterances__removed=False)
    verified = visible & Q(utterances__verified_at__isnull=False)
    lasts = F("utterances__end_ms") - F("utterances__start_ms")
    transcripts = Transcript.objects.annotate(
        row_count=Count("utterances", filter=visible),
        verified_count=Count("utterances", filter=verified),
        row_ms=Sum(lasts, filter=visible),
        verified_ms=Sum(lasts, filter=verified),
    )
    transcripts = transcripts.with_origin().current_first()
    runs = Transcription.objects.defer("raw_answer", "answer_body").order_by("-created_at", "id")
    asked = Move.objects.asked().filter(recording=OuterRef("pk"))
    recordings: QuerySet[Recording] = (
        Recording.objects.filter(access.is_of_member(user))
        .annotate(
            may_edit=access.membership_allows(user, Action.EDIT),
            may_manage=access.membership_allows(user, Action.MANAGE),
            may_move=access.membership_allows(user, Action.MOVE),
            move_is_asked=Exists(asked),
        )
        .select_related("project", "uploaded_by")
        .prefetch_related(Prefetch("transcriptions", runs), Prefetch("transcripts", transcripts))
        .order_by("-created_at", "id")
    )
    return recordings


def add_progress(recordings: Iterable[Recording]) -> None:
    """Tells running transcriptions their `elapsed_ms`, and `left_ms` by the speed of the latest ones that are done.

    `left_ms` is None where nothing is known, or it takes longer than the others took.
    """
    latest = [(run, recording) for recording in recordings for run in recording.transcriptions.all()[:1]]
    running = [(run, recording) for run, recording in latest if run.state in TRANSCRIPTION_RUNNING and run.started_at]
    if not running:
        return
    done = Transcription.objects.filter(
        state=TranscriptionState.DONE, started_at__isnull=False, finished_at__isnull=False, recording__duration_ms__gt=0
    ).order_by("-finished_at")
    times = done.values_list("started_at", "finished_at", "recording__duration_ms")[:SPEED_OF]
    took_ms = sum((finished - started).total_seconds() * 1000 for started, finished, _length in times)
    whole_ms = sum(length for _started, _finished, length in times)
    for run, recording in running:
        run.elapsed_ms = int((timezone.now() - run.started_at).total_seconds() * 1000)
        left = took_ms / whole_ms * recording.duration_ms - run.elapsed_ms if whole_ms and recording.duration_ms else 0
        run.left_ms = int(left) if left >= 1000 else None


def list_projects(user: User) -> list[Project]:
    """The person's projects, their personal one first, then by name.

    Each has `role` (see `access.rights_of` for what it allows), `recording_count`, `member_count` and `asked_count`, of
    the moves out of it that wait for an owner.
    """
    role = Membership.objects.filter(project=OuterRef("pk"), user=user.pk).values("role")
    recordings = Recording.objects.filter(project=OuterRef("pk"), binned_at=None).order_by().values("project")
    members = Membership.objects.filter(project=OuterRef("pk")).order_by().values("project")
    asked = Move.objects.asked().filter(source=OuterRef("pk")).order_by().values("source")
    projects = (
        Project.objects.filter(binned_at=None)
        .annotate(
            role=Subquery(role[:1]),
            recording_count=Coalesce(Subquery(recordings.annotate(count=Count("pk")).values("count")), 0),
            member_count=Coalesce(Subquery(members.annotate(count=Count("pk")).values("count")), 0),
            asked_count=Coalesce(Subquery(asked.annotate(count=Count("pk")).values("count")), 0),
        )
        .filter(role__isnull=False)
    )
    for project in projects:
        project.asked_by = Role(project.role)  # type: ignore[attr-defined]
    return sorted(
        projects, key=lambda project: (project.personal_of_id != user.pk, project.name.casefold(), project.pk)
    )


def get_project_details(project: Project) -> dict[str, Any]:
    """The project's members, owners first, and how much it contains."""
    rank = Case(*(When(role=role, then=Value(number)) for number, role in enumerate(Role)))
    return {
        "members": project.memberships.select_related("user").order_by(rank, "user__username"),
        "recording_count": project.recordings.filter(binned_at=None).count(),
    }


def get_moves(project: Project) -> dict[str, Any]:
    """The moves out of the project that wait for an owner, and those in and out of it that can still be undone."""
    moves = Move.objects.select_related("recording", "source", "target", "asked_by", "allowed_by", "undone_by")
    return {
        "asked_moves": moves.asked().filter(source=project),
        "moves": moves.shown().filter(Q(source=project) | Q(target=project)).order_by("-moved_at"),
    }


def get_default_options(project: Project) -> RecognitionOptions:
    """The options for new recordings of the project."""
    return parse_kept_options(project.options)


def parse_kept_options(kept: dict[str, Any]) -> RecognitionOptions:
    """The stored options; the defaults if an older version stored what is no longer valid."""
    try:
        return RecognitionOptions.from_mapping(kept)
    except OptionError:
        return RecognitionOptions()


def get_last_options(recording: Recording) -> RecognitionOptions:
    """The options of the recording's latest recognition."""
    newest = recording.transcriptions.order_by("-created_at").values_list("options", flat=True).first()
    return parse_kept_options(newest or {})
