from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from transcripts.flash.answer import Answer, parse_answer, parse_silent_answer
from transcripts.flash.codes import SILENCE, SUCCESS
from transcripts.flash.reply import Recognition
from transcripts.flash.stitching import RecognisedPart, stitch_recognitions
from transcripts.text.tokens import Word

SILENT = {"audio_info": {"duration": 5000}, "result": {"additions": {"duration": "5000"}, "text": ""}}


def utterance(text: str, start_ms: int, **additions: str) -> dict[str, Any]:
    words = [
        {"confidence": 0, "start_time": start_ms + 40 * n, "end_time": start_ms + 40 * n + 40, "text": char}
        for n, char in enumerate(text.strip("。"))
    ]
    return {
        "additions": additions,
        "start_time": start_ms,
        "end_time": words[-1]["end_time"],
        "text": text,
        "words": words,
    }


def answer(*utterances: dict[str, Any], duration_ms: int = 5000) -> Answer:
    return parse_answer(
        {
            "audio_info": {"duration": duration_ms},
            "result": {
                "additions": {"duration": str(duration_ms)},
                "text": "".join(one["text"] for one in utterances),
                "utterances": list(utterances),
            },
        }
    )


def recognised(start_ms: int, end_ms: int, found: Answer) -> RecognisedPart:
    code = SUCCESS if found.utterances else SILENCE
    return RecognisedPart(start_ms, end_ms, Recognition(code, "OK", f"logid{start_ms}", f"id{start_ms}", 1.0, found))


def stitch(parts: list[RecognisedPart]) -> Answer:
    return stitch_recognitions(parts, seconds=2.5).answer


def times(found: Answer) -> list[tuple[str, int, int]]:
    return [(word.text, word.start_ms, word.end_ms) for row in found.utterances for word in row.words]


def test_parts_become_one_answer_with_the_times_of_the_whole() -> None:
    whole = stitch(
        [
            recognised(
                0, 7_199_983, answer(utterance("你好。", 400, speaker="1"), utterance("好。", 900, speaker="2"))
            ),
            recognised(7_199_983, 7_800_001, answer(utterance("再见。", 37, speaker="1", emotion="happy"))),
        ]
    )
    assert (whole.text, whole.duration_ms, whole.additions) == (
        "你好。好。再见。",
        7_800_001,
        {"duration": "7800001"},
    )
    rows = [
        (row.text, row.start_ms, row.end_ms, row.speaker, dict(row.additions), row.words) for row in whole.utterances
    ]
    assert rows == [
        ("你好。", 400, 480, "1-1", {"speaker": "1-1"}, (Word("你", 400, 440), Word("好", 440, 480))),
        ("好。", 900, 940, "1-2", {"speaker": "1-2"}, (Word("好", 900, 940),)),
        (
            "再见。",
            7_200_020,
            7_200_100,
            "2-1",
            {"speaker": "2-1", "emotion": "happy"},
            (Word("再", 7_200_020, 7_200_060), Word("见", 7_200_060, 7_200_100)),
        ),
    ]


def test_raw_answer_of_the_whole_has_the_shape_of_the_services() -> None:
    whole = stitch([recognised(1000, 6000, answer(utterance("好。", 40, speaker="1")))])
    assert whole.raw == {
        "audio_info": {"duration": 6000},
        "result": {
            "additions": {"duration": "6000"},
            "text": "好。",
            "utterances": [
                {
                    "additions": {"speaker": "1-1"},
                    "end_time": 1080,
                    "start_time": 1040,
                    "text": "好。",
                    "words": [{"confidence": 0, "end_time": 1080, "start_time": 1040, "text": "好"}],
                }
            ],
        },
    }


def test_rows_without_speakers_get_none() -> None:
    whole = stitch([recognised(0, 5000, answer(utterance("好。", 40, channel_id="2")))])
    assert [(row.speaker, row.channel, dict(row.additions)) for row in whole.utterances] == [
        ("", "2", {"channel_id": "2"})
    ]


def test_silent_part_among_others_leaves_the_others_in_place() -> None:
    whole = stitch(
        [
            recognised(0, 5000, parse_silent_answer(SILENT)),
            recognised(5000, 10000, answer(utterance("好。", 40, speaker="1"))),
            recognised(10000, 15000, parse_silent_answer(b"")),
        ]
    )
    assert (whole.text, whole.duration_ms) == ("好。", 15000)
    assert [(row.text, row.start_ms, row.speaker) for row in whole.utterances] == [("好。", 5040, "2-1")]


def test_silence_throughout_is_an_empty_answer() -> None:
    whole = stitch(
        [recognised(0, 5000, parse_silent_answer(SILENT)), recognised(5000, 9000, parse_silent_answer(SILENT))]
    )
    assert (whole.text, whole.duration_ms, whole.utterances) == ("", 9000, ())
    assert whole.raw["result"]["utterances"] == []


def test_recognition_of_the_whole_names_every_logid_and_is_silent_only_where_all_parts_are() -> None:
    parts = [
        recognised(0, 5000, parse_silent_answer(SILENT)),
        recognised(5000, 10000, answer(utterance("好。", 40))),
    ]
    whole = stitch_recognitions(parts, seconds=2.5)
    assert (whole.code, whole.message, whole.logid, whole.request_id, whole.seconds) == (
        SUCCESS,
        "OK",
        "logid0, logid5000",
        "id0",
        2.5,
    )
    assert stitch_recognitions(parts[:1], seconds=2.5).code == SILENCE


@given(
    st.lists(
        st.tuples(
            st.integers(1, 7_200_000),
            st.lists(st.tuples(st.text("你好天地Ab", min_size=1, max_size=6), st.integers(0, 10_000)), max_size=4),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_every_word_comes_once_moved_by_its_parts_start(parts: list[tuple[int, list[tuple[str, int]]]]) -> None:
    """And what is stored as the raw answer reads as the same answer again."""
    answered, start_ms, expected = [], 0, []
    for duration_ms, rows in parts:
        found = answer(*(utterance(text, at_ms, speaker="1") for text, at_ms in rows), duration_ms=duration_ms)
        answered.append(recognised(start_ms, start_ms + duration_ms, found))
        expected += [(text, start_ms + start, start_ms + end) for text, start, end in times(found)]
        start_ms += duration_ms
    whole = stitch(answered)
    assert (times(whole), whole.duration_ms) == (expected, start_ms)
    again = parse_answer(whole.raw)
    assert sorted(times(again)) == sorted(times(whole))
    assert again.text == whole.text
