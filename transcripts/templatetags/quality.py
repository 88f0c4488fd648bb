"""Filters for the pages that say how well an engine recognised."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from transcripts.queries.effort import Spent
from transcripts.text.accuracy import Errors, RateInterval

register = template.Library()


@register.filter
def rate(errors: Errors) -> str:
    """`4.2%`, or a dash where nothing was meant."""
    return "–" if errors.rate is None else f"{_format(errors.rate)}%"


@register.filter
def interval(errors: Errors) -> str:
    """`3.6–4.9%`; "" where it is not known."""
    return "" if errors.interval is None else f"{_format(errors.interval.low)}–{_format(errors.interval.high)}%"


@register.filter
def minutes_an_hour(spent: Spent | None) -> str:
    """`75 min` of work for an hour of audio, or a dash."""
    minutes = spent.minutes_an_hour if spent else None
    if minutes is None:
        return "–"
    return _("%(number)s min") % {"number": number_format(minutes, 0 if minutes >= 10 else 1, force_grouping=True)}


@register.filter
def points(difference: float) -> str:
    """The difference of two rates in points, with its sign."""
    sign = "−" if difference < 0 else "+"
    return sign + _format(abs(difference))


@register.filter
def point_interval(found: RateInterval) -> str:
    return _("%(low)s to %(high)s") % {"low": points(found.low), "high": points(found.high)}


def _format(share: float) -> str:
    """In per cent, without the sign."""
    return number_format(round(100 * share, 1), 1)
