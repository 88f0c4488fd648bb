"""The page for administrators: what it shows, that it shows no more, and another try for what failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import quick
from transcripts import queue
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Diarization, Recording, Transcript, Transcription, Worker
from transcripts.services.recognition.run import request_transcription


@pytest.fixture
def admin(db: None) -> Client:
    for lane in queue.LANES:
        lane.flush()
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def fail(lin: User, data_dir: Any) -> Callable[..., Transcription]:
    def make(error: str = "quota") -> Transcription:
        recording = quick.create_recording(lin)
        Recording.objects.filter(pk=recording.pk).update(state=PreparationState.DONE, title="Secret title")
        run = recording.transcriptions.get()
        Transcription.objects.filter(pk=run.pk).update(state=TranscriptionState.FAILED, error=error)
        return run

    return make


@pytest.mark.long
def test_administrators_alone_find_it_in_the_menu(admin: Client, lins_client: Client, client: Client) -> None:
    link = f'href="{reverse("status")}"'
    assert (link in admin.get("/").text, link in lins_client.get("/").text) == (True, False)
    assert [one.get("/status/").status_code for one in (admin, lins_client, client)] == [200, 404, 302]
    staff = User.objects.create_user("staff", is_staff=True)
    client.force_login(staff)
    assert client.get("/status/").status_code == 404


def test_page_says_what_is_wrong_and_what_to_do(
    admin: Client, fail: Any, settings: Any, transcript: Transcript
) -> None:
    Diarization.objects.create(transcript=transcript, automatic=True)
    settings.QUOTAS = {**settings.QUOTAS, "person_bytes": 1000 * 1024, "person_minutes": 30}
    fail()
    settings.DEBUG = True
    Worker.beat(host="h", pid=1, version="0.1", started_at=timezone.now())
    page = " ".join(admin.get("/status/").text.split())
    for said in (
        "DEBUG is on: errors show internal details to everyone. Turn it off.",
        "Worker h:1 runs version 0.1. Start it again.",
        "1 is running",
        "0 of 4 slots in use",
        '<dt>Tell speakers apart</dt> <dd class="facts-lines"> <span>1 transcript is waiting</span>',
        "of 1000.0 KB",
        "of 30",
        f"Flashweb {settings.VERSION}",
        "Try again",
    ):
        assert said in page, said
    assert "Secret title" not in page


def test_page_of_an_installation_without_anything(admin: Client) -> None:
    page = admin.get("/status/").text
    for said in ("Nothing is waiting.", "Nothing has failed.", "No worker is running.", "Nothing yet."):
        assert said in page


def test_what_failed_is_tried_again(admin: Client, fail: Any, django_capture_on_commit_callbacks: Any) -> None:
    run = fail()
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(reverse("status_retry", args=[run.pk]), follow=True)
    assert "1 recognition is in the queue again." in response.text
    run.refresh_from_db()
    assert (run.state, run.queued_at is None, queue.list_waiting()) == (
        TranscriptionState.QUEUED,
        False,
        [("recognise", run.pk)],
    )
    assert admin.post(reverse("status_retry", args=[run.pk])).status_code == 404


def test_what_waits_for_its_next_try_need_not_wait(admin: Client, fail: Any) -> None:
    run = fail("busy")
    soon = timezone.now() + timedelta(minutes=5)
    Transcription.objects.update(state=TranscriptionState.QUEUED, not_before=soon)
    retry = reverse("status_retry", args=[run.pk])
    assert retry in admin.get("/status/").text
    admin.post(retry)
    run.refresh_from_db()
    assert (run.state, run.not_before) == (TranscriptionState.QUEUED, None)


def test_answer_that_was_paid_for_is_read_again(admin: Client, fail: Any) -> None:
    run = fail("answer_kept")
    Transcription.objects.update(answer_body=b"{", status_code="20000000")
    admin.post(reverse("status_retry", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, bytes(run.answer_body or b"")) == (TranscriptionState.QUEUED, b"{")


def test_all_that_failed_is_tried_again_at_once(admin: Client, fail: Any, lin: User, transcript: Transcript) -> None:
    runs = [fail() for _number in range(3)]
    # A person has asked for another recognition of this one since.
    request_transcription(recording=runs[0].recording, options=RecognitionOptions(), by=lin)
    # And this one is in the bin.
    Recording.objects.filter(pk=runs[1].recording_id).update(binned_at=timezone.now())
    response = admin.post(reverse("status_retry_all"), follow=True)
    assert "1 recognition is in the queue again." in response.text
    states = [Transcription.objects.get(pk=run.pk).state for run in runs]
    assert states == [TranscriptionState.FAILED, TranscriptionState.FAILED, TranscriptionState.QUEUED]
    assert "There was nothing to try again." in admin.post(reverse("status_retry_all"), follow=True).text


def test_nobody_else_tries_anything_again(lins_client: Client, fail: Any) -> None:
    run = fail()
    for url in (reverse("status_retry", args=[run.pk]), reverse("status_retry_all")):
        assert (lins_client.get(url).status_code, lins_client.post(url).status_code) == (405, 404)
    run.refresh_from_db()
    assert run.state == TranscriptionState.FAILED


def test_usage_counts_what_the_quotas_count(admin: Client, transcript: Transcript, ana: User) -> None:
    Transcription.objects.filter(pk=quick.create_recording(ana).transcriptions.get().pk).update(
        created_at=timezone.now() - timedelta(days=40)
    )
    context = admin.get("/status/").context
    size = transcript.recording.size_bytes
    assert [(row.name, row.stored_bytes, row.recognised_ms) for row in context["people"]] == [
        ("lin", size, 5547),
        ("ana", size, 0),
    ]
    assert [(row.name, row.recognised_ms) for row in context["projects"]] == [("lin", 5547), ("ana", 0)]


def test_page_costs_the_same_for_many(admin: Client, fail: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin.get("/status/")
        return len(queries)

    fail()
    before = count()
    for number in range(4):
        fail()
        Worker.beat(host="h", pid=number, version="1", started_at=timezone.now())
    assert count() == before
