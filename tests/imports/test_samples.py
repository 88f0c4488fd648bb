"""The small files of `tests/data/imports`, each of a kind that once came in wrong."""

from __future__ import annotations

import pytest

from tests.imports.helpers import PlainRow, left_of, read_sample, rows_of, texts_of
from transcripts.imports.reading import make_answer
from transcripts.imports.rows import ReadOptions

TITLE = [("paragraph 1", "quiet", "TITLE")]
TALK = [
    (3000, 9000, "Ann Lee", "Welcome to the meeting everyone."),
    (9000, 3_735_000, "Ben Wu", "Thanks, glad to be here."),
    (3_735_000, 3_739_800, "Ann Lee", "Let us stop now."),
]


@pytest.mark.parametrize(
    ("name", "rows", "left"),
    [
        (
            "d00_own_export_tracked.docx",
            [
                (1000, 5000, "Speaker 1", "we meet the Lord Mayor of the town on monday"),
                (5000, 9000, "Speaker 2", "the budget is forty thousand"),
                (9000, 12_900, "Speaker 1", "thank you all"),
            ],
            TITLE,
        ),
        (
            "d01_tracked_changes.docx",
            [
                (1000, 5000, "", "The quick crimson fox jumps."),
                (5000, 10_000, "", "This whole paragraph was inserted."),
                (10_000, 13_000, "", "Last one."),
            ],
            [],
        ),
        (
            "d03_wrappers.docx",
            [
                (1000, 4000, "", "Start then moved end."),
                (4000, 7000, "", "In Paris and a link."),
                (7000, 10_000, "", "Line one line two\ttabbed-x"),
                (10_000, 13_900, "", "Shown  shown."),
            ],
            [("paragraph 4", "hidden", "HIDDEN")],
        ),
        (
            "d05_four_columns.docx",
            [(1000, 4000, "Ann", "First answer."), (4000, 8200, "Ben", "Second answer.")],
            [("row 1 of a table", "#\nTime\nSpeaker\nText", "TITLE")],
        ),
        ("d07_teams_word.docx", TALK, []),
        ("d09_text_box.docx", [(1000, 3000, "", "Body text."), (3000, 6000, "", "In a box.")], []),
        (
            "d10_full_width_brackets.docx",
            [
                (1000, 4000, "", "第一段。"),
                (4000, 7000, "", "第二段。"),
                (7000, 10_250, "发言人1", "第三段。"),
                (10_250, 14_750, "Speaker 1", "text"),
            ],
            [],
        ),
        (
            "s01_blank_line_in_cue.srt",
            [
                (1000, 4000, "", "We are late, please wait ten minutes."),
                (5000, 8000, "", "The road is closed."),
            ],
            [],
        ),
        ("s02_empty_cue.srt", [(1000, 2000, "", "Good evening."), (5000, 6000, "", "Good night.")], []),
        (
            "s04_no_separator.srt",
            [(1000, 2000, "", "First line."), (3000, 4000, "", "Second line."), (5000, 6000, "", "Third line.")],
            [],
        ),
        (
            "s06_odd_times.srt",
            [
                (1000, 2000, "", "No fraction."),
                (3500, 4000, "", "Colon before the fraction."),
                (5100, 6200, "", "Space in the fraction."),
                (7500, 8250, "", "Single digits."),
                (9000, 10_000, "", "全角时间。"),
                (11_000, 12_000, "", "Short arrow."),
                (13_000, 14_000, "", "A good one."),
            ],
            [],
        ),
        (
            "s07_negative.srt",
            [(0, 1000, "", "Starts before zero."), (0, 4000, "", "Odd negative."), (2000, 3000, "", "Normal.")],
            [],
        ),
        (
            "s08_hundred_hours.srt",
            [(1000, 2000, "", "Normal."), (363_603_000, 363_604_000, "", "After a hundred hours.")],
            [("at 700:00:00", "After seven hundred hours.", "LATE")],
        ),
        (
            "s09_end_before_start.srt",
            [(5000, 6000, "", "Turned round."), (6000, 8000, "", "No length."), (8000, 9000, "", "Normal.")],
            [],
        ),
        (
            "s14_rolling.vtt",
            [
                (400, 2700, "", "today we open the workshop"),
                (2710, 5200, "", "and look at old tools"),
                (5210, 7900, "", "one of them is broken"),
            ],
            [("line 2", "Kind: captions\nLanguage: en", "SETTINGS")],
        ),
        (
            "s15_two_voices_in_cue.vtt",
            [
                (1000, 2956, "Ann", "Where were you?"),
                (2956, 4000, "Ben", "At home."),
                (5000, 6909, "Ann", "Really?"),
                (6909, 8000, "Ben", "Yes."),
            ],
            [],
        ),
        (
            "s21_slots_without_time.eaf",
            [(1000, 3000, "Ann", "Grüße one"), (3000, 5000, "Ann", "Grüße two"), (5000, 7000, "Ann", "Grüße three")],
            [],
        ),
        (
            "s22_eaf_latin1.eaf",
            [(1000, 3000, "Ann", "Grüße one"), (3000, 5000, "Ann", "Grüße two"), (5000, 7000, "Ann", "Grüße three")],
            [],
        ),
        ("s22_ttml_utf16.ttml", [(1000, 2000, "", "欢迎收听。")], []),
        ("s30_otter.txt", TALK, []),
        (
            "s30_zoom.vtt",
            [
                (2000, 4000, "Ann Lee", "Can you hear me?"),
                (4500, 6000, "Ben Wu", "Yes."),
                (6500, 9000, "Ann Lee", "Good."),
            ],
            [],
        ),
        ("s41_spaces_in_times.srt", [(12_083, 15_726, "", "first"), (15_750, 28_892, "", "second")], []),
        (
            "s43_named_once.srt",
            [
                (1000, 2000, "Ann", "Hello."),
                (3000, 4000, "Ben", "A question from the floor."),
                (5000, 6000, "Ann", "Thank you."),
            ],
            [],
        ),
        (
            "s46_mid_cue_bad_time.srt",
            [(1000, 2000, "", "Good."), (5000, 6000, "", "Good again.")],
            [("line 6", "00:00:0x,000 --> 00:00:04,000", "DAMAGED"), ("line 7", "Broken time.", "BAD_TIME")],
        ),
    ],
)
def test_a_sample_comes_in_whole(name: str, rows: list[PlainRow], left: list[tuple[str, str, str]]) -> None:
    reading = read_sample(name)
    assert rows_of(reading) == rows
    assert left_of(reading) == left


GERMAN = ["Grüße aus Köln, schöne Straße!", "Das Café führt übrigens Bücher."]


@pytest.mark.parametrize(
    ("name", "texts", "encoding", "sure"),
    [
        ("s10_utf16le_nobom.srt", GERMAN, "utf-16-le", True),
        ("s10_utf8_one_bad_byte.srt", ["欢迎收听我们的节目，今天天气很好。", "Grüße � bis bald."], "utf-8", True),
        ("s10_windows1252_german.srt", GERMAN, "cp1252", False),
    ],
)
def test_an_encoding_is_found_out(name: str, texts: list[str], encoding: str, sure: bool) -> None:
    reading = read_sample(name)
    assert texts_of(reading) == texts
    assert (reading.assumed.encoding, reading.assumed.encoding_sure) == (encoding, sure)
    assert sure or len(reading.assumed.encoding_choices) >= 2


def test_another_encoding_can_be_chosen_by_its_preview() -> None:
    choices = read_sample("s10_windows1252_german.srt").assumed.encoding_choices
    assert choices[0].preview == "\n".join(GERMAN)
    other = read_sample("s10_windows1252_german.srt", ReadOptions(encoding=choices[1].name))
    assert "\n".join(texts_of(other)) == choices[1].preview
    assert other.assumed.encoding_sure


def test_a_broadcast_is_offered_to_start_with_the_sound() -> None:
    asked = read_sample("s47_broadcast_start.srt", ReadOptions(duration_ms=20_000)).assumed
    assert asked.proposed_shift_ms == -36_000_000
    moved = read_sample("s47_broadcast_start.srt", ReadOptions(duration_ms=20_000, shift_ms=asked.proposed_shift_ms))
    assert [(row.start_ms, row.end_ms) for row in moved.rows] == [(1000, 3000), (4000, 6000)]
    assert (moved.assumed.shift_ms, moved.assumed.proposed_shift_ms) == (-36_000_000, 0)


def test_captions_that_roll_can_be_had_as_they_are() -> None:
    assert read_sample("s14_rolling.vtt").assumed.merged_captions == 4
    whole = read_sample("s14_rolling.vtt", ReadOptions(merge_captions=False))
    assert texts_of(whole)[2] == "today we open the workshop and look at old tools"
    assert whole.assumed.merged_captions == 0


def test_a_text_alone_becomes_rows_that_end_with_sentences() -> None:
    reading = read_sample("j01_text_only_24000.json")
    assert "".join(texts_of(reading)) == "今天我们讨论项目的进度和预算，大家都发表了意见。" * 1000
    assert all(len(text) <= 300 and text.endswith("。") for text in texts_of(reading))
    assert all(row.end_ms - row.start_ms >= 500 for row in reading.rows)
    assert not reading.assumed.timed
    assert [row.text for row in make_answer(reading).utterances] == texts_of(reading)


def test_one_invalid_byte_of_an_answer_costs_one_character() -> None:
    reading = read_sample("j02_invalid_utf8_in_answer.json")
    assert rows_of(reading) == [(0, 900, "", "Hello big world.")]
    assert left_of(reading) == [("field result.text", "Hello b�g world.", "UNEXPECTED")]
