"""DOCX, by python-docx: its template, styles and packing; the many paragraphs are written as XML, which is quicker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from transcripts.exports.characters import clean_line
from transcripts.exports.cues import choose_preset
from transcripts.exports.direction import is_rtl, is_rtl_throughout
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.paragraphs import Paragraph, gather_paragraphs

# Without a font name Word uses a Japanese font for Chinese.
_FONTS = {"zh": ("Microsoft YaHei", "zh-CN"), "ja": ("Yu Gothic", "ja-JP"), "ko": ("Malgun Gothic", "ko-KR")}
_GREY = RGBColor(0x6B, 0x6B, 0x6B)
_INK = RGBColor(0x1F, 0x1F, 0x1F)
_WIDTHS = (1300, 1900, 6150)  # of the table's columns: time, speaker, text, in twentieths of a point
Run = tuple[str, str]
"""A text and the id of its character style, or none."""


def export(document: Document, options: ExportOptions) -> bytes:
    """A title, and a heading of the second level where the speaker changes, for Word's navigation."""
    file = docx.Document()
    _set_properties(file, document)
    _set_styles(file, choose_preset(document, options))
    body = file.element.body
    end = body.sectPr
    if title := clean_line(document.title):
        end.addprevious(_make_paragraph([(title, "")], "Heading1"))
    if options.table:
        end.addprevious(_make_table(gather_paragraphs(document, replace(options, paragraphs="rows")), options))
        end.addprevious(_make_paragraph([]))  # Word requires a paragraph after a table
    else:
        named = False
        for paragraph in gather_paragraphs(document, options):
            for made in _make_paragraphs(paragraph, options, after_name=named):
                end.addprevious(made)
            named = named or bool(paragraph.speaker)
    content = BytesIO()
    file.save(content)
    return content.getvalue()


def _set_properties(file: Any, document: Document) -> None:
    made = document.made or datetime(1970, 1, 1, tzinfo=UTC)
    about = file.core_properties
    about.title, about.author, about.comments = clean_line(document.title)[:255], "", ""
    about.created = about.modified = made.astimezone(UTC).replace(tzinfo=None)


def _set_styles(file: Any, language: str) -> None:
    styles = file.styles
    for name, size, colour in (("Heading 1", 20, _INK), ("Heading 2", 11, _INK), ("Normal", 11, None)):
        style = styles[name]
        style.font.size = Pt(size)
        if colour is not None:
            style.font.color.rgb = colour
        if language in _FONTS:
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            fonts.attrib.pop(qn("w:eastAsiaTheme"), None)
            fonts.set(qn("w:eastAsia"), _FONTS[language][0])
    styles["Heading 2"].paragraph_format.space_before = Pt(10)
    styles["Heading 2"].paragraph_format.space_after = Pt(2)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    styles.add_style("Speaker", WD_STYLE_TYPE.CHARACTER).font.bold = True
    time = styles.add_style("Time", WD_STYLE_TYPE.CHARACTER)
    time.font.size, time.font.color.rgb, time.font.bold = Pt(9), _GREY, False
    if language in _FONTS:
        for tag in styles.element.iter(qn("w:lang")):
            tag.set(qn("w:eastAsia"), _FONTS[language][1])


def _make_paragraphs(paragraph: Paragraph, options: ExportOptions, *, after_name: bool) -> Iterable[Any]:
    """A turn of nobody known has its time as a heading, so that it is not under the name above."""
    time: list[Run] = [(paragraph.clock, "Time")] if options.times else []
    if paragraph.turn and paragraph.speaker:
        yield _make_paragraph(
            [(paragraph.speaker, "Speaker"), *((f"  {text}", style) for text, style in time)], "Heading2"
        )
        time = []
    elif paragraph.turn and after_name and time:
        yield _make_paragraph(time, "Heading2")
        time = []
    yield _make_paragraph([*((f"{text}  ", style) for text, style in time), (paragraph.text, "")])


def _make_paragraph(runs: Iterable[Run], style: str = "") -> Any:
    made = OxmlElement("w:p")
    runs = list(runs)
    if style:
        made.get_or_add_pPr().style = style
    if is_rtl(" ".join(text for text, _look in runs)):
        made.get_or_add_pPr().append(OxmlElement("w:bidi"))
    for text, look in runs:
        run = OxmlElement("w:r")
        if look:
            run.style = look
        if is_rtl(text):
            run.get_or_add_rPr().append(OxmlElement("w:rtl"))
        run.text = text  # line breaks and tabs become Word's own
        made.append(run)
    return made


def _make_table(rows: Iterable[Paragraph], options: ExportOptions) -> Any:
    kept = [number for number, wanted in enumerate((options.times, options.names, True)) if wanted]
    table = OxmlElement("w:tbl")
    look = OxmlElement("w:tblPr")
    style = OxmlElement("w:tblStyle")
    style.set(qn("w:val"), "TableGrid")
    look.append(style)
    rows = list(rows)
    if is_rtl_throughout(row.text for row in rows):
        look.append(OxmlElement("w:bidiVisual"))
    table.append(look)
    grid = OxmlElement("w:tblGrid")
    for number in kept:
        column = OxmlElement("w:gridCol")
        column.set(qn("w:w"), str(_WIDTHS[number]))
        grid.append(column)
    table.append(grid)
    for row in rows:
        line = OxmlElement("w:tr")
        for run in [((row.clock, "Time"), (row.speaker, "Speaker"), (row.text, ""))[number] for number in kept]:
            cell = OxmlElement("w:tc")
            cell.append(_make_paragraph([run]))
            line.append(cell)
        table.append(line)
    return table
