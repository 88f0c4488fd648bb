from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import quick
from tests.conftest import ANSWER, HTMX
from tests.views.test_live import watch
from transcripts.access import CommentAuthor
from transcripts.enums import Role
from transcripts.models import Comment, Membership, Notice, Transcript, Utterance
from transcripts.services.comments.comments import add_comment, reply_to_comment, resolve_thread
from transcripts.services.editing.rows import delete_row
from transcripts.services.editing.utterances import Save, edit_utterance


@pytest.fixture
def transcript(lin: User, data_dir: Path) -> Transcript:
    return quick.recognised(quick.create_recording(lin), ANSWER)


@pytest.fixture
def editor(ana: User, transcript: Transcript) -> Client:
    """Ana, who may edit."""
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.EDITOR)
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def comment(row: Utterance, lin: User, editor: Client) -> Comment:
    """By Lin, to Ana."""
    return add_comment(row=row, body="Which Lin, @ana?", by=CommentAuthor(lin), start=3, end=6, quote="Lin")


def list_of(transcript: Transcript) -> str:
    return reverse("transcript_comments", args=[transcript.pk])


def of(name: str, comment: Comment) -> str:
    return reverse(name, args=[comment.transcript_id, comment.pk])


def listed(client: Client, transcript: Transcript) -> list[tuple[str, str, str, str]]:
    """Row, start and end, and the text of each open thread."""
    html = client.get(list_of(transcript), headers=HTMX).text.partition("talk-resolved")[0]
    found = re.findall(
        r'data-row="(\d+)"\s+data-from="(\d+)"\s+data-to="(\d+)".*?<p class="comment-body">(.*?)</p>', html, re.S
    )
    return [(row, start, end, re.sub("<.*?>", "", text)) for row, start, end, text in found]


def test_comment_is_made_and_listed(transcript: Transcript, row: Utterance, lins_client: Client) -> None:
    fields = {"row": row.pk, "start": 3, "end": 6, "quote": "Lin", "body": "Which <b>Lin</b>?"}
    answer = lins_client.post(list_of(transcript), fields, headers=HTMX)
    assert (answer.status_code, answer.templates[0].name) == (200, "transcripts/_comments.html")
    assert listed(lins_client, transcript) == [(str(row.pk), "3", "6", "Which &lt;b&gt;Lin&lt;/b&gt;?")]
    assert lins_client.post(list_of(transcript), {"row": row.pk, "body": "Plain"}).url == list_of(transcript)
    page = lins_client.get(list_of(transcript))
    assert (page.templates[0].name, "Plain" in page.text) == ("transcripts/comments.html", True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"body": ""}, 422),
        ({"body": " \x00\n"}, 422),
        ({"body": "x" * 4001}, 422),
        ({"body": "x", "row": "y"}, 422),
        ({"body": "x", "start": -1}, 422),
        ({"body": "x", "row": 2**62}, 404),
        ({"body": "x", "row": 2**70}, 422),
    ],
)
def test_what_can_not_be_stored_is_refused(
    transcript: Transcript, row: Utterance, lins_client: Client, fields: dict[str, Any], status: int
) -> None:
    assert lins_client.post(list_of(transcript), {"row": row.pk, **fields}, headers=HTMX).status_code == status
    assert Comment.objects.count() == 0


def test_words_are_marked_where_they_stand_now(
    transcript: Transcript, row: Utterance, comment: Comment, lin: User, lins_client: Client
) -> None:
    edit_utterance(utterance=row, save=Save(text="👏 欢迎 Lin 来。", base_version=1), by=lin)
    assert listed(lins_client, transcript) == [(str(row.pk), "6", "9", "Which Lin, @ana?")]
    edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=2), by=lin)
    assert listed(lins_client, transcript) == [(str(row.pk), "0", "0", "Which Lin, @ana?")]
    assert "have been changed or removed" in lins_client.get(list_of(transcript), headers=HTMX).text
    delete_row(row=row, base_version=3, by=lin)
    assert "The row was deleted" in lins_client.get(list_of(transcript), headers=HTMX).text


def test_thread_is_answered_resolved_and_opened_again(transcript: Transcript, comment: Comment, editor: Client) -> None:
    assert editor.post(of("comment_reply", comment), {"body": "This one."}, headers=HTMX).status_code == 200
    editor.post(of("comment_resolve", comment), {"on": "true"}, headers=HTMX)
    assert listed(editor, transcript) == []
    assert "Resolved by ana" in editor.get(list_of(transcript), headers=HTMX).text
    assert editor.post(of("comment_resolve", comment), {"on": "false"}).status_code == 302
    assert len(listed(editor, transcript)) == 1
    assert editor.post(of("comment_resolve", comment), {}).status_code == 422


def test_only_ones_own_comment_is_edited_and_deleted(
    transcript: Transcript, comment: Comment, lins_client: Client, editor: Client
) -> None:
    for name in ("comment_edit", "comment_delete"):
        assert editor.post(of(name, comment), {"body": "Mine"}, headers=HTMX).status_code == 403
    theirs, mine = (client.get(list_of(transcript), headers=HTMX).text for client in (editor, lins_client))
    tools = f"/comments/{comment.pk}/delete/"
    assert (tools in theirs, tools in mine) == (False, True)
    assert lins_client.post(of("comment_edit", comment), {"body": "Mine"}, headers=HTMX).status_code == 200
    assert lins_client.post(of("comment_delete", comment), headers=HTMX).status_code == 200
    assert lins_client.post(of("comment_delete", comment), headers=HTMX).status_code == 404
    assert listed(lins_client, transcript) == []


def test_comment_of_another_transcript_is_not_found(
    transcript: Transcript, comment: Comment, lins_client: Client
) -> None:
    other = Transcript.objects.create(
        recording=transcript.recording, transcription=transcript.recording.transcriptions.create(state="done")
    )
    for name in ("comment_edit", "comment_delete", "comment_reply", "comment_resolve"):
        address = reverse(name, args=[other.pk, comment.pk])
        assert lins_client.post(address, {"body": "x", "on": "true"}).status_code == 404


def test_viewer_reads_and_has_nothing_to_write_with(transcript: Transcript, comment: Comment, editor: Client) -> None:
    Membership.objects.filter(user__username="ana").update(role=Role.VIEWER)
    viewer = editor
    text = viewer.get(list_of(transcript), headers=HTMX).text
    assert ("Which Lin" in text, "<form" in text) == (True, False)
    page = viewer.get(transcript.get_absolute_url()).text
    assert ('data-commands="row_comments"' in page, 'class="row-talk' in page) == (True, True)


def test_list_asks_the_same_however_long_it_is(
    transcript: Transcript,
    row: Utterance,
    comment: Comment,
    lin: User,
    lins_client: Client,
    django_assert_num_queries: Any,
) -> None:
    def count() -> int:
        with django_assert_num_queries(6):
            return lins_client.get(list_of(transcript), headers=HTMX).text.count('class="comment"')

    assert count() == 1
    for number in range(3):
        new = add_comment(row=row, body=f"@ana {number}", by=CommentAuthor(lin))
        reply_to_comment(comment=new, body="And?", by=CommentAuthor(lin))
    assert count() == 7


def test_row_shows_how_many_threads_are_open(
    transcript: Transcript, row: Utterance, comment: Comment, lin: User, lins_client: Client
) -> None:
    def mark(address: str) -> list[str]:
        return re.findall(r'class="row-talk figure".*?aria-label="(.*?)"', lins_client.get(address).text, re.S)

    assert mark(transcript.get_absolute_url()) == ["Comments: 1"]
    add_comment(row=row, body="And?", by=CommentAuthor(lin))
    transcript.utterances.filter(pk=row.pk).update(flagged=True)
    assert mark(transcript.get_absolute_url()) == ["Comments: 2, Flagged"]
    assert mark(reverse("transcript_rows", args=[transcript.pk]) + f"?id={row.pk}") == ["Comments: 2, Flagged"]


# --- What is for somebody ----------------------------------------------------------------------------------------


def test_people_find_what_was_said_to_them_and_have_seen_it_when_they_went_there(
    transcript: Transcript, row: Utterance, editor: Client, ana: User, comment: Comment, lins_client: Client
) -> None:
    reply_to_comment(comment=comment, body="@ana?", by=CommentAuthor(User.objects.get(username="lin")))
    page = editor.get(reverse("notices")).text
    assert (page.count("data-unseen"), page.count("mentioned you")) == (2, 2)
    first = Notice.objects.latest("pk")
    answer = editor.get(reverse("notice", args=[first.pk]))
    assert answer.url == f"{transcript.get_absolute_url()}?panel=comments&thread={comment.pk}#u{row.pk}"
    assert "data-unseen" not in editor.get(reverse("notices")).text
    assert lins_client.get(reverse("notice", args=[first.pk])).status_code == 404


def test_everything_is_seen_at_once(editor: Client, comment: Comment, ana: User) -> None:
    assert editor.post(reverse("notices")).url == reverse("notices")
    assert not Notice.objects.filter(user=ana, seen_at=None).exists()


def test_who_is_no_member_any_more_is_told_nothing(editor: Client, comment: Comment, ana: User) -> None:
    Membership.objects.filter(user=ana).delete()
    assert "Which Lin" not in editor.get(reverse("notices")).text
    assert editor.get(reverse("notice", args=[Notice.objects.get().pk])).status_code == 404


# --- Live --------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_what_is_said_is_told_at_once_and_leaves_the_version_alone(
    transactional_db: None, transcript: Transcript, lin: User
) -> None:
    row, below = transcript.utterances.all()

    async def scenario(following: Callable[[], Any]) -> list[Any]:
        said = await sync_to_async(add_comment)(row=row, body="One", by=CommentAuthor(lin))
        first = await following()
        await sync_to_async(resolve_thread)(comment=said, on=True, by=CommentAuthor(lin))
        await sync_to_async(add_comment)(row=below, body="Two", by=CommentAuthor(lin))
        return [first, await following()]

    told = watch(lin, transcript, scenario, "?annotation=0")
    assert told[0] == ("", "annotation", {"annotation": 1, "rows": {str(row.pk): 1}})
    assert told[1][2]["rows"].items() <= {str(row.pk): 0, str(below.pk): 1}.items()


@pytest.mark.long
def test_who_was_away_is_told_what_was_said_meanwhile(
    transactional_db: None, transcript: Transcript, lin: User
) -> None:
    row, below = transcript.utterances.all()
    for one in (row, row, below):
        add_comment(row=one, body="So?", by=CommentAuthor(lin))

    async def scenario(following: Callable[[], Any]) -> Any:
        return await following()

    assert watch(lin, transcript, scenario, "?annotation=2") == (
        "",
        "annotation",
        {"annotation": 3, "rows": {str(below.pk): 1}},
    )
