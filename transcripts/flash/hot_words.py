"""Which hot words a recognition gets: those of its options, and terms of a glossary as far as there is room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from transcripts.flash.codes import MAX_HOT_WORDS
from transcripts.flash.options import CONTEXT_LANGUAGES, RecognitionOptions
from transcripts.text.tokens import fold

LOCAL_ROOM = 400
"""Of the embedded recogniser, in Latin letters: its prompt has room for some 200 tokens. Others count as three."""
_AUTOMATIC = ("zh-CN", "en-US", "yue-CN")  # what is recognised where no language is chosen


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """`language` is one of `LANGUAGES`; empty for any."""

    term: str
    language: str = ""


def add_terms(
    options: RecognitionOptions, terms: Iterable[GlossaryTerm], *, is_local: bool = False
) -> tuple[RecognitionOptions, int]:
    """The options with these terms after their own hot words, in their order, and how many of the terms go along.

    None do in languages that take no hot words. The embedded recogniser is sent no more than it has room for.
    """
    if options.auto_language or options.language not in CONTEXT_LANGUAGES:
        return options, 0
    spoken = {"", options.language} if options.language else {"", *_AUTOMATIC}
    words = {fold(word): word for word in options.hot_words}
    own = len(words)
    for each in terms:
        if each.language in spoken:
            words.setdefault(fold(each.term), each.term)
    kept = list(words.values())[:MAX_HOT_WORDS]
    if is_local:
        kept = [*kept[:own], *fit_words(kept)[own:]]
    return replace(options, hot_words=tuple(kept)), len(kept) - own


def fit_words(words: Iterable[str], room: int = LOCAL_ROOM) -> list[str]:
    """The first words for which there is room, whole ones. A space stands between two."""
    fitting: list[str] = []
    for word in words:
        room -= sum(1 if char.isascii() else 3 for char in word) + bool(fitting)
        if room < 0:
            break
        fitting.append(word)
    return fitting
