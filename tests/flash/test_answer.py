"""Reading answers: every sample of the API, and what a careless server may send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.flash.answer import Answer, AnswerUtterance, parse_answer, parse_silent_answer
from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.text.tokens import Word

SAMPLES = Path(__file__).parent.parent / "data" / "answers"


def sample(name: str) -> dict[str, Any]:
    """The body of a sample; some are envelopes with HTTP status and headers."""
    (path,) = SAMPLES.glob(f"{name}-*.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    return content.get("body", content)  # type: ignore[no-any-return]


def utterance(
    text: str, start_ms: int, end_ms: int, words: str = "", speaker: str = "", channel: str = "", **additions: str
) -> AnswerUtterance:
    """`words` reads "text start end|text start end"."""
    timed = tuple(
        Word(text, int(start), int(end)) for text, start, end in (word.split() for word in words.split("|") if word)
    )
    return AnswerUtterance(text, start_ms, end_ms, timed, speaker, channel, additions)


EXPECTED: dict[str, tuple[str, int, list[AnswerUtterance], dict[str, str]]] = {
    "01": (
        "关闭透传。",
        2499,
        [utterance("关闭透传。", 450, 1530, "关 450 770|闭 770 970|透 1130 1210|传 1490 1530")],
        {"duration": "2499"},
    ),
    "02": (
        "打开西瓜白榜。",
        4223,
        [
            utterance(
                "打开西瓜白榜。",
                1450,
                2890,
                "打 1450 1690|开 1690 1890|西 1930 2170|瓜 2170 2410|白 2570 2610|榜 2850 2890",
            )
        ],
        {"duration": "4223"},
    ),
    "03": (
        "这是字节跳动， 今日头条母公司。",
        3696,
        [
            utterance(
                "这是字节跳动，",
                0,
                1705,
                "这 740 860|是 860 1020|字 1020 1200|节 1200 1400|跳 1400 1560|动 1560 1640",
            ),
            utterance(
                "今日头条母公司。",
                2110,
                3696,
                "今 2910 3070|日 3070 3230|头 3230 3390|条 3390 3550|母 3550 3670|公 3670 3696|司 3696 3696",
            ),
        ],
        {},
    ),
    "04": (
        "参观达*长城。",
        3575,
        [
            utterance(
                "参观达*长城。",
                640,
                2320,
                "参 640 920|观 920 1120|达 1440 1480|* 1680 1720|长 1880 2080|城 2080 2320",
                channel="1",
                channel_id="1",
            )
        ],
        {"duration": "3575"},
    ),
    "06": (
        "你好。你。",
        1842,
        [
            utterance(
                "你好。你。",
                0,
                1832,
                "你 40 120|好 120 520",
                speaker="0",
                age="24.9798240661621094",
                emotion="neutral",
                emotion_degree="weak",
                emotion_degree_score="0.9994799494743347",
                emotion_score="0.9974225759506226",
                fixed_prefix_result="",
                gender="male",
                gender_score="0.9999083280563354",
                invoke_type="hard_vad",
                source="two_pass",
                speaker_id="0",
                speech_rate="1.6375545851528384",
                use_bigasr_post_process="true",
                volume="75.9444343504191011",
            )
        ],
        {"log_id": "202609281942138400E35E7B8793BBF6FF"},
    ),
    "07": (
        "Hello, world. This is a test.",
        1400,
        [
            utterance("Hello, world.", 40, 800, "Hello, 40 480|world. 600 800"),
            utterance("This is a test.", 1080, 1400, "This 1080 1200|is 1200 1300|a 1300 1350|test. 1350 1400"),
        ],
        {},
    ),
    "08": ("", 2124, [], {"duration": "2124"}),
    "09": ("", 3000, [], {}),
    "10": ("", 0, [], {}),
    "15": ("识别的文字", 2999, [utterance("识别的文字", 0, 2999)], {"duration": "2999"}),
    "16": (
        "Hi. Hello.",
        900,
        [
            utterance("Hi.", 0, 400, channel="1", channel_id="1"),
            AnswerUtterance("Hello.", 500, 900, (), "1", "2", {"channel_id": "2", "speaker": "1"}),
        ],
        {},
    ),
    "17": (
        "To be or not to be.",
        2927,
        [
            AnswerUtterance("To be", 80, 550, (), "1", "", {"speaker": "1"}),
            AnswerUtterance("or not to be.", 630, 1390, (), "2", "", {"speaker": "2"}),
        ],
        {},
    ),
    "18": (
        "你好大家好",
        6312,
        [
            AnswerUtterance("你好,", 480, 2000, (), "1", "", {"speaker": "1"}),
            AnswerUtterance("大家好。", 2100, 5880, (), "2", "", {"speaker": "2"}),
        ],
        {},
    ),
    "19": ("刚刚还在想", 5880, [utterance("刚刚还在想", 480, 5880, "刚 480 600|才 680 800")], {}),
    "20": ("你好。", 900, [utterance("你好。", 100, 900, "你 100 300|好 300 600")], {}),
    "21": ("Hello.", 1000, [utterance("Hello.", 0, 1000)], {}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_is_read(name: str) -> None:
    text, duration_ms, utterances, additions = EXPECTED[name]
    body = sample(name)
    expected = Answer(text, duration_ms, tuple(utterances), additions, body)
    assert parse_answer(body) == expected
    assert parse_answer(json.dumps(body).encode()) == expected


@pytest.mark.parametrize("name", ["11", "12", "13", "14"])
def test_sample_of_an_error_has_no_result(name: str) -> None:
    with pytest.raises(FlashError) as caught:
        parse_answer(sample(name))
    assert caught.value.kind is ErrorKind.MALFORMED


def test_sample_of_mixed_speech_keeps_timed_words_only() -> None:
    answer = parse_answer(sample("05"))
    assert [(len(u.words), u.words[0].text, u.start_ms, u.end_ms) for u in answer.utterances] == [
        (4, "分", 280, 1540),
        (30, "Mega", 2600, 9140),
        (9, "嗯", 9400, 11060),
        (19, "特", 11560, 14980),
        (23, "你", 15240, 19300),
        (1, "哈哈哈", 20100, 20180),
    ]
    assert "".join(u.text for u in answer.utterances) == answer.text


def test_every_sample_is_a_case() -> None:
    assert {path.name[:2] for path in SAMPLES.glob("*.json")} == {*EXPECTED, "05", "11", "12", "13", "14"}


def result(*utterances: object, **more: object) -> dict[str, Any]:
    return {"result": {"utterances": list(utterances), **more}}


def row(*words: object, **more: object) -> dict[str, object]:
    return {"text": "a b", "start_time": 100, "end_time": 900, "words": list(words), **more}


def timed(text: object, start: object, end: object) -> dict[str, object]:
    return {"text": text, "start_time": start, "end_time": end}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"result": [{"text": "a", "utterances": [row(text="a")]}]}, [utterance("a", 100, 900)]),
        (result(row(timed("a", "120", "300.4"))), [utterance("a b", 100, 900, "a 120 300")]),
        (result(row(timed("a", 120.0, 300.6))), [utterance("a b", 100, 900, "a 120 301")]),
        (result(row(timed("a", 300, 200))), [utterance("a b", 100, 900, "a 300 300")]),
        (result(row(timed("a", 300, 400), timed("b", 250, 500))), [utterance("a b", 100, 900, "a 300 400|b 300 500")]),
        (result(row({"text": "a", "end_time": 200})), [utterance("a b", 0, 900, "a 0 200")]),
        (result(row({"text": "a"}, timed("b", 500, 600))), [utterance("a b", 100, 900, "b 500 600")]),
        (result(row(timed("a", None, 200), timed("", 1, 2), 5, None)), [utterance("a b", 100, 900)]),
        (result(row(timed("a", "x", "y"), timed("b", 10**400, 1e300))), [utterance("a b", 100, 900)]),
        (result(row(timed(7, 200, 300))), [utterance("a b", 100, 900, "7 200 300")]),
        (result(row(words=None)), [utterance("a b", 100, 900)]),
        (result(row(words={"text": "a"})), [utterance("a b", 100, 900)]),
        # Ends beyond what the answer says is the end.
        ({"audio_info": {"duration": 500}, **result(row())}, [utterance("a b", 100, 900)]),
        (result(row(timed("a", 50, 950))), [utterance("a b", 50, 950, "a 50 950")]),
        (result(row(timed("a", 200, 300), start_time=-1, end_time=-1)), [utterance("a b", 200, 300, "a 200 300")]),
        (result(row(start_time=900, end_time=100)), [utterance("a b", 900, 900)]),
        (result(row(), row(start_time=-1, end_time=-1)), [utterance("a b", 100, 900), utterance("a b", 900, 900)]),
        (result(row(text="b", start_time=500), row(text="a")), [utterance("a", 100, 900), utterance("b", 500, 900)]),
        (
            result(row(timed("a", 200, 300), timed(" ", -1, -1), timed("b", 300, 400), text="")),
            [utterance("a b", 100, 900, "a 200 300|b 300 400")],
        ),
        (result(row(text=" "), row(text=None), None, 3, "x"), []),
        (result(row(text=" 你\n")), [utterance("你", 100, 900)]),
        (
            result(row(additions={"speaker": 1, "channel_id": 2, "x": None, "y": [1]})),
            [AnswerUtterance("a b", 100, 900, (), "1", "2", {"speaker": "1", "channel_id": "2", "y": "[1]"})],
        ),
        (result(row(additions=[], speaker=2, channel_id="1")), [utterance("a b", 100, 900, speaker="2", channel="1")]),
        (result(row(additions="x", speaker=None)), [utterance("a b", 100, 900)]),
    ],
)
def test_careless_answer_is_read(body: dict[str, Any], expected: list[AnswerUtterance]) -> None:
    assert list(parse_answer(body).utterances) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b'"text"',
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"result": null}',
        b'{"result": []}',
        b'{"result": "text"}',
        b'{"result": {"text": "cut',
        b'{"result": {"text": "\xff"}}',
        b'{"result": ' + b"[" * 200_000,
        b'{"result": {"text": "a"}, "n": ' + b"9" * 5000 + b"}",
    ],
)
def test_unusable_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(FlashError) as caught:
        parse_answer(body)
    assert caught.value.kind is ErrorKind.MALFORMED


def test_text_is_joined_from_utterances_where_it_is_missing() -> None:
    body = result(row(text="你好。"), row(text="再见。"), row(text="Hello."), row(text="World."), row(text="好"))
    assert parse_answer(body).text == "你好。再见。Hello. World. 好"


def test_raw_holds_nothing_that_a_database_refuses() -> None:
    body = rb'{"result": {"text": "a\u0000b\ud83d\ude00\uD800", "x": NaN, "y": [1e999, -Infinity], "\u0000k": 1}}'
    assert parse_answer(body).raw == {"result": {"text": "ab😀", "x": None, "y": [None, None], "k": 1}}


def test_duration_comes_from_wherever_it_stands() -> None:
    bodies: list[dict[str, Any]] = [
        {"audio_info": {"duration": 5}, "result": {}},
        {"audio_info": [{"duration": "5"}], "result": {}},
        {"audio_info": {"duration": -1}, "result": {"additions": {"duration": "5"}}},
        result(timed("a", 1, 5)),
    ]
    assert [parse_answer(body).duration_ms for body in bodies] == [5, 5, 5, 5]


@pytest.mark.parametrize(
    ("body", "duration_ms", "raw"),
    [
        (b'{"audio_info": {"duration": 7}, "result": {"text": ""}}', 7, True),
        (b"{}", 0, True),
        (b"", 0, False),
        (b"<html>", 0, False),
    ],
)
def test_silence_has_no_text_whatever_its_body(body: bytes, duration_ms: int, raw: bool) -> None:
    assert parse_silent_answer(body) == Answer("", duration_ms, (), {}, json.loads(body) if raw else {})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["result", "utterances", "words", "text", "start_time", "end_time", "additions", "speaker"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(anything, anything)
def test_any_json_gives_an_ordered_answer_or_our_error(value: object, word: object) -> None:
    for body in ({"result": value}, result(value, row(value, word)), result(row(timed("a", value, word)))):
        try:
            answer = parse_answer(body)
        except FlashError:
            continue
        starts = [u.start_ms for u in answer.utterances]
        assert starts == sorted(starts)
        for u in answer.utterances:
            times = [u.start_ms, *(word.start_ms for word in u.words)]
            assert times == sorted(times)
            assert 0 <= u.start_ms <= u.end_ms
            assert all(word.start_ms <= word.end_ms <= u.end_ms for word in u.words)
