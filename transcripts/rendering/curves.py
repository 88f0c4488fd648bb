"""Curves over time as coordinates for SVG: from numbers to ticks and paths, without a text or a colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from math import ceil

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MOST_STEPS = 4
LABEL_GAP = 17  # from the middle of one label to that of the next
DOTTED = 12  # of more values, the single ones are not marked


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of a drawing, and of the margins around its curves; `columns` is how many dates have room below."""

    width: int
    height: int
    left: int
    right: int
    columns: int
    top: int = 12
    bottom: int = 28


@dataclass(frozen=True, slots=True)
class Row:
    """A round number of ms on the axis, and its y."""

    ms: int
    y: float


@dataclass(frozen=True, slots=True)
class Column:
    """A week that is named on the axis, and its x."""

    week: date
    x: float


@dataclass(frozen=True, slots=True)
class Curve:
    """`path` leads to the last value but one, and `path_to_last` on: that week is not over. `label` is a y."""

    name: str
    path: str
    path_to_last: str
    ground: str
    points: list[tuple[float, float]]
    label: float


@dataclass(frozen=True, slots=True)
class Drawing:
    canvas: Canvas
    rows: list[Row]
    columns: list[Column]
    curves: list[Curve]

    @property
    def end(self) -> int:
        """The x of the last value."""
        return self.canvas.width - self.canvas.right


def draw_curves(weeks: Sequence[date], values: Mapping[str, Sequence[int]], canvas: Canvas) -> Drawing:
    """The curves of values in ms, one a week, on an axis that begins at 0. The last week is always named."""
    most = max((value for some in values.values() for value in some), default=0)
    step = choose_step(most)
    top = max(1, ceil(most / step)) * step
    xs = [_place_column(number, len(weeks), canvas) for number in range(len(weeks))]
    floor = canvas.height - canvas.bottom

    def place(value: float) -> float:
        return round(floor - (floor - canvas.top) * max(0, value) / top, 1)

    points = {name: [(x, place(value)) for x, value in zip(xs, some, strict=True)] for name, some in values.items()}
    labels = spread([some[-1][1] for some in points.values() if some], low=canvas.top, high=floor)
    curves = [
        Curve(name, _join("M", some[:-1]), _join("M", some[-2:]), _join_ground(some, floor), _choose_dots(some), label)
        for (name, some), label in zip(points.items(), labels, strict=False)
    ]
    every = ceil(len(weeks) / canvas.columns) or 1
    columns = [Column(weeks[number], xs[number]) for number in range(len(weeks) - 1, -1, -every)][::-1]
    rows = [Row(ms, place(ms)) for ms in range(0, top + 1, step)]
    return Drawing(canvas, rows, columns, curves)


def choose_step(most: int) -> int:
    """The smallest round number of ms of which at most four reach `most`: of minutes, and from 1 h on of hours."""
    if most <= 0:
        return HOUR_MS
    return next(step for step in _list_steps() if step * MOST_STEPS >= most)


def _list_steps() -> Iterator[int]:
    yield from (minutes * MINUTE_MS for minutes in (1, 2, 5, 10, 15, 30))
    for power in count():
        yield from (first * 10**power * HOUR_MS for first in (1, 2, 5))


def spread(places: Sequence[float], *, low: float, high: float) -> list[float]:
    """The places, moved apart as far as labels need it, in their order and between `low` and `high`."""
    moved = list(places)
    order = sorted(range(len(places)), key=places.__getitem__)
    free = low
    for number in order:
        moved[number] = max(moved[number], free)
        free = moved[number] + LABEL_GAP
    free = high
    for number in reversed(order):
        moved[number] = round(min(moved[number], free), 1)
        free = moved[number] - LABEL_GAP
    return moved


def _place_column(number: int, length: int, canvas: Canvas) -> float:
    """A single value stands at the right, next to its label."""
    room = canvas.width - canvas.left - canvas.right
    return round(canvas.left + room * (number / (length - 1) if length > 1 else 1), 1)


def _join(first: str, points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if number else first}{x:g} {y:g}" for number, (x, y) in enumerate(points))


def _join_ground(points: Sequence[tuple[float, float]], floor: int) -> str:
    """The ground between a curve and the axis."""
    if len(points) < 2:
        return ""
    return f"M{points[0][0]:g} {floor} {_join('L', points)} L{points[-1][0]:g} {floor} Z"


def _choose_dots(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return points if len(points) <= DOTTED else points[-1:]
