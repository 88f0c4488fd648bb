"""Tags: one row a name and project, carried along by moves, bundles and backups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from transcripts.access import move_for
from transcripts.errors import Gone, NotPossible
from transcripts.models import Move, Project, Recording, Tag
from transcripts.services.bulk.tags import delete_tag, merge_tags
from transcripts.services.projects.moves import move_recording, undo_move
from transcripts.services.projects.projects import create_project
from transcripts.services.recordings.delete import bin_recording, restore_recording
from transcripts.services.tags import add_tags, remove_tag, rename_tag, set_tag_colour
from transcripts.text.limits import MOST_TAGS

Upload = Callable[..., Recording]


@pytest.fixture
def recording(lin: User, upload: Upload) -> Recording:
    return upload(lin)


@pytest.fixture
def far(ana: User) -> Project:
    return create_project(name="Far", by=ana)


def names(recording: Recording) -> list[str]:
    return list(recording.tags.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["2024", "Interviews"], ["2024", "Interviews"]),
        (["Interviews", "interviews", "INTERVIEWS"], ["Interviews"]),
        (["Ärger", "ärger", "A\u0308rger"], ["Ärger"]),
        (["Straße", "STRASSE"], ["Straße"]),
        (["  two\twords \n", "", "   ", "\x00\u200b"], ["two words"]),
        (["会议", "x" * 70], ["x" * 60, "会议"]),
    ],
)
def test_name_is_a_tag_once_however_it_is_written(
    recording: Recording, lin: User, given: list[str], kept: list[str]
) -> None:
    add_tags(recording=recording, names=given, by=lin)
    add_tags(recording=recording, names=given, by=lin)
    assert (names(recording), Tag.objects.count()) == (kept, len(kept))


def test_database_refuses_a_name_twice_none_and_a_strange_colour(recording: Recording) -> None:
    fields: dict[str, Any] = {"project": recording.project, "name": "A", "folded": "a"}
    Tag.objects.create(**fields)
    for wrong in ({}, {"folded": ""}, {"folded": "b", "colour": 0}, {"folded": "b", "colour": 9}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Tag.objects.create(**{**fields, **wrong})


def test_tags_get_one_colour_after_the_other(recording: Recording, lin: User) -> None:
    add_tags(recording=recording, names=[str(number) for number in range(9)], by=lin)
    assert [tag.colour for tag in Tag.objects.order_by("pk")] == [1, 2, 3, 4, 5, 6, 7, 8, 1]
    set_tag_colour(tag=Tag.objects.earliest("pk"), colour=5, by=lin)
    assert Tag.objects.earliest("pk").colour == 5


def test_recording_has_so_many_tags_and_no_more(recording: Recording, lin: User) -> None:
    assert len(add_tags(recording=recording, names=map(str, range(MOST_TAGS + 9)), by=lin)) == MOST_TAGS
    assert add_tags(recording=recording, names=["one more"], by=lin) == []
    assert len(names(recording)) == MOST_TAGS


def test_recording_that_went_elsewhere_meanwhile_gets_no_tags(recording: Recording, lin: User, far: Project) -> None:
    move_recording(recording=Recording.objects.get(), project=far, by=lin)
    with pytest.raises(Gone):
        add_tags(recording=recording, names=["late"], by=lin)


def test_tag_is_renamed_merged_removed_and_deleted_everywhere(lin: User, upload: Upload) -> None:
    first, second = upload(lin), upload(lin)
    talk, speech = add_tags(recording=first, names=["Talk", "Speech"], by=lin)
    add_tags(recording=second, names=["speech"], by=lin)
    rename_tag(tag=speech, name="speeches ", by=lin)
    assert (names(first), names(second)) == (["speeches", "Talk"], ["speeches"])
    rename_tag(tag=speech, name="Speeches", by=lin)
    for wrong, what in (("TALK", "tag_exists"), (" ", "tag_unnamed")):
        with pytest.raises(NotPossible, match=what):
            rename_tag(tag=speech, name=wrong, by=lin)
    merge_tags(tag=speech, into=talk, by=lin)
    assert (names(first), names(second), Tag.objects.count()) == (["Talk"], ["Talk"], 1)
    for merge in (lambda: merge_tags(tag=speech, into=talk, by=lin), lambda: rename_tag(tag=speech, name="x", by=lin)):
        with pytest.raises(Gone):
            merge()
    remove_tag(recording=second, tag=talk, by=lin)
    assert (names(first), names(second)) == (["Talk"], [])
    delete_tag(tag=talk, by=lin)
    assert (names(first), Tag.objects.exists()) == ([], False)


def test_tags_of_two_projects_are_not_merged(recording: Recording, lin: User, far: Project) -> None:
    (ours,) = add_tags(recording=recording, names=["Talk"], by=lin)
    theirs = Tag.objects.create(project=far, name="Talk", folded="talk")
    for other in (theirs, ours):
        with pytest.raises(NotPossible):
            merge_tags(tag=ours, into=other, by=lin)


def test_recording_takes_its_tags_to_another_project_and_back(recording: Recording, lin: User, far: Project) -> None:
    add_tags(recording=recording, names=["Talk", "2024"], by=lin)
    theirs = Tag.objects.create(project=far, name="TALK", folded="talk", colour=7)
    move_recording(recording=recording, project=far, by=lin)
    assert {tag.pk for tag in recording.tags.all()} == {theirs.pk, Tag.objects.get(project=far, name="2024").pk}
    undo_move(move=move_for(lin, Move.objects.get().pk), by=lin)
    assert names(recording) == ["2024", "Talk"]
    assert not recording.tags.filter(project=far).exists()


def test_recording_comes_out_of_the_bin_with_its_tags(recording: Recording, lin: User) -> None:
    add_tags(recording=recording, names=["Talk"], by=lin)
    bin_recording(recording=recording, by=lin)
    restore_recording(recording=recording, by=lin)
    assert names(recording) == ["Talk"]
    recording.delete()
    assert (Tag.objects.count(), Tag.recordings.through.objects.count()) == (1, 0)


def test_library_shows_tags_with_one_query_for_all_rows(lin: User, upload: Upload, lins_client: Client) -> None:
    add_tags(recording=upload(lin), names=["Talk <1>"], by=lin)
    with CaptureQueriesContext(connection) as one:
        (shown,) = html.fromstring(lins_client.get("/").text).xpath("//a[@class='tag']")
    assert (shown.text, shown.get("data-colour")) == ("Talk <1>", "1")
    assert lins_client.get(shown.get("href")).text.count("<article") == 1
    for number in range(2):
        add_tags(recording=upload(lin), names=["Talk", str(number)], by=lin)
    with CaptureQueriesContext(connection) as three:
        assert lins_client.get("/").text.count('class="tag"') == 5
    assert len(three) <= len(one)
