from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.strategies import HAN, texts
from transcripts.text.merging import Conflict, DiffSegment, MergeConflict, diff, merge, split_fragments


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "merged"),
    [
        ("我们去北京。", "他们去北京。", "我们去上海。", "他们去上海。"),
        ("我们去北京。", "我们去北京！", "他们去北京。", "他们去北京！"),
        ("我们", "我门", "他们", "他门"),
        ("we go to Paris", "we went to Paris", "we go to London", "we went to London"),
        ("a b c", "a x c", "a x c", "a x c"),
        ("a b c", "a x c", "a b c", "a x c"),
        ("a b c", "a b c", "a x c", "a x c"),
        ("one two three four", "one three four", "one two three", "one three"),
        ("哈哈", "哈哈哈", "哈哈哈", "哈哈哈"),
        ("a  b c", "a b c", "a  b d", "a b d"),
        ("", "new", "new", "new"),
        ("", "", "new", "new"),
    ],
)
def test_merge_takes_what_both_sides_changed(base: str, theirs: str, mine: str, merged: str) -> None:
    assert merge(base, theirs, mine) == merged


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "conflicts"),
    [
        ("a b c", "a x c", "a y c", [Conflict("b", "x", "y", (2, 3), (2, 3), (2, 3))]),
        ("你好", "很你好", "真你好", [Conflict("", "很", "真", (0, 0), (0, 1), (0, 1))]),
        ("去吧", "他去吧", "走吧", [Conflict("去", "他去", "走", (0, 1), (0, 2), (0, 1))]),
        ("你好", "", "你好吗", [Conflict("你好", "", "你好吗", (0, 2), (0, 0), (0, 3))]),
        ("好。", "好！", "好？", [Conflict("。", "！", "？", (1, 2), (1, 2), (1, 2))]),
        ("哈哈哈", "哈哈", "哈哈哈哈", [Conflict("哈", "", "哈哈", (2, 3), (2, 2), (2, 4))]),
        ("", "a", "b", [Conflict("", "a", "b", (0, 0), (0, 1), (0, 1))]),
    ],
)
def test_merge_refuses_to_guess(base: str, theirs: str, mine: str, conflicts: list[Conflict]) -> None:
    with pytest.raises(MergeConflict) as caught:
        merge(base, theirs, mine)
    assert (caught.value.base, caught.value.theirs, caught.value.mine) == (base, theirs, mine)
    assert list(caught.value.conflicts) == conflicts


def outcome(base: str, theirs: str, mine: str) -> str | list[tuple[str, frozenset[str]]]:
    try:
        return merge(base, theirs, mine)
    except MergeConflict as conflict:
        return [(part.base, frozenset((part.theirs, part.mine))) for part in conflict.conflicts]


@given(texts, texts, texts)
def test_merge_treats_both_sides_alike(base: str, theirs: str, mine: str) -> None:
    assert outcome(base, theirs, mine) == outcome(base, mine, theirs)


@given(texts, texts)
def test_merge_with_an_unchanged_or_equal_side_is_the_other(base: str, other: str) -> None:
    assert merge(base, other, base) == merge(base, base, other) == merge(base, other, other) == other


@given(texts, texts, texts)
def test_merge_conflicts_quote_the_texts_they_stand_in(base: str, theirs: str, mine: str) -> None:
    try:
        merge(base, theirs, mine)
    except MergeConflict as caught:
        for part in caught.conflicts:
            assert base[slice(*part.base_span)] == part.base
            assert theirs[slice(*part.theirs_span)] == part.theirs
            assert mine[slice(*part.mine_span)] == part.mine
            assert part.theirs != part.mine
        first = caught.conflicts[0]
        both = " / ".join(text for text in (first.theirs, first.mine) if text)
        assert caught.draft[slice(*caught.first)] == both  # noqa: PT017


def test_draft_of_a_conflict_has_the_rest_merged() -> None:
    with pytest.raises(MergeConflict) as caught:
        merge("我们去北京。", "你们去北京！", "他们去北京。")
    assert (caught.value.draft, caught.value.first) == ("你 / 他们去北京！", (0, 5))


@pytest.mark.long
@given(st.lists(st.tuples(st.sampled_from("tm"), st.sampled_from(("", "X", "新的", "，"))), min_size=8, max_size=8))
def test_merge_takes_every_pair_of_edits_that_do_not_touch(edits: list[tuple[str, str]]) -> None:
    """Tokens that differ from each other, so that there is only one way to see who changed what."""
    base = HAN[:24]

    def edited(by: str) -> str:
        parts = [base[3 * k : 3 * k + 2] if owner not in by else new for k, (owner, new) in enumerate(edits)]
        return "".join(part + base[3 * k + 2] for k, part in enumerate(parts))

    assert merge(base, edited("t"), edited("m")) == edited("tm")


@given(texts, texts)
def test_diff_holds_both_texts_whole(old: str, new: str) -> None:
    segments = diff(old, new)
    assert "".join(part.text for part in segments if part.kind != "inserted") == old
    assert "".join(part.text for part in segments if part.kind != "deleted") == new


def test_diff_marks_tokens_signs_and_spaces() -> None:
    assert diff("我们去北京。", "我们去了北京！") == [
        DiffSegment("equal", "我们去"),
        DiffSegment("inserted", "了"),
        DiffSegment("equal", "北京"),
        DiffSegment("deleted", "。"),
        DiffSegment("inserted", "！"),
    ]


@given(texts)
def test_fragments_joined_are_the_text(text: str) -> None:
    assert "".join(split_fragments(text)) == text
