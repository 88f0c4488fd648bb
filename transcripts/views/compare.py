"""Comparing two transcripts of a recording and taking texts over."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import EditConflict, NotFound
from transcripts.forms.rows import RowsForm, UtteranceForm
from transcripts.messages import describe_options, report_taken_over
from transcripts.middleware import SignedInRequest
from transcripts.models import Transcript
from transcripts.queries.compare import compare_transcripts, get_sources
from transcripts.queries.library import parse_kept_options
from transcripts.rendering.rows import respond_invalid
from transcripts.services.editing.utterances import edit_utterance, take_over_texts

DIFFERENCES = "?only=differences"


@require_safe
def transcript_compare(request: SignedInRequest, pk: UUID, other_pk: UUID) -> HttpResponse:
    transcript, other = _get_pair(request, pk, other_pk, Action.VIEW)
    comparison = compare_transcripts(transcript, other)
    only_differences = _shows_differences(request)
    source, other_source = get_sources(transcript, other)
    context = {
        "transcript": transcript,
        "other": other,
        "recording": transcript.recording,
        "comparison": comparison,
        "rows": comparison.differences if only_differences else comparison.rows,
        "only_differences": only_differences,
        "query": DIFFERENCES if only_differences else "",
        "different": [
            f"{compared.row.pk}:{compared.row.version}"
            for compared in comparison.rows
            if compared.other and not compared.is_same
        ],
        "source": source,
        "other_source": other_source,
        "options": _describe_options(source),
        "other_options": _describe_options(other_source),
        "may_edit": Action.EDIT in access.rights_of(transcript),
    }
    return render(request, "transcripts/compare.html", context)


@require_http_methods(["POST"])
def transcript_take_over(request: SignedInRequest, pk: UUID, other_pk: UUID, utterance_pk: int) -> HttpResponse:
    """Takes the other transcript's text at the row's time over into the row, as a normal edit."""
    transcript, other = _get_pair(request, pk, other_pk, Action.EDIT)
    compared = next((row for row in compare_transcripts(transcript, other).rows if row.row.pk == utterance_pk), None)
    if compared is None:
        raise NotFound
    form = UtteranceForm({**request.POST.dict(), "text": compared.other})
    if not form.is_valid():
        return respond_invalid(request, form)
    try:
        edit_utterance(utterance=compared.row, save=form.save, by=request.user)
    except EditConflict:
        messages.error(
            request, _("Nothing was applied: someone has changed this row in the meantime. Check it and try again.")
        )
    return redirect(f"{_get_back(request, pk, other_pk)}#u{utterance_pk}")


@require_http_methods(["POST"])
def transcript_take_over_all(request: SignedInRequest, pk: UUID, other_pk: UUID) -> HttpResponse:
    """Takes the other transcript's text over into all rows that the person saw to differ, as one change."""
    transcript, other = _get_pair(request, pk, other_pk, Action.EDIT)
    form = RowsForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    texts = {compared.row.pk: compared.other for compared in compare_transcripts(transcript, other).rows}
    taken, left = take_over_texts(transcript=transcript, texts=texts, by=request.user, **form.changes)
    messages.info(request, report_taken_over(len(taken), left))
    return redirect(_get_back(request, pk, other_pk))


def _describe_options(source: Transcript) -> list[str]:
    assert source.transcription  # noqa: S101 -- a page shows no other
    return describe_options(parse_kept_options(source.transcription.options))


def _shows_differences(request: SignedInRequest) -> bool:
    return request.GET.get("only") == "differences"


def _get_back(request: SignedInRequest, pk: UUID, other_pk: UUID) -> str:
    return reverse("transcript_compare", args=[pk, other_pk]) + (DIFFERENCES if _shows_differences(request) else "")


def _get_pair(request: SignedInRequest, pk: UUID, other_pk: UUID, action: Action) -> tuple[Transcript, Transcript]:
    transcript = access.transcript_for(request.user, pk, action)
    other = access.transcript_for(request.user, other_pk)
    if transcript.recording_id != other.recording_id or transcript.pk == other.pk:
        raise NotFound
    return transcript, other
