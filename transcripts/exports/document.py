"""A transcript as the exports see it: plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from transcripts.text.tokens import Word


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One row. `words` has a timed word for each token of `text` and no punctuation."""

    id: str
    start_ms: int
    end_ms: int
    speaker: str
    """The name to show; empty where nobody is named."""
    channel: str
    speaker_label: str
    """The engine's label ("1"), empty where it gave none."""
    text: str
    words: Sequence[Word] = ()
    additions: Mapping[str, str] = field(default_factory=dict)
    verified: bool = False
    flagged: bool = False
    engine_text: str = ""
    engine_words: Sequence[Word] = ()


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    language: str
    """As the recognition was asked for (`zh-CN`); empty for automatic."""
    duration_ms: int
    utterances: Sequence[DocumentRow]
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The engine's own answer, for what no row holds."""
    made: datetime | None = None
    channel_name: str = "Channel %(number)s"
    """What a channel is called in the language of the export."""
