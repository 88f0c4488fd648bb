"""What a day in court costs: the pages and files of a transcript of 10,000 rows and some 200,000 words, by seed.

CPU seconds of one process, database and compression included, with half as many rows and with twice as many beside
them. "Cold" is the first time after the process was started; what pages have in common was loaded before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flashweb.memory import look_less_for_garbage
from tests.bench._transcripts import NAME, PASSWORD, SPEAKERS, Line, answer
from tests.bench.bench_text_alignment import Speech
from tests.processes import Site
from transcripts.exports.registry import FORMATS

if TYPE_CHECKING:
    from transcripts.models import Transcript

ROWS = 10_000
SIZES = (ROWS // 2, ROWS, ROWS * 2)
LONGEST_ROW = 35  # words; the shortest has 5
MOST_GROWTH = 2.2
LIMITS = {"page, cold": 1.0, "checks": 0.5, "preview": 1.5} | dict.fromkeys(("srt", "vtt", "ass", "ttml", "lrc"), 1.5)
Costs = dict[str, float]


def speech(rows: int, seed: int = 1) -> list[Line]:
    """Chinese with some English in two rows of three, English in the third."""
    talks = [Speech("mixed", seed), Speech("mixed", seed + 1), Speech("en", seed)]
    lines, now = [], 0
    for number in range(rows):
        talk = talks[number % len(talks)]
        words, text = talk.row(now, LONGEST_ROW)
        now = words[-1].end_ms + talk.random.randrange(80, 900)
        lines.append(Line(text, words, talk.random.randrange(SPEAKERS) if lines else 0))
    return lines


def store(lines: list[Line]) -> Transcript:
    """For the account NAME, as the service would have answered."""
    from django.contrib.auth.models import User

    from transcripts.enums import PreparationState, TranscriptionState
    from transcripts.flash.answer import parse_answer
    from transcripts.models import Recording, Transcription
    from transcripts.services.accounts.accounts import get_personal_project
    from transcripts.services.recognition.from_answer import attach_transcript, build_rows, store_rows

    by = User.objects.get(username=NAME)
    duration_ms = lines[-1].words[-1].end_ms
    project = get_personal_project(by)
    recording = Recording.objects.create(
        project=project, uploaded_by=by, title="Day 1", duration_ms=duration_ms, state=PreparationState.DONE
    )
    said = answer(lines)
    run = Transcription.objects.create(
        recording=recording, requested_by=by, state=TranscriptionState.DONE, raw_answer=said
    )
    transcript = store_rows(build_rows(parse_answer(said).utterances))
    attach_transcript(transcript, transcription=run)
    return transcript


def main() -> None:
    print(f"{'':12} {'seconds':>8} {'limit':>6}  {'to this':>8} {'to twice':>9}   (growth, at most {MOST_GROWTH})")
    half, whole, twice = (_measure_elsewhere(rows) for rows in SIZES)
    for name, seconds in whole.items():
        limit = f"{LIMITS[name]:.1f}" if name in LIMITS else "-"
        growth = [
            more / less if less >= 0.05 else 0.0 for less, more in ((half[name], seconds), (seconds, twice[name]))
        ]
        shown = [f"{ratio:.2f}" if ratio else "-" for ratio in growth]
        print(f"{name:12} {seconds:8.2f} {limit:>6}  {shown[0]:>8} {shown[1]:>9}", flush=True)


def _measure_elsewhere(rows: int) -> Costs:
    """In an installation and a process of its own, so that nothing is charged for another's memory and caches."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "data")
        site.create_user(NAME, PASSWORD)
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.bench_long", str(rows)],
            env={**site.environment, "DJANGO_SETTINGS_MODULE": "tests.unit_settings"},
            check=True,
            capture_output=True,
            text=True,
        )
    costs: Costs = json.loads(done.stdout)
    return costs


def measure(rows: int) -> Costs:
    from django.contrib.auth.models import User
    from django.test import Client

    from transcripts.services.exporting.export_bundle import build_bundle

    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_ENCODING="gzip")
    client.force_login(User.objects.get(username=NAME))

    def get(address: str, **query: str) -> Callable[[], object]:
        return lambda: _check(client.get(address, query))

    def steps(transcript: Transcript) -> dict[str, Callable[[], object]]:
        page = transcript.get_absolute_url()
        return {
            "page, cold": get(page),
            "page, warm": get(page),
            "words, cold": get(f"{page}words.json"),
            "words, warm": get(f"{page}words.json"),
            "checks": get(f"{page}checks/"),
            "find": get(f"{page}find/", q="我们"),
            "history": get(f"{page}history/"),
            "preview": get(f"{page}export/", format="srt"),
            **{name: get(f"{page}export/{name}/") for name in FORMATS},
            "bundle": lambda: sum(map(len, build_bundle(transcript).stream())),
        }

    for work in steps(store(speech(30))).values():
        work()
    look_less_for_garbage()  # as web processes do
    costs = {}
    for name, work in steps(store(speech(rows))).items():
        started = time.process_time()
        work()
        costs[name] = time.process_time() - started
    return costs


def _check(response: Any) -> None:
    if response.status_code != 200:
        raise AssertionError(f"{response.request['PATH_INFO']}: {response.status_code}")


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")
    django.setup()
    print(json.dumps(measure(int(sys.argv[1]))))
