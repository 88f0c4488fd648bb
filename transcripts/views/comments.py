"""Comments on rows. Every answer to htmx is the whole current list; the page keeps unsent texts."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.access import CommentAuthor
from transcripts.enums import Action
from transcripts.errors import NotAllowed, NotFound
from transcripts.forms.comments import BodyForm, CommentForm, ResolveForm
from transcripts.middleware import HtmxRequest, SignedInRequest
from transcripts.models import Comment, ShareLink, Transcript
from transcripts.queries.comments import count_unseen_notices, list_member_names, list_notices, list_threads
from transcripts.rendering.addresses import build_guest_addresses
from transcripts.rendering.rows import respond_invalid
from transcripts.services.comments.comments import (
    add_comment,
    delete_comment,
    edit_comment,
    is_members_name,
    mark_seen,
    reply_to_comment,
    resolve_thread,
)
from transcripts.text.limits import MAX_COMMENTER_NAME

NOTICES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class CommentSection:
    """The comments of a transcript for one reader, with the reader's rights and the addresses to use."""

    transcript: Transcript
    reader: CommentAuthor
    rights: Collection[Action]
    page: str
    address: str

    @property
    def may_comment(self) -> bool:
        return Action.COMMENT in self.rights

    def comment(self, pk: int) -> Comment:
        """A comment that the reader may act on. Raises NotFound, NotAllowed."""
        if not self.may_comment:
            raise NotAllowed
        comment = self.transcript.comments.filter(pk=pk, deleted_at=None).first()
        if comment is None:
            raise NotFound
        return comment

    def thread(self, pk: int) -> Comment:
        """A thread that the reader may act on, even if its first comment was deleted. Raises NotFound, NotAllowed."""
        if not self.may_comment:
            raise NotAllowed
        thread = self.transcript.comments.filter(pk=pk, thread=None).first()
        if thread is None:
            raise NotFound
        return thread

    def author(self, form: forms.Form) -> CommentAuthor:
        """The reader as author; guests give their name with the comment."""
        return self.reader if self.reader.user else replace(self.reader, name=form.cleaned_data["name"])


@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_comments(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The list; a POST adds a comment first."""
    place = _build_section(request, pk)
    return _add_comment(request, place) if request.method == "POST" else _respond_with_comments(request, place)


@require_POST
def comment_reply(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return _reply_to_comment(request, _build_section(request, pk), comment_pk)


@require_POST
def comment_edit(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return _edit_comment(request, _build_section(request, pk), comment_pk)


@require_POST
def comment_delete(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return _delete_comment(request, _build_section(request, pk), comment_pk)


@require_POST
def comment_resolve(request: SignedInRequest, pk: UUID, comment_pk: int) -> HttpResponse:
    return _resolve_thread(request, _build_section(request, pk), comment_pk)


def _build_section(request: SignedInRequest, pk: UUID) -> CommentSection:
    transcript = access.transcript_for(request.user, pk)
    address = reverse("transcript_comments", args=[pk])
    author = CommentAuthor(request.user, site=f"{request.scheme}://{request.get_host()}")
    return CommentSection(transcript, author, access.rights_of(transcript), transcript.get_absolute_url(), address)


def _respond_with_comments(request: HtmxRequest, place: CommentSection) -> HttpResponse:
    threads = list_threads(place.transcript, place.reader, may_edit=Action.EDIT in place.rights)
    context = {
        "place": place,
        "open": [thread for thread in threads if not thread.root.resolved_at],
        "resolved": [thread for thread in threads if thread.root.resolved_at],
        "members": list_member_names(place.transcript.recording.project) if place.reader.user else [],
    }
    return render(request, f"transcripts/{'_comments' if request.htmx else 'comments'}.html", context)


def _add_comment(request: HtmxRequest, place: CommentSection) -> HttpResponse:
    if not place.may_comment:
        raise NotAllowed
    form = CommentForm(request.POST, needs_name=place.reader.user is None)
    if not form.is_valid():
        return _respond_invalid(request, form)
    given = {name: value for name, value in form.cleaned_data.items() if name not in {"name", "row"}}
    row = place.transcript.utterances.visible().filter(pk=form.cleaned_data["row"]).first()
    if row is None:
        raise NotFound
    add_comment(row=row, by=place.author(form), **given)
    return _respond_after_change(request, place)


def _reply_to_comment(request: HtmxRequest, place: CommentSection, pk: int) -> HttpResponse:
    thread = place.thread(pk)
    form = BodyForm(request.POST, needs_name=place.reader.user is None)
    if not form.is_valid():
        return _respond_invalid(request, form)
    fields = form.cleaned_data
    reply_to_comment(comment=thread, body=fields["body"], by=place.author(form), request_key=fields["request_key"])
    return _respond_after_change(request, place)


def _edit_comment(request: HtmxRequest, place: CommentSection, pk: int) -> HttpResponse:
    comment, form = place.comment(pk), BodyForm(request.POST)
    if not form.is_valid():
        return _respond_invalid(request, form)
    edit_comment(comment=comment, body=form.cleaned_data["body"], by=place.reader)
    return _respond_after_change(request, place)


def _delete_comment(request: HtmxRequest, place: CommentSection, pk: int) -> HttpResponse:
    delete_comment(comment=place.comment(pk), by=place.reader, may_edit=Action.EDIT in place.rights)
    return _respond_after_change(request, place)


def _resolve_thread(request: HtmxRequest, place: CommentSection, pk: int) -> HttpResponse:
    thread, form = place.thread(pk), ResolveForm(request.POST)
    if not form.is_valid():
        return _respond_invalid(request, form)
    resolve_thread(comment=thread, on=form.cleaned_data["on"], by=place.reader)
    return _respond_after_change(request, place)


def _respond_after_change(request: HtmxRequest, place: CommentSection) -> HttpResponse:
    return _respond_with_comments(request, place) if request.htmx else redirect(place.address)


def _respond_invalid(request: HtmxRequest, form: forms.Form) -> HttpResponse:
    return respond_invalid(request, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: SignedInRequest) -> HttpResponse:
    """The person's notices; a POST marks all of them as seen."""
    if request.method == "POST":
        mark_seen(user=request.user)
        return redirect("notices")
    page = Paginator(list_notices(request.user), NOTICES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "transcripts/notices.html", {"page": page, "unseen": count_unseen_notices(request.user)})


@require_http_methods(["GET", "HEAD"])
def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Redirects to the comment and marks it as seen."""
    notice = list_notices(request.user).filter(pk=pk).first()
    if notice is None:
        raise NotFound
    mark_seen(user=request.user, comment=notice.comment)
    thread = notice.comment.thread or notice.comment
    address = notice.comment.transcript.get_absolute_url()
    return redirect(f"{address}?panel=comments&thread={thread.pk}#u{thread.utterance_id}")


GUEST, GUEST_NAME = "guest", "guest_name"
"""Session keys: the secret that identifies a guest's comments, and the name that the guest gave last."""


@login_not_required
@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared_comments(request: HtmxRequest, token: str) -> HttpResponse:
    place = _build_guest_section(request, token)
    return _add_comment(request, place) if request.method == "POST" else _respond_with_comments(request, place)


@login_not_required
@require_POST
def shared_comment_reply(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return _reply_to_comment(request, _build_guest_section(request, token), comment_pk)


@login_not_required
@require_POST
def shared_comment_edit(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return _edit_comment(request, _build_guest_section(request, token), comment_pk)


@login_not_required
@require_POST
def shared_comment_delete(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return _delete_comment(request, _build_guest_section(request, token), comment_pk)


@login_not_required
@require_POST
def shared_comment_resolve(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return _resolve_thread(request, _build_guest_section(request, token), comment_pk)


def _build_guest_section(request: HtmxRequest, token: str) -> CommentSection:
    """Anyone who uses the link is a guest, signed in or not; the browser's session recognises them."""
    link = access.shared(token, Action.COMMENT)
    if request.method == "POST":
        _limit_guest(request, link)
        request.session.setdefault(GUEST, secrets.token_urlsafe())
        name = request.POST.get("name", "")[:MAX_COMMENTER_NAME]
        if name and not is_members_name(name, link.transcript):
            request.session[GUEST_NAME] = name
    reader = CommentAuthor(name=request.session.get(GUEST_NAME, ""), guest=request.session.get(GUEST, ""))
    where = build_guest_addresses(link)
    return CommentSection(link.transcript, reader, access.rights_of(link), where["page"], where["comments"])


def _limit_guest(request: HtmxRequest, link: ShareLink) -> None:
    """Limits comments per IP address and per link, as anyone with the link can write. Answers 429 above the limit."""
    if ratelimit.consume(request, action="guest_comment", key=str(link.pk)):
        return
    if not request.htmx:
        raise ImmediateHttpResponse(ratelimit.respond_429(request))
    form = forms.Form({})
    form.add_error(None, _("Too many comments from here in a short time. Wait ten minutes, then send yours again."))
    raise ImmediateHttpResponse(render(request, "transcripts/_invalid.html", {"form": form}, status=429))
