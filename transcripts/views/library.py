from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from transcripts import queries
from transcripts.forms import UploadForm
from transcripts.services import accounts
from transcripts.views.request import SignedInRequest

RECORDINGS_A_PAGE = 50


@require_safe
def library(request: SignedInRequest) -> HttpResponse:
    recordings = queries.recordings_of(request.user)
    form = UploadForm(defaults=queries.default_options(accounts.personal_project(request.user)))
    page = Paginator(recordings, RECORDINGS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "transcripts/library.html", {"page": page, "form": form})
