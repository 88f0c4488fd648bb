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
    "22": ("第一部分。第二部分。", 5547, [utterance("第一部分。", 0, 1200), utterance("第二部分。", 1300, 2500)], {}),
    "24": (
        "一号说。二号说。三号说。四号说。",
        5000,
        [
            utterance("一号说。", 0, 1000, speaker="1"),
            AnswerUtterance("二号说。", 1000, 2000, (), "2", "", {"speaker": "2"}),
            utterance("三号说。", 2000, 3000, speaker="3", speaker_id="3"),
            utterance("四号说。", 3000, 4000, speaker="4"),
        ],
        {},
    ),
    "26": (
        "参观长城。",
        3575,
        [
            utterance(
                "参观长城。",
                640,
                2320,
                "参观 640 1120|长城 1880 2320",
                speaker="0",
                channel="1",
                speaker_id="spk_0",
                channel_id="1",
            )
        ],
        {"duration": "3575"},
    ),
    "27": (
        "第一句第二句",
        2500,
        [AnswerUtterance("第一句", 0, 800, (), "1", "", {"speaker": "1"}), utterance("第二句", 1200, 2000)],
        {},
    ),
    "29": (
        "自动剪辑，语音测试",
        1200,
        [utterance("自动剪辑，语音测试", 260, 1060, "自动 260 420|剪辑 420 620|语音 700 860|测试 860 1060")],
        {},
    ),
    "30": (
        "Hi there, it's 3.5 percent.",
        5000,
        [
            utterance(
                "Hi there, it's 3.5 percent.",
                0,
                2400,
                "Hi 0 200|there 300 900|it's 1000 1200|3.5 1240 1800|percent 1840 2400",
            )
        ],
        {"duration": "5000"},
    ),
    "32": (
        "先后坏好",
        3000,
        [utterance("先后坏好", 100, 1800, "先 500 700|后 500 600|坏 800 800|好 1200 1800")],
        {},
    ),
    "34": ("Hello ByteDance", 3000, [utterance("Hello", 0, 1500), utterance("ByteDance", 1500, 3000)], {}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_is_read(name: str) -> None:
    text, duration_ms, utterances, additions = EXPECTED[name]
    body = sample(name)
    expected = Answer(text, duration_ms, tuple(utterances), additions, body)
    assert parse_answer(body) == expected
    assert parse_answer(json.dumps(body).encode()) == expected


ERRORS = ("11", "12", "13", "14", "37", "38", "39", "40", "42")


@pytest.mark.parametrize("name", ERRORS)
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


def test_sample_of_overlapping_channels_comes_in_the_order_of_time() -> None:
    answer = parse_answer(sample("31"))
    assert [(u.text, u.start_ms, u.channel) for u in answer.utterances] == [
        ("喂你好。", 200, "1"),
        ("你好请讲。", 2000, "2"),
        ("我想改一下地址。", 5000, "1"),
        ("好的。", 8800, "2"),
    ]


def test_sample_with_additions_of_every_kind_keeps_them() -> None:
    (row,) = parse_answer(sample("35")).utterances
    assert row.additions == sample("35")["result"]["utterances"][0]["additions"]


def test_every_sample_is_a_case() -> None:
    assert {path.name[:2] for path in SAMPLES.glob("*.json")} == {*EXPECTED, *ERRORS, "05", "31", "35"}


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
        (
            {"audio_info": {"duration": 1600}, **result(row(), {"text": "abcd"}, {"text": "ab"}, {"text": "c"})},
            [
                utterance("a b", 100, 900),
                utterance("abcd", 900, 1300),
                utterance("ab", 1300, 1500),
                utterance("c", 1500, 1600),
            ],
        ),
        (
            result({"text": "a"}, row(start_time=500), {"text": "b"}, row(start_time=300, end_time=400)),
            [utterance("a", 0, 500), utterance("a b", 300, 400), utterance("a b", 500, 900), utterance("b", 900, 900)],
        ),
        (result(row(text="b", start_time=500), row(text="a")), [utterance("a", 100, 900), utterance("b", 500, 900)]),
        (
            result(row(timed("a", 200, 300), timed(" ", -1, -1), timed("b", 300, 400), text="")),
            [utterance("a b", 100, 900, "a 200 300|b 300 400")],
        ),
        (result(row(text=" "), row(text=None), None, 3, "x"), [utterance("x", 0, 0)]),
        ({"result": {"utterances": row()}}, [utterance("a b", 100, 900)]),
        (result(row(text=" 你\n")), [utterance("你", 100, 900)]),
        (
            result(row(additions={"speaker": 1, "channel_id": 2, "x": None, "y": [1]})),
            [AnswerUtterance("a b", 100, 900, (), "1", "2", {"speaker": "1", "channel_id": "2", "y": "[1]"})],
        ),
        (result(row(additions=[], speaker=2, channel_id="1")), [utterance("a b", 100, 900, speaker="2", channel="1")]),
        (result(row(additions="x", speaker=None)), [utterance("a b", 100, 900)]),
        (
            result(row(additions='{"speaker": "spk_0", "channel_id": 2}')),
            [AnswerUtterance("a b", 100, 900, (), "0", "2", {"speaker": "spk_0", "channel_id": "2"})],
        ),
        (result(row(speaker="Speaker 03")), [utterance("a b", 100, 900, speaker="3")]),
        (result(row(spk="Ann")), [utterance("a b", 100, 900, speaker="Ann")]),
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
        b'{"result": ' + b"[" * 200_000,
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
    ("body", "text"),
    [
        (b'{"result": {"text": "Hello b\xffg world."}}', "Hello b\ufffdg world."),
        ('\ufeff{"result": {"text": "你好"}}'.encode(), "你好"),
        ('{"result": {"text": "你好"}}'.encode("utf-16"), "你好"),
        (b'{"result": {"text": "one\ntwo\x00"}}', "one\ntwo"),
        (b'{"result": {"text": "a"}} trailing', "a"),
        (b'{"result": {"text": "a"}}{"result": {"text": "a"}}', "a"),
        (b'{"result": {"text": "a"}, "n": ' + b"9" * 5000 + b"}", "a"),
        (b'{"result": "{\\"text\\": \\"a\\"}"}', "a"),
        (b'{"result": [{"text": "Good"}, {"text": "day."}, null, {}]}', "Good day."),
    ],
)
def test_damaged_bytes_cost_no_more_than_themselves(body: bytes, text: str) -> None:
    answer = parse_answer(body)
    assert answer.text == text
    assert parse_answer(body) == answer  # as often as wanted


def test_every_result_of_several_gives_its_rows() -> None:
    body = {
        "result": [
            {"text": "One.", "audio_info": {"duration": 3000}, "additions": '{"duration": "3000", "log_id": "x"}'},
            result(row(text="Two.", start_time=2000, end_time=2500))["result"],
        ]
    }
    answer = parse_answer(body)
    assert (answer.text, answer.duration_ms, answer.additions) == (
        "One. Two.",
        3000,
        {"duration": "3000", "log_id": "x"},
    )
    assert list(answer.utterances) == [utterance("One.", 0, 2000), utterance("Two.", 2000, 2500)]


def spoken(speaker: str | None, text: str, start: int, end: int) -> dict[str, object]:
    return timed(text, start, end) | ({} if speaker is None else {"speaker": speaker})


def test_speaker_of_all_words_is_that_of_the_row() -> None:
    body = result(row(spoken("1", "a", 200, 300), spoken(None, "b", 300, 400)))
    assert list(parse_answer(body).utterances) == [utterance("a b", 100, 900, "a 200 300|b 300 400", speaker="1")]


def test_row_is_cut_where_the_words_change_their_speaker() -> None:
    words = [
        spoken("spk_1", "你", 200, 300),
        spoken("spk_1", "好", 300, 400),
        spoken(None, " ", -1, -1),
        spoken("spk_2", "好", 500, 600),
        spoken("spk_1", "嗯", 700, 800),
    ]
    assert list(parse_answer(result(row(*words, text="你好！“好”，嗯。"))).utterances) == [
        utterance("你好！", 100, 400, "你 200 300|好 300 400", speaker="1"),
        utterance("“好”，", 500, 600, "好 500 600", speaker="2"),
        utterance("嗯。", 700, 900, "嗯 700 800", speaker="1"),
    ]


def test_row_whose_words_are_not_its_text_stays_whole() -> None:
    words = [spoken("1", "eleven", 200, 300), spoken("2", "x", 300, 400), spoken("2", "y", 400, 500)]
    (whole,) = parse_answer(result(row(*words, text="11 x y"))).utterances
    assert (whole.text, whole.speaker, len(whole.words)) == ("11 x y", "2", 3)


def test_speakers_of_two_channels_are_two_people() -> None:
    rows = [row(speaker="1", channel_id=1), row(speaker="1", channel_id=2), row(channel_id=2)]
    answer = parse_answer(result(*rows))
    assert [(u.speaker, u.channel) for u in answer.utterances] == [("1.1", "1"), ("2.1", "2"), ("", "2")]
    apart = parse_answer(result(row(speaker="1", channel_id=1), row(speaker="2", channel_id=2)))
    assert [u.speaker for u in apart.utterances] == ["1", "2"]


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


texts = st.text(alphabet="ab 你好。“”,", min_size=1, max_size=8)
labels = st.sampled_from(["1", "2", "spk_0", 3, None])
spans = st.fixed_dictionaries(
    {}, optional={"start_time": st.integers(-5, 2000) | st.just("x"), "end_time": st.integers(-5, 2000)}
)


@st.composite
def rows_with_texts(draw: st.DrawFn) -> dict[str, object]:
    """A row of any shape that is claimed to be known: its text is in `text`, or only in its words."""
    words = [draw(spans) | {"text": draw(texts), "speaker": draw(labels)} for _number in range(draw(st.integers(0, 4)))]
    text = draw(texts | st.just("".join(str(word["text"]) for word in words)))
    additions = {"speaker": draw(labels), "channel_id": draw(labels)}
    shaped = draw(st.sampled_from([additions, json.dumps(additions), {}, None]))
    return draw(spans) | {"text": text, "words": words, "additions": shaped, "speaker": draw(labels)}


def letters(*texts: str) -> list[str]:
    return sorted(char for text in texts for char in text if char.isalpha())


@pytest.mark.long
@given(st.lists(rows_with_texts(), max_size=4), st.lists(rows_with_texts(), max_size=3), st.booleans())
def test_no_letter_of_a_row_is_lost(
    first: list[dict[str, object]], second: list[dict[str, object]], as_string: bool
) -> None:
    results: object = [{"utterances": first}, {"utterances": second}]
    answer = parse_answer({"result": json.dumps(results) if as_string else results})
    expected = [
        str(row["text"]).strip() or "".join(str(word["text"]) for word in row["words"])  # type: ignore[attr-defined]
        for row in [*first, *second]
    ]
    assert letters(*(u.text for u in answer.utterances)) == letters(*expected)
    assert letters(answer.text) == letters(*expected)


@given(st.binary(max_size=40), st.integers(0, 200))
def test_any_bytes_give_an_answer_or_our_error(noise: bytes, at: int) -> None:
    whole = json.dumps(result(row(timed("a", 1, 2)), text="a b")).encode()
    for body in (noise, whole[:at] + noise + whole[at:]):
        try:
            answer = parse_answer(body)
        except FlashError:
            continue
        "".join(u.text for u in answer.utterances).encode()  # nothing that can't be stored


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
