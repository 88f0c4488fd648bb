"""Times for the words of an edited text, by aligning it to the words that the engine timed."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from transcripts.text.tokens import Token, Word, fold, tokenize, weight


def align(words: Sequence[Word], text: str, *, bounds: tuple[int, int] | None = None) -> list[Word]:
    """One word per token of `text`, in order, timed by the engine's `words` of the same row.

    Equal tokens keep the engine's times; the others are `estimated`. `bounds` are the row's own start and end
    in milliseconds where a person has moved them. Depends on nothing but its arguments.
    """
    heard = share_out(words)
    tokens = tokenize(text)
    if not heard or not tokens:
        low, high = bounds or (0, 0)
        return _spread([t.text for t in tokens], low, high)
    low, high = bounds or (heard[0].start_ms, max(w.end_ms for w in heard))
    matcher = SequenceMatcher(
        None, [fold(w.text) for w in heard], [fold(t.text) for t in tokens], autojunk=False
    )
    timed: list[Word] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            timed += [
                Word(t.text, w.start_ms, w.end_ms) for w, t in zip(heard[i1:i2], tokens[j1:j2], strict=True)
            ]
        elif kind == "replace":
            timed += _spread([t.text for t in tokens[j1:j2]], heard[i1].start_ms, heard[i2 - 1].end_ms)
        elif kind == "insert":
            timed += _insert(tokens[j1:j2], heard, i1, low, high)
    return timed


def share_out(words: Sequence[Word]) -> list[Word]:
    """The engine's words as one word per token: 并且 in two, "Hello," bare, without what carries no time."""
    shared: list[Word] = []
    for word in words:
        if word.start_ms >= 0 and (parts := [token.text for token in tokenize(word.text)]):
            for part in _spread(parts, word.start_ms, max(word.end_ms, word.start_ms)):
                shared.append(Word(part.text, part.start_ms, part.end_ms))
    return shared


def _spread(texts: Sequence[str], low: int, high: int) -> list[Word]:
    """The texts one after the other from `low` to `high`, each as long as its weight asks for."""
    if not texts:
        return []
    weights = [weight(text) for text in texts]
    total = sum(weights)
    edges = [low]
    done = 0.0
    for part in weights:
        done += part
        edges.append(low + round((high - low) * done / total))
    return [Word(text, edges[k], edges[k + 1], "estimated") for k, text in enumerate(texts)]


def _insert(tokens: Sequence[Token], heard: Sequence[Word], at: int, low: int, high: int) -> list[Word]:
    """Inserted tokens fill the pause before heard word number `at`, or stand at its edge if there is none."""
    start = heard[at - 1].end_ms if at else low
    end = heard[at].start_ms if at < len(heard) else high
    return _spread([t.text for t in tokens], start, max(start, end))
