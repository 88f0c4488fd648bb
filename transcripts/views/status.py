"""How the installation is doing, for administrators: its parts, and what to do where something is wrong."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.errors import NotFound
from transcripts.middleware import SignedInRequest
from transcripts.queries import status as queries
from transcripts.services.health.parts import list_parts, list_versions
from transcripts.services.health.retrying import try_again, try_all_again

FAILED_A_PAGE = 20


@never_cache
@require_safe
def status(request: SignedInRequest) -> HttpResponse:
    access.check_administrator(request.user)
    unfinished, parts = queries.list_unfinished(), list_parts()
    context = {
        "parts": parts,
        "wrong_count": sum(len(part.wrong) for part in parts),
        "unfinished": unfinished[: queries.MOST_SHOWN],
        "unfinished_count": unfinished.count(),
        "page": Paginator(queries.list_failed(), FAILED_A_PAGE).get_page(request.GET.get("page")),
        "workers": queries.list_workers(),
        "people": queries.list_people_usage(),
        "projects": queries.list_projects_usage(),
        "most_shown": queries.MOST_SHOWN,
        "quotas": settings.QUOTAS,
        "versions": list_versions(),
    }
    return render(request, "transcripts/status.html", context)


@require_POST
def status_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    access.check_administrator(request.user)
    waiting = queries.list_unfinished().filter(pk=pk, not_before__isnull=False)  # for its next try
    transcription = queries.list_failed().filter(pk=pk).first() or waiting.first()
    if transcription is None:
        raise NotFound
    _tell(request, int(try_again(transcription)))
    return redirect("status")


@require_POST
def status_retry_all(request: SignedInRequest) -> HttpResponse:
    access.check_administrator(request.user)
    _tell(request, try_all_again())
    return redirect("status")


def _tell(request: SignedInRequest, count: int) -> None:
    if not count:
        messages.info(request, _("There was nothing to try again."))
        return
    said = ngettext(
        "%(count)s recognition is in the queue again.", "%(count)s recognitions are in the queue again.", count
    )
    messages.success(request, said % {"count": count})
