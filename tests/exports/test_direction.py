"""Text from right to left, in what each format has for it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from io import BytesIO

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from tests.exports.sample import document, exported, line, text_of
from transcripts.exports.direction import embed_lines, is_rtl, mark_paragraph

ARABIC = "مرحبا بكم في ABC."
EMBEDDED = f"\u202b{ARABIC}\u202c"
BOTH = document(line(ARABIC, 0, 2000, speaker="Ann"), line("Good morning.", 3000, 4000, speaker="Ann"))


@pytest.mark.parametrize(
    ("text", "rtl"),
    [
        ("", False),
        ("123 …", False),
        ("Good morning.", False),
        ("你好。", False),
        (ARABIC, True),
        ("שלום!", True),
        ("CEO של ABC", False),
        ("The word مرحبا means hello", False),
    ],
)
def test_direction_is_that_of_most_letters(text: str, rtl: bool) -> None:
    assert is_rtl(text) is rtl


def test_every_line_of_a_caption_is_embedded() -> None:
    assert embed_lines(["Ann:", ARABIC], ARABIC) == ("\u202bAnn:\u202c", EMBEDDED)
    assert embed_lines(["a", "b"], "a b") == ("a", "b")


def test_paragraph_is_marked_only_where_its_first_letter_misleads() -> None:
    assert mark_paragraph(f"Ann: {ARABIC}", ARABIC) == f"\u200fAnn: {ARABIC}"
    assert mark_paragraph(ARABIC, ARABIC) == ARABIC
    assert mark_paragraph("Ann: hello", "hello") == "Ann: hello"


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "lrc"])
@pytest.mark.parametrize("cues", ["captions", "rows"])
def test_captions_are_embedded(name: str, cues: str) -> None:
    text = text_of(name, BOTH, cues=cues, names="off")
    assert (text.count(EMBEDDED), text.count("\u202b"), text.count("Good morning.")) == (1, 1, 1)


def test_captions_with_times_of_words_are_embedded() -> None:
    text = text_of("vtt", BOTH, word_times="on")
    assert "<v Ann>\u202b" in text
    assert (text.count("\u202b"), text.count("\u202c")) == (1, 1)


@pytest.mark.parametrize("name", ["txt", "md"])
def test_paragraphs_are_marked(name: str) -> None:
    text = text_of(name, BOTH, paragraphs="rows")
    assert text.count("\u200f") == 1
    assert "\u200f" not in text_of(name, BOTH, paragraphs="rows", names="off")


def test_ttml_gives_the_direction_of_each_cue() -> None:
    namespace = {"tt": "http://www.w3.org/ns/ttml"}
    root = ET.fromstring(exported("ttml", BOTH))  # noqa: S314 -- our own
    styling = "{http://www.w3.org/ns/ttml#styling}"
    assert [
        (cue.get(f"{styling}direction"), cue.get(f"{styling}unicodeBidi"))
        for cue in root.iterfind(".//tt:p", namespace)
    ] == [("rtl", "embed"), (None, None)]


def test_word_has_paragraphs_and_runs_from_right_to_left() -> None:
    paragraphs = docx.Document(BytesIO(exported("docx", BOTH, times="off", paragraphs="rows"))).element.body.iter(
        qn("w:p")
    )
    marks = {
        "".join(text.text for text in each.iter(qn("w:t"))): (
            len(list(each.iter(qn("w:bidi")))),
            len(list(each.iter(qn("w:rtl")))),
        )
        for each in paragraphs
    }
    assert (marks[ARABIC], marks["Good morning."], marks["Ann"]) == ((1, 1), (0, 0), (0, 0))


def test_word_table_of_an_arabic_transcript_begins_at_the_right() -> None:
    def columns(text: str) -> int:
        content = exported("docx", document(line(text)), table="on")
        return len(list(docx.Document(BytesIO(content)).element.body.iter(qn("w:bidiVisual"))))

    assert (columns(ARABIC), columns("Hello.")) == (1, 0)


def test_excel_reads_cells_and_sheet_from_right_to_left() -> None:
    def look(*texts: str) -> tuple[bool, list[float | None]]:
        content = exported("xlsx", document(*(line(text) for text in texts)))
        (sheet,) = openpyxl.load_workbook(BytesIO(content)).worksheets
        return bool(sheet.sheet_view.rightToLeft), [cell.alignment.readingOrder for cell in sheet["E"][1:]]

    assert look(ARABIC, "Hello.") == (True, [2, 0])
    assert look("Hello.", "你好。") == (False, [0, 0])
