"""Reads of a project's glossary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from transcripts.enums import EntryState
from transcripts.exports.options import MOST_NAMES, ExportOptions
from transcripts.flash.hot_words import GlossaryTerm
from transcripts.models import Correction, GlossaryEntry, Project, Speaker, Utterance
from transcripts.models.bins import in_use
from transcripts.models.glossary import fold_term
from transcripts.text.corrections import list_cores
from transcripts.text.glossary import EMPTY, Glossary, KnownMishearing
from transcripts.text.limits import MAX_TERM

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_SHOWN = 200
"""Of what is proposed, dismissed and deleted."""
MOST_ROWS = 50
MOST_NAMES_READ = 500
MOST_NAMES_OFFERED = 50


def list_entries(project: Project, sought: str = "") -> QuerySet[GlossaryEntry]:
    """What is approved, or that of it in which `sought` is found; the most misheard first, with the mishearings."""
    entries = GlossaryEntry.objects.there().filter(project=project, state=EntryState.APPROVED)
    if folded := fold_term(sought):
        by_mishearing = GlossaryEntry.objects.filter(project=project, mishearings__folded__contains=folded).values("pk")
        note = Q(note__icontains=sought.strip())
        entries = entries.filter(Q(folded__contains=folded) | note | Q(pk__in=by_mishearing))
    return entries.by_use().prefetch_related("mishearings")


def list_waiting_entries(project: Project) -> dict[str, Any]:
    """What was proposed, dismissed and deleted, and how many entries there are in all."""
    counts: dict[str, Any] = {
        "proposed_count": Count("pk", filter=Q(deleted_at=None, state=EntryState.PROPOSED)),
        "dismissed_count": Count("pk", filter=Q(deleted_at=None, state=EntryState.DISMISSED)),
        "deleted_count": Count("pk", filter=~Q(deleted_at=None)),
        "used_count": Count("pk", filter=Q(deleted_at=None, state=EntryState.APPROVED, is_on=True)),
        "approved_count": Count("pk", filter=Q(deleted_at=None, state=EntryState.APPROVED)),
    }
    found = project.glossary.aggregate(**counts)
    there = GlossaryEntry.objects.filter(project=project)
    some = {
        "proposed": there.there().filter(state=EntryState.PROPOSED).by_use(),
        "dismissed": there.there().filter(state=EntryState.DISMISSED).order_by("folded"),
        "deleted": there.exclude(deleted_at=None).order_by("-deleted_at", "folded"),
    }
    for name, entries in some.items():
        found[name] = entries.prefetch_related("mishearings")[:MOST_SHOWN] if found[f"{name}_count"] else []
    return found


def list_rows(entry: GlossaryEntry) -> list[Utterance]:
    """Where it was corrected last, and where somebody asked to remember it."""
    pks = [each.utterance_id for each in _list_corrections(entry.project_id, entry.term)[-MOST_ROWS:]]
    rows = Utterance.objects.visible().filter(in_use("transcript__recording__"))
    rows = rows.filter(pk__in=[entry.row_id or 0, *pks], transcript__recording__project=entry.project_id)
    return list(rows.select_related("transcript__recording").defer("words", "engine_words").order_by("-pk"))


def count_mishearings(project: Project, term: str) -> dict[str, int]:
    """What was corrected to the term in the project's recordings so far, and how often."""
    folded = fold_term(term)
    return dict(Counter(each.words.list_forms()[folded] for each in _list_corrections(project.pk, term)))


def _list_corrections(project_pk: int, term: str) -> list[Correction]:
    corrections = Correction.objects.filter(
        in_use("utterance__transcript__recording__"),
        folded__in=list_cores(term),
        utterance__transcript__recording__project=project_pk,
    )
    folded = fold_term(term)
    return [each for each in corrections.order_by("pk") if folded in each.words.list_forms()]


def list_terms_in_use(project_pk: int) -> list[GlossaryTerm]:
    """The most misheard first."""
    entries = GlossaryEntry.objects.in_use().filter(project=project_pk).by_use()
    return [GlossaryTerm(*values) for values in entries.values_list("term", "language")]


def keep_terms_whole(options: ExportOptions, project_pk: int, texts: Iterable[str]) -> ExportOptions:
    """The options with those terms in use that occur in the texts: captions break within none."""
    terms = GlossaryEntry.objects.in_use().filter(project=project_pk).values_list("term", flat=True)
    if not (listed := list(terms)):
        return options
    whole = "\n".join(texts).casefold()
    kept = dict.fromkeys([*options.keep, *(term for term in listed if term.casefold() in whole)])
    return replace(options, keep=tuple(kept)[:MOST_NAMES])


def load_glossary(project_pk: int) -> Glossary:
    """The terms in use, and what they were misheard as."""
    entries = GlossaryEntry.objects.in_use().filter(project=project_pk)
    found = list(entries.values_list("term", "mishearings__text", "mishearings__times"))
    known = [KnownMishearing(text, term, times) for term, text, times in found if text]
    return Glossary(known, dict.fromkeys(term for term, _text, _times in found)) if known else EMPTY


def list_offered_names(project: Project) -> list[str]:
    """Names that people gave to speakers of the project's recordings, which its glossary does not have."""
    speakers = Speaker.objects.filter(in_use("transcript__recording__"), transcript__recording__project=project)
    names = speakers.exclude(name="").order_by("name").values_list("name", flat=True).distinct()[:MOST_NAMES_READ]
    offered = {fold_term(name): name for name in names if len(name) <= MAX_TERM}
    known = project.glossary.there().filter(folded__in=offered).values_list("folded", flat=True)
    return [name for folded, name in offered.items() if folded and folded not in set(known)][:MOST_NAMES_OFFERED]
