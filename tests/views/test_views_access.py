"""Who gets what from each address: its owner, a viewer, a stranger, nobody; and with which method."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from flashweb.urls import urlpatterns
from tests import quick
from tests.conftest import OTHER_ANSWER
from transcripts.models import Transcript

HTMX = {"HX-Request": "true"}

# name -> method, form, status for the owner (plain, htmx), status for a viewer
PAGES: dict[str, tuple[str, dict[str, Any], int, int, int]] = {
    "recording": ("get", {}, 302, 200, 302),
    "recording_audio": ("get", {}, 200, 200, 200),
    "recording_peaks": ("get", {}, 200, 200, 200),
    "recording_overview": ("get", {}, 200, 200, 200),
    "recording_cancel": ("post", {}, 302, 200, 403),
    "recording_retry": ("post", {}, 302, 200, 403),
    "recording_rename": ("post", {"title": "Talk"}, 302, 200, 403),
    "recording_move": ("post", {}, 404, 404, 403),
    "recording_delete": ("post", {}, 302, 200, 403),
    "recording_import": ("post", {}, 422, 422, 403),
    "transcript": ("get", {}, 200, 200, 200),
    "transcript_checks": ("get", {}, 200, 200, 200),
    "transcript_settle": ("post", {"way": "dismiss", "message": "fast"}, 200, 200, 403),
    "transcript_words": ("get", {}, 200, 200, 200),
    "transcript_player": ("get", {}, 200, 200, 200),
    "transcript_find": ("get", {}, 200, 200, 200),
    "transcript_replace": ("post", {"q": "大家", "replace": "诸位"}, 302, 204, 403),
    "transcript_undo": ("post", {}, 204, 204, 403),
    "transcript_redo": ("post", {}, 204, 204, 403),
    "transcript_assign": ("post", {"rows": f"{2**62}:1"}, 404, 404, 403),
    "transcript_flag": ("post", {"rows": f"{2**62}:1", "on": "true"}, 404, 404, 403),
    "transcript_speakers": ("post", {}, 200, 200, 403),
    "transcript_verify": ("post", {"rows": f"{2**62}:1", "on": "true"}, 404, 404, 403),
    "speaker_merge": ("post", {"rows": f"{2**62}:1", "into": 2**62}, 404, 404, 403),
    "speaker_rename": ("post", {"name": "Wei"}, 200, 200, 403),
    "transcript_bundle": ("get", {}, 200, 200, 200),
    "transcript_clips": ("get", {}, 200, 200, 200),
    "transcript_exports": ("get", {}, 200, 200, 200),
    "transcript_history": ("get", {}, 200, 200, 200),
    "transcript_restore": ("post", {"version": 1}, 200, 200, 403),
    "transcript_take_back": ("post", {"version": 1, "person": 2**31 - 1}, 422, 422, 403),
    "utterance_restore": ("post", {"version": 1, "base_version": 1}, 200, 200, 403),
    "transcript_live": ("get", {}, 200, 200, 200),
    "transcript_here": ("post", {"page": "67ee89ba-7050-4c04-a3d7-ac61a63499b3"}, 204, 204, 204),
    "transcript_rows": ("get", {}, 200, 200, 200),
    "transcript_export": ("get", {}, 200, 200, 200),
    "transcript_compare": ("get", {}, 200, 200, 200),
    "transcript_take_over": ("post", {"base_version": 1}, 302, 302, 403),
    "transcript_take_over_all": ("post", {"rows": f"{2**62}:1"}, 302, 302, 403),
    "transcription_create": ("post", {}, 302, 302, 403),
    "utterance_edit": ("post", {"text": "大家早。", "base_version": 1}, 200, 200, 403),
    "utterance_split": ("post", {"offset": 2, "base_version": 1}, 200, 200, 403),
    "utterance_merge": ("post", {"base_version": 1, "below": 2**62, "below_version": 1}, 404, 404, 403),
    "utterance_delete": ("post", {"base_version": 1}, 200, 200, 403),
    "utterance_insert": ("post", {"base_version": 1}, 200, 200, 403),
    "utterance_move": ("post", {"start_ms": 0, "end_ms": 9000, "base_version": 1}, 200, 200, 403),
    "utterance_heard": ("get", {}, 200, 200, 200),
    # of a personal project, which stays as it is
    "project": ("post", {"name": "Mine"}, 422, 422, 403),
    "project_delete": ("post", {}, 422, 422, 403),
    "project_invite": ("post", {"role": "editor", "days": 7, "people": "one"}, 422, 422, 403),
    "project_leave": ("post", {}, 422, 422, 302),
    "project_options": ("post", {}, 302, 302, 403),
    "project_revoke": ("post", {}, 404, 404, 403),
    "member_role": ("post", {"role": "editor"}, 422, 422, 403),
    "member_remove": ("post", {}, 422, 422, 403),
}
# What belongs to nobody in particular; the tests of each page say what it does.
OWN = {
    "library",
    "imports",
    "exports",
    "exports_zip",
    "search",
    "projects",
    "recording_create",
    "upload_create",
    "upload_options",
    "recording_sample",
    "account",
    "preferences",
}
PERSONAL = {"upload"}  # Found by nobody but the person who began it: see its own tests.
OPEN = {"healthz", "first_sign_in", "set_language", "invitation"}  # and those of accounts: see their own tests
SAFE = {name for name, (method, *_rest) in PAGES.items() if method == "get"} | {
    "library",
    "search",
    "exports",
    "exports_zip",
    "upload_options",
}
POSTED = {name for name, (method, *_rest) in PAGES.items() if method == "post"} | OWN - {
    "library",
    "search",
    "exports",
    "exports_zip",
    "imports",
    "account",
    "preferences",
    "projects",
    "upload_options",
}
# What may also be looked at under the same address.
BOTH = {"project", "transcription_create", "recording_import", "utterance_edit"}


def address(name: str, transcript: Transcript) -> str:
    if name in OWN:
        return reverse(name)
    if name == "transcript_export":
        return reverse(name, args=[transcript.pk, "txt"])
    row = transcript.utterances.last()
    assert row is not None
    if name in {"transcript_compare", "transcript_take_over", "transcript_take_over_all"}:
        other = transcript.recording.transcripts.exclude(pk=transcript.pk).get()
        return reverse(name, args=[transcript.pk, other.pk, *([row.pk] if name == "transcript_take_over" else [])])
    project, lin = transcript.recording.project_id, transcript.recording.uploaded_by_id
    if name.startswith("member"):
        return reverse(name, args=[project, lin])
    if name == "project_revoke":
        return reverse(name, args=[project, transcript.pk])
    pks = {
        "project": project,
        "recording": transcript.recording_id,
        "transcription": transcript.recording_id,
        "transcript": transcript.pk,
        "speaker": row.speaker_id,
    }
    return reverse(name, args=[pks.get(name.partition("_")[0], row.pk)])


@pytest.fixture
def shown(transcript: Transcript) -> Transcript:
    """With something to play, and with another transcript of the same recording."""
    quick.again(transcript.recording, OTHER_ANSWER)
    transcript.recording.playback.write_bytes(b"sound")
    transcript.recording.peaks.write_bytes(b"peaks")
    return transcript


def ask(client: Client, name: str, transcript: Transcript, **headers: str) -> Any:
    method, form, *_rest = PAGES.get(name, ("post" if name in POSTED else "get", {}))
    return getattr(client, method)(address(name, transcript), form, headers=headers)


def test_every_address_stands_in_the_table() -> None:
    names = {pattern.name for pattern in urlpatterns if hasattr(pattern, "name")}
    assert names == PAGES.keys() | OWN | PERSONAL | OPEN


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("htmx", [False, True])
def test_owner_gets_it(shown: Transcript, lins_client: Client, name: str, htmx: bool) -> None:
    response = ask(lins_client, name, shown, **(HTMX if htmx else {}))
    assert response.status_code == PAGES[name][3 if htmx else 2]


@pytest.mark.parametrize("name", PAGES)
def test_viewer_may_look_and_no_more(shown: Transcript, viewer: Client, name: str) -> None:
    before = (shown.recording.title, list(shown.utterances.values_list("text")), shown.changes.count())
    response = ask(viewer, name, shown)
    assert response.status_code == PAGES[name][4]
    shown.recording.refresh_from_db()
    assert (shown.recording.title, list(shown.utterances.values_list("text")), shown.changes.count()) == before


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("htmx", [False, True])
def test_stranger_does_not_learn_that_it_is_there(shown: Transcript, stranger: Client, name: str, htmx: bool) -> None:
    assert ask(stranger, name, shown, **(HTMX if htmx else {})).status_code == 404
    assert shown.changes.count() == 1


@pytest.mark.parametrize("name", sorted(PAGES.keys() | OWN))
def test_nobody_is_sent_to_sign_in(shown: Transcript, client: Client, name: str) -> None:
    response = ask(client, name, shown)
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={address(name, shown)}")


@pytest.mark.parametrize("name", sorted(PAGES.keys() | OWN))
def test_nobody_behind_htmx_gets_401(shown: Transcript, client: Client, name: str) -> None:
    assert ask(client, name, shown, **HTMX).status_code == 401


@pytest.mark.parametrize("name", sorted(POSTED))
def test_write_is_not_made_with_get(shown: Transcript, lins_client: Client, name: str) -> None:
    assert lins_client.get(address(name, shown)).status_code == (200 if name in BOTH else 405)


@pytest.mark.parametrize("name", sorted(SAFE))
def test_read_is_not_made_with_post(shown: Transcript, lins_client: Client, name: str) -> None:
    assert lins_client.post(address(name, shown)).status_code == 405


@pytest.mark.parametrize("name", sorted(POSTED | {"set_language", "account", "preferences", "projects"}))
def test_write_needs_the_token_of_the_page(shown: Transcript, lin: Any, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lin)
    url = reverse(name) if name in OPEN else address(name, shown)
    assert client.post(url, {}).status_code == 403
    assert shown.changes.count() == 1


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
        "/nowhere/",
    ],
)
def test_what_is_not_there_is_not_found(lins_client: Client, path: str) -> None:
    assert lins_client.get(path).status_code == 404
