from __future__ import annotations

from contextlib import suppress

import pytest
from django.contrib.auth.models import User

from tests.quick import stands
from tests.services.at_once import at_once
from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, NothingToUndo
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.utterances import Save, clean_text, edit_utterance

FIRST, SECOND = "欢迎 Lin 来。", "大家好。"


def edit(row: Utterance, text: str, by: User, base: int = 1, key: str = "") -> Utterance:
    return edit_utterance(utterance=row, save=Save(text=text, base_version=base, request_key=key), by=by)


UNTOUCHED = (1, [(FIRST, 1), (SECOND, 1)], 1)


def test_edit_is_stored_with_its_words_and_a_change(transcript: Transcript, row: Utterance, lin: User) -> None:
    engine = (row.engine_text, row.engine_words)
    stored = edit(row, "欢迎 Lin 又来！", lin)
    assert stands(transcript) == (2, [("欢迎 Lin 又来！", 2), (SECOND, 1)], 2)
    row.refresh_from_db()
    assert (row.engine_text, row.engine_words) == engine
    assert (stored.text, stored.version, stored.words) == (row.text, row.version, row.words)
    assert [word for word in row.words if word[0] != "又"] == [[*word, "engine"] for word in row.engine_words]
    _text, start_ms, end_ms, source = row.words[3]
    assert (source, 1240 <= start_ms < end_ms <= 1600) == ("estimated", True)
    change = transcript.changes.get(version=2)
    assert (change.kind, change.by, change.details, change.undoes) == (ChangeKind.EDITED, lin, {}, None)
    revisions = change.revisions.values_list("utterance", "version", "before", "after")
    assert list(revisions) == [(row.pk, 2, {"text": FIRST}, {"text": "欢迎 Lin 又来！"})]


def test_text_edited_back_has_the_engines_times_again(transcript: Transcript, row: Utterance, lin: User) -> None:
    words = row.words
    edit(row, "啊 Bob", lin)
    edit(row, FIRST, lin, base=2)
    row.refresh_from_db()
    assert row.words == words
    assert stands(transcript) == (3, [(FIRST, 3), (SECOND, 1)], 3)


@pytest.mark.parametrize("text", [FIRST, f"  {FIRST}\r\n"])
def test_edit_that_changes_nothing_is_no_change(transcript: Transcript, row: Utterance, lin: User, text: str) -> None:
    assert edit(row, text, lin).version == 1
    assert stands(transcript) == UNTOUCHED


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("one\ntwo\r\nthree", "one two  three"),
        ("a\tb\u2028c\u2029d\x85e\x0bf\x0cg", "a b c d e f g"),
        ("be\x07ll\x1b[31m\x00", "bell[31m"),
        ("  spaced  ", "spaced"),
        ("家\u200d庭 👩\u200d👩\u200d👧", "家\u200d庭 👩\u200d👩\u200d👧"),
        ("\x01\x02", ""),
    ],
)
def test_text_is_cleaned_to_one_line(typed: str, stored: str) -> None:
    assert clean_text(typed) == stored


def test_cleaned_text_is_what_is_stored(transcript: Transcript, row: Utterance, lin: User) -> None:
    assert edit(row, "欢迎\nLin\x07来。", lin).text == "欢迎 Lin来。"


def test_stale_edit_of_other_words_is_merged(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎 Lin 来！", lin)
    stored = edit(row, "欢迎 Ana 来。", ana)
    assert (stored.text, stored.version) == ("欢迎 Ana 来！", 3)
    assert stands(transcript) == (3, [("欢迎 Ana 来！", 3), (SECOND, 1)], 3)
    change = transcript.changes.get(version=3)
    revision = change.revisions.get()
    assert (change.by, revision.before, revision.after) == (ana, {"text": "欢迎 Lin 来！"}, {"text": "欢迎 Ana 来！"})


def test_stale_edit_that_says_the_same_is_no_second_change(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎 Lin 来！", lin)
    assert edit(row, "欢迎 Lin 来！", ana).version == 2
    assert stands(transcript) == (2, [("欢迎 Lin 来！", 2), (SECOND, 1)], 2)


def test_stale_edit_is_merged_over_several_versions(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎 Lin 来！", lin)
    edit(row, "欢迎 Lin 来！大家好", lin, base=2)
    edit(row, "大欢迎 Lin 来！大家好", lin, base=3)
    assert edit(row, "欢迎 Ana 来！大家好", ana, base=3).text == "大欢迎 Ana 来！大家好"


def test_typing_on_after_a_merge_is_no_conflict_with_oneself(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "你好 Lin 来。", ana)
    merged = edit(row, "欢迎 Lin 又来。", lin)
    assert (merged.text, merged.version) == ("你好 Lin 又来。", 3)

    def on(text: str, utterance: Utterance) -> Utterance:
        sent = "欢迎 Lin 又来。"
        return edit_utterance(utterance=utterance, save=Save(text=text, base_version=3, base_text=sent), by=lin)

    again = on("欢迎 Lin 又来了。", merged)
    assert (again.text, again.version) == ("你好 Lin 又来了。", 4)
    with pytest.raises(EditConflict) as conflict:
        on("您好 Lin 又来。", again)
    assert (conflict.value.theirs, conflict.value.mine) == ("你好 Lin 又来了。", "您好 Lin 又来。")


@pytest.mark.parametrize("key", ["", "k"])
def test_stale_edit_of_the_same_words_is_a_conflict_that_stores_nothing(
    transcript: Transcript, row: Utterance, lin: User, ana: User, key: str
) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    before = stands(transcript)
    with pytest.raises(EditConflict) as refused:
        edit(row, "欢迎 Ana 来。", ana, key=key)
    conflict = refused.value
    assert (conflict.theirs, conflict.mine, conflict.version) == ("欢迎 Bob 来。", "欢迎 Ana 来。", 2)
    assert stands(transcript) == before == (2, [("欢迎 Bob 来。", 2), (SECOND, 1)], 2)
    # Decided in favour of one's own, with the version that was shown.
    assert edit(row, "欢迎 Ana 来。", ana, base=2, key=key).version == 3


@pytest.mark.parametrize("base", [3, 99, 10**30])
def test_edit_over_a_version_that_never_was_is_a_conflict(
    transcript: Transcript, row: Utterance, lin: User, base: int
) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    with pytest.raises(EditConflict):
        edit(row, "欢迎 Ana 来。", lin, base=base)
    assert stands(transcript)[0] == 2


def test_edits_of_two_rows_count_the_transcripts_version_on(transcript: Transcript, row: Utterance, lin: User) -> None:
    second = transcript.utterances.last()
    assert second is not None
    edit(row, "欢迎。", lin)
    edit(second, "大家早。", lin)
    assert stands(transcript) == (3, [("欢迎。", 2), ("大家早。", 2)], 3)
    rows = transcript.changes.values_list("version", "revisions__utterance")
    assert list(rows) == [(1, None), (2, row.pk), (3, second.pk)]


def test_same_request_applies_once(transcript: Transcript, row: Utterance, lin: User) -> None:
    assert edit(row, "欢迎 Bob 来。", lin, key="k").version == 2
    assert edit(row, "欢迎 Bob 来。", lin, key="k").version == 2
    edit(row, "欢迎 Eve 来。", lin, base=2, key="l")
    again = edit(row, "欢迎 Bob 来。", lin, key="k")
    assert (again.text, again.version) == ("欢迎 Eve 来。", 3)
    assert stands(transcript) == (3, [("欢迎 Eve 来。", 3), (SECOND, 1)], 3)


def test_row_without_engine_words_can_be_written(transcript: Transcript, row: Utterance, lin: User) -> None:
    Utterance.objects.update(engine_words=[], words=[], text="", engine_text="")
    words = edit(row, "hello there", lin).words
    assert [(text, source) for text, _start, _end, source in words] == [
        ("hello", "estimated"),
        ("there", "estimated"),
    ]
    assert 400 <= words[0][1] < words[0][2] <= words[1][1] < words[1][2] <= 1600


def test_edit_to_punctuation_has_no_words(transcript: Transcript, row: Utterance, lin: User) -> None:
    assert edit(row, "……", lin).words == []


def test_same_request_many_times_at_once_applies_once(
    transactional_db: None, transcript: Transcript, row: Utterance, lin: User
) -> None:
    stored = at_once(*[lambda: edit(row, "欢迎 Bob 来。", lin, key="k")] * 6)
    assert [(one.text, one.version) for one in stored] == [("欢迎 Bob 来。", 2)] * 6
    assert stands(transcript) == (2, [("欢迎 Bob 来。", 2), (SECOND, 1)], 2)


def test_edits_of_different_words_at_once_are_all_kept(
    transactional_db: None, transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    second = transcript.utterances.last()
    assert second is not None
    at_once(
        lambda: edit(row, "欢迎 Bob 来。", lin),
        lambda: edit(row, "欢迎 Lin 来！", ana),
        lambda: edit(second, "大家早。", lin),
        lambda: edit(second, "大家好！", ana),
    )
    assert stands(transcript) == (5, [("欢迎 Bob 来！", 3), ("大家早！", 3)], 5)
    assert list(transcript.changes.values_list("version", flat=True)) == [1, 2, 3, 4, 5]


def test_edits_of_the_same_word_at_once_let_one_through(
    transactional_db: None, transcript: Transcript, row: Utterance, lin: User
) -> None:
    names = ["Ana", "Bob", "Eve", "Zoe"]
    results = at_once(*[lambda name=name: edit(row, f"欢迎 {name} 来。", lin) for name in names])
    conflicts = [one for one in results if isinstance(one, EditConflict)]
    stored = [one for one in results if isinstance(one, Utterance)]
    assert (len(stored), len(conflicts)) == (1, 3)
    assert {conflict.theirs for conflict in conflicts} == {stored[0].text}
    assert stands(transcript) == (2, [(stored[0].text, 2), (SECOND, 1)], 2)


@pytest.mark.parametrize(
    ("chosen", "kinds"),
    [
        ("欢迎 Bob 来。", [ChangeKind.EDITED, ChangeKind.EDITED, ChangeKind.RESTORED]),  # theirs
        ("欢迎 Ana 来。", [ChangeKind.EDITED, ChangeKind.EDITED]),  # mine
        ("欢迎 Bob 和 Ana 来。", [ChangeKind.EDITED, ChangeKind.EDITED, ChangeKind.EDITED]),  # both
    ],
)
def test_both_sides_of_a_conflict_are_in_the_history_whatever_is_chosen(
    transcript: Transcript, row: Utterance, lin: User, ana: User, chosen: str, kinds: list[str]
) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    verify_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=lin)
    with pytest.raises(EditConflict) as refused:
        edit(row, "欢迎 Ana 来。", ana)
    conflict = refused.value
    assert (conflict.base, conflict.draft, conflict.first) == (FIRST, "欢迎 Bob / Ana 来。", (3, 12))
    for _time in range(2):
        stored = edit_utterance(
            utterance=row,
            save=Save(text=chosen, base_version=conflict.version, request_key="settled", refused=conflict.mine),
            by=ana,
        )
        assert stored.text == chosen
    changes = transcript.changes.exclude(kind__in=[ChangeKind.RECOGNISED, ChangeKind.VERIFIED])
    assert list(changes.values_list("kind", flat=True)) == kinds
    texts = [revision.after["text"] for revision in row.revisions.order_by("version") if "text" in revision.after]
    assert texts == list(dict.fromkeys(["欢迎 Bob 来。", "欢迎 Ana 来。", chosen])) + (
        ["欢迎 Bob 来。"] if chosen == "欢迎 Bob 来。" else []
    )
    row.refresh_from_db()
    # Who takes the stored text leaves the mark that it was verified with.
    assert row.is_verified == (chosen == "欢迎 Bob 来。")
    # And undo takes nothing away that somebody else wrote.
    with suppress(NothingToUndo):
        undo_change(transcript=transcript, by=ana)
    row.refresh_from_db()
    assert row.text == "欢迎 Bob 来。"
    with pytest.raises(NothingToUndo):
        undo_change(transcript=transcript, by=ana)


def test_conflict_that_is_settled_too_late_is_one_again(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    edit(row, "欢迎 Eve 来。", lin, base=2)
    with pytest.raises(EditConflict):
        edit_utterance(utterance=row, save=Save(text="欢迎 Eva 来。", base_version=2, refused="欢迎 Ana 来。"), by=ana)
    assert stands(transcript) == (3, [("欢迎 Eve 来。", 3), (SECOND, 1)], 3)
