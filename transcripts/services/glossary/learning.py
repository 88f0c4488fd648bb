"""What people correct, for the glossary: read from rows after they were saved, so that no save takes longer.

Workers follow the changes. Of a row that one of them has touched, its text is compared with its original text, whatever
happened in between: who types in several saves, undoes or restores teaches only what stands there now.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Max, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from transcripts.enums import ChangeKind, EntryState
from transcripts.errors import Gone, NotPossible
from transcripts.models import Change, Correction, GlossaryEntry, Installation, Mishearing, Project, Revision, Utterance
from transcripts.models.bins import in_use
from transcripts.models.glossary import fold_term, tidy_term
from transcripts.queries.glossary import count_mishearings
from transcripts.services.glossary.entries import EntryValues, keep_entries
from transcripts.text.corrections import LEAST, WordCorrection, find_corrections, find_original, propose_terms

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SETTLED = timedelta(seconds=15)
"""What is younger is left: a save may still be on its way, and somebody may still be typing."""
CHANGES_AT_ONCE = 200
ROWS_AT_ONCE = 100
MOST_COMPARED = 2000  # corrections of a project that may be of one kind

TEXTS = frozenset(ChangeKind) - {
    ChangeKind.RECOGNISED,
    ChangeKind.IMPORTED,
    ChangeKind.MOVED,
    ChangeKind.ASSIGNED,
    ChangeKind.RENAMED,
    ChangeKind.VERIFIED,
    ChangeKind.FLAGGED,
    ChangeKind.DISMISSED,
}
"""The kinds of changes that may change texts."""


class _ReadMeanwhile(Exception):
    """Another worker has read the same changes."""


def learn_corrections() -> None:
    """Reads the corrections of all changes since the last time, some at a time. The first time begins with now."""
    while _learn_some():
        time.sleep(0)  # The interpreter's lock, and on SQLite the place of the one who writes.


def remember_words(*, row: Utterance, term: str, start: int, end: int, by: User) -> GlossaryEntry:
    """Puts words of the row into the glossary of its project at once, with what they were misheard as.

    `start` and `end` are their place in the row's text. Raises NotPossible as `entries.add_entry` does, but not where
    the glossary has the term: then it learns what it lacks.
    """
    term = tidy_term(term)
    if not fold_term(term):
        raise NotPossible("term_unnamed")
    _learn_rows([row.pk])
    project = row.transcript.recording.project
    mishearings = count_mishearings(project, term)
    if original := find_original(row.engine_text, row.text, start, end):
        mishearings.setdefault(original, 0)
    keep_entries(project=project, values=[EntryValues(term, mishearings, row=row)], by=by)
    return GlossaryEntry.objects.there().get(project=project, folded=fold_term(term))


def _learn_some() -> bool:
    """Whether there was anything to do. Of two workers the later one gives up."""
    here = Installation.objects.first()
    if here is None:
        return False
    if here.learned_change is None:
        last = Change.objects.aggregate(last=Max("pk"))["last"]
        Installation.objects.filter(learned_change=None).update(learned_change=last or 0)
        return False
    changes = list(
        Change.objects.filter(pk__gt=here.learned_change).order_by("pk").only("kind", "at")[:CHANGES_AT_ONCE]
    )
    settled = timezone.now() - SETTLED
    young = next((number for number, change in enumerate(changes) if change.at > settled), len(changes))
    if not (changes := changes[:young]):
        return False
    texts = [change.pk for change in changes if change.kind in TEXTS]
    touched = Revision.objects.filter(change__in=texts, after__has_key="text")
    rows = sorted(set(touched.values_list("utterance", flat=True)))
    with suppress(_ReadMeanwhile):
        for first in range(0, len(rows), ROWS_AT_ONCE):
            _learn_rows(rows[first : first + ROWS_AT_ONCE], since=here.learned_change)
        if not Installation.objects.filter(learned_change=here.learned_change).update(learned_change=changes[-1].pk):
            return False
    return True


def _learn_rows(pks: Collection[int], *, since: int | None = None) -> None:
    """Stores the corrections in the rows as they are now, and tells their projects what is new and what is gone.

    Raises _ReadMeanwhile where the changes `since` then have been read meanwhile.
    """
    rows = Utterance.objects.filter(in_use("transcript__recording__"), pk__in=pks).defer("words", "engine_words")
    new: dict[int, list[WordCorrection]] = defaultdict(list)
    gone: dict[int, list[WordCorrection]] = defaultdict(list)
    with transaction.atomic():
        here = Installation.objects.select_for_update().first()
        if since is not None and (here is None or here.learned_change != since):
            raise _ReadMeanwhile
        known: dict[int, list[Correction]] = defaultdict(list)
        for correction in Correction.objects.filter(utterance__in=pks):
            known[correction.utterance_id].append(correction)
        found: list[Correction] = []
        for row in rows.select_related("transcript__recording").order_by("pk"):
            now = Counter([] if row.removed else find_corrections(row.engine_text, row.text))
            before = Counter(each.words for each in known[row.pk])
            of_project = row.transcript.recording.project_id
            new[of_project] += (now - before).elements()
            gone[of_project] += (before - now).elements()
            if now != before:
                Correction.objects.filter(pk__in=[each.pk for each in known[row.pk]]).delete()
                found += (_build(row, each) for each in now.elements())
        Correction.objects.bulk_create(found)
        for project in Project.objects.filter(pk__in={*new, *gone}):
            _count(project, gone[project.pk], -1)
            _count(project, new[project.pk], 1)
            _propose(project, new[project.pk])


def _build(row: Utterance, words: WordCorrection) -> Correction:
    return Correction(
        utterance=row,
        original=words.original,
        corrected=words.corrected,
        before=words.before,
        after=words.after,
        folded=fold_term(words.corrected),
    )


def _count(project: Project, corrections: Iterable[WordCorrection], step: int) -> None:
    """Counts what was misheard of the terms that the glossary has. A proposal with too few corrections left goes."""
    forms = [(each, each.list_forms()) for each in corrections]
    folded = {term for _each, terms in forms for term in terms}
    entries = list(GlossaryEntry.objects.there().filter(project=project, folded__in=folded)) if folded else []
    for entry in entries:
        for text, times in Counter(terms[entry.folded] for _each, terms in forms if entry.folded in terms).items():
            text = tidy_term(text)
            key = fold_term(text)
            if not key or key == entry.folded:
                continue
            there = Mishearing.objects.filter(entry=entry, folded=key)
            if step < 0:
                there.filter(times__gte=times).update(times=F("times") - times)
            elif not there.update(times=F("times") + times):
                Mishearing.objects.create(entry=entry, text=text, folded=key, times=times)
    if step < 0:
        proposed = GlossaryEntry.objects.filter(pk__in=[entry.pk for entry in entries], state=EntryState.PROPOSED)
        counted = proposed.filter(row=None).annotate(uses=Coalesce(Sum("mishearings__times"), 0))
        few = list(counted.filter(uses__lt=LEAST).values_list("pk", flat=True))
        GlossaryEntry.objects.filter(pk__in=few).delete()


def _propose(project: Project, corrections: Collection[WordCorrection]) -> None:
    """Proposes the terms of these corrections that were corrected before, too, unless people know them already."""
    if not corrections:
        return
    alike = Correction.objects.filter(
        in_use("utterance__transcript__recording__"),
        folded__in={fold_term(each.corrected) for each in corrections},
        utterance__transcript__recording__project=project,
    )
    proposals = propose_terms(each.words for each in alike.order_by("-pk")[:MOST_COMPARED])
    folded = {fold_term(proposal.term) for proposal in proposals}
    known = set(GlossaryEntry.objects.filter(project=project, folded__in=folded).values_list("folded", flat=True))
    values = [
        EntryValues(proposal.term, dict(proposal.mishearings), state=EntryState.PROPOSED)
        for proposal in proposals
        if fold_term(proposal.term) not in known
    ]
    if values:
        with suppress(NotPossible, Gone):  # The glossary is full.
            keep_entries(project=project, values=values, by=None)
