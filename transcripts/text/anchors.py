"""Keeping the anchor of a comment through edits, and finding the people it mentions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import SequenceMatcher
from itertools import accumulate

from transcripts.text.merging import split_fragments


def carry_span(start: int, end: int, before: str, after: str) -> tuple[int, int] | None:
    """Give the span in `after` (code points) that `before[start:end]` became; None where nothing of it is left.

    Text that replaced it, or was inserted inside it, belongs to it.
    """
    if before == after:
        return (start, end) if start < end else None
    old, new = split_fragments(before), split_fragments(after)
    old_at, new_at = ([0, *accumulate(map(len, cut))] for cut in (old, new))
    spans: list[tuple[int, int]] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        (low, high), (new_low, new_high) = (old_at[i1], old_at[i2]), (new_at[j1], new_at[j2])
        inside = start < low < end if kind == "insert" else low < end and start < high
        if inside and kind == "equal":
            spans.append((new_low + max(start, low) - low, new_low + min(end, high) - low))
        elif inside and new_low < new_high:
            spans.append((new_low, new_high))
    return (spans[0][0], spans[-1][1]) if spans else None


def find_mentions(text: str, names: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Give the spans of the text where a name follows an @, in any case, each with that name.

    The longest name wins ("lin wei" over "lin"). E-mail addresses and beginnings of longer Latin names do not count.
    After a Han character anything may follow, since Chinese has no spaces between words.
    """
    by_length = sorted(names, key=len, reverse=True)
    folded = text.casefold()
    if len(folded) != len(text):
        folded = text
    at = text.find("@")
    while at >= 0:
        name = next((name for name in by_length if folded.startswith(name.casefold(), at + 1)), "")
        end = at + 1 + len(name)
        if (
            name
            and not _continues_name(text[at - 1 : at])
            and not (_continues_name(name[-1]) and _continues_name(text[end : end + 1]))
        ):
            yield at, end, name
        at = text.find("@", max(end, at + 1))


def _continues_name(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")
