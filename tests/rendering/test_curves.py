from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from transcripts.rendering.curves import HOUR_MS, LABEL_GAP, MINUTE_MS, Canvas, choose_step, draw_curves, spread

CANVAS = Canvas(width=200, height=140, left=40, right=60, columns=3, top=20, bottom=20)
MONDAY = date(2026, 11, 30)


def weeks(count: int) -> list[date]:
    return [MONDAY + timedelta(weeks=number) for number in range(count)]


def test_curves_run_from_the_first_week_to_the_last_on_an_axis_from_zero() -> None:
    drawing = draw_curves(weeks(3), {"recorded": [0, 2 * HOUR_MS, 4 * HOUR_MS], "verified": [0, 0, HOUR_MS]}, CANVAS)
    assert [(row.ms // HOUR_MS, row.y) for row in drawing.rows] == [(0, 120), (1, 95), (2, 70), (3, 45), (4, 20)]
    assert [(column.week, column.x) for column in drawing.columns] == [
        (week, x) for week, x in zip(weeks(3), (40, 90, 140), strict=True)
    ]
    assert [asdict(curve) for curve in drawing.curves] == [
        {
            "name": "recorded",
            "path": "M40 120 L90 70",
            "path_to_last": "M90 70 L140 20",
            "ground": "M40 120 L40 120 L90 70 L140 20 L140 120 Z",
            "points": [(40, 120), (90, 70), (140, 20)],
            "label": 20,
        },
        {
            "name": "verified",
            "path": "M40 120 L90 120",
            "path_to_last": "M90 120 L140 95",
            "ground": "M40 120 L40 120 L90 120 L140 95 L140 120 Z",
            "points": [(40, 120), (90, 120), (140, 95)],
            "label": 95,
        },
    ]
    assert drawing.end == 140


def test_no_weeks_and_no_hours_make_an_axis_of_one_hour() -> None:
    nothing = draw_curves([], {"recorded": [], "verified": []}, CANVAS)
    assert ([row.ms for row in nothing.rows], nothing.columns, nothing.curves) == ([0, HOUR_MS], [], [])
    still = draw_curves(weeks(2), {"recorded": [0, 0]}, CANVAS)
    assert ([row.ms for row in still.rows], still.curves[0].path_to_last) == ([0, HOUR_MS], "M40 120 L140 120")


def test_single_week_is_a_point_next_to_its_label() -> None:
    curve = draw_curves(weeks(1), {"recorded": [HOUR_MS]}, CANVAS).curves[0]
    assert (curve.path, curve.path_to_last, curve.ground, curve.points) == ("", "M140 20", "", [(140, 20)])


@pytest.mark.parametrize("most", [1, 59_999, 7 * MINUTE_MS, 3 * HOUR_MS, 41 * HOUR_MS, 10**15, 10**24])
def test_whatever_the_hours_the_axis_has_few_round_ticks_and_the_curve_stays_on_it(most: int) -> None:
    drawing = draw_curves(weeks(52), {"recorded": [0, most] * 26, "verified": [most // 3] * 52}, CANVAS)
    ticks = [row.ms for row in drawing.rows]
    assert 2 <= len(ticks) <= 5
    assert ticks[-2] < most <= ticks[-1]
    step = ticks[1]
    assert step in [minutes * MINUTE_MS for minutes in (1, 2, 5, 10, 15, 30)] or re.fullmatch(
        "[125]0*", str(step // HOUR_MS)
    )
    for curve in drawing.curves:
        numbers = [float(number) for number in re.findall(r"[^MLZ ]+", f"{curve.path} {curve.path_to_last}")]
        assert all(40 <= x <= 140 for x in numbers[::2])
        assert all(20 <= y <= 120 for y in numbers[1::2])
        assert len(curve.points) == 1


def test_steps_are_round_minutes_and_then_hours() -> None:
    steps = [choose_step(round(hours * HOUR_MS)) / HOUR_MS for hours in (0, 0.05, 0.5, 1, 2, 3, 9, 40, 41, 1000)]
    assert steps == [1, 1 / 60, 1 / 6, 0.25, 0.5, 1, 5, 10, 20, 500]


def test_last_week_is_named_and_only_as_many_as_have_room() -> None:
    drawing = draw_curves(weeks(26), {"recorded": [0] * 26}, CANVAS)
    named = [column.week for column in drawing.columns]
    assert named[-1] == weeks(26)[-1]
    assert len(named) == 3
    assert {later - earlier for earlier, later in pairwise(named)} == {timedelta(weeks=9)}


def test_labels_keep_apart_in_their_order_and_within_the_drawing() -> None:
    assert spread([50, 50, 90], low=0, high=100) == [50, 50 + LABEL_GAP, 90]
    assert spread([100, 100, 99], low=0, high=100) == [100 - LABEL_GAP, 100, 100 - 2 * LABEL_GAP]
    assert spread([], low=0, high=100) == []
