from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from tests import quick
from tests.conftest import ANSWER, HTMX
from tests.files import path_of
from transcripts import places
from transcripts.audio.playback import make_playback
from transcripts.exports.registry import FORMATS, GROUPS, OFFERED
from transcripts.models import Recording, Speaker, Transcript, Utterance
from transcripts.places import Places
from transcripts.services.glossary.entries import EntryValues, keep_entries

pytestmark = pytest.mark.long

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


def test_the_forms_own_field_is_no_option(transcript: Transcript, lins_client: Client) -> None:
    assert lins_client.get(url(transcript, "txt", "?format=txt&names=off&names=on")).status_code == 200


def test_the_last_value_given_counts(transcript: Transcript, lins_client: Client) -> None:
    """A box that is ticked sends off and on."""
    named = lins_client.get(url(transcript, "txt", "?names=off&names=on")).text
    assert named == "Speaker 1: 欢迎 Lin 来。\n\nSpeaker 2: 大家好。\n"
    assert lins_client.get(url(transcript, "txt", "?names=off")).text == "欢迎 Lin 来。\n\n大家好。\n"


def test_rows_that_were_removed_or_are_not_verified_are_left_out(transcript: Transcript, lins_client: Client) -> None:
    first, second = transcript.utterances.all()
    Utterance.objects.filter(pk=first.pk).update(removed=True)
    assert lins_client.get(url(transcript, "txt", "?names=0")).text == "大家好。\n"
    assert lins_client.get(url(transcript, "txt", "?rows=verified")).text == ""
    Utterance.objects.filter(pk=second.pk).update(verified_at=timezone.now())
    assert lins_client.get(url(transcript, "txt", "?rows=verified&names=0")).text == "大家好。\n"


def test_what_was_recognised_can_be_had_after_a_correction(transcript: Transcript, lins_client: Client) -> None:
    row = transcript.utterances.last()
    assert row is not None
    lins_client.post(reverse("utterance_edit", args=[row.pk]), {"text": "大家早。", "base_version": 1})
    assert lins_client.get(url(transcript, "srt", "?text=engine&cues=rows&names=0")).text.splitlines()[-1] == "大家好。"


def page(transcript: Transcript, query: str = "") -> str:
    return reverse("transcript_exports", args=[transcript.pk]) + query


@pytest.mark.parametrize("name", FORMATS)
def test_page_has_the_options_of_each_format(transcript: Transcript, lins_client: Client, name: str) -> None:
    response = lins_client.get(page(transcript, f"?format={name}"))
    assert response.status_code == 200
    form = response.context["form"]
    assert tuple(form.fields) == FORMATS[name].options
    assert form.options == FORMATS[name].choose({})
    for option in FORMATS[name].options:
        assert f'name="{option}"' in response.text
    assert url(transcript, name) in response.text


def test_page_shows_the_first_cues_each_a_link_to_its_row(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.get(page(transcript, "?cues=rows&per_second=3"))
    first, second = transcript.utterances.all()
    for row in (first, second):
        assert f'href="{transcript.get_absolute_url()}#u{row.pk}"' in response.text
    assert "Speaker 1: 欢迎 Lin 来。" in response.text
    assert "characters per second (at most 3)" in response.text
    assert "2 captions · 2 with warnings" in " ".join(response.text.split())


def test_page_shows_text_as_it_will_be(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.get(page(transcript, "?format=txt&times=on"))
    assert response.context["text"] == "[00:00:00] Speaker 1: 欢迎 Lin 来。\n\n[00:00:02] Speaker 2: 大家好。\n"
    assert lins_client.get(page(transcript, "?format=txt&rows=verified")).context["text"] == ""


def test_page_carries_over_what_another_format_knows_too(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.get(page(transcript, "?format=lrc&line=20&names=off&bom=on"))
    groups = response.context["format_groups"]
    queries = {known.name: query for _label, formats in groups for known, query in formats}
    assert queries["srt"] == "format=srt&names=off&line=20&bom=on"
    assert queries["csv"] == "format=csv&names=off&bom=on"
    assert queries["eaf"] == "format=eaf"


def grouped(page: Any) -> list[tuple[str, list[str]]]:
    """The formats that a page offers, in their groups."""
    groups = page.context["format_groups"]
    return [(label, [getattr(one, "name", None) or one[0].name for one in formats]) for label, formats in groups]


DATA = ["json", "csv", "xlsx", "eaf", "textgrid"]
EACH = [("Documents", ["txt", "md", "docx"]), ("Captions", ["srt", "vtt", "ass", "ttml", "lrc"]), ("Data", DATA)]


def test_every_page_offers_the_formats_in_groups(transcript: Transcript, lins_client: Client) -> None:
    assert grouped(lins_client.get(transcript.get_absolute_url())) == EACH
    assert grouped(lins_client.get(page(transcript))) == [*EACH[:2], ("Data", [*DATA, "bundle", "clips"])]
    assert grouped(lins_client.get(reverse("exports"))) == [*EACH[:2], ("Data", [*DATA, "bundle"])]
    assert {name for _label, names in GROUPS.items() for name in names} == set(OFFERED)


def test_last_used_format_comes_first_on_every_page(
    transcript: Transcript, lins_client: Client, stranger: Client
) -> None:
    lins_client.get(url(transcript, "docx"))
    lins_client.head(url(transcript, "srt"))
    lins_client.get(url(transcript, "srt", "?nonsense=1"))
    stranger.get(url(transcript, "srt"))
    several = reverse("exports")
    for address in (transcript.get_absolute_url(), page(transcript), several):
        offered = grouped(lins_client.get(address))
        assert offered[:2] == [("Last used", ["docx"]), ("Documents", ["txt", "md"])]
    assert lins_client.get(page(transcript)).context["known"].name == "docx"
    assert lins_client.get(page(transcript, "?format=vtt")).context["known"].name == "vtt"
    lins_client.get(reverse("exports_zip"), {"format": "bundle", "transcript": str(transcript.pk)})
    assert '<option value="bundle"\n                      selected>' in lins_client.get(several).text
    assert grouped(lins_client.get(transcript.get_absolute_url()))[0] == ("Last used", ["bundle"])
    assert (
        f'href="{reverse("transcript_bundle", args=[transcript.pk])}"'
        in lins_client.get(transcript.get_absolute_url()).text
    )
    lins_client.get(reverse("transcript_clips", args=[transcript.pk]))  # There is no audio to cut.
    assert grouped(lins_client.get(several))[0] == ("Last used", ["bundle"])


def test_page_lists_the_speakers(transcript: Transcript, lins_client: Client) -> None:
    def chosen(query: str = "") -> list[str]:
        (field,) = re.findall(
            r'<select name="speaker".*?</select>', lins_client.get(page(transcript, query)).text, re.S
        )
        return re.findall(r'<option value="([^"]*)" selected', field)

    Speaker.objects.filter(label="1").update(name="Lin")
    response = lins_client.get(page(transcript))
    assert response.context["form"].fields["speaker"].widget.choices == [
        ("", "Everyone"),
        ("Lin", "Lin"),
        ("Speaker 2", "Speaker 2"),
    ]
    assert (chosen(), chosen("?speaker=Lin"), chosen("?speaker=1"), chosen("?speaker=Eve")) == (
        [""],
        ["Lin"],
        ["Lin"],
        ["Eve"],
    )


def test_page_asks_for_no_speaker_where_there_is_none(transcript: Transcript, lins_client: Client) -> None:
    transcript.utterances.update(speaker=None)
    for name in OFFERED:
        response = lins_client.get(page(transcript, f"?format={name}"))
        assert (response.status_code, 'name="speaker"' in response.text) == (200, False)


def test_page_tells_what_is_wrong(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.get(page(transcript, "?line=1"))
    assert response.status_code == 422
    assert "Characters per line: This must be a number from 4 to 100." in response.text
    assert lins_client.get(page(transcript, "?format=exe")).status_code == 404


def test_page_answers_htmx_with_the_preview_alone(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.get(page(transcript, "?cues=rows"), headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "<html" not in response.text
    assert 'id="export-preview"' in response.text
    assert 'hx-swap-oob="true"' in response.text


def zipped(response: Any) -> dict[str, bytes]:
    async def whole() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    with ZipFile(BytesIO(async_to_sync(whole)())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.django_db(transaction=True)  # a download has a connection of its own
def test_several_transcripts_come_in_one_zip(transcript: Transcript, lins_client: Client) -> None:
    Recording.objects.update(title="会议/1")
    other = quick.again(transcript.recording, ANSWER)
    response = lins_client.get(
        reverse("exports_zip"), {"format": "txt", "names": "off", "transcript": [str(transcript.pk), str(other.pk)]}
    )
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/zip")
    found = zipped(response)
    text = "欢迎 Lin 来。\n\n大家好。\n".encode()
    assert found == {"会议 1.txt": text, "会议 1 (2).txt": text}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("format=txt", 422),
        ("format=exe&transcript={pk}", 422),
        ("format=txt&transcript=nonsense", 422),
        ("format=txt&transcript={pk}&cues=rows", 422),
        ("format=txt&transcript={pk}&transcript=00000000-0000-4000-8000-000000000000", 404),
    ],
)
def test_what_can_not_be_zipped_is_told_before_anything_is_sent(
    transcript: Transcript, lins_client: Client, query: str, status: int
) -> None:
    response = lins_client.get(f"{reverse('exports_zip')}?{query.format(pk=transcript.pk)}")
    assert response.status_code == status


def test_zip_of_nothing_says_so_on_the_page(transcript: Transcript, lins_client: Client) -> None:
    response = lins_client.get(reverse("exports_zip"), {"format": "txt"})
    assert response.status_code == 422
    assert '<p class="error" role="alert">Choose at least one transcript.</p>' in response.text
    assert re.search(r'<option value="txt"\s+selected>', response.text)
    assert str(transcript.pk) in response.text


def test_others_transcripts_are_not_zipped(transcript: Transcript, stranger: Client) -> None:
    response = stranger.get(reverse("exports_zip"), {"format": "txt", "transcript": str(transcript.pk)})
    assert response.status_code == 404


@pytest.mark.parametrize("more", [0, 2])
def test_page_of_several_lists_what_there_is(
    transcript: Transcript, lins_client: Client, stranger: Client, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        quick.again(transcript.recording, ANSWER)
    with django_assert_num_queries(6):
        response = lins_client.get(reverse("exports"))
    assert response.text.count('type="checkbox"') == 1 + more
    assert "checkbox" not in stranger.get(reverse("exports")).text


def test_choice_comes_in_pages_and_stays(
    transcript: Transcript, lins_client: Client, upload: Callable[..., Recording], lin: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("transcripts.views.exports.TRANSCRIPTS_A_PAGE", 1)
    upload(lin)  # without a transcript
    newer = quick.recognised(upload(lin), ANSWER)
    first = lins_client.get(reverse("exports"), {"transcript": [str(newer.pk)]})
    assert [recording.pk for recording in first.context["recordings"]] == [newer.recording_id]
    assert checked(first) == [str(newer.pk)]
    after = re.search(r'name="after"\s+value="([^"]+)"', first.text)
    assert after
    query = {"after": after[1], "transcript": [str(newer.pk), "nonsense"]}
    second = lins_client.get(reverse("exports"), query)
    assert [recording.pk for recording in second.context["recordings"]] == [transcript.recording_id]
    assert checked(second) == [str(newer.pk)]
    assert second.text.count('type="checkbox"') == 2


def checked(response: Any) -> list[str]:
    return re.findall(r'value="([^"]+)"\s+checked', response.text)


def test_choice_is_searched_by_title(
    transcript: Transcript, lins_client: Client, upload: Callable[..., Recording], lin: User
) -> None:
    other = quick.recognised(upload(lin), ANSWER)
    Recording.objects.filter(pk=other.recording_id).update(title="年度 Meeting 100%")
    for title, count in (("meeting", 1), ("年度", 1), ("100%", 1), ("nobody", 0), ("", 2), ("\0", 2), ("x" * 400, 2)):
        found = lins_client.get(reverse("exports"), {"q": title})
        assert (title, found.text.count('type="checkbox"')) == (title, count)


def test_choice_has_nothing_of_others(transcript: Transcript, stranger: Client) -> None:
    found = stranger.get(reverse("exports"), {"transcript": str(transcript.pk), "q": transcript.recording.title})
    assert 'type="checkbox"' not in found.text


def test_search_of_titles_is_no_option_of_a_format(transcript: Transcript, lins_client: Client) -> None:
    query = {"format": "txt", "q": "welcome", "transcript": str(transcript.pk)}
    assert lins_client.get(reverse("exports_zip"), query).status_code == 200


def test_clips_are_the_sound_of_the_wanted_rows(transcript: Transcript, lins_client: Client) -> None:
    recording = transcript.recording
    address = reverse("transcript_clips", args=[transcript.pk])
    assert address == reverse("transcript_export", args=[transcript.pk, "clips"])
    assert lins_client.get(address).status_code == 409
    make_playback(path_of(recording.original), path_of(recording.playback), path_of(recording.peaks))
    assert list(zipped(lins_client.get(address))) == [
        "0001 00-00-00 Speaker 1 欢迎 Lin 来。.m4a",
        "0002 00-00-02 Speaker 2 大家好。.m4a",
    ]
    assert list(zipped(lins_client.get(f"{address}?format=clips&from_ms=0:02"))) == [
        "0001 00-00-02 Speaker 2 大家好。.m4a"
    ]
    assert lins_client.get(f"{address}?names=on").status_code == 422
    page_of_clips = lins_client.get(page(transcript, "?format=clips"))
    assert address in page_of_clips.text
    assert "2 rows in the file." in page_of_clips.text


def test_clips_are_named_by_channel_where_there_are_several(transcript: Transcript, lins_client: Client) -> None:
    recording = transcript.recording
    make_playback(path_of(recording.original), path_of(recording.playback), path_of(recording.peaks))
    first, second = transcript.utterances.all()
    transcript.utterances.filter(pk=first.pk).update(channel="1")
    transcript.utterances.filter(pk=second.pk).update(channel="2", speaker=None)
    assert list(zipped(lins_client.get(reverse("transcript_clips", args=[transcript.pk])))) == [
        "0001 00-00-00 Speaker 1 (Channel 1) 欢迎 Lin 来。.m4a",
        "0002 00-00-02 Channel 2 大家好。.m4a",
    ]


def test_bundle_is_a_zip_of_everything(transcript: Transcript, lins_client: Client) -> None:
    address = reverse("transcript_bundle", args=[transcript.pk])
    assert address == reverse("transcript_export", args=[transcript.pk, "bundle"])
    response = lins_client.get(address)
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="zh_welcome.flashweb.zip";')
    found = zipped(response)
    assert next(iter(found)) == "bundle.json"
    assert found["audio/original"] == path_of(transcript.recording.original).read_bytes()
    page_of_bundle = lins_client.get(page(transcript, "?format=bundle"))
    assert address in page_of_bundle.text
    assert "Everything in this transcript" in page_of_bundle.text


@pytest.mark.django_db(transaction=True)  # a download has a connection of its own
def test_several_bundles_come_in_one_zip_and_go_in_again(transcript: Transcript, lins_client: Client) -> None:
    other = quick.again(transcript.recording, ANSWER)
    query = {"format": "bundle", "transcript": [str(transcript.pk), str(other.pk)]}
    found = zipped(lins_client.get(reverse("exports_zip"), query))
    assert list(found) == ["zh_welcome.flashweb.zip", "zh_welcome (2).flashweb.zip"]
    bundles = [SimpleUploadedFile(name, content) for name, content in found.items()]
    response = lins_client.post(reverse("recording_create"), {"file": bundles}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.text.count('class="recording"') == 2
    assert Recording.objects.exclude(pk=transcript.recording_id).count() == 2


def test_bundle_that_can_not_be_taken_is_refused_in_a_sentence(transcript: Transcript, lins_client: Client) -> None:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("bundle.json", '{"format": "flashweb", "version": 99}')
    for files, sentence in ((1, "The bundle is damaged"), (3, "made by a newer version of Flashweb")):
        with ZipFile(content, "a") as archive:
            for name in ("rows.jsonl", "changes.jsonl")[: files - 1]:
                archive.writestr(name, "")
        bundle = SimpleUploadedFile("a.flashweb.zip", content.getvalue())
        response = lins_client.post(reverse("recording_create"), {"file": bundle}, headers={"HX-Request": "true"})
        assert response.status_code == 422
        assert sentence in response.text
        assert "It was not saved." in response.text


def test_of_many_exports_at_once_some_are_told(
    transcript: Transcript, lins_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "WORK", Places(1, waiting=1, longest_wait_s=0))
    address = reverse("transcript_export", args=[transcript.pk, "srt"])
    with places.WORK.hold():
        page, script = lins_client.get(address), lins_client.get(address, headers=HTMX)
    sentence = "The server is busy with the same for others. Try again in a moment."
    assert [(answer.status_code, answer["Retry-After"]) for answer in (page, script)] == [(503, "5")] * 2
    assert sentence in page.content.decode()
    assert script.content.decode() == sentence + "\n"
    assert lins_client.get(address).status_code == 200


def test_captions_break_within_no_term_of_the_glossary(transcript: Transcript, lins_client: Client, lin: User) -> None:
    query = {"line": 6, "names": "off", "lines": 2}

    def lines(name: str) -> list[str]:
        return lins_client.get(url(transcript, name), query).text.splitlines()

    row = transcript.utterances.first()
    assert row is not None
    text = "我们今天在达摩院见面谈事"
    lins_client.post(reverse("utterance_edit", args=[row.pk]), {"text": text, "base_version": 1})
    first = next(line for line in lines("srt") if line and text.startswith(line))
    at = len(first)
    term, other = text[at - 1 : at + 2], text[at - 1 : at + 1]
    assert not any(term in line for line in lines("srt"))
    values = [EntryValues(other, is_on=False), EntryValues("nowhere")]
    keep_entries(project=transcript.recording.project, values=values, by=lin)
    assert not any(term in line for line in lines("srt"))
    keep_entries(project=transcript.recording.project, values=[EntryValues(term)], by=lin)
    assert [any(term in line for line in lines(name)) for name in ("srt", "vtt")] == [True, True]
    preview = lins_client.get(reverse("transcript_exports", args=[transcript.pk]), {"format": "srt", **query})
    assert term in preview.text


def test_wording_of_the_last_export_is_offered_for_the_next(transcript: Transcript, lins_client: Client) -> None:
    options, several = reverse("transcript_exports", args=[transcript.pk]), reverse("exports")

    def offered(address: str, **query: str) -> list[str]:
        page = html.fromstring(lins_client.get(address, query).content)
        return [choice.get("value") for choice in page.xpath("//select[@name='wording']/option[@selected]")]

    def links(page: bytes) -> set[str]:
        found = html.fromstring(page).xpath("//a[@data-wording]/@href")
        return {str(link).partition("?")[2] for link in found}

    assert offered(options, format="srt") == offered(several) == ["verbatim"]
    lins_client.get(url(transcript, "srt"), {"wording": "clean"})
    assert offered(options, format="txt") == offered(several) == ["clean"]
    assert offered(options, format="txt", wording="verbatim") == ["verbatim"]
    assert lins_client.get("/preferences/").json()["hide_fillers"] is True
    assert links(lins_client.get(transcript.get_absolute_url()).getvalue()) == {"wording=clean"}
    # What says nothing of it changes nothing, and is verbatim as ever.
    lins_client.get(url(transcript, "srt"))
    assert offered(options, format="srt") == ["clean"]
    page = lins_client.get(options, {"format": "srt", "wording": "verbatim", "line": "20"}, headers=HTMX)
    assert page["HX-Replace-Url"] == "?format=srt&line=20&wording=verbatim"
    lins_client.get(reverse("exports_zip"), {"format": "json", "transcript": transcript.pk, "wording": "verbatim"})
    assert offered(several) == ["verbatim"]
    assert links(lins_client.get(transcript.get_absolute_url()).getvalue()) == {""}
