"""Reads of the voices that a project keeps: its page, their export, and whose voice one may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from transcripts.diarization.centroids import Vector, compare_vectors, mix_vectors, unpack_centroid
from transcripts.diarization.results import get_likely_same
from transcripts.models import KeptVoice, Project, Recording, RefusedOffer, RefusedVoice, Transcript
from transcripts.models.bins import in_use
from transcripts.queries.diarization import PanelVoice

MOST_COMPARED = 500
"""The newest voices of a project that those of a transcript are compared with."""
MOST_SHOWN = 2000
"""The newest voices of a project that its page shows."""
MOST_REFUSED = 200
ENOUGH_MS = 60_000
"""Of speech, above which a recording tells no more of how somebody sounds."""
VERSION = 1
"""Of the format of the export, which docs/kept-voices.md describes."""


@dataclass(frozen=True, slots=True)
class VoiceOfRecording:
    """What is kept of one name from one recording; `ms` of its transcript with the most speech."""

    name: str
    recording: Recording
    transcript: Transcript
    ms: int
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class VoiceOfName:
    name: str
    ms: int
    kept_at: datetime
    """When the last was added."""
    recordings: Sequence[VoiceOfRecording]


def list_kept(project: Project) -> list[VoiceOfName]:
    """By name, each with its recordings, the newest first."""
    by_name: dict[str, dict[Any, VoiceOfRecording]] = defaultdict(dict)
    for kept in _list_shown(project)[:MOST_SHOWN]:
        name, recording = kept.speaker.name, kept.recording
        known = by_name[name].get(recording.pk)
        if known is None or known.ms < kept.ms:
            by_name[name][recording.pk] = VoiceOfRecording(
                name, recording, kept.speaker.transcript, kept.ms, kept.created_at
            )
    return [
        VoiceOfName(
            name,
            sum(one.ms for one in voices.values()),
            max(one.kept_at for one in voices.values()),
            list(voices.values()),
        )
        for name, voices in sorted(by_name.items())
    ]


def list_by_recording(names: Iterable[VoiceOfName]) -> list[tuple[Recording, list[str]]]:
    """The recordings of these, the newest first, each with the names."""
    by_recording: dict[Recording, list[str]] = defaultdict(list)
    for name in names:
        for voice in name.recordings:
            by_recording[voice.recording].append(voice.name)
    return sorted(by_recording.items(), key=lambda item: item[0].created_at, reverse=True)


def count_kept(project: Project) -> int:
    """All that is kept, of recordings in the bin, too."""
    return KeptVoice.objects.filter(recording__project=project).count()


def list_refused(project: Project) -> list[RefusedVoice]:
    refused = RefusedVoice.objects.filter(Q(recording=None, project=project) | Q(recording__project=project))
    return list(refused.select_related("recording")[:MOST_REFUSED])


def describe_kept(project: Project, name: str = "") -> dict[str, Any]:
    """What is kept, or that of one name, as it is exported."""
    kept = _list_shown(project)
    if name:
        kept = kept.filter(speaker__name=name)
    return {
        "format": "flashweb-voices",
        "version": VERSION,
        "project": project.name,
        "voices": [
            {
                "name": one.speaker.name,
                "recording": {"id": str(one.recording_id), "title": one.recording.title},
                "transcript": str(one.speaker.transcript_id),
                "speech_ms": one.ms,
                "kept_at": one.created_at.isoformat(timespec="seconds"),
                "encoder": one.encoder,
                "centroid": one.centroid,
            }
            for one in kept
        ],
    }


def offer_names(transcript: Transcript, voices: Sequence[PanelVoice]) -> list[PanelVoice]:
    """The voices, with `maybe` of those that may be of somebody whose voice the project keeps.

    A name is offered once, for the voice that is most like it, and none that a speaker of the transcript has. Asks the
    database for nothing where the project keeps no voices, or no voice is of a speaker without a name.
    """
    project = transcript.recording.project
    nameless = {voice.number: voice for voice in voices if voice.speaker and not voice.speaker.name and voice.centroid}
    if not project.keep_voices or not nameless:
        return list(voices)
    speakers = [voice.speaker.pk for voice in nameless.values() if voice.speaker]
    refused = set(RefusedOffer.objects.filter(speaker__in=speakers).values_list("speaker", flat=True))
    known = _load_known(transcript, {voice.encoder for voice in nameless.values()})
    alike = [
        (compare_vectors(own, vector), voice.number, name)
        for voice in nameless.values()
        for own in [unpack_centroid(voice.centroid)]
        for (name, encoder), vector in known.items()
        if encoder == voice.encoder
    ]
    least = {voice.number: get_likely_same(voice.encoder) for voice in nameless.values()}
    taken = set(transcript.speakers.exclude(name="").values_list("name", flat=True))
    offered: dict[int, str] = {}
    settled = set[int]()
    for likeness, number, name in sorted(alike, key=lambda one: (-one[0], *one[1:])):
        if likeness < least[number] or number in settled:
            continue
        settled.add(number)  # What is less like it is offered for no voice whose best name is another's.
        if name not in taken and (speaker := nameless[number].speaker) and speaker.pk not in refused:
            offered[number] = name
            taken.add(name)
    return [replace(voice, maybe=offered.get(voice.number, "")) for voice in voices]


def _load_known(transcript: Transcript, encoders: set[str]) -> dict[tuple[str, str], Vector]:
    """How each name sounds by the other recordings of the project, for each encoder."""
    kept = _list_shown(transcript.recording.project).exclude(recording=transcript.recording_id)
    values = kept.filter(encoder__in=encoders).values_list("speaker__name", "encoder", "centroid", "ms")
    by_name: dict[tuple[str, str], list[tuple[Vector, float]]] = defaultdict(list)
    for name, encoder, centroid, ms in values[:MOST_COMPARED]:
        by_name[name, encoder].append((unpack_centroid(centroid), min(ms, ENOUGH_MS)))
    return {key: mix_vectors(vectors) for key, vectors in by_name.items()}


def _list_shown(project: Project) -> Any:
    """Those of recordings that are not in the bin, the newest first."""
    kept = KeptVoice.objects.filter(in_use("recording__"), recording__project=project).exclude(speaker__name="")
    return kept.select_related("speaker__transcript", "recording").order_by("-created_at", "-pk")
