"""Making, copying and revoking links that show a transcript; what they show is in `views/shared.py`."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.enums import Action, LinkRole
from transcripts.models import Transcript
from transcripts.services import sharing
from transcripts.views.request import SignedInRequest

DAYS = {
    1: gettext_lazy("1 day"),
    7: gettext_lazy("7 days"),
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("1 year"),
}
USUAL_DAYS = 30


class ShareForm(forms.Form):
    role = forms.TypedChoiceField(
        label=gettext_lazy("Whoever has the link"),
        choices=LinkRole.choices,
        coerce=LinkRole,
        initial=LinkRole.READER,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"), choices=list(DAYS.items()), coerce=int, initial=USUAL_DAYS
    )
    label = forms.CharField(label=gettext_lazy("For whom, as a note to yourself"), max_length=100, required=False)


@vary_on_headers("HX-Request")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_share_links(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The links of the transcript; with POST, and one more. To htmx what the page's dialog shows, else a page."""
    transcript = access.transcript_for(request.user, pk, Action.SHARE)
    if request.method != "POST":
        return _links(request, transcript, ShareForm(auto_id="share-%s"))
    form = ShareForm(request.POST, auto_id="share-%s")
    if not form.is_valid():
        return _links(request, transcript, form)
    made = sharing.share(transcript=transcript, by=request.user, **form.cleaned_data)
    if not request.htmx:
        return redirect(request.path)
    return _links(request, transcript, ShareForm(auto_id="share-%s"), made=made.pk)


@require_POST
def share_link_revoke(request: SignedInRequest, pk: UUID) -> HttpResponse:
    link = access.share_link_for(request.user, pk)
    sharing.revoke(link=link, by=request.user)
    if not request.htmx:
        return redirect("transcript_share_links", link.transcript_id)
    return _links(request, link.transcript, ShareForm(auto_id="share-%s"))


def _links(request: SignedInRequest, transcript: Transcript, form: ShareForm, made: UUID | None = None) -> HttpResponse:
    links = transcript.share_links.select_related("made_by")
    context = {
        "transcript": transcript,
        "form": form,
        "links": [(link, request.build_absolute_uri(link.get_absolute_url())) for link in links],
        "made": made,
    }
    template = "transcripts/_share_links.html" if request.htmx else "transcripts/share_links.html"
    return render(request, template, context, status=422 if form.errors else 200)
