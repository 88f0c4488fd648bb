"""Names that stand before texts (`Ann: Hello.`), for formats that have no other place for a speaker.

Nobody is invented: a row is given to whom the file names for it and to nobody else, and what might be a name, but
need not, stays text and is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from transcripts.imports.cutting import share_time
from transcripts.imports.rows import ImportedRow, ReadOptions

_BEFORE_COLON = re.compile(
    r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]*"  # marks of direction before a line
    r"([^:：\n]{1,60}?)[ \t]?[:：](?:[ \t\u00a0]+(?=\S)|(?<=：)(?=\S)|[ \t]*(?=\n|$))"
)
_LABEL = re.compile(
    r"(?:speaker|voice|person|participant|sprecher|locuteur|hablante|说话人|發言人|发言人|講者|讲者|話者|화자)"
    r"[ _#-]?[\dA-Z一二三四五六七八九十]{0,3}",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"[.!?。！？](?:\s|$)|[,;，；、\"“”<>/\\\[\]{}=]|\d[.:]\d|^\W|^\d+$")
_TITLE = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|[A-Z])\.")
# They stand before colons in texts of every kind.
_REMARKS = frozenset(
    {
        *(
            "note",
            "notes",
            "warning",
            "example",
            "ps",
            "nb",
            "tip",
            "remember",
            "attention",
            "caution",
            "http",
            "https",
        ),
        *("注", "注意", "备注", "附注", "例如", "比如", "例", "提示", "说明", "问题"),
    }
)
_MOST_WORDS = 5
_LEAST_SHARE = 0.5
_TIMES_A_NAME_STANDS = 2


@dataclass(frozen=True, slots=True)
class NamedRows:
    rows: list[ImportedRow]
    names: tuple[str, ...]
    """Whom the rows were given to."""
    kept: tuple[str, ...]
    """What stays in texts, though it might be a name."""


def is_label(name: str) -> bool:
    """Whether it can't be anything but a speaker, as `Speaker 1`."""
    return bool(_LABEL.fullmatch(name))


def name_speakers(rows: Sequence[ImportedRow], options: ReadOptions, turns: Collection[int] = ()) -> NamedRows:
    """Rows parted by the names in their texts; of a row of several speakers each gets time by the length of theirs.

    `turns` are the numbers of rows for which the name of the row before holds by how the file is laid out.
    """
    candidates = Counter(name for row in rows if not row.speaker for name in _find_candidates(row.text))
    names = _choose_names(candidates, len(rows), options)
    split = [list(_split_at_names(row, names)) if not row.speaker else [(row.speaker, row.text)] for row in rows]
    if any(split[number][0][0] for number in turns):  # names do not begin turns here, but rows
        turns = ()
    named: list[ImportedRow] = []
    last_speaker = ""
    for number, (row, parts) in enumerate(zip(rows, split, strict=True)):
        if not parts[0][0] and (options.carry_names or number in turns):
            parts[0] = (last_speaker, parts[0][1])
        last_speaker = parts[-1][0]
        named += _part_row(row, parts)
    kept = [name for name in candidates if name not in names and looks_like_name(name)]
    return NamedRows(named, tuple(name for name in candidates if name in names), tuple(kept[:50]))


def _find_candidates(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if match := _BEFORE_COLON.match(line):
            yield match[1].strip()


def _choose_names(candidates: Counter[str], rows: int, options: ReadOptions) -> set[str]:
    """Known ones, labels such as Speaker 1, and what returns; where most rows are named, all that look like names."""
    if options.names_in_text is False:
        return set()
    likely = {name for name in candidates if looks_like_name(name)}
    named_rows = sum(candidates[name] for name in likely)
    if options.names_in_text or (named_rows >= 2 and named_rows >= _LEAST_SHARE * rows):
        sure = likely
    else:
        sure = {name for name in likely if is_label(name)}
    returning = {
        name
        for name, count in candidates.items()
        if count >= _TIMES_A_NAME_STANDS and name.lower() not in _REMARKS and not name.isdecimal()
    }
    if returning & likely:  # names stand before texts here, so that those that stand once are names, too
        sure = likely
    return sure | returning | (candidates.keys() & set(options.known))


def looks_like_name(name: str) -> bool:
    plain = _TITLE.sub("", name).strip()
    if not name or _NO_NAME.search(plain) or name.lower() in _REMARKS or not any(char.isalpha() for char in name):
        return False
    words = name.split()
    return len(words) <= _MOST_WORDS and len(name) <= 40 and (len(words) == 1 or not words[0].islower())


def _split_at_names(row: ImportedRow, names: set[str]) -> Iterator[tuple[str, str]]:
    speaker, lines = "", list[str]()
    for line in row.text.split("\n"):
        match = _BEFORE_COLON.match(line)
        if match and match[1].strip() in names:
            if any(line.strip() for line in lines):
                yield speaker, "\n".join(lines)
            speaker, lines = match[1].strip(), [line[match.end() :]]
        else:
            lines.append(line)
    yield (speaker, "\n".join(lines)) if any(line.strip() for line in lines) else ("", f"{speaker}:")


def _part_row(row: ImportedRow, parts: Sequence[tuple[str, str]]) -> Iterator[ImportedRow]:
    if len(parts) == 1:
        yield replace(row, speaker=parts[0][0], text=parts[0][1])
        return
    times = share_time(row.start_ms, row.end_ms, [text for _speaker, text in parts])
    for (speaker, text), (start_ms, end_ms) in zip(parts, times, strict=True):
        yield replace(row, speaker=speaker, text=text, start_ms=start_ms, end_ms=end_ms)
