"""The share of times that stay exact, and how far estimated ones are off, on two hours of made speech each."""

from __future__ import annotations

import random

import pytest

from tests.bench import bench_recurrences as recurrences
from tests.bench.bench_text_alignment import (
    LANGUAGES,
    RATES,
    by_difflib,
    join_scores,
    measure,
    measure_edges,
    ours,
    ours_reaching,
    samples,
)
from transcripts.text.alignment import align
from transcripts.text.tokens import tokenize

pytestmark = pytest.mark.long

EXACT_PERCENT = {"zh": 99.99, "en": 99.97, "mixed": 99.97}
WITHIN_MS = {0.05: 75, 0.10: 80, 0.20: 90}


@pytest.mark.drill
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_right_words_keep_their_times_and_corrected_ones_come_near(language: str, rate: float) -> None:
    score = measure(samples(language, rate), ours)
    assert score.disorder == 0
    assert score.exact_share() >= EXACT_PERCENT[language]
    assert score.percentile(0.95) <= WITHIN_MS[rate]


@pytest.mark.drill
@pytest.mark.parametrize("rate", [0.10, 0.20])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_rows_reach_out_to_where_missed_words_were_said(language: str, rate: float) -> None:
    score = join_scores(measure_edges(language, rate, ours_reaching, hours=1.0))
    assert score.disorder == 0
    assert score.exact_share() >= 99.95
    assert score.percentile(0.95) <= WITHIN_MS[rate]


@pytest.mark.drill
def test_the_usual_way_is_worse() -> None:
    rows = samples("zh", 0.2, hours=0.5)
    found, usual = measure(rows, ours), measure(rows, by_difflib)
    assert found.exact > usual.exact
    assert found.percentile(0.95) < usual.percentile(0.95)


def test_a_hundred_edits_and_the_first_text_again_give_the_first_times() -> None:
    draw = random.Random(4)
    for sample in samples("mixed", 0.1, hours=0.005):
        before = align(sample.row.words, sample.text)
        text = sample.text
        for _ in range(100):
            at = draw.randrange(len(text) + 1)
            text = text[:at] + draw.choice(("", "的", " and ", "，")) + text[at + draw.randrange(3) :]
            found = align(sample.row.words, text)
            assert [word.text for word in found] == [token.text for token in tokenize(text)]
        assert align(sample.row.words, sample.text) == before


@pytest.mark.drill
@pytest.mark.parametrize(("language", "seed"), [("zh", 4), ("en", 4)])
def test_where_a_term_recurs_is_found_and_few_offers_are_false(language: str, seed: int) -> None:
    score = recurrences.measure(language, seed)
    assert score.exact_found == score.exact > 50
    assert score.alike_found >= 0.8 * score.alike > 40
    assert 3 * score.false <= score.alike_found + score.false


@pytest.mark.drill
@pytest.mark.parametrize(("language", "seed"), [("zh", 4), ("en", 4)])
def test_what_one_edit_tells_is_enough_in_real_text(language: str, seed: int) -> None:
    score = recurrences.measure_offers(language, seed)
    assert score.exact_found >= 0.98 * score.exact > 40
    assert score.false_exact <= 1
    assert score.alike_found >= 0.8 * score.alike > 30
    assert 3 * score.false <= score.alike_found + score.false
