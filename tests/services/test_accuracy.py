from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.conftest import ANSWER, OTHER_ANSWER
from transcripts.enums import ChangeKind
from transcripts.models import Change, Project, Transcript, TranscriptAccuracy, Utterance
from transcripts.queries.accuracy import (
    FEWEST_RECORDINGS,
    CommonConfusion,
    ConfusedPlace,
    compare_engines,
    compute_project_accuracy,
    list_unmeasured,
)
from transcripts.services.accuracy import measure_project, measure_transcript, measure_whole_project
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.recordings.delete import bin_recording, restore_recording
from transcripts.text.accuracy import Errors


@pytest.fixture
def project(transcript: Transcript) -> Project:
    return transcript.recording.project


def edit(row: Utterance, text: str, by: User) -> None:
    row.refresh_from_db()
    edit_utterance(utterance=row, save=Save(text=text, base_version=row.version), by=by)


def verify(*rows: Utterance, by: User, on: bool = True) -> None:
    versions = dict(Utterance.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "version"))
    verify_rows(transcript=rows[0].transcript, versions=versions, on=on, by=by)


def measured(project: Project) -> tuple[int, int, int, int]:
    """Recordings with verified rows, their verified ms, and the wrong and meant tokens in them."""
    assert measure_project(project) == 0
    whole = compute_project_accuracy(project).whole
    return whole.recordings, whole.verified_ms, whole.tokens.wrong, whole.tokens.meant


def last(row: Utterance) -> int:
    """How many ms: an edit may reach into the pause at the row's edge."""
    row.refresh_from_db()
    return row.end_ms - row.start_ms


def test_only_verified_rows_are_measured(lin: User, project: Project, row: Utterance, below: Utterance) -> None:
    assert list_unmeasured(project) == []
    edit(below, "大家早上好！", lin)
    assert measured(project) == (0, 0, 0, 0)
    verify(below, by=lin)
    assert measured(project) == (1, last(below), 2, 5)
    edit(row, "欢迎 Lin 来", lin)  # a sign alone
    verify(row, by=lin)
    assert measured(project) == (1, last(row) + last(below), 2, 9)
    found = TranscriptAccuracy.objects.get()
    assert [(label, name, ms) for label, name, ms, _errors in found.speakers] == [
        ("1", "", last(row)),
        ("2", "", last(below)),
    ]
    assert found.confusions == [["", "早上", 1, [[below.pk, 2000]]]]
    assert not found.picked


def test_only_what_has_changed_is_measured_again(
    lin: User, project: Project, row: Utterance, django_assert_num_queries: Any
) -> None:
    verify(row, by=lin)
    assert measured(project) == (1, 1200, 0, 4)
    with django_assert_num_queries(1):
        measure_project(project)
    other = quick.recognised(quick.create_recording(lin), OTHER_ANSWER)
    verify(other.utterances.get(), by=lin)
    assert [pk for pk, _version in list_unmeasured(project)] == [other.pk]
    undo_change(transcript=row.transcript, by=lin)
    assert len(list_unmeasured(project)) == 2
    assert measured(project) == (1, 2200, 0, 7)


def test_what_is_in_the_bin_or_imported_or_not_current_is_left_out(lin: User, project: Project, row: Utterance) -> None:
    verify(row, by=lin)
    whole = measured(project)
    recording = row.transcript.recording
    bin_recording(recording=recording, by=lin)
    assert measured(project) == (0, 0, 0, 0)
    restore_recording(recording=recording, by=lin)
    assert measured(project) == whole
    Change.objects.filter(version=1).update(kind=ChangeKind.IMPORTED)
    assert measured(project) == (0, 0, 0, 0)
    Change.objects.filter(version=1).update(kind=ChangeKind.RECOGNISED)
    recording.refresh_from_db()
    recording.current_transcript = quick.again(recording, OTHER_ANSWER)
    recording.save()
    assert measured(project) == (0, 0, 0, 0)


def test_reader_waits_for_some_and_a_worker_measures_the_rest(
    lin: User, project: Project, row: Utterance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr("transcripts.services.accuracy.AT_ONCE", 1)
    monkeypatch.setattr("transcripts.queue.enqueue", lambda *task: asked.append(task))
    verify(row, by=lin)
    assert measure_project(project, seconds=0) == 1
    assert asked == [("measure_project", project.pk)]
    measure_whole_project(project.pk)
    assert list_unmeasured(project) == []


def test_measure_of_an_earlier_version_that_is_stored_late_is_made_again(
    lin: User, project: Project, row: Utterance
) -> None:
    verify(row, by=lin)
    row.transcript.refresh_from_db()
    assert measure_transcript(row.transcript).verified_ms == 1200
    TranscriptAccuracy.objects.update(version=1, verified_ms=7)
    assert measured(project)[1] == 1200
    TranscriptAccuracy.objects.update(version=1, verified_ms=7)
    assert measure_transcript(row.transcript).verified_ms == 1200


def test_rows_that_were_picked_are_told(lin: User, transcript: Transcript) -> None:
    row = transcript.utterances.all()[0]
    at = row.start_ms
    rows = [
        Utterance(
            transcript=transcript, start_ms=at + 10 * n, end_ms=at + 10 * n + 9, text="好的大家", engine_text=heard
        )
        for n, heard in enumerate(["好的大加", "好的大家", "好的大家"] * 30)
    ]
    transcript.utterances.all().delete()
    Utterance.objects.bulk_create(rows)
    for wrong_alone in (True, False):
        chosen = (
            transcript.utterances.exclude(engine_text="好的大家") if wrong_alone else transcript.utterances.all()[::2]
        )
        transcript.utterances.update(verified_at=None)
        transcript.utterances.filter(pk__in=[one.pk for one in chosen]).update(verified_at=transcript.created_at)
        TranscriptAccuracy.objects.all().delete()
        assert measure_transcript(transcript).picked == wrong_alone


def test_confusions_of_a_project_lead_to_their_places(lin: User, project: Project, below: Utterance) -> None:
    edit(below, "大家早。", lin)
    verify(below, by=lin)
    other = quick.recognised(quick.create_recording(lin), ANSWER)
    again = other.utterances.order_by("start_ms")[1]
    edit(again, "大家早。", lin)
    verify(again, by=lin)
    measure_project(project)
    places = [ConfusedPlace(other.pk, again.pk, 2000), ConfusedPlace(below.transcript_id, below.pk, 2000)]
    assert compute_project_accuracy(project).confusions == [CommonConfusion("好", "早", 2, places)]


@pytest.mark.long
def test_interval_of_many_recordings_is_that_over_recordings(lin: User, project: Project, row: Utterance) -> None:
    verify(row, by=lin)
    for _number in range(FEWEST_RECORDINGS - 2):
        verify(*quick.recognised(quick.create_recording(lin), ANSWER).utterances.all(), by=lin)
    assert measured(project)[0] == FEWEST_RECORDINGS - 1
    assert compute_project_accuracy(project).whole.tokens.rows == 2 * FEWEST_RECORDINGS - 3
    verify(*quick.recognised(quick.create_recording(lin), ANSWER).utterances.all(), by=lin)
    assert measured(project)[0] == FEWEST_RECORDINGS
    assert compute_project_accuracy(project).whole.tokens.rows == FEWEST_RECORDINGS


def test_another_engine_is_measured_by_the_verified_rows(
    lin: User, transcript: Transcript, row: Utterance, below: Utterance
) -> None:
    assert compare_engines(transcript) == []
    edit(below, "大家早。", lin)
    verify(below, by=lin)
    quick.again(transcript.recording, OTHER_ANSWER)
    [found] = compare_engines(transcript)
    assert (found.own.tokens.wrong, found.own.tokens.meant) == (1, 3)
    assert (found.other.tokens.wrong, found.other.tokens.meant) == (0, 3)
    verify(row, by=lin)
    [found] = compare_engines(transcript)
    assert (found.own.tokens.wrong, found.other.tokens.wrong, found.other.tokens.meant) == (1, 1, 7)
    assert found.difference
    assert (found.difference.rate, found.difference.interval) == (0, None)


def test_other_transcripts_count_as_they_were_recognised(
    lin: User, transcript: Transcript, row: Utterance, below: Utterance
) -> None:
    verify(row, below, by=lin)
    other = quick.again(transcript.recording, OTHER_ANSWER)
    before = compare_engines(transcript)[0].other
    edit(other.utterances.get(), "这里全都改过了。", lin)
    assert compare_engines(transcript)[0].other == before
    assert before.tokens.wrong == 2
    assert before.tokens != Errors()


def test_how_many_people_speak_makes_no_other_engine(lin: User, transcript: Transcript) -> None:
    """The service does not get it."""
    other = quick.recognised(quick.create_recording(lin, voices=2), ANSWER)
    for one in (transcript, other):
        verify(*one.utterances.all(), by=lin)
    assert measure_project(transcript.recording.project) == 0
    assert len(set(TranscriptAccuracy.objects.values_list("engine", flat=True))) == 1
