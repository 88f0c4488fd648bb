"""Parts of a recording too long to be sent whole, cut where nobody speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcripts.audio.convert import choose_coding, compute_longest_ms
from transcripts.audio.decode import Samples, decode_blocks
from transcripts.audio.opus import RATE_HZ, Encoders, OpusFile
from transcripts.audio.results import MAX_PART_BYTES, MAX_PART_MS, AudioPart
from transcripts.audio.source import estimate_duration_ms, open_audio

_MS = RATE_HZ // 1000  # samples
_FRAME_MS = 10
# In frames: a pause between sentences, the shortest that lies between words, and a moment.
_LONG_PAUSE, _PAUSE, _MOMENT = 50, 20, 5
_MAX_WINDOW_MS = 120_000
_SILENCE_DB = -60.0
_SPAN_DB = 10.0  # of a sound whose loud and quiet frames differ by less, none is a pause


def split_for_api(
    source: Path,
    folder: Path,
    *,
    channels: int = 1,
    track: int | None = None,
    max_part_ms: int = MAX_PART_MS,
    max_bytes: int = MAX_PART_BYTES,
    on_progress: Callable[[int], None] | None = None,
) -> list[AudioPart]:
    """Write `source` to `folder` as the fewest Ogg Opus files, about equally long, that keep within the limits.

    Each part ends where the next begins, on a whole ms, in a pause where there is one near. What is within the limits
    becomes one part. `on_progress` receives the milliseconds done. Raises `NotAudio`, or `OSError` where the disk
    refuses; parts made before stay.
    """
    duration_ms = estimate_duration_ms(source, track=track)
    parts: list[AudioPart] = []
    with open_audio(source, track=track) as opened:
        channels = min(channels, opened.channels)
        plan = _Plan.of(duration_ms, min(max_part_ms, compute_longest_ms(max_bytes, channels)))
        coding = choose_coding(plan.expected_ms, channels, max_bytes)
        unfinished = folder / "unfinished"
        with Encoders(coding, duration_ms) as encoders:
            file, start_ms = None, 0
            for block, ends in _mark_cuts(decode_blocks(opened, rate_hz=RATE_HZ, channels=channels), plan):
                file = file or OpusFile(unfinished, encoders)
                file.write(block)
                if ends:
                    file.finish()
                    parts.append(AudioPart.for_span(folder, start_ms, start_ms + file.duration_ms))
                    unfinished.rename(parts[-1].path)
                if on_progress is not None:
                    on_progress(start_ms + file.done_ms)
                if ends:
                    file, start_ms = None, parts[-1].end_ms
    return parts


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where parts may end: within `window_ms` around the ends of `parts` equal ones."""

    parts: int
    step_ms: int
    window_ms: int
    longest_ms: int

    @classmethod
    def of(cls, duration_ms: int, max_part_ms: int) -> _Plan:
        longest_ms = max_part_ms - max_part_ms // 120  # others may count the padding of packets, too
        parts = 1
        if duration_ms > longest_ms:
            parts = ceil(duration_ms / (longest_ms - longest_ms // 60))
        step_ms = duration_ms // parts
        return cls(parts, step_ms, min(_MAX_WINDOW_MS, (longest_ms - step_ms) // 2, longest_ms // 8), longest_ms)

    @property
    def expected_ms(self) -> int:
        """The longest part, if the file is as long as it says."""
        return self.step_ms + (2 * self.window_ms if self.parts > 1 else 0)

    def find_window(self, number: int, start_ms: int) -> tuple[int, int, int]:
        """Find first, wanted and last ms for the end of a part; past the expected end, as late as allowed."""
        if number < self.parts:
            wanted_ms, width_ms = number * self.step_ms, self.window_ms
        else:
            width_ms = min(_MAX_WINDOW_MS, self.longest_ms // 8)
            wanted_ms = start_ms + self.longest_ms - width_ms
        return wanted_ms - width_ms, wanted_ms, wanted_ms + width_ms


def _mark_cuts(sound: Iterable[Samples], plan: _Plan) -> Iterator[tuple[Samples, bool]]:
    """Give the sound in blocks, each with whether a part ends after it. A window is held back until complete."""
    number, given, reached = 1, 0, 0
    opens_ms, wanted_ms, closes_ms = plan.find_window(number, 0)
    held: list[Samples] = []
    for block in sound:
        held.append(block)
        reached += block.shape[1]
        while reached >= closes_ms * _MS:
            whole = np.hstack(held)
            window = whole[:, opens_ms * _MS - given : closes_ms * _MS - given]
            cut_ms = opens_ms + find_quiet_ms(window, wanted_ms - opens_ms)
            end = cut_ms * _MS - given
            yield whole[:, :end], True
            held, number, given = [whole[:, end:]], number + 1, cut_ms * _MS
            opens_ms, wanted_ms, closes_ms = plan.find_window(number, cut_ms)
        if reached <= opens_ms * _MS:
            yield np.hstack(held), False
            held, given = [block[:, :0]], reached
    yield np.hstack(held), True


def find_quiet_ms(sound: Samples, wanted_ms: int) -> int:
    """Where to cut `sound`: in the pause of half a second nearest to `wanted_ms`.

    Failing that, in the longest pause of a fifth, else in the quietest twentieth of a second.
    """
    frame = _FRAME_MS * _MS
    count = sound.shape[1] // frame
    power = np.square(sound[:, : count * frame]).reshape(len(sound), count, frame).mean(axis=2).max(axis=0)
    runs = _find_quiet_runs(10 * np.log10(power + 1e-12))
    lengths = runs[:, 1] - runs[:, 0]
    half = _LONG_PAUSE // 2
    if (lengths >= _LONG_PAUSE).any():
        long = runs[lengths >= _LONG_PAUSE]
        wanted = wanted_ms // _FRAME_MS
        places = np.clip(wanted, long[:, 0] + half, long[:, 1] - half)
        return int(places[np.abs(places - wanted).argmin()]) * _FRAME_MS
    if (lengths >= _PAUSE).any():
        return int(runs[lengths.argmax()].sum()) * _FRAME_MS // 2
    moments = np.convolve(power, np.ones(_MOMENT), "valid")
    return int(moments.argmin()) * _FRAME_MS + _MOMENT * _FRAME_MS // 2


def _find_quiet_runs(level_db: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find the first frame and end of each quiet run: in the lowest quarter of this sound's range, or silent."""
    low, high = np.percentile(level_db, (5, 95))
    limit = max(_SILENCE_DB, low + (high - low) / 4) if high - low >= _SPAN_DB else _SILENCE_DB
    quiet = np.concatenate([[False], level_db <= limit, [False]])
    return np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2)
