"""A glossary as CSV: one line for each mishearing of a term. Read in a child with limits, as all files are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from transcripts.exports.csv_table import disarm_formula
from transcripts.flash.languages import LANGUAGES
from transcripts.imports.encodings import decode_file
from transcripts.imports.rows import NotReadable
from transcripts.imports.sandbox import LIMITS, run_in_child
from transcripts.limited_child import Refused

MOST_BYTES = 8 << 20
MOST_LINES = 50_000
COLUMNS = ("term", "misheard_as", "times", "note", "language", "in_use")
_HEADINGS = {name: name for name in COLUMNS} | {
    **dict(zip(("词条", "误识为", "次数", "备注", "语言", "启用"), COLUMNS, strict=True)),
    **dict.fromkeys(("word", "热词", "术语", "名称"), "term"),
    "heard as": "misheard_as",
}
_OFF = frozenset({"no", "0", "false", "off", "否"})


@dataclass(frozen=True, slots=True)
class GlossaryLine:
    """A term with one of its mishearings, or none."""

    term: str
    misheard_as: str = ""
    times: int = 0
    note: str = ""
    language: str = ""
    in_use: bool = True


def write_lines(lines: Iterable[GlossaryLine]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for line in lines:
        texts = map(disarm_formula, (line.term, line.misheard_as, line.note))
        term, misheard_as, note = texts
        writer.writerow([term, misheard_as, line.times or "", note, line.language, "yes" if line.in_use else "no"])
    return file.getvalue()


def read_lines(data: bytes) -> list[GlossaryLine]:
    """Without a line of headings, the columns are in their usual order. Raises NotReadable."""
    text = decode_file(data).text
    delimiter = max(",;\t", key=text.lstrip().partition("\n")[0].count)
    lines = []
    for cells in read_cells(text, delimiter, _HEADINGS, COLUMNS):
        if line := _read_line(cells):
            lines.append(line)
        if len(lines) > MOST_LINES:
            raise NotReadable(NotReadable.LARGE)
    if not lines:
        raise NotReadable(NotReadable.EMPTY)
    return lines


def read_cells(
    text: str, delimiter: str, headings: Mapping[str, str], columns: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Each line of a table by the names of `columns`, which `headings` has for what may stand in the first line.

    Without the first of them there, no line of headings is there either. Raises NotReadable.
    """
    names: Sequence[str] = ()
    try:
        for cells in csv.reader(io.StringIO(text), delimiter=delimiter):
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                given = tuple(headings.get(cell.strip().casefold(), "") for cell in cells)
                names = given if columns[0] in given else columns
                if names is given:
                    continue
            yield {name: _arm(cell.strip()) for name, cell in zip(names, cells, strict=False) if name}
    except csv.Error:
        raise NotReadable(NotReadable.BROKEN) from None


def _read_line(values: Mapping[str, str]) -> GlossaryLine | None:
    if not values.get("term"):
        return None
    times, language = values.get("times", ""), values.get("language", "")
    codes = {code.casefold(): code for code in LANGUAGES}
    return GlossaryLine(
        term=values["term"],
        misheard_as=values.get("misheard_as", ""),
        times=int(times) if times.isascii() and times.isdecimal() and len(times) < 10 else 0,
        note=values.get("note", ""),
        language=codes.get(language.casefold(), ""),
        in_use=values.get("in_use", "").casefold() not in _OFF,
    )


def _arm(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell[:1] == "'" and disarm_formula(cell[1:]) == cell else cell


def read_lines_in_child(path: Path) -> list[GlossaryLine]:
    """As `read_lines`. Raises NotReadable, also where it exceeds the limits or no child is free for long."""
    if path.stat().st_size > MOST_BYTES:
        raise NotReadable(NotReadable.LARGE)
    try:
        answer = run_in_child("transcripts.imports.glossary_table", {"path": str(path.absolute())}, LIMITS)
    except Refused as refusal:
        raise NotReadable(refusal.reason) from None
    return [GlossaryLine(*line) for line in answer["lines"]]


def serve(request: Mapping[str, Any], report: object) -> dict[str, Any]:
    """The child's side of `read_lines_in_child`."""
    del report
    try:
        return {"lines": [astuple(line) for line in read_lines(Path(request["path"]).read_bytes())]}
    except NotReadable as error:
        raise Refused(error.args[0]) from None
