"""Pages by key: whoever walks through all of them, either way, meets every row once and in order."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User

from transcripts.models import Project, Recording
from transcripts.queries.pages import END, Order, Page, find_page

PATHS = ("title", "created_at", "duration_ms", "verified_share", "changed_at", "uploaded_by__username")
ORDERS = [Order(path, is_descending) for path in PATHS for is_descending in (False, True)]
SIZE = 3


@pytest.fixture
def project(db: None) -> Project:
    """With recordings of which many tie, and some have no value."""
    project = Project.objects.create(name="Talks")
    people = [*(User.objects.create(username=name) for name in ("bo", "ana")), None]
    for number in range(17):
        add(project, number, people[number % 3])
    return project


def add(project: Project, number: int, by: User | None = None) -> Recording:
    recording = Recording.objects.create(
        id=uuid.uuid5(uuid.NAMESPACE_OID, f"recording {number}"),
        project=project,
        title=f"talk {number % 4}",
        uploaded_by=by,
        duration_ms=[None, 0, 5, 1000][number % 4],
        verified_share=[None, 0, 1000][number % 3],
    )
    at = datetime(2026, 3, 1, 12, 0, 0, [0, 1, 120_000, 999_999][number % 4], UTC) + timedelta(days=number // 6)
    Recording.objects.filter(pk=recording.pk).update(created_at=at, changed_at=None if number % 5 == 0 else at)
    return recording


def in_order(order: Order) -> list[Any]:
    """The keys of all recordings, put in order here."""
    rows = list(Recording.objects.values_list(order.path, "pk"))
    known = sorted((row for row in rows if row[0] is not None), reverse=order.is_descending)
    unknown = sorted((row[1:] for row in rows if row[0] is None), reverse=order.is_descending)
    return [key for *_value, key in (*known, *unknown)]


def page(order: Order, **place: str) -> Page:
    return find_page(Recording.objects.all(), order, size=SIZE, **place)


def walk(order: Order) -> Iterator[Page]:
    found = page(order)
    yield found
    while found.after:
        found = page(order, after=found.after)
        yield found


def walk_back(order: Order) -> Iterator[Page]:
    found = page(order, before=END)
    yield found
    while found.before:
        found = page(order, before=found.before)
        yield found


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_row_is_met_once_and_in_order(project: Project, order: Order) -> None:
    pages = list(walk(order))
    assert [key for found in pages for key in found.keys] == in_order(order)
    assert [len(found.keys) for found in pages] == [3, 3, 3, 3, 3, 2]
    assert [(bool(found.before), bool(found.after)) for found in pages] == [
        (False, True),
        *[(True, True)] * 4,
        (True, False),
    ]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_row_is_met_once_from_the_end(project: Project, order: Order) -> None:
    pages = list(walk_back(order))
    met = [key for found in reversed(pages) for key in found.keys]
    assert met[-15:] == in_order(order)[-15:]
    assert pages[-1].keys == in_order(order)[:SIZE]  # The first page is full.
    assert not pages[0].after


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_page_before_the_next_one_is_the_same_page(project: Project, order: Order) -> None:
    pages = list(walk(order))
    for earlier, later in pairwise(pages):
        assert page(order, before=later.before).keys == earlier.keys


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_rows_that_come_and_go_meanwhile_move_no_other(project: Project, order: Order) -> None:
    there = in_order(order)
    met: list[Any] = []
    for number, found in enumerate(walk(order)):
        met += found.keys
        add(project, 100 + number)
        Recording.objects.filter(pk=found.keys[-1]).delete()  # That which the next page begins after.
    assert [key for key in met if key in there] == there
    assert len(met) == len(set(met))


@pytest.mark.parametrize("written", ["x", "end", "1:2", "x" * 5000, "\0", "WyJ0aXRsZSIsMSwyXQ:abc"])
def test_place_that_nobody_named_is_the_first(project: Project, written: str) -> None:
    order = Order("title")
    assert page(order, after=written) == page(order)
    if written != END:
        assert page(order, before=written) == page(order)


def test_place_of_another_order_is_the_first(project: Project) -> None:
    assert page(Order("title"), after=page(Order("duration_ms")).after) == page(Order("title"))


def test_place_behind_all_rows_is_the_last_page(project: Project) -> None:
    order = Order("created_at")
    last = page(order, before=END)
    beyond = page(order, before=last.before).after
    Recording.objects.filter(pk__in=last.keys).delete()
    assert page(order, after=beyond) == page(order, before=END)
    Recording.objects.all().delete()
    assert page(order, after=beyond) == Page([])
    assert page(order, before=beyond) == page(order) == page(order, before=END) == Page([])


def test_page_that_holds_everything_has_no_neighbours(project: Project) -> None:
    for before in ("", END):
        found = find_page(Recording.objects.all(), Order("title"), size=17, before=before)
        assert found == Page(in_order(Order("title")))
