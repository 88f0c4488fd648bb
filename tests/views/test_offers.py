"""What an edit corrected and other places have, too: asked for after the edit, and shown by the search by sound."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import HTMX
from tests.views.test_search import found, hits, names, plain, replace, talk, texts
from transcripts.models import GlossaryEntry, Recording, Transcript, Utterance
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.search_index import index_forgotten, index_rows

ROWS = ["我们研究图林机。", "图林奖", "昨天说到图林，图玲也说。", "森林很大。"]


@pytest.fixture
def transcript(lin: User, upload: Callable[..., Recording]) -> Transcript:
    return talk(lin, upload, ROWS)


def edit(row: Utterance, text: str, by: User, session: str = "") -> Utterance:
    return edit_utterance(utterance=row, save=Save(text, row.version, edit_session=session), by=by)


def rows_of(transcript: Transcript) -> list[Utterance]:
    return list(transcript.utterances.visible())


def verify(transcript: Transcript, number: int, *, by: User, on: bool = True) -> None:
    row = rows_of(transcript)[number]
    verify_rows(transcript=transcript, versions={row.pk: row.version}, on=on, by=by)


def ticked(response: Any) -> list[bool]:
    ticks = response.content.decode().split('name="hits"')[1:]
    return [" checked" in tick.split(">")[0] for tick in ticks]


def first(transcript: Transcript) -> Utterance:
    row = transcript.utterances.visible().first()
    assert row
    return row


def offers(client: Client, row: Utterance, **place: int) -> Any:
    response = client.get(reverse("utterance_offers", args=[row.pk]), place)
    assert response.status_code == 200
    return response.json()["offers"]


def test_other_places_are_offered_after_an_edit(transcript: Transcript, lin: User, lins_client: Client) -> None:
    row = edit(first(transcript), "我们研究图灵机。", lin)
    offer = {"find": "图林", "replace": "图灵", "sentence": "2 more places have “图林”, 1 sounds like it"}
    assert offers(lins_client, row) == [offer]


def test_all_saves_of_an_edit_session_count_as_one_edit(transcript: Transcript, lin: User, lins_client: Client) -> None:
    edit(first(transcript), "我们研究图机。", lin, session="one")
    row = edit(first(transcript), "我们研究图灵机。", lin, session="one")
    assert [offer["replace"] for offer in offers(lins_client, row)] == ["图灵"]
    row = edit(row, "我们研究图灵机器。", lin, session="two")
    assert offers(lins_client, row) == []


@pytest.mark.long
def test_nothing_is_offered_after_others_edits_and_undo(
    transcript: Transcript, lin: User, ana: User, lins_client: Client
) -> None:
    assert offers(lins_client, first(transcript)) == []
    row = edit(first(transcript), "我们研究图灵机。", lin)
    lins_client.post(reverse("transcript_undo", args=[transcript.pk]), headers=HTMX)
    assert offers(lins_client, row) == []
    assert offers(lins_client, edit(first(transcript), "我们研究图灵机。", ana)) == []
    assert offers(lins_client, edit(first(transcript), first(transcript).engine_text, lin)) == []


def test_what_verified_rows_have_is_offered_nowhere_and_shown_unticked(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    row = edit(first(transcript), "我们研究图灵机。", lin)
    verify(transcript, 1, by=lin)
    assert offers(lins_client, row) == []
    asked = {"q": "图林", "mode": "sound", "replace": "图灵"}
    response = found(lins_client, transcript, **asked)
    assert len(hits(response)) == 3
    assert ticked(response) == [False, False, False]
    assert "“图林” is in verified rows, too" in response.content.decode()
    verify(transcript, 1, by=lin, on=False)
    verify(transcript, 2, by=lin)
    edit(rows_of(transcript)[2], "昨天说到图灵，图玲也说。", lin)
    verify(transcript, 2, by=lin)
    assert [offer["sentence"] for offer in offers(lins_client, row)] == ["1 more place has “图林”"]
    response = found(lins_client, transcript, **asked)
    assert ticked(response) == [True, False]
    assert "nothing is ticked" not in response.content.decode()


def test_a_term_of_the_glossary_is_offered_for_its_sound(
    lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    transcript = talk(lin, upload, ["关于图林。", "图玲也说。"])
    row = edit(first(transcript), "关于图灵。", lin)
    assert offers(lins_client, row) == []
    GlossaryEntry.objects.create(project=transcript.recording.project, term="图灵", folded="图灵")
    assert [offer["sentence"] for offer in offers(lins_client, row)] == ["1 more place sounds like “图灵”"]


def test_selected_words_are_told_with_what_was_recognised(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    row = edit(first(transcript), "我们研究图灵机。", lin)
    assert offers(lins_client, row, start=4, end=6) == [{"find": "图林", "replace": "图灵", "sentence": ""}]
    assert offers(lins_client, row, start=2, end=4) == [{"find": "研究", "replace": "研究", "sentence": ""}]
    response = lins_client.get(reverse("utterance_offers", args=[row.pk]), {"start": "x"})
    assert response.status_code == 422


def test_places_by_sound_are_shown_unticked_and_replaced_if_ticked(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    edit(first(transcript), "我们研究图灵机。", lin)
    asked = {"q": "图林", "mode": "sound", "replace": "图灵"}
    response = found(lins_client, transcript, **asked)
    assert hits(response) == [
        "☑ -图林-+图灵+奖",
        "☑ 昨天说到-图林-+图灵+，图玲也说。",
        "☑ 昨天说到图林，-图玲-+图灵+也说。",
    ]
    html = response.content.decode()
    assert ticked(response) == [True, True, False]
    assert html.count("sounds alike") == 1
    version = transcript.changes.count()
    replace(lins_client, transcript, " ".join(names(response)[1:]), **asked)
    assert texts(transcript) == ["我们研究图灵机。", "图林奖", "昨天说到图灵，图灵也说。", "森林很大。"]
    assert transcript.changes.count() == version + 1
    lins_client.post(reverse("transcript_undo", args=[transcript.pk]), headers=HTMX)
    assert texts(transcript) == ["我们研究图灵机。", *ROWS[1:]]


def test_a_hit_keeps_its_number_whatever_other_rows_have(
    lin: User, upload: Callable[..., Recording], lins_client: Client
) -> None:
    """Forms that are frequent in all rows are not shown; which tick means which place depends on the row alone."""
    transcript = talk(lin, upload, ["事实和史诗", "说的事实", "事实上", "施食"])
    asked = {"q": "试试", "mode": "sound", "replace": "实施"}
    response = found(lins_client, transcript, **asked)
    assert hits(response) == ["☑ 事实和-史诗-+实施+", "☑ -施食-+实施+"]
    replace(lins_client, transcript, names(response)[0], **asked)
    assert texts(transcript) == ["事实和实施", "说的事实", "事实上", "施食"]


def test_by_sound_without_a_replacement(transcript: Transcript, lins_client: Client) -> None:
    assert hits(found(lins_client, transcript, q="图玲", mode="sound")) == [
        "我们研究[图林]机。",
        "[图林]奖",
        "昨天说到[图林]，图玲也说。",
        "昨天说到图林，[图玲]也说。",
    ]


def test_the_search_of_all_recordings_is_not_by_sound(lins_client: Client) -> None:
    assert lins_client.get(reverse("search"), {"q": "图林", "mode": "sound"}).status_code == 422


# --- Over a project ------------------------------------------------------------------------------------------------


def in_project(client: Client, transcript: Transcript, **asked: str) -> str:
    response = client.get(reverse("project_recurrences", args=[transcript.recording.project_id]), asked)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("indexed", [False, True])
def test_places_are_found_over_a_project(
    lin: User, upload: Callable[..., Recording], lins_client: Client, indexed: bool
) -> None:
    older = talk(lin, upload, ROWS)
    newer = talk(lin, upload, ["涂灵来了。", "Nothing.", "图林 of course"])
    if indexed:
        index_rows()
        index_forgotten()
        edit(first(older), "我们研究图林机器。", lin)
    text = in_project(lins_client, older, q="图林", replace="图灵")
    assert "6 matches in 2 recordings · 2 only sound like it" in plain(text)
    assert re.findall(r'href="(/transcripts/[^"#]+)"', text) == [
        f"/transcripts/{each.pk}/?find={quote('图林')}&amp;mode=sound&amp;replace={quote('图灵')}"
        for each in (newer, older)
    ]
    shown = [plain(row) for row in re.findall(r'<a class="hit-text".*?</a>', text, re.DOTALL)]
    assert shown[0] == "涂灵来了。"
    assert len(shown) == 5


def test_a_project_is_asked_for_by_its_panel(transcript: Transcript, lins_client: Client) -> None:
    html = found(lins_client, transcript, q="图林", mode="sound", replace="图灵").content.decode()
    address = reverse("project_recurrences", args=[transcript.recording.project_id])
    assert f'href="{address}?q={quote("图林")}&amp;replace={quote("图灵")}"' in html
    assert address not in found(lins_client, transcript, q="图林").content.decode()
