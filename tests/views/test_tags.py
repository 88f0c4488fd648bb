"""The page of a project's tags: each is renamed, coloured, merged and deleted everywhere, and that is undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from tests.conftest import HTMX
from transcripts.enums import Role
from transcripts.models import BulkAction, Membership, Project, Recording, Tag
from transcripts.services.bulk.bulk import run_bulk_action
from transcripts.services.projects.projects import create_project
from transcripts.services.recordings.delete import bin_recording, restore_recording
from transcripts.services.tags import add_tags

pytestmark = pytest.mark.long

Upload = Callable[..., Recording]


@pytest.fixture
def recordings(lin: User, upload: Upload) -> list[Recording]:
    """Two of Lin's own: both have "Talk", the first "2024" too."""
    found = [upload(lin), upload(lin)]
    add_tags(recording=found[0], names=["Talk", "2024"], by=lin)
    add_tags(recording=found[1], names=["Talk"], by=lin)
    return found


def names(recordings: list[Recording]) -> list[list[str]]:
    return [list(recording.tags.values_list("name", flat=True)) for recording in recordings]


def address(name: str, tag: str) -> str:
    found = Tag.objects.get(name=tag)
    return reverse(name, args=[found.project_id, found.pk])


def text(content: bytes) -> str:
    return " ".join(html.fromstring(content).text_content().split())


def show(client: Client) -> str:
    return text(client.get(reverse("project_tags", args=[Project.objects.get(personal_of__username="lin").pk])).content)


def undo(client: Client, **headers: str) -> None:
    action = BulkAction.objects.latest("created_at")
    client.post(reverse("bulk_undo", args=[action.pk]), headers=headers)
    run_bulk_action(action.pk)


def test_page_says_how_many_recordings_have_each(
    lins_client: Client, lin: User, recordings: list[Recording], upload: Upload
) -> None:
    binned = upload(lin)
    add_tags(recording=binned, names=["Talk"], by=lin)
    bin_recording(recording=binned, by=lin)
    Recording.objects.filter(pk=recordings[1].pk).update(archived_at=timezone.now())
    said = show(lins_client)
    assert "2024 1 recording Edit" in said
    assert "Talk 2 recordings archived: 1 Edit" in said
    page = text(lins_client.get(address("tag", "Talk")).content)
    assert "2 recordings have this tag; they get the other one instead." in page
    assert "It is removed from 2 recordings." in page
    found = lins_client.get(reverse("project_tags", args=[recordings[0].project_id])).content
    for link in html.fromstring(found).xpath("//*[@id='tags']//*[contains(@class, 'tag-count')]/a/@href"):
        assert len(html.fromstring(lins_client.get(link).content).xpath("//article")) == 1


def test_tag_gets_another_name_and_colour_on_all_recordings(lins_client: Client, recordings: list[Recording]) -> None:
    saved = lins_client.post(address("tag", "Talk"), {"name": " Speech ", "colour": "5"})
    assert saved.status_code == 302
    assert names(recordings) == [["2024", "Speech"], ["Speech"]]
    assert Tag.objects.get(name="Speech").colour == 5


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "TALK", "colour": "1"}, "Another tag of this project has this name. Merge the two instead."),
        ({"name": " ", "colour": "1"}, "Enter a name for the tag."),
        ({"name": "\u200b", "colour": "1"}, "Enter a name for the tag."),
        ({"name": "x" * 61, "colour": "1"}, "at most 60 characters"),
        ({"name": "2025", "colour": "9"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    lins_client: Client, recordings: list[Recording], form: dict[str, str], sentence: str
) -> None:
    answer = lins_client.post(address("tag", "2024"), form)
    assert (answer.status_code, sentence in text(answer.content)) == (422, True)
    assert names(recordings) == [["2024", "Talk"], ["Talk"]]


def test_merged_tag_is_gone_everywhere_until_that_is_undone(lins_client: Client, recordings: list[Recording]) -> None:
    colour = Tag.objects.get(name="Talk").colour
    lins_client.post(address("tag_merge", "Talk"), {"into": Tag.objects.get(name="2024").pk})
    assert names(recordings) == [["2024"], ["2024"]]
    assert "“Talk” merged into “2024” on 2 recordings Undo" in show(lins_client)
    assert "merged" not in text(lins_client.get(reverse("library")).content)
    undo(lins_client)
    assert names(recordings) == [["2024", "Talk"], ["Talk"]]
    assert Tag.objects.get(name="Talk").colour == colour
    assert "“Talk” merged into “2024” on 2 recordings undone Dismiss" in show(lins_client)


def test_undo_of_a_merge_needs_no_room_for_a_further_tag(
    lins_client: Client, lin: User, recordings: list[Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcripts.services.tags.MOST_TAGS", 1)
    lins_client.post(address("tag_merge", "Talk"), {"into": Tag.objects.get(name="2024").pk})
    undo(lins_client)
    assert names(recordings)[1] == ["Talk"]


def test_deleted_tag_is_gone_everywhere_until_that_is_undone(lins_client: Client, recordings: list[Recording]) -> None:
    gone = address("tag_delete", "Talk")
    left = lins_client.post(gone)
    assert left["Location"] == reverse("project_tags", args=[recordings[0].project_id])
    assert names(recordings) == [["2024"], []]
    assert "“Talk” removed from 2 recordings Undo" in show(lins_client)
    undo(lins_client, **HTMX)
    action = BulkAction.objects.get()
    ended = lins_client.get(reverse("bulk_action", args=[action.pk]), headers=HTMX)
    assert "bulk:ended" in ended["HX-Trigger"]
    assert names(recordings) == [["2024", "Talk"], ["Talk"]]
    lins_client.post(reverse("bulk_dismiss", args=[action.pk]))
    assert "undone" not in show(lins_client)


def test_tag_that_no_recording_has_comes_back_too(lins_client: Client, recordings: list[Recording]) -> None:
    colour = Tag.objects.get(name="2024").colour
    recordings[0].tags.clear()
    lins_client.post(address("tag_delete", "2024"))
    assert "“2024” deleted Undo" in show(lins_client)
    undo(lins_client)
    assert "“2024” deleted undone Dismiss" in show(lins_client)
    assert Tag.objects.get(name="2024").colour == colour


@pytest.mark.parametrize("gone", ["tag_merge", "tag_delete"])
@pytest.mark.parametrize("binned_first", [True, False])
def test_recording_in_the_bin_gets_its_tags_back_too(
    lins_client: Client, lin: User, recordings: list[Recording], gone: str, binned_first: bool
) -> None:
    if binned_first:
        bin_recording(recording=recordings[1], by=lin)
    lins_client.post(address(gone, "Talk"), {"into": Tag.objects.get(name="2024").pk})
    assert f"on {2 - binned_first} recording" in show(lins_client) or gone == "tag_delete"
    if not binned_first:
        bin_recording(recording=recordings[1], by=lin)
    undo(lins_client)
    assert "undone Dismiss" in show(lins_client)
    restore_recording(recording=recordings[1], by=lin)
    assert names(recordings) == [["2024", "Talk"], ["Talk"]]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ({"name": "Speech", "colour": "1"}, "“Talk” renamed to “Speech”"),
        ({"name": "talk", "colour": "1"}, "“Talk” renamed to “talk”"),
        ({"name": "Talk", "colour": "5"}, "Colour of “Talk” changed"),
        ({"name": "Speech", "colour": "5"}, "“Talk” renamed to “Speech” and recoloured"),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_another_name_and_colour_are_undone(
    lins_client: Client, recordings: list[Recording], form: dict[str, str], line: str, headers: dict[str, str]
) -> None:
    lins_client.post(address("tag", "Talk"), form)
    assert f"{line} Undo" in show(lins_client)
    answer = lins_client.post(reverse("bulk_undo", args=[BulkAction.objects.get().pk]), headers=headers)
    assert ("bulk:ended" in answer.headers.get("HX-Trigger", "")) == bool(headers)
    assert f"{line} undone Dismiss" in show(lins_client)
    assert names(recordings) == [["2024", "Talk"], ["Talk"]]
    assert Tag.objects.get(name="Talk").colour == 1
    undo(lins_client)
    assert names(recordings) == [["2024", "Talk"], ["Talk"]]


def test_what_is_as_before_leaves_nothing_to_undo(lins_client: Client, recordings: list[Recording]) -> None:
    lins_client.post(address("tag", "Talk"), {"name": " Talk ", "colour": "1"})
    assert not BulkAction.objects.exists()


def test_last_things_done_to_a_tag_are_undone_one_by_one(lins_client: Client, recordings: list[Recording]) -> None:
    lins_client.post(address("tag", "Talk"), {"name": "Speech", "colour": "1"})
    lins_client.post(address("tag", "Speech"), {"name": "Speech", "colour": "5"})
    lins_client.post(address("tag_delete", "Speech"))
    for action in BulkAction.objects.order_by("-created_at"):
        lins_client.post(reverse("bulk_undo", args=[action.pk]))
        run_bulk_action(action.pk)
    assert names(recordings) == [["2024", "Talk"], ["Talk"]]
    assert Tag.objects.get(name="Talk").colour == 1


@pytest.mark.parametrize(
    ("name", "form", "sentence"),
    [
        ("Speech", {"name": "Third", "colour": "1"}, "This tag has changed since, so this cannot be undone."),
        ("2024", {"name": "Talk", "colour": "2"}, "Another tag of this project has this name."),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_undo_of_a_name_undoes_nothing_that_came_later(
    lins_client: Client,
    recordings: list[Recording],
    name: str,
    form: dict[str, str],
    sentence: str,
    headers: dict[str, str],
) -> None:
    lins_client.post(address("tag", "Talk"), {"name": "Speech", "colour": "1"})
    renamed = BulkAction.objects.get()
    lins_client.post(address("tag", name), form)
    there = names(recordings)
    answer = lins_client.post(reverse("bulk_undo", args=[renamed.pk]), headers=headers)
    assert answer.status_code == (422 if headers else 302)
    assert sentence in (text(answer.content) if headers else show(lins_client))
    assert names(recordings) == there
    assert "“Talk” renamed to “Speech” Undo" in show(lins_client)


def test_nobody_undoes_what_they_may_no_longer_do(lins_client: Client, lin: User, ana: User, upload: Upload) -> None:
    project = create_project(name="Ana's", by=ana)
    membership = Membership.objects.create(project=project, user=lin, role=Role.EDITOR)
    Tag.objects.create(project=project, name="Talk", folded="talk")
    lins_client.post(address("tag", "Talk"), {"name": "Speech", "colour": "1"})
    Membership.objects.filter(pk=membership.pk).update(role=Role.VIEWER)
    assert lins_client.post(reverse("bulk_undo", args=[BulkAction.objects.get().pk])).status_code == 403
    assert Tag.objects.get().name == "Speech"


@pytest.mark.parametrize("into", ["itself", "another project's", "nothing", "nonsense"])
def test_tag_is_merged_only_with_another_of_its_project(
    lins_client: Client, lin: User, recordings: list[Recording], into: str
) -> None:
    far = Tag.objects.create(project=create_project(name="Far", by=lin), name="Far", folded="far")
    talk = Tag.objects.get(name="Talk")
    chosen = {"itself": talk.pk, "another project's": far.pk, "nothing": "", "nonsense": "x"}[into]
    answer = lins_client.post(address("tag_merge", "Talk"), {"into": chosen})
    assert (answer.status_code, "Choose a tag." in text(answer.content)) == (422, True)
    assert lins_client.get(reverse("tag", args=[far.project_id, talk.pk])).status_code == 404


def test_page_is_offered_where_tags_are_used(lins_client: Client, recordings: list[Recording]) -> None:
    project = recordings[0].project
    offered = f'href="{reverse("project_tags", args=[project.pk])}"'
    for page in ("/", f"/?project={project.pk}", project.get_absolute_url()):
        assert offered in lins_client.get(page).text, page


def test_page_asks_as_often_for_many_tags_as_for_one(
    lins_client: Client, lin: User, recordings: list[Recording]
) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as asked:
            show(lins_client)
        return len(asked)

    once = ask()
    add_tags(recording=recordings[0], names=map(str, range(9)), by=lin)
    assert ask() == once
