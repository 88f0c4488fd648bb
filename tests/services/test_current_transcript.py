"""Which of its transcripts a recording opens: a choice that is stored."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from io import BytesIO

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import quick
from tests.conftest import ANSWER, HTMX, OTHER_ANSWER
from tests.files import path_of
from transcripts.access import CommentAuthor
from transcripts.models import Recording, Transcript
from transcripts.services.comments.comments import add_comment
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.exporting.export_bundle import build_bundle
from transcripts.services.importing.import_bundle import import_bundle

SRT = "1\n00:00:00,400 --> 00:00:01,600\n欢迎 Lin 去。\n".encode()


def current(transcript: Transcript) -> Transcript | None:
    return Recording.objects.get(pk=transcript.recording_id).current_transcript


def edit(transcript: Transcript, by: User) -> None:
    edit_utterance(utterance=transcript.utterances.all()[0], save=Save(text="欢迎。", base_version=1), by=by)


def import_file(client: Client, transcript: Transcript, **form: str) -> Transcript:
    address = reverse("recording_import", args=[transcript.recording_id])
    sent = {"transcript": SimpleUploadedFile("talk.srt", SRT), **form}
    before = set(transcript.recording.transcripts.values_list("pk", flat=True))
    assert client.post(address, sent).status_code == 302
    return transcript.recording.transcripts.exclude(pk__in=before).get()


def test_first_transcript_is_the_current_one(transcript: Transcript) -> None:
    assert current(transcript) == transcript


def test_another_recognition_takes_the_place_of_what_nobody_has_worked_on(transcript: Transcript) -> None:
    other = quick.again(transcript.recording, OTHER_ANSWER)
    assert current(transcript) == other


@pytest.mark.parametrize("work", ["edit", "comment"])
def test_another_recognition_leaves_the_transcript_that_people_have_worked_on(
    transcript: Transcript, lin: User, work: str
) -> None:
    if work == "edit":
        edit(transcript, lin)
    else:
        add_comment(row=transcript.utterances.all()[0], body="So?", by=CommentAuthor(lin))
    quick.again(transcript.recording, OTHER_ANSWER)
    assert current(transcript) == transcript


def test_import_becomes_the_current_one_where_that_was_asked_for(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    page = reverse("recording_import", args=[transcript.recording_id])
    asked = {"initial-current": "True"}
    assert lins_client.get(page).context["current_form"]["current"].value() is True
    import_file(lins_client, transcript, **asked)
    assert current(transcript) == transcript
    edit(transcript, lin)
    assert lins_client.get(page).context["current_form"]["current"].value() is False
    import_file(lins_client, transcript)  # as programs do, which say nothing
    assert current(transcript) == transcript
    made = import_file(lins_client, transcript, current="on", **asked)
    assert current(transcript) == made


@pytest.mark.long
def test_who_may_edit_chooses_another(transcript: Transcript, lin: User, lins_client: Client, viewer: Client) -> None:
    edit(transcript, lin)
    made = import_file(lins_client, transcript)
    address = reverse("transcript_make_current", args=[made.pk])
    compare = reverse("transcript_compare", args=[transcript.pk, made.pk])
    assert viewer.post(address).status_code == 403
    assert current(transcript) == transcript
    for page in (transcript.get_absolute_url(), compare):
        assert f'action="{address}"' in lins_client.get(page).text
        assert f'action="{address}"' not in viewer.get(page).text
    answer = lins_client.post(address, {"back": compare})
    assert (answer.status_code, answer["Location"], current(transcript)) == (302, compare, made)
    assert "This is now the recording" in lins_client.get(compare).text
    back = reverse("transcript_make_current", args=[transcript.pk])
    assert f'action="{back}"' in lins_client.get(compare).text
    assert f'action="{address}"' not in lins_client.get(compare).text
    assert lins_client.post(back, {"back": "https://example.org/"})["Location"] == transcript.get_absolute_url()
    assert current(transcript) == transcript


@pytest.mark.long
def test_library_opens_and_counts_the_current_one_and_lists_the_others_by_their_origin(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    edit(transcript, lin)
    lins_client.get("/")
    with CaptureQueriesContext(connection) as alone:
        lins_client.get("/")
    made = import_file(lins_client, transcript)
    quick.again(transcript.recording, OTHER_ANSWER)
    with CaptureQueriesContext(connection) as among_others:
        page = lins_client.get("/").text
    assert len(among_others) == len(alone)
    assert f'href="{transcript.get_absolute_url()}">zh_welcome</a>' in page
    assert f'href="{made.get_absolute_url()}">Imported: talk.srt</a>' in page
    assert (">Recognised</a>" in page, "2 rows" in page) == (True, True)


def test_search_finds_in_the_current_one_first_and_titles_lead_to_it(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    edit(transcript, lin)
    quick.again(transcript.recording, ANSWER)
    Recording.objects.update(title="大家好")
    page = lins_client.get(reverse("search"), {"q": "大家好"}).text
    links = [line for line in page.split('href="') if line.startswith("/transcripts/")]
    assert all(link.startswith(transcript.get_absolute_url()) for link in links[:3])
    assert page.count("not the current transcript") == 1


def test_new_title_leads_back_to_the_current_one(transcript: Transcript, lin: User, lins_client: Client) -> None:
    edit(transcript, lin)
    quick.again(transcript.recording, OTHER_ANSWER)
    answer = lins_client.post(reverse("recording_rename", args=[transcript.recording_id]), {"title": "Talk"})
    assert answer["Location"] == transcript.get_absolute_url()


def test_recording_whose_current_transcript_is_gone_opens_the_newest(
    transcript: Transcript, lin: User, lins_client: Client
) -> None:
    edit(transcript, lin)
    other = quick.again(transcript.recording, OTHER_ANSWER)
    transcript.delete()
    text = lins_client.get(reverse("recording", args=[other.recording_id]), headers=HTMX).text
    assert f'href="{other.get_absolute_url()}"' in text
    newest = quick.again(other.recording, OTHER_ANSWER)
    assert current(other) == newest


def test_bundle_brings_its_transcript_as_the_current_one(transcript: Transcript, lin: User) -> None:
    edit(transcript, lin)
    bundle = BytesIO(b"".join(build_bundle(transcript).stream()))
    path = path_of(transcript.recording.folder) / "bundle.zip"
    path.write_bytes(bundle.getvalue())
    recording = import_bundle(file=path, project=transcript.recording.project, by=lin)
    assert Recording.objects.get(pk=recording.pk).current_transcript == recording.transcripts.get()


def test_stored_recordings_open_what_people_have_edited_last(
    transcript: Transcript, lin: User, upload: Callable[..., Recording]
) -> None:
    edit(transcript, lin)
    edited = quick.again(transcript.recording, OTHER_ANSWER)
    edit(edited, lin)
    quick.again(transcript.recording, OTHER_ANSWER)
    untouched = quick.recognised(upload(lin), ANSWER)
    newest = quick.again(untouched.recording, ANSWER)
    Recording.objects.update(current_transcript=None)
    import_module("transcripts.migrations.0010_colours_and_current").choose_current(apps, None)
    assert (current(transcript), current(untouched)) == (edited, newest)
