from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests import quick
from tests.conftest import HTMX, OTHER_ANSWER
from transcripts import places
from transcripts.enums import ChangeKind, Role
from transcripts.forms import search as search_forms
from transcripts.forms.search import FindForm, LibrarySearchForm
from transcripts.models import Membership, Recording, Transcript, UnindexedRow
from transcripts.places import OneEach, Places
from transcripts.queries import library, library_search, search
from transcripts.queries.library_search import MOST_COUNTED
from transcripts.queries.search import AROUND, MOST_SHOWN, MOST_SHOWN_CHARACTERS, find_in_transcript
from transcripts.services.editing.rows import delete_row
from transcripts.services.search_index import index_rows
from transcripts.text.finding import Mode, Search, TooLarge

pytestmark = pytest.mark.long

TEXTS = [
    "我们要把 ＲｏａｄＭａｐ 定下来。",
    "语音识别，语音合成。",
    "The roadmap is on the road.",
    '100% of "quotes" & <b>_marks_</b>',
    "頭髮",
]
SLOW = "(\\w|\\w\\w)+\\W$|x"


def talk(by: User, upload: Callable[..., Recording], texts: list[str], title: str = "Talk") -> Transcript:
    recording = upload(by)
    Recording.objects.filter(pk=recording.pk).update(title=title)
    utterances = [
        {"start_time": n * 1000, "end_time": n * 1000 + 900, "text": text, "words": []} for n, text in enumerate(texts)
    ]
    return quick.recognised(
        recording, {"audio_info": {"duration": 9000}, "result": {"text": "", "utterances": utterances}}
    )


@pytest.fixture
def transcript(lin: User, upload: Callable[..., Recording]) -> Transcript:
    return talk(lin, upload, TEXTS)


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def results(response: Any) -> list[str]:
    """The rows that the library's search shows, hits in brackets."""
    shown = re.findall(r'<a class="hit-text"[^>]*>(.*?)</a>', response.content.decode(), re.DOTALL)
    return [plain(row.replace("<mark>", "[").replace("</mark>", "]")) for row in shown]


def result_sections(response: Any) -> list[tuple[str, list[str]]]:
    """The titles of the recordings, each with its rows as `results` has them."""
    sections = re.findall(r'<section class="result"><h2>(.*?)</section>', response.content.decode(), re.DOTALL)
    links = [re.findall(r"<a[^>]*>(.*?)</a>", section, re.DOTALL) for section in sections]
    marked = [[plain(text.replace("<mark>", "[").replace("</mark>", "]")) for text in texts] for texts in links]
    return [(title, rows) for title, *rows in marked]


def linked_pages(response: Any) -> dict[str, str]:
    """The addresses of other pages."""
    links = re.findall(r'class="button"\s+rel="(\w+)"\s+href="([^"]+)"', response.content.decode())
    return {rel: unescape(address) for rel, address in links}


# --- The library -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "mode", "shown"),
    [
        ("roadmap", "", ["我们要把 [ＲｏａｄＭａｐ] 定下来。", "The [roadmap] is on the road."]),
        ("ＲＯＡＤ", "plain", ["我们要把 [Ｒｏａｄ]Ｍａｐ 定下来。", "The [road]map is on the [road]."]),
        ("road", "word", ["The roadmap is on the [road]."]),
        ("语音", "plain", ["[语音]识别，[语音]合成。"]),
        ("语音", "word", ["[语音]识别，[语音]合成。"]),
        ("音", "plain", ["语[音]识别，语[音]合成。"]),
        ("语音识", "plain", ["[语音识]别，语音合成。"]),
        ("别,语音合", "plain", ["语音识[别，语音合]成。"]),
        ("%", "plain", ['100[%] of "quotes" & <b>_marks_</b>']),
        ("0%_", "plain", []),
        ("_marks_", "plain", ['100% of "quotes" & <b>[_marks_]</b>']),
        ('"quotes"', "plain", ['100% of ["quotes"] & <b>_marks_</b>']),
        ("& <b>", "plain", ['100% of "quotes" [& <b>]_marks_</b>']),
        ("头发", "plain", []),
        ("頭髮", "plain", ["[頭髮]"]),
        ("语音(?=合)", "regex", ["语音识别，[语音]合成。"]),
        ("^t\\w+ r", "regex", ["[The r]oadmap is on the road."]),
        ("x*", "regex", []),
        ("nowhere", "plain", []),
    ],
)
def test_rows_are_found_in_every_recording(
    transcript: Transcript, lins_client: Client, q: str, mode: str, shown: list[str]
) -> None:
    response = lins_client.get(reverse("search"), {"q": f" {q} ", "mode": mode})
    assert (response.status_code, results(response)) == (200, shown)


def test_hit_leads_to_its_row_and_is_played_there(transcript: Transcript, lins_client: Client) -> None:
    Recording.objects.update(state="done")
    html = lins_client.get(reverse("search"), {"q": "语音识"}).content.decode()
    row = transcript.utterances.get(start_ms=1000)
    assert f'href="/transcripts/{transcript.pk}/?find=%E8%AF%AD%E9%9F%B3%E8%AF%86&amp;mode=plain#u{row.pk}"' in html
    assert f'data-play="/recordings/{transcript.recording_id}/audio/"' in html
    assert 'data-start="1000"' in html


def test_only_what_one_may_see_and_what_still_stands_is_found(
    transcript: Transcript,
    upload: Callable[..., Recording],
    lin: User,
    ana: User,
    lins_client: Client,
    stranger: Client,
) -> None:
    talk(ana, upload, ["语音 of Ana"])
    assert results(stranger.get(reverse("search"), {"q": "语音"})) == ["[语音] of Ana"]
    assert len(results(lins_client.get(reverse("search"), {"q": "语音"}))) == 1
    row = transcript.utterances.get(start_ms=1000)
    delete_row(row=row, base_version=1, by=lin)
    for q, mode in (("语音", ""), ("语音识别", ""), ("语音", "regex")):
        assert results(lins_client.get(reverse("search"), {"q": q, "mode": mode})) == []
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.VIEWER)
    assert results(stranger.get(reverse("search"), {"q": "road map"})) == []
    assert len(results(stranger.get(reverse("search"), {"q": "roadmap"}))) == 2


def test_hits_stand_below_their_recording_the_newest_first(
    lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    for title in ("First", "Second"):
        talk(lin, upload, [f"roadmap of {title}", "nothing", f"{title} road"], title)
    response = lins_client.get(reverse("search"), {"q": "road"})
    assert result_sections(response) == [
        ("Second", ["[road]map of Second", "Second [road]"]),
        ("First", ["[road]map of First", "First [road]"]),
    ]


def test_titles_are_found_too(transcript: Transcript, lins_client: Client, stranger: Client) -> None:
    response = lins_client.get(reverse("search"), {"q": "tal"})
    assert response.context["titled"] == [("Talk", transcript.pk)]
    assert f'<a href="/transcripts/{transcript.pk}/">Talk</a>' in response.content.decode()
    assert list(stranger.get(reverse("search"), {"q": "tal"}).context["titled"]) == []


@pytest.mark.parametrize("few", [search.FEW_TITLES, 0])
@pytest.mark.parametrize("title", ["Road 地图", "road", "地图", "%"])
def test_newest_titles_lead_to_current_transcripts(
    lin: User, upload: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch, few: int, title: str
) -> None:
    monkeypatch.setattr(search, "FEW_TITLES", few)
    titles = ("Road 地图 1%", "Something else", "Road 地图 2%", "ROAD 地图 3%")
    made = [talk(lin, upload, ["row"], title) for title in titles]
    Recording.objects.filter(title="Something else").delete()
    newer = quick.again(made[2].recording, OTHER_ANSWER)
    Recording.objects.filter(pk=made[2].recording_id).update(current_transcript=made[2])
    Recording.objects.filter(pk=upload(lin).pk).update(title="Road 地图 4%")
    found = [("ROAD 地图 3%", made[3].pk), ("Road 地图 2%", made[2].pk), ("Road 地图 1%", made[0].pk)]
    assert library.list_titled(lin, title, most=9) == found
    Recording.objects.filter(pk=made[2].recording_id).update(current_transcript=None)
    assert library.list_titled(lin, title, most=2) == [found[0], ("Road 地图 2%", newer.pk)]


def test_what_was_found_is_shown_as_it_is_written(
    lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    transcript = talk(lin, upload, ["<i>100%</i> %(pk)s & row"], 'Title "50%" <b>')
    transcript.speakers.all().delete()
    speaker = transcript.speakers.create(label="3", name="Ann & %d")
    transcript.utterances.update(speaker=speaker)
    response = lins_client.get(reverse("search"), {"q": "% &"})
    assert result_sections(response) == []
    response = lins_client.get(reverse("search"), {"q": "%(pk)s &"})
    assert result_sections(response) == [('Title "50%" <b>', ["Ann & %d <i>100%</i> [%(pk)s &] row"])]
    assert "find=%25%28pk%29s%20%26&amp;mode=plain" in response.content.decode()
    transcript.speakers.update(name="")
    Recording.objects.update(state="done")
    newer = quick.again(transcript.recording, OTHER_ANSWER)
    Recording.objects.update(current_transcript=newer)
    response = lins_client.get(reverse("search"), {"q": "row"}, headers={"Accept-Language": "zh-hans"})
    html = response.content.decode()
    assert result_sections(response) == [('Title "50%" <b>', ["说话人 3 <i>100%</i> %(pk)s & [row]"])]
    assert "· 非当前文字稿" in html
    assert 'title="播放此行"' in html


def test_many_hits_come_in_pages(lin: User, upload: Callable[..., Recording], lins_client: Client) -> None:
    talk(lin, upload, [f"row {n}" for n in range(35)])
    first = lins_client.get(reverse("search"), {"q": "row"})
    assert len(results(first)) == 25
    assert "35 rows found" in plain(first.content.decode())
    assert list(linked_pages(first)) == ["next"]
    second = lins_client.get(f"{reverse('search')}{linked_pages(first)['next']}")
    assert results(second) == [f"[row] {n}" for n in range(25, 35)]
    assert "rows found" not in plain(second.content.decode())
    links = linked_pages(second)
    assert (list(links), links["first"]) == (["first", "prev"], "?q=row")
    previous = lins_client.get(f"{reverse('search')}{links['prev']}")
    assert (results(previous), list(linked_pages(previous))) == (results(first), ["next"])
    assert results(lins_client.get(reverse("search"), {"q": "row", "after": "x"}))[0] == "[row] 0"


def test_very_many_hits_are_counted_up_to_a_bound(
    lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    talk(lin, upload, [f"row {n}" for n in range(MOST_COUNTED)])
    assert "1000 rows found" in plain(lins_client.get(reverse("search"), {"q": "row"}).content.decode())
    talk(lin, upload, ["row"])
    found = plain(lins_client.get(reverse("search"), {"q": "row"}).content.decode())
    assert "1,000+ rows found" in found
    assert "Count all" not in found


def test_hits_that_were_not_counted_are_counted_when_asked(
    lin: User, upload: Callable[..., Recording], lins_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "FEW": 0,
        "MANY": 0,
        "MOST_PASSED": 1,
        "COUNTED_IN": 1,
        "MOST_COUNTED_IN": 1,
    }.items():
        monkeypatch.setattr(library_search, name, value)
    for _recording in range(3):
        talk(lin, upload, [f"row {n}" for n in range(54)])
    index_rows()
    html = lins_client.get(reverse("search"), {"q": "row"}).content.decode()
    assert "50+ rows found Count all" in plain(html)
    link = re.search(r'<a href="([^"]*)">Count all</a>', html)
    assert link
    counted = lins_client.get(f"{reverse('search')}{unescape(link[1])}")
    assert "162 rows found" in plain(counted.content.decode())
    assert "Count all" not in counted.content.decode()
    assert "count=" not in linked_pages(counted)["next"]


def test_page_between_others_leads_both_ways(lin: User, upload: Callable[..., Recording], lins_client: Client) -> None:
    talk(lin, upload, [f"row {n:03}" for n in range(160)])
    pages = [lins_client.get(reverse("search"), {"q": "row", "mode": "word"})]
    for rel in ("next", "next", "prev", "next", "next"):
        pages.append(lins_client.get(f"{reverse('search')}{linked_pages(pages[-1])[rel]}"))
    assert [results(page)[0] for page in pages] == [f"[row] {n:03}" for n in (0, 25, 50, 25, 50, 75)]
    assert list(linked_pages(pages[3])) == ["first", "prev", "next"]
    assert linked_pages(pages[3])["first"] == "?q=row&mode=word"


@pytest.mark.parametrize("page", ["1", "7", "-1", "x", ""])
def test_numbers_of_pages_in_old_addresses_do_not_count(
    lin: User, upload: Callable[..., Recording], lins_client: Client, page: str
) -> None:
    talk(lin, upload, [f"row {n}" for n in range(60)])
    response = lins_client.get(reverse("search"), {"q": "row", "page": page})
    assert (response.status_code, results(response)[0]) == (200, "[row] 0")
    assert "page=" not in linked_pages(response)["next"]


@pytest.mark.parametrize(("q", "mode"), [("row", "plain"), ("ow", "plain"), ("row", "word"), ("r.w", "regex")])
def test_queries_do_not_grow_with_the_hits(
    lin: User,
    upload: Callable[..., Recording],
    lins_client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    q: str,
    mode: str,
) -> None:
    UnindexedRow.objects.all().delete()  # Emptying the database after other tests leaves some, of rows that are gone.
    talk(lin, upload, ["row"])
    lins_client.get(reverse("search"), {"q": q, "mode": mode})
    with django_assert_num_queries(5 if mode == "regex" else 6) as before:
        lins_client.get(reverse("search"), {"q": q, "mode": mode})
    for _recording in range(3):
        talk(lin, upload, [f"row {n}" for n in range(20)])
    with django_assert_num_queries(len(before)):
        lins_client.get(reverse("search"), {"q": q, "mode": mode})


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"q": "(a", "mode": "regex"}, "This is not a valid regular expression. Check character 2."),
        ({"q": "a", "mode": "fuzzy"}, "Select a valid choice. fuzzy is not one of the available choices."),
        ({"q": "a" * 501}, "The search text is too long."),
    ],
)
def test_question_that_makes_no_sense_is_refused(lins_client: Client, asked: dict[str, str], sentence: str) -> None:
    response = lins_client.get(reverse("search"), asked)
    assert response.status_code == 422
    assert sentence in plain(response.content.decode())


def test_slow_regular_expression_is_stopped(
    lin: User, upload: Callable[..., Recording], lins_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcript = talk(lin, upload, ["a" * 5000])
    monkeypatch.setattr(LibrarySearchForm, "seconds", 0.05)
    monkeypatch.setattr(FindForm, "seconds", 0.05)
    for address in (reverse("search"), reverse("transcript_find", args=[transcript.pk])):
        response = lins_client.get(address, {"q": SLOW, "mode": "regex"})
        assert response.status_code == 422
        assert "The search was stopped: this regular expression takes too long." in plain(response.content.decode())


def test_nothing_asked_nothing_found(transcript: Transcript, lins_client: Client) -> None:
    for asked in ({}, {"q": ""}, {"q": "  "}):
        response = lins_client.get(reverse("search"), asked)
        assert (response.status_code, results(response)) == (200, [])
        assert "No matches" not in response.content.decode()
    assert "No matches" in lins_client.get(reverse("search"), {"q": "nowhere"}).content.decode()


# --- One transcript ----------------------------------------------------------------------------------------------


def found(client: Client, transcript: Transcript, **asked: str) -> Any:
    return client.get(reverse("transcript_find", args=[transcript.pk]), asked, headers=HTMX)


def hits(response: Any) -> list[str]:
    """The hits as they are shown: [found], -taken- +put in+; a box before those that have a tick."""
    marks = {"<mark>": "[", "</mark>": "]", "<del>": "-", "</del>": "-", "<ins>": "+", "</ins>": "+"}
    items = re.findall(r'<li class="hit".*?</li>', response.content.decode(), re.DOTALL)
    shown = []
    for item in items:
        link = re.search(r'<a class="hit-text".*?</a>', item, re.DOTALL)
        assert link
        text = link[0]
        for tag, mark in marks.items():
            text = text.replace(tag, mark)
        shown.append(("☑ " if 'name="hits"' in item else "") + plain(text))
    return shown


def names(response: Any) -> list[str]:
    return re.findall(r'name="hits"\s+value="([^"]+)"', response.content.decode())


def replace(client: Client, transcript: Transcript, hits: str, htmx: bool = True, **asked: str) -> Any:
    fields = {"q": "语音", "replace": "声音", "hits": hits, **asked}
    headers = HTMX if htmx else {}
    return client.post(reverse("transcript_replace", args=[transcript.pk]), fields, headers=headers)


def texts(transcript: Transcript) -> list[str]:
    return [row.text for row in transcript.utterances.visible()]


def test_every_hit_is_shown_in_its_row(transcript: Transcript, lins_client: Client) -> None:
    response = found(lins_client, transcript, q="语音")
    assert hits(response) == ["[语音]识别，语音合成。", "语音识别，[语音]合成。"]
    assert "2 matches in 1 row" in plain(response.content.decode())
    row = transcript.utterances.get(start_ms=1000)
    html = response.content.decode()
    assert f'href="/transcripts/{transcript.pk}/#u{row.pk}"' in html
    assert html.count('data-play-from="1000"') == 2
    assert re.findall(r'data-from="(\d+)"\s+data-to="(\d+)"', html) == [("0", "2"), ("5", "7")]
    assert "csrfmiddlewaretoken" not in html


def test_places_of_hits_are_counted_as_scripts_do(
    lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    response = found(lins_client, talk(lin, upload, ["😀𠮷野家"]), q="野")
    assert re.findall(r'data-from="(\d+)"\s+data-to="(\d+)"', response.content.decode()) == [("4", "5")]


def test_every_hit_is_shown_with_what_would_stand_there(transcript: Transcript, lins_client: Client) -> None:
    response = found(lins_client, transcript, q="ROADMAP", replace="roadmap")
    assert hits(response) == ["☑ 我们要把 -ＲｏａｄＭａｐ-+roadmap+ 定下来。", "The [roadmap] is on the road."]
    response = found(lins_client, transcript, q=r"(语)音", mode="regex", replace=r"\1言")
    assert hits(response) == ["☑ -语音-+语言+识别，语音合成。", "☑ 语音识别，-语音-+语言+合成。"]
    assert hits(found(lins_client, transcript, q="on ", replace="")) == ["☑ The roadmap is -on -++the road."]


def test_long_row_is_shown_around_its_hit(lin: User, upload: Callable[..., Recording], lins_client: Client) -> None:
    response = found(lins_client, talk(lin, upload, ["一" * 100 + "二" + "三" * 100]), q="二")
    assert hits(response) == ["…" + "一" * AROUND + "[二]" + "三" * AROUND + "…"]


def test_of_very_many_hits_the_first_are_shown(
    lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    response = found(lins_client, talk(lin, upload, ["的" * 300, "的" * 300]), q="的", replace="得")
    assert len(hits(response)) == len(names(response)) == MOST_SHOWN
    assert "600 matches in 2 rows Only the first 500 are shown" in plain(response.content.decode())


def test_viewer_finds_and_has_nothing_to_tick(transcript: Transcript, viewer: Client) -> None:
    assert hits(found(viewer, transcript, q="语音识", replace="x")) == ["[语音识]别，语音合成。"]
    assert replace(viewer, transcript, "1:1:0").status_code == 403


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"q": "a**", "mode": "regex"}, "This is not a valid regular expression. Check character 3."),
        (
            {"q": "a", "mode": "regex", "replace": "\\1"},
            "The replacement cannot contain \\1: the regular expression has no such group.",
        ),
        ({"q": "a", "replace": "b" * 501}, "The replacement is too long."),
    ],
)
def test_what_cannot_be_found_is_said(
    transcript: Transcript, lins_client: Client, asked: dict[str, str], sentence: str, htmx: bool
) -> None:
    for method in (lins_client.get, lins_client.post):
        name = "transcript_find" if method == lins_client.get else "transcript_replace"
        response: Any = method(reverse(name, args=[transcript.pk]), asked, headers=HTMX if htmx else {})
        assert response.status_code == 422
        assert sentence in plain(response.content.decode())
        assert ("<html" in response.content.decode()) is not htmx


def test_queries_for_hits_do_not_grow(
    lin: User,
    upload: Callable[..., Recording],
    lins_client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    few, many = talk(lin, upload, ["语音"]), talk(lin, upload, ["语音 语音"] * 30)
    with django_assert_num_queries(4) as before:
        found(lins_client, few, q="语音", replace="x")
    with django_assert_num_queries(len(before)):
        found(lins_client, many, q="语音", replace="x")


def test_ticked_hits_are_replaced_and_undone_at_once(transcript: Transcript, lins_client: Client) -> None:
    first, _second = names(found(lins_client, transcript, q="语音", replace="声音"))
    response = replace(lins_client, transcript, first)
    assert response.status_code == 200
    row = transcript.utterances.get(start_ms=1000)
    assert re.findall(r'data-utterance="(\d+)"', response.content.decode()) == [str(row.pk)]
    assert (row.text, row.version) == ("声音识别，语音合成。", 2)
    change = transcript.changes.last()
    assert change is not None
    assert (change.kind, change.details["count"]) == (ChangeKind.REPLACED, 1)
    assert lins_client.post(reverse("transcript_undo", args=[transcript.pk]), headers=HTMX).status_code == 200
    assert texts(transcript) == TEXTS


def test_nothing_ticked_is_nothing_done(transcript: Transcript, lins_client: Client) -> None:
    assert replace(lins_client, transcript, "").status_code == 204
    assert texts(transcript) == TEXTS


def test_rows_that_all_changed_since_are_a_conflict(transcript: Transcript, lins_client: Client) -> None:
    row = transcript.utterances.get(start_ms=1000)
    assert replace(lins_client, transcript, f"{row.pk}:7:0 {row.pk}:7:1").status_code == 409
    assert texts(transcript) == TEXTS


def test_replacing_works_without_scripts(transcript: Transcript, lins_client: Client) -> None:
    page = lins_client.get(reverse("transcript_find", args=[transcript.pk]), {"q": "语音", "replace": "声音"})
    assert "<html" in page.content.decode()
    row = transcript.utterances.get(start_ms=1000)
    fields = {"q": "语音", "mode": "plain", "replace": "声音", "hits": [*names(page), f"{row.pk}:9:0", "77:1:0"]}
    response = lins_client.post(reverse("transcript_replace", args=[transcript.pk]), fields, follow=True)
    assert response.redirect_chain == [(f"/transcripts/{transcript.pk}/", 302)]
    said = "Replaced in 2 places. 1 row was left unchanged: it has changed in the meantime, or would have become empty."
    assert said in plain(response.content.decode())
    assert texts(transcript)[1] == "声音识别，声音合成。"


@pytest.mark.parametrize(
    "fields",
    [
        {"hits": "x"},
        {"hits": "1:1"},
        {"hits": "1:1:0:0"},
        {"hits": "-1:1:0"},
        {"hits": "１:1:0"},
        {"hits": "1:1:0 " * 501},
        {"hits": "1" * 30 + ":1:0"},
        {"q": ""},
        {"mode": "x"},
        {"request_key": "k" * 65},
    ],
)
def test_request_that_no_page_makes_is_refused(
    transcript: Transcript, lins_client: Client, fields: dict[str, str]
) -> None:
    assert replace(lins_client, transcript, **{"hits": "1:1:0", **fields}).status_code == 422
    assert texts(transcript) == TEXTS


# --- What a search may take --------------------------------------------------------------------------------------


def test_hits_are_shown_as_far_as_they_have_room(lin: User, upload: Callable[..., Recording]) -> None:
    transcript = talk(lin, upload, ["a" * 9_000])
    search = Search("(?=(a*))", Mode.REGEX, replace=r"\1")
    with pytest.raises(TooLarge):
        find_in_transcript(transcript, search)
    found = find_in_transcript(transcript, Search("a" * 100, replace="b" * 9_000))
    assert (found.hits, len(found.shown)) == (90, MOST_SHOWN_CHARACTERS // 9_100)


@pytest.mark.parametrize("q", ["a(?R)?b", "a{20000}"])
def test_regular_expression_without_bounds_is_refused_with_a_sentence(
    transcript: Transcript, lins_client: Client, q: str
) -> None:
    for address in (reverse("search"), reverse("transcript_find", args=[transcript.pk])):
        response = lins_client.get(address, {"q": q, "mode": "regex"})
        assert response.status_code == 422
        assert "A regular expression cannot call itself or repeat something so often." in response.content.decode()


def test_second_search_of_a_person_waits_for_the_first_and_is_told(
    transcript: Transcript, lin: User, lins_client: Client, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_forms, "_PEOPLE", people := OneEach(longest_wait_s=0.05))
    address = reverse("transcript_find", args=[transcript.pk])
    with people.hold(lin.pk):
        response = lins_client.get(address, {"q": "语音"})
        assert stranger.get(reverse("search"), {"q": "语音"}).status_code == 200
    assert response.status_code == 422
    assert "Other searches are still running. Try again in a moment." in response.content.decode()
    assert lins_client.get(address, {"q": "语音"}).status_code == 200


def test_of_many_searches_at_once_some_are_told(
    transcript: Transcript, lins_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "WORK", Places(1, waiting=1, longest_wait_s=0))
    with places.WORK.hold():
        assert lins_client.get(reverse("search"), {"q": "语音"}).status_code == 422
    assert lins_client.get(reverse("search"), {"q": "语音"}).status_code == 200
