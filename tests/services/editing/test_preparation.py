"""Changes of very many rows are prepared before the transaction that stores them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.services.at_once import at_once
from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict
from transcripts.models import Change, Speaker, Transcript, Utterance
from transcripts.services.editing.changes import BATCH, Edit, lock_transcript
from transcripts.services.editing.fixes import ChosenWarnings, dismiss_warnings, fix_warnings
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.preparation import Preparation
from transcripts.services.editing.replace import TickedHit, replace_ticked
from transcripts.services.editing.restore import restore_transcript, revert_person
from transcripts.services.editing.reviewing import flag_rows, verify_rows
from transcripts.services.editing.rows import delete_row
from transcripts.services.editing.shift import shift_rows
from transcripts.services.editing.speakers import assign_rows, merge_speakers
from transcripts.services.editing.utterances import Save, edit_utterance, take_over_texts
from transcripts.text.finding import Mode, Search
from transcripts.text.signs import Spacing

pytestmark = pytest.mark.long

ROWS = BATCH + 100


@pytest.fixture
def long(transcript: Transcript, row: Utterance) -> Transcript:
    fields = {name: getattr(row, name) for name in ("search_text", "words", "engine_words", "engine_text", "speaker")}
    Utterance.objects.bulk_create(
        Utterance(transcript=transcript, start_ms=row.start_ms, end_ms=row.end_ms + n, text="大家,好", **fields)
        for n in range(ROWS - transcript.utterances.count())
    )
    transcript.recording.duration_ms = None
    transcript.recording.save(update_fields=["duration_ms"])
    return transcript


def versions(transcript: Transcript) -> dict[int, int]:
    return dict(transcript.utterances.visible().values_list("pk", "version"))


def count_in_transaction(queries: list[dict[str, str]]) -> tuple[int, int]:
    """How many statements the last transaction has, and how many of them read words."""
    statements = [query["sql"] for query in queries]
    first = max(at for at, sql in enumerate(statements) if sql.startswith("SAVEPOINT"))
    inside = statements[first:]
    return len(inside), sum("words" in sql.partition("FROM")[0] for sql in inside if sql.startswith("SELECT"))


def shift(transcript: Transcript, by: User) -> Any:
    return shift_rows(transcript=transcript, by_ms=1500, by=by)


def shift_and_undo(transcript: Transcript, by: User) -> Any:
    shift(transcript, by)
    return undo_change(transcript=transcript, by=by)


def shift_undo_and_redo(transcript: Transcript, by: User) -> Any:
    shift_and_undo(transcript, by)
    return redo_change(transcript=transcript, by=by)


def shift_and_restore(transcript: Transcript, by: User) -> Any:
    shift(transcript, by)
    return restore_transcript(transcript=transcript, version=1, by=by)


def shift_and_revert(transcript: Transcript, by: User) -> Any:
    shift(transcript, by)
    return revert_person(transcript=transcript, person=by, version=1, by=by)


def replace(transcript: Transcript, by: User) -> Any:
    class Watched(Search):
        def find_hits(self, text: str) -> Any:
            assert not connection.savepoint_ids, "searched inside the transaction"
            return super().find_hits(text)

    search = Watched("大(.)", Mode.REGEX, replace=r"\1大")
    ticked = [TickedHit(pk, version, 0) for pk, version in versions(transcript).items()]
    return replace_ticked(transcript=transcript, search=search, ticked=ticked, by=by)


def take_over(transcript: Transcript, by: User) -> Any:
    seen = versions(transcript)
    return take_over_texts(transcript=transcript, texts=dict.fromkeys(seen, "各位好"), versions=seen, by=by)


def fix(transcript: Transcript, by: User) -> Any:
    return fix_warnings(transcript=transcript, chosen=ChosenWarnings("half_width"), spacing=Spacing.LATIN, by=by)


def dismiss(transcript: Transcript, by: User) -> Any:
    return dismiss_warnings(transcript=transcript, chosen=ChosenWarnings("half_width"), spacing=Spacing.LATIN, by=by)


def verify(transcript: Transcript, by: User) -> Any:
    return verify_rows(transcript=transcript, versions=versions(transcript), on=True, by=by)


def flag(transcript: Transcript, by: User) -> Any:
    return flag_rows(transcript=transcript, versions=versions(transcript), on=True, by=by)


def assign(transcript: Transcript, by: User) -> Any:
    return assign_rows(transcript=transcript, versions=versions(transcript), name="Lin", by=by)


def merge(transcript: Transcript, by: User) -> Any:
    speaker = transcript.utterances.all()[0].speaker
    assert speaker
    into = Speaker.objects.create(transcript=transcript, label="9")
    seen = dict(transcript.utterances.visible().filter(speaker=speaker).values_list("pk", "version"))
    return merge_speakers(speaker=speaker, into=into, versions=seen, by=by)


WORKS = [
    shift,
    shift_and_undo,
    shift_undo_and_redo,
    shift_and_restore,
    shift_and_revert,
    replace,
    take_over,
    fix,
    dismiss,
    verify,
    flag,
    assign,
    merge,
]


@pytest.mark.parametrize("work", WORKS)
def test_transaction_reads_no_words_and_writes_many_rows_at_a_time(
    long: Transcript, lin: User, work: Callable[[Transcript, User], Any]
) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work(long, lin)
    statements, reads = count_in_transaction(captured.captured_queries)
    assert reads == 0
    assert statements <= 12 + 2 * -(-ROWS // BATCH)
    newest = Change.objects.filter(transcript=long).last()
    assert newest
    assert newest.revisions.count() >= ROWS - 2


def add_sign(transcript: Transcript, interrupt: Callable[[], Any]) -> Preparation:
    """Adds a sign to every row; others `interrupt` it as soon as the first rows are read."""
    interruptions = iter([interrupt])

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        rows = list(transcript.utterances.visible().filter(pk__in=pks))
        for interruption in interruptions:
            interruption()
        return ((row, {"text": f"{row.text}!"}) for row in rows)

    return Preparation(transcript, edits)


def store(preparation: Preparation, transcript: Transcript, by: User) -> None:
    locked = lock_transcript(transcript.pk)
    assert preparation.catch_up(locked)
    preparation.store(locked, kind=ChangeKind.EDITED, by=by)


@pytest.mark.parametrize("is_long", [False, True])
def test_what_a_colleague_writes_meanwhile_stays(
    request: pytest.FixtureRequest, transcript: Transcript, row: Utterance, lin: User, ana: User, is_long: bool
) -> None:
    if is_long:
        request.getfixturevalue("long")
    edit = Save(text="欢迎 Ana 来。", base_version=1)
    preparation = add_sign(transcript, lambda: edit_utterance(utterance=row, save=edit, by=ana))
    preparation.prepare(list(transcript.utterances.values_list("pk", flat=True)))
    store(preparation, transcript, lin)
    row.refresh_from_db()
    assert (row.text, row.version) == ("欢迎 Ana 来。!", 3)
    assert set(transcript.utterances.exclude(pk=row.pk).values_list("version", flat=True)) == {2}
    assert list(transcript.changes.values_list("version", "by")) == [(1, lin.pk), (2, ana.pk), (3, lin.pk)]


def test_row_that_a_colleague_deletes_meanwhile_is_left_out(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    preparation = add_sign(transcript, lambda: delete_row(row=row, base_version=1, by=ana))
    preparation.prepare(list(transcript.utterances.values_list("pk", flat=True)))
    store(preparation, transcript, lin)
    row.refresh_from_db()
    assert (row.text, row.removed, row.version) == ("欢迎 Lin 来。", True, 2)


def test_undo_of_many_rows_says_what_a_colleague_has_changed_since(
    long: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    replace(long, lin)
    for text, version in (("甲", 1), ("乙", 2)):
        edit_utterance(utterance=Utterance.objects.get(pk=row.pk), save=Save(text=text, base_version=version), by=ana)
    other = long.utterances.filter(version=2).exclude(pk=row.pk).first()
    assert other
    edit_utterance(utterance=other, save=Save(text="丙", base_version=2), by=ana)
    with pytest.raises(EditConflict) as refused:
        undo_change(transcript=long, by=lin)
    assert refused.value.change == 2
    undo_change(transcript=long, by=lin, acknowledged=[2])
    other.refresh_from_db()
    assert other.text == "丙"
    assert long.changes.last().undoes == long.changes.get(version=2)
    assert long.utterances.filter(text="大家,好").count() == ROWS - 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("keys", "undone"), [(("a", "b"), 2), (("a", "a"), 1)])
def test_two_undos_at_once_undo_two_changes_and_one_request_one(
    long: Transcript, lin: User, keys: tuple[str, str], undone: int
) -> None:
    shift(long, lin)
    shift(Transcript.objects.get(pk=long.pk), lin)
    done = at_once(*(partial(undo_change, transcript=long, by=lin, request_key=key) for key in keys))
    assert [len(rows) for rows in done] == [ROWS, ROWS]
    assert long.changes.filter(kind=ChangeKind.UNDONE).count() == undone
    assert set(long.utterances.values_list("version", flat=True)) == {3 + undone}


@pytest.mark.django_db(transaction=True)
def test_same_change_of_many_rows_twice_at_once_is_made_once(long: Transcript, lin: User) -> None:
    seen = versions(long)
    works = [partial(verify_rows, transcript=long, versions=seen, on=True, by=lin, request_key="a")] * 2
    works += [partial(shift_rows, transcript=long, by_ms=10, by=lin, request_key="b")] * 2
    done = at_once(*works[:2]), at_once(*works[2:])
    assert [len(rows) for rows in done[0]] == [ROWS, ROWS]
    assert done[1][0] == done[1][1]
    assert long.changes.count() == 3
