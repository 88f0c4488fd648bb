"""ELAN, Praat, TTML and JSON of other programs."""

from __future__ import annotations

import json

import pytest

from tests.imports.helpers import FILES, left_of, read_content, rows_of
from transcripts.imports.reading import make_answer
from transcripts.text.tokens import Word

EAF = """<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT>
<HEADER TIME_UNITS="{units}"><MEDIA_DESCRIPTOR MEDIA_URL="a.wav" TIME_ORIGIN="{origin}"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="1" TIME_VALUE="100"/><TIME_SLOT TIME_SLOT_ID="2" TIME_VALUE="200"/></TIME_ORDER>
<TIER TIER_ID="Ann@words" PARENT_REF="Ann">
<ANNOTATION><REF_ANNOTATION ANNOTATION_REF="a1"><ANNOTATION_VALUE>Hello</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
<ANNOTATION><REF_ANNOTATION ANNOTATION_REF="a1"><ANNOTATION_VALUE>INTJ</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
</TIER><TIER TIER_ID="{tier}"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="1" TIME_SLOT_REF2="{end}">
<ANNOTATION_VALUE>Hello you</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"""


@pytest.mark.parametrize(
    ("units", "origin", "times", "shift_ms"),
    [
        ("milliseconds", "", (100, 200), 0),
        ("milliseconds", "5000", (5100, 5200), 5000),
        ("PAL-frames", "", (4000, 8000), 0),
        ("NTSC-frames", "", (3337, 6673), 0),
    ],
)
def test_elan_has_a_clock_of_its_own(units: str, origin: str, times: tuple[int, int], shift_ms: int) -> None:
    reading = read_content("a.eaf", EAF.format(units=units, origin=origin, tier="Ann", end="2"))
    assert rows_of(reading) == [(*times, "Ann", "Hello you")]
    assert left_of(reading) == [("tier Ann@words", "INTJ", "DEPENDENT")]
    assert reading.assumed.shift_ms == shift_ms


def test_a_last_slot_without_time_gets_one_by_the_text() -> None:
    reading = read_content("a.eaf", EAF.format(units="", origin="", tier="default", end="3"))
    assert rows_of(reading) == [(100, 3100, "", "Hello you")]
    assert reading.assumed.estimated_times == 1


def test_what_elan_can_not_read_either_is_told() -> None:
    content = (FILES / "s21_slots_without_time.eaf").read_text().replace('TIME_SLOT_ID="ts4" TIME_VALUE="7000"', "")
    content = content.replace('TIME_SLOT_ID="ts1" TIME_VALUE="1000"', "")
    assert left_of(read_content("a.eaf", content)) == [
        ("tier Ann", "Ann: Grüße one", "BAD_TIME"),
        ("tier Ann", "Ann: Grüße two", "BAD_TIME"),
        ("tier Ann", "Ann: Grüße three", "BAD_TIME"),
    ]


def grid(*tiers: str) -> str:
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 3\n<exists>\nsize = 2\n'
    return head + "".join(tiers)


def tier(name: str, text: str, size: str = "1") -> str:
    return (
        f'item [1]:\nclass = "IntervalTier"\nname = "{name}"\nxmin = 0\nxmax = 3\nintervals: size = {size}\n'
        f'intervals [1]:\nxmin = 0\nxmax = 1.5\ntext = "{text}"\n'
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("size", ["1", "-2", "99999999999999999999"])
def test_praats_sizes_are_not_believed(encoding: str, size: str) -> None:
    reading = read_content("a.TextGrid", grid(tier("林", 'say ""hi""', size), tier("phones", "s")).encode(encoding))
    assert rows_of(reading) == [(0, 1500, "林", 'say "hi"')]
    assert left_of(reading) == [("tier phones", "s", "DEPENDENT"), ("tier phones", "phones", "SETTINGS")]


def test_points_alone_are_rows() -> None:
    points = 'class = "TextTier" name = "Ann" xmin = 0 xmax = 9 size = 2 number = 1 mark = "a" number = 2.5 mark = "b"'
    reading = read_content("a.TextGrid", grid(points))
    assert rows_of(reading) == [(1000, 2500, "Ann", "a"), (2500, 5500, "Ann", "b")]


def test_a_damaged_ttml_keeps_what_is_whole() -> None:
    reading = read_content(
        "a.ttml",
        "<tt><head><ttm:title>T</ttm:title><ttm:agent xml:id='a'><ttm:name>Ann</ttm:name></ttm:agent></head><body><div>"
        "<p begin='1.5s' end='2s' ttm:agent='a'>A &nbsp;& b<br/>c</p><p begin='soon'>d</p><p begin='3s'>e"
        "<p begin='1e9999s'>f",
    )
    assert rows_of(reading) == [(1500, 2000, "Ann", "A & b c"), (3000, 6000, "", "e")]
    assert left_of(reading) == [("line 1", "T", "SETTINGS"), ("line 1", "d", "BAD_TIME"), ("line 1", "f", "BAD_TIME")]


WHISPER = {
    "text": " Hello there. Bye.",
    "segments": [
        {"id": 0, "start": 0.0, "end": 1.5, "text": " Hello there.", "tokens": [1], "words": [
            {"word": " Hello", "start": 0.0, "end": 0.5}, {"word": " there.", "start": 0.5, "end": 1.5}]},
        {"id": 1, "start": 2.0, "end": 3.0, "text": " Bye.", "speaker": "SPEAKER_00"},
    ],
    "language": "en",
}  # fmt: skip
CPP = {
    "systeminfo": "AVX",
    "result": {"language": "en"},
    "transcription": [
        {"timestamps": {"from": "00:00:00,000", "to": "00:00:01,500"}, "offsets": {"from": 0, "to": 1500},
         "text": " Hello there.", "tokens": [{"text": "[_BEG_]"}]},
        {"timestamps": {"from": "00:00:02,000", "to": "00:00:03,000"}, "text": " Bye."},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "speaker"), [(WHISPER, "SPEAKER_00"), (WHISPER["segments"], "SPEAKER_00"), (CPP, "")]
)
def test_json_of_whisper_is_read_in_its_shapes(value: object, speaker: str) -> None:
    reading = read_content("a.json", json.dumps(value))
    assert rows_of(reading) == [(0, 1500, "", "Hello there."), (2000, 3000, speaker, "Bye.")]
    assert left_of(reading) == []


def test_words_of_whisper_become_those_of_the_transcript() -> None:
    answer = make_answer(read_content("a.json", json.dumps(WHISPER)))
    assert answer.utterances[0].words == (Word("Hello", 0, 500), Word("there.", 500, 1500))
    assert json.loads(answer.raw)["result"]["utterances"][1]["additions"] == {"speaker": "SPEAKER_00"}


def test_texts_in_unknown_fields_are_told() -> None:
    value = {
        "result": {"text": "a b", "utterances": [{"text": "a", "start_time": 0, "end_time": 9, "translation": "一"}]}
    }
    assert left_of(read_content("a.json", json.dumps(value))) == [
        ("field result.text", "a b", "UNEXPECTED"),
        ("field result.utterances[0].translation", "一", "UNEXPECTED"),
    ]
