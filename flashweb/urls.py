from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from transcripts.views import (
    accounts,
    checks,
    editor,
    exports,
    health,
    library,
    media,
    preferences,
    recordings,
    review,
    rows,
    search,
    speakers,
    transcriptions,
    uploads,
    utterances,
)

urlpatterns = [
    path("", library.library, name="library"),
    path("search/", search.search, name="search"),
    path("healthz", health.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("language/", login_not_required(set_language), name="set_language"),
    path("accounts/login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("accounts/first/<str:token>/", accounts.first_sign_in, name="first_sign_in"),
    path("accounts/", accounts.account, name="account"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("uploads/", uploads.upload_create, name="upload_create"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("recordings/", recordings.recording_create, name="recording_create"),
    path("recordings/sample/", recordings.recording_sample, name="recording_sample"),
    path("recordings/<uuid:pk>/", recordings.recording, name="recording"),
    path("recordings/<uuid:pk>/cancel/", recordings.recording_cancel, name="recording_cancel"),
    path("recordings/<uuid:pk>/retry/", recordings.recording_retry, name="recording_retry"),
    path("recordings/<uuid:pk>/title/", recordings.recording_rename, name="recording_rename"),
    path("recordings/<uuid:pk>/delete/", recordings.recording_delete, name="recording_delete"),
    path("recordings/<uuid:pk>/audio/", media.recording_audio, name="recording_audio"),
    path("recordings/<uuid:pk>/peaks/", media.recording_peaks, name="recording_peaks"),
    path("recordings/<uuid:pk>/peaks/overview/", media.recording_overview, name="recording_overview"),
    path("recordings/<uuid:pk>/again/", transcriptions.transcription_create, name="transcription_create"),
    path("transcripts/<uuid:pk>/", editor.transcript, name="transcript"),
    path("transcripts/<uuid:pk>/checks/", checks.transcript_checks, name="transcript_checks"),
    path("transcripts/<uuid:pk>/checks/settle/", checks.transcript_settle, name="transcript_settle"),
    path("transcripts/<uuid:pk>/words.json", editor.transcript_words, name="transcript_words"),
    path("transcripts/<uuid:pk>/player/", editor.transcript_player, name="transcript_player"),
    path("transcripts/<uuid:pk>/find/", search.transcript_find, name="transcript_find"),
    path("transcripts/<uuid:pk>/replace/", search.transcript_replace, name="transcript_replace"),
    path("transcripts/<uuid:pk>/assign/", speakers.transcript_assign, name="transcript_assign"),
    path("transcripts/<uuid:pk>/flag/", review.transcript_flag, name="transcript_flag"),
    path("transcripts/<uuid:pk>/speakers/", speakers.transcript_speakers, name="transcript_speakers"),
    path("transcripts/<uuid:pk>/verify/", review.transcript_verify, name="transcript_verify"),
    path("speakers/<int:pk>/merge/", speakers.speaker_merge, name="speaker_merge"),
    path("speakers/<int:pk>/name/", speakers.speaker_rename, name="speaker_rename"),
    path("transcripts/<uuid:pk>/undo/", rows.transcript_undo, name="transcript_undo"),
    path("transcripts/<uuid:pk>/redo/", rows.transcript_redo, name="transcript_redo"),
    path("transcripts/<uuid:pk>/export/<str:format_name>/", exports.transcript_export, name="transcript_export"),
    path(
        "transcripts/<uuid:pk>/compare/<uuid:other_pk>/", transcriptions.transcript_compare, name="transcript_compare"
    ),
    path(
        "transcripts/<uuid:pk>/compare/<uuid:other_pk>/<int:utterance_pk>/",
        transcriptions.transcript_take_over,
        name="transcript_take_over",
    ),
    path("utterances/<int:pk>/", utterances.utterance_edit, name="utterance_edit"),
    path("utterances/<int:pk>/split/", rows.utterance_split, name="utterance_split"),
    path("utterances/<int:pk>/merge/", rows.utterance_merge, name="utterance_merge"),
    path("utterances/<int:pk>/delete/", rows.utterance_delete, name="utterance_delete"),
    path("utterances/<int:pk>/insert/", rows.utterance_insert, name="utterance_insert"),
    path("utterances/<int:pk>/move/", rows.utterance_move, name="utterance_move"),
    path("utterances/<int:pk>/heard/", rows.utterance_heard, name="utterance_heard"),
]
