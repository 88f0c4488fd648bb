"""The library: recordings, how they come in and how they go out."""

from __future__ import annotations

from django.urls import path

from transcripts.views import (
    binned,
    exports,
    imports,
    installed_app,
    library,
    media,
    recordings,
    search,
    transcriptions,
    uploads,
)

urlpatterns = [
    path("", library.library, name="library"),
    path("search/", search.search, name="search"),
    path("uploads/", uploads.upload_create, name="upload_create"),
    path("uploads/options/", uploads.upload_options, name="upload_options"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("recordings/", recordings.recording_create, name="recording_create"),
    path("manifest.webmanifest", installed_app.manifest, name="manifest"),
    path("recordings/received/", recordings.recording_receive, name="recording_receive"),
    path("recordings/received/worker.js", installed_app.share_worker, name="share_worker"),
    path("recordings/known/", recordings.recording_known, name="recording_known"),
    path("recordings/sample/", recordings.recording_sample, name="recording_sample"),
    path("recordings/<uuid:pk>/", recordings.recording, name="recording"),
    path("recordings/<uuid:pk>/cancel/", recordings.recording_cancel, name="recording_cancel"),
    path("recordings/<uuid:pk>/retry/", recordings.recording_retry, name="recording_retry"),
    path("recordings/<uuid:pk>/title/", recordings.recording_rename, name="recording_rename"),
    path("recordings/<uuid:pk>/track/", recordings.recording_track, name="recording_track"),
    path("recordings/<uuid:pk>/move/", recordings.recording_move, name="recording_move"),
    path("recordings/<uuid:pk>/hold/", recordings.recording_hold, name="recording_hold"),
    path("recordings/<uuid:pk>/audio/delete/", recordings.recording_audio_delete, name="recording_audio_delete"),
    path("recordings/<uuid:pk>/delete/", recordings.recording_delete, name="recording_delete"),
    path("recordings/<uuid:pk>/audio/", media.recording_audio, name="recording_audio"),
    path("recordings/<uuid:pk>/peaks/", media.recording_peaks, name="recording_peaks"),
    path("recordings/<uuid:pk>/peaks/overview/", media.recording_overview, name="recording_overview"),
    path("recordings/<uuid:pk>/import/", imports.recording_import, name="recording_import"),
    path("recordings/<uuid:pk>/reread/", recordings.transcription_reread, name="transcription_reread"),
    path("recordings/<uuid:pk>/again/", transcriptions.transcription_create, name="transcription_create"),
    path("bin/", binned.show_bin, name="bin"),
    path("bin/recordings/<uuid:pk>/restore/", binned.recording_restore, name="recording_restore"),
    path("bin/recordings/<uuid:pk>/delete/", binned.recording_delete_for_good, name="recording_delete_for_good"),
    path("bin/projects/<int:pk>/restore/", binned.project_restore, name="project_restore"),
    path("bin/projects/<int:pk>/delete/", binned.project_delete_for_good, name="project_delete_for_good"),
    path("imports/", imports.imports, name="imports"),
    path("exports/", exports.exports, name="exports"),
    path("exports/zip/", exports.exports_zip, name="exports_zip"),
]
