"""SRT, WebVTT, ASS, SSA and LRC as they come."""

from __future__ import annotations

import pytest

from tests.imports.helpers import PlainRow, left_of, read_content, rows_of, texts_of
from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.imports.rows import ReadOptions


@pytest.mark.parametrize(
    ("time", "ms"),
    [
        ("1:02:03.5", 3_723_500),
        ("02:03", 123_000),
        ("01:02:03:500", 3_723_500),
        ("1:02:03:12", 3_723_480),
        ("1;02;03;12", 3_723_480),
        ("3.5", 3500),
        ("00.00.03,250", 3250),
        ("１：０２", 62_000),
        ("٠١:٠٢", 62_000),
        ("-0:01", 0),
        ("101:00:00", 363_600_000),
        ("00:00:0x", None),
        ("5", None),
        ("1:2:3:4:5", None),
        ("9" * 5000 + ":00", None),
    ],
)
def test_a_time_is_read_as_people_write_it(time: str, ms: int | None) -> None:
    assert parse_clock(to_ascii(time)) == ms


def cue(times: str, body: str = "a") -> str:
    return f"1\n{times}\n{body}\n"


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (cue("00:00:01,000 --> 00:00:02,000 X1:0 X2:9", "{\\an8}<i>a &amp; b</i> 1 < 2 > 0"),
         [(1000, 2000, "", "a & b 1 < 2 > 0")]),
        (cue("00:00:01.000 00:00:02.000"), [(1000, 2000, "", "a")]),
        (cue("0:00:01.000,0:00:02.000"), [(1000, 2000, "", "a")]),
        (cue("00:00:01,000 --&gt; 00:00:02,000"), [(1000, 2000, "", "a")]),
        (cue("00:00:01,000 → 00:00:02,000"), [(1000, 2000, "", "a")]),
        (cue("00:00:01,000-->00:00:02,000"), [(1000, 2000, "", "a")]),
        (cue("00:00:01,000\u00a0-- >\u300000:00:02,000"), [(1000, 2000, "", "a")]),
        (cue("00:00:01,000 -- 00:00:02,000"), [(1000, 2000, "", "a")]),
        (cue("00:00:01,000 -->"), [(1000, 4000, "", "a")]),
        (cue("00:00:01,000 --> 00:00:02,000 and this", ""), [(1000, 2000, "", "and this")]),
        ("00:00:01,000 --> 00:00:02,000\n42\n2\n00:00:03,000 --> 00:00:04,000\nb\n",
         [(1000, 2000, "", "42 2"), (3000, 4000, "", "b")]),
        ("1\n00:00:01,000 --> 00:00:02,000\n42\n2\n00:00:03,000 --> 00:00:04,000\nb\n",
         [(1000, 2000, "", "42"), (3000, 4000, "", "b")]),
        (cue("00:00:01,000 --> 00:00:02,000", "\u202bשלום\u202c\ufeff"), [(1000, 2000, "", "שלום")]),
        (cue("00:00:01,000 --> 00:00:02,000", "Yes.") + "\n" + cue("00:00:02,000 --> 00:00:03,000", "Yes."),
         [(1000, 2000, "", "Yes."), (2000, 3000, "", "Yes.")]),
    ],
)  # fmt: skip
def test_subrip_of_every_kind_can_be_read(content: str, rows: list[PlainRow]) -> None:
    assert rows_of(read_content("a.srt", content)) == rows


def test_webvtt_tells_what_is_no_caption() -> None:
    reading = read_content(
        "a.vtt",
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00\n\nREGION\nid:fred\n\nNOTE written by Ann\n\n"
        "intro\n00:01.000 --> 00:02.000\n"
        "<v.loud Ann Lee>Hello <b>you</b> &lt;3</v>\n\n123e4567-e89b-12d3-a456-426614174000/12-0\n"
        "00:03.000 --> 00:04.000\nso <v Ben>Hi\n",
    )
    assert rows_of(reading) == [
        (1000, 2000, "Ann Lee", "Hello you <3"),
        (3000, 3500, "", "so"),
        (3500, 4000, "Ben", "Hi"),
    ]
    assert left_of(reading) == [
        ("line 2", "X-TIMESTAMP-MAP=LOCAL:00:00", "SETTINGS"),
        ("line 4", "REGION\nid:fred", "SETTINGS"),
        ("line 7", "NOTE written by Ann", "NOTE"),
        ("line 9", "intro", "TITLE"),
    ]


EVENTS = """[Script Info]
Title: t
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Default,Ann,0,0,0,,{\\k20}He{\\k30}llo\\Nyou{in the rain}
Dialogue: 1,0:00:01.00,0:00:02.00,Outline,Ann,0,0,0,,{\\bord3}Hello\\Nyou
Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,check this
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}
Dialogue: 0,bad,0:00:04.00,Default,Ben,0,0,0,,lost, really
"""


def test_layers_say_a_line_once_and_all_else_is_told() -> None:
    reading = read_content("a.ass", EVENTS)
    assert rows_of(reading) == [(1000, 2000, "Ann", "Hello you")]
    assert reading.assumed.merged_captions == 1
    assert left_of(reading) == [
        ("line 2", "Title: t", "SETTINGS"),
        ("line 5", "in the rain", "NOTE"),
        ("line 7", "check this", "NOTE"),
        ("line 8", "m 0 0 l 100 0", "DRAWING"),
        ("line 9", "Ben: lost, really", "BAD_TIME"),
    ]
    assert texts_of(read_content("a.ass", EVENTS, ReadOptions(merge_captions=False))) == ["Hello you"] * 2


def test_ssa_has_fields_of_its_own() -> None:
    events = "Format: Marked, Start, End, Name, Text\nDialogue: Marked=0,0:00:01.00,0:00:02.00,Ann,Hello, you\n"
    assert rows_of(read_content("a.ssa", f"[Events]\n{events}")) == [(1000, 2000, "Ann", "Hello, you")]


def test_lyrics_have_words_an_offset_and_hours() -> None:
    reading = read_content(
        "a.lrc",
        "[ti:Song]\n[offset:+500]\n[00:01.00]<00:01.00>one <00:01.50>two\n[00:05.00][00:09.00]again\n"
        "[01:02:03.50]late\n[00:07.00]\nno time\n[0x:01]bad\n",
    )
    assert rows_of(reading) == [
        (500, 4500, "", "one two"),
        (4500, 6500, "", "again"),
        (8500, 3_723_000, "", "again"),
        (3_723_000, 3_726_000, "", "late"),
    ]
    assert left_of(reading) == [
        ("line 1", "Song", "SETTINGS"),
        ("line 7", "no time", "NO_TIME"),
        ("line 8", "[0x:01]bad", "BAD_TIME"),
    ]


def test_what_was_not_read_says_what_came_before_it() -> None:
    damaged = "2\n00:00:0x,000 --> 00:00:04,000\nb\n"
    reading = read_content("a.srt", "a\n" + cue("00:00:01,000 --> 00:00:02,000") + damaged)
    assert [(left.text, left.near_ms, left.may_be_speech) for left in reading.not_read] == [
        ("a", None, True),
        ("00:00:0x,000 --> 00:00:04,000", 2000, False),
        ("b", 2000, True),
    ]


@pytest.mark.parametrize(
    ("starts", "duration_ms", "shift_ms"),
    [
        ([36_001_000, 36_004_000], 20_000, -36_000_000),
        ([36_601_000, 36_604_000], 20_000, -36_600_000),
        ([36_634_000, 36_638_000], 5000, -36_634_000),
        ([1000, 4000], 20_000, 0),
        ([1000, 4000, 90_000], 20_000, 0),
        ([36_001_000], None, -36_000_000),
        ([1000], None, 0),
    ],
)
def test_rows_beyond_the_sound_are_offered_a_shift(starts: list[int], duration_ms: int | None, shift_ms: int) -> None:
    content = "".join(cue(f"{start // 1000}.0 --> {start // 1000 + 1}.0", "a\n") for start in starts)
    assert read_content("a.srt", content, ReadOptions(duration_ms=duration_ms)).assumed.proposed_shift_ms == shift_ms


@pytest.mark.parametrize("line", ["00:00:0x,000 --> 00:00:0y,000", "00:00:01,000 --> 00:00:0y,000"])
def test_damaged_end_is_no_part_of_the_text(line: str) -> None:
    reading = read_content("a.srt", f"1\n{line}\nHello.\n\n2\n00:00:05,000 --> 00:00:06,000\nAgain.\n".encode())
    assert [row.text for row in reading.rows] == ["Again."]
    assert [left.text for left in reading.not_read] == [line, "Hello."]
