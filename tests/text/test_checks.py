from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import DATA
from tests.text.strategies import fragments
from transcripts.text.checks import CheckedRow, CheckWarning, check_rows, check_text
from transcripts.text.signs import Spacing
from transcripts.text.tokens import fold, tokenize

signs = st.sampled_from(
    (",", ".", "，", "。", "?", "！", "(", ")", "（", "“", "”", '"', " ", "  ", ":", "…", "…", "Ａ", "月")
)
written = st.lists(st.one_of(fragments, signs), max_size=20).map("".join)
spacings = st.sampled_from(Spacing)


def found(text: str, spacing: Spacing = Spacing.LATIN) -> list[tuple[str, str, str | None]]:
    return [(one.message, text[one.start : one.end], one.fix) for one in check_text(text, spacing)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("用iPhone手机拍的", [("spacing", "iPhone", "用 iPhone 手机拍的")]),
        ("把roadmap 定下来", [("spacing", "roadmap", "把 roadmap 定下来")]),
        ("你 好", [("stray_space", " ", "你好")]),
        ("你好 ，Lin", [("stray_space", " ", "你好，Lin")]),
        ("Well , yes", [("stray_space", " ", "Well, yes")]),
        ("Hello  world", [("double_space", "  ", "Hello world")]),
        ("你好,世界", [("half_width", ",", "你好，世界")]),
        ("再见.", [("half_width", ".", "再见。")]),
        ("等等...", [("half_width", "...", "等等……")]),
        ("OK,我们走", [("half_width", ",", "OK，我们走")]),
        ("人工智能 (AI) 很好", [("half_width", " (AI) ", "人工智能（AI）很好")]),
        ("Hello，world", [("full_width", "，", "Hello, world")]),
        ("Hello（you）", [("full_width", "（", "Hello (you）"), ("full_width", "）", "Hello（you)")]),
        ("看ＡＢＣ", [("wide_letters", "ＡＢＣ", "看ABC")]),
        ("真的吗？。", [("doubled", "？。", "真的吗？")]),
        ("好，，好", [("doubled", "，，", "好，好")]),
        ("Well,, yes", [("doubled", ",,", "Well, yes")]),
        ("好。。。", [("doubled", "。。。", "好……")]),
        ("他说（你好", [("unpaired", "（", None)]),
        ("no) yes", [("unpaired", ")", None)]),
        ("25号还是二十号", [("numbers", "二十号", None)]),
        ("2023年和二零二四年", [("numbers", "二零二四年", None)]),
        ("百分之五十，不是60%", [("numbers", "百分之五十", None)]),
        ("我我我觉得", [("twice", "我我我", "我觉得")]),
        ("then the the house", [("twice", "the the", "then the house")]),
    ],
)
def test_text_is_warned_of_and_mended(text: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "我们下个月要在上海开第三次用户会议，需要把 roadmap 先定下来。",
        "What's the weather like today? 今天天气怎么样？ How do I go to that bus stop? 请问那个车站怎么走？",
        "A股和T恤，3D打印，5G网络，K线。",
        "We use std::vector, .NET, etc., at 3:20 p.m.; really?! Well... fine!",
        "AI (人工智能) is here, 1) cheap, 2) quick.",
        "比分3:2，价格1,000元，约3.5%。",
        "看看，谢谢，天天，一点一点，试一试，哈哈哈，目的的确，自我我行我素。",
        "三个苹果，25个梨，十分好，3分。一九九八年，第3次，一月的月亮。",
        "他说：“走吧！”然后……走了——真的？！",
        'It is 5" long, "they" say.',
        "안녕하세요. 세계, 좋아요!",
        "これはペンです。",
    ],
)
def test_good_text_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("spacing", "text", "mended"),
    [
        (Spacing.LATIN, "有3个iPad吗", "有3个 iPad 吗"),
        (Spacing.ALL, "有3个", "有 3 个"),
        (Spacing.ALL, "约3.5%的", "约 3.5% 的"),
        (Spacing.NONE, "用 iPad 吗", "用iPad吗"),
        (Spacing.OFF, "用iPad吗", None),
    ],
)
def test_space_beside_latin_is_a_matter_of_style(spacing: Spacing, text: str, mended: str | None) -> None:
    assert [one.fix for one in check_text(text, spacing)] == ([] if mended is None else [mended])


def row(text: str, start: int, end: int, speaker: str = "1") -> CheckedRow:
    return CheckedRow(text, start, end, speaker)


def messages(*rows: CheckedRow) -> list[list[tuple[str, float | None]]]:
    return [[(one.message, one.figure) for one in warnings] for warnings in check_rows(rows)]


def test_row_that_is_too_fast_to_read() -> None:
    assert messages(row("秋" * 30, 0, 2000), row("好", 2000, 2500)) == [[("fast", 15.0)], []]
    assert messages(row("哈哈哈。", 0, 80), row("好", 2000, 2500)) == [[], []]
    assert messages(row("a fine day in autumn" * 4, 0, 2000)) == [[("fast", 32.0)]]


def test_row_that_is_too_long() -> None:
    assert messages(row("好的。" * 41, 0, 30_000)) == [[("long", 30.0)]]
    assert messages(row("好的。", 0, 46_000)) == [[("long", 46.0)]]


def test_rows_of_one_speaker_that_overlap() -> None:
    rows = row("好", 0, 1000), row("不", 500, 900, "2"), row("对", 800, 1500), row("是", 1500, 1900)
    assert messages(*rows) == [[("overlap", 0.2)], [], [], []]


@pytest.mark.parametrize("text", ["", "，。", "  "])
def test_row_without_words(text: str) -> None:
    assert messages(row(text, 0, 1000))[0] == [("no_words", None)]


def test_quotation_may_go_on_over_rows_of_its_speaker() -> None:
    opened, between, closed = row("他说：“走吧。", 0, 900), row("别等了。", 1000, 1900), row("走。”", 2000, 2900)
    other = row("谁？", 950, 990, "2")
    assert messages(opened, other, between, closed) == [[], [], [], []]
    assert messages(opened, between) == [[("unpaired", None)], []]


def test_keys_stay_while_the_place_does() -> None:
    before, after = check_text("你好,世界,再见"), check_text("大家好,世界，再见,")
    assert [one.key for one in before] == ["half_width:好,世", "half_width:界,再"]
    assert [one.key for one in after] == ["half_width:好,世", "half_width:见,"]
    twice = [one.key for one in check_text("好,好,好")]
    assert twice == ["half_width:好,好", "half_width:好,好#2"]


def test_engines_own_rows_have_no_warnings() -> None:
    """Answers as the service gave them."""
    checked = 0
    for file in sorted((DATA / "answers").glob("*.json")):
        utterances = rows_of(json.loads(file.read_text(encoding="utf-8")))
        assert (file.name, [warnings for warnings in check_rows(utterances) if warnings]) == (file.name, [])
        checked += len(utterances)
    assert checked > 10


def rows_of(answer: object) -> list[CheckedRow]:
    if isinstance(answer, list):
        return [row for item in answer for row in rows_of(item)]
    if not isinstance(answer, dict):
        return []
    if "words" not in answer:
        return [row for item in answer.values() for row in rows_of(item)]
    additions = answer.get("additions", {})
    speaker = f"{additions.get('speaker', '')}/{additions.get('channel_id', '')}"
    row = CheckedRow(answer["text"], answer.get("start_time", 0), answer.get("end_time", 0), speaker)
    return [row] if row.text.strip() and row.end_ms > row.start_ms else []


@given(written, spacings)
def test_warnings_lie_in_the_text_in_order_and_have_keys_of_their_own(text: str, spacing: Spacing) -> None:
    warnings = check_text(text, spacing)
    assert all(0 <= one.start <= one.end <= len(text) for one in warnings)
    assert [one.start for one in warnings] == sorted(one.start for one in warnings)
    assert len({one.key for one in warnings}) == len(warnings)
    assert check_text(text, spacing) == warnings


@given(written, spacings)
def test_mending_leaves_every_word_and_comes_to_an_end(text: str, spacing: Spacing) -> None:
    words = [fold(token.text) for token in tokenize(text)]
    for _step in range(2 * len(text) + 2):
        mendable: list[CheckWarning] = [one for one in check_text(text, spacing) if one.fix is not None]
        if not mendable:
            return
        mended = mendable[0].fix or ""
        assert mended != text
        text = mended
        now = [fold(token.text) for token in tokenize(text)]
        assert now == words or mendable[0].message == "twice"
        words = now
    raise AssertionError(f"still to be mended: {text!r}")


@pytest.mark.long
@given(st.lists(st.builds(CheckedRow, written, st.integers(0, 500), st.integers(501, 9000), st.sampled_from("12"))))
def test_every_row_gets_its_warnings(rows: list[CheckedRow]) -> None:
    assert len(check_rows(rows)) == len(rows)
