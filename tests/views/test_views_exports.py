from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from transcripts.exports.registry import FORMATS
from transcripts.models import Recording, Speaker, Transcript

TITLE = '会议 100%: «Über» "1"/2'


def url(transcript: Transcript, name: str, query: str = "") -> str:
    return reverse("transcript_export", args=[transcript.pk, name]) + query


@pytest.mark.parametrize("name", FORMATS)
def test_download_says_what_it_is(transcript: Transcript, lins_client: Client, name: str) -> None:
    response = lins_client.get(url(transcript, name))
    known = FORMATS[name]
    assert response.status_code == 200
    assert response.headers["Content-Type"] == known.media_type
    assert response.headers["Content-Disposition"] == (
        f"attachment; filename=\"zh_welcome.{known.extension}\"; filename*=UTF-8''zh_welcome.{known.extension}"
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_download_of_text_is_what_stands_on_the_page(transcript: Transcript, lins_client: Client) -> None:
    Speaker.objects.filter(label="1").update(name="Lin")
    text = lins_client.get(url(transcript, "txt")).text
    assert text == "Lin: 欢迎 Lin 来。\n\nSpeaker 2: 大家好。\n"
    timed = lins_client.get(url(transcript, "txt", "?times=1")).text
    assert timed == "[00:00:00] Lin: 欢迎 Lin 来。\n\n[00:00:02] Speaker 2: 大家好。\n"


def test_download_of_json_holds_the_corrected_text(transcript: Transcript, lins_client: Client) -> None:
    row = transcript.utterances.last()
    assert row is not None
    lins_client.post(reverse("utterance_edit", args=[row.pk]), {"text": "大家早。", "base_version": 1})
    content = json.loads(lins_client.get(url(transcript, "json")).content)
    assert [one["text"] for one in content["result"]["utterances"]] == ["欢迎 Lin 来。", "大家早。"]
    assert content["result"]["text"] == "欢迎 Lin 来。大家早。"
    assert content["audio_info"] == {"duration": 5547}


def test_name_of_the_download_follows_rfc_6266(transcript: Transcript, lins_client: Client) -> None:
    Recording.objects.update(title=TITLE)
    header = lins_client.get(url(transcript, "srt")).headers["Content-Disposition"]
    kept = "%E4%BC%9A%E8%AE%AE%20100%20%C2%AB%C3%9Cber%C2%BB%201%202.srt"
    assert header == f"attachment; filename=\"100 Uber 1 2.srt\"; filename*=UTF-8''{kept}"


@pytest.mark.parametrize("name", ["", "exe", "TXT", "txt.exe", "..%2Ftxt"])
def test_format_that_is_not_known_is_404(transcript: Transcript, lins_client: Client, name: str) -> None:
    assert lins_client.get(f"/transcripts/{transcript.pk}/export/{name}/").status_code == 404


@pytest.mark.parametrize("query", ["?times=2", "?nothing=1", "?cues=rows&x=%0d%0aSet-Cookie:1"])
def test_option_that_is_not_known_is_422_with_its_reason(
    transcript: Transcript, lins_client: Client, query: str
) -> None:
    response = lins_client.get(url(transcript, "txt", query))
    assert (response.status_code, response.headers["Content-Type"]) == (422, "text/plain; charset=utf-8")
    assert response.text.count("\n") == 1


@pytest.mark.parametrize("name", FORMATS)
def test_download_of_silence_is_no_fault(transcript: Transcript, lins_client: Client, name: str) -> None:
    transcript.utterances.all().delete()
    assert lins_client.get(url(transcript, name)).status_code == 200
