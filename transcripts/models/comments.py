"""Comments on rows, and notices of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from transcripts.models.transcripts import Transcript, Utterance
from transcripts.text.limits import MAX_COMMENT, MAX_COMMENTER_NAME


class Comment(models.Model):
    """A comment on a row or on some words in it; or, with a `thread`, a reply to that comment.

    The words are `start` to `end` of `text`, the row's text at that moment, in code points; the two are equal for a
    comment on the whole row. These never change, and `at_ms`, when the words are spoken, only when a row is moved
    together with its words: by them the comment follows its words through splits, merges and edits.
    """

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="comments")
    utterance = models.ForeignKey(Utterance, models.CASCADE, null=True, related_name="comments")
    thread = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    text = models.TextField(blank=True)
    at_ms = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="comments")
    name = models.CharField(max_length=MAX_COMMENTER_NAME, blank=True, help_text="of an author without an account")
    guest = models.CharField(max_length=64, blank=True, help_text="by which such an author is known again")
    body = models.TextField(max_length=MAX_COMMENT, blank=True, help_text="empty once it is deleted")
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    # The transcript's `annotation_version` at the comment's last change.
    annotation_version = models.PositiveIntegerField(default=0)
    request_key = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["transcript", "annotation_version"], name="comment_news")]
        constraints = [
            models.CheckConstraint(condition=Q(utterance=None) ^ Q(thread=None), name="comment_of_row_or_thread"),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="comment_ends_after_start"),
            models.UniqueConstraint(
                fields=["transcript", "request_key"], condition=~Q(request_key=""), name="comment_request_once"
            ),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def author_name(self) -> str:
        return self.author.get_username() if self.author else self.name

    @property
    def is_guest(self) -> bool:
        """Whether it was written by somebody without an account; pages show this beside the name."""
        return self.author_id is None and bool(self.name)

    @property
    def quote(self) -> str:
        """The words that it is about, as they were then; "" for the whole row."""
        return self.text[self.start : self.end]


class Notice(models.Model):
    """Tells a person about a comment that mentions them or replies in a thread they took part in."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    is_mention = models.BooleanField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.comment}"
