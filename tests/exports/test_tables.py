from __future__ import annotations

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exports.sample import DOCUMENT, document, exported, line
from transcripts.exports.xlsx import LONGEST_CELL, split_text

HEAD = ["id", "start", "end", "speaker", "text", "recognised", "verified", "flagged"]
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "＝1", "=cmd|'/c calc'!A1")


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_has_one_line_for_each_row() -> None:
    rows = (line("好，\n“走”", 400, 1600, id="7", speaker="林", verified=True, engine_text="好"),)
    assert rows_of(exported("csv", document(*rows))) == [
        HEAD,
        ["7", "00:00:00.400", "00:00:01.600", "林", "好，“走”", "好", "yes", ""],
    ]
    assert rows_of(exported("csv", document(*rows), breaks="on"))[1][4] == "好，\n“走”".replace("\n", "\r\n")
    assert rows_of(exported("csv", document(*rows), names="off"))[0] == [name for name in HEAD if name != "speaker"]


def test_csv_is_what_spreadsheets_open_unless_asked_otherwise() -> None:
    usual, plain = exported("csv", DOCUMENT), exported("csv", DOCUMENT, bom="off", crlf="off")
    assert usual.startswith(b"\xef\xbb\xbfid,start")
    assert usual.count(b"\r\n") == 6
    assert plain == usual.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")


@pytest.mark.parametrize("formula", FORMULAS)
def test_csv_formulas_are_harmless(formula: str) -> None:
    content = document(line(formula, speaker=formula, engine_text=formula))
    assert rows_of(exported("csv", content))[1][3:6] == [f"'{formula}"] * 3


def test_xlsx_has_times_that_can_be_reckoned_with() -> None:
    book = openpyxl.load_workbook(BytesIO(exported("xlsx", DOCUMENT)))
    (sheet,) = book.worksheets
    head, *rows = sheet.iter_rows(values_only=True)
    assert list(head) == HEAD
    assert (
        rows[0]
        == ("11", timedelta(milliseconds=400), timedelta(milliseconds=1600), "主持人", "欢迎 Lin 来。") + (None,) * 3
    )
    assert rows[2][1:5] == (
        timedelta(milliseconds=3_723_004),
        timedelta(seconds=3724),
        "Ann <b>",
        "Hello & <welcome> --> all",
    )
    assert rows[4][4] == "第一行第二行 third"
    assert (book.properties.title, sheet.freeze_panes) == ("会议", "A2")


@pytest.mark.parametrize("formula", FORMULAS)
def test_xlsx_formulas_are_text(formula: str) -> None:
    content = exported("xlsx", document(line(formula, speaker=formula)))
    cell = openpyxl.load_workbook(BytesIO(content)).worksheets[0]["E2"]
    assert (cell.value, cell.data_type) == (formula, "s")


def test_xlsx_cells_end_where_excel_ends_them() -> None:
    content = exported("xlsx", document(line("长" * 40_000)))
    assert len(openpyxl.load_workbook(BytesIO(content)).worksheets[0]["E2"].value) == 32_767


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.text("ab 字😀", max_size=50), st.integers(1, 3000))
def test_cells_share_out_a_text_of_any_length(text: str, times: int) -> None:
    parts = split_text(text * times)
    assert "".join(parts) == text * times
    assert all(units(part) <= LONGEST_CELL for part in parts)
    assert len(parts) <= units(text * times) // (LONGEST_CELL - 200) + 1


def test_xlsx_goes_on_in_further_rows_where_a_text_is_too_long_for_a_cell() -> None:
    long = "word " * 20_000
    content = document(line(long, id="7", engine_text="short"), line("next", id="8"))
    (sheet,) = openpyxl.load_workbook(BytesIO(exported("xlsx", content))).worksheets
    rows: list[tuple[Any, ...]] = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == ["7", None, None, None, "8"]
    assert "".join(row[4] for row in rows[:4]) == long.strip()
    assert [row[5] for row in rows[:4]] == ["short", None, None, None]
    assert {value for row in rows[1:4] for value in (*row[:4], *row[5:])} == {None}


def test_csv_has_a_long_text_whole() -> None:
    long = "word " * 20_000
    assert rows_of(exported("csv", document(line(long))))[1][4] == long.strip()
