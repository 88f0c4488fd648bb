"""Giving rows the speakers that telling them apart has found, as one change: at once, or as far as people take them.

A row that a person or the service assigned, or that is verified, is never changed, also if that happens while the
change is prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from transcripts.diarization.results import Diarized
from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict
from transcripts.models import Diarization, Revision, Transcript, Utterance
from transcripts.queries.diarization import (
    ProposedPart,
    RowProposal,
    find_undoable,
    find_voice_speakers,
    lay_voices,
    propose_all,
)
from transcripts.services.editing.changes import (
    UNMARKED,
    Edit,
    build_row,
    find_repeated_change,
    get_changed_rows,
    lock_transcript,
)
from transcripts.services.editing.history import undo_given_change
from transcripts.services.editing.preparation import Preparation
from transcripts.services.editing.rows import get_text_state, to_text_row
from transcripts.services.editing.speakers import create_speakers
from transcripts.services.kept_voices import keep_voices
from transcripts.text.rows import TimedRow, split_row

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SEVERAL = 2  # voices: with one, there is nobody to tell apart


class Labels:
    """The first labels of a transcript in which no row has a speaker: whole rows, each its main voice's.

    It is prepared before the transaction that stores it, together with the end of the diarization.
    """

    def __init__(self, diarization: Diarization, diarized: Diarized) -> None:
        self._diarization, self._diarized = diarization, diarized
        self._transcript = diarization.transcript
        self._speakers: dict[int, int] = {}
        self._preparation = Preparation(self._transcript, self._edits)

    def prepare(self) -> bool:
        """Whether there is anything to set. Raises Gone."""
        rows = self._transcript.utterances.visible()
        if self._diarization.examples or self._diarization.within_id or len(self._diarized.voices) < SEVERAL:
            return False
        if rows.filter(speaker__isnull=False).exists():
            return False
        numbers = [voice.number for voice in self._diarized.voices]
        self._speakers = _give_speakers(self._diarization, dict.fromkeys(numbers), numbers)
        self._preparation.prepare(list(rows.order_by("start_ms", "pk").values_list("pk", flat=True)))
        return len(self._preparation) > 0

    def store(self, locked: Transcript) -> None:
        """In the transaction that ends the diarization."""
        self._preparation.catch_up(locked)
        if not len(self._preparation):
            return
        person: Any = self._diarization.requested_by  # None where the account is gone
        details = _describe(self._diarization, self._diarized)
        if self._diarization.automatic:
            details["automatic"] = True
        self._preparation.store(
            locked,
            kind=ChangeKind.ASSIGNED,
            by=person,
            request_key=f"diarization-{self._diarization.pk.hex}",
            details=details,
        )

    def _edits(self, pks: Collection[int]) -> Iterator[Edit]:
        laid = {row.pk: row for row in lay_voices(self._transcript, self._diarized, pks)}
        rows = self._transcript.utterances.visible().defer(*UNMARKED).filter(pk__in=laid)
        for row in rows:
            voiced = laid[row.pk].voiced
            if voiced and row.version == laid[row.pk].version and row.speaker_id is None and not row.is_settled:
                yield (
                    row,
                    {
                        "speaker_id": self._speakers[voiced.voice],
                        "speaker_confidence": voiced.confidence,
                    },
                )


@dataclass(frozen=True, slots=True)
class TakeResult:
    """The rows that changed, new ones too, how many of the chosen ones were left alone, and whether some may be new."""

    rows: Sequence[Utterance]
    left: int = 0
    has_splits: bool = False


def take_proposals(
    *,
    diarization: Diarization,
    by: User,
    versions: Mapping[int, int] | None = None,
    base_version: int | None = None,
    request_key: str = "",
) -> TakeResult:
    """Does what is proposed for these rows, at the versions that the person saw: other speakers, and splits.

    Without `versions`, for all rows but those that have changed since `base_version` of the transcript. Rows that have
    changed since, or for which nothing is proposed any more, are left alone. The same `request_key` applies once.
    Raises EditConflict where that is all of them.
    """
    transcript = diarization.transcript
    if repeated := find_repeated_change(transcript, request_key):
        return TakeResult(get_changed_rows(repeated), has_splits="splits" in repeated.details)
    chosen = _choose(diarization, versions, base_version)
    asked = len(chosen) if versions is None else len(versions)
    whose = find_voice_speakers(diarization)
    voices = {part.voice for proposal in chosen.values() for part in proposal.parts}
    speakers = _give_speakers(diarization, whose, sorted(voices)) if chosen else {}
    preparation = Preparation(transcript, _make_edits(transcript, chosen, speakers))
    preparation.store_once(
        chosen,
        kind=ChangeKind.ASSIGNED,
        by=by,
        request_key=request_key,
        details=lambda: _describe(diarization, diarization.diarized, _count_splits(preparation.pks, chosen)),
    )
    if preparation.repeated:
        return TakeResult(get_changed_rows(preparation.repeated), has_splits="splits" in preparation.repeated.details)
    left = asked - len(preparation)
    if left and not len(preparation):
        raise EditConflict(theirs="", mine="", version=transcript.version)
    keep_voices(transcript)
    return TakeResult(preparation.rows, left, bool(_count_splits(preparation.pks, chosen)))


def _count_splits(pks: Collection[int], chosen: Mapping[int, RowProposal]) -> int:
    return sum(len(chosen[pk].parts) - 1 for pk in pks)


def undo_diarization(*, diarization: Diarization, by: User, request_key: str = "") -> TakeResult:
    """Undoes the latest change that took something of it, if that is the person's own or came by itself.

    Rows that have changed since stay.

    Raises NothingToUndo, and EditConflict where rows that were split have changed since.
    """
    taken = find_undoable(diarization, by)
    rows = undo_given_change(transcript=diarization.transcript, change=taken, by=by, request_key=request_key)
    keep_voices(diarization.transcript)
    return TakeResult(rows, has_splits=taken is None or "splits" in taken.details)


def _choose(
    diarization: Diarization, versions: Mapping[int, int] | None, base_version: int | None
) -> dict[int, RowProposal]:
    proposals = propose_all(diarization)
    if versions is not None:
        return {one.row: one for one in proposals if versions.get(one.row) == one.version}
    changed: set[int] = set()
    if base_version is not None:
        since = Revision.objects.filter(change__transcript=diarization.transcript_id, change__version__gt=base_version)
        changed = set(since.values_list("utterance", flat=True))
    return {one.row: one for one in proposals if one.row not in changed}


def _make_edits(
    transcript: Transcript,
    chosen: Mapping[int, RowProposal],
    speakers: Mapping[int, int],
) -> Callable[[Collection[int]], Iterator[Edit]]:
    def edits(pks: Collection[int]) -> Iterator[Edit]:
        wanted = [chosen[pk] for pk in pks if pk in chosen]
        for splits in (False, True):
            some = {proposal.row: proposal for proposal in wanted if proposal.splits == splits}
            rows = transcript.utterances.visible().select_related("speaker").filter(pk__in=some)
            for row in rows if splits else rows.defer(*UNMARKED):
                if row.version == some[row.pk].version and not row.is_settled:
                    yield from _edit_row(row, some[row.pk].parts, speakers)

    return edits


def _edit_row(row: Utterance, parts: Sequence[ProposedPart], speakers: Mapping[int, int]) -> Iterator[Edit]:
    whose = [{"speaker_id": speakers[part.voice], "speaker_confidence": part.confidence} for part in parts]
    if len(parts) == 1:
        yield row, whose[0]
        return
    first, *others = _cut_row(to_text_row(row), [part.offset for part in parts[1:]])
    yield row, {**get_text_state(first), **whose[0]}
    for cut, mark in zip(others, whose[1:], strict=True):
        new = build_row(row, **get_text_state(cut), flagged=row.flagged, **mark)
        new[0].additions = row.additions
        yield new


def _cut_row(row: TimedRow, offsets: Sequence[int]) -> list[TimedRow]:
    """Cuts the row before these code points of its text."""
    parts: list[TimedRow] = []
    for offset in reversed(offsets):
        row, right = split_row(row, offset)
        parts.append(right)
    return [row, *reversed(parts)]


def _give_speakers(diarization: Diarization, whose: Mapping[int, int | None], voices: Sequence[int]) -> dict[int, int]:
    """The speaker's id for each of these voices: new ones for those that have none. Like any, they can't be undone."""
    known = {voice: pk for voice in voices if (pk := whose.get(voice)) is not None}
    missing = [voice for voice in voices if voice not in known]
    with transaction.atomic():
        transcript = lock_transcript(diarization.transcript_id)
        new = create_speakers(transcript, len(missing)) if missing else []
        given = known | {voice: speaker.pk for voice, speaker in zip(missing, new, strict=True)}
        diarization.voices = {**diarization.voices, **{str(voice): pk for voice, pk in given.items()}}
        Diarization.objects.filter(pk=diarization.pk).update(voices=diarization.voices)
    return given


def _describe(diarization: Diarization, diarized: Diarized | None, splits: int = 0) -> dict[str, Any]:
    details = {"diarization": str(diarization.pk), "voices": len(diarized.voices) if diarized else 0}
    return {**details, "splits": splits} if splits else details
