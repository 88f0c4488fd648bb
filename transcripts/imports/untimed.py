"""Text without times, laid beside a transcript of the same recording: what was said in each of its rows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rapidfuzz.distance import Levenshtein

from transcripts.imports.cutting import MS_PER_CHAR, TEXT_ROW, cut_text, join_lines, share_time
from transcripts.imports.rows import ImportedRow, NotReadable, SpokenRow
from transcripts.text.tokens import Token, Word, fold, tokenize

_LEAST_ALIKE = 0.3  # of the text's tokens; below it is another recording's
_LONGEST_NAME = 60
_BLANK = re.compile(r"\n[ \t\u3000]*\n")


@dataclass(slots=True)
class RowFragment:
    """What one paragraph has for one row: tokens `first` to `last` of all, both included."""

    paragraph: int
    row: int
    first: int
    last: int


def split_paragraphs(text: str) -> list[ImportedRow]:
    """Between blank lines, or where there are none line by line. They have no times yet."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    parts = _BLANK.split(text) if _BLANK.search(text) else text.split("\n")
    joined = (join_lines(part.split("\n")) for part in parts)
    return [ImportedRow(0, 1, part) for part in joined if part]


def place_alongside(found: Sequence[ImportedRow], spoken: Sequence[SpokenRow]) -> list[ImportedRow]:
    """The paragraphs cut at the borders of the rows, with their times; who speaks is as the row has it, if unsaid.

    Nothing of the text is lost. Raises NotReadable where it is another recording's.
    """
    tokens = [(number, token) for number, one in enumerate(found) for token in tokenize(one.text)]
    units = [(number, word) for number, row in enumerate(spoken) for word in row.words]
    paired = _pair_tokens([fold(word.text) for _row, word in units], [fold(token.text) for _, token in tokens], units)
    if not tokens or sum(same for _unit, same in paired) < _LEAST_ALIKE * len(tokens):
        raise NotReadable(NotReadable.OTHER)
    rows = _assign_rows([number for number, _token in tokens], [unit for unit, _same in paired], units)
    made: list[ImportedRow] = []
    words = [units[unit][1] if unit >= 0 else None for unit, _same in paired]
    for row, group in groupby(_cut_fragments(tokens, rows), key=lambda fragment: fragment.row):
        fragments = list(group)
        texts = list(_cut_texts(fragments, found, tokens))
        borders = _share_times(fragments, spoken[row], words)
        for fragment, text, (start_ms, end_ms) in zip(fragments, texts, borders, strict=True):
            speaker = found[fragment.paragraph].speaker or spoken[row].speaker
            made.append(ImportedRow(start_ms, end_ms, text, speaker))
    return made


def _pair_tokens(
    heard: Sequence[str], said: Sequence[str], units: Sequence[tuple[int, Word]]
) -> list[tuple[int, bool]]:
    """For each token the unit that it stands for, or -1, and whether they are the same."""
    paired = [(-1, False)] * len(said)
    for step in Levenshtein.opcodes(heard, said):
        if step.tag in ("equal", "replace"):
            for number in range(step.src_end - step.src_start):
                paired[step.dest_start + number] = (step.src_start + number, step.tag == "equal")
    _slide_pairs(paired, heard, units)
    return paired


def _slide_pairs(paired: list[tuple[int, bool]], heard: Sequence[str], units: Sequence[tuple[int, Word]]) -> None:
    """Where units were left out that begin or end like their neighbours, has the rows' borders decide which.

    Of 我们走。| 我们来。 and 我们来, the first row is what was left out, and not 们走。我.
    """

    def begins_a_row(unit: int) -> bool:
        return unit == 0 or unit >= len(units) or units[unit][0] != units[unit - 1][0]

    for at in range(1, len(paired)):
        before, after = paired[at - 1][0], paired[at][0]
        gap = after - before - 1
        if before < 0 or after < 0 or not gap or begins_a_row(before + 1):
            continue
        for number in range(at - 1, -1, -1):  # tokens that could as well stand behind the gap
            unit = before - (at - 1 - number)
            if paired[number] != (unit, True) or heard[unit] != heard[unit + gap]:
                break
            if begins_a_row(unit):
                paired[number:at] = [(one + gap, True) for one, _same in paired[number:at]]
                break
        if paired[at - 1][0] != before:
            continue
        for number in range(at, len(paired)):  # or before it
            unit = after + number - at
            if paired[number] != (unit, True) or heard[unit] != heard[unit - gap]:
                break
            if begins_a_row(unit - gap + 1):
                paired[at : number + 1] = [(one - gap, True) for one, _same in paired[at : number + 1]]
                break


def _assign_rows(paragraph_of: Sequence[int], paired: Sequence[int], units: Sequence[tuple[int, Word]]) -> list[int]:
    """The row of each token; one that was added goes with the one before it in its paragraph, else with the next."""
    rows = [units[unit][0] if unit >= 0 else -1 for unit in paired]
    for number in range(1, len(rows)):
        if rows[number] < 0 and paragraph_of[number] == paragraph_of[number - 1]:
            rows[number] = rows[number - 1]
    for number in range(len(rows) - 2, -1, -1):
        if rows[number] < 0 and paragraph_of[number] == paragraph_of[number + 1]:
            rows[number] = rows[number + 1]
    known = next((row for row in rows if row >= 0), 0)
    for number, row in enumerate(rows):
        rows[number] = known = row if row >= 0 else known
    return rows


def _cut_fragments(tokens: Sequence[tuple[int, Token]], rows: Sequence[int]) -> Iterator[RowFragment]:
    fragment: RowFragment | None = None
    for number, ((paragraph, _token), row) in enumerate(zip(tokens, rows, strict=True)):
        if fragment and (fragment.paragraph, fragment.row) == (paragraph, row):
            fragment.last = number
            continue
        if fragment:
            yield fragment
        fragment = RowFragment(paragraph, row, number, number)
    if fragment:
        yield fragment


def _cut_texts(
    fragments: Iterable[RowFragment], found: Sequence[ImportedRow], tokens: Sequence[tuple[int, Token]]
) -> Iterator[str]:
    """Signs go with the word before them, but for opening ones, which go with the next."""
    for fragment in fragments:
        text = found[fragment.paragraph].text
        start, end = 0, len(text)
        if fragment.first and tokens[fragment.first - 1][0] == fragment.paragraph:
            start = _find_cut(text, tokens[fragment.first - 1][1].end, tokens[fragment.first][1].start)
        if fragment.last + 1 < len(tokens) and tokens[fragment.last + 1][0] == fragment.paragraph:
            end = _find_cut(text, tokens[fragment.last][1].end, tokens[fragment.last + 1][1].start)
        yield text[start:end].strip()


def _find_cut(text: str, start: int, end: int) -> int:
    return next((at for at in range(start, end) if unicodedata.category(text[at]) in ("Ps", "Pi")), end)


def _share_times(
    fragments: Sequence[RowFragment], row: SpokenRow, words: Sequence[Word | None]
) -> Iterator[tuple[int, int]]:
    """The row's time shared out by the words that stand in each fragment, by their number where there are none."""
    start_ms = row.start_ms
    count = sum(fragment.last - fragment.first + 1 for fragment in fragments)
    done = 0
    for number, fragment in enumerate(fragments):
        done += fragment.last - fragment.first + 1
        border = row.start_ms + (row.end_ms - row.start_ms) * done // count
        if number + 1 < len(fragments):
            ends = [word.end_ms for word in words[fragment.first : fragment.last + 1] if word]
            starts = [word.start_ms for word in words[fragment.last + 1 : fragments[number + 1].last + 1] if word]
            if ends and starts:
                border = (ends[-1] + starts[0]) // 2
        else:
            border = row.end_ms
        end_ms = max(border, start_ms + 1)
        yield start_ms, end_ms
        start_ms = end_ms


def spread_over_time(found: Sequence[ImportedRow], duration_ms: int | None) -> list[ImportedRow]:
    """The paragraphs as rows of an editable length, shared out over the sound, or as long as they take to be said."""
    parts = [(row.speaker, text) for row in found for text in cut_text(row.text, TEXT_ROW)]
    texts = [text for _speaker, text in parts]
    end_ms = duration_ms or sum(max(1000, MS_PER_CHAR * len(text)) for text in texts)
    times = share_time(0, end_ms, texts)
    return [ImportedRow(start, end, text, speaker) for (speaker, text), (start, end) in zip(parts, times, strict=True)]


def assign_headings(found: Sequence[ImportedRow], known: Iterable[str]) -> list[ImportedRow]:
    """Paragraphs of a name alone are headings: who is known, or comes back, says what follows."""
    names = [row.text.rstrip(":：").strip() if len(row.text) <= _LONGEST_NAME else "" for row in found]
    speakers = {name for name, count in Counter(names).items() if name and count > 1} | set(known)
    made: list[ImportedRow] = []
    heading: ImportedRow | None = None
    speaker = ""
    for row, name in zip(found, names, strict=True):
        if name in speakers:
            made += [heading] if heading else []  # one that nothing follows is text
            heading, speaker = row, name
        else:
            heading = None
            made.append(replace(row, speaker=row.speaker or speaker))
    return made + ([heading] if heading else [])
