"""The index of what rows say is the database's own work: it follows whatever writes the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.db import connection

from transcripts.models import Recording, Transcript, Utterance
from transcripts.queries import search
from transcripts.queries.search import filter_by_title, narrow_rows
from transcripts.text.finding import Search, fold_for_search

on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's table of trigrams")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's index of trigrams")
migration = import_module("transcripts.migrations.0002_search")
titles = import_module("transcripts.migrations.0033_titles")


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


def indexed_titles() -> list[str]:
    with connection.cursor() as cursor:
        named = "SELECT title FROM transcripts_titlekey k JOIN transcripts_titles t ON t.rowid = k.id"
        cursor.execute(f"{named} ORDER BY k.recording_id")
        return [title for (title,) in cursor.fetchall()]


def stored_titles() -> list[str]:
    return list(Recording.objects.order_by("pk").values_list("title", flat=True))


@on_sqlite
def test_index_holds_titles_whoever_writes_them(lin: User, upload: Callable[..., Recording]) -> None:
    first, second = upload(lin), upload(lin)
    assert indexed_titles() == stored_titles() == ["zh_welcome"] * 2
    Recording.objects.filter(pk=first.pk).update(title="会议 Talk")
    assert indexed_titles() == stored_titles()
    assert list(filter_by_title(Recording.objects.all(), "议 t")) == [first]
    second.delete()
    assert indexed_titles() == ["会议 Talk"]
    titles.remove(None, SimpleNamespace(connection=connection))
    titles.install(None, SimpleNamespace(connection=connection))
    assert indexed_titles() == ["会议 Talk"]


@pytest.mark.parametrize("few", [200, 1])
def test_titles_are_found_by_each_part_of_them(
    lin: User, upload: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "FEW_TITLES", few)
    written = [
        "Road 地图 1%",
        'road "地图" 2',
        "ROAD_地图\\3",
        "🎙️ Café 地图 *",
        "Straße AND OR (NOT)",
        "二〇二六年 Ｑ４",
    ]
    for title in written:
        Recording.objects.filter(pk=upload(lin).pk).update(title=title)
    parts = {title[at : at + size] for title in written for at in range(len(title)) for size in range(1, 7)}
    for part in parts | {part.upper() for part in parts if part.isascii()} | {"nowhere", "地图 9"}:
        found = set(filter_by_title(Recording.objects.all(), part).values_list("title", flat=True))
        read = {title for title in written if part.lower() in title.lower()}
        assert found == read, part


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
        *(f"transcripts_title_{when}" for when in ("deleted", "inserted", "updated")),
        "transcripts_transcript_changed",
        *(f"transcripts_unindexed_{when}" for when in ("deleted", "inserted", "updated")),
    ]


def ways_to(search: Search) -> str:
    """How the database says it will look."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return narrow_rows(Utterance.objects.all(), search).explain()


@on_postgresql
def test_index_of_titles_is_used(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")  # The table is so small that one by time would do.
    assert "transcripts_titles" in filter_by_title(Recording.objects.all(), "Welcome").explain()


@on_postgresql
def test_titles_are_found_without_the_extension(lin: User, upload: Callable[..., Recording]) -> None:
    upload(lin)
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
    titles.install(None, SimpleNamespace(connection=connection))
    assert filter_by_title(Recording.objects.all(), "Welcome").count() == 1


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
