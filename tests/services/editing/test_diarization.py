"""What telling speakers apart does to rows: at once, or as far as people take it; and never to what people touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import quick, voices
from tests.voices import get_versions, list_rows, say, tell_apart
from transcripts.enums import ChangeKind, DiarizationState
from transcripts.errors import EditConflict, NothingToUndo, Superseded
from transcripts.models import Comment, Diarization, Recording, Speaker, Transcript, Utterance
from transcripts.queries.diarization import find_taken, find_voice_speakers, get_panel, propose_all
from transcripts.services.comments.comments import CommentAuthor, add_comment
from transcripts.services.current_transcript import is_worked_on
from transcripts.services.diarization import run
from transcripts.services.editing.changes import BATCH
from transcripts.services.editing.diarization import Labels, take_proposals, undo_diarization
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.rows import merge_rows
from transcripts.services.editing.speakers import add_speaker, assign_rows, merge_speakers, rename_speaker
from transcripts.services.editing.utterances import Save, edit_utterance

TEXTS = ("你好吗", "我很好", "那就好", "再见啊")


@pytest.fixture
def talk(lin: User, upload: Callable[..., Recording]) -> Transcript:
    """Four rows of three words, and no speakers."""
    return voices.recognise(lin, *TEXTS)


def rows_of(transcript: Transcript) -> list[Utterance]:
    return list(transcript.utterances.visible().select_related("speaker"))


def assign(transcript: Transcript, number: int, by: User, name: str = "", speaker: Speaker | None = None) -> None:
    row = rows_of(transcript)[number]
    assign_rows(transcript=transcript, versions={row.pk: row.version}, by=by, name=name, speaker=speaker)


def verify(transcript: Transcript, number: int, by: User) -> None:
    row = rows_of(transcript)[number]
    verify_rows(transcript=transcript, versions={row.pk: row.version}, on=True, by=by)


def test_first_result_labels_whole_rows_as_one_change(talk: Transcript, lin: User) -> None:
    done = tell_apart(talk, say("111", "222", "112", "BBB"), lin)
    assert list_rows(talk) == [
        ("你好吗", "Speaker 1", 90),
        ("我很好", "Speaker 2", 90),
        ("那就好", "Speaker 1", rows_of(talk)[2].speaker_confidence),
        ("再见啊", "Speaker 2", 30),
    ]
    assert (done.state, done.progress, done.voices) == (
        DiarizationState.DONE,
        100,
        {str(number): talk.speakers.get(label=str(number)).pk for number in (1, 2)},
    )
    change = talk.changes.last()
    assert change is not None
    assert (change.kind, change.by, change.version) == (ChangeKind.ASSIGNED, lin, 2)
    assert change.details == {"diarization": str(done.pk), "voices": 2, "automatic": True}
    assert [speaker.colour for speaker in talk.speakers.all()] == [1, 2]
    # A row that two people share is only proposed to be split.
    (proposal,) = propose_all(done)
    assert (proposal.text, proposal.splits) == ("那就好", True)
    assert [(part.offset, part.text, part.voice) for part in proposal.parts] == [(0, "那就", 1), (2, "好", 2)]


def test_labels_are_undone_and_redone_as_one_step(talk: Transcript, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    undo_change(transcript=talk, by=lin)
    assert list_rows(talk) == [(text, "", None) for text in TEXTS]
    redo_change(transcript=talk, by=lin)
    assert [row[1:] for row in list_rows(talk)] == [("Speaker 1", 90), ("Speaker 2", 90)] * 2


def test_labels_that_come_meanwhile_leave_what_can_be_redone(talk: Transcript, lin: User) -> None:
    row = rows_of(talk)[0]
    edit_utterance(utterance=row, save=Save(text="您好吗", base_version=row.version), by=lin)
    undo_change(transcript=talk, by=lin)
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    redo_change(transcript=talk, by=lin)
    assert list_rows(talk)[0] == ("您好吗", "Speaker 1", 90)


def test_labels_are_nobodys_work(talk: Transcript, lin: User, ana: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    talk.refresh_from_db()
    assert (talk.version, is_worked_on(talk)) == (2, False)
    again = quick.again(talk.recording, voices.make_answer(TEXTS))
    talk.recording.refresh_from_db()
    assert talk.recording.current_transcript == again
    assign(talk, 0, ana, "Ana")
    assert is_worked_on(talk)


def test_single_voice_labels_nothing(talk: Transcript, lin: User) -> None:
    done = tell_apart(talk, say("111", "111", "111", "111"), lin)
    assert [row[1] for row in list_rows(talk)] == [""] * 4
    assert (propose_all(done), get_panel(talk, lin).proposal_count, len(get_panel(talk, lin).voices)) == ((), 0, 1)
    asked = tell_apart(talk, say("111", "111", "111", "111"), lin, automatic=False)
    assert len(propose_all(asked)) == 4


def test_what_people_assigned_before_makes_it_a_proposal(talk: Transcript, lin: User) -> None:
    assign(talk, 1, lin, "王老师")
    done = tell_apart(talk, say("111", "222", "111", "222"), lin)
    assert [row[1] for row in list_rows(talk)] == ["", "王老师", "", ""]
    teacher = talk.speakers.get(name="王老师")
    assert find_voice_speakers(done) == {1: None, 2: teacher.pk}
    assert [(one.text, one.parts[0].speaker) for one in propose_all(done)] == [
        ("你好吗", None),
        ("那就好", None),
        ("再见啊", teacher.pk),
    ]


def test_row_that_is_touched_between_read_and_write_stays(talk: Transcript, lin: User, ana: User) -> None:
    made = Diarization.objects.create(transcript=talk, requested_by=lin, automatic=True)
    claimed = Diarization.objects.select_related("transcript__recording").claim(made.pk)
    assert claimed is not None
    diarized = say("111", "222", "111", "222")
    labels = Labels(claimed, diarized)
    assert labels.prepare()
    assign(talk, 0, ana, "Ana")
    verify(talk, 1, ana)
    first = rows_of(talk)[3]
    edit_utterance(utterance=first, save=Save(text="再见了", base_version=first.version), by=ana)
    run._end(claimed, DiarizationState.DONE, diarized, labels)
    assert [row[:2] for row in list_rows(talk)] == [
        ("你好吗", "Ana"),
        ("我很好", ""),
        ("那就好", "Speaker 1"),
        ("再见了", "Speaker 2"),
    ]


def test_result_of_who_lost_the_lease_is_dropped(talk: Transcript, lin: User) -> None:
    made = Diarization.objects.create(transcript=talk, requested_by=lin, automatic=True)
    lost = Diarization.objects.select_related("transcript__recording").claim(made.pk)
    assert lost is not None
    Diarization.objects.update(attempt=2)
    with pytest.raises(Superseded):
        run.finish_diarization(lost, say("111", "222", "111", "222"))
    assert [row[1] for row in list_rows(talk)] == [""] * 4
    made.refresh_from_db()
    assert (made.state, made.result, talk.changes.count()) == (DiarizationState.RUNNING, None, 1)


def test_proposals_are_taken_one_by_one_and_all(talk: Transcript, lin: User, ana: User) -> None:
    assign(talk, 1, lin, "王老师")
    done = tell_apart(talk, say("111", "222", "122", "222"), lin)
    last = rows_of(talk)[3]
    taken = take_proposals(diarization=done, versions={last.pk: last.version}, by=ana)
    assert ([row.pk for row in taken.rows], taken.left, taken.has_splits) == ([last.pk], 0, False)
    assert list_rows(talk)[3] == ("再见啊", "王老师", 90)
    talk.refresh_from_db()
    rest = take_proposals(diarization=done, base_version=talk.version, by=ana)
    assert (len(rest.rows), rest.left, rest.has_splits) == (3, 0, True)
    assert [row[:2] for row in list_rows(talk)] == [
        ("你好吗", "Speaker 2"),
        ("我很好", "王老师"),
        ("那", "Speaker 2"),
        ("就好", "王老师"),
        ("再见啊", "王老师"),
    ]
    assert propose_all(Diarization.objects.get(pk=done.pk)) == ()
    change = find_taken(done)
    assert change is not None
    assert (change.by, change.details) == (ana, {"diarization": str(done.pk), "voices": 2, "splits": 1})
    with pytest.raises(NothingToUndo):  # It is Ana's.
        undo_diarization(diarization=done, by=lin)
    assert (get_panel(talk, lin).undoable, get_panel(talk, ana).undoable) == (None, change)
    undo_diarization(diarization=done, by=ana)
    assert [row[:2] for row in list_rows(talk)] == [
        ("你好吗", ""),
        ("我很好", "王老师"),
        ("那就好", ""),
        ("再见啊", "王老师"),
    ]
    redo_change(transcript=talk, by=ana)
    assert len(list_rows(talk)) == 5


def test_split_keeps_words_comments_and_marks(talk: Transcript, lin: User) -> None:
    done = tell_apart(talk, say("112", "222", "111", "112"), lin)
    row = rows_of(talk)[0]
    add_comment(row=row, start=2, end=3, quote="吗", body="?", by=CommentAuthor(lin))
    Utterance.objects.filter(pk=row.pk).update(flagged=True, additions={"emotion": "calm"})
    words, engine = row.words, row.engine_words
    take_proposals(diarization=done, base_version=99, by=lin)
    left, right = rows_of(talk)[:2]
    assert (left.text, right.text, left.words + right.words) == ("你好", "吗", words)
    assert (left.engine_words + right.engine_words, left.engine_text + right.engine_text) == (engine, "你好吗")
    assert (left.flagged, right.flagged, right.additions) == (True, True, {"emotion": "calm"})
    assert (Comment.objects.get().utterance_id, right.open_comments) == (right.pk, 1)
    assert [(one.speaker and one.speaker.label) for one in (left, right)] == ["1", "2"]
    assert rows_of(talk)[-1].text == "啊"
    talk.refresh_from_db()
    assert talk.row_count == 6
    undo_change(transcript=talk, by=lin)
    assert [one.text for one in rows_of(talk)] == list(TEXTS)
    assert Comment.objects.get().utterance_id == row.pk


def test_row_of_three_parts_is_cut_twice(lin: User, upload: Callable[..., Recording]) -> None:
    talk = voices.recognise(lin, "一二三四五六", "七八")
    done = tell_apart(talk, say("112231", "33"), lin)
    take_proposals(diarization=done, base_version=99, by=lin)
    assert [row[:2] for row in list_rows(talk)] == [
        ("一二", "Speaker 1"),
        ("三四", "Speaker 2"),
        ("五", "Speaker 3"),
        ("六", "Speaker 1"),
        ("七八", "Speaker 3"),
    ]


def test_same_request_takes_once(talk: Transcript, lin: User) -> None:
    done = tell_apart(talk, say("112", "222", "111", "222"), lin)
    for _again in range(2):
        taken = take_proposals(diarization=done, base_version=99, by=lin, request_key="k")
        assert (len(taken.rows), taken.has_splits) == (2, True)
    assert talk.changes.count() == 3


def test_rows_that_changed_since_are_left_alone(talk: Transcript, lin: User, ana: User) -> None:
    assign(talk, 1, lin, "王老师")
    done = tell_apart(talk, say("111", "222", "111", "222"), lin)
    seen = get_versions(rows_of(talk))
    talk.refresh_from_db()
    base = talk.version
    verify(talk, 0, ana)
    taken = take_proposals(diarization=done, versions=seen, by=lin)
    assert ([row.text for row in taken.rows], taken.left) == (["那就好", "再见啊"], 2)
    with pytest.raises(EditConflict):
        take_proposals(diarization=done, versions={pk: seen[pk] for pk in list(seen)[:1]}, by=lin)
    undo_change(transcript=talk, by=lin)
    row = rows_of(talk)[3]
    edit_utterance(utterance=row, save=Save(text="再见吧", base_version=row.version), by=ana)
    after = take_proposals(diarization=done, base_version=base, by=lin)
    assert [row.text for row in after.rows] == []  # Both were changed since: taken and undone, or edited.
    talk.refresh_from_db()
    assert len(take_proposals(diarization=done, base_version=talk.version, by=lin).rows) == 2


def test_labels_that_came_by_themselves_are_undone_by_anybody(talk: Transcript, lin: User, ana: User) -> None:
    done = tell_apart(talk, say("111", "222", "111", "222"), lin)
    assign(talk, 0, ana, "Ana")
    undone = undo_diarization(diarization=done, by=ana, request_key="u")
    assert (len(undone.rows), undone.has_splits) == (3, False)
    assert [row[1:] for row in list_rows(talk)] == [("Ana", None), ("", None), ("", None), ("", None)]
    assert len(undo_diarization(diarization=done, by=ana, request_key="u").rows) == 3
    with pytest.raises(NothingToUndo):
        undo_diarization(diarization=done, by=lin)
    with pytest.raises(NothingToUndo):  # It is undone for who asked for it, too.
        undo_change(transcript=talk, by=lin)
    assert get_panel(talk, lin).taken is None
    # Taken again, the voices get the speakers that were made for them.
    talk.refresh_from_db()
    take_proposals(diarization=Diarization.objects.get(pk=done.pk), base_version=talk.version, by=lin)
    assert [row[1] for row in list_rows(talk)] == ["Ana", "Speaker 2", "Ana", "Speaker 2"]
    assert voices.name_all(talk) == ["Speaker 1", "Speaker 2", "Ana"]


def test_rows_that_were_split_and_changed_since_keep_all_of_it(talk: Transcript, lin: User, ana: User) -> None:
    done = tell_apart(talk, say("112", "222", "111", "222"), lin)
    take_proposals(diarization=done, base_version=99, by=lin)
    row = rows_of(talk)[1]
    edit_utterance(utterance=row, save=Save(text="啊", base_version=row.version), by=ana)
    before = list_rows(talk)
    with pytest.raises(EditConflict):
        undo_diarization(diarization=done, by=lin)
    assert list_rows(talk) == before


@pytest.mark.long
def test_many_rows_are_labelled_split_and_undone(lin: User, ana: User, upload: Callable[..., Recording]) -> None:
    """As many as are prepared before the transaction that stores them."""
    talk = voices.recognise(lin, *["你好吗"] * (BATCH + 2))
    spoken = ["111", "222"] * (BATCH // 2) + ["122", "111"]
    done = tell_apart(talk, say(*spoken), lin)
    labelled = list_rows(talk)
    assert [row[1] for row in labelled] == [f"Speaker {row[-1]}" for row in spoken]
    talk.refresh_from_db()
    taken = take_proposals(diarization=done, base_version=talk.version, by=ana)
    assert (len(taken.rows), len(list_rows(talk))) == (2, BATCH + 3)
    assert len(undo_diarization(diarization=done, by=ana).rows) == 2
    assert list_rows(talk) == labelled
    assign(talk, 0, ana, "Ana")
    undone = undo_diarization(diarization=done, by=ana)
    assert (len(undone.rows), undone.has_splits) == (BATCH + 1, False)
    assert {row[1:] for row in list_rows(talk)} == {("Ana", None), ("", None)}
    whole = tell_apart(talk, say(*["122"] * (BATCH + 2)), lin, automatic=False)
    talk.refresh_from_db()
    cut = take_proposals(diarization=whole, base_version=talk.version, by=lin)
    assert len(cut.rows) == 2 * (BATCH + 1)
    assert [row.pk for row in cut.rows if row.pk is None] == []
    assert len(list_rows(talk)) == 2 * (BATCH + 2) - 1
    undo_change(transcript=talk, by=lin)
    assert len(list_rows(talk)) == BATCH + 2


def test_merged_voice_is_the_other_one_from_then_on(talk: Transcript, lin: User) -> None:
    done = tell_apart(talk, say("111", "222", "333", "131"), lin)
    first, third = talk.speakers.get(label="1"), talk.speakers.get(label="3")
    theirs = get_versions(talk.utterances.filter(speaker=third))
    merge_speakers(speaker=third, into=first, versions=theirs, by=lin)
    rename_speaker(speaker=first, name="Lin", base_name="", by=lin)
    assert [row[1:] for row in list_rows(talk)][::2] == [("Lin", 90), ("Lin", 90)]
    done.refresh_from_db()
    assert find_voice_speakers(done) == {1: first.pk, 2: talk.speakers.get(label="2").pk, 3: first.pk}
    assert propose_all(done) == ()  # "131" is one person's now.


def test_assigning_the_same_speaker_confirms_the_row(talk: Transcript, lin: User) -> None:
    tell_apart(talk, say("111", "BBB", "111", "222"), lin)
    row = rows_of(talk)[1]
    assert row.speaker_confidence == 30
    assign(talk, 1, lin, speaker=row.speaker)
    assert list_rows(talk)[1][1:] == ("Speaker 2", None)
    undo_change(transcript=talk, by=lin)
    assert list_rows(talk)[1][1:] == ("Speaker 2", 30)


def test_again_with_another_number_proposes_what_differs(talk: Transcript, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "222"), lin)
    two = talk.speakers.get(label="2")
    assign(talk, 1, lin, speaker=two)
    more = tell_apart(talk, say("111", "222", "111", "333"), lin, automatic=False)
    assert [row[1] for row in list_rows(talk)] == ["Speaker 1", "Speaker 2"] * 2
    assert [(one.text, one.current, one.parts[0].speaker) for one in propose_all(more)] == [("再见啊", two.pk, None)]
    less = tell_apart(talk, say("111", "111", "111", "111"), lin, automatic=False)
    one = talk.speakers.get(label="1")
    assert [(each.text, each.parts[0].speaker) for each in propose_all(less)] == [("再见啊", one.pk)]


def test_one_speaker_is_split_into_two(talk: Transcript, lin: User) -> None:
    tell_apart(talk, say("111", "222", "111", "111"), lin)
    first = talk.speakers.get(label="1")
    row = rows_of(talk)[0]
    assign(talk, 0, lin, speaker=row.speaker)
    halves = tell_apart(talk, say("", "", "111", "222"), lin, automatic=False, within=first)
    assert find_voice_speakers(halves)[1] == first.pk
    (proposal,) = propose_all(halves)
    assert (proposal.text, proposal.current, proposal.parts[0].speaker) == ("再见啊", first.pk, None)
    take_proposals(diarization=halves, base_version=99, by=lin)
    assert [row[1] for row in list_rows(talk)] == ["Speaker 1", "Speaker 2", "Speaker 1", "Speaker 3"]


def test_dismissed_proposals_are_gone(talk: Transcript, lin: User) -> None:
    done = tell_apart(talk, say("112", "222", "111", "222"), lin)
    assert get_panel(talk, lin).proposal_count == 1
    Diarization.objects.update(dismissed=True)
    assert get_panel(talk, lin).proposal_count == 0
    assert propose_all(Diarization.objects.get(pk=done.pk)) == ()


def test_rows_that_are_cut_and_joined_keep_how_sure_they_are(talk: Transcript, lin: User) -> None:
    tell_apart(talk, say("AAA", "222", "111", "222"), lin)
    first, second = rows_of(talk)[:2]
    merge_rows(transcript=talk, versions=get_versions([first, second]), by=lin)
    assert list_rows(talk)[0] == ("你好吗我很好", "Speaker 1", 30)


_touch = st.sampled_from(["", "", "assign", "verify", "both"])
_voice = st.sampled_from("123ABC")
_row = st.tuples(_touch, st.lists(_voice, min_size=3, max_size=3).map("".join))


@pytest.mark.long
@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_row, min_size=1, max_size=6), st.booleans(), st.booleans())
def test_no_row_that_a_person_touched_changes(
    talk: Transcript, lin: User, ana: User, rows: list[tuple[str, str]], meanwhile: bool, automatic: bool
) -> None:
    """Whether they touch it before, or between the reading and the writing."""
    own = voices.recognise(lin, *["你好吗"] * len(rows))
    someone = add_speaker(transcript=own, name="Ana")

    def touch() -> dict[int, dict[str, Any]]:
        for number, (how, _spoken) in enumerate(rows):
            if how in {"assign", "both"}:
                assign(own, number, ana, speaker=someone)
            if how in {"verify", "both"}:
                verify(own, number, ana)
        ids = [row.pk for row, (how, _spoken) in zip(rows_of(own), rows, strict=True) if how]
        return {row["id"]: row for row in own.utterances.filter(pk__in=ids).values()}

    found = say(*(spoken for _how, spoken in rows))
    made = Diarization.objects.create(transcript=own, requested_by=lin, automatic=automatic)
    claimed = Diarization.objects.select_related("transcript__recording").claim(made.pk)
    assert claimed is not None
    touched = {} if meanwhile else touch()
    labels = Labels(claimed, found)
    has_labels = labels.prepare()
    touched = touch() if meanwhile else touched
    run._end(claimed, DiarizationState.DONE, found, labels if has_labels else None)
    own.refresh_from_db()
    take_proposals(diarization=claimed, base_version=own.version, by=lin)
    left = {row["id"]: row for row in own.utterances.filter(pk__in=touched).values()}
    assert left == touched
    texts = [row.text for row in rows_of(own)]
    assert "".join(texts) == "你好吗" * len(rows)
