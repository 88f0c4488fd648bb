"""What telling speakers apart has found, laid on the rows as they are now: voices, and proposals for each row."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from transcripts.diarization.installed import name_encoder
from transcripts.diarization.results import UNSURE, Diarized, EncoderMissing, Span
from transcripts.enums import DiarizationState
from transcripts.messages import explain_impossible
from transcripts.models import Change, Diarization, Speaker, Transcript
from transcripts.text.tokens import tokenize
from transcripts.text.voices import VoicedRow, describe_row

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_SHOWN = 200
"""Proposals that are listed one by one; taking all takes the others, too."""
KEPT = 8  # diarizations of which what is proposed is kept in memory
NEW = None
"""In place of a speaker's id: a voice that no speaker of the transcript has yet."""

_OF_ROW = (
    *("pk", "version", "start_ms", "end_ms", "text", "speaker_id", "speaker_confidence", "verified_at", "words"),
)


@dataclass(frozen=True, slots=True)
class Laid:
    """A row with what the voices say of it; `is_settled` as `Utterance.is_settled`."""

    pk: int
    version: int
    start_ms: int
    end_ms: int
    text: str
    speaker: int | None
    is_settled: bool
    words: tuple[Span, ...]
    voiced: VoicedRow | None


@dataclass(frozen=True, slots=True)
class ProposedPart:
    """Whose a row is, from a code point of its text on. `speaker` is an id; None for a voice that gets a new one."""

    offset: int
    start_ms: int
    end_ms: int
    text: str
    voice: int
    speaker: int | None
    confidence: int

    @property
    def is_unsure(self) -> bool:
        return self.confidence < UNSURE


@dataclass(frozen=True, slots=True)
class RowProposal:
    """Another speaker for a row at that version, or, with several parts, where it would be split."""

    row: int
    version: int
    start_ms: int
    end_ms: int
    text: str
    current: int | None
    parts: tuple[ProposedPart, ...]

    @property
    def splits(self) -> bool:
        return len(self.parts) > 1


@dataclass(frozen=True, slots=True)
class PanelVoice:
    """A voice with stretches to listen to, in ms, and the speaker that it is taken for, if any.

    `maybe` is the name of somebody whose voice the project keeps and who this may be (`queries.kept_voices`).
    """

    number: int
    ms: int
    samples: tuple[Span, ...]
    speaker: Speaker | None
    centroid: str
    encoder: str
    maybe: str = ""


@dataclass(frozen=True, slots=True)
class DiarizationPanel:
    """What the panel "Speakers" shows of it. `why_not` is a sentence, "" where people can ask.

    `job` is the latest that was asked for; voices and proposals are of `done`, the latest that was done. `taken` is
    the change by which it gave rows their speakers, unless that was undone, and `undoable` what the person can undo of
    it. `example_speakers` says how many speakers
    have rows that people assigned.
    """

    why_not: str
    job: Diarization | None
    done: Diarization | None
    voices: list[PanelVoice]
    proposal_count: int
    taken: Change | None
    undoable: Change | None
    example_speakers: int

    @property
    def can_tell(self) -> bool:
        return not self.why_not

    @property
    def is_automatic(self) -> bool:
        return self.done is not None and self.done.automatic


@dataclass(frozen=True, slots=True)
class ListedPart:
    part: ProposedPart
    speaker: Speaker | None


@dataclass(frozen=True, slots=True)
class ListedProposal:
    """A proposal with the speakers that it names."""

    proposal: RowProposal
    current: Speaker | None
    parts: tuple[ListedPart, ...]


def find_why_not(transcript: Transcript) -> str:
    """Why its speakers can't be told apart here, as a key of `messages.IMPOSSIBLE`; "" where they can."""
    if transcript.recording.audio_deleted_at:
        return "audio"
    if not is_installed():
        return "no_encoder"
    return "" if transcript.utterances.visible().exists() else "no_words"


def is_installed() -> bool:
    """Whether there is an encoder; its file is read through once in each process."""
    try:
        name_encoder(settings.SPEAKER_MODEL)
    except (EncoderMissing, OSError):
        return False
    return True


def get_panel(transcript: Transcript, by: User) -> DiarizationPanel:
    job = transcript.diarizations.select_related("requested_by").defer("result").first()
    done = find_last_done(transcript)
    reason = find_why_not(transcript)
    assigned = transcript.utterances.visible().filter(speaker__isnull=False, speaker_confidence=None)
    return DiarizationPanel(
        why_not=explain_impossible(reason) if reason else "",
        job=job,
        done=done,
        voices=list_voices(done) if done else [],
        proposal_count=len(propose_all(done)) if done else 0,
        taken=find_taken(done) if done else None,
        undoable=find_undoable(done, by) if done else None,
        example_speakers=assigned.order_by().values("speaker").distinct().count(),
    )


def find_diarization_news(transcript: Transcript) -> str:
    """The id of the latest, if its page may have something to tell of it: it is unfinished, or rows have its voices."""
    job = transcript.diarizations.defer("result").first()
    if job is None or not (job.is_unfinished or (job.state == DiarizationState.DONE and job.voices)):
        return ""
    return str(job.pk)


def find_last_done(transcript: Transcript) -> Diarization | None:
    finished = transcript.diarizations.filter(state=DiarizationState.DONE, result__isnull=False)
    done: Diarization | None = finished.first()
    return done


def find_taken(diarization: Diarization) -> Change | None:
    """The latest change that took something of it and that is not undone."""
    taken: Change | None = _list_taken(diarization).filter(undone_by=None).select_related("by").last()
    return taken


def find_undoable(diarization: Diarization, by: User) -> Change | None:
    """The latest that the person may undo: what came by itself is nobody's, what a person took is theirs."""
    theirs = Q(by=by) | Q(details__has_key="automatic")
    found: Change | None = _list_taken(diarization).filter(theirs, undone_by=None).last()
    return found


def _list_taken(diarization: Diarization) -> Any:
    return Change.objects.filter(transcript=diarization.transcript_id, details__diarization=str(diarization.pk))


def list_voices(diarization: Diarization) -> list[PanelVoice]:
    """The voices in the order in which they are first heard."""
    diarized = diarization.diarized
    if diarized is None:
        return []
    speakers = {one.pk: one for one in Speaker.objects.filter(transcript=diarization.transcript_id)}
    whose = find_voice_speakers(diarization)
    return [
        PanelVoice(
            voice.number,
            voice.ms,
            voice.samples,
            speakers.get(whose.get(voice.number) or 0),
            voice.centroid,
            diarized.encoder,
        )
        for voice in diarized.voices
    ]


def find_voice_speakers(diarization: Diarization) -> dict[int, int | None]:
    """The id of the speaker that each voice is taken for by now; None for a voice that would get a new one."""
    return dict(_read(diarization)[0])


def propose_all(diarization: Diarization) -> tuple[RowProposal, ...]:
    """What is proposed for the rows as they are now, in order of time.

    Never anything for a row that a person or the service assigned, or that is verified. Of a single voice that nobody
    asked for, nothing: then there is nobody to tell apart.
    """
    if diarization.dismissed:
        return ()
    return _read(diarization)[1]


def list_proposals(diarization: Diarization, *, most: int = MOST_SHOWN) -> tuple[list[ListedProposal], int]:
    """The first of them, and how many there are in all."""
    proposals = propose_all(diarization)
    speakers = {one.pk: one for one in Speaker.objects.filter(transcript=diarization.transcript_id)}

    def get(pk: int | None) -> Speaker | None:
        return speakers.get(pk or 0)

    listed = [
        ListedProposal(
            proposal, get(proposal.current), tuple(ListedPart(part, get(part.speaker)) for part in proposal.parts)
        )
        for proposal in proposals[:most]
    ]
    return listed, len(proposals)


Read = tuple[tuple[tuple[int, int | None], ...], tuple[RowProposal, ...]]


def _read(diarization: Diarization) -> Read:
    version = Transcript.objects.filter(pk=diarization.transcript_id).values_list("version", flat=True).first()
    kept = tuple(sorted((int(number), pk) for number, pk in diarization.voices.items()))
    return _read_at(diarization.pk, version or 0, kept)


@lru_cache(maxsize=KEPT)
def _read_at(pk: UUID, _version: int, kept: tuple[tuple[int, int], ...]) -> Read:
    """The speakers of the voices, and the proposals, at a version of the transcript."""
    diarization = Diarization.objects.get(pk=pk)
    diarized = diarization.diarized
    if diarized is None:
        return (), ()
    rows = list(lay_voices(diarization.transcript, diarized))
    whose = match_voices(rows, diarized, dict(kept), within=diarization.within_id)
    if within := diarization.within_id:  # Of others nothing was looked at.
        theirs = {within, *dict(kept).values()}
        rows = [row for row in rows if row.speaker in theirs]
    alone = diarization.automatic and len(diarized.voices) < 2
    proposals = () if alone else tuple(_propose(rows, whose))
    return tuple(whose.items()), proposals


def lay_voices(transcript: Transcript, diarized: Diarized, pks: Collection[int] | None = None) -> Iterator[Laid]:
    """The visible rows, or those of these ids, in order of time. Of the turns each looks at those that it is near."""
    starts = [turn.start_ms for turn in diarized.turns]
    rows = transcript.utterances.visible()
    if pks is not None:
        rows = rows.filter(pk__in=pks)
    for pk, version, start_ms, end_ms, text, speaker, confidence, verified_at, words in rows.values_list(*_OF_ROW):
        spans = tuple((start, end) for _text, start, end, _source in words)
        settled = verified_at is not None or (speaker is not None and confidence is None)
        voiced = None
        if spans:
            first = bisect_right(starts, spans[0][0]) - 1
            near = diarized.turns[max(0, first - 1) : bisect_right(starts, spans[-1][1]) + 1]
            voiced = describe_row(spans, near)
        time.sleep(0)  # The interpreter's lock: people save in other threads.
        yield Laid(pk, version, start_ms, end_ms, text, speaker, settled, spans, voiced)


def match_voices(
    rows: Sequence[Laid], diarized: Diarized, kept: Mapping[int, int], *, within: int | None = None
) -> dict[int, int | None]:
    """The speaker that each voice is taken for, by whose rows it is heard in; None for one that gets a new speaker.

    A voice that was made a speaker (`kept`) stays that one, unless people have given all of its rows to another.
    Otherwise each speaker is one voice at most. With `within`, only that speaker counts.
    """
    shared: Counter[tuple[int, int]] = Counter()
    main: dict[int, Counter[int]] = {voice: Counter() for voice in kept}
    present = {row.speaker for row in rows if row.speaker is not None}
    for row in rows:
        if row.speaker is None or row.voiced is None or (within and row.speaker != within):
            continue
        if row.voiced.voice in main:
            main[row.voiced.voice][row.speaker] += row.end_ms - row.start_ms
        for part in row.voiced.parts:
            shared[part.voice, row.speaker] += sum(end - start for start, end in row.words[part.first : part.last])
    whose: dict[int, int | None] = {
        voice.number: int(voice.key) for voice in diarized.voices if voice.key.isdecimal() and int(voice.key) in present
    }
    for voice, speaker in kept.items():
        others = main[voice].most_common(1)
        whose[voice] = others[0][0] if others and speaker not in present else speaker
    taken = set(whose.values())
    for (voice, speaker), _ms in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if voice not in whose and speaker not in taken:
            whose[voice] = speaker
            taken.add(speaker)
    return {voice.number: whose.get(voice.number, NEW) for voice in diarized.voices}


def _propose(rows: Sequence[Laid], whose: Mapping[int, int | None]) -> Iterator[RowProposal]:
    for row in rows:
        if row.is_settled or row.voiced is None:
            continue
        parts = propose_parts(row, whose)
        if len(parts) > 1 or parts[0].speaker is NEW or parts[0].speaker != row.speaker:
            yield RowProposal(row.pk, row.version, row.start_ms, row.end_ms, row.text, row.speaker, parts)


def propose_parts(row: Laid, whose: Mapping[int, int | None]) -> tuple[ProposedPart, ...]:
    """Whose the row is, in parts where it is several people's; voices of one speaker are one."""
    assert row.voiced is not None  # noqa: S101 -- asked for by the callers
    merged: list[tuple[int, int, int]] = []  # first word, voice, confidence
    for part in row.voiced.parts:
        if merged and _is_same(merged[-1][1], part.voice, whose):
            first, voice, confidence = merged[-1]
            merged[-1] = first, voice, max(confidence, part.confidence)
        else:
            merged.append((part.first, part.voice, part.confidence))
    if len(merged) == 1:
        voiced = row.voiced
        return (_make_part(row, 0, len(row.text), voiced.voice, whose, voiced.confidence, 0, len(row.words)),)
    starts = [token.start for token in tokenize(row.text)]
    ends = [*(first for first, _voice, _confidence in merged[1:]), len(row.words)]
    return tuple(
        _make_part(
            row,
            starts[first] if first else 0,
            starts[end] if end < len(starts) else len(row.text),
            voice,
            whose,
            confidence,
            first,
            end,
        )
        for (first, voice, confidence), end in zip(merged, ends, strict=True)
    )


def _is_same(voice: int, other: int, whose: Mapping[int, int | None]) -> bool:
    return voice == other or (whose[voice] is not NEW and whose[voice] == whose[other])


def _make_part(
    row: Laid, start: int, end: int, voice: int, whose: Mapping[int, int | None], confidence: int, first: int, last: int
) -> ProposedPart:
    return ProposedPart(
        offset=start,
        start_ms=row.words[first][0] if first else row.start_ms,
        end_ms=row.words[last - 1][1] if last < len(row.words) else row.end_ms,
        text=row.text[start:end].strip(),
        voice=voice,
        speaker=whose[voice],
        confidence=confidence,
    )
