from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.models.test_constraints import make_recording, make_transcript, refuses
from transcripts.models import Assignment, Comment, Notice, Project, Transcript, Utterance


@pytest.fixture
def transcript(db: None) -> Transcript:
    return make_transcript(make_recording(Project.objects.create(name="Talks")))


@pytest.fixture
def row(transcript: Transcript) -> Utterance:
    return Utterance.objects.create(transcript=transcript, start_ms=0, end_ms=1000, text="Hello there")


def say(row: Utterance, **fields: Any) -> Comment:
    return Comment.objects.create(**{"transcript": row.transcript, "utterance": row, "body": "So?", **fields})


def test_comment_is_about_a_row_or_in_a_thread_and_not_both(row: Utterance) -> None:
    comment = say(row)
    say(row, utterance=None, thread=comment)
    refuses("comment_of_row_or_thread", lambda: say(row, thread=comment))
    refuses("comment_of_row_or_thread", lambda: say(row, utterance=None))


def test_words_of_a_comment_end_after_they_begin(row: Utterance) -> None:
    assert say(row, start=6, end=11, text=row.text).quote == "there"
    refuses("comment_ends_after_start", lambda: say(row, start=6, end=5, text=row.text))


def test_the_same_request_makes_one_comment(row: Utterance) -> None:
    for _time in range(2):
        say(row)
    say(row, request_key="a")
    refuses("comment_request_once", lambda: say(row, request_key="a"))


def test_person_is_told_of_a_comment_once(row: Utterance, lin: User) -> None:
    notice = {"comment": say(row), "user": lin, "is_mention": True}
    Notice.objects.create(**notice)
    refuses("notice_once", lambda: Notice.objects.create(**notice))


def test_assignments_have_a_length_and_begin_once(transcript: Transcript) -> None:
    Assignment.objects.create(transcript=transcript, start_ms=0, end_ms=10)
    refuses("assignment_start_once", lambda: Assignment.objects.create(transcript=transcript, start_ms=0, end_ms=20))
    refuses(
        "assignment_ends_after_start", lambda: Assignment.objects.create(transcript=transcript, start_ms=5, end_ms=5)
    )


def test_what_somebody_said_outlives_their_account(row: Utterance, lin: User) -> None:
    comment = say(row, author=lin)
    lin.delete()
    comment.refresh_from_db()
    assert (comment.author_name, comment.body) == ("", "So?")
