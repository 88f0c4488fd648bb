"""From heard words to utterances, without a model."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.flashserver.answer import join_texts
from transcripts.flashserver.recognizer import TimedUtterance, TimedWord
from transcripts.flashserver.shaping import TimedText, convert_segment, shape_utterances

SPACE = TimedWord(" ", -1, -1)


def timed(*pieces: tuple[str, float, float]) -> list[TimedText]:
    return [TimedText(*piece) for piece in pieces]


def spread(text: str, start: float = 0.0) -> list[TimedText]:
    """Each character a fifth of a second, as pieces of one character."""
    return [TimedText(character, start + at * 0.2, start + at * 0.2 + 0.2) for at, character in enumerate(text)]


def texts(utterances: list[TimedUtterance]) -> list[str]:
    return [utterance.text for utterance in utterances]


def test_chinese_gets_one_word_per_character_and_a_full_stop() -> None:
    assert shape_utterances([timed(("欢迎", 0.56, 1.12), ("大家", 1.16, 1.64))]) == [
        TimedUtterance(
            "欢迎大家。",
            (
                TimedWord("欢", 560, 840),
                TimedWord("迎", 840, 1120),
                TimedWord("大", 1160, 1400),
                TimedWord("家", 1400, 1640),
            ),
        )
    ]


def test_english_words_stand_apart_and_lose_their_punctuation() -> None:
    assert shape_utterances([timed((" Okay,", 2.0, 2.4), (" I'm", 2.56, 2.72), (" here.", 2.72, 2.84))]) == [
        TimedUtterance(
            "Okay, I'm here.",
            (
                TimedWord("Okay", 2000, 2400),
                SPACE,
                TimedWord("I'm", 2560, 2720),
                SPACE,
                TimedWord("here", 2720, 2840),
            ),
        )
    ]


def test_latin_pieces_without_a_space_between_are_one_word() -> None:
    segment = timed(
        ("用", 0, 0.2), ("Trans", 0.2, 0.6), ("cription", 0.6, 1.0), ("超", 1.0, 1.2), ("50", 1.2, 1.6), ("%", 1.6, 2.0)
    )
    assert shape_utterances([segment]) == [
        TimedUtterance(
            "用 Transcription 超50%。",
            (
                TimedWord("用", 0, 200),
                SPACE,
                TimedWord("Transcription", 200, 1000),
                SPACE,
                TimedWord("超", 1000, 1200),
                TimedWord("50%", 1200, 2000),
            ),
        )
    ]


def test_punctuation_false_leaves_exactly_the_joined_words() -> None:
    segment = spread("你好，OK吗？好的。")
    (utterance,) = shape_utterances([segment], punctuation=False, pause_ms=800)
    assert utterance.text == "你好 OK 吗好的"
    assert "".join(word.text for word in utterance.words) == utterance.text


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([spread("今天天气怎么样")], ["今天天气怎么样？"]),
        ([spread("你好吗"), spread("好", 2.0)], ["你好吗？", "好。"]),
        ([spread("大规模感染"), spread("目前下降", 1.2)], ["大规模感染，目前下降。"]),
        ([spread("开始落叶"), spread("人们", 1.4)], ["开始落叶。", "人们。"]),
        ([spread("清晨 薄雾")], ["清晨，薄雾。"]),
        ([spread("真的!他说,好.")], ["真的！", "他说，好。"]),
        ([timed((" So", 0, 0.4), (" what?", 0.4, 0.8), (" Well", 0.8, 1.2))], ["So what?", "Well."]),
        ([timed((" Ask", 0, 0.4), (" Mr.", 0.4, 0.8), (" J.", 0.8, 1.0), (" Lin.", 1, 1.2))], ["Ask Mr. J. Lin."]),
        ([timed((" about", 0, 0.4)), timed((" two", 0.4, 0.8))], ["about two."]),
        ([timed((" one", 0, 0.4)), timed((" Two", 0.4, 0.8))], ["one.", "Two."]),
        ([timed((" one", 0, 0.4)), timed((" two", 2.4, 2.8))], ["one.", "two."]),
        ([timed((" wait...", 0, 0.4), (" no.", 0.4, 0.8))], ["wait... no."]),
        ([timed((" Is it 5.5?", 0, 1)), spread("对", 1.2)], ["Is it 5.5?", "对。"]),
        ([timed((' "Yes."', 0, 0.4), (" Good", 0.4, 0.8))], ['"Yes."', "Good."]),
        ([timed((" ♪", 0, 0.4), (" la", 0.4, 0.8), ("♪\ufffd", 0.8, 1.0))], ["la."]),
        ([timed((" ...", 0, 0.4), (" -", 0.4, 0.8))], []),
        ([[]], []),
        ([], []),
    ],
)
def test_sentences_end_at_marks_segments_and_pauses(segments: list[list[TimedText]], expected: list[str]) -> None:
    assert texts(shape_utterances(segments)) == expected


def test_a_pause_asked_for_is_the_only_thing_that_splits() -> None:
    segment = spread("好。好。") + spread("好。", 2.0)
    assert texts(shape_utterances([segment], pause_ms=500)) == ["好。好。", "好。"]
    assert texts(shape_utterances([segment], pause_ms=5000)) == ["好。好。好。"]


def test_a_long_sentence_is_split_at_a_comma() -> None:
    segment = spread("好" * 80 + "，" + "好" * 10 + "，" + "好")
    assert texts(shape_utterances([segment])) == ["好" * 80 + "，", "好" * 10 + "，好。"]


def test_words_follow_each_other_on_the_grid_even_where_times_clash() -> None:
    segment = timed(("一", 1.0, 1.0), ("二", 1.0, 1.0), ("三", 0.5, 0.6), ("四", 1.13, 1.31))
    (utterance,) = shape_utterances([segment])
    assert [(word.start_ms, word.end_ms) for word in utterance.words] == [
        (1000, 1040),
        (1040, 1080),
        (1080, 1120),
        (1120, 1320),
    ]


def test_conversion_keeps_the_fragments() -> None:
    segment = timed(("體驗", 0, 1), ("達", 1, 2))
    assert convert_segment(segment, lambda text: text.replace("體驗達", "体验达")) == timed(
        ("体验", 0, 1), ("达", 1, 2)
    )
    assert convert_segment(segment, lambda text: text.replace("體", "").replace("達", "达")) == timed(
        ("驗", 0, 1), ("达", 1, 2)
    )


@pytest.mark.parametrize(
    ("sentences", "joined"),
    [
        (["你好。", "再见。"], "你好。再见。"),
        (["Hi.", "Bye."], "Hi. Bye."),
        (["你好。", "Hi.", "你好。"], "你好。Hi.你好。"),
        ([], ""),
    ],
)
def test_texts_are_joined_with_a_space_between_english_sentences_only(sentences: list[str], joined: str) -> None:
    assert join_texts(sentences) == joined


PIECES = st.lists(
    st.tuples(
        st.text(alphabet="你好著吗のか한국AbcÉ 0159%-'.,?!。，？…“”()\u200b\u0301🎉", max_size=6),
        st.floats(0, 3, allow_nan=False),
        st.floats(0, 2, allow_nan=False),
        st.booleans(),
    ),
    max_size=25,
)


@given(pieces=PIECES, punctuation=st.booleans(), pause_ms=st.sampled_from([None, 300]))
def test_whatever_was_heard_obeys_the_rules_of_an_answer(
    pieces: list[tuple[str, float, float, bool]], punctuation: bool, pause_ms: int | None
) -> None:
    segments: list[list[TimedText]] = [[]]
    at = 0.0
    for text, gap, length, ends in pieces:
        segments[-1].append(TimedText(text, at + gap, at + gap + length))
        at += gap + length
        if ends:
            segments.append([])
    utterances = shape_utterances(segments, punctuation=punctuation, pause_ms=pause_ms)
    end = 0
    for utterance in utterances:
        joined = "".join(word.text for word in utterance.words)
        assert _bare(joined) == _bare(utterance.text)
        assert punctuation or joined == utterance.text
        assert utterance.text == utterance.text.strip()
        for word in utterance.words:
            if word.text == " ":
                assert word == SPACE
                continue
            assert end <= word.start_ms < word.end_ms
            assert not word.start_ms % 40
            assert not word.end_ms % 40
            assert len(re.findall("[\u4e00-\u9fff]", word.text)) == (1 if "\u4e00" <= word.text[0] <= "\u9fff" else 0)
            end = word.end_ms


def _bare(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character)[0] != "P")
