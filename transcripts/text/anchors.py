"""Finding a stretch of a text again after the text was edited, and the people that a text names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import SequenceMatcher
from itertools import accumulate

from transcripts.text.merging import split_fragments


def carry_span(start: int, end: int, before: str, after: str) -> tuple[int, int] | None:
    """Where `before[start:end]` stands in `after` (code points); None where nothing of it is left.

    What was written in its place, or into it, belongs to it.
    """
    if before == after:
        return (start, end) if start < end else None
    old, new = split_fragments(before), split_fragments(after)
    old_at, new_at = ([0, *accumulate(map(len, cut))] for cut in (old, new))
    found: list[tuple[int, int]] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        (low, high), (new_low, new_high) = (old_at[i1], old_at[i2]), (new_at[j1], new_at[j2])
        inside = start < low < end if kind == "insert" else low < end and start < high
        if inside and kind == "equal":
            found.append((new_low + max(start, low) - low, new_low + min(end, high) - low))
        elif inside and new_low < new_high:
            found.append((new_low, new_high))
    return (found[0][0], found[-1][1]) if found else None


def find_mentions(text: str, names: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """The places in the text where one of the names stands behind an @, in any case, with that name.

    Of "lin" and "lin wei" the longer one counts; an e-mail address or the beginning of a longer Latin name does not.
    Behind a Han character anything may follow, as nothing stands between words there.
    """
    by_length = sorted(names, key=len, reverse=True)
    folded = text.casefold()
    if len(folded) != len(text):
        folded = text
    at = text.find("@")
    while at >= 0:
        name = next((one for one in by_length if folded.startswith(one.casefold(), at + 1)), "")
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
