"""What a share link shows, to people without an account too: one transcript, its sound, what others change in it.

Every address stands under the link's own, and asks `access.shared` anew.
"""

from __future__ import annotations

import secrets

from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access, queries
from transcripts.enums import Action
from transcripts.models import Preferences, Recording, ShareLink
from transcripts.models.asides import MAX_NAME
from transcripts.searchforms import FindForm
from transcripts.services.comments import Author
from transcripts.views import addresses, comments
from transcripts.views.editor import page_of
from transcripts.views.live import live_form, rows_asked_for, stream
from transcripts.views.media import overview_of, ranged
from transcripts.views.request import HtmxRequest
from transcripts.views.rows import draw_rows
from transcripts.views.search import found_by

GUEST, GUEST_NAME = "guest", "guest_name"
"""In the session: the secret by which a guest's comments are his, and the name that he gave last."""


@login_not_required
@gzip_page
@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponseBase:
    """The editor's page, to be read; a page that says so where the link leads nowhere (any more)."""
    try:
        link = access.shared(token)
    except Http404:
        return render(request, "transcripts/shared_gone.html", status=404)
    beside = {"verifiers": {}, "preferences": {**Preferences().to_json(), "user": "", "url": ""}}
    where = addresses.of_guest(link)
    return page_of(request, link.transcript, access.rights_of(link), where, {"guest": link}, lambda: beside)


@login_not_required
@gzip_page
@never_cache
@require_safe
def shared_words(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(queries.word_times(access.shared(token).transcript), content_type="application/json")


@login_not_required
@never_cache
@require_safe
def shared_player(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    context = {"recording": link.transcript.recording, "addresses": addresses.of_guest(link)}
    return render(request, "transcripts/_player.html", context)


@login_not_required
@never_cache
@require_safe
def shared_rows(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    rows, speakers = rows_asked_for(request, link.transcript), link.transcript.speakers.all()
    return HttpResponse(draw_rows(rows, speakers, may_edit=False, comments=_may_comment(link)))


@login_not_required
@never_cache
@require_safe
def shared_find(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    form = FindForm(request.GET)
    findings = found_by(form, link.transcript)
    context = {"addresses": addresses.of_guest(link), "form": form, "findings": findings}
    return render(request, "transcripts/_found.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
def shared_audio(request: HttpRequest, token: str) -> HttpResponseBase:
    return ranged(request, _recording(token).playback, "audio/mp4")


@login_not_required
@require_safe
def shared_peaks(request: HttpRequest, token: str) -> HttpResponseBase:
    return ranged(request, _recording(token).peaks, "application/octet-stream")


@login_not_required
@require_safe
def shared_overview(request: HttpRequest, token: str) -> HttpResponse:
    return overview_of(_recording(token))


@login_not_required
@require_safe
def shared_live(request: HttpRequest, token: str) -> HttpResponseBase:
    """As `transcript_live`, without anybody's name. It ends within seconds of the link being revoked or expiring."""
    form = live_form(request)
    if not form.is_valid():
        return HttpResponse(status=400)
    link = access.shared(token)
    allowed = ShareLink.objects.filter(pk=link.pk).open().exists
    return stream(form, link.transcript_id, link.transcript.version, allowed, guest=access.rights_of(link))


@login_not_required
@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared_comments(request: HtmxRequest, token: str) -> HttpResponse:
    place = _place(request, token)
    return comments.add(request, place) if request.method == "POST" else comments.listed(request, place)


@login_not_required
@require_POST
def shared_comment_reply(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return comments.reply(request, _place(request, token), comment_pk)


@login_not_required
@require_POST
def shared_comment_edit(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return comments.edit(request, _place(request, token), comment_pk)


@login_not_required
@require_POST
def shared_comment_delete(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return comments.delete(request, _place(request, token), comment_pk)


@login_not_required
@require_POST
def shared_comment_resolve(request: HtmxRequest, token: str, comment_pk: int) -> HttpResponse:
    return comments.resolve(request, _place(request, token), comment_pk)


def _may_comment(link: ShareLink) -> bool:
    return Action.COMMENT in access.rights_of(link)


def _place(request: HtmxRequest, token: str) -> comments.Place:
    """Whoever comes by the link is a guest there, signed in or not: the browser's session knows him again."""
    link = access.shared(token, Action.COMMENT)
    if request.method == "POST":
        _count(request, link)
        request.session.setdefault(GUEST, secrets.token_urlsafe())
        if name := request.POST.get("name", "")[:MAX_NAME]:
            request.session[GUEST_NAME] = name
    reader = Author(name=request.session.get(GUEST_NAME, ""), guest=request.session.get(GUEST, ""))
    where = addresses.of_guest(link)
    return comments.Place(link.transcript, reader, access.rights_of(link), where["page"], where["comments"])


def _count(request: HtmxRequest, link: ShareLink) -> None:
    """Whoever has the link can write: so many times at once, from one address and by one link. Answers 429 else."""
    if ratelimit.consume(request, action="guest_comment", key=str(link.pk)):
        return
    if not request.htmx:
        raise ImmediateHttpResponse(ratelimit.respond_429(request))
    form = forms.Form({})
    form.add_error(None, _("Too much was written here in a short time. Wait ten minutes, then send it again."))
    raise ImmediateHttpResponse(render(request, "transcripts/_invalid.html", {"form": form}, status=429))


def _recording(token: str) -> Recording:
    return access.shared(token).transcript.recording
