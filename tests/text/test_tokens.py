from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given

from tests.text.strategies import texts, wild_texts
from transcripts.text.tokens import (
    Token,
    Word,
    WordColumns,
    fold,
    split_at_tokens,
    split_tokens,
    tokenize,
    utf16_length,
    utf16_spans,
    weigh,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("今天iPhone手机涨了50%。", ["今", "天", "iPhone", "手", "机", "涨", "了", "50%"]),
        ("Don't stop, well-known U.S. 3.14!", ["Don't", "stop", "well-known", "U.S", "3.14"]),
        ("1,000台，1,2,3 和 ２０２６年", ["1,000", "台", "1", "2", "3", "和", "２０２６", "年"]),
        ("'90s rock 'n' roll – ok", ["90s", "rock", "n", "roll", "ok"]),
        ("costs $5 or 20℃", ["costs", "$5", "or", "20", "℃"]),
        ("らーめんｶﾞ々", ["ら", "ー", "め", "ん", "ｶﾞ", "々"]),
        ("한국어 \u1112\u1161\u11ab", ["한", "국", "어", "\u1112\u1161\u11ab"]),
        ("👨‍👩‍👧好🇨🇳🇯🇵1️⃣👍🏽", ["👨‍👩‍👧", "好", "🇨🇳", "🇯🇵", "1️⃣", "👍🏽"]),
        ("שלום עולם، صباحُ الخير", ["שלום", "עולם", "صباحُ", "الخير"]),
        ("cafe\u0301 𠮷野家 naïve", ["cafe\u0301", "𠮷", "野", "家", "naïve"]),
        ("ภาษา हिन्दी", ["ภ", "า", "ษ", "า", "हिन्दी"]),
        ("贝拉克·奥巴马", ["贝", "拉", "克", "奥", "巴", "马"]),
        ("。，… \n\t—", []),
        ("\ud83d x", ["x"]),
        ("", []),
    ],
)
def test_tokenize_finds_what_can_be_spoken(text: str, found: list[str]) -> None:
    assert [token.text for token in tokenize(text)] == found


def test_tokens_know_their_places_in_code_points_and_in_utf16() -> None:
    text = "𠮷野 GPT-4😀，好"
    tokens = tokenize(text)
    assert tokens == [
        Token("𠮷", 0, 1),
        Token("野", 1, 2),
        Token("GPT-4", 3, 8),
        Token("😀", 8, 9),
        Token("好", 10, 11),
    ]
    assert list(utf16_spans(text, tokens)) == [(0, 2), (2, 3), (4, 9), (9, 11), (12, 13)]


@given(wild_texts | texts)
def test_tokens_lie_in_order_and_leave_out_only_signs_and_spaces(text: str) -> None:
    tokens = tokenize(text)
    assert all(text[token.start : token.end] == token.text != "" for token in tokens)
    assert all(before.end <= after.start for before, after in pairwise(tokens))
    covered = {place for token in tokens for place in range(token.start, token.end)}
    assert not [
        char
        for place, char in enumerate(text)
        if place not in covered and unicodedata.category(char)[0] in "LN" and char not in "ﾞﾟ"
    ]


@given(wild_texts | texts)
def test_utf16_spans_cut_the_text_as_javascript_does(text: str) -> None:
    units = text.encode("utf-16-le", "surrogatepass")
    tokens = tokenize(text)
    spans = list(utf16_spans(text, tokens))
    assert [units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass") for start, end in spans] == [
        token.text for token in tokens
    ]
    assert utf16_length(text) == len(units) // 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "HELLO"),
        ("ＡＢＣ１", "abc1"),
        ("ｶﾞ", "ガ"),
        ("cafe\u0301", "CAFÉ"),
        ("don’t", "don't"),
        ("1,000", "1000"),
    ],
)
def test_fold_ignores_case_width_and_composition(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_fold_tells_traditional_from_simplified_unless_told_otherwise() -> None:
    assert (fold("體"), fold("體", simplify=True)) == ("體", "体")


@given(wild_texts)
def test_fold_of_a_folded_text_is_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_weight_counts_syllables_roughly() -> None:
    assert [weigh(text) for text in ("好", "한", "ガ", "1970", "50%", "abc")] == [1, 1, 1, 4, 4, 1]


@given(wild_texts)
def test_text_is_split_at_its_tokens(text: str) -> None:
    parts = split_at_tokens(text)
    assert ("".join(parts), parts[1::2]) == (text, split_tokens(text))


def test_words_as_columns_are_those_words() -> None:
    words = (Word("你", 0, 200), Word("好", 200, 400, "estimated"))
    columns = WordColumns.of(words)
    assert (len(columns), tuple(columns), columns[1], columns[-1:]) == (2, words, words[1], words[1:])
    assert (columns.texts, columns.start_ms, columns.end_ms) == (("你", "好"), (0, 200), (200, 400))
    assert columns == words == WordColumns.of(columns)
    assert columns == WordColumns([["你", 0, 200, "engine"], ["好", 200, 400, "estimated"]])
    assert (WordColumns(), list(WordColumns())) == ((), [])
