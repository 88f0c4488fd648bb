"""Finding and replacing in one transcript, and finding over all recordings."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access, searching, sentences
from transcripts.enums import Action
from transcripts.models import Transcript
from transcripts.searchforms import FindForm, LibrarySearchForm, ReplaceForm
from transcripts.services import replacing
from transcripts.text.finding import Mode, TooSlow
from transcripts.views import addresses
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import render_rows

ROWS_A_PAGE = 50


@never_cache
@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    form = LibrarySearchForm(request.GET)
    ids: list[int] = []
    if form.is_valid() and form.search:
        try:
            ids = searching.in_library(request.user, form.search)
        except TooSlow as error:
            form.refuse(error)
    page = Paginator(ids, ROWS_A_PAGE).get_page(request.GET.get("page"))
    asked = form.search
    context = {
        "form": form,
        "page": page,
        "found": searching.listed(list(page), asked) if asked else [],
        "titled": searching.titled(request.user, asked.query) if asked and asked.mode == Mode.PLAIN else [],
    }
    return render(request, "transcripts/search.html", context, status=422 if form.errors else 200)


@vary_on_headers("HX-Request")
@never_cache
@require_safe
def transcript_find(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The hits in the transcript; with `replace`, each with what would stand there."""
    transcript = access.transcript_for(request.user, pk)
    form = FindForm(request.GET)
    return _found(request, transcript, form, found_by(form, transcript))


@require_POST
def transcript_replace(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The rows that changed; 204 where nothing was ticked, 409 where every ticked row has changed since."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = ReplaceForm(request.POST)
    if form.is_valid() and form.search is not None:
        try:
            done = replacing.replace(
                transcript=transcript,
                search=form.search,
                ticked=form.cleaned_data["hits"],
                by=request.user,
                request_key=form.cleaned_data["request_key"],
            )
        except TooSlow as error:
            form.refuse(error)
        else:
            return _replaced(request, transcript.get_absolute_url(), done)
    if not request.htmx:
        return _found(request, transcript, form, None)
    return render(request, "transcripts/_invalid.html", {"form": form}, status=422)


def found_by(form: FindForm, transcript: Transcript) -> searching.Findings | None:
    """None where nothing is asked for, or what is asked for is refused."""
    if not form.is_valid() or not form.search:
        return None
    try:
        return searching.in_transcript(transcript, form.search)
    except TooSlow as error:
        form.refuse(error)
        return None


def _found(
    request: SignedInRequest, transcript: Transcript, form: FindForm, findings: searching.Findings | None
) -> HttpResponse:
    """The hits, alone to htmx, else as a page; ticks only for a person who may replace and asks to."""
    may_edit = Action.EDIT in access.rights_of(transcript)
    context = {
        "transcript": transcript,
        "addresses": addresses.of_member(transcript),
        "form": form,
        "findings": findings,
        "may_edit": may_edit,
        "replacing": may_edit and "replace" in form.data,
    }
    template = "transcripts/_found.html" if request.htmx else "transcripts/find.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _replaced(request: SignedInRequest, address: str, done: replacing.Replaced) -> HttpResponse:
    if not request.htmx:
        messages.info(request, sentences.replaced(done.count, done.left))
        return redirect(address)
    if done.rows:
        return render_rows(done.rows)
    return HttpResponse(status=409 if done.left else 204)
