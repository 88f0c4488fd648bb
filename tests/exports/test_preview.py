from __future__ import annotations

import pytest

from tests.exports.sample import document, line
from tests.exports.test_cues import KENNEDY, said
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.preview import FIRST, MOST, make_preview


def warnings(content: Document, *, named: bool = False, **options: object) -> list[list[tuple[str, str, str]]]:
    found = make_preview(content, ExportOptions(cues="rows", **options), named=named)  # type: ignore[arg-type]
    return [[(one.kind, one.value, one.limit) for one in shown.warnings] for shown in found.first]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([line("一二三四五六七八九", 0, 1000)], []),
        ([line("一二三四五六七八九十", 0, 1000)], [("speed", "10.0", "9")]),
        ([line("一二三四五六七八九十一二三四五六七", 0, 4000)], [("line", "17", "16")]),
        ([line("一\n二\n三", 0, 4000)], [("lines", "3", "2")]),
        ([line("一", 0, 500)], [("short", "0.5", "0.833")]),
        ([line("一", 0, 7001)], [("long", "7.001", "7")]),
        ([line("一", 0, 1000), line("二", 1050, 2000)], [("gap", "0.05", "0.084")]),
        ([line("一", 0, 1000), line("二", 900, 2000)], [("overlap", "0.1", "")]),
        ([line("一", 0, 1000), line("二", 1084, 2000)], []),
    ],
)
def test_what_a_viewer_would_stumble_over_is_told(rows: list[object], expected: list[tuple[str, str, str]]) -> None:
    assert warnings(document(*rows))[0] == expected  # type: ignore[arg-type]


def test_limits_are_those_that_were_asked_for() -> None:
    content = document(line("一二三四五六七八九十", 0, 1000))
    assert warnings(content, per_second=10, line=9) == [[("line", "10", "9")]]


def test_a_name_in_the_text_counts() -> None:
    content = document(line("一二三四五六七八九十一二三四五", 0, 4000, speaker="林"))
    assert (warnings(content), warnings(content, named=True)) == ([[]], [[("line", "17", "16")]])


def test_each_cue_knows_its_row() -> None:
    content = document(said(KENNEDY, 0, id="7"), said(KENNEDY, 20_000, id="8"))
    found = make_preview(content, ExportOptions(), named=False)
    assert [(shown.number, shown.cue.row) for shown in found.first] == [(1, "7"), (2, "7"), (3, "8"), (4, "8")]


def test_many_are_counted_and_few_are_shown() -> None:
    rows = [line("一", 2000 * number, 2000 * number + 500) for number in range(FIRST + MOST + 50)]
    found = make_preview(document(*rows), ExportOptions(cues="rows"), named=False)
    assert (found.total, found.warned) == (len(rows), len(rows))
    assert [shown.number for shown in found.first] == list(range(1, FIRST + 1))
    assert [shown.number for shown in found.troubled] == list(range(FIRST + 1, FIRST + MOST + 1))


def test_nothing_said_has_nothing_to_show() -> None:
    found = make_preview(document(), ExportOptions(), named=True)
    assert (found.total, found.warned, found.first, found.troubled) == (0, 0, [], [])
