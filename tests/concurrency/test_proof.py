"""The proof itself sees what it is there to see."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.concurrency.crowd import Request
from tests.concurrency.proof import Step, Told, faults

ROW = {"version": 1, "text": "one", "removed": False}
SENT = ("one w1x1", "one w1x1 w2x1")


def told() -> tuple[Told, Told, list[Request]]:
    """Two people each add a word to the row."""
    first = Step(1, "recognised", 1, "", None, {}, [])
    steps = [
        Step(2, "edited", 1, "a", None, {}, [(7, 2, {"text": "one"}, {"text": SENT[0]})]),
        Step(3, "edited", 2, "b", None, {}, [(7, 3, {"text": SENT[0]}, {"text": SENT[1]})]),
    ]
    requests = [
        Request("a", 1, "edit", 7, "one", SENT[0], status=200, tries=1),
        Request("b", 2, "edit", 7, SENT[0], SENT[1], status=200, tries=1),
    ]
    after = Told(3, [first, *steps], {7: {**ROW, "version": 3, "text": SENT[1]}})
    return Told(1, [deepcopy(first)], {7: dict(ROW)}), after, requests


def test_history_that_is_whole_has_no_faults() -> None:
    assert faults(*told()) == []


def last_change_gone(after: Told, requests: list[Request]) -> None:
    del after.steps[-1]


def stored_twice(after: Told, requests: list[Request]) -> None:
    after.steps[2].key = "a"


def refused_and_stored(after: Told, requests: list[Request]) -> None:
    requests[1].status = 409


def by_somebody_else(after: Told, requests: list[Request]) -> None:
    requests[1].by = 3


def others_word_lost(after: Told, requests: list[Request]) -> None:
    after.steps[2].revisions = [(7, 3, {"text": SENT[0]}, {"text": "one w2x1"})]
    after.rows[7]["text"] = "one w2x1"


def own_word_lost(after: Told, requests: list[Request]) -> None:
    after.steps[2].revisions = [(7, 3, {"text": SENT[0]}, {"text": "one w1x1 ."})]
    after.rows[7]["text"] = "one w1x1 ."


def word_doubled(after: Told, requests: list[Request]) -> None:
    after.steps[2].revisions = [(7, 3, {"text": SENT[0]}, {"text": f"{SENT[1]} w1x1"})]
    after.rows[7]["text"] = f"{SENT[1]} w1x1"


def written_over_unseen(after: Told, requests: list[Request]) -> None:
    after.steps[2].revisions = [(7, 2, {"text": "one"}, {"text": SENT[1]})]


def row_without_a_history(after: Told, requests: list[Request]) -> None:
    after.rows[7]["text"] = "another"


def history_altered(after: Told, requests: list[Request]) -> None:
    after.steps[0].by = 2


@pytest.mark.parametrize(
    "tamper",
    [
        last_change_gone,
        stored_twice,
        refused_and_stored,
        by_somebody_else,
        others_word_lost,
        own_word_lost,
        word_doubled,
        written_over_unseen,
        row_without_a_history,
        history_altered,
    ],
    ids=lambda tamper: tamper.__name__,
)
def test_what_is_not_as_it_must_be_is_seen(tamper: Callable[[Told, list[Request]], None]) -> None:
    before, after, requests = told()
    tamper(after, requests)
    assert faults(before, after, requests)
