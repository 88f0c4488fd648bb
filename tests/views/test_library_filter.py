"""What the library shows, in what order, and the filters that people keep."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from tests.conftest import HTMX
from transcripts.enums import Role
from transcripts.forms.library import LONGEST_QUERY, ORDER_NAMES
from transcripts.models import (
    BulkAction,
    Comment,
    KeptFilter,
    Membership,
    Project,
    Recording,
    Transcript,
    Transcription,
    Utterance,
)
from transcripts.queries.filters import ORDERS
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.accounts.filters import MOST_KEPT, keep_filter
from transcripts.services.bulk.bulk import run_bulk_action
from transcripts.services.projects.projects import create_project
from transcripts.services.tags import add_tags
from transcripts.text.limits import MAX_TAG_NAME

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def shared(lin: User, ana: User) -> Project:
    project = create_project(name="Shared", by=lin)
    Membership.objects.create(project=project, user=ana, role=Role.EDITOR)
    return project


def make(
    project: Project, by: User, title: str, *states: str, share: int | None = None, language: str = ""
) -> Recording:
    """With runs of these states, the last one being the newest, and a transcript if there is a language."""
    recording = Recording.objects.create(project=project, uploaded_by=by, title=title)
    for days, state in enumerate(reversed(states)):
        run = Transcription.objects.create(recording=recording, requested_by=by, options={}, state=state)
        Transcription.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=days))
    if language:
        run = Transcription.objects.create(recording=recording, requested_by=by, options={}, state="done")
        Transcript.objects.create(recording=recording, transcription=run, language=language)
    Recording.objects.filter(pk=recording.pk).update(verified_share=share)
    return recording


def titles(client: Client, query: str = "") -> list[str]:
    page = html.fromstring(client.get(f"{reverse('library')}?{query}").content)
    return [" ".join(heading.text_content().split()) for heading in page.xpath("//article//h2")]


@pytest.fixture
def recordings(lin: User, ana: User, shared: Project) -> dict[str, Recording]:
    own = get_personal_project(lin)
    made = {
        "whole": make(shared, lin, "whole", share=1000, language="zh"),
        "half": make(shared, ana, "half", share=500, language="en"),
        "broken": make(own, lin, "broken", "done", "failed"),
        "mended": make(own, lin, "mended", "failed", "done", share=0),
        "under way": make(own, lin, "under way", "cancelled", "waiting"),
        "away": make(own, lin, "away", share=1000),
    }
    Recording.objects.filter(pk=made["away"].pk).update(archived_at=timezone.now())
    Recording.objects.filter(pk=made["half"].pk).update(assigned_to=lin)
    add_tags(recording=made["whole"], names=["Court"], by=lin)
    add_tags(recording=made["broken"], names=["court"], by=lin)
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"whole", "half", "broken", "mended", "under way"}),
        ("state=failed", {"broken"}),
        ("state=running", {"under way"}),
        ("state=verified", {"whole"}),
        ("state=unverified", {"half", "mended"}),
        ("state=archived", {"away"}),
        ("whose=mine", {"whole", "broken", "mended", "under way"}),
        ("whose=assigned", {"half"}),
        ("whose=unassigned", {"whole", "broken", "mended", "under way"}),
        ("whose=shared", {"whole", "half"}),
        ("person=ANA", {"half"}),
        ("person=lin&whose=shared", {"whole", "half"}),
        ("language=zh", {"whole"}),
        ("tag=COURT", {"whole", "broken"}),
        ("title=e&state=unverified", {"mended"}),
        ("title=%25", set()),
        ("state=nonsense&order=nonsense&person=", {"whole", "half", "broken", "mended", "under way"}),
    ],
)
def test_filter_shows_what_it_says(
    lins_client: Client, recordings: dict[str, Recording], query: str, expected: set[str]
) -> None:
    assert set(titles(lins_client, query)) == expected


def test_orders_are_those_offered(lins_client: Client, recordings: dict[str, Recording]) -> None:
    assert ORDERS.keys() == ORDER_NAMES.keys()
    assert titles(lins_client, "order=title") == ["broken", "half", "mended", "under way", "whole"]
    assert titles(lins_client, "order=-title") == ["whole", "under way", "mended", "half", "broken"]
    assert titles(lins_client, "order=progress")[:3] == ["mended", "half", "whole"]
    for order in ORDERS:
        assert len(titles(lins_client, f"order={order}")) == 5


def test_filters_are_kept_by_name_and_removed(lins_client: Client, lin: User, recordings: dict[str, Recording]) -> None:
    answer = lins_client.post(reverse("filter_keep"), {"name": "To mend", "query": "state=failed&after=x&evil=1"})
    assert answer["Location"] == f"{reverse('library')}?state=failed"
    lins_client.post(reverse("filter_keep"), {"name": "To mend", "query": "state=running"})
    kept = KeptFilter.objects.get()
    assert (kept.user, kept.query) == (lin, "state=running")
    page = html.fromstring(lins_client.get(reverse("library")).content)
    assert page.xpath("//a[text()='To mend']/@href") == ["/?state=running"]
    lins_client.post(reverse("filter_forget", args=[kept.pk]))
    assert not KeptFilter.objects.exists()


def test_kept_filters_are_a_persons_own_and_not_any_number(lins_client: Client, ana: User) -> None:
    for number in range(MOST_KEPT + 1):
        keep_filter(name=str(number), query="", by=ana)
    assert set(KeptFilter.objects.values_list("name", flat=True)) == {str(number) for number in range(1, MOST_KEPT + 1)}
    assert lins_client.post(reverse("filter_forget", args=[KeptFilter.objects.all()[0].pk])).status_code == 404


def test_all_that_match_are_meant_on_whatever_page(
    lins_client: Client, lin: User, recordings: dict[str, Recording]
) -> None:
    query = "state=unverified"
    assert lins_client.get(f"{reverse('bulk_count')}?{query}").json() == {"count": 2}
    form = {"kind": "archive", "all": "on", "query": query}
    question = lins_client.post(reverse("bulk_create"), form, headers=HTMX).content.decode()
    assert "Archive 2 recordings?" in question
    lins_client.post(reverse("bulk_create"), form | {"confirmed": "on"}, headers=HTMX)
    run_bulk_action(BulkAction.objects.get().pk)
    assert set(titles(lins_client, "state=archived")) == {"half", "mended", "away"}


def test_all_stays_in_what_the_person_may_see(lins_client: Client, ana: User, recordings: dict[str, Recording]) -> None:
    make(get_personal_project(ana), ana, "strange")
    assert lins_client.get(reverse("bulk_count")).json() == {"count": 5}
    project = get_personal_project(ana).pk
    assert lins_client.get(f"{reverse('bulk_count')}?project={project}").json() == {"count": 0}


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "on"}])
def test_filter_that_is_too_long_is_no_filter_for_everything(
    lins_client: Client, recordings: dict[str, Recording], confirmed: dict[str, str]
) -> None:
    query = f"title={'a' * LONGEST_QUERY}"
    assert lins_client.get(f"{reverse('bulk_count')}?{query}").status_code == 404
    form = {"kind": "archive", "all": "on", "query": query, **confirmed}
    assert lins_client.post(reverse("bulk_create"), form, headers=HTMX).status_code == 404
    assert not BulkAction.objects.exists()


@pytest.mark.parametrize("sign", ["会", "é", "𠮷", "a"])
def test_longest_filter_of_the_form_is_counted_acted_on_and_kept(lins_client: Client, lin: User, sign: str) -> None:
    recording = make(get_personal_project(lin), lin, f"{sign * 299}%")
    add_tags(recording=recording, names=[sign * MAX_TAG_NAME], by=lin)
    asked = {"title": f"{sign * 299}%", "tag": sign * MAX_TAG_NAME, "order": "-progress", "whose": "unassigned"}
    page = html.fromstring(lins_client.get(reverse("library"), asked).content)
    (query,) = page.xpath("//form[@id='bulk']/input[@name='query']/@value")
    (counted,) = page.xpath("//@data-count-url")
    assert lins_client.get(counted).json() == {"count": 1}
    form = {"kind": "archive", "all": "on", "query": query}
    assert "Archive 1 recording?" in lins_client.post(reverse("bulk_create"), form, headers=HTMX).text
    asked["person"] = "a" * 150
    lins_client.post(reverse("filter_keep"), {"name": "Long", "query": urlencode(asked)})
    assert ' aria-current="page">Long</a>' in lins_client.get(reverse("library"), asked).text


def test_filter_that_was_kept_percent_encoded_is_known_again(lins_client: Client, lin: User) -> None:
    keep_filter(name="Old", query="title=%E4%BC%9A+%26", by=lin)
    assert ' aria-current="page">Old</a>' in lins_client.get(f"{reverse('library')}?title=%E4%BC%9A+%26").text


@pytest.mark.parametrize("wrong", [f"title={'a' * 301}", "state=nonsense", "project=0"])
def test_what_the_library_leaves_out_of_a_filter_is_no_filter_for_everything(
    lins_client: Client, recordings: dict[str, Recording], wrong: str
) -> None:
    assert lins_client.get(f"{reverse('bulk_count')}?{wrong}").status_code == 404
    form = {"kind": "archive", "all": "on", "query": wrong, "confirmed": "on"}
    assert lins_client.post(reverse("bulk_create"), form, headers=HTMX).status_code == 404


def test_filter_is_cleared_within_its_project_and_order(
    lins_client: Client, shared: Project, recordings: dict[str, Recording]
) -> None:
    def show(query: str) -> tuple[list[str], bool]:
        page = html.fromstring(lins_client.get(f"{reverse('library')}?{query}").content)
        said = " ".join(page.text_content().split())
        return page.xpath("//a[text()='Show all']/@href"), "Keep this filter" in said

    project = f"project={shared.pk}"
    assert show(project) == ([], False)
    assert show(f"{project}&order=title") == ([], True)
    assert show(f"{project}&title=x&order=title") == ([f"/?{project}&order=title"], True)
    assert show("tag=x") == (["/"], True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("", "No recordings match this filter."), ("project", "No recordings in this project match this filter.")],
)
def test_page_says_where_nothing_matches(lins_client: Client, shared: Project, query: str, sentence: str) -> None:
    asked = {"title": "x", **({query: shared.pk} if query else {})}
    (said,) = html.fromstring(lins_client.get(reverse("library"), asked).content).xpath("//p[@class='library-none']")
    assert " ".join(said.text.split()) == sentence


def test_filter_offers_the_people_and_tags_that_one_sees(
    lins_client: Client, lin: User, ana: User, shared: Project, recordings: dict[str, Recording]
) -> None:
    add_tags(recording=make(get_personal_project(ana), ana, "strange"), names=["Secret"], by=ana)
    add_tags(recording=recordings["half"], names=["录音"], by=lin)
    User.objects.create_user("wu")

    def offered(query: str, name: str) -> list[str]:
        page = html.fromstring(lins_client.get(f"{reverse('filter_choices')}?{query}").text)
        return [value.casefold() for value in page.xpath(f"//datalist[@id='filter-{name}']/option/@value")]

    own = f"project={get_personal_project(lin).pk}"
    assert (offered("", "people"), offered("", "tags")) == (["ana", "lin"], ["court", "录音"])
    assert (offered(own, "people"), offered(own, "tags")) == (["lin"], ["court"])
    for wrong in (get_personal_project(ana).pk, "x"):
        assert lins_client.get(reverse("filter_choices"), {"project": wrong}).status_code == 404
    page = html.fromstring(lins_client.get(f"{reverse('library')}?{own}").content)
    assert page.xpath("//*[@class='filter-fields']/@hx-get") == [f"{reverse('filter_choices')}?{own}"]
    assert page.xpath("//input/@list") == ["filter-people", "filter-tags"]


def test_thread_is_open_while_a_comment_is_left(
    lins_client: Client, lin: User, ana: User, recordings: dict[str, Recording]
) -> None:
    transcript = Transcript.objects.get(recording=recordings["half"])
    row = Utterance.objects.create(transcript=transcript, text="早", start_ms=0, end_ms=500, words=[])
    first = Comment.objects.create(transcript=transcript, utterance=row, author=lin, deleted_at=timezone.now())
    Comment.objects.create(transcript=transcript, thread=first, author=ana, body="早!")
    assert "1 open comment" in lins_client.get(reverse("library")).content.decode()


def test_page_keeps_the_filter(lins_client: Client, lin: User) -> None:
    for number in range(30):
        make(get_personal_project(lin), lin, f"talk {number:02}")
    first = lins_client.get(f"{reverse('library')}?order=title&title=talk")
    page = html.fromstring(first.content)
    (after,) = page.xpath("//a[@rel='next']/@href")
    assert titles(lins_client, after.removeprefix("?")) == [f"talk {number}" for number in range(25, 30)]


def test_empty_project_is_no_filter_that_nothing_matches(lins_client: Client, shared: Project) -> None:
    page = lins_client.get(f"{reverse('library')}?project={shared.pk}").text
    assert ("library-none" in page, "library-empty" in page, "data-archived" in page) == (False, True, False)
    narrowed = lins_client.get(f"{reverse('library')}?project={shared.pk}&state=failed").text
    assert ("library-none" in narrowed, "data-archived" in narrowed) == (True, False)


def test_filter_stays_where_all_is_archived(lins_client: Client, lin: User, shared: Project) -> None:
    recording = make(shared, lin, "away")
    assert "data-archived" not in lins_client.get(reverse("library")).text
    Recording.objects.filter(pk=recording.pk).update(archived_at=timezone.now())
    assert "data-archived" in lins_client.get(reverse("library")).text
