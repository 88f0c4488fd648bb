"""Creating, copying and revoking share links."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.sharing import ShareForm
from transcripts.middleware import SignedInRequest
from transcripts.models import Transcript
from transcripts.queries.links import list_share_links
from transcripts.services.projects.share_links import create_share_link, revoke_share_link


@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_share_links(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The links of the transcript; a POST adds one. Answers htmx with the content of the dialog, else with a page."""
    transcript = access.transcript_for(request.user, pk, Action.SHARE)
    if request.method != "POST":
        return _respond_with_links(request, transcript, ShareForm(auto_id="share-%s"))
    form = ShareForm(request.POST, auto_id="share-%s")
    if not form.is_valid():
        return _respond_with_links(request, transcript, form)
    made = create_share_link(transcript=transcript, by=request.user, **form.cleaned_data)
    if not request.htmx:
        return redirect(request.path)
    return _respond_with_links(request, transcript, ShareForm(auto_id="share-%s"), made=made.pk)


@require_POST
def share_link_revoke(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Back to the transcript's links, or with `project` to the project's."""
    link = access.share_link_for(request.user, pk)
    revoke_share_link(link=link, by=request.user)
    if "project" in request.POST:
        return redirect(f"{link.transcript.recording.project.get_absolute_url()}#links")
    if not request.htmx:
        return redirect("transcript_share_links", link.transcript_id)
    return _respond_with_links(request, link.transcript, ShareForm(auto_id="share-%s"))


def _respond_with_links(
    request: SignedInRequest, transcript: Transcript, form: ShareForm, made: UUID | None = None
) -> HttpResponse:
    links = list_share_links(transcript)
    context = {
        "transcript": transcript,
        "form": form,
        "links": [(link, request.build_absolute_uri(link.get_absolute_url())) for link in links],
        "made": made,
    }
    template = "transcripts/_share_links.html" if request.htmx else "transcripts/share_links.html"
    return render(request, template, context, status=422 if form.errors else 200)
