"""Reads of comments and notices, each complete for its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.db.models import Exists, OuterRef, Q, QuerySet

from transcripts.access import CommentAuthor, is_of_member, may_delete_comment
from transcripts.models import Comment, Notice, Project, Transcript, Utterance
from transcripts.text.anchors import carry_span, find_mentions
from transcripts.text.tokens import utf16_length

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment as its reader sees it: its text in parts, each with whether it mentions a person."""

    comment: Comment
    parts: list[tuple[str, bool]]
    is_own: bool
    may_delete: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its replies; `start` and `end` are where its words are now, in UTF-16 units."""

    root: Comment
    row: Utterance
    said: list[ShownComment]
    start: int
    end: int

    @property
    def answers(self) -> int:
        return len(self.said) - 1

    @property
    def is_lost(self) -> bool:
        """Whether the words that it is about are gone."""
        return bool(self.root.quote) and not self.end


def select_threads() -> QuerySet[Comment]:
    """The threads in which a comment is left."""
    answers = Comment.objects.filter(thread=OuterRef("pk"), deleted_at=None)
    return Comment.objects.filter(Q(deleted_at=None) | Exists(answers), thread=None)


def list_threads(transcript: Transcript, reader: CommentAuthor, *, may_edit: bool) -> list[Thread]:
    """All threads in order of their rows' times, including those of deleted rows."""
    unread = ("words", "engine_words", "engine_text", "search_text", "additions")
    comments = transcript.comments.select_related("author", "utterance").order_by("pk")
    names = _get_mentioned_names(Notice.objects.filter(comment__transcript=transcript, is_mention=True))
    by_thread: dict[int, list[Comment]] = defaultdict(list)
    for comment in comments.defer(*(f"utterance__{name}" for name in unread)):
        by_thread[comment.thread_id or comment.pk].append(comment)
    threads = [
        _build_thread(said, names, reader, may_edit=may_edit)
        for said in by_thread.values()
        if any(comment.deleted_at is None for comment in said)
    ]
    return sorted(threads, key=lambda thread: (thread.row.start_ms, thread.row.pk, thread.start, thread.root.pk))


def _build_thread(
    comments: list[Comment], names: dict[int, list[str]], reader: CommentAuthor, *, may_edit: bool
) -> Thread:
    root = comments[0]
    row = cast(Utterance, root.utterance)
    span = carry_span(root.start, root.end, root.text, row.text) if root.quote else None
    start, end = (utf16_length(row.text[:at]) for at in span or (0, 0))
    said = [
        ShownComment(
            comment,
            list(_split_mentions(comment.body, names.get(comment.pk, []))),
            reader.wrote(comment),
            may_delete_comment(comment, reader, may_edit=may_edit),
        )
        for comment in comments
        if comment.deleted_at is None or comment is root
    ]
    return Thread(root, row, said, start, end)


def _get_mentioned_names(notices: QuerySet[Notice]) -> dict[int, list[str]]:
    names_of: dict[int, list[str]] = defaultdict(list)
    for comment, name in notices.values_list("comment", "user__username"):
        names_of[comment].append(name)
    return names_of


def _split_mentions(body: str, names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    at = 0
    for start, end, _name in find_mentions(body, list(names)):
        yield body[at:start], False
        yield body[start:end], True
        at = end
    yield body[at:], False


def list_member_names(project: Project) -> list[str]:
    """The names that a comment can mention."""
    return list(project.members.order_by("username").values_list("username", flat=True))


def list_notices(user: User) -> QuerySet[Notice]:
    """The person's notices from projects that they are a member of, newest first."""
    return (
        Notice.objects.filter(is_of_member(user, "comment__transcript__recording__"), user=user)
        .select_related("comment__author", "comment__transcript__recording__project", "comment__utterance")
        .select_related("comment__thread__utterance")
        .order_by("-comment__created_at", "-pk")
    )


def count_unseen_notices(user: User) -> int:
    """How many of them the person has not seen."""
    return list_notices(user).filter(seen_at=None).order_by().count()
