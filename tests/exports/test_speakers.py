"""Who speaks, in every format that can tell: the speaker, and the channel where the recording has several."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from typing import Any

import docx
import openpyxl
import pytest

from tests.exports.sample import document, exported, line, text_of

CALL = document(
    line("Hello.", 0, 900, speaker="Ann", speaker_label="1.1", channel="1"),
    line("Good morning.", 1000, 1900, speaker="Bob", speaker_label="2.1", channel="2"),
    line("Yes?", 2000, 2900, channel="1"),
    line("Nobody.", 3000, 3900),
)
NAMES = ("Ann (Channel 1)", "Bob (Channel 2)", "Channel 1")
MONO = document(line("Hello.", 0, 900, speaker="Ann", channel="1"), line("Yes?", 2000, 2900, channel="1"))


def read_docx(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(content)).paragraphs)


TEXTS = ("txt", "md", "srt", "vtt", "ass", "ttml", "lrc", "eaf", "textgrid")


@pytest.mark.parametrize("name", TEXTS)
def test_channels_are_named_where_there_are_several(name: str) -> None:
    text = text_of(name, CALL).replace("\\", "")
    assert [text.count(each) > 0 for each in NAMES] == [True] * 3
    mono = text_of(name, MONO)
    assert ("Ann" in mono, "Channel" in mono) == (True, False)


@pytest.mark.parametrize("table", ["off", "on"])
def test_channels_are_named_in_word(table: str) -> None:
    content = exported("docx", CALL, table=table)
    cells = [cell.text for each in docx.Document(BytesIO(content)).tables for row in each.rows for cell in row.cells]
    text = read_docx(content) + "\n".join(cells)
    assert [each in text for each in NAMES] == [True] * 3
    assert "Channel" not in read_docx(exported("docx", MONO))


def test_channel_is_called_as_the_document_says() -> None:
    content = document(*CALL.utterances, channel_name="声道 %(number)s")
    assert text_of("srt", content).count("声道 2") == 1


@pytest.mark.parametrize("name", ["txt", "md", "srt", "vtt", "ass", "ttml", "lrc"])
def test_nobody_is_named_where_no_names_are_wanted(name: str) -> None:
    assert "Channel" not in text_of(name, CALL, names="off")


def read_table(name: str, content: bytes) -> list[list[Any]]:
    if name == "csv":
        return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    (sheet,) = openpyxl.load_workbook(BytesIO(content)).worksheets
    return [["" if value is None else value for value in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_tables_have_a_column_for_several_channels(name: str) -> None:
    rows = read_table(name, exported(name, CALL))
    assert rows[0] == ["id", "start", "end", "speaker", "channel", "text", "recognised", "verified", "flagged"]
    assert [row[3:6] for row in rows[1:]] == [
        ["Ann", "1", "Hello."],
        ["Bob", "2", "Good morning."],
        ["", "1", "Yes?"],
        ["", "", "Nobody."],
    ]
    assert "channel" not in read_table(name, exported(name, MONO))[0]
    assert "channel" not in read_table(name, exported(name, CALL, names="off"))[0]


def test_json_keeps_channel_and_name_apart() -> None:
    utterances = json.loads(exported("json", CALL))["result"]["utterances"]
    assert [(row["additions"].get("channel_id"), row["additions"].get("speaker_name")) for row in utterances] == [
        ("1", "Ann"),
        ("2", "Bob"),
        ("1", None),
        (None, None),
    ]


def test_rows_of_two_channels_are_never_one_caption() -> None:
    content = document(line("Yes.", 0, 400, channel="1"), line("No.", 410, 800, channel="2"))
    assert text_of("srt", content).count("-->") == 2
