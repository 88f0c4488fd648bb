"""Which of a file's audio tracks holds the speech, judged by samples from all over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from transcripts.audio.container import decode_packet, list_decodable, read_packets, select_streams
from transcripts.audio.mixing import ChannelMixer, Samples

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_RATE_HZ = 8000
_EXCERPTS, _EXCERPT_S = 20, 3.0
_FRAME = _RATE_HZ // 50
_AUDIBLE = 0.002  # root mean square of a frame
_PITCH_LAGS = slice(_RATE_HZ // 400, _RATE_HZ // 70)
_VOICED = 0.5  # of the power returns one period later
_MIN_VOICED = 0.1
_MIN_SWING_DB = 4.5
_MIN_SPEECH = 0.05  # share of seconds from which a track counts as one with speech
_ALONE = 4.0  # a channel is heard alone where it is so much louder than the other
_MIN_ALONE = 0.5  # of the audible seconds, in calls with a person on each channel
_MIN_EACH_ALONE = 0.1
_SOUND_COUNTS = 0.05  # how much sound of any kind counts beside speech


@dataclass(slots=True)
class TrackSample:
    """Excerpts of one track, mixed, at 8 kHz."""

    has_opposites: bool = False
    """Channels would cancel each other out."""
    seconds: list[Samples] = field(default_factory=list)
    sides: list[tuple[float, float]] = field(default_factory=list)
    """How loud both channels of a stereo track are in each second."""

    @property
    def has_separate_voices(self) -> bool:
        """Mostly one of two channels is heard alone, now this one, now that one."""
        audible = [(left, right) for left, right in self.sides if max(left, right) > _AUDIBLE]
        alone = [
            sum(one > _ALONE * other for one, other in audible),
            sum(other > _ALONE * one for one, other in audible),
        ]
        return (
            bool(audible) and sum(alone) >= _MIN_ALONE * len(audible) and min(alone) >= _MIN_EACH_ALONE * len(audible)
        )

    @property
    def speech_share(self) -> float:
        return sum(map(is_like_speech, self.seconds)) / max(1, len(self.seconds))

    @property
    def audible_share(self) -> float:
        audible = sum(bool(_measure_levels(second).max() > _AUDIBLE) for second in self.seconds)
        return audible / max(1, len(self.seconds))

    @property
    def has_speech(self) -> bool:
        return self.speech_share >= _MIN_SPEECH


def choose_track(container: InputContainer, samples: Mapping[int, TrackSample]) -> int | None:
    """The number of the track with speech: the container's own choice unless another has twice as much."""
    best = container.streams.best("audio")
    own = next((number for number, stream in enumerate(container.streams.audio) if stream is best), None)
    scores = {number: sample.speech_share + _SOUND_COUNTS * sample.audible_share for number, sample in samples.items()}
    if not scores:
        return own
    top = max(scores, key=lambda number: (scores[number], number == own, -number))
    return own if own in scores and 2 * scores[own] >= scores[top] else top


def sample_tracks(container: InputContainer) -> dict[int, TrackSample]:
    """Decode excerpts of every track, evenly spread; all of a file of a minute.

    `container` is no use for anything else then.
    """
    streams = list_decodable(container)
    select_streams(container, streams.values())
    listeners = {stream.index: _Listener(number) for number, stream in streams.items()}
    for start_s in _list_starts(container):
        if start_s is not None and not _seek(container, start_s):
            continue
        for listener in listeners.values():
            listener.restart()
        _listen(container, list(streams.values()), listeners, None if start_s is None else _EXCERPT_S)
    return {listener.number: listener.sample for listener in listeners.values()}


def _list_starts(container: InputContainer) -> list[float | None]:
    """Where excerpts begin; None for all from the beginning."""
    duration_s = (container.duration or 0) / av.time_base
    if duration_s <= _EXCERPTS * _EXCERPT_S:
        return [None]
    begin_s = (container.start_time or 0) / av.time_base
    return [begin_s + duration_s * number / _EXCERPTS for number in range(_EXCERPTS)]


def _seek(container: InputContainer, start_s: float) -> bool:
    try:
        container.seek(round(start_s * av.time_base))
    except (av.error.FFmpegError, OSError):
        return False
    return True


def _listen(
    container: InputContainer, streams: list[AudioStream], listeners: dict[int, _Listener], excerpt_s: float | None
) -> None:
    """Decode until every track has its excerpt, or one has it twice: others may be silent by having no packets."""
    longest = (_EXCERPTS * _EXCERPT_S if excerpt_s is None else excerpt_s) * _RATE_HZ
    for packet in read_packets(container, *streams):
        listener = listeners[packet.stream.index]
        if listener.decoded < 2 * longest:
            for frame in decode_packet(packet):
                listener.hear(frame)
        counts = [other.decoded for other in listeners.values()]
        if min(counts) >= longest or max(counts) >= 2 * longest:
            return


class _Listener:
    """Turns the frames of one track into samples at a low rate."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.sample = TrackSample()
        self._mixers: dict[int, ChannelMixer] = {}
        self.restart()

    def restart(self) -> None:
        self.decoded = 0
        self._resampler: AudioResampler | None = None
        self._layout = ""
        self._waiting: list[Samples] = []

    def hear(self, frame: av.AudioFrame) -> None:
        layout = frame.layout.name
        if self._resampler is None or layout != self._layout:
            self._resampler, self._layout, self._waiting = AudioResampler(format="flt", rate=_RATE_HZ), layout, []
        frame.pts = None
        try:
            converted = self._resampler.resample(frame)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            return
        for piece in converted:
            block = np.nan_to_num(piece.to_ndarray().astype(np.float32, copy=False))
            self._waiting.append(block.reshape(-1, piece.layout.nb_channels))
            self.decoded += len(self._waiting[-1])
        if sum(map(len, self._waiting)) >= _RATE_HZ:
            self._mix_waiting()

    def _mix_waiting(self) -> None:
        block = np.concatenate(self._waiting)
        channels = block.shape[1]
        mixer = self._mixers.setdefault(channels, ChannelMixer(channels, 1))
        whole = len(block) // _RATE_HZ * _RATE_HZ
        self.sample.seconds.extend(mixer.mix(block[:whole])[0].reshape(-1, _RATE_HZ))
        if channels == 2:
            levels = np.sqrt(np.square(block[:whole].reshape(-1, _RATE_HZ, 2)).mean(axis=1))
            self.sample.sides.extend((float(left), float(right)) for left, right in levels)
        self.sample.has_opposites = any(mixer.has_opposites for mixer in self._mixers.values())
        self._waiting = [block[whole:]]


def is_like_speech(second: Samples) -> bool:
    """Whether a second of sound at 8 kHz is voiced in parts, and swings in loudness as syllables do."""
    levels = _measure_levels(second)
    loud = levels > max(_AUDIBLE, levels.max() / 10)
    if loud.sum() < 5:
        return False
    swing_db = np.std(20 * np.log10(levels + 1e-5))
    voiced = np.mean(_measure_periodicity(second)[loud[:-1]] >= _VOICED)
    return bool(swing_db >= _MIN_SWING_DB and voiced >= _MIN_VOICED)


def _measure_levels(second: Samples) -> NDArray[np.float32]:
    levels: NDArray[np.float32] = np.sqrt(np.square(second.reshape(-1, _FRAME)).mean(axis=1))
    return levels


def _measure_periodicity(second: Samples) -> NDArray[np.float32]:
    """For each 20 ms but the last, how alike it and the 20 ms after it are to themselves a pitch period later."""
    frames = np.lib.stride_tricks.sliding_window_view(second, 2 * _FRAME)[::_FRAME]
    frames = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(frames, 4 * _FRAME)) ** 2
    correlation = np.fft.irfft(spectrum)[:, : 2 * _FRAME]
    peak = correlation[:, _PITCH_LAGS].max(axis=1)
    periodicity: NDArray[np.float32] = peak / np.maximum(correlation[:, 0], 1e-9)
    return periodicity


def read_labels(stream: AudioStream) -> tuple[str, str]:
    """Language and title of a track, empty where the file does not say."""
    language = stream.metadata.get("language", "")
    names = (stream.metadata.get(key, "") for key in ("title", "name", "handler_name"))
    title = next((name for name in names if name and not name.endswith("Handler")), "")
    return "" if language == "und" else language, title.strip()
