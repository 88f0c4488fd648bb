from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
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

LATER = re.compile(r"<!-- later: (\S+) -->")  # a template, which is filled when what stands before has gone out
ROWS = "rows"
GROUPS_AT_ONCE = 40


@gzip_page
@never_cache
@require_safe
def transcript(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    found = access.transcript_for(request.user, pk)
    first = {"formats": FORMATS.values()}
    return page_of(
        request, found, access.rights_of(found), addresses.of_member(found), first, partial(_beside, request, found)
    )


def _beside(request: SignedInRequest, found: Transcript) -> dict[str, Any]:
    # Without the whole answer of the service, which is large and which the page does not show.
    transcription = Transcription.objects.defer("raw_answer").get(pk=found.transcription_id)
    return {
        "transcription": transcription,
        "options": sentences.options(queries.kept_options(transcription.options)),
        "checks_form": ChecksForm(auto_id="check-%s"),
        "verifiers": queries.verifiers_of(found),
        "others": queries.other_transcripts(found),
        "preferences": {
            **preferences.preferences_of(request.user).to_json(),
            "user": request.user.pk,
            "url": reverse("preferences"),
        },
    }


def page_of(
    request: HttpRequest,
    found: Transcript,
    rights: Collection[Action],
    where: addresses.Addresses,
    first: dict[str, Any],
    beside: Callable[[], dict[str, Any]],
) -> HttpResponseBase:
    """The page with what everybody's shows and with what somebody's has `first`, and `beside` the rows.

    What is seen first goes out first: the browser fetches what it names while the rows are read, and has the rows while
    the panels beside them are written.
    """
    may_edit = Action.EDIT in rights
    context = {
        "transcript": found,
        "recording": found.recording,
        "rights": rights,
        "may_edit": may_edit,
        "addresses": where,
        "parts": Part.objects.filter(transcription=found.transcription_id).count(),
        **first,
    }
    page = render_to_string("transcripts/transcript.html", context, request)

    def later(name: str) -> Iterator[str]:
        if name == ROWS:
            yield from _rows(sheet.groups(found, may_edit=may_edit, comments="comments" in where))
        else:
            more = {"speakers": found.speakers.all(), "pieces": found.pieces.exists(), **beside()}
            yield render_to_string(name, {**context, **more}, request)

    return streamed(request, _completed(page, later))


def _completed(page: str, later: Callable[[str], Iterator[str]]) -> Iterator[str]:
    language = get_language()
    for index, part in enumerate(LATER.split(page)):
        pieces = later(part) if index % 2 else iter([part])
        while True:
            with override(language):  # and no longer: the thread serves others in between
                piece = next(pieces, None)
            if piece is None:
                break
            yield piece


def _rows(groups: list[sheet.Group]) -> Iterator[str]:
    for first in range(0, max(1, len(groups)), GROUPS_AT_ONCE):
        yield render_to_string("transcripts/_groups.html", {"groups": groups[first : first + GROUPS_AT_ONCE]})


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
