"""Who may do what. Buttons and writes ask the same functions.

What a person may not see is `NotFound`, what they may see but not do is `NotAllowed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Exists, F, OuterRef

from transcripts.enums import RIGHTS, Action, LinkRole, Role
from transcripts.errors import NotAllowed, NotFound
from transcripts.models import (
    Comment,
    Membership,
    Project,
    Recording,
    ShareLink,
    Speaker,
    Transcript,
    Upload,
    Utterance,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

Row = TypeVar("Row", Project, Recording, Transcript, Speaker, Utterance, ShareLink)


def may(user: User, action: Action, project: Project) -> bool:
    role = Membership.objects.filter(project=project, user=user).values_list("role", flat=True).first()
    return role is not None and action in RIGHTS[Role(role)]


def rights_of(row: Row) -> frozenset[Action]:
    """What the person may do whom one of the functions below got the row for; needs no query.

    Pages ask it for their buttons: `{% if "edit" in rights %}`.
    """
    role: Role | LinkRole = getattr(row, "asked_by")  # noqa: B009 - set by those functions
    return RIGHTS[role]


def membership_allows(user: User, action: Action) -> Exists:
    """A condition that answers the same question for each row of a query with a `project`."""
    roles = [role for role, actions in RIGHTS.items() if action in actions]
    return Exists(Membership.objects.filter(project=OuterRef("project"), user=user.pk, role__in=roles))


def check(user: User, action: Action, project: Project) -> None:
    if not may(user, action, project):
        raise NotAllowed


def project_for(user: User, pk: Any, action: Action = Action.VIEW) -> Project:
    return _get_row(Project.objects.all(), "pk", user, pk, action)


def recording_for(user: User, pk: Any, action: Action = Action.VIEW) -> Recording:
    recording: Recording = _get_row(Recording.objects.select_related("project"), "project", user, pk, action)
    return recording


def target_for(user: User, pk: Any, recording: Recording) -> Project:
    """The project that a recording from `recording_for` may move to, in which the person can edit too.

    Raises NotAllowed where they have more rights there than here: moving a recording must not let anyone delete or
    share what they could not before.
    """
    project = project_for(user, pk, Action.EDIT)
    if not rights_of(project) <= rights_of(recording):
        raise NotAllowed
    return project


def transcript_for(user: User, pk: Any, action: Action = Action.VIEW) -> Transcript:
    transcripts = Transcript.objects.select_related("recording__project")
    return _get_row(transcripts, "recording__project", user, pk, action)


def speaker_for(user: User, pk: Any, action: Action = Action.VIEW) -> Speaker:
    speakers = Speaker.objects.select_related("transcript__recording__project")
    return _get_row(speakers, "transcript__recording__project", user, pk, action)


def utterance_for(user: User, pk: Any, action: Action = Action.VIEW, *, removed: bool = False) -> Utterance:
    """A visible row; with `removed`, also one that was deleted or merged away."""
    rows = Utterance.objects.all() if removed else Utterance.objects.visible()
    utterances = rows.select_related("speaker", "transcript")
    return _get_row(utterances, "transcript__recording__project", user, pk, action)


def share_link_for(user: User, pk: Any) -> ShareLink:
    links = ShareLink.objects.select_related("transcript__recording__project")
    return _get_row(links, "transcript__recording__project", user, pk, Action.SHARE)


def shared(token: str, action: Action = Action.VIEW) -> ShareLink:
    """The link with its transcript, for anyone who has it. Raises NotFound where it was revoked or has expired."""
    link = ShareLink.objects.of_token(token).open().select_related("transcript__recording").first()
    if link is None:
        raise NotFound
    return _asked_by(link, LinkRole(link.role), action)


def upload_for(user: User, pk: Any) -> Upload:
    """The person's own upload."""
    upload = Upload.objects.filter(by=user, pk=pk).first()
    if upload is None:
        raise NotFound
    return upload


def _get_row(rows: QuerySet[Row], project: str, user: User, pk: Any, action: Action) -> Row:
    """Gets the row and the person's role with one query."""
    memberships = "memberships" if project == "pk" else f"{project}__memberships"
    accessible = rows.filter(**{"pk": pk, f"{memberships}__user": user.pk})
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
