from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import quick
from tests.services.at_once import at_once
from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone
from transcripts.models import Recording, Speaker, Transcript, Utterance
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.rows import delete_row
from transcripts.services.editing.speakers import add_speaker, assign_rows, get_speaker, merge_speakers, rename_speaker
from transcripts.services.editing.utterances import Save, edit_utterance


@pytest.fixture
def first(transcript: Transcript) -> Speaker:
    return transcript.speakers.get(label="1")


@pytest.fixture
def second(transcript: Transcript) -> Speaker:
    return transcript.speakers.get(label="2")


def versions(transcript: Transcript, speaker: Speaker | None = None) -> dict[int, int]:
    """The ids and versions of the rows, all of them or the speaker's."""
    found = transcript.utterances.visible()
    return dict((found.filter(speaker=speaker) if speaker else found).values_list("pk", "version"))


def spoken(transcript: Transcript) -> list[str]:
    return [row.speaker.display_name if row.speaker else "" for row in transcript.utterances.visible()]


def kinds(transcript: Transcript) -> list[str]:
    return list(transcript.changes.values_list("kind", flat=True))


def test_name_holds_everywhere_and_is_told(transcript: Transcript, first: Speaker, lin: User) -> None:
    stored = rename_speaker(speaker=first, name=" Lin\n Wei ", base_name="", by=lin)
    assert (stored.name, spoken(transcript)) == ("Lin Wei", ["Lin Wei", "Speaker 2"])
    change = transcript.changes.get(kind=ChangeKind.RENAMED)
    assert (change.by, change.details) == (lin, {"speaker": first.pk, "before": "", "after": "Lin Wei"})
    transcript.refresh_from_db()
    assert (transcript.version, change.version) == (2, 2)


def test_name_is_taken_back_and_given_again(transcript: Transcript, first: Speaker, lin: User) -> None:
    rename_speaker(speaker=first, name="Lin", base_name="", by=lin)
    rename_speaker(speaker=first, name="Wei", base_name="Lin", by=lin)
    for undo_or_redo, name in ((undo_change, "Lin"), (undo_change, ""), (redo_change, "Lin")):
        undo_or_redo(transcript=transcript, by=lin)
        first.refresh_from_db()
        assert first.name == name


def test_name_that_somebody_else_gave_meanwhile_stands(
    transcript: Transcript, first: Speaker, lin: User, ana: User
) -> None:
    rename_speaker(speaker=first, name="Wei", base_name="", by=ana)
    with pytest.raises(EditConflict) as conflict:
        rename_speaker(speaker=first, name="Lin", base_name="", by=lin)
    assert (conflict.value.theirs, conflict.value.mine) == ("Wei", "Lin")
    assert (spoken(transcript)[0], kinds(transcript)) == ("Wei", ["recognised", "renamed"])


def test_same_name_and_same_request_are_no_second_change(transcript: Transcript, first: Speaker, lin: User) -> None:
    for _again in range(2):
        rename_speaker(speaker=first, name="Lin", base_name="", by=lin, request_key="k")
    rename_speaker(speaker=first, name="Lin", base_name="Lin", by=lin)
    rename_speaker(speaker=first, name="", base_name="Lin", by=lin)
    rename_speaker(speaker=first, name="Lin", base_name="", by=lin, request_key="k")
    assert (spoken(transcript)[0], kinds(transcript)) == ("Speaker 1", ["recognised", "renamed", "renamed"])


@pytest.mark.django_db(transaction=True)
def test_two_names_at_once_let_one_through(transcript: Transcript, first: Speaker, lin: User) -> None:
    def name(number: int) -> str:
        return rename_speaker(speaker=first, name=f"Name {number}", base_name="", by=lin).name

    answers = at_once(*(partial(name, number) for number in range(4)))
    assert spoken(transcript)[:1] == [answer for answer in answers if isinstance(answer, str)]


def test_row_is_given_to_another_speaker_and_back(
    transcript: Transcript, first: Speaker, second: Speaker, lin: User
) -> None:
    row = transcript.utterances.filter(speaker=first).get()
    (given_row,) = assign_rows(transcript=transcript, versions={row.pk: 1}, speaker=second, by=lin)
    assert (given_row.pk, given_row.speaker, given_row.version) == (row.pk, second, 2)
    assert spoken(transcript) == ["Speaker 2", "Speaker 2"]
    assert (given_row.changed_at is not None, kinds(transcript)) == (True, ["recognised", "assigned"])
    undo_change(transcript=transcript, by=lin)
    assert spoken(transcript) == ["Speaker 1", "Speaker 2"]


def test_words_of_a_row_stay_when_it_gets_another_speaker(
    transcript: Transcript, first: Speaker, second: Speaker, lin: User
) -> None:
    row = transcript.utterances.filter(speaker=first).get()
    before = (row.words, row.engine_words, row.search_text)
    assign_rows(transcript=transcript, versions={row.pk: 1}, speaker=second, by=lin)
    row.refresh_from_db()
    assert (row.words, row.engine_words, row.search_text) == before


def test_rows_go_to_a_new_speaker_by_name_by_number_or_to_the_one_of_that_name(
    transcript: Transcript, lin: User
) -> None:
    for name, expected in (("Wei", "Wei"), ("", "Speaker 4"), ("Wei", "Wei"), ("Speaker 2", "Speaker 2")):
        assign_rows(transcript=transcript, versions=versions(transcript), name=name, by=lin)
        assert spoken(transcript) == [expected, expected]
    labels = list(transcript.speakers.values_list("label", "name"))
    assert labels == [("1", ""), ("2", ""), ("3", "Wei"), ("4", "")]


def test_row_that_has_the_speaker_is_no_change(transcript: Transcript, first: Speaker, lin: User) -> None:
    row = transcript.utterances.filter(speaker=first).get()
    assert assign_rows(transcript=transcript, versions={row.pk: 1}, speaker=first, by=lin) == []
    assert kinds(transcript) == ["recognised"]


def test_rows_that_changed_or_went_are_not_given_away(
    transcript: Transcript, second: Speaker, lin: User, ana: User
) -> None:
    row = transcript.utterances.first()
    assert row is not None
    seen = versions(transcript)
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=ana)
    with pytest.raises(EditConflict):
        assign_rows(transcript=transcript, versions=seen, speaker=second, by=lin)
    delete_row(row=row, base_version=2, by=ana)
    with pytest.raises(Gone):
        assign_rows(transcript=transcript, versions={row.pk: 3}, speaker=second, by=lin)
    assert spoken(transcript) == ["Speaker 2"]


def test_row_of_another_transcript_is_not_there(
    transcript: Transcript, second: Speaker, lin: User, upload: Callable[..., Recording]
) -> None:
    with pytest.raises(Gone):
        assign_rows(transcript=transcript, versions={2**40: 1}, speaker=second, by=lin)
    with pytest.raises(Gone):
        get_speaker(transcript, 2**40)


def test_two_speakers_become_one_and_two_again(
    transcript: Transcript, first: Speaker, second: Speaker, lin: User
) -> None:
    own = versions(transcript, first)
    for _again in range(2):
        merge_speakers(speaker=first, into=second, versions=own, by=lin, request_key="k")
    assert (spoken(transcript), kinds(transcript)) == (["Speaker 2", "Speaker 2"], ["recognised", "assigned"])
    assert transcript.changes.get(kind=ChangeKind.ASSIGNED).revisions.count() == 1
    undo_change(transcript=transcript, by=lin)
    assert spoken(transcript) == ["Speaker 1", "Speaker 2"]


@pytest.mark.parametrize("way", ["merge", "assign"])
def test_answer_that_is_asked_for_again_tells_nothing_of_a_row_that_is_another_by_now(
    transcript: Transcript, first: Speaker, second: Speaker, lin: User, ana: User, way: str
) -> None:
    own = versions(transcript, first)

    def ask() -> list[Utterance]:
        if way == "merge":
            return merge_speakers(speaker=first, into=second, versions=own, by=lin, request_key="k")
        return assign_rows(transcript=transcript, speaker=second, versions=own, by=lin, request_key="k")

    (row,) = ask()
    assert ask() == [row]
    edit_utterance(utterance=row, save=Save(text="大家早。", base_version=row.version), by=ana)
    assert ask() == []


def test_speaker_who_got_rows_meanwhile_is_not_merged_unseen(
    transcript: Transcript, first: Speaker, second: Speaker, lin: User, ana: User
) -> None:
    seen = versions(transcript, first)
    assign_rows(transcript=transcript, versions=versions(transcript, second), speaker=first, by=ana)
    with pytest.raises(EditConflict):
        merge_speakers(speaker=first, into=second, versions=seen, by=lin)
    assert spoken(transcript) == ["Speaker 1", "Speaker 1"]


def many(transcript: Transcript, speaker: Speaker, count: int) -> None:
    Utterance.objects.bulk_create(
        Utterance(transcript=transcript, speaker=speaker, start_ms=9000 + n, end_ms=9001 + n, text=f"Row {n}.")
        for n in range(count)
    )


def test_merge_of_many_rows_takes_few_queries(
    transcript: Transcript, first: Speaker, second: Speaker, lin: User, django_assert_max_num_queries: Any
) -> None:
    many(transcript, first, 450)
    own = versions(transcript, first)
    with django_assert_max_num_queries(12):  # SQLite takes the revisions in three.
        merge_speakers(speaker=first, into=second, versions=own, by=lin)
    assert len(versions(transcript, second)) == 452
    with django_assert_max_num_queries(12):
        undo_change(transcript=transcript, by=lin)
    assert len(versions(transcript, second)) == 1


@pytest.mark.long
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["", "Lin", "Wei", "Speaker 1"])), max_size=6))
def test_what_was_assigned_and_named_is_taken_back_step_by_step(
    transcript: Transcript, lin: User, steps: list[tuple[int, str]]
) -> None:
    while len(transcript.changes.exclude(kind__in=["recognised", "undone"]).filter(undone_by=None)):
        undo_change(transcript=transcript, by=lin)
    seen = [spoken(transcript)]
    for number, name in steps:
        row = transcript.utterances.visible()[number]
        before = transcript.changes.count()
        if name == "Wei":
            assert row.speaker
            rename_speaker(speaker=row.speaker, name=name, base_name=row.speaker.name, by=lin)
        else:
            assign_rows(transcript=transcript, versions={row.pk: row.version}, name=name, by=lin)
        if transcript.changes.count() > before:
            seen.append(spoken(transcript))
    while len(seen) > 1:
        assert spoken(transcript) == seen.pop()
        undo_change(transcript=transcript, by=lin)
    assert spoken(transcript) == seen.pop()


def spoken_by(recording: Recording, *labels: str) -> Transcript:
    """A row of each, one after the other."""
    rows = [
        {"start_time": 1000 * at, "end_time": 1000 * at + 900, "text": "好。", "additions": {"speaker": label}}
        for at, label in enumerate(labels)
    ]
    return quick.recognised(recording, {"result": {"text": "好。" * len(rows), "utterances": rows}})


def colours(transcript: Transcript) -> dict[str, int]:
    return dict(transcript.speakers.values_list("label", "colour"))


def test_speakers_get_colours_in_order_of_appearance(lin: User, upload: Callable[..., Recording]) -> None:
    """Whatever they are called: some of these would share one by a hash of their labels."""
    labels = ["9", "1", "Wei", "左", "1-2", "anna", "17", "8", "2"]
    transcript = spoken_by(upload(lin), *labels)
    assert colours(transcript) == dict(zip(labels, [1, 2, 3, 4, 5, 6, 7, 8, 1], strict=True))


def test_new_speaker_gets_the_colour_that_is_used_least(lin: User, upload: Callable[..., Recording]) -> None:
    transcript = spoken_by(upload(lin), "1", "2", "3")
    for name in ("4", "5", "6", "7", "8", "9"):
        add_speaker(transcript=transcript, name=name)
    assert list(colours(transcript).values()) == [1, 2, 3, 4, 5, 6, 7, 8, 4]  # nobody has spoken in it yet


def test_colour_of_who_is_merged_away_is_free_and_theirs_again_after_undo(
    lin: User, upload: Callable[..., Recording]
) -> None:
    transcript = spoken_by(upload(lin), *"12345678")
    second, third = transcript.speakers.all()[1:3]
    merge_speakers(speaker=second, into=third, versions=versions(transcript, second), by=lin)
    added = add_speaker(transcript=transcript, name="Wei")
    assert added.colour == second.colour
    undo_change(transcript=transcript, by=lin)
    assert list(colours(transcript).values()) == [1, 2, 3, 4, 5, 6, 7, 8, 2]


def test_stored_speakers_get_colours_in_order_of_appearance(lin: User, upload: Callable[..., Recording]) -> None:
    spoken_by(upload(lin), "b")
    transcript = spoken_by(upload(lin), *"abc")
    Speaker.objects.create(transcript=transcript, label="never spoke")
    first, *_others = transcript.utterances.all()
    delete_row(row=first, base_version=1, by=lin)
    Speaker.objects.update(colour=7)
    import_module("transcripts.migrations.0010_colours_and_current").hand_out_colours(apps, None)
    assert colours(transcript) == {"b": 1, "c": 2, "a": 3, "never spoke": 4}
    assert set(Speaker.objects.exclude(transcript=transcript).values_list("colour", flat=True)) == {1}
