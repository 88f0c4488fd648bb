"""Comments, and what tells people of them."""

from __future__ import annotations

from django.urls import path

from transcripts.views import (
    comments,
)

urlpatterns = [
    path("notices/", comments.notices, name="notices"),
    path("notices/<int:pk>/", comments.notice, name="notice"),
    path("transcripts/<uuid:pk>/comments/", comments.transcript_comments, name="transcript_comments"),
    path("transcripts/<uuid:pk>/comments/<int:comment_pk>/", comments.comment_edit, name="comment_edit"),
    path("transcripts/<uuid:pk>/comments/<int:comment_pk>/delete/", comments.comment_delete, name="comment_delete"),
    path("transcripts/<uuid:pk>/comments/<int:comment_pk>/reply/", comments.comment_reply, name="comment_reply"),
    path("transcripts/<uuid:pk>/comments/<int:comment_pk>/resolve/", comments.comment_resolve, name="comment_resolve"),
]
