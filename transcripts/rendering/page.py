"""Transcript pages, sent in parts: what is seen first goes first."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string

from transcripts.enums import Action
from transcripts.models import AnswerPart, Transcript
from transcripts.rendering.addresses import Addresses
from transcripts.rendering.rows import RowGroup, render_groups
from transcripts.rendering.streaming import stream_page

DEFERRED = re.compile(
    r"<!-- deferred: (\S+) -->"
)  # names a template that is rendered once everything before it was sent
ROWS = "rows"
GROUPS_AT_ONCE = 40


def respond_with_page(
    request: HttpRequest,
    transcript: Transcript,
    rights: Collection[Action],
    where: Addresses,
    first: dict[str, Any],
    panels: Callable[[], dict[str, Any]],
) -> HttpResponseBase:
    """Renders the page with `first` at once and the side panels, with `panels`, after the rows.

    The browser loads scripts and styles while the rows are read, and shows the rows while the panels are rendered.
    """
    may_edit = Action.EDIT in rights
    context = {
        "transcript": transcript,
        "recording": transcript.recording,
        "rights": rights,
        "may_edit": may_edit,
        "addresses": where,
        "parts": AnswerPart.objects.filter(transcription=transcript.transcription_id).count(),
        **first,
    }
    page = render_to_string("transcripts/transcript.html", context, request)

    def deferred(name: str) -> Iterator[str]:
        if name == ROWS:
            yield from _render_rows(render_groups(transcript, may_edit=may_edit, comments="comments" in where))
        else:
            more = {"speakers": transcript.speakers.all(), "assignments": transcript.assignments.exists(), **panels()}
            yield render_to_string(name, {**context, **more}, request)

    return stream_page(request, _complete_page(page, deferred))


def _complete_page(page: str, deferred: Callable[[str], Iterator[str]]) -> Iterator[str]:
    for index, part in enumerate(DEFERRED.split(page)):
        if index % 2:
            yield from deferred(part)
        else:
            yield part


def _render_rows(groups: list[RowGroup]) -> Iterator[str]:
    for first in range(0, max(1, len(groups)), GROUPS_AT_ONCE):
        yield render_to_string("transcripts/_groups.html", {"groups": groups[first : first + GROUPS_AT_ONCE]})
