"""What a link shows to somebody without an account, and what it does not."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from tests.files import path_of
from transcripts.access import CommentAuthor
from transcripts.enums import LinkRole, Role
from transcripts.models import Comment, Membership, Presence, Recording, ShareLink, Transcript
from transcripts.services.comments.comments import add_comment
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.live import updates
from transcripts.services.projects.share_links import create_share_link, revoke_share_link

pytestmark = pytest.mark.long

PARTS = ("words", "fillers", "player", "rows", "find", "audio", "peaks", "overview", "live")


@pytest.fixture
def shown(transcript: Transcript, lin: User) -> Transcript:
    """With something to play, edited and verified by somebody with a name."""
    recording = transcript.recording
    path_of(recording.playback).write_bytes(b"0123456789")
    path_of(recording.peaks).write_bytes(b"peaks!")
    Recording.objects.update(state="done", file_name="secret-name.wav")
    User.objects.filter(pk=lin.pk).update(username="linnaeus")
    lin.refresh_from_db()
    row = transcript.utterances.first()
    assert row is not None
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=lin)
    verify_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=lin)
    return transcript


@pytest.fixture
def link(shown: Transcript, lin: User) -> ShareLink:
    return create_share_link(transcript=shown, role=LinkRole.READER, days=7, by=lin)


def at(link: ShareLink, part: str) -> str:
    return reverse(f"shared_{part}", args=[link.token])


def test_page_is_the_editors_to_be_read(client: Client, link: ShareLink) -> None:
    response = client.get(link.get_absolute_url())
    text = response.text
    assert (response.status_code, text.count("data-utterance="), "欢迎 Bob 来。" in text) == (200, 2, True)
    for missing in (
        "data-edit",
        "data-more",
        "data-verify",
        "data-may-edit",
        "data-exports",
        'data-command="undo"',
        "details-dialog",
    ):
        assert missing not in text, missing
    for missing in (
        "transcript_checks",
        "panel-checks",
        "panel-history",
        "assignment-list",
        "data-tour",
        "share-dialog",
    ):
        assert missing not in text, missing


def test_page_names_nothing_and_nobody_else(client: Client, link: ShareLink) -> None:
    """Every address on it is the link's own or everybody's; no member or file is named."""
    text = client.get(link.get_absolute_url()).text
    addresses = set(re.findall(r'(?:href|src|action|data-[a-z-]+)="(/[^"]*)"', text))
    own = link.get_absolute_url()
    strange = {one for one in addresses if not one.startswith(("/static/", own))}
    assert strange <= {"/language/", "/manifest.webmanifest"}
    assert [name for name in ("linnaeus", "secret-name", str(link.transcript_id)) if name in text] == []


def test_parts_name_nobody(client: Client, link: ShareLink) -> None:
    row = link.transcript.utterances.all()[0]
    for part in ("words", "fillers", "player", "rows", "find"):
        text = client.get(at(link, part), {"id": row.pk, "q": "Bob"}, headers={"HX-Request": "true"}).text
        assert text
        assert [name for name in ("linnaeus", "secret-name", str(link.transcript_id)) if name in text] == [], part


def test_sound_is_there_in_chunks(client: Client, link: ShareLink) -> None:
    answer: Any = client.get(at(link, "audio"), headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer["Content-Range"], read(answer)) == (206, "bytes 2-4/10", b"234")


def read(answer: Any) -> bytes:
    async def join() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return asyncio.run(join())


def everything(link: ShareLink) -> list[str]:
    return [link.get_absolute_url(), *(at(link, part) for part in PARTS)]


def test_nobody_else_keeps_it(client: Client, link: ShareLink) -> None:
    for url in everything(link):
        response = client.get(url)
        assert response.status_code == 200
        kept = response["Cache-Control"]
        assert ("private" in kept or "no-store" in kept, "public" in kept) == (True, False), url
        told = (response["X-Robots-Tag"], response["Referrer-Policy"])
        assert told == ("noindex, nofollow", "same-origin"), url


@pytest.mark.parametrize("why", ["revoked", "expired", "forged", "deleted"])
def test_link_that_is_over_shows_nothing(client: Client, link: ShareLink, lin: User, why: str) -> None:
    page, *parts = everything(link)
    if why == "revoked":
        revoke_share_link(link=link, by=lin)
    elif why == "expired":
        ShareLink.objects.update(expires_at=timezone.now())
    elif why == "deleted":
        link.transcript.recording.delete()
    else:
        other = f"{link.token[:-1]}{'A' if link.token[-1] != 'A' else 'B'}"
        page, *parts = [url.replace(link.token, other) for url in (page, *parts)]
    response = client.get(page)
    assert (response.status_code, "This link does not work" in response.text) == (404, True)
    assert [client.get(url).status_code for url in parts] == [404] * len(parts)


def test_link_shows_one_transcript_alone(client: Client, link: ShareLink, shown: Transcript) -> None:
    """The same browser, with all that the link gave it, gets no other page and no other transcript's rows."""
    from tests import quick
    from tests.conftest import OTHER_ANSWER

    other = quick.again(shown.recording, OTHER_ANSWER)
    client.get(link.get_absolute_url())
    for url in ("/", shown.get_absolute_url(), reverse("recording_audio", args=[shown.recording_id])):
        assert client.get(url).status_code == 302
    row = other.utterances.all()[0]
    assert "<article" not in client.get(at(link, "rows"), {"id": row.pk}).text
    assert "data-hit" not in client.get(at(link, "find"), {"q": "大家早"}).text


def test_guest_finds_plain_text_alone(client: Client, lins_client: Client, link: ShareLink) -> None:
    assert [
        client.get(at(link, "find"), {"q": "Bob", "mode": mode}).status_code for mode in ("plain", "word", "regex")
    ] == [200, 200, 422]
    assert 'value="regex"' not in client.get(link.get_absolute_url()).content.decode()
    assert 'value="regex"' in lins_client.get(link.transcript.get_absolute_url()).content.decode()


def test_member_sees_by_the_link_what_everybody_sees(lins_client: Client, link: ShareLink) -> None:
    text = lins_client.get(link.get_absolute_url()).text
    assert ("data-edit" in text, "data-may-edit" in text, "panel-history" in text) == (False, False, False)


@pytest.fixture
def talking(shown: Transcript, lin: User) -> ShareLink:
    """A link to comment by, on a transcript that Lin has commented on."""
    row = shown.utterances.all()[0]
    add_comment(row=row, body="Who is Bob?", by=CommentAuthor(lin))
    return create_share_link(transcript=shown, role=LinkRole.COMMENTER, days=7, by=lin)


def say(client: Client, link: ShareLink, body: str = "My brother.", **fields: Any) -> Any:
    row = link.transcript.utterances.all()[1]
    return client.post(at(link, "comments"), {"row": row.pk, "body": body, **fields}, headers={"HX-Request": "true"})


def test_guest_comments_by_the_name_that_they_give(client: Client, talking: ShareLink) -> None:
    assert "panel-comments" in client.get(talking.get_absolute_url()).text
    listed = client.get(at(talking, "comments"), headers={"HX-Request": "true"}).text
    assert ("Who is Bob?" in listed, "linnaeus" in listed, "Your name" in listed) == (True, True, True)
    assert [say(client, talking, **fields).status_code for fields in ({}, {"name": "\u200b"})] == [422, 422]
    assert say(client, talking, name="Eve").status_code == 200
    said = Comment.objects.get(body="My brother.")
    assert (said.author, said.name, len(said.guest) > 30) == (None, "Eve", True)
    assert 'value="Eve"' in client.get(at(talking, "comments")).text


@pytest.mark.parametrize(
    "name", ["linnaeus", " LIN NAEUS", "Iinnaeus", "ｌｉｎｎａｅｕｓ", "lin\u200bnaeus", "linnaеus", "ana"]
)
def test_guest_takes_no_members_name(client: Client, talking: ShareLink, ana: User, name: str) -> None:
    Membership.objects.create(project=talking.transcript.recording.project, user=ana, role=Role.VIEWER)
    page = say(client, talking, name=name)
    assert (page.status_code, "Someone with an account here has this name" in page.text) == (422, True)
    thread = Comment.objects.get(body="Who is Bob?")
    reply = client.post(reverse("shared_comment_reply", args=[talking.token, thread.pk]), {"body": "I.", "name": name})
    assert (reply.status_code, Comment.objects.count()) == (422, 1)
    client.post(reverse("shared_comment_resolve", args=[talking.token, thread.pk]), {"on": "true", "name": name})
    thread.refresh_from_db()
    assert thread.resolved_by == "guest"


def test_guest_is_told_apart_wherever_the_comment_appears(
    client: Client, lins_client: Client, talking: ShareLink, lin: User
) -> None:
    said = Comment.objects.get(body="Who is Bob?")
    client.post(reverse("shared_comment_reply", args=[talking.token, said.pk]), {"body": "@linnaeus!", "name": "Eve"})
    client.post(reverse("shared_comment_resolve", args=[talking.token, said.pk]), {"on": "true"})
    sign = re.compile(r'comment-who">Eve</span>\s*<span class="hint">guest</span>')
    members = reverse("transcript_comments", args=[talking.transcript_id])
    for page in (
        client.get(at(talking, "comments")),
        lins_client.get(members),
        lins_client.get(members, headers={"HX-Request": "true"}),
    ):
        assert (len(sign.findall(page.text)), "Resolved by Eve (guest)" in page.text) == (1, True)
    assert sign.search(lins_client.get(reverse("notices")).text)
    bundle = lins_client.get(reverse("transcript_bundle", args=[talking.transcript_id]))
    with ZipFile(BytesIO(read(bundle))) as files:
        first, reply = map(json.loads, files.read("comments.jsonl").splitlines())
    assert (first["by"], first["resolved_by"]) == ("linnaeus", "Eve (guest)")
    assert (reply["by"], reply["name"]) == (None, "Eve")


def test_guest_is_known_again_by_their_browser_alone(client: Client, talking: ShareLink) -> None:
    say(client, talking, name="Eve")
    said = Comment.objects.get(body="My brother.")
    edit = reverse("shared_comment_edit", args=[talking.token, said.pk])
    delete = reverse("shared_comment_delete", args=[talking.token, said.pk])
    other = Client()
    say(other, talking, "Mine.", name="Eve")
    for url, form in ((edit, {"body": "Not hers."}), (delete, {})):
        assert other.post(url, form).status_code == 403
    assert client.post(edit, {"body": "My cousin."}).status_code == 302
    assert Comment.objects.filter(body="My cousin.", edited_at__isnull=False).exists()
    assert client.post(delete).status_code == 302
    assert not Comment.objects.filter(pk=said.pk, deleted_at=None).exists()


@pytest.mark.parametrize("limit", ["2/10m/ip", "2/10m/key"])
def test_guests_write_so_much_at_once_and_no_more(
    client: Client, talking: ShareLink, settings: Any, limit: str
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"guest_comment": limit}
    answers = [
        say(by, talking, f"{number}.", name="Eve") for number, by in enumerate((client, client, client, Client()))
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert "Wait ten minutes, then send yours again." in answers[-1].text
    page = client.post(at(talking, "comments"), {"body": "And more."})
    assert (page.status_code, "Wait a few minutes" in page.text) == (429, True)
    assert list(Comment.objects.filter(author=None).values_list("body", flat=True)) == ["0.", "1."]
    assert "0." in client.get(at(talking, "comments")).text


def test_guest_calls_no_members(client: Client, lins_client: Client, talking: ShareLink) -> None:
    """The names of the members are for members; by the link these are guests too."""
    for by in (client, lins_client):
        text = by.get(at(talking, "comments"), headers={"HX-Request": "true"}).text
        assert '<script id="comment-members" type="application/json">[]</script>' in text
    say(lins_client, talking, name="Lin at home")
    assert Comment.objects.get(body="My brother.").author is None


def test_who_may_only_read_sees_no_comments(client: Client, talking: ShareLink, lin: User) -> None:
    reading = create_share_link(transcript=talking.transcript, role=LinkRole.READER, days=7, by=lin)
    row = talking.transcript.utterances.all()[0]
    assert row.open_comments == 1
    for link, shows in ((talking, True), (reading, False)):
        page, rows = (client.get(url, {"id": row.pk}).text for url in (link.get_absolute_url(), at(link, "rows")))
        assert ("row-talk" in page, "panel-comments" in page, "row-talk" in rows) == (shows, shows, shows)
    assert client.get(at(reading, "comments")).status_code == 403
    assert say(client, reading, name="Eve").status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", LinkRole)
def test_new_comment_is_told_to_who_may_comment(talking: ShareLink, lin: User, role: LinkRole) -> None:
    link = create_share_link(transcript=talking.transcript, role=role, days=7, by=lin)
    row, below = talking.transcript.utterances.all()

    def happen() -> None:
        add_comment(row=row, body="And why?", by=CommentAuthor(lin))
        edit_utterance(utterance=below, save=Save(text="大家早。", base_version=1), by=lin)

    async def scenario(following: Callable[[], Any]) -> list[str]:
        await sync_to_async(happen)()
        told: list[str] = []
        while "change" not in told or (role == LinkRole.COMMENTER and len(told) < 2):
            told.append((await following())[0])
        return sorted(told)

    expected = ["annotation", "change"] if role == LinkRole.COMMENTER else ["change"]
    assert listen(link, scenario, "?annotation=1") == expected


def listen(link: ShareLink, scenario: Callable[[Callable[[], Any]], Any], query: str = "") -> Any:
    async def run() -> Any:
        response: Any = await AsyncClient().get(at(link, "live") + query)
        assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
        stream = events(response.streaming_content)
        try:
            return await scenario(lambda: asyncio.wait_for(anext(stream), 20))
        finally:
            await stream.aclose()

    return asyncio.run(run())


async def events(parts: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    async for part in parts:
        fields = dict(line.split(": ", 1) for line in part.decode().splitlines() if line and line[0] != ":")
        if "event" in fields:
            yield fields["event"], json.loads(fields["data"])


@pytest.mark.django_db(transaction=True)
def test_guest_is_told_what_changes_and_not_by_whom(link: ShareLink, lin: User) -> None:
    row = link.transcript.utterances.all()[1]

    async def scenario(following: Callable[[], Any]) -> Any:
        await sync_to_async(edit_utterance)(utterance=row, save=Save("大家早。", 1), by=lin)
        return await following()

    kind, data = listen(link, scenario, "?page=67ee89ba-7050-4c04-a3d7-ac61a63499b3")
    html = data.pop("html")
    assert (kind, data) == (
        "change",
        {"version": 4, "kind": "edited", "by": None, "name": "", "rows": {str(row.pk): 2}},
    )
    assert ("大家早。" in html, "data-edit" in html) == (True, False)
    assert Presence.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("why", ["revoked", "expired"])
def test_stream_ends_with_its_link(link: ShareLink, monkeypatch: pytest.MonkeyPatch, lin: User, why: str) -> None:
    monkeypatch.setattr(updates, "CHECK_SECONDS", 0.1)

    def end() -> None:
        if why == "revoked":
            revoke_share_link(link=ShareLink.objects.get(), by=lin)
        else:
            ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    async def scenario(following: Callable[[], Any]) -> Any:
        await sync_to_async(end)()
        last = await following()
        try:
            await following()
        except StopAsyncIteration:
            return last
        return "more"

    assert listen(link, scenario) == ("reload", {})


@pytest.mark.parametrize("after", ["x", "-1"])
def test_version_that_is_none_is_400(client: Client, link: ShareLink, after: str) -> None:
    assert client.get(at(link, "live"), {"after": after}).status_code == 400
