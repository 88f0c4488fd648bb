"""A transcript and its rows."""

from __future__ import annotations

from django.urls import path

from transcripts.views import (
    assignments,
    checks,
    compare,
    editor,
    exports,
    history,
    live,
    review,
    rows,
    search,
    speakers,
    utterances,
)

urlpatterns = [
    path("transcripts/<uuid:pk>/", editor.transcript, name="transcript"),
    path("transcripts/<uuid:pk>/checks/", checks.transcript_checks, name="transcript_checks"),
    path("transcripts/<uuid:pk>/checks/settle/", checks.transcript_settle, name="transcript_settle"),
    path("transcripts/<uuid:pk>/assignments/", assignments.transcript_assignments, name="transcript_assignments"),
    path(
        "transcripts/<uuid:pk>/assignments/next/",
        assignments.transcript_next_assignment,
        name="transcript_next_assignment",
    ),
    path(
        "transcripts/<uuid:pk>/assignments/<int:assignment_pk>/claim/",
        assignments.assignment_claim,
        name="assignment_claim",
    ),
    path(
        "transcripts/<uuid:pk>/assignments/<int:assignment_pk>/back/",
        assignments.assignment_hand_back,
        name="assignment_hand_back",
    ),
    path("transcripts/<uuid:pk>/words.json", editor.transcript_words, name="transcript_words"),
    path("transcripts/<uuid:pk>/history/", history.transcript_history, name="transcript_history"),
    path("transcripts/<uuid:pk>/restore/", history.transcript_restore, name="transcript_restore"),
    path("transcripts/<uuid:pk>/revert/", history.transcript_revert, name="transcript_revert"),
    path("transcripts/<uuid:pk>/live/", live.transcript_live, name="transcript_live"),
    path("transcripts/<uuid:pk>/here/", live.transcript_here, name="transcript_here"),
    path("transcripts/<uuid:pk>/rows/", live.transcript_rows, name="transcript_rows"),
    path("transcripts/<uuid:pk>/player/", editor.transcript_player, name="transcript_player"),
    path("transcripts/<uuid:pk>/find/", search.transcript_find, name="transcript_find"),
    path("transcripts/<uuid:pk>/replace/", search.transcript_replace, name="transcript_replace"),
    path("transcripts/<uuid:pk>/assign/", speakers.transcript_assign, name="transcript_assign"),
    path("transcripts/<uuid:pk>/flag/", review.transcript_flag, name="transcript_flag"),
    path("transcripts/<uuid:pk>/shift/", rows.transcript_shift, name="transcript_shift"),
    path("transcripts/<uuid:pk>/speakers/", speakers.transcript_speakers, name="transcript_speakers"),
    path("transcripts/<uuid:pk>/verify/", review.transcript_verify, name="transcript_verify"),
    path("speakers/<int:pk>/merge/", speakers.speaker_merge, name="speaker_merge"),
    path("speakers/<int:pk>/name/", speakers.speaker_rename, name="speaker_rename"),
    path("transcripts/<uuid:pk>/undo/", rows.transcript_undo, name="transcript_undo"),
    path("transcripts/<uuid:pk>/redo/", rows.transcript_redo, name="transcript_redo"),
    path("transcripts/<uuid:pk>/export/", exports.transcript_exports, name="transcript_exports"),
    path("transcripts/<uuid:pk>/export/bundle/", exports.transcript_bundle, name="transcript_bundle"),
    path("transcripts/<uuid:pk>/export/clips/", exports.transcript_clips, name="transcript_clips"),
    path("transcripts/<uuid:pk>/export/<str:format_name>/", exports.transcript_export, name="transcript_export"),
    path("transcripts/<uuid:pk>/compare/<uuid:other_pk>/", compare.transcript_compare, name="transcript_compare"),
    path(
        "transcripts/<uuid:pk>/compare/<uuid:other_pk>/all/",
        compare.transcript_take_over_all,
        name="transcript_take_over_all",
    ),
    path(
        "transcripts/<uuid:pk>/compare/<uuid:other_pk>/<int:utterance_pk>/",
        compare.transcript_take_over,
        name="transcript_take_over",
    ),
    path("utterances/<int:pk>/", utterances.utterance_edit, name="utterance_edit"),
    path("utterances/<int:pk>/split/", rows.utterance_split, name="utterance_split"),
    path("utterances/<int:pk>/merge/", rows.utterance_merge, name="utterance_merge"),
    path("utterances/<int:pk>/delete/", rows.utterance_delete, name="utterance_delete"),
    path("utterances/<int:pk>/insert/", rows.utterance_insert, name="utterance_insert"),
    path("utterances/<int:pk>/move/", rows.utterance_move, name="utterance_move"),
    path("utterances/<int:pk>/restore/", history.utterance_restore, name="utterance_restore"),
    path("utterances/<int:pk>/original/", rows.utterance_original, name="utterance_original"),
]
