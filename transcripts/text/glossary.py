"""Where rows have what was misheard before: the words of a glossary, as people corrected them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from transcripts.text.signs import Spot
from transcripts.text.tokens import find_token_spans, fold

RULE = "misheard"
Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownMishearing:
    """`text` was written where `term` was said, so many `times` that people corrected it."""

    text: str
    term: str
    times: int = 0


class Glossary:
    """Finds mishearings by their words, whatever their case and width. Where a term itself stands, there is none."""

    def __init__(self, mishearings: Iterable[KnownMishearing], terms: Iterable[str] = ()) -> None:
        self._forms: dict[str, list[tuple[Tokens, KnownMishearing | None]]] = defaultdict(list)
        known: dict[Tokens, KnownMishearing] = {}
        for misheard in mishearings:
            tokens = _fold_tokens(misheard.text)
            if tokens and (tokens not in known or known[tokens].times < misheard.times):
                known[tokens] = misheard
        right = dict.fromkeys(filter(None, map(_fold_tokens, terms)))
        for tokens in right:
            self._forms[tokens[0]].append((tokens, None))
        for tokens, misheard in known.items():
            if tokens not in right:
                self._forms[tokens[0]].append((tokens, misheard))
        for forms in self._forms.values():
            forms.sort(key=lambda form: (-len(form[0]), form[1] is not None))

    def find_spots(self, text: str) -> list[Spot]:
        """One for each place, in order. The longest form counts where several begin."""
        if not self._forms:
            return []
        spans = find_token_spans(text)
        tokens = [fold(text[start:end]) for start, end in spans]
        places: list[tuple[int, int, KnownMishearing | None]] = []
        for at, token in enumerate(tokens):
            for form, misheard in self._forms.get(token, ()):
                if tuple(tokens[at : at + len(form)]) == form:
                    places.append((at, at + len(form), misheard))
        taken = {position for first, last, misheard in places if misheard is None for position in range(first, last)}
        spots = []
        for first, last, misheard in places:
            if misheard is None or not taken.isdisjoint(range(first, last)):
                continue
            taken.update(range(first, last))
            start, end = spans[first][0], spans[last - 1][1]
            spots.append(Spot(RULE, start, end, misheard.term, misheard.times or None))
        return spots


def _fold_tokens(text: str) -> Tokens:
    return tuple(fold(text[start:end]) for start, end in find_token_spans(text))


EMPTY = Glossary([])
