"""Choosing another of a recording's audio tracks."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from django.db import transaction

from transcripts import queue
from transcripts.audio import sandbox
from transcripts.enums import PreparationState
from transcripts.models import Recording
from transcripts.services.holds import check_audio
from transcripts.services.recognition.run import request_transcription
from transcripts.services.store.store import get_store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from transcripts.flash.options import RecognitionOptions


def choose_track(
    *, recording: Recording, track: int | None, by: User, options: RecognitionOptions | None = None
) -> None:
    """Takes another audio track from now on: it is played, drawn, cut and recognised. The transcripts stay.

    With `options` it is recognised again in the same step; raises AlreadyRunning, and then changes nothing. What is
    being recognised goes on with the track that it began with. Raises NotPossible if the audio was deleted.
    """
    check_audio(recording)
    info = None
    if track != recording.track:
        with get_store().local(recording.original) as original:
            info = sandbox.probe_in_turn(original, track=track)
    recording = copy(recording)  # The caller's stays as it is, if this comes to nothing.
    with transaction.atomic():
        if info:
            check_audio(recording)  # Probing may have taken long.
            described = recording.describe_file(recording.size_bytes, info)
            described |= {"playback_bytes": None, "peaks_bytes": None, "prepared_at": None}
            Recording.objects.filter(pk=recording.pk, audio_deleted_at=None).move_to(
                PreparationState.QUEUED, not_before=None, lease_until=None, error="", **described
            )
            transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
        if options:
            request_transcription(recording=recording, options=options, by=by)
