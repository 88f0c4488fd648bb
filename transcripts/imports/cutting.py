"""Texts cut into rows that can be edited, and time shared out among texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from transcripts.imports.rows import ImportedRow
from transcripts.text.joining import needs_space
from transcripts.text.tokens import Word

LONGEST_ROW = 2000
"""Characters; rows that had times and words of their own stay whole up to here."""
TEXT_ROW = 300
"""Characters of a row of a text that came without times."""
MS_PER_CHAR = 200
"""How long a character takes where nobody tells: slow speech, so that rows come out long enough to click."""
_SENTENCE_END = re.compile(r"[。！？!?…؟۔।]+[”’」』）)\"']*\s*|[.;；]+[”’\"')]*\s+|\n+")
_CLAUSE_END = re.compile(r"[，,、：:؛،—]+\s*|\s+")


def share_time(start_ms: int, end_ms: int, texts: Sequence[str]) -> list[tuple[int, int]]:
    """A stretch of time shared out among texts by their lengths; each gets a millisecond at least."""
    weights = [max(1, len(text)) for text in texts]
    total = sum(weights) or 1
    length = max(end_ms - start_ms, len(texts))
    borders = [start_ms + length * done // total for done in accumulate(weights, initial=0)]
    return [(start, max(end, start + 1)) for start, end in pairwise(borders)]


def join_lines(lines: Iterable[str]) -> str:
    """Lines as one, with a space where their script wants one."""
    joined: list[str] = []
    for line in filter(None, (line.strip() for line in lines)):
        if joined and needs_space(joined[-1], line):
            joined.append(" ")
        joined.append(line)
    return "".join(joined)


def cut_text(text: str, longest: int) -> list[str]:
    """At ends of sentences, else of clauses or words, else anywhere: no part is longer, and nothing is lost."""
    if len(text) <= longest:
        return [text]
    parts: list[str] = []
    start = 0
    for end in _find_ends(text, longest):
        parts.append(text[start:end])
        start = end
    return _pack(parts, longest)


def _find_ends(text: str, longest: int) -> Iterator[int]:
    """Where sentences end, and where those that are too long are cut."""
    start = 0
    for found in (*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)):
        while found - start > longest:
            window = text[start : start + longest]
            clauses = [match.end() for match in _CLAUSE_END.finditer(window)]
            start += next((end for end in reversed(clauses) if end > longest // 4), longest)
            yield start
        if found > start:
            start = found
            yield start


def _pack(sentences: Sequence[str], longest: int) -> list[str]:
    """As many whole sentences to a part as fit."""
    parts: list[list[str]] = []
    size = 0
    for sentence in sentences:
        if not parts or size + len(sentence) > longest:
            parts.append([])
            size = 0
        parts[-1].append(sentence)
        size += len(sentence)
    return [text for part in parts if (text := "".join(part).strip())]


def cut_row(row: ImportedRow, longest: int) -> list[ImportedRow]:
    """The row as several, by its words' times where it has them, else by the lengths of the texts."""
    texts = cut_text(row.text, longest)
    if len(texts) == 1:
        return [row]
    times = share_time(row.start_ms, row.end_ms, texts)
    words = _share_words(row.words, row.text, texts)
    made = []
    for text, (start_ms, end_ms), own in zip(texts, times, words, strict=True):
        if own:
            start_ms, end_ms = own[0].start_ms, max(own[-1].end_ms, own[0].start_ms + 1)
        made.append(replace(row, text=text, start_ms=start_ms, end_ms=end_ms, words=own))
    return made


def _share_words(words: Sequence[Word], whole: str, texts: Sequence[str]) -> list[tuple[Word, ...]]:
    """The words of each text, as they follow each other in the whole."""
    shared: list[list[Word]] = [[] for _ in texts]
    ends = []
    position = 0
    for text in texts:
        position = whole.find(text, position) + len(text)
        ends.append(position)
    position = part = 0
    for word in words:
        found = whole.find(word.text, position, position + len(word.text) + 200)
        position = found + len(word.text) if found >= 0 else position
        while part + 1 < len(texts) and position > ends[part]:
            part += 1
        shared[part].append(word)
    return [tuple(own) for own in shared]
