"""Whose voices those of a diarization are, by the rows in which they are heard."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from transcripts.diarization.results import Turn

MOST_OF_IT = 2 / 3
"""So much of a voice's time must be in one speaker's rows for it to be that speaker's."""


def find_owners(turns: Iterable[Turn], rows: Sequence[tuple[int, int, int | None]]) -> dict[int, int]:
    """The speaker of each voice that is clearly one speaker's, from start, end and speaker of the rows.

    Both are ordered by their starts. Rows without a speaker count as somebody else's.
    """
    shared: defaultdict[int, Counter[int | None]] = defaultdict(Counter)
    begun: list[tuple[int, int, int | None]] = []
    following = 0
    for turn in turns:
        while following < len(rows) and rows[following][0] < turn.end_ms:
            begun.append(rows[following])
            following += 1
        begun = [row for row in begun if row[1] > turn.start_ms]
        for start_ms, end_ms, speaker in begun:
            shared[turn.voice][speaker] += max(0, min(end_ms, turn.end_ms) - max(start_ms, turn.start_ms))
    owners = {}
    for voice, times in shared.items():
        (speaker, ms), *_others = times.most_common(1)
        if speaker is not None and ms and ms >= MOST_OF_IT * times.total():
            owners[voice] = speaker
    return owners
