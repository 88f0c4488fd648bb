"""Splitting, merging, deleting, inserting and moving rows; undo and redo. Answers are the rows that changed.

Of a change that moved all rows by the same time, the answer is that time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.rows import (
    BackForm,
    MergeForm,
    MoveBoundsForm,
    MoveRowsForm,
    PassForm,
    RowForm,
    RowsForm,
    ShiftForm,
    SplitForm,
)
from transcripts.middleware import SignedInRequest
from transcripts.models import Change, Utterance
from transcripts.queries.transcripts import get_extent
from transcripts.rendering.rows import respond_invalid, respond_with_marks, respond_with_rows, respond_with_shift
from transcripts.services.editing.history import BACK_AND_FORTH, redo_change, undo_change
from transcripts.services.editing.rows import (
    delete_row,
    delete_rows,
    insert_row_after,
    merge_row,
    merge_rows,
    move_row,
    move_rows,
    pass_words,
    split_row,
)
from transcripts.services.editing.shift import shift_rows
from transcripts.text.merging import diff

MARKS = frozenset({"speaker_id", "speaker_confidence", "verified_by_id", "verified_at", "flagged"})


@require_POST
def utterance_split(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change_rows(request, pk, SplitForm(request.POST), split_row)


@require_POST
def utterance_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change_rows(request, pk, MergeForm(request.POST), merge_row)


@require_POST
def utterance_pass(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change_rows(request, pk, PassForm(request.POST), pass_words)


@require_POST
def utterance_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change_rows(request, pk, RowForm(request.POST), delete_row)


@require_POST
def utterance_insert(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change_rows(request, pk, RowForm(request.POST), insert_row_after)


@require_POST
def utterance_move(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change_rows(request, pk, MoveBoundsForm(request.POST), move_row)


@require_POST
def rows_merge(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _change_several(request, pk, RowsForm(request.POST), merge_rows)


@require_POST
def rows_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _change_several(request, pk, RowsForm(request.POST), delete_rows)


@require_POST
def rows_move(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _change_several(request, pk, MoveRowsForm(request.POST), move_rows)


@require_safe
def utterance_original(request: SignedInRequest, pk: int) -> HttpResponse:
    """The original text of the row, compared with its present text."""
    row = access.utterance_for(request.user, pk)
    may_edit = Action.EDIT in access.rights_of(row)
    context = {"row": row, "segments": diff(row.engine_text, row.text), "may_edit": may_edit}
    return render(request, "transcripts/_original_text.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_shift(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Moves all rows by the same time; GET says where they would begin and end."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    extent = get_extent(transcript)
    form = ShiftForm(request.POST if request.method == "POST" else request.GET, extent=extent)
    if not form.is_valid():
        return respond_invalid(request, form)
    if request.method == "POST":
        return respond_with_shift(shift_rows(transcript=transcript, by=request.user, **form.change))
    by_ms = form.change["by_ms"]
    context = {"extent": extent, "start_ms": extent.start_ms + by_ms, "end_ms": extent.end_ms + by_ms}
    return render(request, "transcripts/_shift_preview.html", context)


@require_POST
def transcript_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Undoes the person's latest change and answers with its rows; 204 if there is nothing to undo."""
    return _reverse_change(request, pk, undo_change)


@require_POST
def transcript_redo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _reverse_change(request, pk, redo_change)


def _change_rows(
    request: SignedInRequest, pk: int, form: forms.Form, service: Callable[..., Sequence[Utterance]]
) -> HttpResponse:
    row = access.utterance_for(request.user, pk, Action.EDIT)
    if not form.is_valid():
        return respond_invalid(request, form)
    return respond_with_rows(service(row=row, by=request.user, **form.cleaned_data))


def _change_several(
    request: SignedInRequest, pk: UUID, form: RowsForm, service: Callable[..., Sequence[Utterance]]
) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    if not form.is_valid():
        return respond_invalid(request, form)
    return respond_with_rows(service(transcript=transcript, by=request.user, **form.changes))


def _reverse_change(request: SignedInRequest, pk: UUID, service: Callable[..., Sequence[Utterance]]) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = BackForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    rows = service(transcript=transcript, by=request.user, **form.cleaned_data)
    change = transcript.changes.filter(by=request.user, kind__in=BACK_AND_FORTH).last()
    if change and _changed_marks_only(change, rows):
        return respond_with_marks(request, transcript, rows)
    if change and change.details.get("shift_ms"):
        answer = respond_with_shift(change)
    else:
        answer = respond_with_rows(rows, transcript.speakers.all())
    if change and (others := change.details.get("also_changed_by")):
        names = User.objects.filter(pk__in=others).values_list("username", flat=True)
        answer["X-Also-Changed-By"] = quote(", ".join(names))  # Their later changes in the same rows stay.
    return answer


def _changed_marks_only(change: Change, rows: Sequence[Utterance]) -> bool:
    """Whether the undo or redo of these rows left their texts and times alone."""
    revisions = change.revisions.order_by()
    if not rows or not all(map(MARKS.issuperset, revisions.values_list("after", flat=True).iterator())):
        return False
    return set(revisions.values_list("utterance", "version")) == {(row.pk, row.version) for row in rows}
