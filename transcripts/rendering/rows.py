"""Rows of the editor as HTML: all rows of a page, in groups, or the rows of one answer.

The template is rendered once for all rows that look alike, and each fills in its own values: a page has up to tens of
thousands. A rendered row is cached under everything that it shows. When a two-hour transcript is opened again after a
few edits, only the edited rows are rendered, and a change that is sent to many people is rendered once.
"""

from __future__ import annotations

import json
import time
from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import prefetch_related_objects
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from transcripts.messages import format_position, name_voice
from transcripts.models import Change, Speaker, Transcript, Utterance
from transcripts.queries.transcripts import pack_words
from transcripts.rendering.marks import mark, render_with_marks
from transcripts.text.merging import diff
from transcripts.text.scripts import get_language_tag
from transcripts.text.tokens import utf16_length
from transcripts.text.voices import UNSURE

if TYPE_CHECKING:
    from django import forms

    from transcripts.errors import EditConflict

GROUP_ROWS = 16  # as many as a window shows: one more group is little work for one frame
KEPT_ROWS = 20_000  # of about 1 kB
SOME_ROWS = 500
HIDDEN = frozenset({"transcript", "words", "engine_words", "engine_text", "search_text", "dismissed"})
SHOWN = [field for field in Utterance._meta.concrete_fields if field.name not in HIDDEN]
NAMES = [field.attname for field in SHOWN]
IN_JSON = frozenset(field.attname for field in SHOWN if isinstance(field, models.JSONField))
OF_SPEAKER = [field.attname for field in Speaker._meta.concrete_fields]
AT_SPEAKER, AT_CHANNEL = NAMES.index("speaker_id"), NAMES.index("channel")
SHOWN_ADDITIONS = frozenset({"speaker", "speaker_id"})  # Shown elsewhere in the row.
_Row = namedtuple("_Row", NAMES)  # type: ignore[misc]

MEASURE = 84  # Latin letters that one line of the transcript holds; a Han character is as wide as two.
WITH_SPEAKER = 1.6  # lines at least: the speaker is below the time


class RowGroup(NamedTuple):
    html: SafeString
    rows: int
    lines: int


def render_groups(transcript: Transcript, *, may_edit: bool, comments: bool = True) -> list[RowGroup]:
    """Reads the rows and the speakers, one query each. Without `comments` rows don't show that they have any."""
    speakers = {values[0]: values for values in transcript.speakers.values_list(*OF_SPEAKER)}
    columns: dict[str, Any] = {
        name: Cast(name, models.TextField()) if name in IN_JSON else models.F(name) for name in NAMES
    }
    if not comments:
        columns["open_comments"] = models.Value(0)
    if settings.DEBUG:  # So that changes of the template show.
        _render_alike.cache_clear()
        render_row.cache_clear()
    language = get_language()
    rendered, above = [], None
    for values in transcript.utterances.visible().values_list(*columns.values()):
        html, lines = render_row(values, speakers.get(values[AT_SPEAKER]), may_edit, language)
        voice = (values[AT_SPEAKER], values[AT_CHANNEL])
        rendered.append(_continue_turn(html, lines) if voice == above and any(voice) else (html, lines))
        above = voice
    return [_join_group(rendered[first : first + GROUP_ROWS]) for first in range(0, len(rendered), GROUP_ROWS)]


def _join_group(rows: list[tuple[str, float]]) -> RowGroup:
    return RowGroup(SafeString("".join(html for html, _ in rows)), len(rows), round(sum(lines for _, lines in rows)))


def _continue_turn(html: str, lines: float) -> tuple[str, float]:
    """The row under one of the same speaker, whose name is not repeated. static/js/editor/glance.js keeps it so."""
    is_named = ' data-unsure="' in html  # Whose it is is shown with a question mark.
    lines = 1 if lines == WITH_SPEAKER and not is_named else lines
    return html.replace('class="row"', 'class="row" data-continues', 1), lines


def render_rows(
    changed: Iterable[Utterance], speakers: Iterable[Speaker] = (), *, may_edit: bool, comments: bool = True
) -> str:
    """The rows with their words and buttons, the ids of removed ones, and the names of the speakers."""
    names = render_to_string("transcripts/_names.html", {"speakers": speakers}) if speakers else ""
    language = get_language()
    return "".join(_render_answer(row, may_edit, comments, language) for row in _take_some(changed)) + names


def _take_some(rows: Iterable[Utterance]) -> Iterator[Utterance]:
    """The rows with their speakers, some at a time: of very many the words take hundreds of megabytes."""
    left = iter(rows)
    while some := list(islice(left, SOME_ROWS)):
        prefetch_related_objects(some, "speaker")
        for row in some:
            yield row
            time.sleep(0)  # The interpreter's lock: people save in other threads.


def _render_answer(row: Utterance, may_edit: bool, comments: bool, language: str) -> str:
    if row.removed:
        return format_html('<template data-gone="{}" data-version="{}"></template>', row.pk, row.version)
    values = {name: getattr(row, name) for name in NAMES}
    values |= {name: json.dumps(values[name]) for name in IN_JSON}
    if not comments:
        values["open_comments"] = 0
    speaker = tuple(getattr(row.speaker, name) for name in OF_SPEAKER) if row.speaker else None
    words = json.dumps(pack_words(row.text, row.words, row.start_ms), separators=(",", ":"))
    html, _lines = render_row(tuple(values.values()), speaker, may_edit, language, words)
    return html


@lru_cache(maxsize=KEPT_ROWS)
def render_row(
    values: tuple[Any, ...], speaker: tuple[Any, ...] | None, may_edit: bool, language: str, words: str | None = None
) -> tuple[str, float]:
    """The HTML of a row with these values of `NAMES`, and the number of lines it takes.

    Without `words`, as JSON, the row is part of a page, which has them elsewhere, and is `bare`: it lacks the buttons
    that are the same in all rows, so that browsers have less to parse. static/js/editor/row-buttons.js adds them.
    """
    row: Any = _Row._make(values)
    name, colour = _describe_speaker(speaker, language) if speaker else ("", 0)
    html = _render_alike(
        language,
        may_edit,
        words is None,
        bool(speaker),
        bool(row.channel),
        row.verified_at is not None,
        row.flagged,
        bool(row.open_comments),
    ) % {
        "pk": row.id,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "version": row.version,
        "channel": escape(row.channel),
        "marks": _list_marks(row),
        "additions": _list_additions(row.additions),
        "clock": format_position(row.start_ms),
        "colour": colour,
        "who": _fill(name_voice(name, row.channel)),
        "language": get_language_tag(row.text),
        "text": _fill(row.text),
        "open_comments": row.open_comments,
        "words": escape(words) if words else "",
    }
    return html, max(count_lines(row.text), WITH_SPEAKER if speaker else 1)


@lru_cache(maxsize=256)
def _render_alike(
    language: str,
    may_edit: bool,
    bare: bool,
    speaker: bool,
    channel: bool,
    is_verified: bool,
    flagged: bool,
    open_comments: bool,
) -> str:
    """The template for all rows of which this is true, with a mark such as `%(text)s` for what each has of its own."""
    own = ["pk", "start_ms", "end_ms", "version", "marks", "additions", "clock", "who", "language", "text", "words"]
    row: dict[str, Any] = {name: mark(name) for name in own}
    row |= {
        "channel": mark("channel") if channel else "",
        "speaker": {"colour": mark("colour")} if speaker else None,
        "is_verified": is_verified,
        "flagged": flagged,
        "open_comments": mark("open_comments") if open_comments else 0,
    }
    return render_with_marks("transcripts/_utterance.html", {"row": row, "may_edit": may_edit, "bare": bare})


def _fill(text: str) -> str:
    """The content of an element; white space alone is none, as between any two tags."""
    return "" if text.isspace() else escape(text)


@lru_cache(maxsize=SOME_ROWS)
def _describe_speaker(values: tuple[Any, ...], _language: str) -> tuple[str, int]:
    """The name in this language, and the number of the colour."""
    speaker = Speaker.from_db("default", OF_SPEAKER, values)
    return speaker.display_name, speaker.colour


def _list_marks(row: Any) -> SafeString:
    """The row's speaker, whether that is a guess, verification, flag and time of last change, as attributes."""
    marks = "" if row.speaker_id is None else f' data-speaker="{row.speaker_id}"'
    if row.speaker_confidence is not None and row.speaker_confidence < UNSURE:
        marks += ' data-unsure=""'
    if row.verified_at is not None:
        marks += f' data-verified="{row.verified_by_id or ""}" data-verified-at="{int(row.verified_at.timestamp())}"'
    if row.flagged:
        marks += ' data-flagged=""'
    if row.changed_at is not None:
        marks += f' data-changed="{int(row.changed_at.timestamp())}"'
    return SafeString(marks)


@lru_cache(maxsize=SOME_ROWS)
def _list_additions(kept: str) -> str:
    """What else the service reported about a row (`emotion`, `gender`, …), in its own words; from JSON."""
    shown = [(name, value) for name, value in sorted(json.loads(kept).items()) if name not in SHOWN_ADDITIONS and value]
    return escape("".join(f" · {name}: {value}" for name, value in shown))


def count_lines(text: str) -> int:
    """Estimates how many lines the text takes in a wide window.

    In UTF-8 a Han character has three bytes and a Latin letter one: the mean of bytes and characters gives the width.
    """
    return (len(text.encode()) + len(text)) // 2 // MEASURE + 1


def respond_with_rows(
    changed: Sequence[Utterance], speakers: Iterable[Speaker] = (), *, may_edit: bool = True
) -> HttpResponse:
    return HttpResponse(render_rows(changed, speakers, may_edit=may_edit))


def respond_with_shift(change: Change | None) -> HttpResponse:
    """By how many ms the change moved its rows, and their versions after it: pages have everything else."""
    if change is None:
        return HttpResponse(status=204)
    versions = change.revisions.filter(utterance__removed=False).values_list("utterance", "version")
    listed = ",".join(f"{pk}:{version}" for pk, version in versions)
    html = format_html('<template data-shifted="{}" data-versions="{}"></template>', change.details["shift_ms"], listed)
    return HttpResponse(html)


def respond_with_marks(request: HttpRequest, transcript: Transcript, rows: Sequence[Utterance] = ()) -> HttpResponse:
    """The marks and speakers of these rows without their text, and the names of all speakers."""
    marked = [{"pk": row.pk, "version": row.version, "marks": _list_marks(row)} for row in rows]
    return render(request, "transcripts/_marks.html", {"marked": marked, "speakers": transcript.speakers.all()})


def respond_with_conflict(request: HttpRequest, conflict: EditConflict) -> HttpResponse:
    """Both texts, and where each differs from the text that both changed."""
    context = {
        "conflict": conflict,
        "theirs_marks": _mark_new_text(conflict.base, conflict.theirs),
        "mine_marks": _mark_new_text(conflict.base, conflict.mine),
        "first": [utf16_length(conflict.draft[:at]) for at in conflict.first],
    }
    return render(request, "transcripts/_conflict.html", context, status=409)


def respond_with_sentence(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Why it was not done: a page, or the sentence alone for scripts."""
    if request.headers.get("HX-Request") == "true" or "text/html" not in request.headers.get("Accept", "text/html"):
        return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
    return render(request, "refused.html", {"sentence": sentence}, status=status)


def respond_invalid(request: HttpRequest, form: forms.BaseForm, status: int = 422) -> HttpResponse:
    """The reasons why the form was refused."""
    return render(request, "transcripts/_invalid.html", {"form": form}, status=status)


def _mark_new_text(base: str, text: str) -> str:
    """The spans of `text` that are not in `base`, in UTF-16 units: "3-5 9-12"."""
    spans, at = [], 0
    for part in diff(base, text) if base else []:
        end = at if part.kind == "deleted" else at + utf16_length(part.text)
        spans += [f"{at}-{end}"] if part.kind == "inserted" else []
        at = end
    return " ".join(spans)
