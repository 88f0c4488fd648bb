from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.utils import translation

from tests.services.at_once import at_once
from transcripts.access import CommentAuthor
from transcripts.enums import Role
from transcripts.errors import Gone, NotAllowed
from transcripts.models import Comment, Membership, Notice, Recording, Transcript, Utterance
from transcripts.services.accounts.preferences import change_preferences
from transcripts.services.comments.comments import (
    add_comment,
    delete_comment,
    edit_comment,
    mark_seen,
    reply_to_comment,
    resolve_thread,
)
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.rows import delete_row, merge_row, split_row
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.mails import send_due_mails


@pytest.fixture
def member(transcript: Transcript, ana: User) -> User:
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.EDITOR)
    return ana


@pytest.fixture
def on_lin(row: Utterance, lin: User) -> Comment:
    """Lin's comment on the word "Lin"."""
    return add_comment(row=row, body="Which Lin?", by=CommentAuthor(lin), start=3, end=6, quote="Lin")


def open_of(transcript: Transcript) -> list[int]:
    """How many threads are open, row by row; told by the rows alone, none of which has a new version."""
    return list(transcript.utterances.visible().values_list("open_comments", flat=True))


def home(comment: Comment) -> str:
    comment.refresh_from_db()
    assert comment.utterance is not None
    return comment.utterance.text


def notices() -> list[tuple[str, str, bool]]:
    found = Notice.objects.order_by("pk").values_list("comment__body", "user__username", "is_mention")
    return [(body, name, mention) for body, name, mention in found]


def test_comment_is_kept_with_the_words_it_is_about(transcript: Transcript, on_lin: Comment) -> None:
    assert (on_lin.quote, on_lin.at_ms, on_lin.author_name, on_lin.body) == ("Lin", 1060, "lin", "Which Lin?")
    assert open_of(transcript) == [1, 0]


def test_row_keeps_its_version_and_the_transcript_too(transcript: Transcript, on_lin: Comment) -> None:
    transcript.refresh_from_db()
    versions = transcript.utterances.values_list("version", flat=True)
    assert (list(versions), transcript.version, transcript.annotation_version, on_lin.annotation_version) == (
        [1, 1],
        1,
        1,
        1,
    )


@pytest.mark.parametrize(
    ("start", "end", "quote", "kept"),
    [
        (0, 0, "", ""),
        (2, 7, " Lin ", "Lin"),
        (0, 3, "Lin", "Lin"),
        (3, 6, "Ana", ""),
        (10**6, 10**6 + 3, "Lin", "Lin"),
    ],
)
def test_words_are_looked_for_where_they_do_not_stand(
    row: Utterance, lin: User, start: int, end: int, quote: str, kept: str
) -> None:
    assert add_comment(row=row, body="?", by=CommentAuthor(lin), start=start, end=end, quote=quote).quote == kept


def test_the_same_request_applies_once(transcript: Transcript, row: Utterance, lin: User) -> None:
    one = add_comment(row=row, body="One", by=CommentAuthor(lin), request_key="a")
    assert add_comment(row=row, body="One", by=CommentAuthor(lin), request_key="a") == one
    answer = reply_to_comment(comment=one, body="Two", by=CommentAuthor(lin), request_key="b")
    assert reply_to_comment(comment=one, body="Two", by=CommentAuthor(lin), request_key="b") == answer
    assert transcript.comments.count() == 2


def test_comment_on_a_deleted_row_is_refused(row: Utterance, lin: User) -> None:
    delete_row(row=row, base_version=1, by=lin)
    with pytest.raises(Gone):
        add_comment(row=row, body="?", by=CommentAuthor(lin))


def test_thread_is_resolved_and_an_answer_opens_it_again(transcript: Transcript, on_lin: Comment, ana: User) -> None:
    resolve_thread(comment=on_lin, on=True, by=CommentAuthor(ana))
    on_lin.refresh_from_db()
    assert (bool(on_lin.resolved_at), on_lin.resolved_by, open_of(transcript)) == (True, "ana", [0, 0])
    answer = reply_to_comment(comment=on_lin, body="No", by=CommentAuthor(ana))
    on_lin.refresh_from_db()
    assert (on_lin.resolved_at, open_of(transcript), answer.thread) == (None, [1, 0], on_lin)
    resolve_thread(comment=answer, on=True, by=CommentAuthor(ana))
    assert open_of(transcript) == [0, 0]


def test_answer_to_an_answer_stands_in_the_same_thread(on_lin: Comment, lin: User) -> None:
    answer = reply_to_comment(comment=on_lin, body="One", by=CommentAuthor(lin))
    assert reply_to_comment(comment=answer, body="Two", by=CommentAuthor(lin)).thread == on_lin


def test_own_comment_is_edited_and_nobody_elses(on_lin: Comment, lin: User, ana: User) -> None:
    assert edit_comment(comment=on_lin, body=" Which\r\nof\x00 them? ", by=CommentAuthor(lin)).body == "Which\nof them?"
    with pytest.raises(NotAllowed):
        edit_comment(comment=on_lin, body="Mine", by=CommentAuthor(ana))


def test_thread_goes_with_the_last_comment_in_it(transcript: Transcript, on_lin: Comment, lin: User, ana: User) -> None:
    answer = reply_to_comment(comment=on_lin, body="A friend", by=CommentAuthor(ana))
    with pytest.raises(NotAllowed):
        delete_comment(comment=answer, by=CommentAuthor(lin), may_edit=True)
    delete_comment(comment=on_lin, by=CommentAuthor(lin))
    assert open_of(transcript) == [1, 0]
    delete_comment(comment=answer, by=CommentAuthor(ana))
    on_lin.refresh_from_db()
    assert (open_of(transcript), on_lin.body) == ([0, 0], "")
    for change in (reply_to_comment, edit_comment):
        with pytest.raises(Gone):
            change(comment=on_lin, body="?", by=CommentAuthor(lin))
    with pytest.raises(Gone):
        resolve_thread(comment=on_lin, on=True, by=CommentAuthor(lin))


def test_guest_is_known_by_their_key(row: Utterance, lin: User) -> None:
    guest, namesake = CommentAuthor(name=" Dr.  Wei\x00 ", guest="secret"), CommentAuthor(name="Dr. Wei", guest="other")
    comment = add_comment(row=row, body="Good", by=guest)
    assert (comment.author, comment.author_name) == (None, "Dr. Wei")
    assert edit_comment(comment=comment, body="Very good", by=guest).body == "Very good"
    for other in (namesake, CommentAuthor(name="Dr. Wei"), CommentAuthor(lin)):
        with pytest.raises(NotAllowed):
            edit_comment(comment=comment, body="Bad", by=other)
        with pytest.raises(NotAllowed):
            delete_comment(comment=comment, by=other)
    delete_comment(comment=comment, by=CommentAuthor(lin), may_edit=True)


def test_people_who_are_named_or_answered_are_told(row: Utterance, lin: User, member: User) -> None:
    User.objects.create_user("bob")  # No member.
    comment = add_comment(row=row, body="@Ana @bob @lin look", by=CommentAuthor(lin))
    assert notices() == [("@Ana @bob @lin look", "ana", True)]
    reply_to_comment(comment=comment, body="Yes", by=CommentAuthor(name="Guest", guest="g"))
    assert notices()[1:] == [("Yes", "lin", False)]
    reply_to_comment(comment=comment, body="@ana again", by=CommentAuthor(lin))
    assert notices()[2:] == [("@ana again", "ana", True)]


def test_name_that_is_written_later_is_told_and_a_deleted_comment_is_not(
    on_lin: Comment, lin: User, member: User
) -> None:
    edit_comment(comment=on_lin, body="@ana which?", by=CommentAuthor(lin))
    edit_comment(comment=on_lin, body="@ana which one?", by=CommentAuthor(lin))
    assert notices() == [("@ana which one?", "ana", True)]
    delete_comment(comment=on_lin, by=CommentAuthor(lin))
    assert notices() == []


def test_what_was_for_somebody_is_seen_thread_by_thread_or_all_at_once(
    row: Utterance, on_lin: Comment, lin: User, member: User
) -> None:
    answer = reply_to_comment(comment=on_lin, body="@ana", by=CommentAuthor(lin))
    for body in ("@ana one", "@ana two"):
        add_comment(row=row, body=body, by=CommentAuthor(lin))
    unseen = Notice.objects.filter(user=member, seen_at=None)
    mark_seen(user=member, comment=answer)
    assert [notice.comment.body for notice in unseen] == ["@ana one", "@ana two"]
    mark_seen(user=member)
    assert list(unseen.all()) == []


# --- Comments stay with their words ------------------------------------------------------------------------------


def test_comment_goes_with_its_words_through_a_split_and_back(
    transcript: Transcript, row: Utterance, on_lin: Comment, lin: User
) -> None:
    of_row = add_comment(row=row, body="Whole", by=CommentAuthor(lin))
    halves = split_row(row=row, offset=3, base_version=1, by=lin)
    assert [one.open_comments for one in halves] == [1, 1]
    assert (home(on_lin), home(of_row), open_of(transcript)) == ("Lin 来。", "欢迎", [1, 1, 0])
    undo_change(transcript=transcript, by=lin)
    assert (home(on_lin), open_of(transcript)) == ("欢迎 Lin 来。", [2, 0])


def test_comment_goes_into_the_merged_row_and_back(transcript: Transcript, row: Utterance, lin: User) -> None:
    below = transcript.utterances.last()
    assert below is not None
    comment = add_comment(row=below, body="Late", by=CommentAuthor(lin))
    (merged, _gone) = merge_row(row=row, base_version=1, below=below.pk, below_version=1, by=lin)
    assert (merged.open_comments, home(comment), open_of(transcript)) == (1, "欢迎 Lin 来。大家好。", [1])
    undo_change(transcript=transcript, by=lin)
    assert (home(comment), open_of(transcript)) == ("大家好。", [0, 1])


def test_comment_goes_and_comes_back_with_its_row(
    transcript: Transcript, row: Utterance, on_lin: Comment, lin: User
) -> None:
    delete_row(row=row, base_version=1, by=lin)
    assert (home(on_lin), open_of(transcript)) == ("欢迎 Lin 来。", [0])
    undo_change(transcript=transcript, by=lin)
    assert open_of(transcript) == [1, 0]


def test_edit_of_the_text_asks_nothing_about_comments(
    transcript: Transcript, row: Utterance, on_lin: Comment, lin: User, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(7):  # Two of them open and close the transaction.
        edit_utterance(utterance=row, save=Save(text="欢迎 Wei 来。", base_version=1), by=lin)
    assert (home(on_lin), on_lin.quote, open_of(transcript)) == ("欢迎 Wei 来。", "Lin", [1, 0])


# --- Mails -------------------------------------------------------------------------------------------------------


SITE = "https://flashweb.example.org"


@pytest.fixture
def mails(settings: Any, member: User) -> list[Any]:
    """What is sent; Ana has confirmed her address."""
    settings.MAIL_IS_KEPT = False
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    EmailAddress.objects.create(user=member, email="ana@example.org", primary=True, verified=True)
    return mail.outbox


@pytest.fixture
def work() -> Callable[[Callable[[], object]], None]:
    """Does it and then what it leaves to the workers."""

    def do(what: Callable[[], object]) -> None:
        what()
        send_due_mails()

    return do


def test_who_is_named_gets_one_mail_of_the_comment(
    row: Utterance, lin: User, mails: list[Any], work: Callable[[Callable[[], object]], None]
) -> None:
    Recording.objects.update(title="Fish\n & chips")
    by = CommentAuthor(lin, site=SITE)
    with translation.override("zh-hans"):
        work(lambda: add_comment(row=row, body="Is it <Lin>, @ana?", by=by, start=3, end=6, quote="Lin"))
    work(lambda: edit_comment(comment=Comment.objects.get(), body="Is it Lin, @ana? @ana!", by=by))
    work(lambda: reply_to_comment(comment=Comment.objects.get(), body="Or not.", by=by))
    (sent,) = mails
    assert (sent.subject, sent.to) == ("lin 在“Fish & chips”中提到了您", ["ana@example.org"])
    assert "Is it <Lin>, @ana?" in sent.body
    assert f"{SITE}/notices/{Notice.objects.get().pk}/\n" in sent.body
    assert "欢迎" not in sent.body


@pytest.mark.parametrize(
    ("kept", "subject"), [("zh-hans", "lin 在“zh_welcome”中提到了您"), ("", "lin mentioned you in “zh_welcome”")]
)
def test_mail_is_in_its_readers_language(
    row: Utterance,
    lin: User,
    member: User,
    mails: list[Any],
    work: Callable[[Callable[[], object]], None],
    kept: str,
    subject: str,
) -> None:
    change_preferences(by=lin, language="zh-hans")
    change_preferences(by=member, language=kept)
    with translation.override("en"):
        work(lambda: add_comment(row=row, body="@ana?", by=CommentAuthor(lin, site=SITE)))
    assert [sent.subject for sent in mails] == [subject]
    assert ("您" in mails[0].body or "打开" in mails[0].body) == (kept == "zh-hans")


@pytest.mark.parametrize("why", ["no server", "no site", "guest", "not confirmed", "seen", "no member", "deleted"])
def test_no_mail_is_sent(
    row: Utterance,
    lin: User,
    member: User,
    mails: list[Any],
    work: Callable[[Callable[[], object]], None],
    settings: Any,
    why: str,
) -> None:
    settings.MAIL_IS_KEPT = why == "no server"
    EmailAddress.objects.update(verified=why != "not confirmed")
    by = (
        CommentAuthor(name="Eve", guest="e", site=SITE)
        if why == "guest"
        else CommentAuthor(lin, site=SITE if why != "no site" else "")
    )

    def say() -> None:
        said = add_comment(row=row, body="@ana?", by=by)
        if why == "seen":
            mark_seen(user=member)
        if why == "no member":
            Membership.objects.filter(user=member).delete()
        if why == "deleted":
            delete_comment(comment=said, by=by)

    work(say)
    assert mails == []


# --- At once -----------------------------------------------------------------------------------------------------


def test_comments_of_many_at_once_are_all_there_and_counted(
    transactional_db: None, transcript: Transcript, lin: User
) -> None:
    row = transcript.utterances.all()[0]
    said = at_once(*(lambda n=n: add_comment(row=row, body=f"{n}", by=CommentAuthor(lin)) for n in range(6)))
    assert open_of(transcript) == [6, 0]
    assert sorted(comment.annotation_version for comment in said) == [1, 2, 3, 4, 5, 6]


def test_same_comment_sent_many_times_at_once_is_there_once(
    transactional_db: None, transcript: Transcript, lin: User
) -> None:
    row = transcript.utterances.all()[0]
    said = at_once(
        *(lambda: add_comment(row=row, body="One", by=CommentAuthor(lin), request_key="a") for _n in range(6))
    )
    assert ({comment.pk for comment in said}, transcript.comments.count()) == ({said[0].pk}, 1)


def test_comment_at_the_same_moment_as_an_edit_leaves_both(
    transactional_db: None, transcript: Transcript, lin: User, ana: User
) -> None:
    row = transcript.utterances.all()[0]
    at_once(
        lambda: add_comment(row=row, body="One", by=CommentAuthor(lin), start=3, end=6, quote="Lin"),
        lambda: edit_utterance(utterance=row, save=Save(text="欢迎 Lin 们来。", base_version=1), by=ana),
        lambda: split_row(row=transcript.utterances.all()[1], offset=2, base_version=1, by=ana),
    )
    assert open_of(transcript)[0] == 1
    assert [one.text for one in transcript.utterances.visible()] == ["欢迎 Lin 们来。", "大家", "好。"]
