"""A person's own abbreviations, which become what they stand for as they are typed in a row."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from transcripts.errors import NotPossible
from transcripts.forms.abbreviations import AbbreviationForm, ImportAbbreviationsForm
from transcripts.imports.abbreviation_table import write_table
from transcripts.messages import explain_impossible
from transcripts.middleware import SignedInRequest
from transcripts.services.accounts.preferences import change_preferences, get_abbreviations

MOST_REFUSED_SHOWN = 5


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def abbreviations(request: SignedInRequest) -> HttpResponse:
    """A POST adds one, or changes the one that it `was`; `delete` names one that goes."""
    if request.method != "POST":
        return _respond_with_list(request)
    if gone := request.POST.get("delete"):
        change_preferences(by=request.user, abbreviations={gone: None})
        messages.success(request, _("“%(name)s” was deleted.") % {"name": gone})
        return redirect("abbreviations")
    form = AbbreviationForm(request.POST, kept=get_abbreviations(request.user))
    if form.is_valid():
        try:
            change_preferences(by=request.user, abbreviations=form.changes)
        except NotPossible as error:
            form.add_error("abbreviation", explain_impossible(error.what))
        else:
            messages.success(request, _("“%(name)s” was saved.") % {"name": form.cleaned_data["abbreviation"]})
            return redirect("abbreviations")
    return _respond_with_list(request, refused=form)


@require_POST
def abbreviations_import(request: SignedInRequest) -> HttpResponse:
    form = ImportAbbreviationsForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            change_preferences(by=request.user, abbreviations=form.abbreviations)
        except NotPossible as error:
            form.add_error("file", explain_impossible(error.what))
        else:
            number = len(form.abbreviations)
            sentence = ngettext(
                "%(number)s abbreviation was imported.", "%(number)s abbreviations were imported.", number
            )
            messages.success(request, sentence % {"number": number})
            for refused in form.refused[:MOST_REFUSED_SHOWN]:
                messages.warning(request, refused)
            return redirect("abbreviations")
    return _respond_with_list(request, importing=form)


@never_cache
@require_safe
def abbreviations_table(request: SignedInRequest) -> HttpResponse:
    content = write_table(get_abbreviations(request.user))
    headers = {"Content-Disposition": f'attachment; filename="abbreviations-{timezone.localdate().isoformat()}.csv"'}
    return HttpResponse("\ufeff" + content, content_type="text/csv; charset=utf-8", headers=headers)


def _respond_with_list(
    request: SignedInRequest,
    *,
    refused: AbbreviationForm | None = None,
    importing: ImportAbbreviationsForm | None = None,
) -> HttpResponse:
    kept = get_abbreviations(request.user)
    changed = refused["was"].value() if refused else ""
    context = {
        "form": refused if refused and not changed else AbbreviationForm(kept=kept, auto_id="new-%s"),
        "entries": [
            refused
            if refused and abbreviation == changed
            else AbbreviationForm(
                initial={"was": abbreviation, "abbreviation": abbreviation, "expansion": expansion},
                kept=kept,
                auto_id=f"entry-{number}-%s",
            )
            for number, (abbreviation, expansion) in enumerate(kept.items())
        ],
        "importing": importing or ImportAbbreviationsForm(),
    }
    return render(request, "transcripts/abbreviations.html", context, status=422 if refused or importing else 200)
