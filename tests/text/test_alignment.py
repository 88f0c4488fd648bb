from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.strategies import broken_words, engine_words, texts, wild_texts
from transcripts.text.alignment import align, align_row, split_into_units
from transcripts.text.tokens import Word, fold, tokenize


def said(text: str, *, every: int = 200, pause: int = 0) -> list[Word]:
    """One engine word per character, each of the same length."""
    return [Word(char, k * (every + pause), k * (every + pause) + every) for k, char in enumerate(text)]


def engine(text: str, start: int, end: int) -> Word:
    return Word(text, start, end, "engine")


def guess(text: str, start: int, end: int) -> Word:
    return Word(text, start, end, "estimated")


def test_equal_text_keeps_every_time() -> None:
    words = said("今天天气很好", pause=40)
    assert align(words, "今天，天气很好。") == words


def test_grouped_words_are_shared_out_by_weight_and_untimed_ones_left_out() -> None:
    words = [Word("Hello,", 40, 480), Word(" ", -1, -1), Word("并且", 600, 800), Word("。", -1, -1)]
    assert align(words, "hello 并且。") == [engine("hello", 40, 480), engine("并", 600, 700), engine("且", 700, 800)]


def test_homophones_keep_each_characters_own_time() -> None:
    words = [Word("他", 0, 120), Word("门", 200, 280), Word("去", 300, 420), Word("北", 420, 600), Word("京", 600, 900)]
    assert align(words, "她们去北京") == [
        guess("她", 0, 120),
        guess("们", 200, 280),
        engine("去", 300, 420),
        engine("北", 420, 600),
        engine("京", 600, 900),
    ]


def test_a_row_of_nothing_but_homophones_keeps_their_times() -> None:
    assert align([Word("他", 0, 120), Word("门", 200, 280)], "她们") == [guess("她", 0, 120), guess("们", 200, 280)]


@pytest.mark.parametrize(
    ("heard", "text", "first"),
    [
        ("一九七零年出生", "1970年出生", guess("1970", 0, 800)),
        ("百分之五十的人", "50%的人", guess("50%", 0, 1000)),
        ("两千零二十四年了", "2024年了", guess("2024", 0, 1200)),
    ],
)
def test_numbers_written_in_digits_keep_the_span(heard: str, text: str, first: Word) -> None:
    assert align(said(heard), text)[0] == first


def test_a_replaced_run_shares_its_span_by_weight() -> None:
    assert align(said("我们去北京吧"), "我们去上海市吧")[3:6] == [
        guess("上", 600, 733),
        guess("海", 733, 867),
        guess("市", 867, 1000),
    ]


def test_an_insertion_takes_the_pause_that_holds_it() -> None:
    words = [Word("我", 0, 200), Word("好", 400, 600), Word("了", 600, 800), Word("吗", 800, 1000)]
    assert align(words, "我很好了吗") == [
        engine("我", 0, 200),
        guess("很", 200, 400),
        engine("好", 400, 600),
        engine("了", 600, 800),
        engine("吗", 800, 1000),
    ]


def test_an_insertion_stands_on_the_side_of_a_long_pause_where_the_text_has_no_sign() -> None:
    words = [*said("今天天气"), Word("好", 2000, 2200)]
    assert align(words, "今天天气，很好")[4] == guess("很", 1800, 2000)
    assert align(words, "今天天气很，好")[4] == guess("很", 800, 1000)


def test_an_insertion_without_a_pause_takes_from_its_neighbour() -> None:
    assert align(said("今天天气"), "今天的天气")[1:4] == [
        engine("天", 200, 360),
        guess("的", 360, 400),
        engine("天", 400, 600),
    ]


def test_an_insertion_takes_more_of_a_neighbour_that_lasts_too_long() -> None:
    words = [Word("今", 0, 200), Word("天", 200, 400), Word("天", 400, 740), Word("气", 740, 940)]
    assert align(words, "今天的天气")[1:4] == [
        engine("天", 200, 400),
        guess("的", 400, 540),
        engine("天", 540, 740),
    ]


def test_a_repetition_is_found_where_the_hole_is() -> None:
    words = [Word("看", 0, 200), Word("看", 400, 600), Word("吧", 600, 800)]
    assert align(words, "看看看吧") == [
        engine("看", 0, 200),
        guess("看", 200, 400),
        engine("看", 400, 600),
        engine("吧", 600, 800),
    ]


def test_of_two_equal_words_the_short_one_was_never_said() -> None:
    words = [Word("我", 0, 40), Word("我", 40, 240), Word("知", 240, 440), Word("道", 440, 640)]
    assert align(words, "我知道")[0] == engine("我", 40, 240)


def test_bounds_give_room_for_words_the_engine_missed_at_the_ends() -> None:
    words = [Word("知", 300, 500), Word("道", 500, 700)]
    assert align(words, "我知道了", bounds=(100, 900)) == [
        guess("我", 100, 300),
        engine("知", 300, 500),
        engine("道", 500, 700),
        guess("了", 700, 900),
    ]


def test_words_outside_moved_bounds_are_drawn_in() -> None:
    words = said("一二三四", every=100)
    assert align(words, "一二三四", bounds=(150, 350)) == [
        engine("一", 150, 151),
        engine("二", 151, 200),
        engine("三", 200, 300),
        engine("四", 300, 350),
    ]


def test_words_without_length_get_some() -> None:
    words = [Word("母", 3550, 3670), Word("公", 3670, 3696), Word("司", 3696, 3696)]
    assert align(words, "母公司") == [engine("母", 3550, 3670), engine("公", 3670, 3695), engine("司", 3695, 3696)]


def test_too_little_in_common_keeps_the_line_times_and_says_so() -> None:
    found = align_row(said("今天天气"), "完全另外一句话")
    assert (found.line_only, found.equal_share) == (True, 0.0)
    assert {word.source for word in found.words} == {"estimated"}
    assert (found.words[0].start_ms, found.words[-1].end_ms) == (0, 800)


def test_enough_in_common_says_so_too() -> None:
    found = align_row(said("今天天气很好"), "今天天气不好")
    assert (found.line_only, found.equal_share) == (False, 5 / 6)


def test_nothing_heard_shares_out_the_row() -> None:
    assert align([], "你好", bounds=(100, 500)) == [guess("你", 100, 300), guess("好", 300, 500)]
    assert align_row([], "你好").line_only


def test_no_text_has_no_words() -> None:
    assert align(said("今天"), "，。") == []
    assert align([], "") == []


def test_traditional_text_equals_simplified_where_told_to() -> None:
    words = [Word("体", 0, 100), Word("验", 100, 200)]
    assert align(words, "體驗") == [guess("體", 0, 100), guess("驗", 100, 200)]
    assert align(words, "體驗", simplify=True) == [engine("體", 0, 100), engine("驗", 100, 200)]


def test_right_to_left_words_align_like_any() -> None:
    words = [Word("שלום", 0, 400), Word("עולם", 500, 900)]
    assert align(words, "שלום, עולם!") == [engine("שלום", 0, 400), engine("עולם", 500, 900)]


@pytest.mark.long
@given(engine_words(), texts | wild_texts)
def test_there_is_one_word_for_each_token(words: list[Word], text: str) -> None:
    assert [word.text for word in align(words, text)] == [token.text for token in tokenize(text)]


@pytest.mark.long
@given(engine_words(min_size=1), texts)
def test_times_are_in_order_and_inside_the_row(words: list[Word], text: str) -> None:
    found = align(words, text)
    timed = [word for word in words if word.start_ms >= 0]
    assert all(word.start_ms < word.end_ms for word in found)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(found))
    if timed and found:
        assert timed[0].start_ms <= found[0].start_ms
        assert found[-1].end_ms <= timed[-1].end_ms


@given(broken_words(), texts | wild_texts, st.none() | st.tuples(st.integers(0, 900), st.integers(1_000, 2_000)))
def test_times_are_in_order_whatever_the_engine_sent(
    words: list[Word], text: str, bounds: tuple[int, int] | None
) -> None:
    found = align(words, text, bounds=bounds)
    assert [word.text for word in found] == [token.text for token in tokenize(text)]
    assert all(word.start_ms < word.end_ms for word in found)
    assert all(before.start_ms <= after.start_ms for before, after in pairwise(found))
    if bounds:
        assert all(bounds[0] <= word.start_ms and word.end_ms <= bounds[1] for word in found)
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(found))


@given(engine_words())
def test_the_engines_own_text_keeps_all_its_times(words: list[Word]) -> None:
    text = " ".join(word.text for word in words)
    units, _ = split_into_units(words)
    if [fold(token.text) for token in tokenize(text)] == [fold(unit.text) for unit in units]:
        assert [(word.start_ms, word.end_ms, word.source) for word in align(words, text)] == [
            (unit.start_ms, unit.end_ms, "engine") for unit in units
        ]


@pytest.mark.long
@given(engine_words(), texts, texts)
def test_editing_back_ends_where_it_began(words: list[Word], first: str, second: str) -> None:
    before = align(words, first)
    align(words, second)
    assert align(words, first) == before


@given(engine_words(), texts, st.integers(1, 3_600_000))
def test_a_later_row_is_timed_alike(words: list[Word], text: str, shift: int) -> None:
    later = [w if w.start_ms < 0 else Word(w.text, w.start_ms + shift, w.end_ms + shift) for w in words]
    expected = [Word(w.text, w.start_ms + shift, w.end_ms + shift, w.source) for w in align(words, text)]
    if any(w.start_ms >= 0 for w in words):
        assert align(later, text) == expected


@pytest.mark.long
@given(engine_words(), texts)
def test_punctuation_and_case_do_not_change_a_time(words: list[Word], text: str) -> None:
    times = [(w.start_ms, w.end_ms, w.source) for w in align(words, text)]
    if len(tokenize(text.upper())) == len(tokenize(text)):
        assert [(w.start_ms, w.end_ms, w.source) for w in align(words, text.upper())] == times


def test_a_row_of_thousands_of_words_is_paired_too() -> None:
    words = said("今天天气很好啊" * 200)
    text = "今天天气真好啊" * 200
    found = align(words, text)
    assert [word.source for word in found[:7]] == [*["engine"] * 4, "estimated", "engine", "engine"]
    assert [(w.start_ms, w.end_ms) for w in found] == [(w.start_ms, w.end_ms) for w in words]


def test_an_emoji_takes_next_to_no_time() -> None:
    assert align(said("好的"), "好😀的") == [engine("好", 0, 182), guess("😀", 182, 200), engine("的", 200, 400)]


def test_a_row_reaches_into_the_pause_for_words_the_engine_missed() -> None:
    words = [Word("知", 1000, 1200), Word("道", 1200, 1400), Word("了", 1400, 1600)]
    found = align_row(words, "我知道了吗", bounds=(1000, 1600), room=(0, 5000))
    assert found.bounds == (800, 1800)
    assert list(found.words) == [
        guess("我", 800, 1000),
        engine("知", 1000, 1200),
        engine("道", 1200, 1400),
        engine("了", 1400, 1600),
        guess("吗", 1600, 1800),
    ]


def test_a_row_reaches_as_far_as_the_pause_goes() -> None:
    words = [Word("知", 1000, 1200), Word("道", 1200, 1400), Word("了", 1400, 1600)]
    found = align_row(words, "我们知道了吗", bounds=(1000, 1600), room=(900, 1650))
    assert (found.bounds, found.words[0].start_ms, found.words[-1].end_ms) == ((900, 1650), 900, 1650)
    assert all(word.source == "estimated" or word in words for word in found.words)


def test_a_row_without_a_pause_beside_it_takes_from_its_right_words() -> None:
    words = [Word("知", 1000, 1200), Word("道", 1200, 1400), Word("了", 1400, 1600)]
    found = align_row(words, "我知道了", bounds=(1000, 1600), room=(980, 1600))
    assert found == align_row(words, "我知道了", bounds=(1000, 1600))
    assert found.words[0] == guess("我", 1000, 1040)


def test_a_row_that_is_long_enough_already_stays() -> None:
    words = [Word("知", 1000, 1200), Word("道", 1200, 1400), Word("了", 1400, 1600)]
    assert align_row(words, "我知道了", bounds=(850, 1600), room=(0, 1600)).bounds == (850, 1600)


def test_a_replaced_word_that_lasted_long_enough_holds_the_words_at_the_edge() -> None:
    words = [Word("爱", 1000, 1900), Word("知", 1900, 2100), Word("道", 2100, 2300), Word("了", 2300, 2500)]
    assert align_row(words, "我们都知道了", bounds=(1000, 2500), room=(0, 9000)).bounds == (1000, 2500)


@pytest.mark.parametrize("text", ["知道了", "知道！", "……", "完全另外一句话"])
def test_a_row_that_misses_nothing_at_its_edges_reaches_nowhere(text: str) -> None:
    words = [Word("知", 1000, 1200), Word("道", 1200, 1400), Word("了", 1400, 1600)]
    assert align_row(words, text, bounds=(1000, 1600), room=(0, 5000)).bounds == (1000, 1600)


@given(
    engine_words(min_size=1), texts, st.integers(0, 900), st.integers(0, 900), st.integers(0, 900), st.integers(0, 900)
)
def test_reaching_stays_in_the_room_and_is_the_same_again(
    words: list[Word], text: str, before: int, after: int, low: int, high: int
) -> None:
    timed = [word for word in words if word.start_ms >= 0]
    if not timed:
        return
    bounds = max(0, timed[0].start_ms - before), timed[-1].end_ms + after
    room = max(0, bounds[0] - low), bounds[1] + high
    found = align_row(words, text, bounds=bounds, room=room)
    assert room[0] <= found.bounds[0] <= bounds[0]
    assert bounds[1] <= found.bounds[1] <= room[1]
    assert found == align_row(words, text, bounds=found.bounds)
    assert found == align_row(words, text, bounds=found.bounds, room=room)
    times = [time for word in found.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)


@given(engine_words(min_size=1), texts, texts)
def test_no_right_word_moves_where_pauses_hold_the_words_at_the_edges(words: list[Word], first: str, last: str) -> None:
    words = [w if w.start_ms < 0 else Word(w.text, w.start_ms + 60_000, w.end_ms + 60_000) for w in words]
    units, bounds = split_into_units(words)
    text = " ".join((first, *(word.text for word in words), last))
    found = align_row(words, text, bounds=bounds, room=(0, 150_000))
    heard = {(unit.start_ms, unit.end_ms) for unit in units}
    if not found.line_only:
        assert all((word.start_ms, word.end_ms) in heard for word in found.words if word.source == "engine")


@given(st.integers(2, 12), st.data())
def test_words_missed_inside_a_row_take_nothing_from_those_at_its_edges(count: int, data: st.DataObject) -> None:
    """However short the row is, and however long the pauses beside it."""
    words = [Word("天地玄黄宇宙洪荒日月盈昃"[at], 2000 + 200 * at, 2200 + 200 * at) for at in range(count)]
    place = data.draw(st.integers(1, count - 1))
    text = "".join(word.text for word in [*words[:place], Word("都", 0, 0), *words[place:]])
    bounds = 2000, words[-1].end_ms
    found = align_row(words, text, bounds=bounds, room=(0, 90_000))
    assert found.bounds == bounds
    assert [found.words[at].source for at in (0, -1)] == ["engine", "engine"]
