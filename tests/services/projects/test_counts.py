from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.conftest import ANSWER, OTHER_ANSWER
from transcripts.enums import Role
from transcripts.models import Membership, Project, Transcript, TranscriptCount, Utterance
from transcripts.queries.overview import QUARTER_S, list_counts, list_uncounted
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.reviewing import flag_rows, verify_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.projects.counts import count_project, count_rows
from transcripts.services.projects.moves import move_recording
from transcripts.services.projects.projects import create_project
from transcripts.services.recordings.delete import bin_recording, restore_recording


@pytest.fixture
def project(transcript: Transcript) -> Project:
    return transcript.recording.project


def counted(project: Project) -> list[tuple[int, ...]]:
    """Rows, their ms, flagged ones, those for a second reader, verified ones, their ms, corrected ones."""
    assert count_rows(project) == 0
    return [
        (count.row_count, count.row_ms, count.flagged, count.second_reader, *(sum(part) for part in parts_of(count)))
        for count in TranscriptCount.objects.filter(pk__in=[count.transcript for count in list_counts(project)])
    ]


def parts_of(count: TranscriptCount) -> Any:
    return list(zip(*(entry[2:] for entry in count.work), strict=True)) or [(0,)] * 3


def edit(row: Utterance, text: str, by: User, edit_session: str = "") -> None:
    row.refresh_from_db()
    edit_utterance(utterance=row, save=Save(text=text, base_version=row.version, edit_session=edit_session), by=by)


def verify(*rows: Utterance, by: User, on: bool = True) -> None:
    versions = dict(Utterance.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "version"))
    verify_rows(transcript=rows[0].transcript, versions=versions, on=on, by=by)


def test_rows_are_counted_with_who_did_what_when(
    lin: User, ana: User, project: Project, transcript: Transcript, row: Utterance, below: Utterance
) -> None:
    Membership.objects.create(project=project, user=ana, role=Role.EDITOR)
    assert counted(project) == [(2, 1800, 0, 0, 0, 0, 0)]
    edit(row, "欢迎林来。", ana)
    edit(row, "欢迎林来！", ana)
    edit(below, "大家早。", lin)
    verify(row, by=lin)
    below.refresh_from_db()
    flag_rows(transcript=transcript, versions={below.pk: below.version}, on=True, by=lin)
    assert counted(project) == [(2, 1800, 1, 1, 1, 1200, 2)]
    count = TranscriptCount.objects.get()
    row.refresh_from_db()
    assert row.verified_at
    quarter = int(row.verified_at.timestamp()) // QUARTER_S
    by_person: dict[int, list[int]] = {}
    for at, person, *done in count.work:
        assert quarter - 1 <= at <= quarter + 1
        by_person[person] = [a + b for a, b in zip(by_person.get(person, [0, 0, 0]), done, strict=True)]
    assert by_person == {lin.pk: [1, 1200, 1], ana.pk: [0, 0, 1]}


def test_only_what_has_changed_is_counted_again(
    lin: User, project: Project, row: Utterance, django_assert_num_queries: Any
) -> None:
    other = quick.recognised(quick.create_recording(lin), OTHER_ANSWER)
    assert len(list_uncounted(project)) == 2
    assert count_rows(project) == 0
    with django_assert_num_queries(1):
        count_rows(project)
    verify(row, by=lin)
    assert [pk for pk, _version in list_uncounted(project)] == [row.transcript_id]
    TranscriptCount.objects.filter(transcript=other).update(row_count=77)
    assert sorted(count[0] for count in counted(project)) == [2, 77]


def test_what_is_undone_is_not_counted(lin: User, project: Project, transcript: Transcript, row: Utterance) -> None:
    verify(row, by=lin)
    assert counted(project) == [(2, 1800, 0, 0, 1, 1200, 0)]
    undo_change(transcript=transcript, by=lin)
    assert counted(project) == [(2, 1800, 0, 0, 0, 0, 0)]
    edit(row, "欢迎林来。", lin)
    assert counted(project)[0][-1] == 1
    undo_change(transcript=transcript, by=lin)
    assert counted(project)[0][-1] == 0
    redo_change(transcript=transcript, by=lin)
    assert counted(project)[0][-1] == 1


def test_undone_edit_session_is_undone_with_all_of_its_saves(
    lin: User, project: Project, transcript: Transcript, row: Utterance
) -> None:
    for text in ("欢迎林", "欢迎林来", "欢迎林来。"):
        edit(row, text, lin, edit_session="s")
    assert counted(project)[0][-1] == 1
    undo_change(transcript=transcript, by=lin)
    assert counted(project)[0][-1] == 0
    redo_change(transcript=transcript, by=lin)
    assert counted(project)[0][-1] == 1


def test_counts_go_with_the_recording_into_the_bin_and_to_other_projects(
    lin: User, project: Project, transcript: Transcript, row: Utterance
) -> None:
    verify(row, by=lin)
    whole = counted(project)
    bin_recording(recording=transcript.recording, by=lin)
    assert counted(project) == []
    restore_recording(recording=transcript.recording, by=lin)
    assert counted(project) == whole
    team = create_project(name="Talks", by=lin)
    transcript.recording.refresh_from_db()
    move_recording(recording=transcript.recording, project=team, by=lin)
    assert (counted(project), counted(team)) == ([], whole)


def test_only_the_current_transcript_counts(lin: User, project: Project, transcript: Transcript) -> None:
    assert counted(project)[0][0] == 2
    quick.again(transcript.recording, OTHER_ANSWER)
    assert counted(project)[0][0] == 1


def test_reader_waits_for_some_and_a_worker_counts_the_rest(
    lin: User, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr("transcripts.services.projects.counts.AT_ONCE", 1)
    monkeypatch.setattr("transcripts.queue.enqueue", lambda *task: asked.append(task))
    quick.recognised(quick.create_recording(lin), ANSWER)
    assert count_rows(project, seconds=0) == 2
    assert asked == [("count_project", project.pk)]
    count_project(project.pk)
    assert list_uncounted(project) == []


def test_count_of_an_earlier_version_that_is_stored_late_is_made_again(
    lin: User, project: Project, row: Utterance
) -> None:
    verify(row, by=lin)
    assert counted(project)[0][4] == 1
    TranscriptCount.objects.update(version=1, work=[])
    assert counted(project)[0][4] == 1


def test_rows_that_an_account_verified_that_is_gone_count_for_nobody(
    lin: User, project: Project, row: Utterance
) -> None:
    Utterance.objects.filter(pk=row.pk).update(verified_at=datetime(2026, 1, 1, tzinfo=UTC))
    count_rows(project)
    quarter = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) // QUARTER_S
    assert TranscriptCount.objects.get().work == [[quarter, None, 1, 1200, 0]]
