"""The entries of a glossary: added, approved, changed, merged, deleted, and all of that undone.

A project has each term once, however it is written. No entry ever changes a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from transcripts.enums import EntryState
from transcripts.errors import Gone, NotPossible
from transcripts.models import GlossaryEntry, Mishearing, Project, Utterance
from transcripts.models.glossary import fold_term, tidy_term
from transcripts.queries.glossary import count_mishearings
from transcripts.services.short_transactions import delete_in_batches
from transcripts.text.limits import MAX_NOTE, MOST_MISHEARINGS, MOST_TERMS

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

MOST_TIMES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class EntryValues:
    """What an entry is to be; `mishearings` has how often each was corrected."""

    term: str
    mishearings: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    language: str = ""
    state: EntryState = EntryState.APPROVED
    is_on: bool = True
    row: Utterance | None = None


def add_entry(*, project: Project, values: EntryValues, by: User) -> GlossaryEntry:
    """Adds it, or approves what was proposed or dismissed.

    Raises NotPossible if nothing is left of the term, the glossary has it already, or is full.
    """
    term = _tidy(values.term)
    with transaction.atomic():
        _lock(project)
        entry = _find(project, term)
        if entry and entry.state == EntryState.APPROVED:
            raise NotPossible("term_exists")
        _keep(project, [replace(values, mishearings={**values.mishearings, **count_mishearings(project, term)})])
    return GlossaryEntry.objects.there().get(project=project, folded=fold_term(term))


def keep_entries(*, project: Project, values: Sequence[EntryValues], by: User | None) -> int:
    """Adds what the glossary does not have, and completes what it has: nothing of it is replaced or turned off.

    Only what was proposed or dismissed takes another state. Returns how many are new. Raises NotPossible if there are
    too many.
    """
    with transaction.atomic():
        _lock(project)
        return _keep(project, values)


def change_entry(*, entry: GlossaryEntry, values: EntryValues, by: User) -> None:
    """Raises NotPossible as `add_entry` does, and Gone if somebody has deleted it."""
    term = _tidy(values.term)
    with transaction.atomic():
        _lock(entry.project)
        other = _find(entry.project, term)
        if other and other.pk != entry.pk:
            raise NotPossible("term_exists")
        changed = GlossaryEntry.objects.there().filter(pk=entry.pk)
        if not changed.update(
            term=term,
            folded=fold_term(term),
            note=tidy_term(values.note, MAX_NOTE),
            language=values.language,
            state=EntryState.APPROVED,
            is_on=values.is_on,
        ):
            raise Gone
        wanted = _fold_mishearings(values.mishearings, fold_term(term))
        entry.mishearings.exclude(folded__in=wanted).delete()
        have = set(entry.mishearings.values_list("folded", flat=True))
        Mishearing.objects.bulk_create(
            Mishearing(entry=entry, text=text, folded=folded, times=0)
            for folded, (text, _times) in wanted.items()
            if folded not in have
        )
    entry.refresh_from_db()


def set_state(*, entries: QuerySet[GlossaryEntry], state: EntryState, by: User) -> int:
    """Approves or dismisses them. What is approved is on."""
    there = entries.filter(deleted_at=None).exclude(state=state)
    return there.update(state=state, is_on=True) if state == EntryState.APPROVED else there.update(state=state)


def turn(*, entries: QuerySet[GlossaryEntry], on: bool, by: User) -> int:
    """Turns what is approved on or off."""
    return entries.filter(deleted_at=None, state=EntryState.APPROVED).update(is_on=on)


def delete_entries(*, entries: QuerySet[GlossaryEntry], by: User) -> list[int]:
    """Returns their ids. They can be brought back for as long as things stay in the bin."""
    with transaction.atomic():
        pks = list(entries.select_for_update().filter(deleted_at=None).values_list("pk", flat=True))
        GlossaryEntry.objects.filter(pk__in=pks).update(deleted_at=timezone.now(), merged_into=None)
    return pks


def merge_entry(*, entry: GlossaryEntry, into: GlossaryEntry, by: User) -> None:
    """Gives `into` what was misheard of `entry`, which is deleted.

    Raises NotPossible unless they are two of one project, and Gone if somebody has deleted one of them.
    """
    if entry.pk == into.pk or entry.project_id != into.project_id:
        raise NotPossible("term_elsewhere")
    with transaction.atomic():
        _lock(entry.project)
        there = GlossaryEntry.objects.there().filter(pk__in=[entry.pk, into.pk])
        if there.count() < 2:
            raise Gone
        added = []
        for misheard in entry.mishearings.exclude(folded=into.folded):
            if not into.mishearings.filter(folded=misheard.folded).update(times=F("times") + misheard.times):
                fields = {"text": misheard.text, "folded": misheard.folded, "times": misheard.times}
                Mishearing.objects.create(entry=into, **fields)
                added.append(misheard.folded)
        there.filter(pk=entry.pk).update(deleted_at=timezone.now(), merged_into=into, added=added)


def restore_entries(*, entries: QuerySet[GlossaryEntry], by: User) -> int:
    """Brings back what was deleted or merged; where it was merged, the other entry loses what it got.

    Raises NotPossible if the glossary has one of the terms again, or is full.
    """
    with transaction.atomic():
        deleted = list(entries.select_for_update().exclude(deleted_at=None))
        for entry in deleted:
            _lock(entry.project)
            if _find(entry.project, entry.term):
                raise NotPossible("term_exists")
            _check_room(entry.project)
            if entry.merged_into_id:
                _take_back(entry)
            GlossaryEntry.objects.filter(pk=entry.pk).update(deleted_at=None, merged_into=None)
    return len(deleted)


def forget_deleted_entries() -> None:
    """Those that can no longer be brought back."""
    before = timezone.now() - timedelta(days=settings.BIN_DAYS)
    delete_in_batches(GlossaryEntry.objects.filter(deleted_at__lt=before))


def copy_entries(*, entries: QuerySet[GlossaryEntry], project: Project, by: User) -> int:
    """Adds those that are approved to another project's glossary, and returns how many are new there.

    Raises NotPossible as `keep_entries` does.
    """
    approved = entries.filter(deleted_at=None, state=EntryState.APPROVED)
    values = [
        EntryValues(
            term=entry.term,
            mishearings={misheard.text: misheard.times for misheard in entry.mishearings.all()},
            note=entry.note,
            language=entry.language,
            is_on=entry.is_on,
        )
        for entry in approved.prefetch_related("mishearings")
    ]
    return keep_entries(project=project, values=values, by=by)


def _tidy(given: str) -> str:
    term = tidy_term(given)
    if not fold_term(term):
        raise NotPossible("term_unnamed")
    return term


def _lock(project: Project) -> None:
    """So that two people, or a person and a worker, add no term twice."""
    if not Project.objects.select_for_update().filter(pk=project.pk).exists():
        raise Gone


def _find(project: Project, term: str) -> GlossaryEntry | None:
    return GlossaryEntry.objects.there().filter(project=project, folded=fold_term(term)).first()


def _check_room(project: Project) -> None:
    if GlossaryEntry.objects.there().filter(project=project).count() >= MOST_TERMS:
        raise NotPossible("glossary_full")


def _keep(project: Project, values: Sequence[EntryValues]) -> int:
    """In as many queries for thousands of entries as for one."""
    found = GlossaryEntry.objects.there().filter(project=project).prefetch_related("mishearings")
    if len(values) == 1:
        found = found.filter(folded=fold_term(tidy_term(values[0].term)))
    there = {entry.folded: entry for entry in found}
    have = {entry.folded: {each.folded: each for each in entry.mishearings.all()} for entry in found}
    new: list[GlossaryEntry] = []
    changed: dict[str, GlossaryEntry] = {}
    misheard: list[Mishearing] = []
    more: list[Mishearing] = []
    for each in values:
        if not (folded := fold_term(tidy_term(each.term))):
            continue
        if folded in there:
            if _complete(there[folded], each) and there[folded].pk:
                changed[folded] = there[folded]
        else:
            there[folded] = _build(project, each)
            new.append(there[folded])
        known = have.setdefault(folded, {})
        for key, (text, times) in _fold_mishearings(each.mishearings, folded).items():
            # Of what is known already the higher count holds: nothing counts twice that is copied twice.
            if key in known:
                if known[key].times < times:
                    known[key].times = times
                    if known[key].pk:  # The new ones are stored with it.
                        more.append(known[key])
            elif len(known) < MOST_MISHEARINGS:
                known[key] = Mishearing(entry=there[folded], text=text, folded=key, times=times)
                misheard.append(known[key])
    if new:
        if GlossaryEntry.objects.there().filter(project=project).count() + len(new) > MOST_TERMS:
            raise NotPossible("glossary_full")
        GlossaryEntry.objects.bulk_create(new)
    GlossaryEntry.objects.bulk_update(
        changed.values(), ["term", "state", "is_on", "note", "language", "row"], batch_size=100
    )
    Mishearing.objects.bulk_create(misheard)
    Mishearing.objects.bulk_update(more, ["times"], batch_size=100)
    return len(new)


def _build(project: Project, values: EntryValues) -> GlossaryEntry:
    term = tidy_term(values.term)
    return GlossaryEntry(
        project=project,
        term=term,
        folded=fold_term(term),
        state=values.state,
        is_on=values.is_on,
        note=tidy_term(values.note, MAX_NOTE),
        language=values.language,
        row=values.row,
    )


def _complete(entry: GlossaryEntry, values: EntryValues) -> bool:
    """Gives the entry what it lacks. Returns whether that is anything."""
    before = (entry.state, entry.note, entry.language, entry.row_id)
    if values.state == EntryState.APPROVED and entry.state != EntryState.APPROVED:
        entry.state, entry.is_on, entry.term = values.state, values.is_on, tidy_term(values.term)
    entry.note = entry.note or tidy_term(values.note, MAX_NOTE)
    entry.language = entry.language or values.language
    if entry.row_id is None:
        entry.row = values.row
    return before != (entry.state, entry.note, entry.language, entry.row_id)


def _fold_mishearings(mishearings: Mapping[str, int], term: str) -> dict[str, tuple[str, int]]:
    """Each once, by its folded text; the term itself is none."""
    found: dict[str, tuple[str, int]] = {}
    for given, times in mishearings.items():
        text = tidy_term(given)
        folded = fold_term(text)
        if folded and folded != term and len(found) < MOST_MISHEARINGS:
            found[folded] = (text, min(MOST_TIMES, max(times, found.get(folded, ("", 0))[1])))
    return found


def _take_back(entry: GlossaryEntry) -> None:
    """What the entry has counts for itself again; the other one keeps what it had before, or has had since."""
    theirs = Mishearing.objects.filter(entry=entry.merged_into_id)
    for misheard in entry.mishearings.all():
        same = theirs.filter(folded=misheard.folded)
        if misheard.folded in entry.added:
            same.filter(times__lte=misheard.times).delete()
        same.update(times=Greatest(F("times") - misheard.times, 0))
