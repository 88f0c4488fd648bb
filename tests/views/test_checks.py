from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import HTMX
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.glossary.entries import EntryValues, keep_entries


@pytest.fixture
def warned(transcript: Transcript, lin: User) -> Transcript:
    """Its first row has two warnings, its second one none."""
    first = transcript.utterances.first()
    assert first is not None
    edit_utterance(utterance=first, save=Save(text="😀欢迎,Lin来。", base_version=1), by=lin)
    return transcript


def listed(client: Client, transcript: Transcript, **query: str) -> str:
    answer = client.get(reverse("transcript_checks", args=[transcript.pk]), query, headers=HTMX)
    assert answer.status_code == 200
    return answer.text


def settle(client: Client, transcript: Transcript, **fields: Any) -> Any:
    return client.post(reverse("transcript_settle", args=[transcript.pk]), fields, headers=HTMX)


def rules(html: str) -> list[str]:
    return re.findall(r'data-rule="(\w+)"', html)


def test_warnings_are_listed_with_their_places(warned: Transcript, lins_client: Client) -> None:
    html = listed(lins_client, warned)
    assert (rules(html), 'data-count="2"' in html) == (["spacing", "half_width"], True)
    row = warned.utterances.get(text__contains="Lin")
    assert f'data-row="{row.pk}"' in html
    # An emoji is two units of JavaScript's.
    assert re.findall(r'data-from="(\d+)"\s+data-to="(\d+)"', html) == [("5", "8"), ("4", "5")]
    assert ("<mark>Lin</mark>" in html, "欢迎，Li" in html, "data-settle" in html) == (True, True, True)


def test_viewer_sees_warnings_and_no_buttons(warned: Transcript, viewer: Client) -> None:
    html = listed(viewer, warned)
    assert (rules(html), "data-settle" in html) == (["spacing", "half_width"], False)


def test_list_is_a_page_of_its_own_too(warned: Transcript, lins_client: Client) -> None:
    page = lins_client.get(reverse("transcript_checks", args=[warned.pk]))
    assert (page.templates[0].name, "data-settle" in page.text) == ("transcripts/checks.html", False)


def test_spacing_is_a_matter_of_style(warned: Transcript, lins_client: Client) -> None:
    assert rules(listed(lins_client, warned, spacing="off")) == ["half_width"]
    assert rules(listed(lins_client, warned, spacing="nonsense")) == ["spacing", "half_width"]


def test_transcript_without_warnings_says_so(transcript: Transcript, lins_client: Client) -> None:
    html = listed(lins_client, transcript)
    assert ("No warnings" in html, rules(html)) == (True, [])


def test_fix_answers_with_the_row(warned: Transcript, lins_client: Client) -> None:
    row = warned.utterances.get(text__contains="Lin")
    answer = settle(lins_client, warned, way="mend", message="half_width", row=row.pk, key="half_width:迎,L")
    assert (answer.status_code, "欢迎，Lin来。" in answer.text, answer.text.count("<article")) == (200, True, 1)
    assert rules(listed(lins_client, warned)) == ["spacing"]


def test_ignored_warnings_are_listed_apart_and_come_back(warned: Transcript, lins_client: Client) -> None:
    assert settle(lins_client, warned, way="dismiss", message="half_width").status_code == 200
    html = listed(lins_client, warned)
    assert (rules(html), 'data-count="1"' in html, "1 ignored" in html) == (["spacing", "half_width"], True, True)
    assert settle(lins_client, warned, way="again", message="half_width").status_code == 200
    assert 'data-count="2"' in listed(lins_client, warned)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"way": "mend"},
        {"way": "mend", "message": "nonsense"},
        {"way": "other", "message": "fast"},
        {"way": "mend", "message": "fast", "row": "x"},
        {"way": "mend", "message": "fast", "row": 1, "key": "x" * 81},
    ],
)
def test_what_is_not_a_warning_is_422(warned: Transcript, lins_client: Client, fields: dict[str, Any]) -> None:
    assert settle(lins_client, warned, **fields).status_code == 422
    assert warned.changes.count() == 2


def test_list_asks_as_often_for_many_rows_as_for_one(warned: Transcript, lins_client: Client, lin: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            listed(lins_client, warned)
        return len(seen)

    one = asked()
    first = warned.utterances.first()
    assert first is not None
    for number in range(5):
        Utterance.objects.create(
            transcript=warned, speaker=first.speaker, start_ms=9000 + number, end_ms=9500, text="好,好"
        )
    assert asked() == one


def test_checks_point_at_what_was_misheard_before(
    transcript: Transcript, lins_client: Client, lin: User, row: Utterance
) -> None:
    project = transcript.recording.project
    keep_entries(
        project=project, values=[EntryValues("Linn", {"Lin": 4}), EntryValues("off", {"大家": 1}, is_on=False)], by=lin
    )
    html = listed(lins_client, transcript)
    assert rules(html) == ["misheard"]
    assert "heard 4 times as “Lin”" in html
    assert "Fix all" not in html
    row.refresh_from_db()
    assert row.text == "欢迎 Lin 来。"
    assert settle(lins_client, transcript, way="mend", message="misheard").status_code == 422
    row.refresh_from_db()
    assert row.text == "欢迎 Lin 来。"
    key = "misheard: Lin "
    assert settle(lins_client, transcript, way="mend", message="misheard", row=row.pk, key=key).status_code == 200
    row.refresh_from_db()
    assert row.text == "欢迎 Linn 来。"
    assert rules(listed(lins_client, transcript)) == []
