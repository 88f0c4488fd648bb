"""The glossary of a project: all of its entries, and what can be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from transcripts import access
from transcripts.enums import Action, EntryState
from transcripts.errors import NotPossible
from transcripts.forms.glossary import (
    AddEntryForm,
    ChangeEntriesForm,
    EntryForm,
    ImportGlossaryForm,
    MergeEntryForm,
    RememberForm,
)
from transcripts.imports.glossary_table import write_lines
from transcripts.messages import explain_impossible
from transcripts.middleware import SignedInRequest
from transcripts.models import GlossaryEntry, Project
from transcripts.models.glossary import fold_term, tidy_term
from transcripts.queries.glossary import list_entries, list_offered_names, list_rows, list_waiting_entries
from transcripts.queries.library import list_projects
from transcripts.rendering.rows import respond_invalid
from transcripts.services.glossary import entries as glossary
from transcripts.services.glossary.learning import remember_words
from transcripts.services.glossary.tables import split_entries

if TYPE_CHECKING:
    from django.db.models import QuerySet

ENTRIES_A_PAGE = 100
SUGGESTED = 500  # terms that the field for merging knows


@require_http_methods(["GET", "HEAD", "POST"])
def project_glossary(request: SignedInRequest, pk: int) -> HttpResponse:
    """A POST adds an entry."""
    if request.method != "POST":
        return _respond_with_glossary(request, access.project_for(request.user, pk))
    project = access.project_for(request.user, pk, Action.EDIT)
    form = AddEntryForm(request.POST)
    if form.is_valid():
        try:
            entry = glossary.add_entry(project=project, values=form.values, by=request.user)
        except NotPossible as error:
            form.add_error("term", explain_impossible(error.what))
        else:
            messages.success(request, _("“%(term)s” was added.") % {"term": entry.term})
            return redirect("project_glossary", pk)
    return _respond_with_glossary(request, project, form=form)


@require_POST
def glossary_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approves, dismisses, turns on or off, deletes, brings back or copies what was ticked."""
    project = access.project_for(request.user, pk, Action.EDIT)
    form = ChangeEntriesForm(request.POST)
    if not form.is_valid():
        return _respond_with_glossary(request, project, refused=_("Choose what to do."))
    asked = form.cleaned_data
    chosen = GlossaryEntry.objects.filter(project=project, pk__in=asked["entry"])
    by = request.user
    try:
        match asked["way"]:
            case "delete":
                deleted = glossary.delete_entries(entries=chosen, by=by)
                query = urlencode({"deleted": deleted}, doseq=True)
                return redirect(f"{reverse('project_glossary', args=[pk])}?{query}")
            case "copy":
                return _copy(request, chosen, asked["project"])
            case "restore":
                glossary.restore_entries(entries=chosen, by=by)
            case "on" | "off":
                glossary.turn(entries=chosen, on=asked["way"] == "on", by=by)
            case way:
                state = EntryState.APPROVED if way == "approve" else EntryState.DISMISSED
                glossary.set_state(entries=chosen, state=state, by=by)
    except NotPossible as error:
        return _respond_with_glossary(request, project, refused=explain_impossible(error.what))
    return redirect("project_glossary", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def glossary_entry(request: SignedInRequest, pk: int, entry_pk: int) -> HttpResponse:
    """A POST changes it, and approves what was proposed."""
    entry = _get_entry(request, pk, entry_pk, Action.VIEW if request.method != "POST" else Action.EDIT)
    if request.method != "POST":
        return _respond_with_entry(request, entry)
    form = EntryForm(request.POST, entry=entry)
    if form.is_valid():
        try:
            glossary.change_entry(entry=entry, values=form.values, by=request.user)
        except NotPossible as error:
            form.add_error("term", explain_impossible(error.what))
        else:
            return redirect("project_glossary", pk)
    return _respond_with_entry(request, entry, form=form)


@require_POST
def glossary_merge(request: SignedInRequest, pk: int, entry_pk: int) -> HttpResponse:
    entry = _get_entry(request, pk, entry_pk, Action.EDIT)
    form = MergeEntryForm(request.POST)
    if form.is_valid():
        others = GlossaryEntry.objects.there().filter(project=pk, folded=fold_term(form.cleaned_data["into"]))
        into = others.exclude(pk=entry.pk).first()
        if into:
            glossary.merge_entry(entry=entry, into=into, by=request.user)
            return redirect(f"{reverse('project_glossary', args=[pk])}?deleted={entry.pk}")
        form.add_error("into", _("Enter a term of the glossary."))
    return _respond_with_entry(request, entry, merge=form)


@require_safe
def glossary_table(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is approved, as CSV."""
    project = access.project_for(request.user, pk, Action.EXPORT)
    content = write_lines(split_entries(list_entries(project)))
    headers = {"Content-Disposition": f'attachment; filename="glossary-{timezone.localdate().isoformat()}.csv"'}
    return HttpResponse("\ufeff" + content, content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def glossary_import(request: SignedInRequest, pk: int) -> HttpResponse:
    """Adds what a table has, and completes what the glossary has."""
    project = access.project_for(request.user, pk, Action.EDIT)
    form = ImportGlossaryForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            new = glossary.keep_entries(project=project, values=form.values, by=request.user)
        except NotPossible as error:
            form.add_error("file", explain_impossible(error.what))
        else:
            sentence = ngettext("%(number)s term was added.", "%(number)s terms were added.", new)
            messages.success(request, sentence % {"number": new})
            return redirect("project_glossary", pk)
    return _respond_with_glossary(request, project, importing=form)


@require_POST
def utterance_remember(request: SignedInRequest, pk: int) -> HttpResponse:
    """Puts the selected words of a row into its project's glossary. Answers with a sentence."""
    row = access.utterance_for(request.user, pk, Action.EDIT)
    form = RememberForm(request.POST)
    if form.is_valid():
        try:
            entry = remember_words(row=row, by=request.user, **form.cleaned_data)
        except NotPossible as error:
            form.add_error("term", explain_impossible(error.what))
        else:
            sentence = _("“%(term)s” is in the glossary.") % {"term": entry.term}
            return HttpResponse(sentence, content_type="text/plain; charset=utf-8")
    return respond_invalid(request, form)


def _get_entry(request: SignedInRequest, pk: int, entry_pk: int, action: Action) -> GlossaryEntry:
    project = access.project_for(request.user, pk, action)
    entry = get_object_or_404(GlossaryEntry.objects.there(), project=project, pk=entry_pk)
    entry.project = project
    return entry


def _copy(request: SignedInRequest, chosen: QuerySet[GlossaryEntry], target: int | None) -> HttpResponse:
    project = access.project_for(request.user, target, Action.EDIT)
    new = glossary.copy_entries(entries=chosen, project=project, by=request.user)
    sentence = ngettext("%(number)s term is new there.", "%(number)s terms are new there.", new)
    messages.success(request, sentence % {"number": new})
    return redirect("project_glossary", project.pk)


def _respond_with_glossary(
    request: SignedInRequest,
    project: Project,
    *,
    form: AddEntryForm | None = None,
    importing: ImportGlossaryForm | None = None,
    refused: str = "",
) -> HttpResponse:
    may_edit = Action.EDIT in access.rights_of(project)
    sought = tidy_term(request.GET.get("q", ""))
    waiting = list_waiting_entries(project)
    deleted = [entry for entry in waiting["deleted"] if str(entry.pk) in request.GET.getlist("deleted")]
    context = {
        "project": project,
        "page": Paginator(list_entries(project, sought), ENTRIES_A_PAGE).get_page(request.GET.get("page")),
        "q": sought,
        **waiting,
        "just_deleted": deleted,
        "targets": _list_targets(request, project) if may_edit else [],
        "form": form or AddEntryForm(),
        "importing": importing or ImportGlossaryForm(),
        "names": list_offered_names(project) if may_edit else [],
        "refused": refused,
        "may_edit": may_edit,
    }
    status = 422 if form or importing or refused else 200
    return render(request, "transcripts/glossary.html", context, status=status)


def _list_targets(request: SignedInRequest, project: Project) -> list[Project]:
    """The other projects whose glossary the person may edit."""
    return [
        other
        for other in list_projects(request.user)
        if other.pk != project.pk and Action.EDIT in access.rights_of(other)
    ]


def _respond_with_entry(
    request: SignedInRequest,
    entry: GlossaryEntry,
    *,
    form: EntryForm | None = None,
    merge: MergeEntryForm | None = None,
) -> HttpResponse:
    others = GlossaryEntry.objects.there().filter(project=entry.project_id).exclude(pk=entry.pk)
    context = {
        "entry": entry,
        "mishearings": entry.mishearings.all(),
        "rows": list_rows(entry),
        "form": form or EntryForm(entry=entry),
        "merge": merge or MergeEntryForm(auto_id="merge-%s"),
        "terms": list(others.values_list("term", flat=True)[:SUGGESTED]),
        "may_edit": Action.EDIT in access.rights_of(entry.project),
    }
    return render(request, "transcripts/glossary_entry.html", context, status=422 if form or merge else 200)
