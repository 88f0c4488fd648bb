"""A glossary as a table, one line for each mishearing, and the entries of such a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from transcripts.imports.glossary_table import GlossaryLine
from transcripts.models import GlossaryEntry
from transcripts.models.glossary import fold_term, tidy_term
from transcripts.services.glossary.entries import EntryValues


def join_lines(lines: Iterable[GlossaryLine]) -> list[EntryValues]:
    """Lines of one term are one entry. What the first of them says of it holds."""
    first: dict[str, GlossaryLine] = {}
    mishearings: dict[str, dict[str, int]] = {}
    for line in lines:
        if not (folded := fold_term(tidy_term(line.term))):
            continue
        first.setdefault(folded, line)
        known = mishearings.setdefault(folded, {})
        if line.misheard_as:
            known[line.misheard_as] = max(line.times, known.get(line.misheard_as, 0))
    return [
        EntryValues(line.term, mishearings[folded], line.note, line.language, is_on=line.in_use)
        for folded, line in first.items()
    ]


def split_entries(entries: Iterable[GlossaryEntry]) -> Iterator[GlossaryLine]:
    """The entries with their prefetched mishearings as lines."""
    for entry in entries:
        of_entry = {"term": entry.term, "note": entry.note, "language": entry.language, "in_use": entry.is_on}
        misheard = list(entry.mishearings.all())
        if not misheard:
            yield GlossaryLine(**of_entry)  # type: ignore[arg-type]
        for each in misheard:
            yield GlossaryLine(**of_entry, misheard_as=each.text, times=each.times)  # type: ignore[arg-type]
