"""A person's own work time: by project and recording, as a table to keep, and whom they share it with."""

from __future__ import annotations

import csv
from collections import defaultdict
from io import StringIO

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from transcripts import places
from transcripts.errors import NotFound
from transcripts.exports.csv_table import disarm_formula
from transcripts.forms.projects import ShareEffortForm
from transcripts.messages import get_project_name
from transcripts.middleware import SignedInRequest
from transcripts.models import Effort
from transcripts.queries.effort import OwnEffort, Spent, list_own_efforts, list_sharing, list_uncounted_of, sum_spent
from transcripts.services.effort import share_effort
from transcripts.services.projects.counts import count_transcripts

MOST_SHOWN = 50  # recordings
COLUMNS = ("project", "recording", "transcript", "work_minutes", "verified_minutes", "minutes_an_hour", "first", "last")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def effort(request: SignedInRequest) -> HttpResponse:
    """A POST shares the person's work time with a project, or no longer."""
    if request.method == "POST":
        form = ShareEffortForm(request.POST)
        if not form.is_valid() or not share_effort(**form.cleaned_data, by=request.user):
            raise NotFound
        return redirect("effort")
    left, efforts = _read_efforts(request)
    by_project: dict[int, list[Spent]] = defaultdict(list)
    for one in efforts:
        by_project[one.project].append(one.spent)
    memberships = list(list_sharing(request.user))
    projects = [
        (membership, sum_spent(by_project[membership.project_id]))
        for membership in memberships
        if membership.project_id in by_project or not membership.project.personal_of_id
    ]
    context = {
        "left": left,
        "whole": sum_spent(one.spent for one in efforts),
        "projects": projects,
        "elsewhere": sum_spent(by_project[0]),
        "efforts": [one for one in efforts if one.is_open][:MOST_SHOWN],
    }
    return render(request, "transcripts/effort.html", context)


@never_cache
@require_safe
def effort_table(request: SignedInRequest) -> HttpResponse:
    """A line for each transcript, the latest work first; without names where the person may no longer see it.

    While rows are still being counted, the page says so instead.
    """
    left, efforts = _read_efforts(request)
    if left:
        return redirect("effort")
    names = {one.project_id: get_project_name(one.project, request.user) for one in list_sharing(request.user)}
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in efforts:
        rate = one.spent.minutes_an_hour
        writer.writerow(
            [
                disarm_formula(names.get(one.project, "")),
                disarm_formula(one.title),
                one.transcript if one.is_open else "",
                f"{one.spent.ms / 60_000:.2f}",
                f"{one.spent.audio_ms / 60_000:.2f}",
                "" if rate is None else f"{rate:.1f}",
                one.began_at.isoformat(timespec="seconds"),
                one.seen_at.isoformat(timespec="seconds"),
            ]
        )
    headers = {"Content-Disposition": f'attachment; filename="work-time-{timezone.localdate().isoformat()}.csv"'}
    return HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _read_efforts(request: SignedInRequest) -> tuple[int, list[OwnEffort]]:
    """How many transcripts are still to be counted, and all the person's work."""
    with places.WORK.hold():
        left = count_transcripts(list_uncounted_of(Effort.objects.filter(user=request.user)))
        return left, list_own_efforts(request.user)
