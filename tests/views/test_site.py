"""What every answer has in common: language, safety, health."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.test import AsyncClient, Client
from django.urls import reverse
from huey import SqliteHuey
from huey.contrib.djhuey import HUEY

from transcripts.models import Transcript


def test_language_is_the_browsers(client: Client, db: None) -> None:
    for asked, lang in (("zh-CN,zh;q=0.9", "zh-hans"), ("en-GB", "en"), ("fr", "en")):
        response = client.get("/accounts/login/", headers={"Accept-Language": asked})
        assert (response.headers["Content-Language"], f'<html lang="{lang}"' in response.text) == (lang, True)
        assert "Accept-Language" in response.headers["Vary"]


def test_language_can_be_switched_before_signing_in(client: Client, db: None) -> None:
    response: Any = client.post(reverse("set_language"), {"language": "zh-hans", "next": "/accounts/login/"})
    assert (response.status_code, response.url) == (302, "/accounts/login/")
    page = client.get("/accounts/login/", headers={"Accept-Language": "en"})
    assert page.headers["Content-Language"] == "zh-hans"
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert client.get("/accounts/login/").headers["Content-Language"] == "en"


def test_language_switch_does_not_lead_elsewhere(client: Client, db: None) -> None:
    response: Any = client.post(reverse("set_language"), {"language": "en", "next": "https://example.org/"})
    assert response.url == "/"


def test_language_that_is_not_offered_is_ignored(client: Client, db: None) -> None:
    client.post(reverse("set_language"), {"language": "xx", "next": "/accounts/login/"})
    assert client.get("/accounts/login/").headers["Content-Language"] == "en"


def test_every_page_lets_only_our_own_files_run(transcript: Transcript, lins_client: Client, client: Client) -> None:
    answers = [
        client.get("/accounts/login/"),
        client.get("/nowhere/"),
        client.get("/healthz"),
        lins_client.get("/"),
        lins_client.get(transcript.get_absolute_url()),
        lins_client.get("/recordings/nonsense/"),
    ]
    nonces = set()
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r"'nonce-([\w-]{20,})'", policy)
        assert nonce is not None
        nonces.add(nonce.group(1))
        assert policy.replace(nonce.group(1), "N") == (
            "default-src 'self'; style-src 'self' 'nonce-N'; img-src 'self' data:; media-src 'self' blob:; "
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
        )
        assert (answer.headers["X-Frame-Options"], answer.headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "microphone=(self)" in answer.headers["Permissions-Policy"]
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert len(nonces) == len(answers)


def test_no_page_holds_a_script_or_style_of_its_own(transcript: Transcript, lins_client: Client) -> None:
    for url in ("/", transcript.get_absolute_url()):
        page = lins_client.get(url).text
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
        assert [tag for tag in scripts if "application/json" not in tag] == []
        assert re.findall(r"<style|\son\w+=|\sstyle=|javascript:", page) == []


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client: Client, lin: Any) -> None:
    client.post("/accounts/login/", {"username": "lin", "password": "correct horse"})
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_host_that_is_not_ours_is_refused(client: Client, db: None) -> None:
    assert client.get("/accounts/login/", headers={"Host": "evil.example"}).status_code == 400


def test_policy_also_stands_on_what_asgi_serves(db: None) -> None:
    response = async_to_sync(AsyncClient().get)("/accounts/login/")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_health_needs_nobody_signed_in(client: Client, db: None, data_dir: Path) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response.headers["Cache-Control"]
    assert client.head("/healthz").status_code == 200


def test_health_names_the_data_folder_that_is_gone(client: Client, db: None, data_dir: Path) -> None:
    shutil.rmtree(data_dir / "uploads")
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"data is not responding\n")


def test_health_names_the_database_that_does_not_answer(client: Client, db: None, data_dir: Path) -> None:
    def gone(*_arguments: Any) -> Any:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(gone):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"database is not responding\n")


def test_health_names_the_queue_that_does_not_answer(
    client: Client, db: None, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = SqliteHuey("broken", filename=str(data_dir / "queue.sqlite3"))
    queue.storage.close()
    (data_dir / "queue.sqlite3").write_bytes(b"no database at all" * 100)
    monkeypatch.setattr(HUEY, "storage", queue.storage)
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"queue is not responding\n")


@pytest.mark.parametrize(("error", "status"), [(OperationalError("too many clients"), 503), (ValueError("x"), 500)])
def test_database_without_a_place_answers_503_so_that_one_tries_again(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None, error: Exception, status: int
) -> None:
    def broken(*_arguments: Any) -> Any:
        raise error

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", broken)
    awaiting = AsyncClient(raise_request_exception=False)
    client.raise_request_exception = False
    for visitor, get in ((client, client.get), (awaiting, async_to_sync(awaiting.get))):
        visitor.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
        answer: Any = get("/")
        assert (answer.status_code, "Everything saved so far is safe" in answer.text) == (status, True)
        assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)
