"""What goes out comes in again: the same texts and times, to the format's own resolution."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ANSWER
from tests.exports.sample import document, exported, line
from tests.imports.helpers import PlainRow, left_of, read_content, rows_of
from tests.text.strategies import texts
from transcripts.exports.characters import clean_lines
from transcripts.exports.cues import join_lines
from transcripts.exports.document import Document
from transcripts.flash.answer import parse_answer
from transcripts.imports import word
from transcripts.imports.reading import make_answer
from transcripts.imports.rows import NotReadable, ReadOptions

RESOLUTION = {"srt": 0, "vtt": 0, "ttml": 0, "eaf": 0, "textgrid": 0, "json": 0, "ass": 15, "lrc": 5}
quick = settings(deadline=None, database=None, derandomize=True, max_examples=30)
spoken = texts.filter(lambda text: clean_lines(text).strip("\u200d ") != "" and ":" not in text)
NAMES = ("", "林", "Ann & co", "Dr. Who")


@pytest.fixture(autouse=True, scope="module")
def _each_part_is_parsed_once() -> Iterator[None]:
    """Word files that go out have the same styles, and most of reading them is parsing those."""
    with mock.patch.object(word, "parse_markup", lru_cache(16)(word.parse_markup)):
        yield


@st.composite
def documents(draw: st.DrawFn) -> Document:
    rows, now = [], 0
    for _ in range(draw(st.integers(1, 5))):
        start = now + draw(st.integers(0, 4000))
        now = start + draw(st.integers(20, 3000))
        rows.append(line(draw(spoken), start, now, speaker=draw(st.sampled_from(NAMES))))
    return document(*rows)


def come_back(name: str, content: Document, **options: object) -> list[PlainRow]:
    """As the rows come in of a file that went out, with white space made even."""
    known = tuple(row.speaker for row in content.utterances)
    reading = read_content(f"a.{name}", exported(name, content, **options), ReadOptions(known=known))
    return [(*times, speaker, " ".join(text.split())) for *times, speaker, text in rows_of(reading)]


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml", "eaf", "textgrid", "json"])
@quick
@given(content=documents())
def test_what_goes_out_comes_in_again(name: str, content: Document) -> None:
    options = {"cues": "rows"} if name in ("srt", "vtt", "ass", "ttml") else {}
    found = come_back(name, content, **options)
    expected = []
    for row in content.utterances:
        text = row.text.strip() if name == "json" else join_lines(tuple(clean_lines(row.text).split("\n")))
        expected.append((row.start_ms, row.end_ms, row.speaker, " ".join(text.split())))
    for (*times, text), (*wanted, other) in zip(found, expected, strict=True):
        assert text == other
        assert times[2:] == wanted[2:]
        assert all(abs(int(one) - int(two)) <= RESOLUTION[name] for one, two in zip(times[:2], wanted[:2], strict=True))


def letters_by_speaker(rows: Iterable[tuple[str, str]]) -> Counter[str]:
    """How much everybody says: captions are cut where rows were not."""
    counted: Counter[str] = Counter()
    for speaker, text in rows:
        counted[speaker] += sum(char.isalnum() for char in text)
    return counted


SENTENCES = (
    "我们下个月要在上海开会。",
    "好。",
    "秋天总是那么富有诗意。树叶渐渐变红，街道旁的银杏树也开始落叶。",
    "Is it 10:30 already?",
    "Yes.",
    "thank you all for coming to this meeting today, it was good",
)
SPEAKERS = ("", "林", "Ann & co", "Dr. Who", "Speaker 1", "发言人2", "Mary Jane")


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("srt", {}),
        ("srt", {"cues": "rows"}),
        ("vtt", {}),
        ("ass", {}),
        ("ttml", {}),
        ("lrc", {}),
        ("txt", {"times": "on"}),
        ("txt", {"times": "on", "paragraphs": "speaker"}),
        ("txt", {"times": "on", "paragraphs": "pause"}),
        ("docx", {}),
        ("docx", {"paragraphs": "rows"}),
        ("docx", {"paragraphs": "pause"}),
        ("docx", {"table": "on"}),
        ("eaf", {}),
        ("textgrid", {}),
        ("json", {}),
    ],
)
@quick
@given(
    turns=st.lists(
        st.tuples(st.sampled_from(SPEAKERS), st.sampled_from(SENTENCES), st.integers(0, 3000), st.integers(1500, 6000)),
        min_size=1,
        max_size=7,
    )
)
def test_speakers_come_back_with_all_they_said(
    name: str, options: dict[str, str], turns: list[tuple[str, str, int, int]]
) -> None:
    rows, now = [], 0
    for speaker, text, pause, lasts in turns:
        rows.append(line(text, now + pause, now + pause + lasts, speaker=speaker))
        now += pause + lasts
    found = come_back(name, document(*rows), **options)
    expected = letters_by_speaker((row.speaker, row.text) for row in rows)
    assert letters_by_speaker((speaker, text) for *_, speaker, text in found) == expected


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml", "lrc"])
def test_captions_come_in_as_they_were_shown(name: str) -> None:
    text = "秋天总是那么富有诗意。树叶渐渐变红，街道旁的银杏树也开始落叶。"
    found = come_back(name, document(line(text, 0, 9000, speaker="林")))
    assert "".join(said for *_, said in found) == text
    assert {speaker for _, _, speaker, _ in found} == {"林"}


def test_text_with_times_comes_in_with_its_speakers() -> None:
    rows = (
        line("好。", 1000, 2000, speaker="林"),
        line("走吧。", 3000, 4000, speaker="林"),
        line("Yes.", 5000, 6000, speaker="Ana"),
    )
    assert come_back("txt", document(*rows), times="on") == [
        (1000, 3000, "林", "好。"),
        (3000, 5000, "林", "走吧。"),
        (5000, 8000, "Ana", "Yes."),
    ]


@pytest.mark.parametrize("options", [{}, {"paragraphs": "rows"}, {"table": "on"}])
def test_word_files_come_in_with_their_speakers(options: dict[str, str]) -> None:
    rows = (
        line("好。", 1000, 2000, speaker="林"),
        line("Yes, it is.", 3000, 4000, speaker="Ana"),
        line("走吧。", 5000, 6000, speaker="林"),
    )
    assert come_back("docx", document(*rows), **options) == [
        (1000, 3000, "林", "好。"),
        (3000, 5000, "Ana", "Yes, it is."),
        (5000, 8000, "林", "走吧。"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_of_other_programs_can_be_read(encoding: str, end: str) -> None:
    text = "1\n00:00:01,5 --> 00:00:02,000 X1:0\n<i>你好</i>，{\\an8}<b>世界</b>\n第二行\n\n"
    text += "7\n0:01:00.000 --> 0:01:01.000\nBye\n"
    reading = read_content("A.SRT", text.replace("\n", end).encode(encoding))
    assert [(row.start_ms, row.end_ms, row.text) for row in reading.rows] == [
        (1500, 2000, "你好，世界第二行"),
        (60_000, 61_000, "Bye"),
    ]


TTML = '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:p="http://www.w3.org/ns/ttml#parameter" {}><body>{}</body></tt>'
ONE = [(1000, 2000, "A")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (TTML.format("", '<div><p begin="1s" end="2s">A</p></div><div><p begin="2.5s" dur="500ms">B</p></div>'),
         [*ONE, (2500, 3000, "B")]),
        (TTML.format('p:frameRate="25"', '<div><p begin="00:00:01:00" end="00:00:01:25">A</p></div>'), ONE),
        (TTML.format('p:frameRate="30" p:frameRateMultiplier="1000 1001"', '<p begin="30f" end="60f">A</p>'),
         [(1001, 2002, "A")]),
        (TTML.format('p:tickRate="10000000"', '<div><p begin="10000000t" end="20000000t">A</p></div>'), ONE),
        (TTML.format("", '<div><div begin="00:00:01.00"><p end="1s">A</p></div></div>'), ONE),
        (TTML.format("", '<div><p>title</p><p begin="1s" end="2s">A</p></div>'), ONE),
        (TTML.format("", '<p><span begin="1s" end="2s">A</span> <span begin="2s" end="3s">B</span></p>'),
         [*ONE, (2000, 3000, "B")]),
        (TTML.format("", '<p begin="1s" end="2s">\n  one\n  <span>two</span><br/>three\n</p>'),
         [(1000, 2000, "one two three")]),
        (TTML.format("", '<div><p begin="1s">A</p></div>'), [(1000, 4000, "A")]),
        (TTML.format("", '<div><p begin="1s" end="2s">A</p></div>').replace("ns/ttml", "2006/10/ttaf1"), ONE),
        ('<t:tt xmlns:t="http://www.w3.org/ns/ttml"><t:body><t:p begin="1s" end="2s">A</t:p></t:body></t:tt>', ONE),
    ],
)  # fmt: skip
def test_ttml_of_other_programs_can_be_read(content: str, expected: list[tuple[int, int, str]]) -> None:
    assert [(row.start_ms, row.end_ms, row.text) for row in read_content("a.ttml", content).rows] == expected


def test_an_answer_saved_elsewhere_keeps_its_words() -> None:
    answer = make_answer(read_content("answer.json", json.dumps(ANSWER)))
    assert answer.utterances == parse_answer(ANSWER).utterances
    assert json.loads(answer.raw) == ANSWER


def test_short_textgrids_are_read_too() -> None:
    tier = '"IntervalTier" "林" 0 2 2 0 1 "好" 1 2 "" "TextTier" "p" 0 2 1 0.5 "x"'
    short = f'"ooTextFile" "TextGrid" 0 2 <exists> 2 {tier}'.replace(" ", "\n")
    reading = read_content("a.TextGrid", "File type = " + short)
    assert rows_of(reading) == [(0, 1000, "林", "好")]
    assert left_of(reading) == [("tier p", "x", "POINT"), ("tier p", "p", "SETTINGS")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"", NotReadable.UNKNOWN),
        ("a", b"", NotReadable.UNKNOWN),
        ("a.srt", b"", NotReadable.EMPTY),
        ("a.srt", b"\x00\x01 \n", NotReadable.EMPTY),
        ("a.vtt", b"WEBVTT\n", NotReadable.EMPTY),
        ("a.json", b"{}", NotReadable.JSON),
        ("a.json", b"[", NotReadable.BROKEN),
        ("a.json", b'{"result": {}}', NotReadable.EMPTY),
        ("a.ttml", b"<tt", NotReadable.BROKEN),
        ("a.ttml", b"<tt><body>" + b"<div>" * 5000 + b"</div>" * 5000 + b"</body></tt>", NotReadable.BROKEN),
        ("a.ttml", b'<!DOCTYPE x [<!ENTITY a "b">]><tt/>', NotReadable.EMPTY),
        ("a.eaf", b"<x/>", NotReadable.BROKEN),
        ("a.eaf", b"<ANNOTATION_DOCUMENT/>", NotReadable.EMPTY),
        ("a.textgrid", b"nothing", NotReadable.BROKEN),
        ("a.docx", b"only words", NotReadable.BROKEN),
    ],
)
def test_what_can_not_be_read_is_told(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_content(name, content)
    assert refused.value.args == (reason,)


@pytest.mark.parametrize(
    ("name", "content", "text", "reason"),
    [
        ("a.ttml", "<tt><body><p begin='soon'>A</p></body></tt>", "A", "BAD_TIME"),
        ("a.ttml", "<tt><body><p>A</p></body></tt>", "A", "NO_TIME"),
        ("a.ass", "nothing", "nothing", "NO_TIME"),
        ("a.srt", "nothing", "nothing", "NO_TIME"),
        ("a.vtt", "WEBVTT\n\nNOTE by Ann\n", "NOTE by Ann", "NOTE"),
    ],
)
def test_a_text_that_makes_no_row_is_told(name: str, content: str, text: str, reason: str) -> None:
    reading = read_content(name, content)
    assert reading.rows == ()
    assert [(left.text, left.reason.name) for left in reading.not_read] == [(text, reason)]


def test_a_text_without_times_is_shared_out_over_the_sound() -> None:
    reading = read_content("a.txt", "one two\n\nthree four", ReadOptions(duration_ms=17_000))
    assert rows_of(reading) == [(0, 7000, "", "one two"), (7000, 17_000, "", "three four")]
    assert not reading.assumed.timed


@quick
@given(
    st.sampled_from(["srt", "vtt", "ass", "ttml", "lrc", "txt", "eaf", "textgrid", "json", "docx"]),
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode(errors="replace"))),
)
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    with suppress(NotReadable):
        read_content(f"a.{name}", content)
