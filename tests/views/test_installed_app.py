"""Flashweb on a phone's home screen, and what other apps share with it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve, reverse

from tests.conftest import AUDIO
from transcripts.models import Recording

SOUND = (AUDIO / "zh_welcome.wav").read_bytes()
RECEIVE = "/recordings/received/"


@pytest.fixture
def phone(lins_client: Client, data_dir: Path) -> Client:
    """With Django's check of tokens, which a test client leaves out."""
    lins_client.handler.enforce_csrf_checks = True
    return lins_client


def share(client: Client, *names: str, site: str | None = "none") -> Any:
    files = [SimpleUploadedFile(name, SOUND) for name in names]
    return client.post(RECEIVE, {"file": files}, headers={"Sec-Fetch-Site": site} if site else {})


def test_manifest_is_in_the_language_of_the_person(client: Client, db: None) -> None:
    for asked, lang, words in (("zh-CN", "zh-hans", "把录音变成"), ("en-GB", "en", "Turns recordings into")):
        answer = client.get("/manifest.webmanifest", headers={"Accept-Language": asked})
        assert answer.headers["Content-Type"] == "application/manifest+json"
        assert (answer.json()["lang"], answer.json()["description"][: len(words)]) == (lang, words)


def test_manifest_leads_to_what_is_there(client: Client, db: None) -> None:
    manifest = client.get("/manifest.webmanifest").json()
    target = manifest["share_target"]
    assert (resolve(manifest["start_url"]).url_name, target["action"]) == ("library", RECEIVE)
    assert (target["method"], target["enctype"], target["params"]["files"][0]["name"]) == (
        "POST",
        "multipart/form-data",
        "file",
    )
    for icon in manifest["icons"]:
        drawn = (settings.BASE_DIR / icon["src"].lstrip("/")).read_bytes()
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", drawn[16:24])
            assert icon["sizes"] == f"{width}x{height}"


def test_page_names_its_manifest(client: Client, db: None) -> None:
    page = " ".join(client.get("/accounts/login/").text.split())
    assert 'rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials"' in page
    assert "viewport-fit=cover" in page


def test_shared_recordings_are_added(phone: Client) -> None:
    answer = share(phone, "call.wav", "talk.wav")
    assert (answer.status_code, answer.url) == (302, "/")
    assert sorted(Recording.objects.values_list("title", flat=True)) == ["call", "talk"]


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_page_of_another_site_shares_nothing(phone: Client, site: str | None) -> None:
    assert share(phone, "call.wav", site=site).status_code == 403
    assert not Recording.objects.exists()


def test_who_is_signed_out_learns_that_nothing_arrived(client: Client, lins_client: Client, data_dir: Path) -> None:
    """What is larger than a stranger may send is refused before; see `tests/test_bodies.py`."""
    answer = share(client, "call.wav")
    assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={RECEIVE}")
    assert "The recording did not arrive" in lins_client.get(RECEIVE, follow=True).text


def test_worker_is_of_this_release(client: Client, db: None) -> None:
    answer = client.get(reverse("share_worker"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/javascript")
    assert "js/pages/share-worker" in answer.text
