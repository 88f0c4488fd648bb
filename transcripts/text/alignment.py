"""Times for the words of an edited text, by aligning it to the words that the engine timed.

Texts are aligned to the engine's words, never to an earlier edit, so editing back and forth ends where it began.
docs/text-and-time.md describes the method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from transcripts.text.timing import Span, Timing, Unit, measure_speeds, settle_spans, share_span
from transcripts.text.tokens import Token, Word, fold, is_single, tokenize, weigh

LINE_ONLY_BELOW = 0.4  # below this share of equal or like-sounding tokens a row keeps only its line times


@dataclass(frozen=True, slots=True)
class Alignment:
    """The words of a text with their times, and where the times come from.

    `unit_numbers` holds for each word the index in `units` of its counterpart, if any. `line_only` means that too
    little matched: the words merely share out the row, and a page should mark the whole line.
    """

    words: tuple[Word, ...]
    units: tuple[Unit, ...]
    unit_numbers: tuple[int | None, ...]
    equal_share: float
    line_only: bool


def align(words: Sequence[Word], text: str, *, bounds: Span | None = None, simplify: bool = False) -> list[Word]:
    """Give one word per token of `text`, in order, timed by the engine's `words` of the same row.

    Equal tokens keep the engine's times; replaced and inserted ones are `estimated`. `bounds` are the row's start
    and end in milliseconds where they are not those of its first and last word. With `simplify` a traditional
    character equals the simplified one.
    """
    return list(align_row(words, text, bounds=bounds, simplify=simplify).words)


def align_row(words: Sequence[Word], text: str, *, bounds: Span | None = None, simplify: bool = False) -> Alignment:
    """Do what `align` does, and tell how well it went."""
    tokens = tokenize(text)
    units, (low, high) = split_into_units(words, bounds)
    weights = [weigh(token.text) for token in tokens]
    if not units or not tokens:
        high = high if bounds else max(high, low + len(tokens))
        spans = settle_spans(share_span(weights, low, high), low, high)
        return _build_alignment(tokens, spans, units, [-1] * len(tokens), [False] * len(tokens), 0.0 if tokens else 1.0)
    heard_keys = [fold(unit.text, simplify=simplify) for unit in units]
    keys = [fold(token.text, simplify=simplify) for token in tokens]
    if keys == heard_keys:  # unchanged, as most rows are
        spans = settle_spans([(unit.start_ms, unit.end_ms) for unit in units], low, high)
        return _build_alignment(tokens, spans, units, range(len(tokens)), [True] * len(tokens), 1.0)
    from transcripts.text.paths import EngineTokens, pair_tokens  # with numpy, which an unedited text needs not

    speed = measure_speeds(units)
    usual = [speed[is_single(unit.text)] * weigh(unit.text) for unit in units]
    lengths = [speed[is_single(token.text)] * part for token, part in zip(tokens, weights, strict=True)]
    timing = Timing(units, usual, tokens, text, low, high, weights, lengths)
    holes = [timing.find_hole(at) for at in range(len(units) + 1)]
    heard = EngineTokens(
        keys=heard_keys,
        lengths=[unit.length_ms for unit in units],
        expected=usual,
        gaps=[max(0, end - start) for start, end in holes],
    )
    pairs, equal, near = pair_tokens(heard, keys, lengths)
    equal_share = sum(near) / len(tokens)
    if equal_share < LINE_ONLY_BELOW:
        spans, equal = share_span(weights, low, high), [False] * len(tokens)
    else:
        spans = timing.time_tokens(pairs, near)
    return _build_alignment(tokens, settle_spans(spans, low, high), units, pairs, equal, equal_share)


def _build_alignment(
    tokens: Sequence[Token],
    spans: Sequence[Span],
    units: Sequence[Unit],
    pairs: Sequence[int],
    equal: Sequence[bool],
    equal_share: float,
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
