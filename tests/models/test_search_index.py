"""The index of what rows say is the database's own work: it follows whatever writes the rows."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from transcripts.models import Transcript, Utterance
from transcripts.queries.search import narrow_rows
from transcripts.text.finding import Search, fold_for_search

on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's table of trigrams")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's index of trigrams")
migration = import_module("transcripts.migrations.0002_search")


def indexed() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rowid, search_text FROM transcripts_search ORDER BY rowid")
        return [(pk, text) for pk, text in cursor.fetchall()]


def stored() -> list[tuple[int, str]]:
    return list(Utterance.objects.order_by("pk").values_list("pk", "search_text"))


@on_sqlite
def test_index_holds_what_rows_say_whoever_writes_them(transcript: Transcript) -> None:
    assert indexed() == stored()
    assert [text for _pk, text in indexed()] == ["欢迎 lin 来。", "大家好。"]
    first = transcript.utterances.first()
    assert first is not None
    Utterance.objects.filter(pk=first.pk).update(text="再见", search_text="再见")
    assert indexed() == stored()
    first.delete()
    assert indexed() == stored()
    transcript.recording.delete()
    assert indexed() == []


@on_sqlite
def test_index_is_made_anew_over_rows_that_are_there(transcript: Transcript) -> None:
    migration.remove(None, SimpleNamespace(connection=connection))
    migration.install(None, SimpleNamespace(connection=connection))
    assert indexed() == stored() != []


@on_sqlite
def test_every_trigger_stands_after_all_migrations(db: None) -> None:
    """A migration that alters the table of rows, recordings or transcripts takes them away; it has to put them back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        names = [name for (name,) in cursor.fetchall()]
    assert names == [
        "transcripts_recording_added",
        "transcripts_recording_current",
        "transcripts_search_deleted",
        "transcripts_search_inserted",
        "transcripts_search_updated",
        "transcripts_transcript_changed",
        *(f"transcripts_unindexed_{when}" for when in ("deleted", "inserted", "updated")),
    ]


def ways_to(search: Search) -> str:
    """How the database says it will look."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return narrow_rows(Utterance.objects.all(), search).explain()


@on_postgresql
def test_index_is_used(transcript: Transcript) -> None:
    assert "transcripts_search" in ways_to(Search("welcome"))


@pytest.fixture
def powerless(transcript: Transcript) -> Iterator[None]:
    """Somebody who may not make an index."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX transcripts_search")
        cursor.execute("CREATE ROLE powerless")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO powerless")
        cursor.execute("SET LOCAL ROLE powerless")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@on_postgresql
def test_rows_are_found_without_the_right_to_an_index(
    transcript: Transcript, powerless: None, capsys: pytest.CaptureFixture[str]
) -> None:
    migration.install(None, SimpleNamespace(connection=connection))
    assert "goes without its index" in capsys.readouterr().out
    assert "transcripts_search" not in ways_to(Search("大家好"))
    assert narrow_rows(Utterance.objects.all(), Search("大家好")).count() == 1


def test_folded_text_is_what_is_kept(transcript: Transcript) -> None:
    assert [text for _pk, text in stored()] == [fold_for_search(text) for text in ("欢迎 Lin 来。", "大家好。")]
