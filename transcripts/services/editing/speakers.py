"""Renaming speakers, assigning rows to them, and merging two into one.

The same `request_key` applies once. Speakers are never deleted: one without rows is just not shown, and an undo can
bring its rows back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone
from transcripts.models import Speaker, Transcript, Utterance
from transcripts.models.transcripts import choose_colour
from transcripts.services.editing.changes import (
    apply_edits,
    find_repeated_change,
    get_rows,
    get_rows_as_left,
    lock_transcript,
)
from transcripts.services.editing.preparation import mark_rows
from transcripts.services.editing.utterances import clean_text
from transcripts.services.kept_voices import keep_voices
from transcripts.text.limits import MAX_SPEAKER_NAME

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def rename_speaker(*, speaker: Speaker, name: str, base_name: str, by: User, request_key: str = "") -> Speaker:
    """Renames the speaker everywhere; "" restores its number.

    Raises EditConflict if its name is no longer `base_name`, which the person saw.
    """
    with transaction.atomic():
        transcript = lock_transcript(speaker.transcript_id)
        current = transcript.speakers.get(pk=speaker.pk)
        before, after = current.name, clean_name(name)
        if before == after or find_repeated_change(transcript, request_key):
            return current
        if before != base_name:
            raise EditConflict(theirs=before, mine=after, version=0)
        current.name = after
        current.save(update_fields=["name"])
        details = {"speaker": current.pk, "before": before, "after": after}
        apply_edits(
            transcript=transcript, kind=ChangeKind.RENAMED, by=by, edits=[], request_key=request_key, details=details
        )
        keep_voices(speaker.transcript)
        return current


def add_speaker(*, transcript: Transcript, name: str) -> Speaker:
    """Gets the speaker of that name, or creates one. This is not a change that can be undone."""
    with transaction.atomic():
        return _find_or_create_speaker(lock_transcript(transcript.pk), clean_name(name))


def assign_rows(
    *,
    transcript: Transcript,
    versions: Mapping[int, int],
    by: User,
    speaker: Speaker | None = None,
    name: str = "",
    request_key: str = "",
) -> list[Utterance]:
    """Assigns the rows (ids with the versions that the person saw) to a speaker, or to the one with the name.

    Without a speaker and a name, creates a speaker with a number. Returns the rows that changed. Raises Gone if a row
    no longer exists, EditConflict if one has changed since.
    """
    if repeated := find_repeated_change(transcript, request_key):
        return get_rows_as_left(repeated)
    if speaker is None:
        get_rows(transcript, versions, marks_only=True)
        speaker = add_speaker(transcript=transcript, name=name)
    return _give_rows(transcript, versions, speaker, by, request_key, speaker_confidence=None)


def merge_speakers(
    *, speaker: Speaker, into: Speaker, versions: Mapping[int, int], by: User, request_key: str = ""
) -> list[Utterance]:
    """Assigns every row of the speaker to the other one, and returns the rows. How sure each is stays.

    Raises Gone and EditConflict as `assign_rows` does, and EditConflict if `versions` lacks rows of the speaker.
    """
    transcript = speaker.transcript

    def check() -> None:
        if versions.keys() != set(transcript.utterances.visible().filter(speaker=speaker).values_list("pk", flat=True)):
            raise EditConflict(theirs=speaker.display_name, mine=into.display_name, version=0)

    return _give_rows(transcript, versions, into, by, request_key, check)


def clean_name(name: str) -> str:
    return " ".join(clean_text(name).split())[:MAX_SPEAKER_NAME]


def get_speaker(transcript: Transcript, pk: int) -> Speaker:
    """Raises Gone if the transcript has no such speaker."""
    speaker = transcript.speakers.filter(pk=pk).first()
    if speaker is None:
        raise Gone
    return speaker


def _give_rows(
    transcript: Transcript,
    versions: Mapping[int, int],
    to: Speaker,
    by: User,
    request_key: str,
    check: Callable[[], None] = lambda: None,
    **more: None,
) -> list[Utterance]:
    rows = mark_rows(
        transcript=transcript,
        versions=versions,
        kind=ChangeKind.ASSIGNED,
        edit=lambda _row: {"speaker_id": to.pk, **more},
        by=by,
        request_key=request_key,
        check=check,
    )
    for row in rows:
        row.speaker = to
    keep_voices(transcript)
    return rows


def _find_or_create_speaker(transcript: Transcript, name: str) -> Speaker:
    """The speaker with that name; else a new one with the next number and its own colour, as long as there is one."""
    speakers = list(transcript.speakers.all())
    for speaker in speakers:
        if name and speaker.display_name == name:
            return speaker
    return _create_speaker(transcript, speakers, name)


def find_unused_speakers(transcript: Transcript) -> list[Speaker]:
    """Those without a name and a row, by their numbers: what a diarization made that was undone."""
    used = transcript.utterances.visible().filter(speaker__isnull=False).order_by().values("speaker")
    unused = transcript.speakers.filter(name="").exclude(pk__in=used)
    return sorted((one for one in unused if one.label.isdecimal()), key=lambda one: int(one.label))


def create_speakers(transcript: Transcript, count: int) -> list[Speaker]:
    """So many speakers for voices: unused ones first, then new ones. The transcript must be locked."""
    unused = find_unused_speakers(transcript)[:count]
    speakers = list(transcript.speakers.all())
    while len(unused) < count:
        speakers.append(_create_speaker(transcript, speakers, ""))
        unused.append(speakers[-1])
    return unused


def _create_speaker(transcript: Transcript, speakers: Sequence[Speaker], name: str) -> Speaker:
    numbers = [int(speaker.label) for speaker in speakers if speaker.label.isdecimal()]
    with_rows = set(transcript.utterances.visible().order_by().values_list("speaker", flat=True).distinct())
    colour = choose_colour(
        (speaker.colour for speaker in speakers if speaker.pk in with_rows),
        (speaker.colour for speaker in speakers if speaker.pk not in with_rows),
    )
    label = str(max(numbers, default=0) + 1)
    return Speaker.objects.create(transcript=transcript, label=label, name=name, colour=colour)
