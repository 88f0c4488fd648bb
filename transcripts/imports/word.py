"""Word files: the text as it stands once all tracked changes are accepted, in paragraphs and tables.

Read from the parts of the package themselves, in the namespaces of both editions of the standard (ECMA-376,
transitional and strict): python-docx knows one of them, and none of the text in links, content controls and boxes.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from posixpath import join, normpath
from zipfile import BadZipFile, ZipFile

from transcripts.imports.encodings import decode_file
from transcripts.imports.markup import MarkupElement, parse_markup
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, NotReadable, PlaceKind, ReadOptions, Why
from transcripts.imports.script import ScriptLine, read_script
from transcripts.imports.tables import read_table

_MOST_UNPACKED = 64 * 1024 * 1024
_OTHER_PARTS = (
    ("footnotes.xml", PlaceKind.FOOTNOTES, Why.NOTE),
    ("endnotes.xml", PlaceKind.FOOTNOTES, Why.NOTE),
    ("comments.xml", PlaceKind.COMMENTS, Why.NOTE),
)
_HEADER = re.compile(r"(?:header|footer)\d{0,4}\.xml")
# What is not there any more once all changes are accepted, codes of fields, and properties.
_WITHOUT_TEXT = frozenset(
    {
        *(
            "del",
            "moveFrom",
            "delText",
            "delInstrText",
            "instrText",
            "ffData",
            "fldData",
            "posOffset",
            "pctWidth",
            "pctHeight",
        ),
        *("pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr", "rubyPr", "customXmlPr", "smartTagPr"),
        *("tblGrid", "align", "shapetype"),
    }
)
_CONTAINERS = frozenset({"body", "tc", "txbxContent", "footnote", "endnote", "comment", "hdr", "ftr"})
_SIGNS = {
    "tab": "\t",
    "ptab": "\t",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "-",
    "softHyphen": "",
    "lastRenderedPageBreak": "",
}
_OFF = ("0", "false", "off")


@dataclass(slots=True)
class WordParagraph:
    """`number` counts paragraphs of the body, those of tables and boxes too."""

    number: int
    text: str
    heading: bool
    title: bool


@dataclass(slots=True)
class WordTable:
    number: int
    rows: list[list[str]] = field(default_factory=list)


def read_word(content: bytes, options: ReadOptions) -> Extract:
    """Raises NotReadable where it is no Word file, or is packed to burst."""
    del options
    extract = Extract(names_in_text=True)
    with _open_package(content) as archive:
        parts = {name.lower(): name for name in archive.namelist()}
        main = _find_main_part(archive, parts)
        body = _Body(_read_styles(archive, parts, main), extract)
        blocks = list(body.blocks(_read_part(archive, main)))
        _add_blocks(blocks, extract)
        _leave_other_parts(archive, parts, main, extract)
    return extract


def _open_package(content: bytes) -> ZipFile:
    try:
        archive = ZipFile(BytesIO(content))
    except (BadZipFile, ValueError, NotImplementedError, EOFError):
        raise NotReadable(NotReadable.BROKEN) from None
    if sum(part.file_size for part in archive.infolist() if part.filename.endswith(".xml")) > _MOST_UNPACKED:
        raise NotReadable(NotReadable.LARGE)
    return archive


def _read_part(archive: ZipFile, name: str) -> MarkupElement:
    """What a zip claims of its sizes is not believed: no more is unpacked than it said."""
    try:
        with archive.open(name) as file:
            content = file.read(_MOST_UNPACKED + 1)
    except (KeyError, BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, ValueError):
        raise NotReadable(NotReadable.BROKEN) from None
    if len(content) > _MOST_UNPACKED:
        raise NotReadable(NotReadable.LARGE)
    return parse_markup(decode_file(content).text)


def _find_main_part(archive: ZipFile, parts: dict[str, str]) -> str:
    if "_rels/.rels" in parts:
        for relation in _read_part(archive, parts["_rels/.rels"]).descendants("Relationship"):
            target = normpath(relation.attributes.get("Target", "").lstrip("/")).lower()
            if relation.attributes.get("Type", "").endswith("/officeDocument") and target in parts:
                return parts[target]
    if "word/document.xml" in parts:
        return parts["word/document.xml"]
    raise NotReadable(NotReadable.BROKEN)


def _resolve_path(main: str, name: str) -> str:
    return normpath(join(main.rpartition("/")[0], name)).lower()


def _read_styles(archive: ZipFile, parts: dict[str, str], main: str) -> dict[str, str]:
    """The names of styles in lower case, by their ids."""
    name = parts.get(_resolve_path(main, "styles.xml"))
    if name is None:
        return {}
    styles = {}
    for style in _read_part(archive, name).descendants("style"):
        named = next(style.elements("name"), None)
        styles[style.attributes.get("styleId", "")] = named.attributes.get("val", "").lower() if named else ""
    return styles


def _leave_other_parts(archive: ZipFile, parts: dict[str, str], main: str, extract: Extract) -> None:
    others = [
        (parts[path], where, reason)
        for file, where, reason in _OTHER_PARTS
        if (path := _resolve_path(main, file)) in parts
    ]
    folder = main.rpartition("/")[0].lower()
    others += [
        (name, PlaceKind.HEADERS, Why.SETTINGS)
        for path, name in sorted(parts.items())
        if path.rpartition("/")[0] == folder and _HEADER.fullmatch(path.rpartition("/")[2])
    ]
    for name, where, reason in others:
        for block in _Body({}, extract).blocks(_read_part(archive, name)):
            text = block.text if isinstance(block, WordParagraph) else "\n".join("\n".join(row) for row in block.rows)
            extract.leave(FilePlace(where), text, reason)


class _Body:
    """Turns a part's elements into paragraphs and tables in the order in which they are read."""

    def __init__(self, styles: dict[str, str], extract: Extract) -> None:
        self._styles = styles
        self._extract = extract
        self._number = 0
        self._boxes: list[MarkupElement] = []
        self._unended = ""
        """Of paragraphs whose end was deleted, so that they go on with the next one."""

    def blocks(self, element: MarkupElement) -> Iterator[WordParagraph | WordTable]:
        for child in _shown_children(element):
            if isinstance(child, str):
                self._leave_stray(child)
            elif child.name == "t":
                self._leave_stray(child.text())
            elif child.name == "p":
                paragraph = self._read_paragraph(child)
                if _mark_is_deleted(child):
                    self._unended += paragraph.text
                    continue
                paragraph.text, self._unended = self._unended + paragraph.text, ""
                yield paragraph
                yield from self._read_boxes()
            elif child.name == "tbl":
                yield self._read_table(child)
                yield from self._read_boxes()
            elif child.name not in _WITHOUT_TEXT:
                yield from self.blocks(child)
        if self._unended and element.name in _CONTAINERS:
            paragraph = WordParagraph(self._number, self._unended, heading=False, title=False)
            self._unended = ""
            yield paragraph

    def _leave_stray(self, text: str) -> None:
        """Text outside of paragraphs or of what holds their text, as damaged files have it."""
        self._extract.leave(FilePlace(PlaceKind.PARAGRAPH, max(1, self._number)), text, Why.UNEXPECTED)

    def _read_boxes(self) -> Iterator[WordParagraph | WordTable]:
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self.blocks(box)

    def _read_paragraph(self, paragraph: MarkupElement) -> WordParagraph:
        self._number += 1
        style = ""
        for properties in paragraph.elements("pPr"):
            for given in properties.elements("pStyle"):
                style = given.attributes.get("val", "")
        name = self._styles.get(style, style.lower())
        number = self._number
        return WordParagraph(number, "".join(self._read_texts(paragraph)), name.startswith("heading"), name == "title")

    def _read_table(self, table: MarkupElement) -> WordTable:
        """Cells as they stand: how many columns one says it spans means nothing here."""
        made = WordTable(self._number + 1)
        for row in self._find_parts(table, "tr"):
            if any(True for properties in row.elements("trPr") for _ in properties.elements("del")):
                continue
            cells = []
            for cell in self._find_parts(row, "tc"):
                texts = []
                for block in self.blocks(cell):
                    nested = block.text if isinstance(block, WordParagraph) else "\n".join(map("\n".join, block.rows))
                    texts.append(nested)
                cells.append("\n".join(texts).strip())
            made.rows.append(cells)
        return made

    def _find_parts(self, element: MarkupElement, name: str) -> Iterator[MarkupElement]:
        """Rows of a table or cells of a row, in wrappers such as content controls too; what else is there, later."""
        for child in _shown_children(element):
            if isinstance(child, str):
                self._leave_stray(child)
            elif child.name == name:
                yield child
            elif child.name in ("tbl", "tr", "tc", "p", "r", "t"):
                self._boxes.append(MarkupElement("", "", {}, child.line, [child]))
            elif child.name not in _WITHOUT_TEXT:
                yield from self._find_parts(child, name)

    def _read_texts(self, element: MarkupElement) -> Iterator[str]:
        for child in _shown_children(element):
            if isinstance(child, str):
                self._leave_stray(child)
            elif child.name == "t":
                yield child.text()
            elif child.name in _SIGNS:
                yield _SIGNS[child.name]
                yield from self._read_texts(child)
            elif child.name == "txbxContent":
                self._boxes.append(child)
            elif child.name in ("p", "tbl"):
                self._boxes.append(MarkupElement("", "", {}, child.line, [child]))
            elif child.name == "r" and _is_hidden(child):
                hidden = "".join(self._read_texts(child))
                self._extract.leave(FilePlace(PlaceKind.PARAGRAPH, self._number), hidden, Why.HIDDEN)
            elif child.name == "rt":  # how a character above it is said
                reading = "".join(self._read_texts(child))
                self._extract.leave(FilePlace(PlaceKind.PARAGRAPH, self._number), reading, Why.NOTE)
            elif child.name not in _WITHOUT_TEXT:
                yield from self._read_texts(child)


def _mark_is_deleted(paragraph: MarkupElement) -> bool:
    return any(
        next(run.elements("del"), None) or next(run.elements("moveFrom"), None)
        for properties in paragraph.elements("pPr")
        for run in properties.elements("rPr")
    )


def _shown_children(element: MarkupElement) -> Iterator[MarkupElement | str]:
    """Of what stands there in several forms for several programs the first one."""
    if element.name == "AlternateContent":
        choice = next(element.elements("Choice"), None) or next(element.elements("Fallback"), None)
        if choice:
            yield choice
        return
    yield from element.children


def _is_hidden(run: MarkupElement) -> bool:
    for properties in run.elements("rPr"):
        for mark in (*properties.elements("vanish"), *properties.elements("webHidden")):
            return mark.attributes.get("val", "1") not in _OFF
    return False


def _add_blocks(blocks: list[WordParagraph | WordTable], extract: Extract) -> None:
    """Tables with times, paragraphs with times, or both; without any, all of it as text without times."""
    timed_tables = [
        block for block in blocks if isinstance(block, WordTable) and read_table(block.rows, block.number, extract)
    ]
    paragraphs = [block for block in blocks if isinstance(block, WordParagraph)]
    lines = [line for paragraph in paragraphs for line in _split_script_lines(paragraph)]
    rows = extract.rows
    extract.rows = []
    timed_paragraphs = read_script(lines, extract)
    extract.rows += rows
    if timed_paragraphs or timed_tables:
        for block in blocks:
            if isinstance(block, WordTable) and block not in timed_tables:
                _leave_table(block, extract)
        if not timed_paragraphs:
            for line in lines:
                extract.leave(line.place, line.text, Why.TITLE if line.heading else Why.NO_TIME)
        return
    extract.timed = False
    extract.rows = list(_make_untimed_rows(blocks, extract))


def _split_script_lines(paragraph: WordParagraph) -> Iterator[ScriptLine]:
    place = FilePlace(PlaceKind.PARAGRAPH, paragraph.number)
    heading = paragraph.heading or paragraph.title
    for line in paragraph.text.split("\n"):
        if line.strip():
            yield ScriptLine(place, line, heading=heading, blank_above=True)


def _leave_table(table: WordTable, extract: Extract) -> None:
    for number, cells in enumerate(table.rows, start=1):
        extract.leave(FilePlace(PlaceKind.TABLE_ROW, number), "\n".join(cells), Why.NO_TIME)


def _make_untimed_rows(blocks: list[WordParagraph | WordTable], extract: Extract) -> Iterator[ImportedRow]:
    """Headings are text, too, as they may be names; but not a title above all others."""
    begun = False
    for block in blocks:
        if isinstance(block, WordTable):
            for cells in block.rows:
                *before, text = cells or [""]
                begun = begun or bool(text)
                yield ImportedRow(0, 1, text, " ".join(before))
        elif not begun and (block.title or block.heading) and block.text.strip():
            extract.leave(FilePlace(PlaceKind.PARAGRAPH, block.number), block.text, Why.TITLE)
            begun = True
        elif block.text.strip():
            begun = True
            yield ImportedRow(0, 1, block.text.strip())
