"""Twice a hostile file costs about twice the time, whatever kind of it: nothing in the readers is quadratic."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.imports.helpers import HOSTILE, read_content
from tests.imports.test_nothing_lost import packed
from transcripts.imports.reading import read
from transcripts.imports.rows import NotReadable, ReadOptions, SpokenRow
from transcripts.text.tokens import Word

pytestmark = pytest.mark.long

MOST = 3.0
LEAST_S = 0.02  # of CPU; less is all noise
CUE = "00:00:01,000 --> 00:00:02,000\n"
WORD_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def subrip(body: str) -> str:
    return f"1\n{CUE}{body}\n"


def webvtt(body: str) -> str:
    return f"WEBVTT\n\n00:01.000 --> 00:02.000\n{body}\n"


def ttml(body: str, attributes: str = "") -> str:
    return f"<tt {attributes}><body><div>{body}</div></body></tt>"


def word(body: str) -> bytes:
    return packed(f'<w:document xmlns:w="{WORD_SPACE}"><w:body>{body}</w:body></w:document>')


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


KINDS: dict[str, tuple[str, Callable[[int], str | bytes]]] = {
    "braces": ("a.srt", lambda size: subrip("{\\" * size)),
    "braces that begin commands": ("a.srt", lambda size: subrip("{\\a" * size)),
    "commands in one brace": ("a.srt", lambda size: subrip("{" + "\\a1" * size)),
    "open tags": ("a.srt", lambda size: subrip("<font " * size)),
    "open brackets": ("a.srt", lambda size: subrip("<" * 3 * size)),
    "entities": ("a.srt", lambda size: subrip("&amp" * size)),
    "dashes": ("a.srt", lambda size: subrip("1 --" * size)),
    "time lines": ("a.srt", lambda size: CUE * (size // 8)),
    "damaged times": ("a.srt", lambda size: "00:00:0x,000 --> 00:00:02,000\na\n" * (size // 8)),
    "numbers": ("a.srt", lambda size: "1\n" * size),
    "blank lines": ("a.srt", lambda size: subrip("\n" * 5 * size + "a")),
    "names": ("a.srt", lambda size: "".join(f"{CUE}Name {number}: a\n\n" for number in range(size // 8))),
    "lines of names in a caption": ("a.srt", lambda size: subrip("".join(f"N{n}: a\n" * 2 for n in range(size // 4)))),
    "rolling": ("a.srt", lambda size: "".join(f"00:00:01 --> 00:00:01\n{n}\n{n + 1}\n\n" for n in range(size // 8))),
    "colons": ("a.srt", lambda size: subrip("a:" * size)),
    "spaces": ("a.srt", lambda size: subrip("a" + " " * 5 * size + "b")),
    "one long word": ("a.srt", lambda size: subrip("a" * 5 * size)),
    "voice": ("a.vtt", lambda size: webvtt("<v" + " " * 5 * size)),
    "voices": ("a.vtt", lambda size: webvtt("<v a>b" * size)),
    "voices without an end": ("a.vtt", lambda size: webvtt("<v a " * size)),
    "notes": ("a.vtt", lambda size: "WEBVTT\n\n" + "NOTE\n\n" * size),
    "names of captions": ("a.vtt", lambda size: "WEBVTT\n\n" + "name\n00:01.000 --> 00:02.000\n\n" * (size // 8)),
    "events": ("a.ass", lambda size: "Dialogue: 0,0:00:01.00,0:00:02.00,,a,0,0,0,,b\n" * (size // 4)),
    "remarks": ("a.ass", lambda size: "Dialogue: 0,0:00:01.00,0:00:02.00,,a,0,0,0,," + "{a" * size),
    "commas": ("a.ass", lambda size: "Dialogue: " + "," * 5 * size),
    "fields": ("a.ass", lambda size: "[Events]\nFormat: start, text" + ", a" * size + "\nDialogue: " + "a," * size),
    "stamps": ("a.lrc", lambda size: "[00:01]" * size + "x" * size),
    "lines sung again": ("a.lrc", lambda size: ("[00:01]" * 9 + "x\n") * (size // 8)),
    "word stamps": ("a.lrc", lambda size: "[00:01]" + "<00:01>" * size),
    "deep agents": ("a.ttml", lambda size: "<tt>" + "<agent>" * size),
    "agents": ("a.ttml", lambda size: "<tt><head>" + "<agent><name>a</name></agent>" * (size // 4) + "</head></tt>"),
    "spans": ("a.ttml", lambda size: ttml('<p begin="1s">' + '<span begin="1s">a</span>' * (size // 4) + "</p>")),
    "nested spans": ("a.ttml", lambda size: ttml(("<span>" * 90 + "a" + "</span>" * 90) * (size // 200))),
    "open elements": ("a.ttml", lambda size: ttml("<p begin" * size)),
    "quotes": ("a.ttml", lambda size: ttml('<p a="' * size)),
    "attributes": ("a.ttml", lambda size: ttml("", "a='1' " * size)),
    "comments": ("a.ttml", lambda size: ttml("<!--" * size)),
    "sections": ("a.ttml", lambda size: ttml("<![CDATA[" * size)),
    "ends without starts": ("a.ttml", lambda size: ttml("</p>" * size)),
    "doctypes": ("a.ttml", lambda size: "<!DOCTYPE [" * size),
    "entity bomb": (
        "a.ttml",
        lambda size: "<!DOCTYPE a [" + '<!ENTITY b "&c;&c;">' * (size // 8) + "]>" + ttml("&b;" * size),
    ),
    "frames": ("a.ttml", lambda size: ttml("<p begin='1f'>a</p>" * (size // 4), f"frameRate='{'9' * size}'")),
    "digits": ("a.ttml", lambda size: ttml(f"<p begin='{'9' * 5 * size}s'>a</p>")),
    "slots": ("a.eaf", lambda size: "<ANNOTATION_DOCUMENT>" + "<TIME_SLOT TIME_SLOT_ID='a'/>" * (size // 4)),
    "tiers": ("a.eaf", lambda size: "<ANNOTATION_DOCUMENT>" + "<TIER TIER_ID='a' PARENT_REF='a'/>" * (size // 8)),
    "annotations": (
        "a.eaf",
        lambda size: "<ANNOTATION_DOCUMENT><TIER>"
        + "".join(f"<ALIGNABLE_ANNOTATION TIME_SLOT_REF1='{n}' TIME_SLOT_REF2='{n + 1}'/>" for n in range(size // 8)),
    ),
    "words of tiers": (
        "a.textgrid",
        lambda size: '"TextGrid" "IntervalTier" "a" 0 1 1 0 1 "' + "b " * size + '" "IntervalTier" "a words" 0 1 1 '
        + '0 1 "c" ' * (size // 4),
    ),
    "tier sizes": ("a.textgrid", lambda size: '"TextGrid" 0 1 99999999999 ' + '"X" "a" 0 -2 -3 ' * (size // 4)),
    "quotes of strings": ("a.textgrid", lambda size: '"TextGrid" "' + '""' * 3 * size),
    "strings": ("a.textgrid", lambda size: '"TextGrid" ' + '"IntervalTier" ' * size),
    "long numbers": ("a.textgrid", lambda size: '"TextGrid" ' + "9" * 5 * size),
    "json": ("a.json", lambda size: '{"a":' + "[" * size),
    "json strings": ("a.json", lambda size: '{"result": {"utterances": [' + '{"b": "a"},' * (size // 4) + "1]}}"),
    "long digits of json": (
        "a.json",
        lambda size: '{"result": {"utterances": [{"text": "a", "start_time": ' + "9" * 5 * size + "}]}}",
    ),
    "text without times": ("a.txt", lambda size: "一二三四五。" * size),
    "text without ends": ("a.txt", lambda size: "a" * 9 * size),
    "paragraphs": ("a.txt", lambda size: "a\n\n" * (size // 2)),
    "lines of one paragraph": ("a.txt", lambda size: "\n\n" + "a\n" * size),
    "times in text": ("a.txt", lambda size: "[00:01] a\n" * (size // 4)),
    "times of day": ("a.txt", lambda size: "Ann 10:30\n" * (size // 4)),
    "blanks before a time": ("a.txt", lambda size: "a" + " " * 5 * size + "x 0:01"),
    "dashes before a time": ("a.txt", lambda size: "a " + "- " * 3 * size + "0:01\n"),
    "headings": ("a.docx", lambda size: word(paragraph("a" + " " * 5 * size) * 3)),
    "columns": (
        "a.docx",
        lambda size: word("<w:tbl><w:tr>" + f"<w:tc>{paragraph('00:01')}</w:tc>" * (size // 8) + "</w:tr></w:tbl>"),
    ),
    "rows": (
        "a.docx",
        lambda size: word("<w:tbl>" + f"<w:tr><w:tc>{paragraph('00:01')}</w:tc></w:tr>" * (size // 8) + "</w:tbl>"),
    ),
    "boxes": (
        "a.docx",
        lambda size: word(f"<w:p><w:txbxContent>{paragraph('a')}</w:txbxContent></w:p>" * (size // 8)),
    ),
    "runs": ("a.docx", lambda size: word("<w:p>" + "<w:r><w:t>a</w:t></w:r>" * (size // 4) + "</w:p>")),
    "paragraphs without ends": (
        "a.docx",
        lambda size: word("<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>ab</w:t></w:r></w:p>" * (size // 8)),
    ),
    "names that return": ("a.docx", lambda size: word("".join(paragraph(f"n{n // 2}") for n in range(size // 8)))),
    "bytes beyond ascii": ("b.srt", lambda size: subrip("").encode() + b"\xe9\xff\x80\n" * size),
}  # fmt: skip


def cpu_s(name: str, content: str | bytes) -> float:
    """The least of some runs, each as long as it takes to be more than noise."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        with suppress(NotReadable):
            read_content(name, content)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.drill
@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_size_takes_about_twice_the_time(kind: str) -> None:
    name, make = KINDS[kind]
    size = 4000
    while (once := cpu_s(name, make(size))) < LEAST_S and size < 200_000:
        size *= 3
    twice = cpu_s(name, make(2 * size))
    for _ in range(3):  # other processes make time pass unevenly, for both
        if twice >= MOST * max(once, LEAST_S):
            once, twice = max(once, cpu_s(name, make(size))), min(twice, cpu_s(name, make(2 * size)))
    assert twice < MOST * max(once, LEAST_S), f"{size}: {once:.3f} s, twice: {twice:.3f} s"


def test_text_beside_a_long_transcript_is_laid_out_in_time() -> None:
    words = [Word(sign, 100 * number, 100 * number + 90) for number, sign in enumerate("走来" * 10_000)]
    spoken = tuple(SpokenRow(100 * at, 100 * at + 1990, "", words[at : at + 20]) for at in range(0, len(words), 20))
    start = time.process_time()
    reading = read(("走来" * 10_000).encode(), "a.txt", ReadOptions(spoken=spoken))
    assert len(reading.rows) == len(spoken)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("name", sorted(path.name for path in HOSTILE.iterdir() if path.suffix != ".zip"))
def test_a_hostile_file_is_read_or_refused_at_once(name: str) -> None:
    start = time.process_time()
    with suppress(NotReadable):
        read((HOSTILE / name).read_bytes(), name)
    assert time.process_time() - start < 2
