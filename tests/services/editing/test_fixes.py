from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.conftest import ANSWER
from transcripts.enums import ChangeKind
from transcripts.models import Recording, Transcript, Utterance
from transcripts.services.editing.fixes import ChosenWarnings, dismiss_warnings, find_warnings, fix_warnings
from transcripts.services.editing.history import undo_change
from transcripts.text.signs import Spacing

LATIN = Spacing.LATIN


@pytest.fixture
def transcript(lin: User, upload: Callable[..., Recording]) -> Transcript:
    """Two rows with two warnings that can be mended and one that can't."""
    made = quick.recognised(upload(lin), ANSWER)
    first, second = made.utterances.all()
    Utterance.objects.filter(pk=first.pk).update(text="欢迎,Lin来。")
    Utterance.objects.filter(pk=second.pk).update(text="大家好,（大家早,")
    return made


def told(transcript: Transcript, *, dismissed: bool = False) -> list[tuple[str, str]]:
    return [
        (one.warning.message, one.text[one.warning.start : one.warning.end])
        for one in find_warnings(transcript)
        if one.dismissed == dismissed
    ]


def texts(transcript: Transcript) -> list[tuple[str, int]]:
    return list(transcript.utterances.values_list("text", "version"))


ALL = [("half_width", ","), ("spacing", "Lin"), ("half_width", ","), ("unpaired", "（"), ("half_width", ",")]


def test_warnings_come_in_the_order_of_time(transcript: Transcript) -> None:
    assert told(transcript) == ALL


def test_one_warning_is_mended_as_an_edit(transcript: Transcript, lin: User) -> None:
    second = find_warnings(transcript)[2]
    chosen = ChosenWarnings("half_width", second.row, second.warning.key)
    rows = fix_warnings(transcript=transcript, chosen=chosen, spacing=LATIN, by=lin)
    assert [row.text for row in rows] == ["大家好，（大家早,"]
    assert [word for word, *_times in rows[0].words] == list("大家好大家早")
    assert told(transcript) == [one for index, one in enumerate(ALL) if index != 2]
    change = transcript.changes.last()
    assert change is not None
    assert (change.kind, change.by) == (ChangeKind.EDITED, lin)


def test_warning_that_is_gone_is_left_alone(transcript: Transcript, lin: User) -> None:
    found = find_warnings(transcript)[2]
    chosen = ChosenWarnings("half_width", found.row, found.warning.key)
    for _time in range(2):
        fix_warnings(transcript=transcript, chosen=chosen, spacing=LATIN, by=lin)
    assert transcript.changes.count() == 2
    assert (
        fix_warnings(transcript=transcript, chosen=ChosenWarnings("spacing", 10**9, "x"), spacing=LATIN, by=lin) == []
    )


def test_all_of_a_rule_are_mended_and_taken_back_at_once(transcript: Transcript, lin: User) -> None:
    before = texts(transcript)
    for _time in range(2):
        fix_warnings(transcript=transcript, chosen=ChosenWarnings("half_width"), spacing=LATIN, by=lin, request_key="k")
    assert texts(transcript) == [("欢迎，Lin来。", 2), ("大家好，（大家早，", 2)]
    undo_change(transcript=transcript, by=lin)
    assert [text for text, _version in texts(transcript)] == [text for text, _version in before]


def test_dismissed_warning_stays_away_while_its_place_does(transcript: Transcript, lin: User) -> None:
    bracket = find_warnings(transcript)[3]
    chosen = ChosenWarnings("unpaired", bracket.row, bracket.warning.key)
    rows = dismiss_warnings(transcript=transcript, chosen=chosen, spacing=LATIN, by=lin)
    assert [(row.dismissed, row.version) for row in rows] == [(["unpaired:,（大"], 2)]
    assert (told(transcript), told(transcript, dismissed=True)) == ([*ALL[:3], ALL[4]], [ALL[3]])
    change = transcript.changes.last()
    assert change is not None
    assert change.kind == ChangeKind.DISMISSED
    Utterance.objects.filter(pk=bracket.row).update(text="大家好,（大家早。")
    assert told(transcript, dismissed=True) == [ALL[3]]
    Utterance.objects.filter(pk=bracket.row).update(text="大家好（大家早。")
    assert told(transcript, dismissed=True) == []


def test_dismissed_warnings_are_neither_mended_nor_lost(transcript: Transcript, lin: User) -> None:
    before = texts(transcript)
    chosen = ChosenWarnings("half_width")
    dismiss_warnings(transcript=transcript, chosen=chosen, spacing=LATIN, by=lin)
    assert (told(transcript), len(told(transcript, dismissed=True))) == ([ALL[1], ALL[3]], 3)
    fix_warnings(transcript=transcript, chosen=chosen, spacing=LATIN, by=lin)
    assert [text for text, _version in texts(transcript)] == [text for text, _version in before]
    dismiss_warnings(transcript=transcript, chosen=chosen, spacing=LATIN, by=lin, again=True)
    assert told(transcript) == ALL


def test_mending_takes_the_verified_mark_off(transcript: Transcript, lin: User) -> None:
    transcript.utterances.update(verified_by=lin, verified_at="2026-11-23T08:00:00Z")
    dismiss_warnings(transcript=transcript, chosen=ChosenWarnings("unpaired"), spacing=LATIN, by=lin)
    assert [row.is_verified for row in transcript.utterances.all()] == [True, True]
    fix_warnings(transcript=transcript, chosen=ChosenWarnings("spacing"), spacing=LATIN, by=lin)
    assert [row.is_verified for row in transcript.utterances.all()] == [False, True]
