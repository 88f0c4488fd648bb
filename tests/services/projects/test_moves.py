"""Moves between projects leave a trace on both sides, and can be undone by owners of the first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from transcripts.access import move_for
from transcripts.enums import Role
from transcripts.errors import Gone, NotFound
from transcripts.models import Membership, Move, Project, Recording, Transcript
from transcripts.services.projects.moves import ask_to_move, move_recording, undo_move
from transcripts.services.projects.projects import bin_project, create_project
from transcripts.services.recordings.delete import bin_recording


@pytest.fixture
def recording(transcript: Transcript) -> Recording:
    return transcript.recording


@pytest.fixture
def far(ana: User) -> Project:
    return create_project(name="Far", by=ana)


def moved(recording: Recording, project: Project, by: User) -> Move:
    move_recording(recording=recording, project=project, by=by)
    return Move.objects.get(target=project)


def test_recording_that_was_moved_on_comes_back_to_the_first(
    recording: Recording, lin: User, ana: User, far: Project
) -> None:
    home = recording.project
    first = moved(recording, far, lin)
    moved(recording, create_project(name="Farther", by=ana), ana)
    undo_move(move=move_for(lin, first.pk), by=lin)
    assert Recording.objects.get().project == home
    with pytest.raises(Gone):
        undo_move(move=first, by=lin)


def test_only_owners_of_the_first_project_undo_it_and_not_for_ever(
    recording: Recording, lin: User, ana: User, far: Project
) -> None:
    home = recording.project
    move = moved(recording, far, lin)
    Membership.objects.create(project=home, user=ana, role=Role.EDITOR)
    with pytest.raises(NotFound):
        move_for(ana, move.pk)
    assert move_for(lin, move.pk) == move
    Move.objects.update(moved_at=timezone.now() - timedelta(days=31))
    with pytest.raises(NotFound):
        move_for(lin, move.pk)


def test_wish_ends_with_the_next_move_and_the_next_wish_replaces_it(
    recording: Recording, lin: User, ana: User, far: Project
) -> None:
    other = create_project(name="Other", by=lin)
    ask_to_move(recording=recording, project=far, by=ana)
    ask_to_move(recording=recording, project=other, by=ana)
    assert [wish.target for wish in Move.objects.asked()] == [other]
    move_recording(recording=recording, project=far, by=lin)
    assert not Move.objects.asked().exists()


def test_what_lies_in_the_bin_neither_moves_nor_comes_back(recording: Recording, lin: User, far: Project) -> None:
    move = moved(recording, far, lin)
    bin_recording(recording=recording, by=lin)
    with pytest.raises(Gone):
        move_recording(recording=recording, project=move.source, by=lin)
    with pytest.raises(Gone):
        undo_move(move=move, by=lin)
    move.refresh_from_db()
    assert move.undone_at is None


def test_nothing_moves_into_a_project_in_the_bin(recording: Recording, lin: User, far: Project) -> None:
    bin_project(project=far, with_recordings=False, by=lin)
    with pytest.raises(Gone):
        move_recording(recording=recording, project=far, by=lin)
