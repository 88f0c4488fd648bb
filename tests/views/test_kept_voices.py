from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import quick
from tests.conftest import ANSWER
from tests.kept_voices import LI, WANG, first_speaker, second_speaker, told_apart
from transcripts.enums import AuditEvent, Role
from transcripts.models import AuditEntry, KeptVoice, Membership, Project, Recording, RefusedVoice, Transcript
from transcripts.services.editing.speakers import rename_speaker
from transcripts.services.exporting.export_bundle import build_bundle
from transcripts.services.kept_voices import set_keep_voices
from transcripts.services.recordings.retention import set_hold


@pytest.fixture
def project(transcript: Transcript) -> Project:
    return transcript.recording.project


@pytest.fixture
def known(transcript: Transcript, project: Project, lin: User) -> Transcript:
    """In it, 王老师 and 李 speak, whose voices are kept."""
    set_keep_voices(project=project, on=True, by=lin)
    Project.objects.update(voices_due_at=None)
    told_apart(transcript, WANG, LI)
    for speaker, name in ((first_speaker(transcript), "王老师"), (second_speaker(transcript), "李")):
        rename_speaker(speaker=speaker, name=name, base_name="", by=lin)
    return transcript


@pytest.fixture
def later(lin: User, upload: Callable[..., Recording]) -> Transcript:
    """Another recording of the project, in which the same two speak."""
    later = quick.recognised(upload(lin), ANSWER)
    told_apart(later, WANG, LI)
    return later


def address(name: str, project: Project) -> str:
    return reverse(name, args=[project.pk])


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.long
def test_owner_switches_it_on_once_the_people_were_asked(project: Project, lins_client: Client) -> None:
    page = text(lins_client, project.get_absolute_url())
    assert "This voiceprint is biometric data." in page
    link = f'href="{address("project_voices", project)}"'
    assert link not in page
    refused = lins_client.post(address("project_voices_keep", project), {"on": "on"})
    assert refused.status_code == 422
    assert "Ask the people first" in refused.content.decode()
    answer = lins_client.post(address("project_voices_keep", project), {"on": "on", "asked": "on"}, follow=True)
    assert answer.redirect_chain == [(f"{project.get_absolute_url()}#voices", 302)]
    project.refresh_from_db()
    assert project.keep_voices
    page = " ".join(answer.content.decode().split())
    assert "Voices are kept from now on." in page
    assert "This project keeps 0 voices of named speakers" in page
    assert link in page
    assert "are being looked through" in text(lins_client, address("project_voices", project))


@pytest.mark.long
def test_switching_off_says_how_many_go(known: Transcript, project: Project, lins_client: Client) -> None:
    assert "2 voices are deleted at once." in text(lins_client, project.get_absolute_url())
    answer = lins_client.post(address("project_voices_keep", project), follow=True)
    assert "The voices were deleted." in answer.content.decode()
    assert not KeptVoice.objects.exists()
    assert "This project keeps no voices." in text(lins_client, address("project_voices", project))


def test_what_is_on_hold_is_refused_with_a_sentence(
    known: Transcript, project: Project, lin: User, lins_client: Client
) -> None:
    set_hold(recording=known.recording, on=True, by=lin)
    for name, fields in (("project_voices_keep", {}), ("voices_delete", {"name": "李"})):
        answer = lins_client.post(address(name, project), fields)
        assert (answer.status_code, "legal hold" in answer.content.decode()) == (409, True)
    assert KeptVoice.objects.count() == 2


def test_page_lists_deletes_and_keeps_again(known: Transcript, project: Project, lins_client: Client) -> None:
    page = text(lins_client, address("project_voices", project))
    assert "王老师" in page
    assert known.get_absolute_url() in page
    assert "Not kept" not in page
    answer = lins_client.post(address("voices_delete", project), {"name": "王老师"}, follow=True)
    page = " ".join(answer.content.decode().split())
    assert "1 voice was deleted." in page
    assert "Not kept" in page
    fields = {"name": "李", "recording": str(known.recording_id)}
    lins_client.post(address("voices_delete", project), fields)
    assert not KeptVoice.objects.exists()
    assert lins_client.post(address("voices_delete", project)).status_code == 404
    refused = RefusedVoice.objects.get(name="王老师")
    lins_client.post(address("voices_allow", project), {"refused": refused.pk})
    assert list(RefusedVoice.objects.values_list("name", "recording")) == [("李", known.recording_id)]


def test_voices_of_another_project_are_not_to_be_had(
    known: Transcript, project: Project, ana: User, lins_client: Client
) -> None:
    other = Project.objects.create(name="Far", keep_voices=True)
    Membership.objects.create(project=other, user=ana, role=Role.OWNER)
    client = Client()
    client.force_login(ana)
    client.post(address("voices_delete", other), {"name": "李"})
    client.post(address("voices_delete", other), {"recording": str(known.recording_id)})
    assert KeptVoice.objects.count() == 2
    refused = RefusedVoice.objects.create(project=project, name="Ana", folded="ana")
    assert client.post(address("voices_allow", other), {"refused": refused.pk}).status_code == 404
    assert json.loads(client.get(address("project_voices_table", other)).content)["voices"] == []


def test_export_is_a_file_that_the_audit_tells_of(known: Transcript, project: Project, lins_client: Client) -> None:
    url = address("project_voices_table", project)
    lins_client.head(url)
    assert not AuditEntry.objects.filter(event=AuditEvent.VOICES_EXPORTED).exists()
    answer = lins_client.get(url, {"name": "李"})
    assert answer["Content-Disposition"].startswith('attachment; filename="voices-')
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    (voice,) = json.loads(answer.content)["voices"]
    assert (voice["name"], voice["centroid"]) == ("李", LI)
    # A name is what people wrote in a transcript: it is not in the audit.
    entries = AuditEntry.objects.filter(event=AuditEvent.VOICES_EXPORTED)
    assert list(entries.values_list("who", "about", "details")) == [("lin", "lin", "1")]
    page = text(lins_client, address("project_audit", project))
    assert "Voices exported" in page
    assert "Keeping voices switched on" in page


def test_members_are_told_that_it_is_on(known: Transcript, project: Project, viewer: Client) -> None:
    page = text(viewer, project.get_absolute_url())
    assert "This project keeps the voices of speakers who have names" in page
    assert "Stop keeping voices" not in page
    assert viewer.get(address("project_voices", project)).status_code == 403


def panel_of(transcript: Transcript) -> str:
    return reverse("transcript_diarization", args=[transcript.pk])


@pytest.mark.long
def test_name_is_offered_and_given(known: Transcript, later: Transcript, lins_client: Client) -> None:
    page = text(lins_client, panel_of(later))
    assert "This may be 王老师." in page
    assert "This may be 李." in page
    speaker = first_speaker(later)
    yes = reverse("speaker_rename", args=[speaker.pk])
    assert f'action="{yes}"' in page
    assert lins_client.post(yes, {"name": "王老师", "base_name": ""}).status_code == 200
    assert KeptVoice.objects.filter(speaker=speaker).exists()
    page = text(lins_client, panel_of(later))
    assert "This may be 王老师." not in page
    assert "This may be 李." in page


def test_offer_is_refused(known: Transcript, later: Transcript, lins_client: Client) -> None:
    no = reverse("speaker_refuse_offer", args=[first_speaker(later).pk])
    assert f'action="{no}"' in text(lins_client, panel_of(later))
    answer = lins_client.post(no)
    page = " ".join(answer.content.decode().split())
    assert "This may be 李." in page
    assert "王老师" not in page
    assert first_speaker(later).name == ""


def test_names_are_escaped(transcript: Transcript, project: Project, lin: User, lins_client: Client) -> None:
    set_keep_voices(project=project, on=True, by=lin)
    told_apart(transcript, WANG, LI)
    rename_speaker(speaker=first_speaker(transcript), name='<b>"&', base_name="", by=lin)
    page = text(lins_client, address("project_voices", project))
    assert "<b>" not in page
    assert "?name=%3Cb%3E%22%26" in page


def test_bundle_has_no_voices(known: Transcript) -> None:
    with zipfile.ZipFile(BytesIO(b"".join(build_bundle(known).stream()))) as bundle:
        for name in bundle.namelist():
            content = bundle.read(name)
            assert WANG.encode() not in content, name
            assert b"centroid" not in content, name
