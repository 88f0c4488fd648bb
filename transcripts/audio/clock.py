"""The container's times, followed across late starts and gaps but not into errors."""

from __future__ import annotations

from av.audio.frame import AudioFrame

# Less is the jitter of coarse time bases. What jitter can add in all is no more than its own width.
_MIN_GAP_S = 0.05
_MIN_START_S = 0.01  # nothing has added up yet
LATEST_START_S = 60.0  # beyond, times that nothing else bears out count from elsewhere, as in a live stream
_MAX_GAP_S = 3600.0  # more is a broken time, not a pause
_MIN_JUMP_BACK_S = 1.0  # from there on, another recording begins (joined streams, a source that was restarted)


class Clock:
    """Counts the seconds given out and finds where the container's own times run ahead of them.

    `zero_s` is the container's time for zero seconds, None where its times are not to be followed. With `start_only`
    they are to be followed to where the sound begins, and count no further.
    """

    def __init__(self, zero_s: float | None, now_s: float = 0.0, *, start_only: bool = False) -> None:
        self.now_s = now_s
        self._start_only = start_only
        self._zero_s = None if zero_s is None else zero_s - now_s
        self._began = False

    def advance(self, frame: AudioFrame, following: AudioFrame | None) -> float:
        """Count `frame` and give the seconds of silence due before it.

        A jump counts only where the following frame goes on from it: a single odd time is an error.
        """
        length_s = frame.samples / frame.sample_rate
        gap_s = 0.0 if self._zero_s is None else self._find_gap_s(frame, following, length_s, self._zero_s)
        self.now_s += gap_s + length_s
        self._began = True
        return gap_s

    def _find_gap_s(self, frame: AudioFrame, following: AudioFrame | None, length_s: float, zero_s: float) -> float:
        time_s = _get_time_s(frame)
        if time_s is None or (self._start_only and self._began):
            return 0.0
        ahead_s = time_s - zero_s - self.now_s
        if self._start_only and ahead_s > LATEST_START_S:
            return 0.0
        least_s = _MIN_GAP_S if self._began else _MIN_START_S
        if -_MIN_JUMP_BACK_S < ahead_s < least_s:
            return 0.0
        next_s = None if following is None else _get_time_s(following)
        if next_s is not None and not _goes_on(time_s + length_s, next_s):
            return 0.0
        if 0 <= ahead_s <= _MAX_GAP_S:
            return ahead_s
        self._zero_s = time_s - self.now_s
        return 0.0


def _goes_on(end_s: float, next_s: float) -> bool:
    return -_MIN_GAP_S < next_s - end_s <= _MAX_GAP_S


def _get_time_s(frame: AudioFrame) -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)
