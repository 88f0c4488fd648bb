"""Warnings of the checks, and fixing or ignoring them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.checks import ChecksForm, SettleForm
from transcripts.messages import RULES
from transcripts.middleware import SignedInRequest
from transcripts.rendering.rows import respond_invalid, respond_with_rows
from transcripts.services.editing.fixes import (
    ChosenWarnings,
    FoundWarning,
    dismiss_warnings,
    find_warnings,
    fix_warnings,
)
from transcripts.text.glossary import RULE as ONE_BY_ONE
from transcripts.text.signs import Spacing
from transcripts.text.tokens import utf16_length

MOST_SHOWN = 300  # warnings of one rule
AROUND = 10  # characters either side of the place
LONGEST = 60  # characters of a whole row


@dataclass(frozen=True)
class CheckItem:
    """A warning with its place as shown; `start` and `end` in UTF-16 units."""

    row: int
    start_ms: int
    key: str
    start: int
    end: int
    before: str
    marked: str
    after: str
    mended: str | None
    figure: float | None


@dataclass(frozen=True)
class CheckRule:
    name: str
    title: str
    items: list[CheckItem]
    count: int
    mendable: bool


@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_safe
def transcript_checks(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The warnings by rule, and within a rule in order of time."""
    transcript = access.transcript_for(request.user, pk)
    form = ChecksForm(request.GET)
    spacing = form.cleaned_data["spacing"] if form.is_valid() else Spacing.LATIN
    warnings = find_warnings(transcript, spacing)
    context = {
        "transcript": transcript,
        "rules": _group_by_rule([warning for warning in warnings if not warning.dismissed]),
        "dismissed": _group_by_rule([warning for warning in warnings if warning.dismissed]),
        "count": sum(not warning.dismissed for warning in warnings),
        "dismissed_count": sum(warning.dismissed for warning in warnings),
        "may_edit": Action.EDIT in access.rights_of(transcript),
    }
    return render(request, f"transcripts/{'_checked' if request.htmx else 'checks'}.html", context)


@require_POST
def transcript_settle(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Fixes warnings, ignores them or shows them again. Answers with the rows concerned."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    asked = form.cleaned_data
    fields = {
        "transcript": transcript,
        "chosen": ChosenWarnings(asked["message"], asked["row"], asked["key"]),
        "spacing": asked["spacing"],
        "by": request.user,
        "request_key": asked["request_key"],
    }
    if asked["way"] == "mend":
        return respond_with_rows(fix_warnings(**fields))
    return respond_with_rows(dismiss_warnings(**fields, again=asked["way"] == "again"))


def _group_by_rule(warnings: Iterable[FoundWarning]) -> list[CheckRule]:
    groups: dict[str, list[FoundWarning]] = defaultdict(list)
    for warning in warnings:
        groups[warning.warning.message].append(warning)
    return [
        CheckRule(
            name,
            str(title),
            [_build_item(warning) for warning in groups[name][:MOST_SHOWN]],
            len(groups[name]),
            groups[name][0].warning.fix is not None and name != ONE_BY_ONE,
        )
        for name, title in RULES.items()
        if name in groups
    ]


def _build_item(found: FoundWarning) -> CheckItem:
    text, warning = found.text, found.warning
    start, end, whole = warning.start, warning.end, warning.end - warning.start == len(found.text)
    before = text[max(0, start - AROUND) : start]
    after = text[end : end + AROUND]
    marked = f"{text[:LONGEST]}…" if whole and len(text) > LONGEST else text[start:end]
    mended = None
    if warning.fix is not None:
        fragment = warning.fix[start : len(warning.fix) - (len(text) - end)]
        mended = f"{_clip_end(text[:start])}{fragment}{_clip_start(text[end:])}"
    return CheckItem(
        row=found.row,
        start_ms=found.start_ms,
        key=warning.key,
        start=utf16_length(text[:start]),
        end=utf16_length(text[:end]),
        before=f"…{before}" if start > AROUND else before,
        marked=marked,
        after=f"{after}…" if end + AROUND < len(text) else after,
        mended=mended,
        figure=warning.figure,
    )


def _clip_end(text: str) -> str:
    """The last word before the fix, or the last two characters."""
    match = re.search(r"[A-Za-z0-9'’]{1,12} ?$", text)
    return match[0] if match else text[-2:]


def _clip_start(text: str) -> str:
    match = re.match(r" ?[A-Za-z0-9'’]{1,12}", text)
    return match[0] if match else text[:2]
