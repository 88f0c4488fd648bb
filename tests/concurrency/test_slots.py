"""FLASH_CONCURRENCY holds over all workers of an installation, in whatever processes they are."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import AUDIO
from tests.flashserver.clients import Tones
from tests.processes import ROOT, Site, Visitor, wait_for
from transcripts.flashserver.recognizer import RecognizerOptions, Samples, TimedUtterance
from transcripts.flashserver.server import serve

pytestmark = pytest.mark.drill

MOST = 2
RECORDINGS = 8


class Counter(Tones):
    """Counts how many it listens to at once."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()
        self.now = self.most = self.done = 0

    def recognise(self, samples: Samples, options: RecognizerOptions, gone: Callable[[], bool]) -> list[TimedUtterance]:
        with self.changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most >= MOST, timeout=120)
        time.sleep(0.6)  # In which one too many would come.
        with self.changed:
            self.now -= 1
            self.done += 1
        return super().recognise(samples, options, gone)


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def site(tmp_path: Path, counter: Counter) -> Iterator[Site]:
    """With one worker more than `up` starts."""
    with serve(recognizer=counter, slots=100) as flash:
        site = Site(
            tmp_path / "data",
            DJANGO_SETTINGS_MODULE="tests.forked_settings",
            FLASH_API_URL=flash.url,
            FLASH_API_KEY="key-of-the-tests",
            FLASH_CONCURRENCY=str(MOST),
        )
        site.create_user("lin", "correct horse")
        site.start()
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=site.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield site
        finally:
            worker.terminate()
            worker.wait(timeout=120)
            site.stop()


def test_no_more_requests_are_with_the_service_than_allowed(site: Site, counter: Counter) -> None:
    visitor = Visitor(site.url, "lin", "correct horse")
    content = (AUDIO / "zh_welcome.wav").read_bytes()
    files = [("file", (f"{number}.wav", content)) for number in range(RECORDINGS)]
    assert visitor.post(f"{site.url}/recordings/", files=files).status_code == 200
    wait_for("end of all work", lambda: visitor.get(site.url).text.count('data-state="done"') == RECORDINGS, 120)
    assert (counter.most, counter.done) == (MOST, RECORDINGS)
