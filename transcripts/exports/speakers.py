"""Who speaks in a row, as the formats name them: the speaker, and the channel where the recording has several."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from transcripts.exports.characters import clean_line
from transcripts.exports.document import Document, DocumentRow


def has_channels(document: Document) -> bool:
    return len({row.channel for row in document.utterances if row.channel}) > 1


def make_namer(document: Document) -> Callable[[DocumentRow], str]:
    """A function that returns the name to show for a row: `Ann`, `Ann (Channel 1)`, `Channel 1` or nothing."""
    clean = cache(clean_line)
    if not has_channels(document):
        return lambda row: clean(row.speaker)

    def name_row(row: DocumentRow) -> str:
        speaker, channel = clean(row.speaker), clean(row.channel)
        if not channel:
            return speaker
        channel = document.channel_name % {"number": channel}
        return f"{speaker} ({channel})" if speaker else channel

    return name_row
