"""Any text goes out and comes back, read by programs that are not ours, to the format's own resolution of time."""

from __future__ import annotations

import csv
import html
import json
import re
import tempfile
import xml.etree.ElementTree as ET
from io import BytesIO, StringIO
from pathlib import Path

import docx
import openpyxl
import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st
from praatio import textgrid

from tests.exports.sample import document, exported, line
from transcripts.exports.characters import clean_lines
from transcripts.exports.csv_table import disarm_formula
from transcripts.exports.cues import join_lines
from transcripts.exports.document import Document
from transcripts.exports.registry import FORMATS

MARKS = (
    "\n",
    "\r\n",
    "\x00",
    "\x0b",
    "\u2028",
    "\ud800",
    "\ufffe",
    "\t",
    "  ",
    "<b>",
    "&amp;",
    "]]>",
    "-->",
    '""',
    "'",
)
SIGNS = (
    "{",
    "}",
    "\\N",
    "\\",
    "[00:01.00]",
    "=1+1",
    "@",
    "\u202e",
    "NOTE",
    "WEBVTT",
    "1",
    "%",
    ",",
    "|",
    "𠮷",
    "é",
    "林",
)
fragments = st.one_of(st.sampled_from(MARKS), st.sampled_from(SIGNS), st.text(max_size=4))
hostile = st.lists(fragments, max_size=8).map("".join)
names = st.sampled_from(["", "", "林", "Ann <b>", "a,b", '"&\n', "=x", "\x00"])


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Rows in order, some of them at once."""
    rows, now = [], 0
    for number in range(draw(st.integers(0, 4))):
        start = now + draw(st.integers(-300, 4000)) if now > 300 else draw(st.integers(0, 4000))
        now = start + draw(st.integers(1, 3000))
        rows.append(line(draw(hostile), start, now, id=str(number), speaker=draw(names)))
    return document(*sorted(rows, key=lambda row: row.start_ms), title=draw(hostile))


def shown(content: Document) -> list[tuple[int, int, list[str]]]:
    return [
        (row.start_ms, row.end_ms, clean_lines(row.text).split("\n"))
        for row in content.utterances
        if clean_lines(row.text)
    ]


def squeezed(texts: list[str]) -> list[str]:
    """White space as a reader leaves it."""
    return [found for text in texts if (found := " ".join(text.split()))]


@pytest.mark.long
@given(documents(), st.sampled_from(sorted(FORMATS)), st.booleans())
def test_every_format_takes_any_text(content: Document, name: str, rows: bool) -> None:
    options = {"cues": "rows"} if rows and "cues" in FORMATS[name].options else {}
    assert isinstance(exported(name, content, **options), bytes)


@given(documents())
def test_subrip(content: Document) -> None:
    # What pysubs2 takes for a tag is text in any other player, and it must be told to leave it alone.
    text = exported("srt", content, cues="rows", names="off").decode()
    found = [re.split(r"\n", block.rstrip("\n")) for block in text.split("\n\n")] if text else []
    assert [(int(number), squeezed(lines)) for number, _, *lines in found] == [
        (number, squeezed([one.replace("-->", "→") for one in lines]))
        for number, (*_, lines) in enumerate(shown(content), start=1)
    ]
    events = pysubs2.SSAFile.from_string(text, format_="srt", keep_unknown_html_tags=True)
    assert [(event.start, event.end) for event in events] == [(start, end) for start, end, _ in shown(content)]


@given(documents())
def test_webvtt(content: Document) -> None:
    found = webvtt.from_buffer(StringIO(exported("vtt", content, cues="rows", names="off").decode()))
    assert [(cue.start_in_seconds, squeezed(html.unescape(cue.text).split("\n"))) for cue in found] == [
        (start // 1000, squeezed(lines)) for start, _, lines in shown(content)
    ]


@given(documents())
def test_ass(content: Document) -> None:
    found = pysubs2.SSAFile.from_string(exported("ass", content, cues="rows").decode(), format_="ass")
    for event, (start, end, lines) in zip(found, shown(content), strict=True):
        assert abs(event.start - start) <= 5
        assert abs(event.end - end) < 15  # one that is shorter than the resolution gets its least length
        text = event.plaintext.replace("\u2060", "").translate(str.maketrans("｛｝", "{}"))
        assert squeezed(text.split("\n")) == squeezed([one.replace("\u2060", "") for one in lines])


@given(documents())
def test_ttml(content: Document) -> None:
    found = pysubs2.SSAFile.from_string(exported("ttml", content, cues="rows").decode(), format_="ttml")
    assert [(event.start, event.end, squeezed(event.text.split("\\N"))) for event in found] == [
        (start, end, squeezed("\\N".join(lines).split("\\N"))) for start, end, lines in shown(content)
    ]


@pytest.mark.long
@given(documents())
def test_tables(content: Document) -> None:
    texts = [join_lines(tuple(clean_lines(row.text).split("\n"))) for row in content.utterances]
    read = list(csv.DictReader(StringIO(exported("csv", content).decode("utf-8-sig"), newline="")))
    assert [row["text"] for row in read] == [disarm_formula(text) for text in texts]
    sheet = openpyxl.load_workbook(BytesIO(exported("xlsx", content))).worksheets[0]
    assert [row[4] or "" for row in sheet.iter_rows(min_row=2, values_only=True)] == texts


@pytest.mark.long
@given(documents())
def test_tiers(content: Document) -> None:
    rows = sorted((start, end, join_lines(tuple(lines))) for start, end, lines in shown(content))
    root = ET.fromstring(exported("eaf", content))  # noqa: S314 -- our own
    slots = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) for slot in root.iter("TIME_SLOT")}
    found = [
        (
            slots[own.attrib["TIME_SLOT_REF1"]],
            slots[own.attrib["TIME_SLOT_REF2"]],
            own.findtext("ANNOTATION_VALUE") or "",
        )
        for tier in root.iterfind("TIER[@LINGUISTIC_TYPE_REF='utterance']")
        for own in tier.iter("ALIGNABLE_ANNOTATION")
    ]
    assert sorted(found) == rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.TextGrid"
        path.write_bytes(exported("textgrid", content))
        tiers = textgrid.openTextgrid(str(path), includeEmptyIntervals=False).tiers[::2]
    read = [(round(start * 1000), round(end * 1000), text) for tier in tiers for start, end, text in tier.entries]
    assert sorted(read) == [(start, end, text.strip()) for start, end, text in rows]


@pytest.mark.long
@given(documents())
def test_documents(content: Document) -> None:
    file = docx.Document(BytesIO(exported("docx", content, paragraphs="rows", times="off", breaks="on")))
    spoken = [paragraph.text for paragraph in file.paragraphs if paragraph.style.name == "Normal"]
    assert [squeezed(text.split("\n")) for text in spoken] == [squeezed(lines) for *_, lines in shown(content)]


@given(documents())
def test_json(content: Document) -> None:
    found = json.loads(exported("json", content))["result"].get("utterances", [])
    kept = [row for row in content.utterances if row.text.strip()]
    assert [(row["start_time"], row["end_time"], row["text"]) for row in found] == [
        (row.start_ms, row.end_ms, row.text.encode(errors="replace").decode()) for row in kept
    ]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_nothing_said_is_a_file_too(name: str) -> None:
    assert isinstance(exported(name, document()), bytes)
