"""Keeping how the named speakers of a project sound, for projects whose owners switched that on.

What is kept follows from what stands in the transcripts: `keep_voices` makes it so, after whatever changes the names or
the rows of speakers. A voiceprint is biometric data: it never leaves its project, and goes with the sound it is of.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from transcripts import queue
from transcripts.diarization.centroids import mix_vectors, pack_centroid, unpack_centroid
from transcripts.diarization.owners import find_owners
from transcripts.diarization.results import Voice
from transcripts.enums import AuditEvent, DiarizationState
from transcripts.errors import OnHold
from transcripts.models import (
    Diarization,
    KeptVoice,
    Project,
    Recording,
    RefusedOffer,
    RefusedVoice,
    Speaker,
    Transcript,
)
from transcripts.models.bins import in_use, on_hold
from transcripts.models.kept_voices import fold_speaker_name
from transcripts.services.audit import record
from transcripts.text.speaker_names import names_nobody

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

LEAST_MS = 3000
"""Of speech from which a voice is kept; less says too little of how somebody sounds."""
NEWEST = 3  # diarizations of a transcript that count
LEASE = timedelta(minutes=2)  # of looking through a project


def keep_voices(transcript: Transcript) -> None:
    """Makes what is kept of the transcript's speakers fit their names and rows, where its project keeps voices.

    A speaker's voice is that of the newest diarization that was taken and of which most of a voice is in their rows.
    Asks the database for nothing where the project, read with the transcript, keeps none.
    """
    if not transcript.recording.project.keep_voices:
        return
    with transaction.atomic():
        recording = _lock_recording(transcript)
        if recording:
            _store_voices(transcript, recording, _find_voices(transcript, recording))


def set_keep_voices(*, project: Project, on: bool, by: User) -> None:
    """Switches it on, upon which a worker looks through the project; or off, which deletes what is kept.

    Raises OnHold where something of that is on legal hold.
    """
    with transaction.atomic():
        locked = Project.objects.select_for_update().filter(pk=project.pk, keep_voices=not on)
        if not locked.exists():
            return
        count: int | str = ""
        if on:
            locked.update(keep_voices=True)
            _look_through(project)
        else:
            locked.update(keep_voices=False, voices_due_at=None)
            count = _delete(KeptVoice.objects.filter(recording__project=project))
        event = AuditEvent.VOICES_ON if on else AuditEvent.VOICES_OFF
        record(event, by=by, project=project, about=project, details=count)
    project.keep_voices = on


def delete_voices(*, project: Project, by: User, name: str = "", recording: UUID | None = None) -> int:
    """Deletes the voices of that name, or from that recording, or of that name from it. They are not kept again.

    Returns how many. Raises OnHold.
    """
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        kept = KeptVoice.objects.filter(recording__project=project).select_related("speaker", "recording")
        if recording:
            kept = kept.filter(recording=recording)
        folded = fold_speaker_name(name)
        chosen = [one for one in kept if not name or fold_speaker_name(one.speaker.name) == folded]
        if not chosen:
            return 0
        names = {fold_speaker_name(one.speaker.name): one.speaker.name for one in chosen}
        refused = [
            RefusedVoice(project=project, recording_id=recording, name=each, folded=key) for key, each in names.items()
        ]
        RefusedVoice.objects.bulk_create(refused, ignore_conflicts=True)
        count = _delete(KeptVoice.objects.filter(pk__in=[one.pk for one in chosen]))
        # A speaker's name is what people wrote in a transcript: the audit has none of that.
        about = chosen[0].recording if recording else project
        record(AuditEvent.VOICES_DELETED, by=by, project=project, about=about, details=count)
    return count


def allow_voice(*, refused: RefusedVoice, project: Project, by: User) -> None:
    """Lets a voice be kept again that was deleted."""
    with transaction.atomic():
        refused.delete()
        if Project.objects.filter(pk=project.pk, keep_voices=True).exists():
            _look_through(project)


def refuse_offer(*, speaker: Speaker, by: User) -> None:
    """Offers no name for this speaker again."""
    RefusedOffer.objects.get_or_create(speaker=speaker)


def drop_kept_voices(recording: Recording) -> None:
    """Deletes what is kept of a recording whose audio goes, or that goes to another project, in that transaction."""
    KeptVoice.objects.filter(recording=recording.pk).delete()


def forget_unwanted_voices() -> None:
    """Deletes what a killed process or a restored backup has left of voices that are not to be kept."""
    off = Q(recording__project__keep_voices=False)
    KeptVoice.objects.filter(off | ~Q(recording__audio_deleted_at=None) | Q(speaker__name="")).delete()


def keep_project_voices(pk: int) -> None:
    """Looks through a project whose owner switched it on. Can be called any number of times, by any number of workers.

    A worker that is killed leaves it due again once its lease is over; done twice, it does the same as once.
    """
    due = Project.objects.filter(pk=pk, keep_voices=True)
    held, renewed = timezone.now() + LEASE, time.monotonic()
    if not due.filter(voices_due_at__lte=timezone.now()).update(voices_due_at=held):
        return
    for transcript in _list_taken(pk):
        keep_voices(transcript)
        if time.monotonic() - renewed > LEASE.seconds / 4:
            later = timezone.now() + LEASE
            if not due.filter(voices_due_at=held).update(voices_due_at=later):
                return  # It was switched off, or is looked through anew.
            held, renewed = later, time.monotonic()
    due.filter(voices_due_at=held).update(voices_due_at=None)


def _look_through(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(voices_due_at=timezone.now())
    transaction.on_commit(lambda: queue.enqueue("keep_project_voices", project.pk))


def _list_taken(pk: int) -> QuerySet[Transcript]:
    taken = Diarization.objects.filter(state=DiarizationState.DONE).exclude(voices={})
    named = Speaker.objects.exclude(name="")
    transcripts = Transcript.objects.filter(
        in_use("recording__"),
        recording__project=pk,
        pk__in=taken.filter(transcript__recording__project=pk).values("transcript"),
    )
    transcripts = transcripts.filter(pk__in=named.filter(transcript__recording__project=pk).values("transcript"))
    return transcripts.select_related("recording__project").order_by("pk")


def _lock_recording(transcript: Transcript) -> Recording | None:
    """None where its voices are no longer kept there. Nobody moves it, deletes its audio or switches off meanwhile."""
    locked = Recording.objects.select_for_update(no_key=True, of=("self", "project")).select_related("project")
    locked = locked.filter(pk=transcript.recording_id, project=transcript.recording.project_id)
    return locked.filter(project__keep_voices=True, audio_deleted_at=None).first()


def _find_voices(transcript: Transcript, recording: Recording) -> dict[int, KeptVoice]:
    """What is to be kept, by the ids of the speakers."""
    not_kept = RefusedVoice.objects.filter(Q(recording=recording) | Q(recording=None, project=recording.project_id))
    refused = set(not_kept.values_list("folded", flat=True))
    named = {
        pk
        for pk, name in transcript.speakers.exclude(name="").values_list("pk", "name")
        if not names_nobody(name) and fold_speaker_name(name) not in refused
    }
    found: dict[int, KeptVoice] = {}
    if not named:
        return found
    taken = transcript.diarizations.filter(state=DiarizationState.DONE).exclude(voices={}).order_by("-created_at")
    rows = transcript.utterances.visible().values_list("start_ms", "end_ms", "speaker").order_by("start_ms", "pk")
    for diarization in taken[:NEWEST]:
        diarized = diarization.diarized
        if diarized is None:
            continue
        owners = find_owners(diarized.turns, list(rows))
        for speaker in (named & set(owners.values())) - found.keys():
            own = [voice for voice in diarized.voices if owners.get(voice.number) == speaker and voice.centroid]
            if sum(voice.ms for voice in own) >= LEAST_MS:
                found[speaker] = KeptVoice(
                    recording=recording,
                    speaker_id=speaker,
                    encoder=diarized.encoder,
                    centroid=_mix(own),
                    ms=sum(voice.ms for voice in own),
                )
    return found


def _mix(voices: list[Voice]) -> str:
    """The voices were merged where they are several."""
    if len(voices) == 1:
        return voices[0].centroid
    return pack_centroid(mix_vectors((unpack_centroid(voice.centroid), voice.ms) for voice in voices))


def _store_voices(transcript: Transcript, recording: Recording, wanted: dict[int, KeptVoice]) -> None:
    kept = {one.speaker_id: one for one in KeptVoice.objects.filter(speaker__transcript=transcript.pk)}
    if gone := kept.keys() - wanted.keys():
        KeptVoice.objects.filter(speaker__in=gone).delete()
    for speaker, voice in wanted.items():
        before = kept.get(speaker)
        if before is None:
            voice.save()
        elif (before.encoder, before.centroid, before.ms, before.recording_id) != (
            voice.encoder,
            voice.centroid,
            voice.ms,
            recording.pk,
        ):
            KeptVoice.objects.filter(pk=before.pk).update(
                encoder=voice.encoder, centroid=voice.centroid, ms=voice.ms, recording=recording
            )


def _delete(kept: QuerySet[KeptVoice]) -> int:
    """Raises OnHold where the recording of one is on legal hold: a hold is on what was made of the sound, too."""
    if kept.filter(on_hold("recording__")).exists():
        raise OnHold
    return kept.delete()[0]
