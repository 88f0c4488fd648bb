from __future__ import annotations

from hypothesis import given

from tests.text.strategies import texts
from transcripts.text.accuracy import Accuracy, Confusion, Errors, measure_accuracy
from transcripts.text.tokens import tokenize


def test_accuracy_counts_characters_and_words_apart_and_lists_the_confusions() -> None:
    assert measure_accuracy(
        [
            ("欢迎来打模样的语音", "欢迎大家来达摩院的语音。"),
            ("I think GPT for is good", "i think GPT-4 is very good."),
            ("打模样", "达摩院"),
        ]
    ) == Accuracy(
        characters=Errors(hits=6, substitutions=6, deletions=2),
        words=Errors(hits=3, substitutions=3),
        confusions=[
            Confusion("打模样", "达摩院", 2),
            Confusion("", "大家", 1),
            Confusion("GPT for is", "GPT-4 is very", 1),
        ],
    )


def test_rates_are_of_what_was_meant_and_of_all() -> None:
    errors = Errors(hits=1, substitutions=1, deletions=0, insertions=4)
    assert (errors.rate, errors.match_rate) == (2.5, 5 / 6)
    assert (Errors().rate, Errors().match_rate) == (None, None)


@given(texts)
def test_a_text_is_right_about_itself(text: str) -> None:
    found = measure_accuracy([(text, text)])
    assert found.characters.wrong + found.words.wrong == 0
    assert found.characters.hits + found.words.hits == len(tokenize(text))
    assert found.confusions == []


@given(texts, texts)
def test_what_was_meant_is_counted_once_each(heard: str, meant: str) -> None:
    found = measure_accuracy([(heard, meant)])
    assert found.characters.meant + found.words.meant == len(tokenize(meant))
