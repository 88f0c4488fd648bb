"""Who may do what. Buttons and writes ask the same functions.

What a person may not see is `NotFound`, what they may see but not do is `NotAllowed`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q

from transcripts.enums import RIGHTS, Action, LinkRole, Role
from transcripts.errors import NotAllowed, NotFound
from transcripts.models import (
    Comment,
    Diarization,
    Download,
    Invitation,
    Membership,
    Move,
    Project,
    Recording,
    ShareLink,
    Speaker,
    Transcript,
    Upload,
    Utterance,
)
from transcripts.models.bins import bin_start, in_use, not_gone

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from transcripts.models.links import LinkQuerySet
    from transcripts.models.projects import InvitationQuerySet

Row = TypeVar("Row", Move, Project, Recording, Transcript, Speaker, Utterance, ShareLink)


def may(user: User, action: Action, project: Project) -> bool:
    memberships = Membership.objects.filter(project=project, project__binned_at=None, user=user)
    role = memberships.values_list("role", flat=True).first()
    return role is not None and action in RIGHTS[Role(role)]


def rights_of(row: Row) -> frozenset[Action]:
    """What the person may do whom one of the functions below got the row for; needs no query.

    Pages ask it for their buttons: `{% if "edit" in rights %}`.
    """
    role: Role | LinkRole = getattr(row, "asked_by")  # noqa: B009 - set by those functions
    return RIGHTS[role]


def is_of_member(user: User, recording: str = "") -> Q:
    """The condition that the recording at this path ("transcript__recording__") is the person's to see."""
    return Q(**{f"{recording}project__members": user.pk}) & in_use(recording)


def membership_allows(user: User, action: Action, *, project: str = "project") -> Exists:
    """A condition that answers the same question for each row of a query, whose project is at this path."""
    return Exists(Membership.objects.filter(project=OuterRef(project), user=user.pk, role__in=_roles_with(action)))


def role_allows(action: Action, memberships: str) -> ExpressionWrapper[Q]:
    """The same of the person's membership that the query joins at this path, without another look for it."""
    return ExpressionWrapper(Q(**{f"{memberships}__role__in": _roles_with(action)}), BooleanField())


def maker_may(action: Action, project: str) -> Exists:
    """A condition for links: whether who made one may still do so in its project, which is at the field `project`.

    Nobody may who can't sign in any more. Only the first account has no password at first.
    """
    can_sign_in = ~Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(user__socialaccount__isnull=False)
    can_sign_in |= Q(user__is_superuser=True)
    makers = Membership.objects.filter(
        project=OuterRef(project), user=OuterRef("made_by"), role__in=_roles_with(action)
    )
    return Exists(makers.filter(can_sign_in, user__is_active=True))


def check_administrator(user: User) -> None:
    """Others do not learn that there is anything."""
    if not user.is_superuser:
        raise NotFound


def check(user: User, action: Action, project: Project) -> None:
    if not may(user, action, project):
        raise NotAllowed


def project_for(user: User, pk: Any, action: Action = Action.VIEW) -> Project:
    return _get_row(Project.objects.all(), "pk", user, pk, action)


def recording_for(user: User, pk: Any, action: Action = Action.VIEW) -> Recording:
    recording: Recording = _get_row(Recording.objects.select_related("project"), "project", user, pk, action)
    return recording


def kept_recording_for(user: User, pk: Any, action: Action) -> Recording:
    """One that may be in the bin: for what is undone there, too, so that it comes back as if nothing had been done."""
    there = not_gone() & Q(project__binned_at=None)
    recordings = Recording.objects.select_related("project")
    recording: Recording = _get_row(recordings, "project", user, pk, action, there=there)
    return recording


def move_for(user: User, pk: Any) -> Move:
    """A move out of a project whose owner the person is: asked for, or one that can still be undone."""
    moves = Move.objects.asked() | Move.objects.shown()
    moves = moves.filter(source__binned_at=None).select_related("recording", "source", "target", "asked_by")
    move: Move = _get_managed(moves, "source__memberships", user, pk, Action.MOVE)
    return move


def binned_recording_for(user: User, pk: Any) -> Recording:
    """A recording in the bin, for whoever may delete it."""
    binned = Recording.objects.filter(binned_at__gte=bin_start(), project__binned_at=None)
    recording: Recording = _get_managed(
        binned.select_related("project"), "project__memberships", user, pk, Action.MANAGE
    )
    return recording


def binned_project_for(user: User, pk: Any) -> Project:
    """A project in the bin, for whoever may delete it: its owners, and administrators where it has no members left."""
    binned = Project.objects.filter(binned_at__gte=bin_start())
    if user.is_superuser and (left := binned.filter(pk=pk, memberships=None).first()):
        return left
    return _get_managed(binned, "memberships", user, pk, Action.MANAGE)


def _get_managed(rows: QuerySet[Row], memberships: str, user: User, pk: Any, action: Action) -> Row:
    """People who may not do it do not learn that the row is there."""
    allowed = {f"{memberships}__user": user.pk, f"{memberships}__role__in": _roles_with(action)}
    row = rows.filter(pk=pk, **allowed).first()
    if row is None:
        raise NotFound
    return row


def transcript_for(user: User, pk: Any, action: Action = Action.VIEW) -> Transcript:
    transcripts = Transcript.objects.select_related("recording__project")
    return _get_row(transcripts, "recording__project", user, pk, action)


def diarization_of(transcript: Transcript, pk: Any) -> Diarization:
    """One of a transcript that the person may edit. Raises NotFound."""
    diarization: Diarization | None = transcript.diarizations.filter(pk=pk).first()
    if diarization is None:
        raise NotFound
    diarization.transcript = transcript
    return diarization


def speaker_for(user: User, pk: Any, action: Action = Action.VIEW) -> Speaker:
    speakers = Speaker.objects.select_related("transcript__recording__project")
    return _get_row(speakers, "transcript__recording__project", user, pk, action)


def utterance_for(user: User, pk: Any, action: Action = Action.VIEW, *, removed: bool = False) -> Utterance:
    """A visible row; with `removed`, also one that was deleted or merged away."""
    rows = Utterance.objects.all() if removed else Utterance.objects.visible()
    utterances = rows.select_related("speaker", "transcript")
    if action is Action.EDIT:
        utterances = utterances.with_room()
    return _get_row(utterances, "transcript__recording__project", user, pk, action)


def share_link_for(user: User, pk: Any) -> ShareLink:
    links = ShareLink.objects.select_related("transcript__recording__project")
    return _get_row(links, "transcript__recording__project", user, pk, Action.SHARE)


def shared(token: str, action: Action = Action.VIEW) -> ShareLink:
    """The link with its transcript, for anyone who has it. Raises NotFound where it does not work (any more)."""
    link = open_share_links().of_token(token).select_related("transcript__recording").first()
    if link is None:
        raise NotFound
    return _asked_by(link, LinkRole(link.role), action)


def open_share_links() -> LinkQuerySet[ShareLink]:
    """Those that work: neither revoked nor expired, of what is not in the bin, by whoever may still share it."""
    in_project = maker_may(Action.SHARE, "transcript__recording__project")
    return ShareLink.objects.open().filter(in_project, in_use("transcript__recording__"))


def open_invitations() -> InvitationQuerySet:
    """Those that work: neither revoked, used up nor expired, and whoever made them may still invite."""
    return Invitation.objects.open().filter(maker_may(Action.MANAGE, "project"))


def upload_for(user: User, pk: Any) -> Upload:
    """The person's own upload."""
    upload = Upload.objects.filter(by=user, pk=pk).first()
    if upload is None:
        raise NotFound
    return upload


def download_for(user: User, pk: Any) -> Download:
    """The person's own, while they may export all that is in it."""
    download: Download | None = Download.objects.kept().filter(by=user, pk=pk).first()
    if download is None or not exportable(user, download.transcripts) >= set(download.transcripts):
        raise NotFound
    return download


def exportable(user: User, transcripts: Collection[str]) -> set[str]:
    """Those of the ids whose transcripts the person may export."""
    memberships = {
        "recording__project__memberships__user": user.pk,
        "recording__project__memberships__role__in": _roles_with(Action.EXPORT),
    }
    found = Transcript.objects.filter(in_use("recording__"), pk__in=transcripts, **memberships)
    return {str(pk) for pk in found.values_list("pk", flat=True)}


def _roles_with(action: Action) -> list[Role | LinkRole]:
    return [role for role, actions in RIGHTS.items() if action in actions]


def _get_row(rows: QuerySet[Row], project: str, user: User, pk: Any, action: Action, *, there: Q | None = None) -> Row:
    """Gets the row and the person's role with one query. It must be in use, or else as `there` says."""
    memberships = "memberships" if project == "pk" else f"{project}__memberships"
    there = there or (Q(binned_at=None) if project == "pk" else in_use(project.removesuffix("project")))
    accessible = rows.filter(there, **{"pk": pk, f"{memberships}__user": user.pk})
    try:
        row = accessible.annotate(membership=F(f"{memberships}__role")).get()
    except rows.model.DoesNotExist as error:
        raise NotFound from error
    return _asked_by(row, Role(row.membership), action)


def _asked_by(row: Row, role: Role | LinkRole, action: Action) -> Row:
    if action not in RIGHTS[role]:
        raise NotAllowed
    setattr(row, "asked_by", role)  # noqa: B010 - no field of the models
    return row


@dataclass(frozen=True, slots=True)
class CommentAuthor:
    """Who comments: a person with an account, or a guest, who gives a name and is recognised by a secret, `guest`.

    `site` is the address of the site, for mails to the people whom the author mentions; without it none are sent.
    """

    user: User | None = None
    name: str = ""
    guest: str = ""
    site: str = ""

    @property
    def shown(self) -> str:
        return self.user.get_username() if self.user else self.name

    def wrote(self, comment: Comment) -> bool:
        if self.user:
            return comment.author_id == self.user.pk
        return bool(self.guest) and comment.author_id is None and comment.guest == self.guest


def may_delete_comment(comment: Comment, by: CommentAuthor, *, may_edit: bool) -> bool:
    return by.wrote(comment) or (may_edit and comment.author_id is None)
