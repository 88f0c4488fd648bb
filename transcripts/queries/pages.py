"""Pages by key: each begins where another ends, so that the last one costs what the first one does.

Rows come by a value and, where that ties, by their key, both upwards or both downwards; rows without the value come
last in both directions. Rows that are added or removed meanwhile make no other row come twice or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import F, Field, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

END = "end"
"""As `before`: the last page."""
SIGNER = signing.Signer(salt="transcripts.pages")  # So nobody asks for values that a column can't be compared with.

Place = tuple[Any, Any]
"""A row's value and key."""


@dataclass(frozen=True, slots=True)
class Order:
    """By `path`, which is a column of the rows or of what they refer to ("uploaded_by__username")."""

    path: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The keys of a page's rows, in order. By `before` and `after` its neighbours are found, if there are any."""

    keys: list[Any]
    before: str = ""
    after: str = ""


def find_page(rows: QuerySet[Any], order: Order, *, size: int, after: str = "", before: str = "") -> Page:
    """The page `after` or `before` the place that another page named; without a valid one, the first page.

    A page that would be the first but for some rows is the first, and one behind all rows is the last.
    """
    place = _read_place(rows.model, order, before or after)
    if before and (place or before == END):
        found = _list_places(rows, order, size + 1, place, backwards=True)
        if len(found) > size or before == END:
            return _make_page(order, found[:size][::-1], more_before=len(found) > size, more_after=place is not None)
        place = None
    found = _list_places(rows, order, size + 1, place)
    if place and not found:
        return find_page(rows, order, size=size, before=END)
    return _make_page(order, found[:size], more_before=place is not None, more_after=len(found) > size)


def _list_places(
    rows: QuerySet[Any], order: Order, most: int, beyond: Place | None, *, backwards: bool = False
) -> list[Place]:
    """So many places beyond the given one. Those of rows with a value and of rows without one are listed apart."""
    path, downwards = order.path, order.is_descending != backwards
    is_nullable = _may_be_null(rows.model, path)
    parts = [False, True] if is_nullable else [False]
    if backwards:
        parts.reverse()
    if beyond:
        parts = parts[parts.index(beyond[0] is None) :]
    found: list[Place] = []
    for is_null in parts:
        some = rows.filter(**{f"{path}__isnull": is_null}) if is_nullable else rows
        columns = ("pk",) if is_null else (path, "pk")
        if beyond and is_null == (beyond[0] is None):
            lookup = TupleLessThan if downwards else TupleGreaterThan
            some = some.filter(lookup(Tuple(*map(F, columns)), beyond[-len(columns) :]))
        some = some.order_by(*(f"{'-' * downwards}{column}" for column in columns))
        found += some.values_list(path, "pk")[: most - len(found)]
        if len(found) == most:
            break
    return found


def _make_page(order: Order, places: list[Place], *, more_before: bool, more_after: bool) -> Page:
    return Page(
        keys=[key for _value, key in places],
        before=_write_place(order, places[0]) if more_before and places else "",
        after=_write_place(order, places[-1]) if more_after and places else "",
    )


def _write_place(order: Order, place: Place) -> str:
    value, key = place
    value = value.isoformat() if isinstance(value, datetime) else value
    return SIGNER.sign_object([order.path, value, str(key)])


def _read_place(model: type[Model], order: Order, written: str) -> Place | None:
    """None if it is not of this order."""
    try:
        path, value, key = SIGNER.unsign_object(written)
    except (signing.BadSignature, ValueError):
        return None
    if path != order.path:
        return None
    return _find_field(model, path).to_python(value), model._meta.pk.to_python(key)


def _find_field(model: type[Model], path: str) -> Field[Any, Any]:
    *above, name = path.split("__")
    for relation in above:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    return model._meta.get_field(name)  # type: ignore[return-value]


def _may_be_null(model: type[Model], path: str) -> bool:
    """Whether the column, or a reference on the path to it, may be empty."""
    names = path.split("__")
    return any(_find_field(model, "__".join(names[: count + 1])).null for count in range(len(names)))
