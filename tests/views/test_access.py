"""Every address as everybody there can be, with every method: the answers are what `enums.RIGHTS` says."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve, reverse
from django.utils import timezone

from tests import quick
from tests.conftest import HTMX, OTHER_ANSWER
from tests.files import path_of
from tests.views.addresses import (
    ACCOUNTS_CLOSED,
    ACCOUNTS_OPEN,
    METHODS,
    OF_EVERYBODY,
    OF_LINKS,
    OF_ONE,
    OF_PEOPLE,
    OF_PROJECTS,
    Way,
    Ways,
)
from transcripts.enums import RIGHTS, BulkKind, LinkRole, Role
from transcripts.exports.registry import FORMATS
from transcripts.models import (
    Assignment,
    BulkAction,
    Comment,
    Invitation,
    KeptFilter,
    Membership,
    Move,
    Notice,
    Project,
    Recording,
    Transcript,
    Upload,
)
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.exporting.contents import Export
from transcripts.services.exporting.downloads import make_download, request_download
from transcripts.services.glossary.entries import EntryValues, add_entry
from transcripts.services.projects.projects import put_into_bin
from transcripts.services.projects.share_links import create_share_link
from transcripts.services.recordings.delete import bin_recording
from transcripts.services.tags import add_tags

STRANGER, NOBODY = "stranger", "nobody"
EVERYBODY = (*Role, STRANGER, NOBODY, *LinkRole)
SIGNED_IN = (*Role, STRANGER)
ALL: dict[str, Ways] = {**OF_PROJECTS, **OF_LINKS, **OF_PEOPLE, **OF_ONE, **OF_EVERYBODY}
OFFERING = (
    *(
        "library",
        "projects",
        "project",
        "project_overview",
        "project_tags",
        "project_glossary",
        "glossary_entry",
        "exports",
        "search",
        "notices",
        "transcript",
        "transcript_checks",
    ),
    *("transcript_comments", "transcript_compare", "transcript_exports", "transcript_find", "transcript_history"),
    *("transcript_assignments", "transcript_share_links", "utterance_original"),
)
LAST = "recording_delete"  # its files are not there again afterwards


@dataclass
class World:
    """A transcript in a project that an owner, an editor and a viewer share, with one of everything."""

    sessions: dict[str, str]
    tokens: dict[str, str]
    values: dict[str, dict[str, Any]]
    client: Client

    def url(self, name: str, who: str) -> str:
        pattern = PATTERNS[name]
        part, *more = str(pattern.pattern).split("/")
        known = {"format_name": "txt", **self.values[""], **self.values.get(part, {})}
        if part == "bin":
            known |= self.values[f"bin/{more[0]}"]
        if part == "shared":
            known["token"] = self.tokens.get(who, self.tokens[NOBODY])
        return reverse(name, kwargs={key: known[key] for key in pattern.pattern.converters})

    def ask(self, name: str, who: str, method: str, **headers: str) -> HttpResponseBase:
        self.client.cookies.clear()
        if who in self.sessions:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        way = ALL[name].get(method)
        data = way.form if way and method == "POST" else None
        ask = getattr(self.client, method.lower())
        response: HttpResponseBase = ask(self.url(name, who), data, headers=headers)
        return response


def patterns(of: list[Any], inside: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in of:
        if isinstance(one, URLPattern):
            yield one.name or f"{inside}{one.pattern}", one
        elif one.app_name != "admin":
            yield from patterns(one.url_patterns, f"{inside}{one.pattern}")


PATTERNS = dict(patterns(get_resolver().url_patterns))


@pytest.fixture
def world(transcript: Transcript, lin: User, ana: User, monkeypatch: pytest.MonkeyPatch) -> World:
    for refusals in ("django.request", "django.security.csrf"):  # thousands of them
        monkeypatch.setattr(logging.getLogger(refusals), "disabled", True)
    people = {Role.OWNER: lin, Role.VIEWER: ana}
    for name in (Role.EDITOR, STRANGER, "guinea"):
        people[name] = User.objects.create_user(name, password="correct horse")
    for user in people.values():
        get_personal_project(user)
    project = Project.objects.create(name="Talks")
    for name in (*Role, "guinea"):
        Membership.objects.create(project=project, user=people[name], role=name if name in Role else Role.EDITOR)
    recording = transcript.recording
    recording.project = project
    recording.save()
    other = quick.again(recording, OTHER_ANSWER)
    path_of(recording.playback).write_bytes(b"sound")
    path_of(recording.peaks).write_bytes(b"peaks")
    row = transcript.utterances.all()[1]
    comment = Comment.objects.create(transcript=transcript, utterance=row, author=lin, body="So?")
    assignment = Assignment.objects.create(transcript=transcript, start_ms=0, end_ms=5000)
    later = timezone.now() + timedelta(days=1)
    invitation = Invitation.objects.create(project=project, role=Role.EDITOR, made_by=lin, expires_at=later)
    (tag,) = add_tags(recording=recording, names=["Talk"], by=lin)
    entry = add_entry(project=project, values=EntryValues("图灵", {"图林": 2}, row=row), by=lin)
    links = {role: create_share_link(transcript=transcript, role=role, days=1, by=lin) for role in LinkRole}
    over = create_share_link(transcript=transcript, role=LinkRole.COMMENTER, days=-1, by=lin)
    tokens = {**{str(role): link.token for role, link in links.items()}, NOBODY: over.token}
    thrown = quick.create_recording(lin)
    thrown.project = project
    thrown.save()
    bin_recording(recording=thrown, by=lin)
    gone = Project.objects.create(name="Gone")
    for name in Role:
        Membership.objects.create(project=gone, user=people[name], role=name)
    put_into_bin(gone, by=lin)
    asked = Move.objects.create(
        recording=recording, source=project, target=get_personal_project(lin), asked_by=people[Role.EDITOR]
    )
    export = Export(FORMATS["txt"], FORMATS["txt"].choose({}), [transcript.pk])
    download, _is_new = request_download(export=export, title="Talk", by=lin)
    make_download(download.pk)
    begun = Upload.objects.create(by=lin, file_name="talk.wav", size_bytes=5, modified_ms=7)
    values: dict[str, dict[str, Any]] = {
        "": {
            "other_pk": other.pk,
            "utterance_pk": row.pk,
            "comment_pk": comment.pk,
            "assignment_pk": assignment.pk,
            "user_pk": people["guinea"].pk,
            "invitation_pk": invitation.pk,
            "tag_pk": tag.pk,
            "entry_pk": entry.pk,
        },
        "accounts": {"token": "spent"},
        "bin/": {},
        "bin/projects": {"pk": gone.pk},
        "bin/recordings": {"pk": thrown.pk},
        "bulk": {"pk": BulkAction.objects.create(kind=BulkKind.ARCHIVE, by=lin).pk},
        "downloads": {"pk": download.pk},
        "filters": {"pk": KeptFilter.objects.create(user=lin, name="Mine", query="whose=mine").pk},
        "invitations": {"token": invitation.token},
        "moves": {"pk": asked.pk},
        "notices": {"pk": Notice.objects.create(comment=comment, user=lin, is_mention=True).pk},
        "projects": {"pk": project.pk},
        "recordings": {"pk": recording.pk},
        "share-links": {"pk": links[LinkRole.READER].pk},
        "speakers": {"pk": row.speaker_id},
        "status": {"pk": transcript.transcription_id},
        "transcripts": {"pk": transcript.pk},
        "uploads": {"pk": begun.pk},
        "utterances": {"pk": row.pk},
    }
    sessions = {}
    for name in SIGNED_IN:
        client = Client()
        client.force_login(people[name])
        sessions[name] = client.session.session_key or ""
    return World(sessions, tokens, values, Client())


@contextmanager
def undone() -> Iterator[list[str]]:
    """What is done inside is taken back; gives what was written meanwhile."""
    written: list[str] = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(sql)
        return execute(sql, *rest)

    with transaction.atomic(), connection.execute_wrapper(watch):
        yield written
        transaction.set_rollback(True)


def expected(name: str, who: str, method: str, *, htmx: bool = False) -> tuple[int, bool]:
    """The status, and whether that is the answer of who may."""
    way = ALL[name].get("GET" if method == "HEAD" else method)
    if who not in SIGNED_IN and name not in OF_LINKS:
        if name in OF_EVERYBODY and (way is None or way.nobody != 302):
            return (way.nobody, True) if way else (405, False)
        return (401 if htmx and name not in OF_EVERYBODY else 302), name in OF_EVERYBODY
    if way is None:
        return 405, False
    if refusal := refused(name, who, way):
        return refusal, False
    return way.also.get(who, way.htmx if htmx and way.htmx is not None else way.status), True


def refused(name: str, who: str, way: Way) -> int | None:
    if name in OF_ONE:
        return None if who == Role.OWNER else 404
    if way.action is None:
        return None
    if name in OF_LINKS:
        role: Role | LinkRole | None = LinkRole(who) if who in LinkRole else None
    else:
        role = Role(who) if who in Role else None
    if role is None:
        return 404
    return None if way.action in RIGHTS[role] else way.refusal


def walked() -> list[str]:
    return sorted(ALL, key=lambda name: name == LAST)


@pytest.mark.long
@pytest.mark.parametrize("what", ["recording", "project"])
@pytest.mark.parametrize("who", [Role.OWNER, Role.VIEWER, LinkRole.COMMENTER])
def test_nothing_in_the_bin_can_be_seen_or_changed(world: World, who: str, what: str) -> None:
    recording = Recording.objects.get(pk=world.values["recordings"]["pk"])
    if what == "recording":
        bin_recording(recording=recording, by=recording.uploaded_by)  # type: ignore[arg-type]
    else:
        put_into_bin(recording.project, by=None)
    parts = {"recordings", "transcripts", "speakers", "utterances", "share-links", "shared", "notices"}
    parts |= {"projects"} if what == "project" else set()
    seen = {}
    for name in OF_LINKS if who in LinkRole else OF_PROJECTS:
        pattern = str(PATTERNS[name].pattern)
        if pattern.partition("/")[0] in parts and "<" in pattern:
            for method in ALL[name]:
                with undone() as written:
                    status = world.ask(name, who, method).status_code
                if status != 404 or written:
                    seen[name, method] = status, written
    assert seen == {}


@pytest.mark.long
@pytest.mark.parametrize("what", ["recording", "project"])
def test_no_list_shows_what_is_in_the_bin(world: World, what: str) -> None:
    recording = Recording.objects.get(pk=world.values["recordings"]["pk"])
    lists = ("library", "projects", "exports", "search", "notices", "recordings", "imports")
    if what == "recording":
        bin_recording(recording=recording, by=recording.uploaded_by)  # type: ignore[arg-type]
    else:
        put_into_bin(recording.project, by=None)
    client = world.client
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[Role.OWNER]
    for name in lists:
        if name in ALL and "GET" in ALL[name]:
            html = client.get(reverse(name), {"q": "大家"} if name == "search" else {}).text
            assert str(recording.pk) not in html, name
            assert "大家好" not in html, name
            assert what == "recording" or "Talks" not in html, name


def test_every_address_stands_in_the_table() -> None:
    assert PATTERNS.keys() == ALL.keys() | ACCOUNTS_OPEN | ACCOUNTS_CLOSED


def ways_of(who: str) -> Iterator[tuple[str, str]]:
    """Every address and method, but for what is answered before anybody's rights are looked at: once is enough.

    A method that an address does not have is refused to owners as to others; outside their links, guests are nobody.
    Whoever may GET may HEAD, which the owner tries, and those who may do neither.
    """
    for name, method in product(walked(), METHODS):
        if (who in LinkRole and name not in OF_LINKS) or (method == "HEAD" and who in {Role.EDITOR, Role.VIEWER}):
            continue
        if who in {Role.OWNER, NOBODY} or expected(name, who, method)[0] != 405:
            yield name, method


@pytest.mark.long
@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_gets_what_their_rights_say(world: World, who: str) -> None:
    wrong = {}
    for name, method in ways_of(who):
        with undone() as written:
            status = world.ask(name, who, method).status_code
        due, is_allowed = expected(name, who, method)
        if status != due:
            wrong[name, method] = f"{status} instead of {due}"
        elif written and not is_allowed:
            wrong[name, method] = f"{status}, and yet {written}"
    assert wrong == {}


@pytest.mark.long
@pytest.mark.parametrize("who", [Role.OWNER, STRANGER, NOBODY, LinkRole.READER])
def test_htmx_gets_what_the_rights_say_too(world: World, who: str) -> None:
    """Who is not signed in gets 401: the form to sign in would be put into the page."""
    wrong = {}
    for name in walked():
        for method in ALL[name]:
            with undone():
                status = world.ask(name, who, method, **HTMX).status_code
            due, _is_allowed = expected(name, who, method, htmx=True)
            if status != due:
                wrong[name, method] = f"{status} instead of {due}"
    assert wrong == {}


class Offers(HTMLParser):
    """What a page leads to: the method and the address of each link, form and button."""

    POSTED = ("hx-post", "data-delete", "data-restore")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a":
            self.found.add(("GET", given.get("href", "")))
        elif tag == "form" and "action" in given:
            self.found.add((given.get("method", "get").upper(), given["action"]))
        self.found |= {("POST", given[name]) for name in self.POSTED if name in given}


@pytest.mark.long
@pytest.mark.parametrize("who", [*Role, *LinkRole])
def test_nobody_is_offered_what_they_may_not_do(world: World, who: str) -> None:
    """Pages ask for their links, forms and buttons what views ask for their answers."""
    pages = ("shared", "shared_comments", "shared_find") if who in LinkRole else OFFERING
    offered = set()
    for name in pages:
        if refused(name, who, ALL[name]["GET"]) is None:
            for headers in ({}, HTMX):
                answer: Any = world.ask(name, who, "GET", **headers)
                html = b"".join(answer.streaming_content) if answer.streaming else answer.content
                offered |= Offers(html.decode()).found
    names = {(resolve(urlsplit(url).path).url_name, method) for method, url in offered if url.startswith("/")}
    known = {(name, method) for name, method in names if name in ALL}
    assert {(name, method) for name, method in known if not expected(name, who, method)[1]} == set()
    assert len(known) >= (1 if who in LinkRole else 12)


@pytest.mark.long
@pytest.mark.parametrize("who", [Role.OWNER, LinkRole.COMMENTER])
def test_nothing_is_written_without_the_token_of_the_page(world: World, who: str) -> None:
    world.client = Client(enforce_csrf_checks=True)
    answers = {}
    for name in walked():
        for method in ALL[name].keys() - {"GET", "HEAD"}:
            if who in SIGNED_IN or name in OF_LINKS:
                with undone() as written:
                    answers[name, method] = (world.ask(name, who, method).status_code, written)
    assert {key: answer for key, answer in answers.items() if answer != (403, [])} == {}


@pytest.mark.parametrize("name", ["transcript_undo", "upload_create", "library"])
def test_who_is_not_signed_in_is_led_back_afterwards(world: World, name: str) -> None:
    answer: Any = world.ask(name, NOBODY, "GET")
    assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={world.url(name, NOBODY)}")


def test_accounts_are_for_who_has_one(client: Client, db: None) -> None:
    known = {"key": "1-a-b", "uidb36": "1"}
    for name in ACCOUNTS_OPEN | ACCOUNTS_CLOSED:
        keys = getattr(PATTERNS[name].pattern, "regex", re.compile("")).groupindex
        url = f"/{name}" if "/" in name else reverse(name, kwargs={key: known[key] for key in keys})
        for method in ("GET",) if name in ACCOUNTS_OPEN else METHODS:
            answer = client.generic(method, url)
            if name in ACCOUNTS_OPEN:
                assert answer.status_code == (401 if name == "socialaccount_login_error" else 200), name
            elif answer.status_code != 405:
                assert (answer.status_code, answer.url.startswith("/accounts/login/")) == (302, True), (name, method)


@pytest.mark.parametrize("who", [*SIGNED_IN, NOBODY])
def test_administration_is_for_administrators(world: World, who: str) -> None:
    if who in world.sessions:
        world.client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[who]
    answers = [
        world.client.get(url).status_code for url in ("/admin/", "/admin/auth/user/", "/admin/auth/user/1/change/")
    ]
    assert answers == [302] * 3


@pytest.mark.parametrize(
    "path",
    [
        "/recordings/00000000-0000-4000-8000-000000000000/",
        "/transcripts/00000000-0000-4000-8000-000000000000/",
        "/transcripts/00000000-0000-4000-8000-000000000000/export/txt/",
        "/recordings/00000000-0000-4000-8000-000000000000/audio/",
        "/recordings/nonsense/",
        "/utterances/999999/",
        "/utterances/99999999999999999999999999/",
        "/shared/nonsense/",
        "/shared/nonsense/audio/",
        "/nowhere/",
    ],
)
def test_what_is_not_there_is_not_found(lins_client: Client, path: str) -> None:
    assert lins_client.get(path).status_code == 404
