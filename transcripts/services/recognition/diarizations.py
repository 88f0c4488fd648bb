"""After a recognition: its speakers are told apart here where the service has told none."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from transcripts import queue
from transcripts.diarization.results import Hint
from transcripts.models import Diarization, Transcript, Transcription
from transcripts.queries.diarization import is_installed
from transcripts.queries.library import parse_kept_options


def queue_diarization(transcript: Transcript, transcription: Transcription) -> None:
    """In the transaction that ends the transcription. The first text that comes of it can be read before.

    Not for channels that are recognised separately, which are people already, nor for a single person.
    """
    options = parse_kept_options(transcription.options)
    if not settings.TELL_SPEAKERS_APART or options.channel_split or options.voices == 1 or not is_installed():
        return
    rows = transcript.utterances.all()
    if transcript.speakers.exists() or not rows.exists() or rows.exclude(channel="").exists():
        return
    hint = Hint(options.voices, options.voices) if options.voices else Hint()
    diarization = Diarization.objects.create(
        transcript=transcript, requested_by=transcription.requested_by, automatic=True, hint=hint.to_json()
    )
    transaction.on_commit(lambda: queue.enqueue("tell_apart", diarization.pk))
