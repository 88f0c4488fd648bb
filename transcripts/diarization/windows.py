"""The stretches of speech that are embedded, and the file that keeps their embeddings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcripts.audio.decode import decode_blocks
from transcripts.audio.source import MAX_DURATION_MS, open_audio
from transcripts.diarization.encoder import CONTEXT, VoiceEncoder
from transcripts.diarization.features import RATE_HZ, Floats
from transcripts.diarization.results import NotWindows, Span

FULL_MS = 1600
STEP_MS = 500
_LEAST_MS = 500  # what is shorter is heard with what stands around it
_PAUSE_MS = 300  # shorter ones do not end a stretch of speech
_MARGIN_MS = 30
_BATCH = 48  # windows that are embedded at once: more take more memory and no less time
_SAMPLES_PER_MS = RATE_HZ // 1000
_MAGIC = "voices 1"


@dataclass(frozen=True)
class Windows:
    """In order of their starts; times in ms. `vectors` have length 1."""

    encoder: str
    limit: float
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    vectors: Floats

    @property
    def weights(self) -> Floats:
        """How much each tells of its voice: short ones tell little."""
        shares = np.minimum(1.0, (self.ends - self.starts) / FULL_MS)
        weights: Floats = (shares**2).astype(np.float32)
        return weights

    def take(self, chosen: NDArray[np.bool_]) -> Windows:
        return Windows(self.encoder, self.limit, self.starts[chosen], self.ends[chosen], self.vectors[chosen])


def plan_windows(words: Iterable[Span]) -> list[Span]:
    """Windows of at most 1.6 s about every half second, which begin and end where speech does.

    No window reaches across a pause: where people take turns there is one most of the time.
    """
    windows: list[Span] = []
    for start, end in _join_words(words):
        if end - start <= FULL_MS:
            short = max(0, _LEAST_MS - (end - start))
            start = max(0, start - short // 2)
            windows.append((start, max(end + short // 2, start + _LEAST_MS)))
            continue
        spare = end - start - FULL_MS
        steps = -(-spare // STEP_MS)
        windows.extend(
            (start + spare * step // steps, start + spare * step // steps + FULL_MS) for step in range(steps + 1)
        )
    return sorted(windows)


def _join_words(words: Iterable[Span]) -> Iterator[Span]:
    """Stretches of speech without a pause."""
    begun: Span | None = None
    for start, end in sorted(words):
        start, end = max(0, start - _MARGIN_MS), min(end + _MARGIN_MS, MAX_DURATION_MS)
        if end <= start:
            continue
        if begun is None or start - begun[1] > _PAUSE_MS:
            if begun is not None:
                yield begun
            begun = start, end
        else:
            begun = begun[0], max(begun[1], end)
    if begun is not None:
        yield begun


def embed_file(
    source: Path,
    words: Iterable[Span],
    target: Path,
    encoder: VoiceEncoder,
    *,
    track: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Embed the windows of `source` and write them to `target`; returns how many. Raises `NotAudio`."""
    planned = plan_windows(words)
    kept: list[Span] = []
    vectors: list[NDArray[np.int8]] = []
    with open_audio(source, track=track) as opened:
        blocks = (block[0] for block in decode_blocks(opened, rate_hz=RATE_HZ, channels=1))
        cut = cut_windows(blocks, planned)
        while batch := list(islice(cut, _BATCH)):
            kept.extend(window for window, _ in batch)
            vectors.append(_pack(encoder.embed([samples for _, samples in batch])))
            if on_progress is not None:
                on_progress(batch[-1][0][1])
    _write(target, encoder, kept, vectors)
    return len(kept)


def cut_windows(blocks: Iterable[Floats], windows: Sequence[Span]) -> Iterator[tuple[Span, Floats]]:
    """Each window with its samples and `CONTEXT` around them, as they come; not those that begin after the end.

    The sound is held as far as windows need it. All of it is read, also where no window is.
    """
    held = np.zeros(CONTEXT, np.float32)
    begins = -CONTEXT  # the sample that `held` begins with
    ahead = iter(windows)
    window = next(ahead, None)
    for block in blocks:
        held = np.concatenate([held, block])
        while window is not None and window[1] * _SAMPLES_PER_MS + CONTEXT <= begins + len(held):
            yield window, _cut(held, begins, window)
            window = next(ahead, None)
        needed = window[0] * _SAMPLES_PER_MS - CONTEXT if window is not None else begins + len(held)
        if needed > begins:
            held, begins = held[needed - begins :], min(needed, begins + len(held))
    end_ms = (begins + len(held)) // _SAMPLES_PER_MS
    held = np.pad(held, (0, (FULL_MS + _LEAST_MS) * _SAMPLES_PER_MS + CONTEXT))
    while window is not None:
        if window[0] < end_ms - _LEAST_MS // 2:
            yield window, _cut(held, begins, window)
        window = next(ahead, None)


def _cut(held: Floats, begins: int, window: Span) -> Floats:
    first, last = (edge * _SAMPLES_PER_MS - begins for edge in window)
    return held[first - CONTEXT : last + CONTEXT]


def _pack(vectors: Floats) -> NDArray[np.int8]:
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    packed: NDArray[np.int8] = np.round(vectors * (127 / largest)).astype(np.int8)
    return packed


def _write(target: Path, encoder: VoiceEncoder, windows: Sequence[Span], vectors: Sequence[NDArray[np.int8]]) -> None:
    """A line of JSON, then starts and ends as 32-bit integers, then a signed byte for each dimension."""
    dimensions = vectors[0].shape[1] if vectors else 0
    head = {"format": _MAGIC, "encoder": encoder.name, "limit": encoder.limit}
    head |= {"windows": len(windows), "dimensions": dimensions}
    with target.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.write(np.array(windows, "<i4").reshape(-1, 2).T.tobytes())
        for block in vectors:
            file.write(block.tobytes())


def read_windows(path: Path) -> Windows:
    """What `embed_file` wrote. Raises `NotWindows`, or `OSError` for a missing file."""
    with path.open("rb") as file:
        try:
            head = json.loads(file.readline(1000))
            if head["format"] != _MAGIC:
                raise NotWindows("The embeddings are of another version.")
            count, dimensions = int(head["windows"]), int(head["dimensions"])
            body = file.read()
            if count < 0 or dimensions < 0 or len(body) != count * (8 + dimensions):
                raise NotWindows("The file of embeddings is not complete.")
            starts, ends = np.frombuffer(body, "<i4", count=2 * count).reshape(2, count).astype(np.int64)
            packed = np.frombuffer(body, np.int8, offset=8 * count).reshape(count, dimensions).astype(np.float32)
            encoder, limit = str(head["encoder"]), float(head["limit"])
        except (ValueError, KeyError, TypeError) as error:
            raise NotWindows("The file holds no embeddings.") from error
    packed /= np.maximum(np.linalg.norm(packed, axis=1, keepdims=True), 1e-9)
    return Windows(encoder, limit, starts, ends, packed)
