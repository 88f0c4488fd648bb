"""Times for the words of an edited text, by aligning it to the words that the engine timed.

Texts are aligned to the engine's words, never to an earlier edit, so editing back and forth ends where it began.
docs/text-and-time.md describes the method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from transcripts.text.timing import Span, Timing, Unit, measure_speeds, settle_spans, share_span
from transcripts.text.tokens import Token, Word, estimate_length, fold, is_single, tokenize, weigh

LINE_ONLY_BELOW = 0.4  # below this share of equal or like-sounding tokens a row keeps only its line times


@dataclass(frozen=True, slots=True)
class Alignment:
    """The words of a text with their times, and where the times come from.

    `unit_numbers` holds for each word the index in `units` of its counterpart, if any. `line_only` means that too
    little matched: the words merely share out the row, and a page should mark the whole line. `bounds` are the row's
    start and end.
    """

    words: tuple[Word, ...]
    units: tuple[Unit, ...]
    unit_numbers: tuple[int | None, ...]
    equal_share: float
    line_only: bool
    bounds: Span


def align(words: Sequence[Word], text: str, *, bounds: Span | None = None, simplify: bool = False) -> list[Word]:
    """Give one word per token of `text`, in order, timed by the engine's `words` of the same row.

    Equal tokens keep the engine's times; replaced and inserted ones are `estimated`. `bounds` are the row's start
    and end in milliseconds where they are not those of its first and last word. With `simplify` a traditional
    character equals the simplified one.
    """
    return list(align_row(words, text, bounds=bounds, simplify=simplify).words)


def align_row(
    words: Sequence[Word], text: str, *, bounds: Span | None = None, simplify: bool = False, room: Span | None = None
) -> Alignment:
    """Do what `align` does, and tell how well it went.

    With `room`, which lasts from the end of the row before to the start of the one after, `bounds` move out for words
    that the engine missed at the row's edges: into the pause there, by the usual length of these words.
    """
    tokens = tokenize(text)
    units, (low, high) = split_into_units(words, bounds)
    weights = [estimate_length(token.text) for token in tokens]
    if not units or not tokens:
        high = high if bounds else max(high, low + len(tokens))
        spans = settle_spans(share_span(weights, low, high), low, high)
        share = 0.0 if tokens else 1.0
        return _build_alignment(tokens, spans, units, [-1] * len(tokens), [False] * len(tokens), share, (low, high))
    heard_keys = [fold(unit.text, simplify=simplify) for unit in units]
    keys = [fold(token.text, simplify=simplify) for token in tokens]
    if keys == heard_keys:  # unchanged, as most rows are
        spans = settle_spans([(unit.start_ms, unit.end_ms) for unit in units], low, high)
        return _build_alignment(tokens, spans, units, range(len(tokens)), [True] * len(tokens), 1.0, (low, high))
    from transcripts.text.paths import EngineTokens, pair_tokens  # with numpy, which an unedited text needs not

    speed = measure_speeds(units)
    usual = [speed[is_single(unit.text)] * estimate_length(unit.text) for unit in units]
    lengths = [speed[is_single(token.text)] * part for token, part in zip(tokens, weights, strict=True)]
    timing = Timing(units, usual, tokens, text, low, high, weights, lengths)
    missed = _begins_otherwise(keys, heard_keys), _begins_otherwise(keys[::-1], heard_keys[::-1])
    pauses = timing.list_pauses(room or (low, high), missed=missed)
    heard = EngineTokens(
        keys=heard_keys,
        lengths=[unit.length_ms for unit in units],
        expected=usual,
        gaps=pauses,
    )
    pairs, equal, near = pair_tokens(heard, keys, lengths)
    equal_share = sum(near) / len(tokens)
    if room:
        low, high = timing.reach_out(pairs, near, room) if equal_share >= LINE_ONLY_BELOW else (low, high)
        timing = replace(timing, low=low, high=high)
        left = timing.list_pauses((low, high), missed=missed)
        if (pairs[0] == -1 and left[0] != pauses[0]) or (pairs[-1] == -1 - len(units) and left[-1] != pauses[-1]):
            return align_row(words, text, bounds=(low, high), simplify=simplify)  # times depend on these alone
    if equal_share < LINE_ONLY_BELOW:
        spans, equal = share_span(weights, low, high), [False] * len(tokens)
    else:
        spans = timing.time_tokens(pairs, near)
    return _build_alignment(tokens, settle_spans(spans, low, high), units, pairs, equal, equal_share, (low, high))


def _begins_otherwise(keys: Sequence[str], heard_keys: Sequence[str]) -> bool:
    """Whether the engine may have missed the first words: it heard others, or one that is said twice."""
    return keys[0] != heard_keys[0] or keys[1:2] == keys[:1]


def _build_alignment(
    tokens: Sequence[Token],
    spans: Sequence[Span],
    units: Sequence[Unit],
    pairs: Sequence[int],
    equal: Sequence[bool],
    equal_share: float,
    bounds: Span,
) -> Alignment:
    return Alignment(
        words=tuple(
            Word(token.text, *span, "engine" if same else "estimated")
            for token, span, same in zip(tokens, spans, equal, strict=True)
        ),
        units=tuple(units),
        unit_numbers=tuple(number if number >= 0 else None for number in pairs),
        equal_share=equal_share,
        line_only=equal_share < LINE_ONLY_BELOW,
        bounds=bounds,
    )


def split_into_units(words: Sequence[Word], bounds: Span | None = None) -> tuple[list[Unit], Span]:
    """Turn the engine's words into one unit per token, in order within the row; also give the row's bounds.

    并且 becomes two units, "Hello," loses its comma, and untimed words (negative, punctuation, space) are left out.
    """
    parts: list[tuple[str, int]] = []
    spans: list[Span] = []
    for number, word in enumerate(words):
        texts = _list_spoken(word.text) if word.start_ms >= 0 else ()
        if len(texts) == 1:
            parts.append((texts[0], number))
            spans.append((word.start_ms, max(word.start_ms, word.end_ms)))
        elif texts:
            parts += [(text, number) for text in texts]
            spans += share_span([weigh(text) for text in texts], word.start_ms, max(word.start_ms, word.end_ms))
    if not spans:
        return [], bounds or (0, 0)
    low, high = bounds or (min(start for start, _ in spans), max(end for _, end in spans))
    settled = settle_spans(spans, low, high)
    return [Unit(text, *span, number) for (text, number), span in zip(parts, settled, strict=True)], (low, high)


@lru_cache(maxsize=16384)
def _list_spoken(text: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokenize(text))
