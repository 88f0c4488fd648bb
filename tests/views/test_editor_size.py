"""What the editor's page may weigh at two hours, where no clock is needed; the rest is in `tests/bench`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from flashweb.staticfiles import NEEDLESS
from tests.bench._saving import IGNORED_QUERIES
from tests.bench._transcripts import LONG_HAN, LONG_MS, answer, speech
from transcripts.audio.results import PEAKS_PER_SECOND
from transcripts.flash.answer import parse_answer
from transcripts.models import Recording, Transcript, Transcription
from transcripts.rendering.streaming import BROTLI_QUALITY
from transcripts.services.recognition.from_answer import attach_transcript, build_rows, store_rows
from transcripts.views.media import OVERVIEW_PAIRS

pytestmark = pytest.mark.long

MOST_BYTES = 380_000
MOST_ELEMENTS = 8
MOST_QUERIES = 5
HEADERS = 300  # bytes of one response of a static file, at most
FIRST_PEAKS = 60 * PEAKS_PER_SECOND * 2
ASSET = re.compile(r'(?:href|src)="(/static/[^"#]+)')
IMPORT = re.compile(r"""(?:\bfrom|\bimport\(?)\s*["'](\.[^"']+)["'](?!\)\.[A-Z])""")
# Fetched for people alone who asked for what they do.
ON_DEMAND = ("expanding.js", "fillers.js", "hidden-fillers.js")


class Elements(HTMLParser):
    """The number of elements in each row, itself counted."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[int] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if "data-utterance" in dict(attributes):
            self.rows.append(0)
            self.inside = True
        if self.inside:
            self.rows[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "article"


@pytest.fixture
def long(lin: User, upload: Callable[..., Recording]) -> Transcript:
    """Lin's two-hour transcript."""
    run = Transcription.objects.get(recording=upload(lin))
    lines = speech(LONG_HAN, LONG_MS)
    transcript = store_rows(build_rows(parse_answer(answer(lines)).utterances))
    attach_transcript(transcript, transcription=run)
    return transcript


def sent(html: str) -> Iterator[bytes]:
    """The static files that the page asks for, with all that its modules import; not what is for an installed app."""
    names = {url.removeprefix(settings.STATIC_URL) for url in ASSET.findall(html) if not url.endswith(".png")}
    asked = [str(found) for name in names if (found := finders.find(name))]
    known: set[Path] = set()
    while asked:
        path = Path(asked.pop()).resolve()
        if path in known:
            continue
        known.add(path)
        content = path.read_bytes()
        if "node_modules" not in path.parts and path.is_relative_to(settings.BASE_DIR):
            text = content.decode()
            for needless in NEEDLESS.get(f"*{path.suffix}", ()):
                text = re.sub(needless, "", text)
            asked += [
                str(path.parent / name)
                for name in IMPORT.findall(text)
                if "/vendor/" not in name and Path(name).name not in ON_DEMAND
            ]
            content = text.encode()
        yield content
    vendor = finders.find("vendor/wavesurfer/wavesurfer.esm.js")
    assert vendor
    yield Path(vendor).read_bytes()


def test_page_of_two_hours_is_light(long: Transcript, lins_client: Client) -> None:
    Recording.objects.update(state="done")
    zipped = {"Accept-Encoding": "gzip"}
    page = lins_client.get(long.get_absolute_url())
    words = lins_client.get(f"{long.get_absolute_url()}words.json", headers=zipped)
    files = [len(brotli.compress(content)) + HEADERS for content in sent(page.text)]
    assert len(files) > 30
    waveform = 2 * OVERVIEW_PAIRS + FIRST_PEAKS
    packed = len(brotli.compress(page.content, quality=BROTLI_QUALITY))
    assert packed + len(words.content) + sum(files) + waveform <= MOST_BYTES


def test_row_has_few_elements_whatever_it_shows(transcript: Transcript, lins_client: Client) -> None:
    transcript.utterances.update(flagged=True, open_comments=2, verified_at=timezone.now())
    rows = Elements(lins_client.get(transcript.get_absolute_url()).text).rows
    assert len(rows) == 2
    assert max(rows) <= MOST_ELEMENTS


def test_saving_a_row_asks_little_of_the_database(transcript: Transcript, lins_client: Client) -> None:
    """Beside the session and the person."""
    row = transcript.utterances.all()[0]
    fields = {"text": "欢迎 Lin 回来。", "base_version": 1, "request_key": "one"}
    with CaptureQueriesContext(connection) as captured:
        assert lins_client.post(f"/utterances/{row.pk}/", fields).status_code == 200
    asked = [query["sql"] for query in captured.captured_queries]
    assert len([sql for sql in asked if not any(mark in sql for mark in IGNORED_QUERIES)]) <= MOST_QUERIES


def test_saving_words_at_a_rows_edge_asks_no_more(transcript: Transcript, lins_client: Client) -> None:
    """The pauses beside the row come with it."""
    Recording.objects.update(duration_ms=5550)
    row = transcript.utterances.all()[1]
    fields = {"text": "那大家好啊。", "base_version": 1, "request_key": "one"}
    with CaptureQueriesContext(connection) as captured:
        answer = lins_client.post(f"/utterances/{row.pk}/", fields)
    asked = [query["sql"] for query in captured.captured_queries]
    assert len([sql for sql in asked if not any(mark in sql for mark in IGNORED_QUERIES)]) <= MOST_QUERIES
    assert 'data-start="1800"' in answer.text
    assert 'data-end="2800"' in answer.text
