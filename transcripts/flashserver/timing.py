"""Where the sound is: chunks short enough for the model, and words trimmed to their own sound."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from transcripts.flashserver.recognizer import RATE_HZ, Samples

CHUNK_S = 28.0  # the model hears 30 s at once
MISSED_S = 1.5
LONG_PAUSE_S = 5.0  # silence of this length inside a chunk invites invented words
FRAME_S = 0.01
_ISLAND_GAP_FRAMES = 20
_PAD_FRAMES = 2
_MARGIN_S = 0.3

Span = tuple[float, float]
LoudFrames = NDArray[numpy.bool_]


def group_speech(speech: Sequence[Span]) -> list[Span]:
    """Group spans of speech, in seconds and in order, into chunks of about `CHUNK_S` at most.

    A chunk ends at a long pause; one that gets too long is cut at the widest gap of its second half. Each is
    widened a little into the silence around it. A single span longer than `CHUNK_S` stays whole.
    """
    groups: list[list[Span]] = []
    for span in speech:
        if not groups or span[0] - groups[-1][-1][1] >= LONG_PAUSE_S:
            groups.append([])
        groups[-1].append(span)
        while len(groups[-1]) > 1 and groups[-1][-1][1] - groups[-1][0][0] > CHUNK_S:
            cut = _find_widest_gap(groups[-1])
            groups[-1:] = [groups[-1][:cut], groups[-1][cut:]]
    return _widen_spans([(group[0][0], group[-1][1]) for group in groups])


def find_missed_speech(speech: Sequence[Span], chunk: Span, words: Sequence[Span]) -> list[Span]:
    """Chunks for the speech within `chunk` without a recognised word, if it is longer than a word or two.

    The model skips a sentence now and then, above all where the language changes, but gets it right on its own.
    Nothing where it skipped the whole chunk, so that the retries come to an end.
    """
    missed: list[list[Span]] = [[]]
    for start, end in speech:
        if chunk[0] <= start and end <= chunk[1]:
            if any(word[0] < end and start < word[1] for word in words):
                missed.append([])
            else:
                missed[-1].append((start, end))
    if len(missed) == 1:
        return []
    long_enough = (run for run in missed if sum(end - start for start, end in run) >= MISSED_S)
    return [chunk for run in long_enough for chunk in group_speech(run)]


def _widen_spans(spans: Sequence[Span]) -> list[Span]:
    """Each span with up to `_MARGIN_S` on either side, never past the middle of the gap to its neighbour."""
    if not spans:
        return []
    middles = [(before[1] + after[0]) / 2 for before, after in itertools.pairwise(spans)]
    return [
        (max(start - _MARGIN_S, left), min(end + _MARGIN_S, right))
        for (start, end), left, right in zip(spans, [0.0, *middles], [*middles, math.inf], strict=True)
    ]


def _find_widest_gap(spans: Sequence[Span]) -> int:
    middle = spans[0][0] + CHUNK_S / 2
    late = [index for index in range(1, len(spans)) if spans[index][0] >= middle]
    return max(late or range(1, len(spans)), key=lambda index: spans[index][0] - spans[index - 1][1])


def find_loud_frames(samples: Samples) -> LoudFrames:
    """Whether each hundredth of a second is louder than the background; all are where there is no telling.

    The threshold lies a third of the way, in decibels, from the quietest tenth to the loudest twentieth.
    """
    size = int(RATE_HZ * FRAME_S)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    if not len(frames):
        return numpy.zeros(0, dtype=numpy.bool_)
    level = 10 * numpy.log10(numpy.mean(frames.astype(numpy.float64) ** 2, axis=1) + 1e-9)
    quiet, loud = numpy.percentile(level, 10), numpy.percentile(level, 95)
    if loud - quiet < 10:
        return numpy.ones(len(frames), dtype=numpy.bool_)
    return numpy.asarray(level > quiet + (loud - quiet) / 3)


def tighten_span(span: Span, loud: LoudFrames) -> Span:
    """Trim a word to its sound: the model starts the first word after a pause inside the pause.

    `span` counts seconds from the beginning of `loud`. Of several sounds parted by a fifth of a second or more
    the longest is the word, the others being ends of its neighbours.
    """
    first, last = round(span[0] / FRAME_S), round(span[1] / FRAME_S)
    marks = numpy.flatnonzero(loud[first:last])
    if not len(marks):
        return span
    islands = numpy.split(marks, numpy.flatnonzero(numpy.diff(marks) >= _ISLAND_GAP_FRAMES) + 1)
    longest = max(islands, key=lambda island: island[-1] - island[0])
    start = max(first, first + longest[0] - _PAD_FRAMES) * FRAME_S
    end = min(last, first + longest[-1] + 1 + _PAD_FRAMES) * FRAME_S
    return max(span[0], float(start)), min(span[1], float(end))
