from __future__ import annotations

import random
import re
from collections.abc import Sequence

import jiwer
import pytest
from hypothesis import given

from tests.text.strategies import texts
from transcripts.text.accuracy import (
    Accuracy,
    Confusion,
    Errors,
    RateInterval,
    compare_accuracies,
    measure_accuracy,
    measure_stretches,
    were_picked,
)
from transcripts.text.tokens import fold, split_tokens

HAN = "的一是不了人我在有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小"
WORDS = [
    "I",
    "think",
    "we",
    "don't",
    "know",
    "what",
    "GPT-4",
    "costs",
    "in",
    "2024",
    "but",
    "it's",
    "well-known",
    "that",
]
WORDS += ["U.S", "users", "pay", "1,000", "more", "a", "month"]
SIGNS = ["，", "。", "、", "？", " ", ", ", ". ", "——", "“", "”"]


def count(hits: int = 0, substitutions: int = 0, deletions: int = 0, insertions: int = 0) -> Errors:
    """Without what makes the interval."""
    return Errors(hits, substitutions, deletions, insertions)


def counts_of(errors: Errors) -> Errors:
    return Errors(errors.hits, errors.substitutions, errors.deletions, errors.insertions)


def test_accuracy_counts_characters_and_words_apart_and_lists_the_confusions() -> None:
    found = measure_accuracy(
        [
            ("欢迎来打模样的语音", "欢迎大家来达摩院的语音。"),
            ("I think GPT for is good", "i think GPT-4 is very good."),
            ("打模样", "达摩院"),
        ]
    )
    assert counts_of(found.characters) == count(hits=6, substitutions=6, deletions=2)
    assert counts_of(found.words) == count(hits=4, substitutions=1, deletions=1, insertions=1)
    assert counts_of(found.tokens) == count(hits=10, substitutions=7, deletions=3, insertions=1)
    assert (found.characters.rows, found.words.rows, found.tokens.rows) == (2, 1, 3)
    assert found.of_rows == [(5, 11), (3, 6), (3, 3)]
    assert found.confusions == [
        Confusion("打模样", "达摩院", (0, 2)),
        Confusion("", "very", (1,)),
        Confusion("", "大家", (0,)),
        Confusion("GPT for", "GPT-4", (1,)),
    ]


def test_engine_text_of_several_rows_is_shared_out_among_them() -> None:
    found = measure_stretches([("今天天汽很好明天会下鱼吗", ["今天天气很好。", "明天会下雨。"]), ("对对", ["", "对"])])
    assert found.of_rows == [(1, 6), (2, 5), (0, 0), (1, 1)]
    assert found.confusions[1:] == [Confusion("汽", "气", (0,)), Confusion("鱼吗", "雨", (1,))]


def test_rate_is_of_what_was_meant() -> None:
    assert Errors(hits=1, substitutions=1, deletions=0, insertions=4).rate == 2.5
    assert Errors().rate is None
    assert measure_accuracy([("嗯", "")]).characters.rate is None


@pytest.mark.parametrize(
    ("heard", "meant", "wrong"),
    [
        ("ＡＢＣ　１２３", "abc 123", 0),
        ("Hello, World!", "hello world", 0),
        ("don’t", "don't", 0),
        ("1,000", "1000", 0),
        ("你好，世界。", "你好世界", 0),
        ("二十号", "20号", 2),
        ("后来", "後來", 2),
        ("cafe", "café", 1),
    ],
)
def test_what_counts_as_the_same(heard: str, meant: str, wrong: int) -> None:
    assert measure_accuracy([(heard, meant)]).tokens.wrong == wrong


@given(texts)
def test_a_text_is_right_about_itself(text: str) -> None:
    found = measure_accuracy([(text, text)])
    assert found.tokens.wrong == 0
    assert found.tokens.hits == len(split_tokens(text))
    assert found.confusions == []


@given(texts, texts)
def test_what_was_meant_is_counted_once_each(heard: str, meant: str) -> None:
    found = measure_accuracy([(heard, meant)])
    assert found.characters.meant + found.words.meant == found.tokens.meant == len(split_tokens(meant))
    assert found.characters.wrong + found.words.wrong == found.tokens.wrong == found.of_rows[0][0]


def spoil(tokens: Sequence[str], dice: random.Random, share: float) -> list[str]:
    spoilt: list[str] = []
    for token in tokens:
        if dice.random() > share:
            spoilt.append(token)
            continue
        other = dice.choice(WORDS if token.isascii() else HAN)
        spoilt += dice.choice([[other], [], [token, other]])
    return spoilt


def write(tokens: Sequence[str], dice: random.Random) -> str:
    """The tokens as a text, with signs here and there, and capitals."""
    text = ""
    for token in tokens:
        between = dice.choice(SIGNS) if dice.random() < 0.2 else ""
        if text[-1:].isascii() and token.isascii() and text and not between.strip(' "“”'):
            between = " "
        text += between + (token.upper() if dice.random() < 0.1 else token)
    return text


def make_pairs(kind: str, seed: int) -> list[tuple[str, str]]:
    dice = random.Random(seed)
    pairs = []
    for _row in range(60):
        pool = {"han": HAN, "words": WORDS, "mixed": [*HAN, *WORDS]}[kind]
        meant = [dice.choice(pool) for _token in range(dice.randint(1, 40))]
        pairs.append((write(spoil(meant, dice, dice.choice([0, 0.02, 0.1, 0.5])), dice), write(meant, dice)))
    return pairs


@pytest.mark.parametrize("seed", range(5))
def test_characters_are_those_of_jiwer(seed: int) -> None:
    """Its CER of the texts without signs and spaces."""
    pairs = make_pairs("han", seed)
    plain = [tuple(re.sub(r"\W", "", text) for text in pair) for pair in pairs]
    expected = jiwer.cer([meant for _heard, meant in plain], [heard for heard, _meant in plain])
    assert measure_accuracy(pairs).characters.rate == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_words_are_those_of_jiwer(seed: int) -> None:
    """Its WER with its own ways to leave out case and signs."""
    pairs = make_pairs("words", seed)
    plain = jiwer.Compose(
        [
            jiwer.ToLowerCase(),
            jiwer.SubstituteRegexes({r"[，。、？—“”]+|[,.](?=\s|$)": " "}),
            jiwer.RemovePunctuation(),  # type: ignore[no-untyped-call]
            jiwer.RemoveMultipleSpaces(),
            jiwer.Strip(),
            jiwer.ReduceToListOfListOfWords(),
        ]
    )
    meant, heard = [meant for _heard, meant in pairs], [heard for heard, _meant in pairs]
    expected = jiwer.wer(meant, heard, reference_transform=plain, hypothesis_transform=plain)
    assert measure_accuracy(pairs).words.rate == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_mixed_rates_are_those_of_jiwer(seed: int) -> None:
    """Its WER of the tokens, and its own alignment's errors by kind."""
    pairs = make_pairs("mixed", seed)
    heard, meant = ([" ".join(map(fold, split_tokens(pair[side]))) for pair in pairs] for side in (0, 1))
    expected = jiwer.process_words(meant, heard)
    found = measure_accuracy(pairs)
    assert counts_of(found.tokens) == count(
        expected.hits, expected.substitutions, expected.deletions, expected.insertions
    )
    wrong = {True: 0, False: 0}
    for steps, said, heard_as in zip(expected.alignments, expected.references, expected.hypotheses, strict=True):
        for step in steps:
            if step.type != "equal":
                meant_there = said[step.ref_start_idx : step.ref_end_idx]
                for token in meant_there or heard_as[step.hyp_start_idx : step.hyp_end_idx]:
                    wrong[not token.isascii()] += 1
    assert (found.characters.wrong, found.words.wrong) == (wrong[True], wrong[False])


def draw_rows(dice: random.Random, rows: int, rate: float) -> Errors:
    """Rows of which some are three times as hard as others, as where somebody coughs."""
    errors = Errors()
    for _row in range(rows):
        hard = rate * dice.choice([0.5, 0.5, 0.5, 2.5])
        meant = dice.randint(3, 40)
        wrong = sum(dice.random() < hard for _token in range(meant))
        errors.add_whole(Errors(meant - wrong, wrong))
    return errors


@pytest.mark.long
@pytest.mark.parametrize(("rows", "rate"), [(20, 0.1), (30, 0.02), (50, 0.1), (200, 0.3)])
def test_interval_holds_the_true_rate_nineteen_times_in_twenty(rows: int, rate: float) -> None:
    dice = random.Random(20)
    drawn = [draw_rows(dice, rows, rate).interval for _try in range(300)]
    held = sum(interval is not None and interval.low <= rate <= interval.high for interval in drawn)
    assert 0.91 <= held / 300 <= 0.98


def test_interval_of_few_rows_is_not_known_and_of_no_errors_is_none_of_zero_width() -> None:
    errors = Errors()
    for _row in range(19):
        errors.add_whole(Errors(hits=20))
    assert (errors.rate, errors.interval) == (0, None)
    errors.add_whole(Errors(hits=20))
    assert errors.interval == pytest.approx(RateInterval(0, 0.011), abs=0.0001)


def test_interval_is_that_of_resampled_rows() -> None:
    """Bisani and Ney, Bootstrap estimates for confidence intervals in ASR performance evaluation, 2004."""
    dice = random.Random(4)
    pairs = make_pairs("han", 4) + make_pairs("han", 5)
    found = measure_accuracy(pairs)
    rates = []
    for _sample in range(2000):
        rows = dice.choices(found.of_rows, k=len(found.of_rows))
        rates.append(sum(wrong for wrong, _meant in rows) / sum(meant for _wrong, meant in rows))
    rates.sort()
    assert found.tokens.interval == pytest.approx((rates[50], rates[-51]), abs=0.015)


def test_what_belongs_together_makes_a_wider_interval() -> None:
    dice = random.Random(1)
    single, whole = Errors(), Errors()
    for _recording in range(24):
        rows = draw_rows(dice, 50, dice.choice([0.02, 0.2]))
        single.add(rows)
        whole.add_whole(rows)
    assert single.rate == whole.rate
    assert single.interval
    assert whole.interval
    assert whole.interval.high - whole.interval.low > 2 * (single.interval.high - single.interval.low)


def verify_some(seed: int, rate: float, *, picked: bool) -> bool:
    """Whether one in ten of 1,000 rows, or one in ten of those with errors, looks picked."""
    dice = random.Random(seed)
    rows = []
    for _row in range(1000):
        meant = dice.randint(2, 30)
        hard = rate * dice.choice([0.5, 0.5, 0.5, 2.5])
        rows.append((sum(dice.random() < hard for _token in range(meant)), meant))
    chosen = [number for number, row in enumerate(rows) if dice.random() < 0.1 and (row[0] or not picked)]
    runs = sum(number - 1 not in chosen for number in chosen)
    return were_picked([rows[number] for number in chosen], runs, len(rows))


@pytest.mark.long
def test_rows_picked_for_their_errors_are_told_from_a_sample() -> None:
    for rate in (0.02, 0.05, 0.1, 0.2):
        assert sum(verify_some(seed, rate, picked=True) for seed in range(20)) >= 17, rate
        assert sum(verify_some(seed, rate, picked=False) for seed in range(20)) == 0, rate


def test_rows_in_order_and_few_rows_and_all_rows_were_not_picked() -> None:
    wrong = [(1, 10)] * 40
    assert were_picked(wrong, 36, 400)
    assert not were_picked(wrong, 1, 400)
    assert not were_picked(wrong[:19], 19, 400)
    assert not were_picked(wrong, 1, 40)
    assert not were_picked([(0, 10)] * 40, 36, 400)


def test_two_engines_are_compared_row_by_row() -> None:
    said = ["今天天气很好", "我们去公园吧", "好的没有问题"] * 10
    one = measure_accuracy((text.replace("天", "田"), text) for text in said)
    other = measure_accuracy((text.replace("好", "号"), text) for text in said)
    difference = compare_accuracies(one, other)
    assert difference
    assert difference.rate == pytest.approx(0)
    assert not difference.is_certain
    right = compare_accuracies(one, measure_accuracy((text, text) for text in said))
    assert right
    assert right.rate == pytest.approx(-2 / 18)
    assert right.is_certain
    assert compare_accuracies(Accuracy(), Accuracy()) is None
    few = compare_accuracies(measure_accuracy([("好", "号")]), measure_accuracy([("号", "号")]))
    assert few
    assert (few.rate, few.interval, few.is_certain) == (-1, None, False)
