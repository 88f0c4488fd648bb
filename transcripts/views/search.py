"""Finding and replacing in one transcript, and searching all recordings."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.search import FindForm, GuestFindForm, LibrarySearchForm, ProjectFindForm, ReplaceForm
from transcripts.messages import report_replaced
from transcripts.middleware import SignedInRequest
from transcripts.models import Transcript
from transcripts.queries.found_rows import list_found_rows
from transcripts.queries.library import list_titled
from transcripts.queries.library_search import FoundRows, find_in_library
from transcripts.queries.search import Findings
from transcripts.rendering.addresses import build_guest_addresses, build_member_addresses
from transcripts.rendering.found_rows import render_found_rows
from transcripts.rendering.rows import respond_invalid, respond_with_rows
from transcripts.services.editing.replace import ReplaceResult, replace_ticked
from transcripts.text.finding import Mode

ROWS_A_PAGE = 25
TITLES = 10


@never_cache
@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    form = LibrarySearchForm(request.GET)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    count_all = request.GET.get("count") == "all"
    find = partial(find_in_library, request.user, size=ROWS_A_PAGE, after=after, before=before, count_all=count_all)
    page = form.ask(request.user.pk, find) or FoundRows([])
    asked = form.search
    titled = []
    if asked and asked.mode == Mode.PLAIN and page.count is not None:
        titled = list_titled(request.user, asked.query, most=TITLES)
    context = {
        "form": form,
        "page": page,
        "found": render_found_rows(list_found_rows(page.ids, asked), asked) if asked else "",
        "titled": titled,
    }
    return render(request, "transcripts/search.html", context, status=422 if form.errors else 200)


@vary_on_headers("HX-Request")
@never_cache
@require_safe
def transcript_find(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The hits in the transcript; with `replace`, each with its replacement."""
    transcript = access.transcript_for(request.user, pk)
    form = FindForm(request.GET)
    return _respond_with_hits(request, transcript, form, form.find_hits(transcript, request.user.pk))


@require_POST
def transcript_replace(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The rows that changed; 204 if nothing was ticked, 409 if all ticked rows have changed since."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = ReplaceForm(request.POST)
    done = form.ask(
        request.user.pk,
        lambda search: replace_ticked(
            transcript=transcript,
            search=search,
            ticked=form.cleaned_data["hits"],
            by=request.user,
            request_key=form.cleaned_data["request_key"],
        ),
    )
    if done is not None:
        return _respond_after_replace(request, transcript.get_absolute_url(), done)
    if not request.htmx:
        return _respond_with_hits(request, transcript, form, None)
    return respond_invalid(request, form)


def _respond_with_hits(
    request: SignedInRequest, transcript: Transcript, form: FindForm, findings: Findings | None
) -> HttpResponse:
    """The hits, as a fragment for htmx, else as a page; with checkboxes only for replacing, by people who may."""
    may_edit = Action.EDIT in access.rights_of(transcript)
    context = {
        "transcript": transcript,
        "addresses": build_member_addresses(transcript),
        "form": form,
        "findings": findings,
        "may_edit": may_edit,
        "replacing": may_edit and "replace" in form.data,
    }
    template = "transcripts/_hits.html" if request.htmx else "transcripts/find.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _respond_after_replace(request: SignedInRequest, address: str, done: ReplaceResult) -> HttpResponse:
    if not request.htmx:
        messages.info(request, report_replaced(done.count, done.left))
        return redirect(address)
    if done.rows:
        return respond_with_rows(done.rows)
    return HttpResponse(status=409 if done.left else 204)


@never_cache
@require_safe
def project_recurrences(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where the recordings of a project have the words, or what sounds like them; each page replaces its own."""
    project = access.project_for(request.user, pk)
    form = ProjectFindForm(request.GET)
    findings = form.find_in_project(project, request.user.pk)
    search = form.search
    shown = render_found_rows(list_found_rows(findings.shown, search), search) if findings and search else ""
    context = {"project": project, "form": form, "findings": findings, "found": shown}
    return render(request, "transcripts/project_recurrences.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_safe
def shared_find(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    form = GuestFindForm(request.GET)
    findings = form.find_hits(link.transcript, (link.pk, request.META.get("REMOTE_ADDR")))
    context = {"addresses": build_guest_addresses(link), "form": form, "findings": findings}
    return render(request, "transcripts/_hits.html", context, status=422 if form.errors else 200)
