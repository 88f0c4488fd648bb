"""Terms of a glossary go along with the options' own hot words, where there is room and the language takes them."""

from __future__ import annotations

import pytest

from transcripts.flash.codes import MAX_HOT_WORDS
from transcripts.flash.hot_words import LOCAL_ROOM, GlossaryTerm, add_terms, fit_words
from transcripts.flash.options import RecognitionOptions

TERMS = [
    GlossaryTerm("图灵"),
    GlossaryTerm("Flashweb", "en-US"),
    GlossaryTerm("豆包", "zh-CN"),
    GlossaryTerm("喺度", "yue-CN"),
    GlossaryTerm("こんにちは", "ja-JP"),
]


@pytest.mark.parametrize(
    ("options", "kept", "count"),
    [
        ({}, ("图灵", "Flashweb", "豆包", "喺度"), 4),
        ({"language": "zh-CN"}, ("图灵", "豆包"), 2),
        ({"language": "en-US"}, (), 0),
        ({"language": "ja-JP"}, (), 0),
        ({"auto_language": True}, (), 0),
        ({"hot_words": ("flashweb", "Lin")}, ("flashweb", "Lin", "图灵", "豆包", "喺度"), 3),
        ({"hot_words": ("ＦＬＡＳＨＷＥＢ",), "language": "zh-CN"}, ("ＦＬＡＳＨＷＥＢ", "图灵", "豆包"), 2),
    ],
)
def test_terms_go_along_in_languages_that_take_hot_words(options: dict[str, object], kept: object, count: int) -> None:
    with_terms, added = add_terms(RecognitionOptions.from_mapping(options), TERMS)
    assert (with_terms.hot_words, added) == (kept, count)


@pytest.mark.parametrize("is_local", [True, False])
def test_other_options_stay(is_local: bool) -> None:
    options = RecognitionOptions(speakers=True, itn="off", dialog_context=("Hello.",), boosting_table="names")
    with_terms, _count = add_terms(options, TERMS[:1], is_local=is_local)
    assert with_terms.to_json() == {**options.to_json(), "hot_words": ["图灵"]}


@pytest.mark.long
def test_service_gets_no_more_than_it_takes() -> None:
    many = [GlossaryTerm(f"term {number}") for number in range(MAX_HOT_WORDS)]
    options = RecognitionOptions(hot_words=tuple(f"own {number}" for number in range(10)))
    with_terms, count = add_terms(options, many)
    assert (len(with_terms.hot_words), count) == (MAX_HOT_WORDS, MAX_HOT_WORDS - 10)
    assert with_terms.hot_words[9:12] == ("own 9", "term 0", "term 1")


def test_embedded_recogniser_gets_what_has_room() -> None:
    many = [GlossaryTerm(char * 99) for char in "xyzabc"]
    with_terms, count = add_terms(RecognitionOptions(hot_words=("own",)), many, is_local=True)
    assert (with_terms.hot_words, count) == (("own", "x" * 99, "y" * 99, "z" * 99), 3)
    han = [GlossaryTerm(chr(0x4E00 + number) * 10) for number in range(50)]
    assert add_terms(RecognitionOptions(), han, is_local=True)[1] == (LOCAL_ROOM + 1) // 31


@pytest.mark.parametrize(
    ("words", "fitting"), [([], []), (["x" * 401, "y"], []), (["x" * 400, "y"], ["x" * 400]), (["图" * 134], [])]
)
def test_words_are_not_cut(words: list[str], fitting: list[str]) -> None:
    assert fit_words(words) == fitting
