from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from transcripts import access, queries, sentences
from transcripts.enums import Action
from transcripts.exports.registry import FORMATS
from transcripts.models import Part, Transcript, Transcription
from transcripts.services import preferences
from transcripts.views import addresses, sheet
from transcripts.views.checks import ChecksForm
from transcripts.views.request import SignedInRequest
from transcripts.views.streaming import streamed

ROWS = mark_safe("<!-- rows -->")
GROUPS_AT_ONCE = 40


@gzip_page
@never_cache
@require_safe
def transcript(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    found = access.transcript_for(request.user, pk)
    # Without the whole answer of the service, which is large and which the page does not show.
    transcription = Transcription.objects.defer("raw_answer").get(pk=found.transcription_id)
    context = {
        "transcription": transcription,
        "options": sentences.options(queries.kept_options(transcription.options)),
        "formats": FORMATS.values(),
        "checks_form": ChecksForm(auto_id="check-%s"),
        "verifiers": queries.verifiers_of(found),
        "others": queries.other_transcripts(found),
        "preferences": {
            **preferences.preferences_of(request.user).to_json(),
            "user": request.user.pk,
            "url": reverse("preferences"),
        },
    }
    return page_of(request, found, access.rights_of(found), addresses.of_member(found), context)


def page_of(
    request: HttpRequest,
    found: Transcript,
    rights: Collection[Action],
    where: addresses.Addresses,
    context: dict[str, Any],
) -> HttpResponseBase:
    """The page with what everybody's shows and with the `context` of somebody.

    Its head goes out before the rows are read, so that the browser fetches meanwhile what it names.
    """
    may_edit = Action.EDIT in rights
    everybodys = {
        "transcript": found,
        "recording": found.recording,
        "rows": ROWS,
        "rights": rights,
        "may_edit": may_edit,
        "addresses": where,
        "speakers": found.speakers.all(),
        "pieces": found.pieces.exists(),
        "parts": Part.objects.filter(transcription=found.transcription_id).count(),
    }
    page = render_to_string("transcripts/transcript.html", {**everybodys, **context}, request)
    return streamed(
        request, _with_rows(page, lambda: sheet.groups(found, may_edit=may_edit, comments="comments" in where))
    )


def _with_rows(page: str, read: Callable[[], list[sheet.Group]]) -> Iterator[str]:
    before, after = page.split(ROWS)
    language = get_language()
    yield before
    with override(language):
        groups = read()
    for first in range(0, max(1, len(groups)), GROUPS_AT_ONCE):
        with override(language):
            rows = render_to_string("transcripts/_groups.html", {"groups": groups[first : first + GROUPS_AT_ONCE]})
        yield rows
    yield after


@gzip_page
@never_cache
@require_safe
def transcript_words(request: SignedInRequest, pk: UUID) -> HttpResponse:
    times = queries.word_times(access.transcript_for(request.user, pk))
    return HttpResponse(times, content_type="application/json")


@require_safe
def transcript_player(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The tape deck, which asks for itself until the playback copy is there."""
    found = access.transcript_for(request.user, pk)
    context = {"recording": found.recording, "addresses": addresses.of_member(found)}
    return render(request, "transcripts/_player.html", context)
