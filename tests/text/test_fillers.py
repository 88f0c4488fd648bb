from __future__ import annotations

import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given

from tests.text.strategies import texts, wild_texts
from transcripts.text.fillers import LeftOut, find_fillers, find_left_out, leave_out_fillers
from transcripts.text.tokens import find_token_spans, fold, split_tokens

LISTED = [
    line for line in (Path(__file__).parent / "fillers.txt").read_text().splitlines() if line[:1] not in ("", "#")
]


def read(line: str) -> tuple[str, set[int]]:
    """The sentence, and the numbers of its tokens that stand in braces."""
    spans, text = [], ""
    for part in re.split(r"(\{[^}]*\})", line):
        plain = part.strip("{}")
        if part.startswith("{"):
            spans.append((len(text), len(text) + len(plain)))
        text += plain
    tokens = find_token_spans(text)
    return text, {number for number, (at, _end) in enumerate(tokens) if any(low <= at < high for low, high in spans)}


def find(text: str) -> set[int]:
    found = find_fillers(text)
    tokens = find_token_spans(text)
    return {number for number, (at, _end) in enumerate(tokens) if any(each.start <= at < each.end for each in found)}


def mark(text: str) -> str:
    for filler in reversed(find_fillers(text)):
        text = f"{text[: filler.start]}{{{text[filler.start : filler.end]}}}{text[filler.end :]}"
    return text


def test_precision_on_the_list() -> None:
    right, wrong, missed, lines = 0, 0, 0, []
    for line in LISTED:
        text, marked = read(line)
        found = find(text)
        right, wrong, missed = right + len(found & marked), wrong + len(found - marked), missed + len(marked - found)
        if found != marked:
            lines.append(f"{line}   found: {mark(text)}")
    print(*lines, sep="\n")
    print(f"{len(LISTED)} sentences: precision {right / (right + wrong):.3f}, recall {right / (right + missed):.3f}")
    assert len(LISTED) >= 150
    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.85


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("嗯，我们今天走。", "我们今天走。"),
        ("我们，呃，明天走。", "我们，明天走。"),
        ("我们呃明天走。", "我们明天走。"),
        ("明天走，呃。", "明天走。"),
        ("明天走。呃。后天回。", "明天走。后天回。"),
        ("呃。我们走。", "我们走。"),
        ("他问：“呃，谁去？”", "他问：“谁去？”"),
        ("明天走（呃，后天回）。", "明天走（后天回）。"),
        ("那个，那个，呃，我想想。", "我想想。"),
        ("我用 uh Python 写。", "我用 Python 写。"),
        ("我们呃 API 组", "我们 API 组"),
        ("呃……", ""),
        ("Um, so we go.", "So we go."),
        ("We go. Uh, then we stay.", "We go. Then we stay."),
        ("So, um, we go.", "So, we go."),
        ("So um we go.", "So we go."),
        ("We go, um.", "We go."),
        ('She said, "Um, no."', 'She said, "No."'),
        ("I I think so.", "I think so."),
        ("The the end of it.", "The end of it."),
        ("I—I think so.", "I think so."),
        ("In the in the morning", "In the morning"),
        ("Um", ""),
        ("Nothing to leave out, 什么都没有。", "Nothing to leave out, 什么都没有。"),
        ("", ""),
        ("……", "……"),
    ],
)
def test_text_without_its_fillers_reads_as_one_would_write_it(text: str, clean: str) -> None:
    assert leave_out_fillers(text)[0] == clean


def test_what_is_left_out_of_a_clean_text_is_nothing() -> None:
    for line in LISTED:
        clean = leave_out_fillers(read(line)[0])[0]
        assert leave_out_fillers(clean)[0] == clean, clean


@given(texts)
def test_tokens_of_the_clean_text_are_those_that_are_left(text: str) -> None:
    check_tokens(text)


@given(wild_texts)
def test_tokens_of_any_clean_text_are_those_that_are_left(text: str) -> None:
    check_tokens(text)


def test_tokens_of_the_listed_texts_are_those_that_are_left() -> None:
    for line in LISTED:
        check_tokens(read(line)[0])


def check_tokens(text: str) -> None:
    clean, left = leave_out_fillers(text)
    tokens = split_tokens(text)
    assert [fold(token) for token in split_tokens(clean)] == [fold(tokens[number]) for number in left]
    assert set(left) == set(range(len(tokens))) - find(text)


@given(texts)
def test_fillers_are_places_in_order_from_one_token_to_another(text: str) -> None:
    spans = find_token_spans(text)
    starts, ends = {start for start, _end in spans}, {end for _start, end in spans}
    last = 0
    for filler in find_fillers(text):
        assert filler.start in starts
        assert filler.end in ends
        assert last <= filler.start < filler.end
        last = filler.end


@pytest.mark.long
@pytest.mark.parametrize(
    "text", ["呃，" * 20_000, "我" * 40_000, "the " * 20_000, "那个" * 20_000, "嗯 um 就是，" * 5_000]
)
def test_long_texts_take_time_as_they_are_long(text: str) -> None:
    started = process_time()
    leave_out_fillers(text)
    assert process_time() - started < 10


def read_clean(text: str) -> str:
    """The text without fillers as the editor makes it of the places that are left out."""
    clean, at = "", 0
    for gone in find_left_out(text):
        assert at <= gone.start <= gone.end <= len(text)
        clean += text[at : gone.start] + gone.instead
        at = gone.end
    return clean + text[at:]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Um, so we, uh, went.", [LeftOut(0, 4, ""), LeftOut(4, 5, "S"), LeftOut(11, 15, "")]),
        ("呃，我们走。", [LeftOut(0, 2, "")]),
        ("I呃think so", [LeftOut(1, 2, " ")]),
        ("嗯。", []),
        ("呃呃，呃。", [LeftOut(0, 5, "")]),
    ],
)
def test_what_is_left_out_is_as_little_as_can_be(text: str, places: list[LeftOut]) -> None:
    assert find_left_out(text) == places
    assert read_clean(text) == leave_out_fillers(text)[0]


def test_places_left_out_make_the_clean_text_of_the_listed_sentences() -> None:
    for line in LISTED:
        text = read(line)[0]
        assert read_clean(text) == leave_out_fillers(text)[0]


@given(texts)
def test_places_left_out_make_the_clean_text_of_any_text(text: str) -> None:
    assert read_clean(text) == leave_out_fillers(text)[0]
