from __future__ import annotations

from dataclasses import replace

import pytest

from transcripts.imports.decisions import add_rows, is_certain
from transcripts.imports.reading import read
from transcripts.imports.rows import Assumed, FilePlace, ImportedRow, NotRead, PlaceKind, Reading, Why

SURE = Reading((ImportedRow(0, 1000, "Hello.", "Ana"), ImportedRow(3000, 4000, "Bye.", "Lin")), (), Assumed())


def left(text: str) -> NotRead:
    return NotRead(FilePlace(PlaceKind.LINE, 4), text, Why.BAD_TIME, 1000)


@pytest.mark.parametrize(
    ("assumed", "certain"),
    [
        (Assumed(encoding="utf-8", estimated_times=3, cut_rows=1), True),
        (Assumed(names_in_text=("Ana", "Speaker 2")), True),
        (Assumed(names_in_text=("Maria",)), False),
        (Assumed(kept_names=("Maria",)), False),
        (Assumed(encoding_sure=False), False),
        (Assumed(shift_ms=40), False),
        (Assumed(proposed_shift_ms=-3_600_000), False),
        (Assumed(merged_captions=1), False),
        (Assumed(lengthened_rows=1), False),
    ],
)
def test_what_could_be_otherwise_is_not_certain(assumed: Assumed, certain: bool) -> None:
    assert is_certain(replace(SURE, assumed=assumed), ["Ana"]) == certain


def test_what_was_not_read_is_not_certain() -> None:
    assert not is_certain(replace(SURE, not_read=(left("Well."),)), [])
    assert not is_certain(replace(SURE, rows=()), [])


def test_a_text_becomes_a_row_of_the_speaker_it_names() -> None:
    placed = [(left("Lin: Well\nthen."), 2000), (left("Max: Oh."), 500)]
    assert [(row.start_ms, row.speaker, row.text) for row in add_rows(SURE, placed).rows] == [
        (0, "Ana", "Hello."),
        (500, "", "Max: Oh."),
        (2000, "Lin", "Well then."),
        (3000, "Lin", "Bye."),
    ]
    assert all(row.start_ms < row.end_ms for row in add_rows(SURE, placed).rows)
    assert add_rows(SURE, []) == SURE


def test_a_long_text_becomes_rows_that_can_be_edited() -> None:
    rows = add_rows(SURE, [(left("One two three. " * 400), 5000)]).rows
    assert "".join(row.text for row in rows[2:]).count("two") == 400
    assert max(len(row.text) for row in rows) <= 2000


def test_rows_of_an_answer_keep_their_words() -> None:
    data = b'{"result": {"utterances": [{"text": "Hi.", "start_time": 0, "end_time": 900, "words": '
    data += b'[{"text": "Hi", "start_time": 0, "end_time": 900}]}]}}'
    reading = read(data, "a.json")
    assert add_rows(reading, [(left("Well."), 1000)]).rows[0] == reading.rows[0]
