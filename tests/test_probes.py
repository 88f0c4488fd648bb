"""/livez, /readyz and /metrics: by any host, with nobody signed in, and what they say when something is wrong."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from flashweb import metrics, probes
from tests import quick
from tests.test_asgi import SCOPE, Answering, Reader
from tests.test_schema import LAST
from transcripts.enums import DiarizationState, TranscriptionState
from transcripts.errors import StoreUnavailable
from transcripts.models import Diarization, Installation, Slot, Transcript, Transcription, Worker
from transcripts.services import workers
from transcripts.services.installation import check_installation
from transcripts.services.workers import beat, forget_this_worker

ANY_HOST = {"Host": "10.1.2.3:8000"}


@pytest.fixture
def ready(db: None, data_dir: Any) -> None:
    check_installation()


def test_living_process_answers_without_the_database(client: Client) -> None:
    response = client.get("/livez", headers=ANY_HOST)  # no `db`: a query would fail the test
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert (client.head("/livez").status_code, client.post("/livez").status_code) == (200, 405)


def test_living_process_answers_while_every_thread_waits() -> None:
    release = threading.Event()

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path == "/":
            release.wait(20)
        return HttpResponse("ok")

    async def run() -> int:
        handler = Answering(answer)
        waiting = [asyncio.create_task(handler(SCOPE, r.receive, r.send)) for r in (Reader() for _ in range(9))]
        await asyncio.sleep(0)
        live = Reader()
        await handler({**SCOPE, "method": "GET", "path": "/livez"}, live.receive, live.send)
        release.set()
        await asyncio.gather(*waiting)
        return live.status

    assert asyncio.run(run()) == 200


@pytest.mark.usefixtures("ready")
def test_ready_process_says_so_by_any_host_and_over_http(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/readyz", headers=ANY_HOST)
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert (response.headers["Cache-Control"], response.cookies) == ("no-store", {})


@pytest.mark.usefixtures("ready")
def test_database_of_an_older_version_is_not_ready(client: Client) -> None:
    assert client.get("/readyz").status_code == 200  # and is asked anew
    MigrationRecorder.Migration.objects.filter(app="transcripts", name=LAST).delete()
    response = client.get("/readyz")
    said = "migrations: The database is older than Flashweb"
    assert (response.status_code, response.text.startswith(said)) == (503, True), response.text


@pytest.mark.usefixtures("ready")
def test_process_that_serves_stays_ready_while_the_database_is_upgraded(client: Client) -> None:
    MigrationRecorder.Migration.objects.create(app="transcripts", name="9999_later")
    assert client.get("/readyz").status_code == 200


@pytest.mark.usefixtures("ready")
def test_data_folder_of_another_installation_is_not_ready(client: Client, data_dir: Any) -> None:
    answer = "data: Database, files and SECRET_KEY do not belong together: see `manage.py doctor`.\n"
    (data_dir / "installation").write_text("67ee89ba-7050-4c04-a3d7-ac61a63499b3\n")
    response = client.get("/readyz")
    assert (response.status_code, response.text) == (503, answer)
    (data_dir / "installation").unlink()
    assert client.get("/readyz").text == answer
    assert not (data_dir / "installation").exists(), "a probe makes nothing"
    Installation.objects.all().delete()
    assert client.get("/readyz").text == answer


@pytest.mark.usefixtures("ready")
def test_bucket_that_is_down_keeps_nobody_from_the_text(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []

    def ask() -> str:
        said.append("asked")
        raise StoreUnavailable("no answer")

    settings.FILES_URL = "s3://bucket/prefix"
    monkeypatch.setattr(probes, "_mark", probes._MarkWatch())
    monkeypatch.setattr(probes, "find_installation_fault", ask)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text[:5]) == (503, "data:"), "it was never known to be the right one"
    monkeypatch.setattr(probes, "find_installation_fault", lambda: "")
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(probes, "find_installation_fault", ask)
    assert (client.get("/readyz").status_code, len(said)) == (200, 1), "it is asked once in a minute"
    monkeypatch.setattr(probes, "MARK_SECONDS", 0)
    assert (client.get("/readyz").status_code, len(said)) == (200, 2)
    monkeypatch.setattr(probes, "find_installation_fault", lambda: "another installation's")
    assert client.get("/readyz").text.startswith("data: Database, files and SECRET_KEY do not belong together")


@pytest.mark.usefixtures("ready")
def test_folder_that_cannot_be_written_is_not_ready(client: Client, data_dir: Any) -> None:
    (data_dir / "uploads").rmdir()
    response = client.get("/readyz")
    assert (response.status_code, response.text) == (
        503,
        "data: The data folder cannot be written to: No such file or directory.\n",
    )


@pytest.mark.usefixtures("ready")
def test_missing_static_files_are_not_ready(client: Client, settings: Any, data_dir: Any) -> None:
    settings.STATIC_ROOT = data_dir / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "flashweb.staticfiles.ModuleStorage"}}
    response = client.get("/readyz")
    assert (response.status_code, response.text[:36]) == (503, "static: The static files are missing")


@pytest.mark.usefixtures("ready")
def test_database_that_does_not_answer_is_not_ready(client: Client) -> None:
    def gone(*_arguments: Any) -> Any:
        raise OperationalError("connection to server at postgres://lin:secret@db failed")

    with connection.execute_wrapper(gone):
        response = client.get("/readyz")
    assert (response.status_code, response.text) == (503, "database: It is not responding: see DATABASE_URL.\n")


@pytest.mark.usefixtures("ready")
def test_being_ready_is_asked_for_two_queries(client: Client) -> None:
    client.get("/readyz")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/readyz")
    asked = [query["sql"] for query in queries if "sqlite_master" not in query["sql"]]
    assert len(asked) <= 3, asked


@pytest.mark.parametrize(
    ("token", "networks", "headers", "address", "status"),
    [
        ("", [], {}, "127.0.0.1", 404),
        ("", [], {"Authorization": "Bearer "}, "127.0.0.1", 404),
        ("t0ken", [], {}, "127.0.0.1", 403),
        ("t0ken", [], {"Authorization": "Bearer t0ke"}, "127.0.0.1", 403),
        ("t0ken", [], {"Authorization": "Basic t0ken"}, "127.0.0.1", 403),
        ("t0ken", [], {"Authorization": "Bearer t0ken"}, "127.0.0.1", 200),
        ("t0ken", [], {"Authorization": "bearer  t0ken "}, "", 200),
        ("", ["10.0.0.0/8"], {}, "10.9.8.7", 200),
        ("", ["10.0.0.0/8"], {}, "::ffff:10.9.8.7", 200),
        ("", ["10.0.0.0/8", "fd00::/8"], {}, "fd00::7", 200),
        ("", ["10.0.0.0/8"], {}, "11.9.8.7", 403),
        ("", ["10.0.0.0/8"], {}, "", 403),
        ("", ["10.0.0.0/8"], {"Authorization": "Bearer "}, "11.9.8.7", 403),
        ("", ["10.0.0.0/8"], {"X-Forwarded-For": "10.9.8.7"}, "11.9.8.7", 403),
        ("t0ken", ["10.0.0.0/8"], {}, "10.9.8.7", 200),
    ],
)
@pytest.mark.usefixtures("ready")
def test_metrics_are_for_whom_settings_name(
    client: Client, settings: Any, token: str, networks: list[str], headers: dict[str, str], address: str, status: int
) -> None:
    settings.METRICS_TOKEN, settings.METRICS_FROM = token, tuple(map(ip_network, networks))
    response = client.get("/metrics", headers={**ANY_HOST, **headers}, REMOTE_ADDR=address)
    assert (response.status_code, b"flashweb" in response.content) == (status, status == 200)


def read_figures(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


@pytest.fixture
def figures(client: Client, settings: Any, ready: None) -> Any:
    settings.METRICS_FROM = (ip_network("127.0.0.1"),)
    return lambda: read_figures(client)


def test_figures_tell_how_recognitions_are(figures: Any, lin: User, transcript: Transcript) -> None:
    run = transcript.transcription
    assert run is not None
    waiting = quick.create_recording(lin).transcriptions.get()
    failed = quick.create_recording(lin).transcriptions.get()
    hour_ago = timezone.now() - timedelta(hours=1)
    Transcription.objects.filter(pk=waiting.pk).update(created_at=hour_ago)
    Transcription.objects.filter(pk=failed.pk).update(state=TranscriptionState.FAILED, error="quota", sent_bytes=5)
    Slot.objects.create(number=1, lease_until=timezone.now() + timedelta(minutes=1))
    Slot.objects.create(number=2, lease_until=timezone.now() - timedelta(minutes=1))
    Worker.beat(host="h", pid=7, version="1", started_at=timezone.now())
    found = figures()
    assert {name: found[name] for name in found if name.startswith("flashweb_recognitions")} == {
        f'flashweb_recognitions{{state="{state}"}}': {"queued": 1.0, "failed": 1.0, "done": 1.0}.get(state, 0.0)
        for state in TranscriptionState
    }
    assert found['flashweb_failed_recognitions{kind="quota"}'] == 1
    assert (found["flashweb_waiting_recognitions"], found["flashweb_slots_in_use"], found["flashweb_slots"]) == (
        1,
        1,
        4,
    )
    assert 3600 <= found["flashweb_oldest_waiting_seconds"] < 3700
    minutes = {name: value for name, value in found.items() if name.startswith("flashweb_sent_minutes")}
    project = transcript.recording.project_id
    # Of the recognition that was answered and the one that failed when its sound was sent; not of the waiting one.
    assert minutes == {f'flashweb_sent_minutes{{project="{project}"}}': pytest.approx(2 * 5547 / 60_000)}
    assert found[f'flashweb_worker_heartbeat_seconds{{worker="{Worker.objects.get()}"}}'] < 60
    assert found["flashweb_data_free_bytes"] > 0
    assert (found["flashweb_queue_up"], found["flashweb_database_up"]) == (1, 1)


def test_another_try_waits_from_when_it_was_asked_for(figures: Any, lin: User, data_dir: Any) -> None:
    run = quick.create_recording(lin).transcriptions.get()
    year_ago = timezone.now() - timedelta(days=365)
    Transcription.objects.filter(pk=run.pk).update(created_at=year_ago, queued_at=timezone.now())
    assert figures()["flashweb_oldest_waiting_seconds"] < 60


def test_figures_tell_whether_speakers_are_told_apart(figures: Any, transcript: Transcript) -> None:
    assert figures()["flashweb_oldest_waiting_diarization_seconds"] == 0
    for state, error in (("done", ""), ("failed", "no_encoder"), ("queued", "")):
        Diarization.objects.create(transcript=transcript, automatic=True, state=state, error=error)
    hour_ago = timezone.now() - timedelta(hours=1)
    Diarization.objects.filter(state="queued").update(created_at=hour_ago)
    found = figures()
    assert {name: found[name] for name in found if "_diarizations" in name} == {
        **{
            f'flashweb_diarizations{{state="{state}"}}': float(state in {"done", "failed", "queued"})
            for state in DiarizationState
        },
        'flashweb_failed_diarizations{kind="no_encoder"}': 1.0,
    }
    assert 3600 <= found["flashweb_oldest_waiting_diarization_seconds"] < 3700


def test_figures_cost_the_same_for_many(figures: Any, lin: User, transcript: Transcript) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            figures()
        return len(queries)

    before = count()
    for number in range(3):
        quick.create_recording(lin)
        Worker.beat(host="h", pid=number, version="1", started_at=timezone.now())
    assert (count(), before <= 6) == (before, True)


def test_recognitions_are_counted_by_an_index_alone(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN QUERY PLAN SELECT state, error, count(*) FROM transcripts_transcription GROUP BY state, error"
        )
        counted = cursor.fetchall()[0][3]
        cursor.execute("EXPLAIN QUERY PLAN SELECT * FROM transcripts_transcription WHERE created_at > '2026-11-01'")
        of_month = cursor.fetchall()[0][3]
        cursor.execute(
            "EXPLAIN QUERY PLAN SELECT state, error, count(*), min(created_at) FROM transcripts_diarization"
            " GROUP BY state, error"
        )
        diarizations = cursor.fetchall()[0][3]
    assert "COVERING INDEX transcription_by_state" in counted
    assert "COVERING INDEX diarization_by_state" in diarizations
    assert "SEARCH transcripts_transcription USING INDEX transcription_by_time" in of_month


def test_figures_tell_that_the_database_is_gone(figures: Any) -> None:
    def gone(*_arguments: Any) -> Any:
        raise OperationalError("gone")

    with connection.execute_wrapper(gone):
        found = figures()
    assert (found["flashweb_database_up"], "flashweb_slots" in found) == (0, False)
    assert "flashweb_open_streams" in found


def test_projects_beyond_the_most_used_are_one_label(
    figures: Any, transcript: Transcript, ana: User, data_dir: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = quick.create_recording(ana).transcriptions.get()
    Transcription.objects.filter(pk=other.pk).update(sent_bytes=1)
    monkeypatch.setattr("transcripts.queries.status.MOST_PROJECTS", 1)
    minutes = [name for name in figures() if name.startswith("flashweb_sent_minutes")]
    assert len(minutes) == 2
    assert 'flashweb_sent_minutes{project="other"}' in minutes


def test_worker_shows_itself_and_is_forgotten_when_it_ends(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    Worker.beat(host="a", pid=1, version="1", started_at=now)
    Worker.beat(host="b", pid=1, version="1", started_at=now)
    Worker.beat(host="c", pid=1, version="1", started_at=now)
    Worker.objects.filter(host="a").update(seen_at=now - timedelta(minutes=5))
    Worker.objects.filter(host="b").update(seen_at=now - timedelta(hours=5))
    assert [str(worker) for worker in Worker.objects.dead()] == ["a:1", "b:1"]
    Worker.beat(host="c", pid=1, version="1", started_at=now)
    assert [str(worker) for worker in Worker.objects.all()] == ["a:1", "c:1"], "dead ones are shown for an hour"
    Worker.beat(host="a", pid=2, version="1", started_at=now)
    assert [str(worker) for worker in Worker.objects.all()] == ["a:2", "c:1"], "one started again takes the place"
    monkeypatch.setattr(workers, "_beaten_at", -workers.BEAT_SECONDS)
    beat()
    forget_this_worker()
    beat()  # so soon it stores nothing
    assert Worker.objects.count() == 2
    monkeypatch.setattr(workers, "_beaten_at", -workers.BEAT_SECONDS)
    beat()
    assert Worker.objects.count() == 3
    forget_this_worker()
    assert Worker.objects.count() == 2


def test_requests_saves_and_streams_are_counted(lin: User, db: None) -> None:
    def count(name: str, **labels: str) -> float:
        return metrics.PROCESS.get_sample_value(name, labels) or 0

    before = count("flashweb_save_seconds_count", result="conflict"), count("flashweb_requests_total", status="409")

    async def run() -> None:
        reader = Reader()
        handler = Answering(lambda _request: HttpResponse(status=409))
        await handler({**SCOPE, "path": "/utterances/5/"}, reader.receive, reader.send)
        await handler({**SCOPE, "path": "/"}, *(lambda r: (r.receive, r.send))(Reader()))

    asyncio.run(run())
    after = count("flashweb_save_seconds_count", result="conflict"), count("flashweb_requests_total", status="409")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 2)
