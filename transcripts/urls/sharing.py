"""Links that show one transcript to people without an account."""

from __future__ import annotations

from django.urls import path

from transcripts.views import (
    comments,
    editor,
    live,
    media,
    search,
    share_links,
)

urlpatterns = [
    path("transcripts/<uuid:pk>/share-links/", share_links.transcript_share_links, name="transcript_share_links"),
    path("share-links/<uuid:pk>/revoke/", share_links.share_link_revoke, name="share_link_revoke"),
    path("shared/<str:token>/", editor.shared, name="shared"),
    path("shared/<str:token>/audio/", media.shared_audio, name="shared_audio"),
    path("shared/<str:token>/comments/", comments.shared_comments, name="shared_comments"),
    path("shared/<str:token>/comments/<int:comment_pk>/", comments.shared_comment_edit, name="shared_comment_edit"),
    path(
        "shared/<str:token>/comments/<int:comment_pk>/delete/",
        comments.shared_comment_delete,
        name="shared_comment_delete",
    ),
    path(
        "shared/<str:token>/comments/<int:comment_pk>/reply/",
        comments.shared_comment_reply,
        name="shared_comment_reply",
    ),
    path(
        "shared/<str:token>/comments/<int:comment_pk>/resolve/",
        comments.shared_comment_resolve,
        name="shared_comment_resolve",
    ),
    path("shared/<str:token>/fillers.json", editor.shared_fillers, name="shared_fillers"),
    path("shared/<str:token>/find/", search.shared_find, name="shared_find"),
    path("shared/<str:token>/live/", live.shared_live, name="shared_live"),
    path("shared/<str:token>/peaks/", media.shared_peaks, name="shared_peaks"),
    path("shared/<str:token>/peaks/overview/", media.shared_overview, name="shared_overview"),
    path("shared/<str:token>/player/", editor.shared_player, name="shared_player"),
    path("shared/<str:token>/rows/", live.shared_rows, name="shared_rows"),
    path("shared/<str:token>/words.json", editor.shared_words, name="shared_words"),
]
