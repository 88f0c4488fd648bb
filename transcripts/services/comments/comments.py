"""Commenting on rows or words in them, and replying.

Comments change neither the text nor the rows' versions. The same `request_key` applies once.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from transcripts.access import CommentAuthor, may_delete_comment
from transcripts.errors import Gone, NotAllowed, NotPossible
from transcripts.models import Comment, Notice, Transcript, Utterance
from transcripts.queries.comments import select_threads
from transcripts.services.comments.mail import store_mails
from transcripts.services.editing.changes import lock_transcript
from transcripts.services.editing.comment_anchors import publish_annotation, recount_open_threads
from transcripts.services.holds import check_hold
from transcripts.text.anchors import find_mentions
from transcripts.text.limits import MAX_COMMENTER_NAME
from transcripts.text.names import make_skeleton
from transcripts.text.tokens import tokenize

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def is_members_name(name: str, transcript: Transcript) -> bool:
    """Whether the name looks like that of a member of the project, or of somebody who commented with an account."""
    members = transcript.recording.project.members.values_list("username", flat=True)
    authors = transcript.comments.exclude(author=None).values_list("author__username", flat=True).distinct()
    return make_skeleton(name) in {make_skeleton(taken) for taken in (*members, *authors)}


def clean_body(text: str) -> str:
    """The text without surrounding space and without control characters except line breaks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char == "\n" or unicodedata.category(char) != "Cc").strip()


def add_comment(
    *,
    row: Utterance,
    body: str,
    by: CommentAuthor,
    start: int = 0,
    end: int = 0,
    quote: str = "",
    request_key: str = "",
) -> Comment:
    """Starts a thread on the row, or on `quote`, which is at `start` to `end` of its text (code points).

    If the text has changed meanwhile, the words are searched for; unless they occur once, the comment is on the row.
    Raises Gone if the row was deleted.
    """
    with transaction.atomic():
        transcript = lock_transcript(row.transcript_id)
        if repeated := _find_repeated(transcript, request_key):
            return repeated
        current = transcript.utterances.visible().filter(pk=row.pk).first()
        if current is None:
            raise Gone
        _check_name(transcript, by)
        start, end = _locate_quote(current.text, start, end, quote)
        anchor = {
            "start": start,
            "end": end,
            "text": current.text if start < end else "",
            "at_ms": _compute_time(current, start, end),
        }
        comment = _create_comment(transcript, body, by, request_key, utterance=current, **anchor)
        recount_open_threads([current.pk])
        return comment


def reply_to_comment(*, comment: Comment, body: str, by: CommentAuthor, request_key: str = "") -> Comment:
    """Replies in the comment's thread and reopens it. Raises Gone if nothing of the thread is left."""
    with transaction.atomic():
        transcript = lock_transcript(comment.transcript_id)
        if repeated := _find_repeated(transcript, request_key):
            return repeated
        thread = select_threads().filter(pk=comment.thread_id or comment.pk).first()
        if thread is None:
            raise Gone
        _check_name(transcript, by)
        answer = _create_comment(transcript, body, by, request_key, thread=thread)
        if thread.resolved_at:
            _change_comment(transcript, thread, resolved_at=None, resolved_by="")
        return answer


def edit_comment(*, comment: Comment, body: str, by: CommentAuthor) -> Comment:
    """Raises NotAllowed for somebody else's comment, Gone if it was deleted, OnHold where nothing may be lost."""
    if not by.wrote(comment):
        raise NotAllowed
    with transaction.atomic():
        transcript, current = _lock_comment(comment)
        body = clean_body(body)
        if body != current.body:
            check_hold(transcript.recording_id)
            _change_comment(transcript, current, body=body, edited_at=timezone.now())
            _notify_members(current, by)
        return current


def delete_comment(*, comment: Comment, by: CommentAuthor, may_edit: bool = False) -> None:
    """Deletes one's own comment; editors may also delete those of guests. Raises as `edit_comment` does."""
    if not may_delete_comment(comment, by, may_edit=may_edit):
        raise NotAllowed
    with transaction.atomic():
        transcript, current = _lock_comment(comment)
        check_hold(transcript.recording_id)
        _change_comment(transcript, current, body="", deleted_at=timezone.now())
        current.notices.all().delete()


def resolve_thread(*, comment: Comment, on: bool, by: CommentAuthor) -> Comment:
    """Resolves the comment's thread, or reopens it. Raises Gone if nothing of it is left."""
    with transaction.atomic():
        transcript = lock_transcript(comment.transcript_id)
        thread = select_threads().filter(pk=comment.thread_id or comment.pk).first()
        if thread is None:
            raise Gone
        if bool(thread.resolved_at) != on:
            _check_name(transcript, by)
            at = timezone.now() if on else None
            _change_comment(transcript, thread, resolved_at=at, resolved_by=_sign(by) if on else "")
        return thread


def mark_seen(*, user: User, comment: Comment | None = None) -> None:
    """Marks the person's notices in the comment's thread as seen; without a comment, all of them."""
    unseen = Notice.objects.filter(user=user, seen_at=None)
    if comment is not None:
        thread = comment.thread_id or comment.pk
        unseen = unseen.filter(comment__pk=thread) | unseen.filter(comment__thread=thread)
    unseen.update(seen_at=timezone.now())


def _find_repeated(transcript: Transcript, request_key: str) -> Comment | None:
    return transcript.comments.filter(request_key=request_key).first() if request_key else None


def _lock_comment(comment: Comment) -> tuple[Transcript, Comment]:
    transcript = lock_transcript(comment.transcript_id)
    current = transcript.comments.filter(pk=comment.pk, deleted_at=None).first()
    if current is None:
        raise Gone
    return transcript, current


def _create_comment(transcript: Transcript, body: str, by: CommentAuthor, request_key: str, **fields: Any) -> Comment:
    comment = Comment.objects.create(
        transcript=transcript,
        body=clean_body(body),
        request_key=request_key,
        annotation_version=publish_annotation(transcript),
        **_author_fields(by),
        **fields,
    )
    _notify_members(comment, by)
    return comment


def _check_name(transcript: Transcript, by: CommentAuthor) -> None:
    if by.user is None and by.name and is_members_name(by.name, transcript):
        raise NotPossible("name_taken")


def _sign(by: CommentAuthor) -> str:
    """The name to keep, which says so where it is a guest's."""
    if by.user:
        return by.shown
    return _("%(name)s (guest)") % {"name": _clean_name(by.name)} if by.name else _("guest")


def _clean_name(name: str) -> str:
    return " ".join(clean_body(name).split())[:MAX_COMMENTER_NAME]


def _author_fields(by: CommentAuthor) -> dict[str, Any]:
    if by.user:
        return {"author": by.user}
    return {"name": _clean_name(by.name), "guest": by.guest}


def _change_comment(transcript: Transcript, comment: Comment, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(comment, name, value)
    comment.annotation_version = publish_annotation(transcript)
    comment.save(update_fields=[*fields, "annotation_version"])
    thread = comment.thread or comment
    if thread.utterance_id:
        recount_open_threads([thread.utterance_id])


def _notify_members(comment: Comment, by: CommentAuthor) -> None:
    """Notifies the members whom the comment mentions, and those who wrote in its thread."""
    members = dict(comment.transcript.recording.project.members.values_list("username", "pk"))
    mentioned = {members[name] for _start, _end, name in find_mentions(comment.body, members)}
    spoken = set[int]()
    if comment.thread_id:
        said = Comment.objects.filter(pk=comment.thread_id) | Comment.objects.filter(thread=comment.thread_id)
        spoken = set(said.filter(author__in=members.values()).values_list("author", flat=True))
    others = (mentioned | spoken) - {by.user.pk if by.user else None}
    others -= set(comment.notices.values_list("user", flat=True))
    notices = [Notice(comment=comment, user_id=pk, is_mention=pk in mentioned) for pk in sorted(others)]
    Notice.objects.bulk_create(notices)
    if by.user:
        store_mails([notice for notice in notices if notice.is_mention], site=by.site)


def _locate_quote(text: str, start: int, end: int, quote: str) -> tuple[int, int]:
    """Where the quoted words are; (0, 0) if they are not found."""
    wanted = quote.strip()
    if not wanted:
        return 0, 0
    start += len(quote) - len(quote.lstrip())
    if text[start : start + len(wanted)] != wanted:
        start = text.find(wanted) if text.count(wanted) == 1 else -1
    return (start, start + len(wanted)) if start >= 0 else (0, 0)


def _compute_time(row: Utterance, start: int, end: int) -> int:
    """When the words are spoken: their middle; for the whole row, its start."""
    times = [
        (begin, finish)
        for token, (_text, begin, finish, _source) in zip(tokenize(row.text), row.words, strict=True)
        if token.start < end and start < token.end
    ]
    return (times[0][0] + times[-1][1]) // 2 if times else row.start_ms
