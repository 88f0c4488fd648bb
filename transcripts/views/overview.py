"""The overview of a project: its numbers as a page, and as a table to keep."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NotFound
from transcripts.exports.csv_table import disarm_formula
from transcripts.forms.projects import WEEKS, OverviewForm
from transcripts.middleware import SignedInRequest
from transcripts.models import Project
from transcripts.queries.overview import (
    EARLIER,
    Work,
    compute_work,
    get_names,
    list_counts,
    list_people_work,
    list_untouched,
    list_weeks,
    sum_weeks,
    sum_work,
)
from transcripts.queries.waiting import find_waiting
from transcripts.rendering.curves import HOUR_MS, Canvas, draw_curves
from transcripts.services.projects.counts import count_rows

WIDE = Canvas(width=960, height=260, left=56, right=96, columns=9)
NARROW = Canvas(width=400, height=240, left=50, right=86, columns=4)
CURVES = ("recorded", "recognised", "verified")
COLUMNS = ("recordings", "recorded_hours", "recognised_hours", "verified_hours", "verified_rows", "corrected_rows")


@require_safe
def project_overview(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk)
    form = _read_form(request)
    left = count_rows(project)
    with timezone.override(form.cleaned_data["time_zone"]):
        context = _build_context(project, form.cleaned_data["weeks"], _sees_people(project))
        context |= {"project": project, "left": left, "time_zone": form.cleaned_data["time_zone"]}
        context |= {"rights": access.rights_of(project), "is_own": project.personal_of_id == request.user.pk}
        return render(request, "transcripts/overview.html", context)


def _build_context(project: Project, number: int, sees_people: bool) -> dict[str, Any]:
    weeks, counts = list_weeks(number), list_counts(project)
    table = compute_work(project, weeks, counts)
    by_week = sum_weeks(table, number)
    values = {name: [getattr(work, f"{name}_ms") for work in by_week] for name in CURVES}
    return {
        "ranges": WEEKS,
        "weeks": weeks,
        "by_week": list(zip(weeks, by_week, strict=True))[::-1],
        "in_range": sum_work(by_week),
        "total": sum_work([Work(), *table.values()]),
        "row_ms": sum(count.row_ms for count in counts),
        "drawings": {"wide": draw_curves(weeks, values, WIDE), "narrow": draw_curves(weeks, values, NARROW)},
        "sees_people": sees_people,
        "people": list_people_work(project, table, number) if sees_people else [],
        "waiting": find_waiting(project, counts),
        "untouched": list_untouched(project),
    }


@require_safe
def project_overview_table(request: SignedInRequest, pk: int) -> HttpResponse:
    """A line for each week and person, the first for all that was before; without people for who does not see them.

    While rows are still being counted, the page says so instead.
    """
    project = access.project_for(request.user, pk, Action.EXPORT)
    form = _read_form(request)
    if count_rows(project):
        return redirect("project_overview", pk)
    with timezone.override(form.cleaned_data["time_zone"]):
        return _respond_with_table(project, form.cleaned_data["weeks"])


def _respond_with_table(project: Project, number: int) -> HttpResponse:
    weeks = list_weeks(number)
    table = compute_work(project, weeks, list_counts(project))
    file = StringIO()
    writer = csv.writer(file)
    named = {EARLIER: "earlier"} | {week: day.isoformat() for week, day in enumerate(weeks)}
    if _sees_people(project):
        names = get_names(project, table)
        writer.writerow(["week", "person", *COLUMNS])
        for (week, person), work in sorted(table.items(), key=lambda item: (item[0][0], names[item[0][1]])):
            writer.writerow([named[week], disarm_formula(names[person]), *_list_numbers(work)])
    else:
        writer.writerow(["week", *COLUMNS])
        earlier = sum_work([Work(), *(work for (week, _person), work in table.items() if week == EARLIER)])
        for day, work in zip(named.values(), [earlier, *sum_weeks(table, number)], strict=True):
            writer.writerow([day, *_list_numbers(work)])
    headers = {"Content-Disposition": f'attachment; filename="overview-{timezone.localdate().isoformat()}.csv"'}
    return HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _list_numbers(work: Work) -> list[str]:
    hours = (f"{ms / HOUR_MS:.3f}" for ms in (work.recorded_ms, work.recognised_ms, work.verified_ms))
    return [str(work.recordings), *hours, str(work.verified_rows), str(work.corrected_rows)]


def _read_form(request: SignedInRequest) -> OverviewForm:
    form = OverviewForm({"weeks": request.GET.get("weeks"), "time_zone": request.COOKIES.get("time_zone")})
    if not form.is_valid():
        raise NotFound
    return form


def _sees_people(project: Project) -> bool:
    """What each person has done is for those who work in the project."""
    return Action.EDIT in access.rights_of(project)
