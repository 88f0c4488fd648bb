"""Splitting, merging, deleting, inserting and moving rows; taking changes back. Answers are the rows that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html, strip_spaces_between_tags
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from transcripts import access, queries, sentences
from transcripts.enums import Action
from transcripts.errors import EditConflict, NothingToUndo, NotPossible
from transcripts.forms import BackForm, MergeForm, MoveForm, RowForm, SplitForm
from transcripts.models import Change, Speaker, Transcript, Utterance
from transcripts.services import history, rows
from transcripts.text.merging import diff
from transcripts.text.tokens import utf16_length
from transcripts.views import sheet
from transcripts.views.request import SignedInRequest

MARKS = frozenset({"speaker_id", "verified_by_id", "verified_at", "flagged"})


@require_POST
def utterance_split(request: SignedInRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, SplitForm(request.POST), rows.split)


@require_POST
def utterance_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, MergeForm(request.POST), rows.merge)


@require_POST
def utterance_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, RowForm(request.POST), rows.delete)


@require_POST
def utterance_insert(request: SignedInRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, RowForm(request.POST), rows.insert_after)


@require_POST
def utterance_move(request: SignedInRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, MoveForm(request.POST), rows.move)


@require_safe
def utterance_heard(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the engine heard in the row, against what stands there."""
    row = access.utterance_for(request.user, pk)
    may_edit = Action.EDIT in access.rights_of(row)
    context = {"row": row, "segments": diff(row.engine_text, row.text), "may_edit": may_edit}
    return render(request, "transcripts/_heard.html", context)


@require_POST
def transcript_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The rows of this person's last change, taken back; 204 where he has none left."""
    return _reversed(request, pk, history.undo)


@require_POST
def transcript_redo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _reversed(request, pk, history.redo)


def render_rows(
    changed: Sequence[Utterance], speakers: Iterable[Speaker] = (), *, may_edit: bool = True
) -> HttpResponse:
    """The rows with their words, the ids of those that went, and the names of speakers."""
    return HttpResponse(draw_rows(changed, speakers, may_edit=may_edit))


def draw_rows(
    changed: Iterable[Utterance], speakers: Iterable[Speaker] = (), *, may_edit: bool, comments: bool = True
) -> str:
    """Without `comments` no row shows that it has some."""
    rows = list(changed)
    prefetch_related_objects(rows, "speaker")
    if not comments:
        for row in rows:
            row.open_comments = 0
    names = render_to_string("transcripts/_names.html", {"speakers": speakers}) if speakers else ""
    return "".join(_drawn(row, may_edit=may_edit) for row in rows) + names


_kept: dict[tuple[Any, ...], str] = {}
"""The last rows that were drawn: many are told of the same ones, if not all at once."""
KEPT_ROWS = 2000
_keeping = Lock()


def _drawn(row: Utterance, *, may_edit: bool) -> str:
    if row.removed:
        return format_html('<template data-gone="{}" data-version="{}"></template>', row.pk, row.version)
    speaker = row.speaker and (row.speaker.pk, row.speaker.label, row.speaker.name)
    values = {name: getattr(row, name) for name in sheet.NAMES}
    shown = [tuple(value.items()) if name in sheet.IN_JSON else value for name, value in values.items()]
    key = (*shown, speaker, may_edit, get_language())
    html = _kept.get(key)
    if html is None:
        words = queries.packed_words(row.text, row.words, row.start_ms)
        context = {"row": row, "words": words, "may_edit": may_edit}
        html = strip_spaces_between_tags(render_to_string("transcripts/_utterance.html", context).strip())
        with _keeping:
            _kept[key] = html
            while len(_kept) > KEPT_ROWS:
                _kept.pop(next(iter(_kept)))
    return html


def render_marks(request: SignedInRequest, transcript: Transcript, rows: Sequence[Utterance] = ()) -> HttpResponse:
    """The marks and speakers of these rows without their text, and the names of all the speakers there are."""
    return render(request, "transcripts/_marks.html", {"marked": rows, "speakers": transcript.speakers.all()})


def render_conflict(request: SignedInRequest, row: Utterance | None, conflict: EditConflict) -> HttpResponse:
    """Both texts, and where each differs from what they were written over."""
    context = {
        "row": row,
        "conflict": conflict,
        "theirs_marks": _marked(conflict.base, conflict.theirs),
        "mine_marks": _marked(conflict.base, conflict.mine),
        "first": [utf16_length(conflict.draft[:at]) for at in conflict.first],
    }
    return render(request, "transcripts/_conflict.html", context, status=409)


def _marked(base: str, text: str) -> str:
    """What is new in the text, as "3-5 9-12": spans in UTF-16 units."""
    spans, at = [], 0
    for part in diff(base, text) if base else []:
        end = at if part.kind == "deleted" else at + utf16_length(part.text)
        spans += [f"{at}-{end}"] if part.kind == "inserted" else []
        at = end
    return " ".join(spans)


def _changed(
    request: SignedInRequest, pk: int, form: forms.Form, service: Callable[..., list[Utterance]]
) -> HttpResponse:
    row = access.utterance_for(request.user, pk, Action.EDIT)
    if form.is_valid():
        try:
            return render_rows(service(row=row, by=request.user, **form.cleaned_data))
        except EditConflict as conflict:
            return render_conflict(request, None, conflict)
        except NotPossible as error:
            form.add_error(None, sentences.impossible(error.what))
    return render(request, "transcripts/_invalid.html", {"form": form}, status=422)


def _reversed(request: SignedInRequest, pk: UUID, service: Callable[..., list[Utterance]]) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = BackForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    fields: dict[str, Any] = form.cleaned_data
    try:
        rows = service(transcript=transcript, by=request.user, **fields)
    except NothingToUndo:
        return HttpResponse(status=204)
    except EditConflict as conflict:
        return render_conflict(request, None, conflict)
    change = transcript.changes.filter(by=request.user, kind__in=history.BACK_AND_FORTH).last()
    if change and _are_marks(change, rows):
        return render_marks(request, transcript, rows)
    answer = render_rows(rows, transcript.speakers.all())
    if change and (beside := change.details.get("beside")):
        names = User.objects.filter(pk__in=beside).values_list("username", flat=True)
        answer["X-Beside"] = quote(", ".join(names))  # Who changed the same rows since: that stays.
    return answer


def _are_marks(change: Change, rows: Sequence[Utterance]) -> bool:
    """Whether the person's last step back or forth, which touched these rows, left their text and times alone."""
    revisions = list(change.revisions.values_list("utterance", "version", "after"))
    same = {(pk, version) for pk, version, _after in revisions} == {(row.pk, row.version) for row in rows}
    return bool(rows) and same and all(MARKS.issuperset(after) for _pk, _version, after in revisions)
