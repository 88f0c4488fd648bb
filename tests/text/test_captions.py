from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.strategies import texts
from transcripts.text.breaking import Atoms, build_atoms
from transcripts.text.caption_rules import PRESETS, CaptionRow, Rules
from transcripts.text.captions import Caption, break_captions
from transcripts.text.cutting import Passages
from transcripts.text.tokens import Word, WordColumns, split_at_tokens, tokenize, weigh
from transcripts.text.widths import measure_width

ZH, EN = PRESETS["zh"], PRESETS["en"]
AUTUMN = "秋天总是那么富有诗意。树叶渐渐变红，街道旁的银杏树也开始落叶。人们穿上厚重的外套，享受着凉爽的秋风。"
KENNEDY = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."


def line(text: str, start: int = 0, *, syllable: int = 200, speaker: str = "") -> CaptionRow:
    """A row said evenly, with a pause of 300 ms after each sign."""
    words: list[Word] = []
    now = start
    for token in tokenize(text):
        end = now + round(syllable * weigh(token.text))
        words.append(Word(token.text, now, end))
        now = end + 300 * (text[token.end : token.end + 1] in tuple("，。,."))
    return CaptionRow(
        split_at_tokens(text), start, words[-1].end_ms if words else start + 500, WordColumns.of(words), speaker
    )


def fragments(text: str, keep: Sequence[str] = ()) -> list[str]:
    return build_atoms([line(text)], replace(ZH, keep=tuple(keep))).texts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我们走。", ["我", "们", "走。"]),
        ("共1,000台，涨50%了", ["共", "1,000台，", "涨", "50%", "了"]),
        ("二十五元和3.5 km远", ["二十五元", "和", "3.5 km", "远"]),
        ("他说“好吧”。再见", ["他", "说", "“好", "吧”。", "再", "见"]),
        ('say "yes" (or no)!', ["say", '"yes"', "(or", "no)!"]),
        ("and/or user@mail.com", ["and/or", "user@mail.com"]),
        ("用iPhone打", ["用", "iPhone", "打"]),
        ("안녕하세요 여러분", ["안녕하세요", "여러분"]),
        ("ちょっとコーヒー", ["ちょっ", "と", "コー", "ヒー"]),
        ("走 — 好", ["走 —", "好"]),
    ],
)
def test_atoms_are_never_broken(text: str, found: list[str]) -> None:
    assert fragments(text) == found


def test_atoms_keep_names_whole() -> None:
    assert fragments("去达摩院看New York吧", ["达摩院", "new york"]) == ["去", "达摩院", "看", "New York", "吧"]


def test_atoms_want_a_word_for_each_token() -> None:
    with pytest.raises(ValueError, match="2 tokens, 1 words"):
        build_atoms([CaptionRow(split_at_tokens("你好"), 0, 1, WordColumns.of([Word("你", 0, 1)]))], ZH)


def test_chinese_is_broken_after_signs_into_lines_of_sixteen() -> None:
    assert break_captions([line(AUTUMN)], ZH) == [
        Caption(0, 3716, ("秋天总是那么富有诗意。", "树叶渐渐变红，")),
        Caption(3800, 6416, ("街道旁的银杏树也开始落叶。",)),
        Caption(6500, 10200, ("人们穿上厚重的外套，", "享受着凉爽的秋风。")),
    ]


def test_english_is_broken_between_words_into_lines_of_forty_two() -> None:
    assert [cue.lines for cue in break_captions([line(KENNEDY)], EN)] == [
        ("And so, my fellow Americans,",),
        ("ask not what your country can do for you,", "ask what you can do for your country."),
    ]


def test_presets_are_the_guides_numbers() -> None:
    assert [(r.line, r.per_second, r.lines, r.shortest_ms, r.longest_ms, r.gap_ms) for r in (ZH, EN)] == [
        (16, 9, 2, 833, 7000, 84),
        (42, 20, 2, 833, 7000, 84),
    ]


def test_every_number_can_be_changed() -> None:
    rules = replace(ZH, line=8, lines=1, gap_frames=3, frames_per_second=30)
    cues = break_captions([line(AUTUMN)], rules)
    assert {len(cue.lines) for cue in cues} == {1}
    assert max(measure_width(cue.lines[0], 0.5) for cue in cues) <= 8
    assert min(after.start_ms - before.end_ms for before, after in pairwise(cues)) == 100


def test_a_change_of_speaker_starts_a_cue_and_short_rows_of_one_share_it() -> None:
    rows = [line("好。", 0, speaker="A"), line("对。", 300, speaker="A"), line("嗯。", 3000, speaker="B")]
    assert break_captions(rows, ZH) == [Caption(0, 833, ("好。对。",), "A"), Caption(3000, 3833, ("嗯。",), "B")]


def test_a_cue_stays_until_it_is_read_or_half_a_second_after_the_last_word() -> None:
    assert break_captions([line("一二三四五六七八", syllable=60)], ZH) == [Caption(0, 889, ("一二三四五六七八",))]
    assert break_captions([line("一二三四五六七八九十一二三四五六", syllable=60)], ZH)[0].end_ms == 1460


def test_small_gaps_are_closed_to_two_frames_and_large_ones_stay() -> None:
    near = break_captions([line("一二三四五六", 0), line("一二三四五六", 1500)], ZH)
    far = break_captions([line("一二三四五六", 0), line("一二三四五六", 1800)], ZH)
    assert (near[0].end_ms, far[0].end_ms) == (1416, 1200)


def test_two_who_talk_at_once_are_both_shown() -> None:
    rows = [line("一二三四五六七八九十", 0, speaker="A"), line("嗯嗯", 500, speaker="B")]
    assert [(cue.start_ms, cue.end_ms) for cue in break_captions(rows, ZH)] == [(0, 2000), (500, 1333)]


def test_marks_are_left_out_where_asked() -> None:
    assert [cue.lines for cue in break_captions([line("好吧，我们走。")], replace(ZH, drop_marks=True))] == [
        ("好吧 我们走",)
    ]


def test_rows_without_words_are_shown_and_empty_ones_are_not() -> None:
    assert break_captions(
        [CaptionRow(["……"], 0, 1000, WordColumns()), CaptionRow(["  "], 2000, 2500, WordColumns())], ZH
    ) == [Caption(0, 1000, ("……",))]


def test_a_word_longer_than_a_line_has_one_to_itself() -> None:
    long = "x" * 60
    assert [cue.lines for cue in break_captions([line(f"see {long} now")], EN)] == [("see", long), ("now",)]


@given(st.lists(st.tuples(texts, st.integers(0, 2_000)), max_size=4), st.sampled_from(sorted(PRESETS)))
def test_cues_hold_all_the_text_in_lines_that_fit(parts: list[tuple[str, int]], preset: str) -> None:
    rules: Rules = PRESETS[preset]
    rows: list[CaptionRow] = []
    for text, pause in parts:
        rows.append(line(text, (rows[-1].end_ms if rows else 0) + pause))
    cues = break_captions(rows, rules)
    shown = "".join("".join(cue.lines) for cue in cues)
    assert "".join(shown.split()) == "".join("".join(row.text for row in rows).split())
    for cue in cues:
        assert cue.start_ms < cue.end_ms
        assert len(cue.lines) <= rules.lines
        for shown_line in cue.lines:
            assert measure_width(shown_line, rules.narrow) <= rules.line or len(fragments(shown_line)) == 1
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(cues))


class WholeSearch:
    """The rules without shortcuts: every way to cut a row's atoms into captions, and these into lines."""

    def __init__(self, atoms: Atoms, begin: int, end: int, rules: Rules) -> None:
        self.rules, self.count = rules, end - begin
        self.costs, self.start_ms, self.end_ms = (
            column[begin:end].tolist() for column in (atoms.costs, atoms.start_ms, atoms.end_ms)
        )
        self.spaces = (rules.narrow * atoms.spaced[begin:end]).tolist()
        widths = (atoms.widths[begin:end] + self.spaces).tolist()
        self.sums = [0.0, *accumulate(widths)]

    def measure(self, start: int, end: int) -> float:
        return self.sums[end] - self.sums[start] - self.spaces[end - 1]

    def break_lines(self, start: int, end: int, most: int) -> tuple[float, list[int]]:
        if end == start + 1 or self.measure(start, end) <= self.rules.line:
            return 0.0, []
        ways: list[tuple[float, list[int]]] = [(math.inf, [])]
        for cut in range(start + 1, end) if most > 1 else ():
            size = self.measure(start, cut)
            if size <= self.rules.line or cut == start + 1:
                cost, cuts = self.break_lines(cut, end, most - 1)
                uneven = (size - self.measure(cut, end) / (len(cuts) + 1)) / self.rules.line
                ways.append((self.costs[cut - 1] + 4 * uneven * uneven + cost, [cut, *cuts]))
        return min(ways, key=lambda way: way[0])

    def price(self, start: int, end: int) -> float:
        """Give the cost of a caption, infinite where it does not fit."""
        rules, size, last_ms = self.rules, self.measure(start, end), self.end_ms[end - 1]
        alone, inner = end == start + 1, end < self.count
        if not alone and (size > rules.line * rules.lines or last_ms > self.start_ms[start] + rules.longest_ms):
            return math.inf
        until_ms = min(last_ms + rules.linger_ms, self.start_ms[end] - rules.gap_ms if inner else math.inf)
        shown_ms = until_ms - self.start_ms[start]
        cost = 5 + self.costs[end - 1] + 10 * max(0.0, size / rules.per_second - shown_ms / 1000)
        cost += 15 * (shown_ms < rules.shortest_ms) + 8 * (alone and inner and size <= rules.line / 8)
        return cost + self.break_lines(start, end, rules.lines)[0]

    def find_least_cost(self) -> float:
        best = [0.0]
        for end in range(1, self.count + 1):
            best.append(min(best[start] + self.price(start, end) for start in range(end)))
        return best[-1]


@pytest.mark.long
@given(
    st.lists(st.lists(texts, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3),
    st.sampled_from((4.0, 8.0, 16.0, 42.0)),
    st.sampled_from((1, 2, 3)),
    st.sampled_from((0.5, 1.0)),
    st.integers(20, 800),
)
def test_captions_cost_the_least_of_all(
    parts: list[str], width: float, lines: int, narrow: float, syllable: int
) -> None:
    rules = replace(ZH, line=width, lines=lines, narrow=narrow)
    rows = [line(part, syllable=syllable) for part in parts if part.strip()]
    if not rows:
        return
    atoms = build_atoms(rows, rules)
    begins = [*np.flatnonzero(np.diff(atoms.rows, prepend=-1)).tolist(), len(atoms.texts)]
    passages = Passages(atoms, np.array(begins[:-1]), rules)
    first = passages.find_captions()
    last = np.append(first[1:], begins[-1]) - 1
    line_begins = passages.find_lines(first, last).tolist()
    for begin, end in pairwise(begins):
        search = WholeSearch(atoms, begin, end, rules)
        edges = [*(place - begin for place in first.tolist() if begin <= place < end), end - begin]
        cost = sum(search.price(*edge) for edge in pairwise(edges))
        assert cost == pytest.approx(search.find_least_cost())
        for start, stop in pairwise(edges):
            cuts = [place - begin for place in line_begins if begin + start < place < begin + stop]
            assert cuts == search.break_lines(start, stop, lines)[1]
