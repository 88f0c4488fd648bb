"""Whatever is killed, and whenever: every recording that was accepted ends with exactly one transcript."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ANSWER, AUDIO
from tests.processes import Site, Visitor, wait_for
from transcripts.flashserver.server import serve

pytestmark = pytest.mark.drill

# On a second database fewer, of which each kills something else.
MOMENTS = 4 if "DATABASE_URL" in os.environ else 12
# From the acceptance of the upload to well after the answer, when nothing is left to do.
LAST_MOMENT_SECONDS = 2.0
ANSWER_SECONDS = 0.6


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(script=[{"delay_s": ANSWER_SECONDS, "body": ANSWER, "repeat": True}]) as flash:
        site = Site(tmp_path_factory.mktemp("kills"), FLASH_API_URL=flash.url, FLASH_API_KEY="key-of-the-tests")
        site.create_user("lin", "correct horse")
        site.start()
        try:
            yield site
        finally:
            site.stop()


def upload(visitor: Visitor, clip: str) -> str:
    """The id of the new recording."""
    with (AUDIO / clip).open("rb") as file:
        answer = visitor.post(
            f"{visitor.url}/recordings/", files={"file": (clip, file)}, headers={"HX-Request": "true"}
        )
    assert answer.status_code == 200, answer.status_code
    found = re.search(r'id="recording-([0-9a-f-]{36})"', answer.text)
    assert found
    return found.group(1)


def kill_something(site: Site, which: int) -> None:
    victim = ("worker", "up", "worker", "web")[which % 4]
    if victim == "up":
        site.kill()
        site.start()
    else:
        pid = wait_for(victim, lambda: site.children().get(victim))
        os.kill(pid, signal.SIGKILL)
        wait_for(f"{victim} in the place of {pid}", lambda: site.children().get(victim) not in {None, pid})
        wait_for("answer", site.answers)


STATES = """
from transcripts.models import Recording
for r in Recording.objects.order_by("created_at"):
    t = r.transcriptions.get()
    print(r.pk, r.state, t.state, r.transcripts.count(), sum(x.utterances.count() for x in r.transcripts.all()))
"""


def states(site: Site) -> dict[str, list[str]]:
    lines = site.manage("shell", "--no-imports", "--command", STATES).split("\n")
    return {line.split()[0]: line.split()[1:] for line in lines if line}


@pytest.mark.timeout(900)
def test_kill_at_any_moment_ends_with_exactly_one_transcript(site: Site) -> None:
    accepted = []
    for moment in range(MOMENTS):
        visitor = Visitor(site.url, "lin", "correct horse")
        # A clip that is sent as it is, and one that has to be converted first.
        accepted.append(upload(visitor, ("zh_welcome.wav", "en_jfk.flac")[moment % 2]))
        time.sleep(LAST_MOMENT_SECONDS * moment / MOMENTS)
        kill_something(site, moment)
    done = ["done", "done", "1", "2"]
    wait_for("end of all work", lambda: all(state == done for state in states(site).values()), 120, pause_s=1)
    assert states(site) == dict.fromkeys(accepted, done)


def test_kill_while_uploading_accepts_nothing_and_leaves_nothing_stuck(site: Site, tmp_path: Path) -> None:
    before = states(site)
    visitor = Visitor(site.url, "lin", "correct horse")

    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF'
        os.kill(site.children()["web"], signal.SIGKILL)
        time.sleep(0.5)
        yield b"\0" * 100_000

    with pytest.raises(Exception, match=r"(?i)connection|reset|broken|pipe|aborted"):
        visitor.post(
            f"{site.url}/recordings/", data=body(), headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
    wait_for("answer", site.answers)
    assert states(site) == before
