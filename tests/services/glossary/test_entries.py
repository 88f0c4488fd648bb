"""The glossary: one entry a term and project, approved, changed, merged, deleted and brought back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from transcripts.enums import EntryState
from transcripts.errors import Gone, NotPossible
from transcripts.models import GlossaryEntry, Mishearing, Project, Utterance
from transcripts.services.accounts.deletion import delete_account
from transcripts.services.glossary.entries import (
    EntryValues,
    add_entry,
    change_entry,
    copy_entries,
    delete_entries,
    forget_deleted_entries,
    keep_entries,
    merge_entry,
    restore_entries,
    set_state,
    turn,
)
from transcripts.services.projects.projects import bin_project, create_project, delete_project
from transcripts.text.limits import MOST_MISHEARINGS, MOST_TERMS

Entries = GlossaryEntry.objects


@pytest.fixture
def project(lin: User) -> Project:
    return create_project(name="Talks", by=lin)


def add(project: Project, term: str, **mishearings: int) -> GlossaryEntry:
    return add_entry(project=project, values=EntryValues(term, mishearings), by=project.members.get())


def show(project: Project) -> dict[str, dict[str, int]]:
    entries = Entries.there().filter(project=project)
    return {entry.term: dict(entry.mishearings.values_list("text", "times")) for entry in entries}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Flash\tweb \n", "Flash web"),
        ("图灵\u200b", "图灵"),
        ("A\u0308rger", "Ärger"),
        ("x" * 120, "x" * 100),
        ("C++", "C++"),
    ],
)
def test_term_is_tidied(project: Project, given: str, kept: str) -> None:
    assert add(project, given).term == kept


@pytest.mark.parametrize("given", ["", "  ", "\x00", "\u200b"])
def test_nothing_is_no_term(project: Project, given: str) -> None:
    with pytest.raises(NotPossible, match="term_unnamed"):
        add(project, given)


@pytest.mark.parametrize("again", ["Flashweb", "FLASHWEB", "ｆｌａｓｈｗｅｂ", " flashweb "])
def test_glossary_has_each_term_once_however_it_is_written(project: Project, again: str, ana: User) -> None:
    add(project, "Flashweb")
    with pytest.raises(NotPossible, match="term_exists"):
        add(project, again)
    add(create_project(name="Far", by=ana), again)
    assert Entries.count() == 2


def test_database_refuses_a_term_twice_none_and_strange_states(project: Project) -> None:
    fields: dict[str, Any] = {"project": project, "term": "A", "folded": "a"}
    entry = Entries.create(**fields)
    Mishearing.objects.create(entry=entry, text="b", folded="b")
    for wrong in ({}, {"folded": ""}, {"folded": "b", "state": "seen"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entries.create(**{**fields, **wrong})
    for folded in ("b", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            Mishearing.objects.create(entry=entry, text="b", folded=folded)
    Entries.create(**fields, deleted_at=timezone.now())


def test_adding_what_was_proposed_or_dismissed_approves_it(project: Project, lin: User) -> None:
    proposed = EntryValues("图灵", {"图林": 2}, state=EntryState.PROPOSED)
    keep_entries(project=project, values=[proposed], by=None)
    assert not Entries.in_use().exists()
    assert add(project, "图灵", 图领=0).state == EntryState.APPROVED
    assert show(project) == {"图灵": {"图林": 2, "图领": 0}}
    set_state(entries=Entries.all(), state=EntryState.DISMISSED, by=lin)
    keep_entries(project=project, values=[proposed], by=None)
    assert Entries.get().state == EntryState.DISMISSED
    add(project, "图灵")
    assert Entries.in_use().count() == 1


def test_most_misheard_come_first(project: Project) -> None:
    add(project, "b", x=1)
    add(project, "c", x=2, y=5)
    add(project, "a")
    assert [(entry.term, entry.uses) for entry in Entries.by_use()] == [("c", 7), ("b", 1), ("a", 0)]


def test_turned_off_and_dismissed_entries_are_not_in_use(project: Project, lin: User) -> None:
    add(project, "a")
    add(project, "b")
    turn(entries=Entries.filter(term="a"), on=False, by=lin)
    assert [entry.term for entry in Entries.in_use()] == ["b"]
    set_state(entries=Entries.all(), state=EntryState.DISMISSED, by=lin)
    assert turn(entries=Entries.all(), on=True, by=lin) == 0
    set_state(entries=Entries.all(), state=EntryState.APPROVED, by=lin)
    assert [entry.term for entry in Entries.in_use()] == ["a", "b"]


def test_changing_an_entry_keeps_the_counts_of_what_stays(project: Project, lin: User) -> None:
    entry = add(project, "Turing", touring=4, during=1)
    add(project, "图灵")
    values = EntryValues(
        "Alan Turing", {"Touring": 0, "tutoring": 0, "alan turing": 0}, " A note ", "en-US", is_on=False
    )
    change_entry(entry=entry, values=values, by=lin)
    assert show(project) == {"Alan Turing": {"touring": 4, "tutoring": 0}, "图灵": {}}
    assert (entry.note, entry.language, entry.is_on) == ("A note", "en-US", False)
    for wrong, what in (("图灵", "term_exists"), (" ", "term_unnamed")):
        with pytest.raises(NotPossible, match=what):
            change_entry(entry=entry, values=EntryValues(wrong), by=lin)
    delete_entries(entries=Entries.filter(pk=entry.pk), by=lin)
    with pytest.raises(Gone):
        change_entry(entry=entry, values=EntryValues("x"), by=lin)


def test_what_was_deleted_comes_back(project: Project, lin: User) -> None:
    entry = add(project, "Turing", touring=4)
    assert delete_entries(entries=Entries.all(), by=lin) == [entry.pk]
    assert (delete_entries(entries=Entries.all(), by=lin), show(project)) == ([], {})
    assert restore_entries(entries=Entries.all(), by=lin) == 1
    assert (restore_entries(entries=Entries.all(), by=lin), show(project)) == (0, {"Turing": {"touring": 4}})
    delete_entries(entries=Entries.all(), by=lin)
    add(project, "turing")
    with pytest.raises(NotPossible, match="term_exists"):
        restore_entries(entries=Entries.all(), by=lin)


def test_deleted_entries_are_forgotten_with_the_bin(project: Project, lin: User) -> None:
    add(project, "a")
    add(project, "b")
    delete_entries(entries=Entries.all(), by=lin)
    Entries.filter(term="a").update(deleted_at=timezone.now() - timedelta(days=31))
    forget_deleted_entries()
    assert list(Entries.values_list("term", flat=True)) == ["b"]


def test_merging_adds_up_what_was_misheard_and_is_undone(project: Project, lin: User, ana: User) -> None:
    entry = add(project, "Alan Turing", touring=2, during=1, allan=0)
    into = add(project, "Turing", touring=3, Tooring=1)
    merge_entry(entry=entry, into=into, by=lin)
    assert show(project) == {"Turing": {"touring": 5, "during": 1, "Tooring": 1, "allan": 0}}
    Mishearing.objects.filter(entry=into, text="during").update(times=4)
    assert restore_entries(entries=Entries.all(), by=lin) == 1
    assert show(project) == {
        "Alan Turing": {"touring": 2, "during": 1, "allan": 0},
        "Turing": {"touring": 3, "during": 3, "Tooring": 1},
    }
    merge_entry(entry=entry, into=into, by=lin)
    with pytest.raises(Gone):
        merge_entry(entry=entry, into=into, by=lin)
    for other in (into, add(create_project(name="Far", by=ana), "Turing")):
        with pytest.raises(NotPossible, match="term_elsewhere"):
            merge_entry(entry=into, into=other, by=lin)


def test_copies_complete_another_glossary_and_replace_nothing(project: Project, lin: User) -> None:
    far = create_project(name="Far", by=lin)
    add(far, "TURING", touring=9, during=1)
    turn(entries=Entries.filter(project=far), on=False, by=lin)
    add(project, "Turing", touring=2, during=3, tutoring=1)
    add(project, "图灵", 图林=2)
    ours = Entries.filter(project=project)
    assert [copy_entries(entries=ours, project=far, by=lin) for _ in range(2)] == [1, 0]
    assert show(far) == {"TURING": {"touring": 9, "during": 3, "tutoring": 1}, "图灵": {"图林": 2}}
    assert not Entries.get(term="TURING").is_on
    keep_entries(project=project, values=[EntryValues("maybe", state=EntryState.PROPOSED)], by=None)
    assert copy_entries(entries=ours, project=far, by=lin) == 0


@pytest.mark.long
def test_glossary_has_so_many_terms_and_mishearings_and_no_more(project: Project) -> None:
    values = [EntryValues(f"term {number}", {"x": 1}) for number in range(MOST_TERMS)]
    with CaptureQueriesContext(connection) as queries:
        assert keep_entries(project=project, values=values, by=None) == MOST_TERMS
    assert len(queries) < 100
    with pytest.raises(NotPossible, match="glossary_full"):
        add(project, "one more")
    with pytest.raises(NotPossible, match="glossary_full"):
        keep_entries(project=project, values=[EntryValues("two more")], by=None)
    assert keep_entries(project=project, values=values, by=None) == 0
    keep_entries(project=project, values=[EntryValues("term 1", {str(at): 0 for at in range(99)})], by=None)
    assert Mishearing.objects.filter(entry__term="term 1").count() == MOST_MISHEARINGS


def test_glossary_goes_with_its_project(project: Project, lin: User, row: Utterance) -> None:
    keep_entries(project=project, values=[EntryValues("a", {"b": 1}, row=row)], by=lin)
    row.delete()
    assert Entries.get().row is None
    bin_project(project=project, with_recordings=True, by=lin)
    delete_project(project=project, by=lin)
    assert (Entries.exists(), Mishearing.objects.exists()) == (False, False)


def test_glossary_stays_when_the_account_goes_that_made_it(project: Project, lin: User, ana: User) -> None:
    project.memberships.create(user=ana, role="owner")
    add_entry(project=project, values=EntryValues("a"), by=ana)
    delete_account(user=ana)
    assert show(project) == {"a": {}}
