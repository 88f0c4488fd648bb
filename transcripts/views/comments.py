"""Comments on rows. Every answer to htmx is the whole list as it is now; the page keeps what is being written there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from transcripts import access, asides
from transcripts.aside_forms import BodyForm, CommentForm, ResolveForm
from transcripts.enums import Action
from transcripts.errors import NotAllowed
from transcripts.models import Comment, Transcript
from transcripts.services import comments
from transcripts.services.comments import Author
from transcripts.views.request import HtmxRequest, SignedInRequest

NOTICES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Place:
    """The comments of a transcript, as their reader has them: what he may do, and under which addresses they stand."""

    transcript: Transcript
    reader: Author
    rights: Collection[Action]
    page: str
    address: str

    @property
    def may_comment(self) -> bool:
        return Action.COMMENT in self.rights

    def comment(self, pk: int) -> Comment:
        """One that the reader may do something with. Raises Http404, NotAllowed."""
        if not self.may_comment:
            raise NotAllowed
        found = self.transcript.comments.filter(pk=pk, deleted_at=None).first()
        if found is None:
            raise Http404
        return found

    def thread(self, pk: int) -> Comment:
        """The same for a thread, of whose first comment nothing need be left."""
        if not self.may_comment:
            raise NotAllowed
        found = self.transcript.comments.filter(pk=pk, thread=None).first()
        if found is None:
            raise Http404
        return found

    def author(self, form: forms.Form) -> Author:
        """The reader, by the name that a guest gives with what he says."""
        return self.reader if self.reader.user else replace(self.reader, name=form.cleaned_data["name"])


@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_comments(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """All of them; with POST, after a new one."""
    place = _place(request, pk)
    return add(request, place) if request.method == "POST" else listed(request, place)


@require_POST
def comment_reply(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return reply(request, _place(request, pk), comment_pk)


@require_POST
def comment_edit(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return edit(request, _place(request, pk), comment_pk)


@require_POST
def comment_delete(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return delete(request, _place(request, pk), comment_pk)


@require_POST
def comment_resolve(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return resolve(request, _place(request, pk), comment_pk)


def _place(request: SignedInRequest, pk: UUID) -> Place:
    transcript = access.transcript_for(request.user, pk)
    address = reverse("transcript_comments", args=[pk])
    author = Author(request.user, site=f"{request.scheme}://{request.get_host()}")
    return Place(transcript, author, access.rights_of(transcript), transcript.get_absolute_url(), address)


def listed(request: HtmxRequest, place: Place) -> HttpResponse:
    threads = asides.threads_of(place.transcript, place.reader, may_edit=Action.EDIT in place.rights)
    context = {
        "place": place,
        "open": [thread for thread in threads if not thread.root.resolved_at],
        "resolved": [thread for thread in threads if thread.root.resolved_at],
        "members": asides.members_of(place.transcript.recording.project) if place.reader.user else [],
    }
    return render(request, f"transcripts/{'_comments' if request.htmx else 'comments'}.html", context)


def add(request: HtmxRequest, place: Place) -> HttpResponse:
    if not place.may_comment:
        raise NotAllowed
    form = CommentForm(request.POST, needs_name=place.reader.user is None)
    if not form.is_valid():
        return _invalid(request, form)
    given = {name: value for name, value in form.cleaned_data.items() if name not in {"name", "row"}}
    row = place.transcript.utterances.standing().filter(pk=form.cleaned_data["row"]).first()
    if row is None:
        raise Http404
    comments.add(row=row, by=place.author(form), **given)
    return _done(request, place)


def reply(request: HtmxRequest, place: Place, pk: int) -> HttpResponse:
    thread = place.thread(pk)
    form = BodyForm(request.POST, needs_name=place.reader.user is None)
    if not form.is_valid():
        return _invalid(request, form)
    fields = form.cleaned_data
    comments.reply(comment=thread, body=fields["body"], by=place.author(form), request_key=fields["request_key"])
    return _done(request, place)


def edit(request: HtmxRequest, place: Place, pk: int) -> HttpResponse:
    comment, form = place.comment(pk), BodyForm(request.POST)
    if not form.is_valid():
        return _invalid(request, form)
    comments.edit(comment=comment, body=form.cleaned_data["body"], by=place.reader)
    return _done(request, place)


def delete(request: HtmxRequest, place: Place, pk: int) -> HttpResponse:
    comments.delete(comment=place.comment(pk), by=place.reader, may_edit=Action.EDIT in place.rights)
    return _done(request, place)


def resolve(request: HtmxRequest, place: Place, pk: int) -> HttpResponse:
    thread, form = place.thread(pk), ResolveForm(request.POST)
    if not form.is_valid():
        return _invalid(request, form)
    comments.resolve(comment=thread, on=form.cleaned_data["on"], by=place.reader)
    return _done(request, place)


def _done(request: HtmxRequest, place: Place) -> HttpResponse:
    return listed(request, place) if request.htmx else redirect(place.address)


def _invalid(request: HtmxRequest, form: forms.Form) -> HttpResponse:
    return render(request, "transcripts/_invalid.html", {"form": form}, status=422)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: SignedInRequest) -> HttpResponse:
    """What was said to the person; with POST he has seen all of it."""
    if request.method == "POST":
        comments.see(user=request.user)
        return redirect("notices")
    page = Paginator(asides.notices_of(request.user), NOTICES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "transcripts/notices.html", {"page": page, "unseen": asides.unseen(request.user)})


@require_http_methods(["GET", "HEAD"])
def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """To where it was said; whoever goes there has seen it."""
    found = asides.notices_of(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    comments.see(user=request.user, comment=found.comment)
    thread = found.comment.thread or found.comment
    address = found.comment.transcript.get_absolute_url()
    return redirect(f"{address}?panel=comments&thread={thread.pk}#u{thread.utterance_id}")
