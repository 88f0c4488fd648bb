"""Telling speakers apart in a worker: by whichever has the lease, once, and with one result whatever dies."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests import quick, voices
from tests.files import names_in, path_of
from tests.services.at_once import at_once
from transcripts import queue
from transcripts.audio.playback import make_playback
from transcripts.audio.results import NotAudio, Reason
from transcripts.diarization import sandbox
from transcripts.diarization.results import EncoderMissing, Hint
from transcripts.enums import DiarizationState, PreparationState
from transcripts.errors import EditConflict, NotPossible
from transcripts.models import Diarization, Recording, Speaker, Transcript
from transcripts.queries.diarization import find_why_not
from transcripts.services.diarization import run
from transcripts.services.diarization.requests import cancel_diarization, dismiss_proposals, request_diarization
from transcripts.services.diarization.run import (
    BROKEN,
    MAX_ATTEMPTS,
    NO_ENCODER,
    NO_ROOM,
    run_diarization,
    run_next_diarization,
)
from transcripts.services.editing.diarization import take_proposals
from transcripts.services.editing.speakers import assign_rows
from transcripts.services.maintenance import enqueue_due_work
from transcripts.services.recordings.delete import bin_recording
from transcripts.services.recordings.playback import prepare_playback
from transcripts.services.recordings.retention import delete_audio
from transcripts.services.store.folder import FolderStore

pytestmark = pytest.mark.long

QUEUED, RUNNING, DONE, FAILED, CANCELLED = DiarizationState
CLIP = "zh_en_alternating.wav"


@pytest.fixture
def talk(lin: User, data_dir: Any) -> Transcript:
    """Somebody speaks Chinese and somebody else English, in turn; the rows are not theirs."""
    recording = quick.create_recording(lin, CLIP)
    return quick.recognised(recording, voices.make_answer(["一二三四五六七八九"] * 5))


@pytest.fixture
def asked(talk: Transcript, lin: User) -> Diarization:
    return request_diarization(transcript=talk, by=lin, hint=Hint(2, 2))


def state(diarization: Diarization) -> tuple[str, str]:
    diarization.refresh_from_db()
    return diarization.state, diarization.error


def let_lease_run_out(diarization: Diarization) -> None:
    Diarization.objects.filter(pk=diarization.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def make_due() -> None:
    Diarization.objects.update(not_before=None)


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Does something while the sound is listened to."""
    embed = sandbox.embed

    def interrupted(*arguments: Any, **more: Any) -> None:
        act()
        embed(*arguments, **more)

    monkeypatch.setattr(sandbox, "embed", interrupted)


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def stop() -> None:
        raise error

    meanwhile(monkeypatch, stop)


def test_voices_are_told_apart_and_what_was_heard_is_kept(
    asked: Diarization, talk: Transcript, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_diarization(asked.pk)
    assert (state(asked), asked.progress) == ((DONE, ""), 100)
    diarized = asked.diarized
    assert diarized is not None
    assert [voice.number for voice in diarized.voices] == [1, 2]
    folder = talk.recording.folder
    (kept,) = [name for name in names_in(folder) if name.startswith("voices")]
    assert kept == f"voices-{diarized.encoder}"
    # Once more, with another number: nothing is listened to again.
    fail(monkeypatch, AssertionError("embedded again"))
    again = request_diarization(transcript=talk, by=lin, hint=Hint(3, 3))
    run_diarization(again.pk)
    assert state(again) == (DONE, "")
    # What is damaged is made again.
    monkeypatch.undo()
    path_of(f"{folder}/{kept}").write_bytes(b"damaged")
    third = request_diarization(transcript=talk, by=lin)
    run_diarization(third.pk)
    assert state(third) == (DONE, "")
    assert path_of(f"{folder}/{kept}").stat().st_size > 100


def test_playback_copy_is_enough(asked: Diarization, talk: Transcript, lin: User) -> None:
    recording = talk.recording
    make_playback(path_of(recording.original), path_of(recording.playback), path_of(recording.peaks))
    Recording.objects.update(state=PreparationState.DONE)
    path_of(recording.original).unlink()
    run_diarization(asked.pk)
    assert state(asked) == (DONE, "")


def test_rows_by_hand_are_examples(talk: Transcript, lin: User) -> None:
    rows = list(talk.utterances.all())
    for number, name in enumerate(("张三", "Jo")):
        assign_rows(transcript=talk, versions={rows[number].pk: 1}, by=lin, name=name)
    asked = request_diarization(transcript=talk, by=lin, examples=True)
    run_diarization(asked.pk)
    assert state(asked) == (DONE, "")
    assert asked.diarized is not None
    keys = {voice.key for voice in asked.diarized.voices}
    assert keys <= {str(pk) for pk in talk.speakers.values_list("pk", flat=True)}
    assert len(keys) == 2


def test_worker_that_has_it_keeps_others_away(asked: Diarization) -> None:
    assert Diarization.objects.claim(asked.pk) is not None
    assert not run_diarization(asked.pk)
    assert (state(asked), asked.attempt) == ((RUNNING, ""), 1)


def test_what_a_dead_worker_left_is_done_by_another(asked: Diarization) -> None:
    dead = Diarization.objects.claim(asked.pk)
    assert dead is not None
    let_lease_run_out(asked)
    run_next_diarization()
    assert (state(asked), asked.attempt) == ((DONE, ""), 2)
    assert not Diarization.objects.held(dead).exists()


def test_one_at_a_time_on_a_machine(asked: Diarization) -> None:
    with run._alone_on_machine() as alone:
        assert alone
        run_next_diarization()
        assert state(asked) == (QUEUED, "")
    run_next_diarization()
    assert state(asked) == (DONE, "")


def test_who_ends_tells_a_worker_of_the_next(asked: Diarization, lin: User) -> None:
    other = voices.recognise(lin, "一二三")
    later = request_diarization(transcript=other, by=lin)
    quick.empty_queue()
    run_next_diarization()
    assert (state(asked)[0], state(later)[0]) == (DONE, QUEUED)
    assert queue.list_waiting() == [("tell_apart", later.pk)]


def test_what_people_wait_for_goes_first(talk: Transcript, lin: User) -> None:
    other = voices.recognise(lin, "一二三")
    by_itself = Diarization.objects.create(transcript=other, automatic=True)
    asked = request_diarization(transcript=talk, by=lin)
    assert list(Diarization.objects.in_turn()) == [asked, by_itself]


def test_whose_turn_it_is_is_found_by_an_index(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    assert "SCAN" not in Diarization.objects.in_turn().explain()


def test_what_the_queue_has_lost_is_enqueued_again(asked: Diarization) -> None:
    quick.empty_queue()
    for _again in range(2):
        enqueue_due_work()
    assert [task for task in queue.list_waiting() if task[0] == "tell_apart"] == [("tell_apart", asked.pk)]


def test_cancelled_one_stores_nothing(asked: Diarization, talk: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: cancel_diarization(transcript=talk))
    run_diarization(asked.pk)
    assert (state(asked), asked.result) == ((CANCELLED, ""), None)
    assert not cancel_diarization(transcript=talk)


def test_another_request_takes_the_place_of_an_unfinished_one(asked: Diarization, talk: Transcript, lin: User) -> None:
    later = request_diarization(transcript=talk, by=lin)
    assert (state(asked)[0], state(later)[0]) == (CANCELLED, QUEUED)


def test_who_lost_the_lease_stores_nothing(asked: Diarization, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: Diarization.objects.update(attempt=2))
    run_diarization(asked.pk)
    assert (state(asked), asked.result) == ((RUNNING, ""), None)


def test_audio_that_is_deleted_meanwhile_leaves_nothing(
    asked: Diarization, talk: Transcript, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = Diarization.renew

    def late(self: Diarization) -> bool:
        """When all was heard and nothing is stored."""
        is_ours = renew(self)
        delete_audio(recording=talk.recording, by=lin)
        return is_ours

    monkeypatch.setattr(Diarization, "renew", late)
    run_diarization(asked.pk)
    assert (state(asked), asked.result) == ((CANCELLED, ""), None)
    assert [name for name in names_in(talk.recording.folder) if name.startswith("voices")] == []
    with pytest.raises(NotPossible):
        request_diarization(transcript=Transcript.objects.get(), by=lin)


def test_recording_in_the_bin_is_not_worked_on(
    asked: Diarization, talk: Transcript, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: bin_recording(recording=talk.recording, by=lin))
    run_diarization(asked.pk)
    assert (state(asked), asked.result) == ((CANCELLED, ""), None)


def test_transcript_that_is_gone_ends_it(asked: Diarization, talk: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    def remove() -> None:
        Speaker.objects.filter(transcript=talk).delete()
        talk.changes.all().delete()
        talk.utterances.all().delete()
        Transcript.objects.filter(pk=talk.pk).delete()

    meanwhile(monkeypatch, remove)
    run_diarization(asked.pk)
    assert not Diarization.objects.exists()


def test_disk_that_is_full_is_waited_for(asked: Diarization, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", full)
        run_diarization(asked.pk)
    assert state(asked) == (QUEUED, NO_ROOM)
    assert not run_diarization(asked.pk)  # It is not due yet.
    make_due()
    run_diarization(asked.pk)
    assert state(asked) == (DONE, "")


def test_file_out_of_reach_is_waited_for(asked: Diarization, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        fail(patch, OSError(errno.EIO, "Input/output error"))
        for _attempt in range(MAX_ATTEMPTS + 2):  # No try is counted.
            make_due()
            run_diarization(asked.pk)
            assert state(asked) == (QUEUED, "out_of_reach")
    make_due()
    run_diarization(asked.pk)
    assert state(asked) == (DONE, "")


def test_recording_that_is_still_fetched_is_waited_for(asked: Diarization, talk: Transcript) -> None:
    recording = talk.recording
    Recording.objects.update(size_bytes=0)
    run_diarization(asked.pk)
    assert state(asked) == (QUEUED, "")
    assert asked.not_before is not None
    Recording.objects.update(size_bytes=path_of(recording.original).stat().st_size)
    quick.empty_queue()
    prepare_playback(recording.pk)
    assert ("tell_apart", asked.pk) in queue.list_waiting()
    run_next_diarization()
    assert state(asked) == (DONE, "")


def test_address_that_gave_nothing_ends_it(asked: Diarization, talk: Transcript) -> None:
    Recording.objects.update(size_bytes=0, state=PreparationState.FAILED, error="address_unreachable")
    run_diarization(asked.pk)
    assert state(asked) == (FAILED, "address_unreachable")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(NotAudio(Reason.LIMITS), str(Reason.LIMITS)), (EncoderMissing("It is not installed."), NO_ENCODER)],
)
def test_what_cannot_help_by_trying_ends_it(
    asked: Diarization, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    fail(monkeypatch, error)
    run_diarization(asked.pk)
    assert (state(asked), asked.lease_until) == ((FAILED, reason), None)


def test_what_fails_again_and_again_is_given_up(asked: Diarization, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, RuntimeError("bug"))
    for _attempt in range(MAX_ATTEMPTS + 1):
        assert state(asked)[0] == QUEUED
        make_due()
        run_diarization(asked.pk)
    assert state(asked) == (FAILED, BROKEN)


def test_what_kills_its_workers_is_given_up(asked: Diarization) -> None:
    for _attempt in range(MAX_ATTEMPTS):
        assert Diarization.objects.claim(asked.pk) is not None
        let_lease_run_out(asked)
    run_diarization(asked.pk)
    assert state(asked) == (FAILED, BROKEN)


def test_progress_is_told_and_stops_who_is_not_wanted_any_more(
    asked: Diarization, talk: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    embed = sandbox.embed

    def step(*arguments: Any, on_progress: Callable[[int], None], **more: Any) -> None:
        on_progress(2000)
        seen.append(Diarization.objects.get().progress)
        cancel_diarization(transcript=talk)
        on_progress(4000)
        embed(*arguments, on_progress=on_progress, **more)

    monkeypatch.setattr(run, "REPORT_SECONDS", 0)
    monkeypatch.setattr(sandbox, "embed", step)
    run_diarization(asked.pk)
    assert (seen, state(asked)) == ([100 * 2000 // 5547], (CANCELLED, ""))


def test_why_it_cannot_be_asked_for(talk: Transcript, lin: User, settings: Any, tmp_path: Any) -> None:
    def refuse(**more: Any) -> str:
        with pytest.raises(NotPossible) as refusal:
            request_diarization(transcript=talk, by=lin, **more)
        return refusal.value.what

    assert (find_why_not(talk), refuse(examples=True)) == ("", "no_examples")
    assert refuse(within=_by_hand(talk, lin)) == "assigned_by_hand"
    settings.SPEAKER_MODEL = tmp_path
    assert (find_why_not(talk), refuse()) == ("no_encoder", "no_encoder")
    settings.SPEAKER_MODEL = None
    talk.utterances.update(removed=True)
    assert (find_why_not(talk), refuse()) == ("no_words", "no_words")
    assert not Diarization.objects.exists()


def _by_hand(talk: Transcript, lin: User) -> Speaker:
    row = talk.utterances.all()[0]
    assign_rows(transcript=talk, versions={row.pk: row.version}, by=lin, name="张三")
    return talk.speakers.get(name="张三")


def test_only_what_was_taken_is_kept_of_earlier_ones(asked: Diarization, talk: Transcript, lin: User) -> None:
    other = voices.recognise(lin, "一二三", "四五六")
    labelled = voices.tell_apart(other, voices.say("111", "222"), lin)
    unused = voices.tell_apart(other, voices.say("111", "111"), lin, automatic=False)
    last = voices.tell_apart(other, voices.say("111", "223"), lin, automatic=False)
    assert set(Diarization.objects.values_list("pk", flat=True)) == {asked.pk, labelled.pk, last.pk}
    assert unused.pk not in {labelled.pk, last.pk}


def test_pages_are_told_of_it(talk: Transcript, lin: User) -> None:
    def count() -> int:
        talk.refresh_from_db()
        return talk.annotation_version

    steps = [count()]
    asked = request_diarization(transcript=talk, by=lin)
    steps.append(count())
    run_diarization(asked.pk)
    steps.append(count())
    dismiss_proposals(diarization=asked)
    steps.append(count())
    request_diarization(transcript=talk, by=lin)
    cancel_diarization(transcript=talk)
    steps.append(count())
    dismiss_proposals(diarization=asked)
    assert [*steps, count()] == [0, 1, 2, 3, 5, 5]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_store_one_result(talk: Transcript, lin: User) -> None:
    asked = request_diarization(transcript=talk, by=lin, hint=Hint(2, 2))
    results = at_once(*[lambda: run_diarization(asked.pk)] * 3)
    assert sorted(results) == [False, False, True]
    assert (state(asked), asked.attempt) == ((DONE, ""), 1)
    assert talk.changes.filter(details__diarization=str(asked.pk)).count() <= 1


@pytest.mark.django_db(transaction=True)
def test_rows_that_people_assign_at_the_same_moment_are_theirs(lin: User, ana: User, data_dir: Any) -> None:
    """Whichever is first: nothing waits for the other, and nothing is written over what a person said."""
    for number in range(5):
        talk = voices.recognise(lin, *["你好吗"] * 12)
        rows = list(talk.utterances.all())
        theirs = [row.pk for row in rows[number::2]]

        def label(talk: Transcript = talk) -> Diarization:
            return voices.tell_apart(talk, voices.say(*["111", "222"] * 6), lin)

        def assign(talk: Transcript = talk, theirs: list[int] = theirs) -> None:
            for pk in theirs:
                for _try in range(5):
                    version = talk.utterances.values_list("version", flat=True).get(pk=pk)
                    with suppress(EditConflict):
                        assign_rows(transcript=talk, versions={pk: version}, by=ana, name="Ana")
                        break

        _none, done = at_once(assign, label)
        assert isinstance(done, Diarization)
        found = talk.utterances.filter(pk__in=theirs).values_list("speaker__name", "speaker_confidence")
        assert set(found) == {("Ana", None)}
        talk.refresh_from_db()
        with suppress(EditConflict):
            take_proposals(diarization=done, by=lin, base_version=talk.version)
        assert set(found.all()) == {("Ana", None)}
