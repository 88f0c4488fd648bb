"""What the checks warn of in a transcript, and settling it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from transcripts import access, sentences
from transcripts.enums import Action
from transcripts.services import checking
from transcripts.text.checks import MAX_KEY
from transcripts.text.signs import Spacing
from transcripts.text.tokens import utf16_length
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import render_rows

MOST_SHOWN = 300  # warnings of one rule
AROUND = 10  # characters either side of the place
LONGEST = 60  # characters of a whole row


class ChecksForm(forms.Form):
    spacing = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Between Chinese and Latin"),
        choices=[
            (Spacing.LATIN.value, gettext_lazy("A space beside words")),
            (Spacing.ALL.value, gettext_lazy("A space beside words and numbers")),
            (Spacing.NONE.value, gettext_lazy("No space")),
            (Spacing.OFF.value, gettext_lazy("Not checked")),
        ],
    )

    def clean_spacing(self) -> Spacing:
        return Spacing(self.cleaned_data["spacing"] or Spacing.LATIN)


class SettleForm(ChecksForm):
    """One warning, by its row and key, or all of the rule `message`."""

    way = forms.ChoiceField(choices=[("mend", ""), ("dismiss", ""), ("again", "")])
    message = forms.ChoiceField(choices=[(rule, "") for rule in sentences.RULES])
    row = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    key = forms.CharField(required=False, strip=False, max_length=MAX_KEY)
    request_key = forms.CharField(max_length=64, required=False)


@dataclass(frozen=True)
class Item:
    """A warning with the place as it is shown; `start` and `end` count as JavaScript does."""

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
class Rule:
    name: str
    title: str
    items: list[Item]
    count: int
    mendable: bool


@gzip_page
@vary_on_headers("HX-Request")
@never_cache
@require_safe
def transcript_checks(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The warnings rule by rule, those of a rule in the order of time."""
    transcript = access.transcript_for(request.user, pk)
    form = ChecksForm(request.GET)
    spacing = form.cleaned_data["spacing"] if form.is_valid() else Spacing.LATIN
    warnings = checking.found(transcript, spacing)
    context = {
        "transcript": transcript,
        "rules": _by_rule([one for one in warnings if not one.dismissed]),
        "dismissed": _by_rule([one for one in warnings if one.dismissed]),
        "count": sum(not one.dismissed for one in warnings),
        "dismissed_count": sum(one.dismissed for one in warnings),
        "may_edit": Action.EDIT in access.rights_of(transcript),
    }
    return render(request, f"transcripts/{'_checked' if request.htmx else 'checks'}.html", context)


@require_POST
def transcript_settle(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Mends what is warned of, waves it through, or warns again; the rows that it was about."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    asked = form.cleaned_data
    fields = {
        "transcript": transcript,
        "chosen": checking.Chosen(asked["message"], asked["row"], asked["key"]),
        "spacing": asked["spacing"],
        "by": request.user,
        "request_key": asked["request_key"],
    }
    if asked["way"] == "mend":
        return render_rows(checking.mend(**fields))
    return render_rows(checking.dismiss(**fields, again=asked["way"] == "again"))


def _by_rule(found: Iterable[checking.Found]) -> list[Rule]:
    groups: dict[str, list[checking.Found]] = defaultdict(list)
    for one in found:
        groups[one.warning.message].append(one)
    return [
        Rule(
            name,
            str(title),
            [_item(one) for one in groups[name][:MOST_SHOWN]],
            len(groups[name]),
            groups[name][0].warning.fix is not None,
        )
        for name, title in sentences.RULES.items()
        if name in groups
    ]


def _item(one: checking.Found) -> Item:
    text, warning = one.text, one.warning
    start, end, whole = warning.start, warning.end, warning.end - warning.start == len(one.text)
    before = text[max(0, start - AROUND) : start]
    after = text[end : end + AROUND]
    marked = f"{text[:LONGEST]}…" if whole and len(text) > LONGEST else text[start:end]
    mended = None
    if warning.fix is not None:
        piece = warning.fix[start : len(warning.fix) - (len(text) - end)]
        mended = f"{_last(text[:start])}{piece}{_first(text[end:])}"
    return Item(
        row=one.row,
        start_ms=one.start_ms,
        key=warning.key,
        start=utf16_length(text[:start]),
        end=utf16_length(text[:end]),
        before=f"…{before}" if start > AROUND else before,
        marked=marked,
        after=f"{after}…" if end + AROUND < len(text) else after,
        mended=mended,
        figure=warning.figure,
    )


def _last(text: str) -> str:
    """What stands before the mended piece: a word, or two characters."""
    found = re.search(r"[A-Za-z0-9'’]{1,12} ?$", text)
    return found[0] if found else text[-2:]


def _first(text: str) -> str:
    found = re.match(r" ?[A-Za-z0-9'’]{1,12}", text)
    return found[0] if found else text[:2]
