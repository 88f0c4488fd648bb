"""What people correct proposes entries of the glossary: after the save, from what stands there then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from transcripts.enums import EntryState
from transcripts.models import Change, Correction, GlossaryEntry, Installation, Project, Transcript, Utterance
from transcripts.queries.glossary import list_rows
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.glossary.entries import EntryValues, add_entry, delete_entries, set_state
from transcripts.services.glossary.learning import learn_corrections, remember_words

Entries = GlossaryEntry.objects
ORIGINALS = ("研究图林机", "图林奖", "use flesh web now", "这是图领说的")
RIGHT = ("研究图灵机", "图灵奖", "use Flashweb now", "这是图灵说的")


@pytest.fixture
def rows(transcript: Transcript) -> list[Utterance]:
    Installation.objects.get_or_create(pk=1)
    learn_corrections()
    transcript.utterances.update(removed=True)
    return [
        Utterance.objects.create(
            transcript=transcript,
            text=text,
            engine_text=text,
            start_ms=number * 1000,
            end_ms=number * 1000 + 900,
            words=[],
            engine_words=[],
        )
        for number, text in enumerate(ORIGINALS)
    ]


@pytest.fixture
def project(transcript: Transcript) -> Project:
    return transcript.recording.project


def write(row: Utterance, text: str, by: User) -> None:
    row = Utterance.objects.get(pk=row.pk)
    edit_utterance(utterance=row, save=Save(text=text, base_version=row.version), by=by)


def learn() -> None:
    Change.objects.update(at=timezone.now() - timedelta(minutes=1))
    learn_corrections()


def show() -> dict[str, dict[str, int]]:
    return {entry.term: dict(entry.mishearings.values_list("text", "times")) for entry in Entries.there()}


def test_two_corrections_of_one_kind_propose_an_entry(rows: list[Utterance], lin: User) -> None:
    write(rows[0], RIGHT[0], lin)
    write(rows[2], RIGHT[2], lin)
    learn()
    assert show() == {}
    write(rows[1], RIGHT[1], lin)
    learn()
    assert show() == {"图灵": {"图林": 2}}
    entry = Entries.get()
    assert (entry.state, Entries.in_use().exists()) == (EntryState.PROPOSED, False)
    assert {row.pk for row in list_rows(entry)} == {rows[0].pk, rows[1].pk}
    write(rows[3], RIGHT[3], lin)
    learn()
    assert show() == {"图灵": {"图林": 2, "图领": 1}}
    learn()
    assert show() == {"图灵": {"图林": 2, "图领": 1}}


def test_no_text_changes_by_itself(rows: list[Utterance], lin: User) -> None:
    for row, text in zip(rows[:2], RIGHT, strict=False):
        write(row, text, lin)
    learn()
    set_state(entries=Entries.all(), state=EntryState.APPROVED, by=lin)
    learn()
    left = Utterance.objects.filter(pk__in=[row.pk for row in rows]).order_by("start_ms")
    assert [row.text for row in left] == [*RIGHT[:2], *ORIGINALS[2:]]


def test_what_is_still_being_typed_is_left(rows: list[Utterance], lin: User) -> None:
    for row, text in zip(rows[:2], RIGHT, strict=False):
        write(row, text, lin)
    learn_corrections()
    assert (show(), Correction.objects.count()) == ({}, 0)
    for text in ("研究土灵机", "研究土令机", RIGHT[0]):
        write(rows[0], text, lin)
    learn()
    assert show() == {"图灵": {"图林": 2}}


def test_undone_corrections_do_not_count(rows: list[Utterance], lin: User, transcript: Transcript) -> None:
    for row, text in zip(rows[:2], RIGHT, strict=False):
        write(row, text, lin)
    write(rows[3], RIGHT[3], lin)
    learn()
    assert show() == {"图灵": {"图林": 2, "图领": 1}}
    undo_change(transcript=transcript, by=lin)
    learn()
    assert show()["图灵"]["图领"] == 0
    undo_change(transcript=transcript, by=lin)
    learn()
    assert (show(), Correction.objects.count()) == ({}, 1)


@pytest.mark.parametrize("how", ["dismissed", "deleted"])
def test_what_was_refused_is_not_proposed_again(rows: list[Utterance], lin: User, how: str) -> None:
    for row, text in zip(rows[:2], RIGHT, strict=False):
        write(row, text, lin)
    learn()
    if how == "deleted":
        delete_entries(entries=Entries.all(), by=lin)
    else:
        set_state(entries=Entries.all(), state=EntryState.DISMISSED, by=lin)
    write(rows[3], RIGHT[3], lin)
    learn()
    assert not Entries.there().exclude(state=EntryState.DISMISSED).exists()


def test_term_that_a_person_adds_knows_what_was_corrected(rows: list[Utterance], project: Project, lin: User) -> None:
    write(rows[3], RIGHT[3], lin)
    write(rows[2], RIGHT[2], lin)
    learn()
    add_entry(project=project, values=EntryValues("图灵", {"图林": 0}), by=lin)
    add_entry(project=project, values=EntryValues("flashweb"), by=lin)
    assert show() == {"图灵": {"图林": 0, "图领": 1}, "flashweb": {"flesh web": 1}}
    write(rows[0], RIGHT[0], lin)
    learn()
    assert show()["图灵"] == {"图林": 1, "图领": 1}


def test_each_project_learns_for_itself(rows: list[Utterance], lin: User) -> None:
    write(rows[0], RIGHT[0], lin)
    learn()
    recording = rows[0].transcript.recording
    recording.project = Project.objects.create(name="Far")
    recording.save()
    write(rows[1], RIGHT[1], lin)
    learn()
    assert Entries.get().project == recording.project


def test_corrections_go_with_their_rows(rows: list[Utterance], lin: User) -> None:
    write(rows[2], RIGHT[2], lin)
    learn()
    assert Correction.objects.get().words.corrected == "Flashweb"
    Utterance.objects.get(pk=rows[2].pk).delete()
    assert not Correction.objects.exists()


def test_first_time_begins_with_now_and_nothing_is_read_twice(rows: list[Utterance], lin: User) -> None:
    write(rows[2], RIGHT[2], lin)
    Installation.objects.update(learned_change=None)
    learn()
    assert not Correction.objects.exists()
    assert Installation.objects.get().learned_change == Change.objects.latest("pk").pk
    with CaptureQueriesContext(connection) as queries:
        learn_corrections()
    assert len(queries) == 2


def test_words_that_are_remembered_count_once(rows: list[Utterance], lin: User) -> None:
    write(rows[0], RIGHT[0], lin)
    for _ in range(2):
        row = Utterance.objects.get(pk=rows[0].pk)
        entry = remember_words(row=row, term="图灵", start=2, end=4, by=lin)
    assert (entry.state, show()) == (EntryState.APPROVED, {"图灵": {"图林": 1}})
    learn()
    assert show() == {"图灵": {"图林": 1}}
    write(rows[1], RIGHT[1], lin)
    learn()
    assert show() == {"图灵": {"图林": 2}}
    undo_change(transcript=rows[1].transcript, by=lin)
    learn()
    assert show() == {"图灵": {"图林": 1}}


def test_remembering_approves_what_was_proposed(rows: list[Utterance], lin: User) -> None:
    for row, text in zip(rows[:2], RIGHT, strict=False):
        write(row, text, lin)
    learn()
    remember_words(row=Utterance.objects.get(pk=rows[0].pk), term="图灵", start=2, end=4, by=lin)
    assert (Entries.in_use().count(), show()) == (1, {"图灵": {"图林": 2}})
