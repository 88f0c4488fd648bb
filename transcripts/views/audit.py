"""The audit: who did what, when and from where, as a page and as a table to keep."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.exports.csv_table import disarm_formula
from transcripts.middleware import SignedInRequest
from transcripts.models import AuditEntry, Project
from transcripts.queries.audit import list_audit, list_whole_audit
from transcripts.rendering.streaming import respond_with_download

ENTRIES_A_PAGE = 100
COLUMNS = ("at", "event", "who", "project", "about", "details", "address")


@require_safe
def project_audit(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    return _respond_with_page(request, list_audit(project), project)


@require_safe
def project_audit_table(request: SignedInRequest, pk: int) -> HttpResponseBase:
    return _respond_with_table(list_audit(access.project_for(request.user, pk, Action.MANAGE)))


@require_safe
def audit(request: SignedInRequest) -> HttpResponse:
    return _respond_with_page(request, list_whole_audit(request.user), None)


@require_safe
def audit_table(request: SignedInRequest) -> HttpResponseBase:
    return _respond_with_table(list_whole_audit(request.user))


def _respond_with_page(
    request: SignedInRequest, entries: QuerySet[AuditEntry], project: Project | None
) -> HttpResponse:
    page = Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "transcripts/audit.html", {"page": page, "project": project})


def _respond_with_table(entries: QuerySet[AuditEntry]) -> HttpResponseBase:
    headers = {"Content-Disposition": f'attachment; filename="audit-{timezone.now():%Y-%m-%d}.csv"'}
    return respond_with_download(_write_rows(entries), media_type="text/csv; charset=utf-8", headers=headers)


def _write_rows(entries: QuerySet[AuditEntry]) -> Iterator[bytes]:
    yield ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()
    for entry in entries.iterator(chunk_size=1000):
        line = StringIO()
        values = (entry.event, entry.who, entry.project_name, entry.about, entry.details, entry.address or "")
        csv.writer(line).writerow([entry.at.isoformat(), *map(disarm_formula, values)])
        yield line.getvalue().encode()
