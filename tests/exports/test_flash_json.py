from __future__ import annotations

import json
from typing import Any

import pytest

from tests.exports.sample import DOCUMENT, WORDS, document, exported, line
from transcripts.exports.document import Document
from transcripts.flash.answer import parse_answer
from transcripts.text.tokens import Word

SPACE = {"confidence": 0, "end_time": -1, "start_time": -1, "text": " "}


def read(document: Document) -> Any:
    return json.loads(exported("json", document))


def test_file_is_written_as_the_library_would() -> None:
    """The rows are not: that would take ten times as long."""
    odd = line(
        text='a "b"\n\\ \t 好', words=[Word('"b"\n', 1, 2), Word("好", 3, 4)], id="7", additions={"x": {"y": []}}
    )
    content = exported("json", document(*DOCUMENT.utterances, odd, raw=DOCUMENT.raw)).decode()
    assert content == json.dumps(json.loads(content), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def word(text: str, start_ms: int, end_ms: int) -> dict[str, object]:
    return {"confidence": 0, "end_time": end_ms, "start_time": start_ms, "text": text}


def test_the_shape_is_the_answers_own() -> None:
    assert read(document(DOCUMENT.utterances[0], DOCUMENT.utterances[2], raw=DOCUMENT.raw)) == {
        "audio_info": {"duration": 5550},
        "result": {
            "additions": {"duration": "5550", "log_id": "2026"},
            "text": "欢迎 Lin 来。Hello & <welcome> --> all",
            "utterances": [
                {
                    "additions": {"emotion": "happy", "id": "11", "speaker": "1", "speaker_name": "主持人"},
                    "end_time": 1600,
                    "start_time": 400,
                    "text": "欢迎 Lin 来。",
                    "words": [
                        word("欢", 400, 600),
                        word("迎", 600, 800),
                        SPACE,
                        word("Lin", 880, 1240),
                        SPACE,
                        word("来", 1320, 1600),
                    ],
                },
                {
                    "additions": {"channel_id": "2", "id": "13", "speaker": "2", "speaker_name": "Ann <b>"},
                    "end_time": 3_724_000,
                    "start_time": 3_723_004,
                    "text": "Hello & <welcome> --> all",
                    "words": [],
                },
            ],
        },
    }


def test_chinese_stays_readable_and_keys_are_in_order() -> None:
    content = exported("json", document(line("你好", 0, 80, words=(Word("你", 0, 40), Word("好", 40, 80)))))
    assert content.decode().startswith('{\n  "audio_info": {\n    "duration": 5550\n  },\n  "result": {\n')
    assert '"text": "你好"' in content.decode()


def test_nobody_speaking_leaves_the_rows_out() -> None:
    expected = {
        "audio_info": {"duration": 5550},
        "result": {"additions": {"duration": "5550"}, "text": ""},
    }
    assert read(document()) == expected
    assert read(document(line("  "))) == expected


@pytest.mark.parametrize(
    ("raw", "duration_ms", "additions"),
    [
        ({}, 0, {"duration": "0"}),
        ({"audio_info": {"duration": 70}}, 70, {"duration": "70"}),
        (
            {"audio_info": [{"duration": 70}], "result": [{"additions": {"a": "b"}}]},
            70,
            {"a": "b", "duration": "70"},
        ),
        ({"audio_info": None, "result": "?"}, 0, {"duration": "0"}),
        ({"result": []}, 0, {"duration": "0"}),
    ],
)
def test_what_no_row_holds_comes_from_the_raw_answer(
    raw: dict[str, Any], duration_ms: int, additions: dict[str, str]
) -> None:
    assert read(document(duration_ms=0, raw=raw)) == {
        "audio_info": {"duration": duration_ms},
        "result": {"additions": additions, "text": ""},
    }


def test_a_speaker_taken_away_is_gone() -> None:
    found = read(document(line("好", additions={"speaker": "1", "volume": "60"})))
    assert found["result"]["utterances"][0]["additions"] == {"id": "1", "volume": "60"}


def test_speakers_come_in_again_as_they_went_out_wherever_the_service_had_put_them() -> None:
    rows = [
        line("a", speaker_label="1.1", channel="1", additions={"speaker_id": "spk_1", "channel": "1"}),
        line("b", speaker_label="2.1", channel="2", additions={"spk": "1"}),
        line("c", additions={"speaker_id": "spk_1", "emotion": "happy"}),
    ]
    answer = parse_answer(exported("json", document(*rows)))
    assert [(row.text, row.speaker, row.channel) for row in answer.utterances] == [
        ("a", "1.1", "1"),
        ("b", "2.1", "2"),
        ("c", "", ""),
    ]
    assert answer.utterances[2].additions == {"emotion": "happy", "id": "1"}


def test_rows_are_joined_as_their_scripts_ask() -> None:
    found = read(document(line("你好。"), line("再见"), line("Hello."), line("Good bye."), line("好")))
    assert found["result"]["text"] == "你好。再见 Hello. Good bye. 好"


def test_words_that_are_not_in_the_text_are_kept() -> None:
    found = read(document(line("好 的", words=(*WORDS[:1], Word("好", 700, 800), Word("的", 800, 900)))))
    assert found["result"]["utterances"][0]["words"] == [
        word("欢", 400, 600),
        word("好", 700, 800),
        SPACE,
        word("的", 800, 900),
    ]
