from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import docx
from docx.oxml.ns import qn

from tests.exports.sample import DOCUMENT, document, exported, line


def read(content: bytes) -> Any:
    return docx.Document(BytesIO(content))


def paragraphs(file: Any) -> list[tuple[str, str]]:
    return [(paragraph.style.name, paragraph.text) for paragraph in file.paragraphs]


def test_turns_stand_below_headings_for_words_navigation() -> None:
    file = read(exported("docx", DOCUMENT, breaks="on"))
    assert paragraphs(file) == [
        ("Heading 1", "会议"),
        ("Heading 2", "主持人  00:00:00"),
        ("Normal", "欢迎 Lin 来。大家好。"),
        ("Heading 2", "Ann <b>  01:02:03"),
        ("Normal", "Hello & <welcome> --> all"),
        ("Heading 2", "01:23:20"),
        ("Normal", "第一行\n第二行\nthird"),
    ]
    assert [run.style.name for run in file.paragraphs[1].runs] == ["Speaker", "Time"]


def test_names_and_times_may_be_left_out() -> None:
    file = read(exported("docx", DOCUMENT, names="off", times="off", paragraphs="rows"))
    assert [text for _, text in paragraphs(file)] == [
        "会议",
        "欢迎 Lin 来。",
        "大家好。",
        "Hello & <welcome> --> all",
        "第一行第二行 third",
    ]


def test_a_table_has_a_line_for_each_row() -> None:
    (table,) = read(exported("docx", DOCUMENT, table="on")).tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["00:00:00", "主持人", "欢迎 Lin 来。"],
        ["00:00:02", "主持人", "大家好。"],
        ["01:02:03", "Ann <b>", "Hello & <welcome> --> all"],
        ["01:23:20", "", "第一行第二行 third"],
    ]
    (bare,) = read(exported("docx", DOCUMENT, table="on", times="off", names="off")).tables
    assert [cell.text for cell in bare.rows[0].cells] == ["欢迎 Lin 来。"]


def test_chinese_has_a_chinese_font() -> None:
    styles = read(exported("docx", DOCUMENT)).styles
    for name in ("Normal", "Heading 1", "Heading 2"):
        assert styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
    english = read(exported("docx", document(line("Hello there")))).styles
    assert english["Normal"].element.rPr.rFonts is None


def test_the_file_says_what_it_is_and_not_what_made_it() -> None:
    about = read(exported("docx", document(made=datetime(2026, 11, 23, 8, tzinfo=UTC)))).core_properties
    assert (about.title, about.author, about.comments) == ("会议", "", "")
    assert about.created == datetime(2026, 11, 23, 8, tzinfo=UTC)
