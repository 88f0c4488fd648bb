"""Making a transcript from an answer of the service."""

from __future__ import annotations

from transcripts.enums import ChangeKind
from transcripts.flash.answer import MAX_TIME_MS, Answer
from transcripts.models import Change, Speaker, Transcript, Transcription, Utterance
from transcripts.text.alignment import align
from transcripts.text.finding import fold_for_search
from transcripts.text.limits import MAX_SPEAKER_LABEL


def store_transcript(*, transcription: Transcription, answer: Answer) -> Transcript:
    """Stores a transcript with its speakers, rows and first change. Must be called inside a transaction."""
    transcript = Transcript.objects.create(transcription=transcription, recording=transcription.recording, version=1)
    speakers = _create_speakers(transcript, answer)
    Utterance.objects.bulk_create(_build_utterances(transcript, answer, speakers), batch_size=500)
    Change.objects.create(transcript=transcript, version=1, kind=ChangeKind.RECOGNISED, by=transcription.requested_by)
    return transcript


def _create_speakers(transcript: Transcript, answer: Answer) -> dict[str, Speaker]:
    labels = dict.fromkeys(_shorten_label(utterance.speaker) for utterance in answer.utterances if utterance.speaker)
    return {label: Speaker.objects.create(transcript=transcript, label=label) for label in labels}


def _shorten_label(speaker: str) -> str:
    """The engine's label, shortened to what the column holds."""
    return speaker[:MAX_SPEAKER_LABEL]


def _build_utterances(transcript: Transcript, answer: Answer, speakers: dict[str, Speaker]) -> list[Utterance]:
    rows = []
    for utterance in answer.utterances:
        start_ms = min(utterance.start_ms, MAX_TIME_MS - 1)
        end_ms = max(utterance.end_ms, start_ms + 1)
        words = align(utterance.words, utterance.text, bounds=(start_ms, end_ms))
        rows.append(
            Utterance(
                transcript=transcript,
                speaker=speakers.get(_shorten_label(utterance.speaker)),
                channel=utterance.channel[:8],
                start_ms=start_ms,
                end_ms=end_ms,
                text=utterance.text,
                search_text=fold_for_search(utterance.text),
                words=[[w.text, w.start_ms, w.end_ms, w.source] for w in words],
                engine_text=utterance.text,
                engine_words=[[w.text, w.start_ms, w.end_ms] for w in utterance.words],
                additions=dict(utterance.additions),
            )
        )
    return rows
