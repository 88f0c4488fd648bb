"""What goes out comes in again: the same texts and times, to the format's own resolution."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ANSWER
from tests.exports.sample import document, exported, line
from tests.text.strategies import texts
from transcripts.exports.characters import clean_lines
from transcripts.exports.cues import join_lines
from transcripts.exports.document import Document
from transcripts.flash.answer import parse_answer
from transcripts.imports.reading import read
from transcripts.imports.rows import NotReadable

RESOLUTION = {"srt": 0, "vtt": 0, "ttml": 0, "eaf": 0, "textgrid": 0, "json": 0, "ass": 15, "lrc": 5}
quick = settings(deadline=None, database=None, derandomize=True, max_examples=30)
spoken = texts.filter(lambda text: clean_lines(text).strip("\u200d ") != "" and ":" not in text)
NAMES = ("", "林", "Ann & co", "Dr. Who")


@st.composite
def documents(draw: st.DrawFn) -> Document:
    rows, now = [], 0
    for _ in range(draw(st.integers(1, 5))):
        start = now + draw(st.integers(0, 4000))
        now = start + draw(st.integers(20, 3000))
        rows.append(line(draw(spoken), start, now, speaker=draw(st.sampled_from(NAMES))))
    return document(*rows)


def texts_of(name: str, content: Document, **options: object) -> list[tuple[int, int, str, str]]:
    answer = read(f"a.{name}", exported(name, content, **options), known=[row.speaker for row in content.utterances])
    return [(row.start_ms, row.end_ms, row.speaker, " ".join(row.text.split())) for row in answer.utterances]


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml", "eaf", "textgrid", "json"])
@quick
@given(content=documents())
def test_what_goes_out_comes_in_again(name: str, content: Document) -> None:
    options = {"cues": "rows"} if name in ("srt", "vtt", "ass", "ttml") else {}
    found = texts_of(name, content, **options)
    expected = []
    for row in content.utterances:
        text = row.text.strip() if name == "json" else join_lines(tuple(clean_lines(row.text).split("\n")))
        expected.append((row.start_ms, row.end_ms, row.speaker, " ".join(text.split())))
    if name == "srt":  # who has no name goes on as the one before, for the format can't say that nobody speaks
        found = [(*times, text) for *times, _, text in found]  # type: ignore[misc]
        expected = [(*times, text) for *times, _, text in expected]  # type: ignore[misc]
    for (*times, text), (*wanted, other) in zip(found, expected, strict=True):
        assert text == other
        assert times[2:] == wanted[2:]
        assert all(abs(int(one) - int(two)) <= RESOLUTION[name] for one, two in zip(times[:2], wanted[:2], strict=True))


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml", "lrc"])
def test_captions_come_in_as_they_were_shown(name: str) -> None:
    text = "秋天总是那么富有诗意。树叶渐渐变红，街道旁的银杏树也开始落叶。"
    found = texts_of(name, document(line(text, 0, 9000, speaker="林")))
    assert "".join(said for *_, said in found) == text
    assert {speaker for _, _, speaker, _ in found} == {"林"}


def test_text_with_times_comes_in_with_its_speakers() -> None:
    rows = (
        line("好。", 1000, 2000, speaker="林"),
        line("走吧。", 3000, 4000, speaker="林"),
        line("Yes.", 5000, 6000, speaker="Ana"),
    )
    assert texts_of("txt", document(*rows), times="on") == [
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
    assert texts_of("docx", document(*rows), **options) == [
        (1000, 3000, "林", "好。"),
        (3000, 5000, "Ana", "Yes, it is."),
        (5000, 8000, "林", "走吧。"),
    ]


def test_names_are_known_or_come_back() -> None:
    cues = "".join(
        f"{number}\n00:00:0{number},000 --> 00:00:0{number},900\n{text}\n\n"
        for number, text in enumerate(["Lin: a", "Note: b", "c", "Lin：d", "Ana: e"], start=1)
    )
    assert [(row.speaker, row.text) for row in read("a.srt", cues.encode(), known=["Ana"]).utterances] == [
        ("Lin", "a"),
        ("Lin", "Note: b"),
        ("Lin", "c"),
        ("Lin", "d"),
        ("Ana", "e"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_of_other_programs_can_be_read(encoding: str, end: str) -> None:
    text = "1\n00:00:01,5 --> 00:00:02,000 X1:0\n<i>你好</i>，{\\an8}<b>世界</b>\n第二行\n\n"
    text += "7\n0:01:00.000 --> 0:01:01.000\nBye\n"
    answer = read("A.SRT", text.replace("\n", end).encode(encoding))
    assert [(row.start_ms, row.end_ms, row.text) for row in answer.utterances] == [
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
    assert [(row.start_ms, row.end_ms, row.text) for row in read("a.ttml", content.encode()).utterances] == expected


def test_an_answer_saved_elsewhere_keeps_its_words() -> None:
    answer = read("answer.json", json.dumps(ANSWER).encode())
    assert answer.utterances == parse_answer(ANSWER).utterances
    assert answer.raw == ANSWER


def test_short_textgrids_are_read_too() -> None:
    tier = '"IntervalTier" "林" 0 2 2 0 1 "好" 1 2 "" "TextTier" "p" 0 2 1 0.5 "x"'
    short = f'"ooTextFile" "TextGrid" 0 2 <exists> 2 {tier}'.replace(" ", "\n")
    answer = read("a.TextGrid", ("File type = " + short).encode())
    assert [(row.start_ms, row.end_ms, row.speaker, row.text) for row in answer.utterances] == [(0, 1000, "林", "好")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"", NotReadable.UNKNOWN),
        ("a", b"", NotReadable.UNKNOWN),
        ("a.srt", b"", NotReadable.EMPTY),
        ("a.srt", b"\x00\xff\xfe\x80", NotReadable.EMPTY),
        ("a.vtt", b"WEBVTT\n", NotReadable.EMPTY),
        ("a.json", b"{}", NotReadable.BROKEN),
        ("a.json", b"[", NotReadable.BROKEN),
        ("a.json", b'{"result": {}}', NotReadable.EMPTY),
        ("a.ttml", b"<tt", NotReadable.BROKEN),
        ("a.ttml", b"<tt><body><p begin='soon'>A</p></body></tt>", NotReadable.BROKEN),
        ("a.ttml", b"<tt frameRate='0'><body><p begin='1f'>A</p></body></tt>", NotReadable.BROKEN),
        ("a.ttml", b"<tt><body>" + b"<div>" * 5000 + b"</div>" * 5000 + b"</body></tt>", NotReadable.BROKEN),
        ("a.ttml", b'<!DOCTYPE x [<!ENTITY a "b">]><tt/>', NotReadable.BROKEN),
        ("a.eaf", b"<x/>", NotReadable.BROKEN),
        ("a.eaf", b"<ANNOTATION_DOCUMENT/>", NotReadable.EMPTY),
        ("a.textgrid", b"nothing", NotReadable.BROKEN),
        ("a.textgrid", b'"ooTextFile" "TextGrid" 0 1 99999999', NotReadable.BROKEN),
        ("a.txt", b"only words", NotReadable.UNTIMED),
        ("a.docx", b"only words", NotReadable.BROKEN),
        ("a.docx", exported("docx", document(line("好")), times="off"), NotReadable.UNTIMED),
        ("a.ass", b"nothing", NotReadable.EMPTY),
    ],
)
def test_what_can_not_be_read_is_told(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read(name, content)
    assert refused.value.args == (reason,)


@quick
@given(
    st.sampled_from(["srt", "vtt", "ass", "ttml", "lrc", "txt", "eaf", "textgrid", "json", "docx"]),
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode(errors="replace"))),
)
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    with suppress(NotReadable):
        read(f"a.{name}", content)
