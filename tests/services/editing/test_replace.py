from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from tests import quick
from transcripts.enums import ChangeKind
from transcripts.models import Recording, Transcript, Utterance
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.replace import ReplaceResult, TickedHit, replace_ticked
from transcripts.services.editing.rows import delete_row, insert_row_after, split_row
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.text.finding import Mode, Search, TooSlow, fold_for_search

TEXTS = ["欢迎 Lin 来。", "大家好，大家早。", "LIN说大家都好。", "大家"]


@pytest.fixture
def transcript(lin: User, upload: Callable[..., Recording]) -> Transcript:
    utterances = [
        {"start_time": n * 1000, "end_time": n * 1000 + 900, "text": text, "words": []} for n, text in enumerate(TEXTS)
    ]
    answer = {"audio_info": {"duration": 4000}, "result": {"text": "".join(TEXTS), "utterances": utterances}}
    return quick.recognised(upload(lin), answer)


def rows_of(transcript: Transcript) -> list[Utterance]:
    return list(transcript.utterances.visible())


def texts(transcript: Transcript) -> list[str]:
    return [row.text for row in rows_of(transcript)]


def every_hit(transcript: Transcript, search: Search) -> list[TickedHit]:
    return [
        TickedHit(row.pk, row.version, number)
        for row in rows_of(transcript)
        for number, _hit in enumerate(search.find_hits(row.text))
    ]


def test_ticked_hits_are_replaced_as_one_change(transcript: Transcript, lin: User) -> None:
    search = Search("大家", replace="各位")
    ticked = every_hit(transcript, search)
    del ticked[1]
    done = replace_ticked(transcript=transcript, search=search, ticked=ticked, by=lin)
    assert texts(transcript) == ["欢迎 Lin 来。", "各位好，大家早。", "LIN说各位都好。", "各位"]
    assert ([row.text for row in done.rows], done.count, done.left) == (texts(transcript)[1:], 3, 0)
    change = transcript.changes.last()
    assert change is not None
    assert (change.kind, change.by, change.version) == (ChangeKind.REPLACED, lin, 2)
    assert change.details == {"find": "大家", "replace": "各位", "mode": "plain", "count": 3}
    assert change.revisions.count() == 3
    undo_change(transcript=transcript, by=lin)
    assert texts(transcript) == TEXTS


def test_nothing_ticked_changes_nothing(transcript: Transcript, lin: User) -> None:
    done = replace_ticked(transcript=transcript, search=Search("大家", replace="各位"), ticked=[], by=lin)
    assert done == ReplaceResult([])
    assert (texts(transcript), transcript.changes.count()) == (TEXTS, 1)


def test_row_that_changed_since_is_left_and_the_others_go_through(transcript: Transcript, lin: User) -> None:
    search = Search("大家", replace="各位")
    ticked = every_hit(transcript, search)
    _first, second, third, last = rows_of(transcript)
    edit_utterance(utterance=second, save=Save(text="大家好，大家晚。", base_version=1), by=lin)
    delete_row(row=third, base_version=1, by=lin)
    done = replace_ticked(transcript=transcript, search=search, ticked=ticked, by=lin)
    assert texts(transcript) == ["欢迎 Lin 来。", "大家好，大家晚。", "各位"]
    assert ([row.pk for row in done.rows], done.count, done.left) == ([last.pk], 1, 2)


def test_row_of_which_nothing_would_be_left_is_left(transcript: Transcript, lin: User) -> None:
    search = Search("大家", replace="")
    done = replace_ticked(transcript=transcript, search=search, ticked=every_hit(transcript, search), by=lin)
    assert texts(transcript) == ["欢迎 Lin 来。", "好，早。", "LIN说都好。", "大家"]
    assert (done.count, done.left) == (3, 1)


def test_row_that_would_become_too_long_is_left(transcript: Transcript, lin: User) -> None:
    search = Search("。", Mode.REGEX, replace=r"\g<0>" * 150 + "x" * 400)
    first = rows_of(transcript)[0]
    edit_utterance(utterance=first, save=Save(text="。" * 200, base_version=1), by=lin)
    done = replace_ticked(transcript=transcript, search=search, ticked=every_hit(transcript, search), by=lin)
    assert (texts(transcript)[0], done.left) == ("。" * 200, 1)


def test_hit_that_reads_so_already_is_no_change(transcript: Transcript, lin: User) -> None:
    search = Search("lin", replace="Lin")
    done = replace_ticked(transcript=transcript, search=search, ticked=every_hit(transcript, search), by=lin)
    assert texts(transcript) == ["欢迎 Lin 来。", "大家好，大家早。", "Lin说大家都好。", "大家"]
    assert ([row.text for row in done.rows], done.count, done.left) == (["Lin说大家都好。"], 1, 0)


def test_groups_of_a_regular_expression_are_put_in(transcript: Transcript, lin: User) -> None:
    search = Search(r"(\p{Han})([a-z]+)|([a-z]+)(\p{Han})", Mode.REGEX, replace=r"\1\3 \2\4")
    replace_ticked(transcript=transcript, search=search, ticked=every_hit(transcript, search), by=lin)
    assert texts(transcript)[2] == "LIN 说大家都好。"


def test_replacement_stays_one_line(transcript: Transcript, lin: User) -> None:
    search = Search("。", replace="\n")
    replace_ticked(transcript=transcript, search=search, ticked=every_hit(transcript, search), by=lin)
    assert texts(transcript) == ["欢迎 Lin 来", "大家好，大家早", "LIN说大家都好", "大家"]


def test_replacing_takes_the_verified_mark_off(transcript: Transcript, lin: User) -> None:
    transcript.utterances.update(verified_by=lin, verified_at=transcript.created_at)
    search = Search("早", replace="晚")
    replace_ticked(transcript=transcript, search=search, ticked=every_hit(transcript, search), by=lin)
    assert [row.is_verified for row in rows_of(transcript)] == [True, False, True, True]


def test_same_request_replaces_once(transcript: Transcript, lin: User) -> None:
    search = Search("大家", replace="大家大家")
    ticked = every_hit(transcript, search)
    for _time in range(2):
        done = replace_ticked(transcript=transcript, search=search, ticked=ticked, by=lin, request_key="k")
        assert (len(done.rows), done.count, done.left) == (3, 4, 0)
    assert texts(transcript)[3] == "大家大家"
    assert transcript.changes.count() == 2


def test_hits_that_are_not_there_are_left(transcript: Transcript, lin: User) -> None:
    row = rows_of(transcript)[0]
    done = replace_ticked(
        transcript=transcript,
        search=Search("Lin", replace="Ana"),
        ticked=[TickedHit(row.pk, row.version, 7), TickedHit(2**62, 1, 0)],
        by=lin,
    )
    assert (done.rows, done.left, texts(transcript)) == ([], 2, TEXTS)


def test_stopped_search_replaces_nothing(transcript: Transcript, lin: User) -> None:
    for row in rows_of(transcript)[1:3]:
        edit_utterance(utterance=row, save=Save(text="a" * 5000 + "b", base_version=1), by=lin)
    ticked = [TickedHit(row.pk, row.version, 0) for row in rows_of(transcript)]
    before = texts(transcript)
    with pytest.raises(TooSlow):
        replace_ticked(
            transcript=transcript, search=Search("(a+)+$|Lin", Mode.REGEX, seconds=0.05), ticked=ticked, by=lin
        )
    assert texts(transcript) == before


def test_index_follows_every_change(transcript: Transcript, lin: User) -> None:
    first, second, *_ = rows_of(transcript)
    split_row(row=second, offset=4, base_version=1, by=lin)
    insert_row_after(row=first, base_version=1, by=lin)
    search = Search("lin", replace="ＡＮＡ")
    replace_ticked(transcript=transcript, search=search, ticked=every_hit(transcript, search), by=lin)
    undo_change(transcript=transcript, by=lin)
    assert [row.search_text for row in transcript.utterances.all()] == [
        fold_for_search(row.text) for row in transcript.utterances.all()
    ]
