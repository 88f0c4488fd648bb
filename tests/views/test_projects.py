from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests import quick
from tests.conftest import ANSWER, AUDIO, HTMX
from tests.files import path_of
from transcripts.enums import Role
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Invitation, Membership, Move, Project, Recording, Transcript
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.projects.invitations import create_invitation
from transcripts.services.projects.moves import ask_to_move, move_recording
from transcripts.services.projects.projects import create_project, set_default_options

pytestmark = pytest.mark.long

Upload = Callable[..., Recording]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def team(lin: User) -> Project:
    return create_project(name="Talks", by=lin)


@pytest.fixture
def editor(ana: User, team: Project) -> Client:
    Membership.objects.create(project=team, user=ana, role=Role.EDITOR)
    return client_of(ana)


@pytest.fixture
def looker(db: None, team: Project) -> Client:
    wei = User.objects.create_user("wei")
    Membership.objects.create(project=team, user=wei, role=Role.VIEWER)
    return client_of(wei)


def members(project: Project) -> dict[str, str]:
    return dict(project.memberships.values_list("user__username", "role"))


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def list_shown(html: str) -> list[list[str]]:
    """The texts of each project in the list: its name, its figures, its links."""
    items = re.findall(r'<li class="project">(.*?)</li>', html, re.DOTALL)
    return [[text.strip() for text in re.split("<[^>]*>", item) if text.strip()] for item in items]


def test_list_shows_ones_own_project_first_then_the_others_by_name(
    lin: User, ana: User, lins_client: Client, team: Project, upload: Upload
) -> None:
    create_project(name="Anas", by=ana)
    create_project(name="archive", by=lin)
    move_recording(recording=upload(lin), project=team, by=lin)
    Membership.objects.create(project=Project.objects.get(name="Anas"), user=lin, role=Role.VIEWER)
    owned, links = ["1 member", "Owner"], ["Overview", ": {}", "Members and settings", "{}"]
    assert list_shown(lins_client.get("/projects/").text) == [
        ["Personal", "0 recordings", "Overview", ": Personal", "Options", "Personal"],
        ["Anas", "0 recordings", "2 members", "Viewer", "Overview", ": Anas", "Members", "Anas"],
        ["archive", "0 recordings", *owned, *(text.format("archive") for text in links)],
        ["Talks", "1 recording", *owned, *(text.format("Talks") for text in links)],
    ]


def test_list_asks_as_often_for_five_projects_as_for_two(
    lin: User, lins_client: Client, team: Project, django_assert_num_queries: Any
) -> None:
    lins_client.get("/projects/")
    with django_assert_num_queries(4):
        lins_client.get("/projects/")
    for name in ("One", "Two", "Three"):
        create_project(name=name, by=lin)
    with django_assert_num_queries(4):
        assert lins_client.get("/projects/").text.count("<li class=") == 5


def test_project_is_made_and_shown(lin: User, lins_client: Client) -> None:
    response = lins_client.post("/projects/", {"name": " Talks "})
    made = Project.objects.get(name="Talks")
    assert (response.status_code, response.url, members(made)) == (302, f"/projects/{made.pk}/", {"lin": "owner"})


@pytest.mark.parametrize(
    ("name", "sentence"), [(" ", "Enter a name for the project."), ("x" * 201, "at most 200 characters")]
)
def test_project_needs_a_name(lins_client: Client, name: str, sentence: str) -> None:
    response = lins_client.post("/projects/", {"name": name})
    assert (response.status_code, sentence in response.text) == (422, True)
    assert not Project.objects.filter(personal_of=None).exists()


def test_owner_sees_and_changes_everything(lins_client: Client, team: Project) -> None:
    text = lins_client.get(team.get_absolute_url()).text
    shown = [f'action="{reverse(name, args=[team.pk])}"' in text for name in MANAGED]
    assert shown == [True] * len(MANAGED)
    response = lins_client.post(team.get_absolute_url(), {"name": "Lectures", "second_reader": "on"}, follow=True)
    team.refresh_from_db()
    assert (team.name, team.second_reader, said(response)) == ("Lectures", True, ["Settings saved"])
    lins_client.post(team.get_absolute_url(), {"name": "Lectures"})
    team.refresh_from_db()
    assert not team.second_reader


MANAGED = ["project", "project_invite", "project_options", "project_leave", "project_delete"]


def test_others_see_who_belongs_to_it_and_may_leave(editor: Client, looker: Client, team: Project, lin: User) -> None:
    for client in (editor, looker):
        text = client.get(team.get_absolute_url()).text
        assert [name for name in MANAGED if f'action="{reverse(name, args=[team.pk])}"' in text] == ["project_leave"]
        assert [name in text for name in ("lin", "ana", "wei")] == [True] * 3
        assert "/members/" not in text


def test_personal_project_has_options_and_nothing_else(lins_client: Client, lin: User) -> None:
    own = get_personal_project(lin)
    text = lins_client.get(own.get_absolute_url()).text
    assert [name for name in MANAGED if f'action="{reverse(name, args=[own.pk])}"' in text] == ["project_options"]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("project", {"name": "Mine"}),
        ("project_invite", {"role": "editor", "days": 7, "people": "one"}),
        ("project_leave", {}),
        ("project_delete", {"name": "lin"}),
    ]
    answers = [lins_client.post(reverse(name, args=[own.pk]), form).status_code for name, form in asked]
    own.refresh_from_db()
    assert (answers, own.name, members(own), Invitation.objects.count()) == ([422] * 4, "lin", {"lin": "owner"}, 0)


def test_name_is_shown_as_text_and_not_as_markup(lins_client: Client, team: Project) -> None:
    lins_client.post(team.get_absolute_url(), {"name": "<b>Talks</b>"})
    for page in ("/", "/projects/", team.get_absolute_url()):
        text = lins_client.get(page).text
        assert ("<b>Talks" in text, "&lt;b&gt;Talks" in text) == (False, True)


def test_options_of_the_project_are_those_of_its_recordings(
    lins_client: Client, editor: Client, team: Project, data_dir: Any
) -> None:
    url = reverse("project_options", args=[team.pk])
    assert lins_client.post(url, {"language": "zh-CN", "hot_words": "银杏\n口述史"}).status_code == 302
    team.refresh_from_db()
    assert RecognitionOptions.from_mapping(team.options) == RecognitionOptions(
        language="zh-CN", hot_words=("银杏", "口述史")
    )
    shown = [
        editor.get(page).text for page in (f"/?project={team.pk}", reverse("upload_options") + f"?project={team.pk}")
    ]
    assert ["口述史" in text for text in shown] == [True, True]
    assert ["keep_as_default" in text for text in shown] == [False, False]
    assert "口述史" not in editor.get("/").text
    response = lins_client.post(url, {"language": "tlh"})
    assert (response.status_code, 'aria-invalid="true"' in response.text) == (422, True)


def test_owner_gives_roles(lins_client: Client, editor: Client, ana: User, team: Project) -> None:
    url = reverse("member_role", args=[team.pk, ana.pk])
    response = lins_client.post(url, {"role": "owner"})
    assert (response.status_code, response.url, members(team)) == (
        302,
        team.get_absolute_url(),
        {"lin": "owner", "ana": "owner"},
    )
    assert [lins_client.post(url, form).status_code for form in ({}, {"role": "king"})] == [422, 422]
    assert members(team) == {"lin": "owner", "ana": "owner"}


def test_last_owner_cannot_go(lins_client: Client, lin: User, editor: Client, team: Project) -> None:
    asked: list[tuple[str, dict[str, str]]] = [
        (reverse("member_role", args=[team.pk, lin.pk]), {"role": "viewer"}),
        (reverse("member_remove", args=[team.pk, lin.pk]), {}),
        (reverse("project_leave", args=[team.pk]), {}),
    ]
    for url, form in asked:
        response = lins_client.post(url, form)
        assert (response.status_code, "Make someone else an owner first" in response.text) == (422, True)
    assert members(team) == {"lin": "owner", "ana": "editor"}


def test_removed_member_sees_nothing_any_more(lins_client: Client, editor: Client, ana: User, team: Project) -> None:
    response = lins_client.post(reverse("member_remove", args=[team.pk, ana.pk]), follow=True)
    assert (said(response), members(team)) == (["ana is no longer a member."], {"lin": "owner"})
    pages = (team.get_absolute_url(), f"/?project={team.pk}")
    assert [editor.get(page).status_code for page in pages] == [404, 404]
    assert lins_client.post(reverse("member_remove", args=[team.pk, ana.pk])).status_code == 404


def test_member_leaves(editor: Client, team: Project) -> None:
    response = editor.post(reverse("project_leave", args=[team.pk]), follow=True)
    assert (said(response), members(team)) == (["You have left “Talks”."], {"lin": "owner"})
    assert editor.get(team.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("project", {"name": "Mine"}),
        ("project_options", {}),
        ("project_delete", {"name": "Talks"}),
        ("project_invite", {"role": "owner", "days": 7, "people": "one"}),
        ("member_role", {"role": "owner"}),
        ("member_remove", {}),
    ],
)
def test_only_owners_manage(
    editor: Client, looker: Client, ana: User, lin: User, team: Project, name: str, form: dict[str, Any]
) -> None:
    before = members(team)
    url = reverse(name, args=[team.pk, lin.pk] if name.startswith("member") else [team.pk])
    eva = client_of(User.objects.create_user("eva"))
    assert [client.post(url, form).status_code for client in (editor, looker, eva)] == [403, 403, 404]
    team.refresh_from_db()
    assert (team.name, members(team), team.invitations.count()) == ("Talks", before, 0)


def test_empty_project_is_deleted_at_once(lins_client: Client, team: Project) -> None:
    response = lins_client.post(reverse("project_delete", args=[team.pk]), follow=True)
    assert said(response) == ["The project “Talks” was moved to the bin."]
    assert lins_client.get(team.get_absolute_url()).status_code == 404


def test_project_with_recordings_is_deleted_by_its_name(
    lins_client: Client, lin: User, team: Project, upload: Upload
) -> None:
    recording = upload(lin)
    move_recording(recording=recording, project=team, by=lin)
    url = reverse("project_delete", args=[team.pk])
    for form in ({}, {"name": "talks"}):
        response = lins_client.post(url, form)
        assert (response.status_code, "To delete the project, type its name." in response.text) == (422, True)
    assert path_of(recording.original).exists()
    assert lins_client.post(url, {"name": "Talks "}).status_code == 302
    assert lins_client.get(reverse("recording", args=[recording.pk])).status_code == 404


def test_library_shows_all_projects_or_one(
    lin: User, ana: User, lins_client: Client, team: Project, upload: Upload
) -> None:
    outside, inside = upload(lin), upload(lin)
    move_recording(recording=inside, project=team, by=lin)
    foreign = create_project(name="Foreign", by=ana)

    def shown(query: str) -> list[Any]:
        return [recording.pk for recording in lins_client.get(f"/{query}").context["page"]]

    assert shown("") == [inside.pk, outside.pk]
    assert shown(f"?project={team.pk}") == [inside.pk]
    assert shown(f"?project={get_personal_project(lin).pk}") == [outside.pk]
    strange = (foreign.pk, 2**62, 2**70, "x", -1)
    assert [lins_client.get(f"/?project={pk}").status_code for pk in strange] == [404] * 5


def test_library_keeps_its_project_from_page_to_page(
    lin: User, lins_client: Client, team: Project, upload: Upload, monkeypatch: Any
) -> None:
    monkeypatch.setattr("transcripts.views.library.RECORDINGS_A_PAGE", 1)
    for _number in range(3):
        move_recording(recording=upload(lin), project=team, by=lin)
    first = lins_client.get(f"/?project={team.pk}").text
    after = re.search(rf'rel="next"\s+href="(\?project={team.pk}&amp;after=[^"]+)"', first)
    assert after
    text = lins_client.get(f"/{unescape(after[1])}").text
    assert [f'href="{page}?project={team.pk}' in text for page in ("/", "")] == [True, True]


def test_who_may_only_look_is_offered_no_upload(looker: Client, editor: Client, team: Project) -> None:
    address = f'action="{reverse("recording_create")}"'
    assert [address in client.get(f"/?project={team.pk}").text for client in (looker, editor)] == [False, True]


@pytest.mark.parametrize("name", ["recording_create", "recording_sample"])
def test_what_is_added_goes_into_the_chosen_project(
    editor: Client, looker: Client, ana: User, team: Project, name: str, data_dir: Any
) -> None:
    def add(client: Client, project: object) -> int:
        return client.post(reverse(name), {"project": project, "url": "https://example.org/a.mp3"}).status_code

    assert (add(editor, team.pk), add(editor, "")) == (302, 302)
    assert list(Recording.objects.order_by("created_at").values_list("project__name", flat=True)) == ["Talks", "ana"]
    eva = client_of(User.objects.create_user("eva"))
    assert (add(looker, team.pk), add(eva, team.pk), add(eva, "x"), add(eva, 2**70)) == (403, 404, 404, 404)
    assert Recording.objects.count() == 2


def test_transcript_is_imported_into_the_chosen_project(
    editor: Client, looker: Client, team: Project, data_dir: Any
) -> None:
    url = f"{reverse('imports')}?project={team.pk}"
    sound = SimpleUploadedFile("talk.wav", (AUDIO / "zh_welcome.wav").read_bytes())
    answer = SimpleUploadedFile("answer.json", json.dumps(ANSWER).encode())
    assert [client.get(url).status_code for client in (editor, looker)] == [200, 403]
    assert editor.post(url, {"recording": sound, "transcript": answer}).status_code == 302
    assert Recording.objects.get().project == team
    links = [f'href="{url}"' in client.get(f"/?project={team.pk}").text for client in (editor, looker)]
    assert links == [True, False]


def test_recording_gets_the_options_of_its_project(lins_client: Client, lin: User, team: Project) -> None:
    set_default_options(project=team, options=RecognitionOptions(language="en-US"), by=lin)
    for project in (team.pk, ""):
        lins_client.post("/recordings/", {"project": project, "url": "https://example.org/a.mp3"})
    found = Recording.objects.order_by("created_at").values_list("transcriptions__options__language", flat=True)
    assert list(found) == ["en-US", RecognitionOptions().to_json().get("language")]


def test_only_an_owner_keeps_options_for_the_project(lins_client: Client, editor: Client, team: Project) -> None:
    form = {"project": team.pk, "url": "https://example.org/a.mp3", "language": "en-US", "keep_as_default": "on"}
    assert editor.post("/recordings/", form).status_code == 403
    team.refresh_from_db()
    assert (team.options, Recording.objects.count()) == ({}, 0)
    assert lins_client.post("/recordings/", form).status_code == 302
    team.refresh_from_db()
    assert team.options["language"] == "en-US"


def test_recording_moves_between_projects_of_who_may_edit_in_both(
    lin: User, lins_client: Client, editor: Client, looker: Client, ana: User, team: Project, transcript: Transcript
) -> None:
    recording, own = transcript.recording, get_personal_project(lin)
    url = reverse("recording_move", args=[recording.pk])
    foreign = create_project(name="Foreign", by=ana)
    shown_to_look_at = create_project(name="Look", by=ana)
    Membership.objects.create(project=shown_to_look_at, user=lin, role=Role.VIEWER)
    targets = [foreign.pk, shown_to_look_at.pk, "", 2**70]
    assert [lins_client.post(url, {"project": pk}).status_code for pk in targets] == [404, 403, 404, 404]
    assert editor.post(url, {"project": team.pk}).status_code == 404
    response = lins_client.post(url, {"project": team.pk})
    assert (response.status_code, response.url) == (302, "/")
    recording.refresh_from_db()
    assert recording.project == team
    assert editor.get(transcript.get_absolute_url()).status_code == 200
    assert [looker.post(url, {"project": pk}).status_code for pk in (team.pk, own.pk)] == [403, 403]
    assert editor.post(url, {"project": own.pk}).status_code == 404
    other = create_project(name="Other", by=lin)
    assert lins_client.post(url, {"project": other.pk}).status_code == 302
    assert looker.get(transcript.get_absolute_url()).status_code == 404


def test_editor_asks_and_the_owner_allows_the_move(
    lin: User, lins_client: Client, editor: Client, ana: User, team: Project, transcript: Transcript
) -> None:
    move_recording(recording=transcript.recording, project=team, by=lin)
    Move.objects.all().delete()
    own = create_project(name="Anas", by=ana)
    url = reverse("recording_move", args=[transcript.recording_id])
    answer = editor.post(url, {"project": own.pk}, headers=HTMX)
    assert "An owner has been asked to move it" in answer.text
    assert Recording.objects.get().project == team
    assert "1 move to decide about" in lins_client.get("/projects/").text
    assert "ana asks to move “zh_welcome” to “Anas”." in lins_client.get(team.get_absolute_url()).text
    move = Move.objects.asked().get()
    assert editor.post(reverse("move_allow", args=[move.pk])).status_code == 404
    allowed = lins_client.post(reverse("move_allow", args=[move.pk]), follow=True)
    assert (said(allowed), Recording.objects.get().project) == (["“zh_welcome” was moved."], own)
    assert "came from “Talks”" in editor.get(own.get_absolute_url()).text
    undone = lins_client.post(reverse("move_undo", args=[move.pk]), follow=True)
    assert (said(undone), Recording.objects.get().project) == (["“zh_welcome” is back in its project."], team)
    assert "undone" in editor.get(own.get_absolute_url()).text


def test_move_for_somebody_who_may_no_longer_add_there_is_refused(
    lin: User, lins_client: Client, ana: User, team: Project, transcript: Transcript
) -> None:
    other = create_project(name="Other", by=lin)
    move_recording(recording=transcript.recording, project=team, by=lin)
    ask_to_move(recording=transcript.recording, project=other, by=ana)
    allowed = lins_client.post(reverse("move_allow", args=[Move.objects.asked().get().pk]), follow=True)
    assert said(allowed) == ["Not moved: ana can no longer add recordings there."]
    lins_client.post(reverse("move_refuse", args=[Move.objects.asked().get().pk]))
    assert (Move.objects.asked().count(), Recording.objects.get().project) == (0, team)


def test_moved_row_stays_in_a_list_that_shows_it(
    lin: User, lins_client: Client, team: Project, transcript: Transcript
) -> None:
    own = get_personal_project(lin)
    url = reverse("recording_move", args=[transcript.recording_id])
    asks = [{"project": team.pk}, {"project": own.pk, "shown": team.pk}, {"project": team.pk, "shown": team.pk}]
    answers = [lins_client.post(url, form, headers=HTMX) for form in asks]
    assert [(answer.status_code, answer.text.count("<article")) for answer in answers] == [(200, 1), (200, 0), (200, 1)]
    assert ("Talks" in answers[0].text, "Talks" in answers[2].text) == (True, True)


def test_row_names_a_project_that_is_not_ones_own(
    lin: User, lins_client: Client, team: Project, upload: Upload
) -> None:
    quick.recognised(upload(lin), ANSWER)
    link = 'class="recording-project"'
    assert link not in lins_client.get("/").text
    move_recording(recording=upload(lin), project=team, by=lin)
    assert lins_client.get("/").text.count(link) == 1


def test_links_are_made_listed_and_revoked(lins_client: Client, lin: User, team: Project) -> None:
    url = reverse("project_invite", args=[team.pk])
    for form in ({}, {"role": "king", "days": 7, "people": "one"}, {"role": "editor", "days": 999, "people": "one"}):
        assert lins_client.post(url, form).status_code == 422
    for people in ("one", "all"):
        assert lins_client.post(url, {"role": "viewer", "days": 30, "people": people}).status_code == 302
    found = list(team.invitations.order_by("created_at"))
    assert [
        (one.role, one.once, one.made_by, round((one.expires_at - one.created_at) / timedelta(days=1))) for one in found
    ] == [
        ("viewer", True, lin, 30),
        ("viewer", False, lin, 30),
    ]
    text = lins_client.get(team.get_absolute_url()).text
    assert [f'data-copy="http://testserver{one.get_absolute_url()}"' in text for one in found] == [True, True]
    revoke = reverse("project_revoke", args=[team.pk, found[0].pk])
    assert [lins_client.post(revoke).status_code for _time in range(2)] == [302, 404]
    assert list(team.invitations.all()) == found[1:]


def test_link_of_one_project_is_not_revoked_by_the_owner_of_another(
    lin: User, ana: User, team: Project, stranger: Client, editor: Client
) -> None:
    made = create_invitation(project=team, role=Role.VIEWER, days=7, once=True, by=lin)
    other = create_project(name="Other", by=ana)
    asked = [(other, stranger), (team, editor)]
    answers = [client.post(reverse("project_revoke", args=[one.pk, made.pk])).status_code for one, client in asked]
    assert (answers, list(team.invitations.all())) == ([404, 403], [made])


def test_number_of_recordings_is_a_button_only_where_there_are_some(
    lins_client: Client, team: Project, lin: User, transcript: Transcript
) -> None:
    address = reverse("project", args=[team.pk])
    page = lins_client.get(address).text
    assert ("0 recordings" in page, "No recordings yet" in page) == (False, True)
    Recording.objects.update(project=team)
    assert "1 recording\n" in lins_client.get(address).text


@pytest.mark.parametrize("name", ["projects", "bin", "exports", "imports", "notices", "search", "account"])
def test_pages_lead_back_to_the_recordings(lins_client: Client, name: str) -> None:
    assert '<a class="crumb" href="/">' in lins_client.get(reverse(name)).text


def test_list_comes_in_pages_by_name(lin: User, lins_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("transcripts.views.projects.PROJECTS_A_PAGE", 2)
    for name in ("beta", "Alpha", "gamma"):
        create_project(name=name, by=lin)
    shown = [
        [name for name, *_figures in list_shown(lins_client.get(f"/projects/?page={page}").text)]
        for page in ("1", "2", "99", "x")
    ]
    assert shown == [["Personal", "Alpha"], ["beta", "gamma"], ["beta", "gamma"], ["Personal", "Alpha"]]
    assert lins_client.get("/projects/").text.count('rel="next"') == 1
