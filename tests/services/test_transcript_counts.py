"""What a transcript says of its rows, and its recording of it: the same as if they were counted, whatever was done."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER, OTHER_ANSWER
from transcripts.errors import EditConflict, NothingToUndo, NotPossible
from transcripts.models import Recording, Transcript, Utterance
from transcripts.queries.counts import COUNTS, count_rows
from transcripts.services.current_transcript import offer_as_current
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.restore import restore_row, restore_transcript
from transcripts.services.editing.reviewing import flag_rows, verify_rows
from transcripts.services.editing.rows import delete_rows, insert_row_after, merge_rows, move_row, split_row
from transcripts.services.editing.shift import shift_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.transcript_counts import count_stale_transcripts

Step = Callable[[], object]


def kept(transcript: Transcript) -> dict[str, int | None]:
    """The counts that hold."""
    transcript.refresh_from_db()
    assert transcript.is_counted
    return {name: getattr(transcript, name) for name in COUNTS}


def share_of(transcript: Transcript) -> int | None:
    return Recording.objects.values_list("verified_share", flat=True).get(transcripts=transcript)


def change_time_of(transcript: Transcript) -> datetime | None:
    return Recording.objects.values_list("changed_at", flat=True).get(transcripts=transcript)


def check(transcript: Transcript) -> None:
    counts = count_rows([transcript.pk])[transcript.pk]
    assert kept(transcript) == counts
    share = 1000 * counts["verified_count"] // counts["row_count"] if counts["row_count"] else None
    assert share_of(transcript) == share


def choose_step(transcript: Transcript, by: User, draw: random.Random) -> Step:
    """Something that people do to rows, at random."""
    rows = list(transcript.utterances.visible())
    everything = list(transcript.utterances.all())
    version = draw.randint(1, transcript.version)
    some = {row.pk: row.version for row in draw.sample(rows, draw.randint(0, len(rows)))}
    possible: list[Step] = [
        lambda: undo_change(transcript=transcript, by=by),
        lambda: redo_change(transcript=transcript, by=by),
        lambda: restore_transcript(transcript=transcript, version=version, by=by),
        lambda: shift_rows(transcript=transcript, by_ms=draw.choice((-200, 300)), by=by),
        lambda: verify_rows(transcript=transcript, versions=some, on=draw.random() < 0.7, by=by),
        lambda: flag_rows(transcript=transcript, versions=some, on=True, by=by),
        lambda: delete_rows(transcript=transcript, versions=dict(list(some.items())[:1]), by=by),
    ]
    row = draw.choice(everything)
    possible.append(lambda: restore_row(row=row, version=draw.randint(1, row.version), base_version=row.version, by=by))
    if rows:
        one = draw.choice(rows)
        base = one.version
        pair = {row.pk: row.version for row in rows[rows.index(one) :][:2]}
        save = Save(text=f"{one.text} 好 {draw.random():.3f}", base_version=base)
        possible += [
            lambda: split_row(row=one, offset=len(one.text) // 2, base_version=base, by=by),
            lambda: merge_rows(transcript=transcript, versions=pair, by=by),
            lambda: insert_row_after(row=one, base_version=base, by=by),
            lambda: edit_utterance(utterance=one, save=save, by=by),
            lambda: move_row(
                row=one, start_ms=one.start_ms, end_ms=one.end_ms + draw.randint(-50, 50), base_version=base, by=by
            ),
        ]
    return draw.choice(possible)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_the_rows_whatever_people_do(transcript: Transcript, lin: User, seed: int) -> None:
    check(transcript)
    draw, done = random.Random(seed), 0
    while done < 40:
        try:
            with transaction.atomic():
                choose_step(transcript, lin, draw)()
        except (NotPossible, NothingToUndo, EditConflict):
            continue
        done += 1
        check(transcript)


def test_what_comes_with_a_transcript_is_counted(transcript: Transcript) -> None:
    assert kept(transcript) == {"row_count": 2, "verified_count": 0, "row_ms": 1800, "verified_ms": 0}
    assert share_of(transcript) == 0


@pytest.fixture
def stale(transcript: Transcript) -> Transcript:
    """As a process of the version before leaves it: it verifies a row and knows of no counts."""
    Transcript.objects.update(version=F("version") + 1)
    Utterance.objects.filter(text="大家好。").update(verified_at=timezone.now(), version=2)
    transcript.refresh_from_db()
    return transcript


def test_version_before_leaves_counts_that_do_not_hold(stale: Transcript, lins_client: Client) -> None:
    assert not stale.is_counted
    assert "verified: 50% of rows, 33% of time" in lins_client.get("/").text
    count_stale_transcripts()
    check(stale)


def test_save_on_counts_that_do_not_hold_leaves_them_to_be_counted(stale: Transcript, lin: User) -> None:
    Transcript.objects.update(row_count=0, row_ms=0)
    for row in list(stale.utterances.all())[:1]:
        delete_rows(transcript=stale, versions={row.pk: row.version}, by=lin)
    stale.refresh_from_db()
    assert not stale.is_counted
    count_stale_transcripts()
    check(stale)


def test_transcripts_of_before_are_counted(transcript: Transcript, lins_client: Client) -> None:
    Transcript.objects.update(counted_version=None, **dict.fromkeys(COUNTS))
    assert "2 rows" in lins_client.get("/").text
    count_stale_transcripts()
    check(transcript)


def test_share_is_that_of_the_current_transcript(transcript: Transcript, lin: User) -> None:
    verify_rows(transcript=transcript, versions={transcript.utterances.all()[0].pk: 1}, on=True, by=lin)
    assert share_of(transcript) == 500
    other = quick.again(transcript.recording, OTHER_ANSWER)
    assert share_of(transcript) == 500  # People have worked on the first one.
    offer_as_current(other, wanted=True)
    assert share_of(transcript) == 0
    verify_rows(transcript=transcript, versions={transcript.utterances.all()[1].pk: 1}, on=True, by=lin)
    assert share_of(transcript) == 0
    Recording.objects.update(current_transcript=transcript)
    assert share_of(transcript) == 1000
    Recording.objects.update(current_transcript=None)  # The newest is.
    assert share_of(transcript) == 0
    rows = other.utterances.values_list("pk", "version")
    verify_rows(transcript=other, versions=dict(rows), on=True, by=lin)
    assert share_of(transcript) == 1000


def test_recording_without_rows_has_no_share(transcript: Transcript, lin: User) -> None:
    rows = transcript.utterances.values_list("pk", "version")
    delete_rows(transcript=transcript, versions=dict(rows), by=lin)
    assert share_of(transcript) is None


def test_recording_changes_with_each_of_its_transcripts(
    transcript: Transcript, row: Utterance, lin: User, upload: Callable[..., Recording]
) -> None:
    added = upload(lin)
    quick.recognised(added, ANSWER)
    assert (change_time_of(transcript), added.changed_at) == (transcript.recording.created_at, None)
    added.refresh_from_db()
    assert added.changed_at == added.created_at
    edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=1), by=lin)
    changed = change_time_of(transcript)
    assert changed is not None
    assert abs((changed - timezone.now()).total_seconds()) < 60
    assert changed > added.changed_at
    other = quick.again(added, ANSWER)
    before = change_time_of(other)
    Transcript.objects.filter(pk=other.pk).update(version=F("version") + 1)  # by a process of the version before
    after = change_time_of(other)
    assert before
    assert after
    assert after > before


def test_time_of_a_change_is_written_as_django_writes_times(transcript: Transcript) -> None:
    """Pages ask for what comes after it, and SQLite compares texts."""
    for _save in range(5):
        Transcript.objects.update(version=F("version") + 1)
        assert Recording.objects.filter(changed_at=change_time_of(transcript)).count() == 1
