"""Exports over HTTP of a transcript of two hours, and its bundle out and in again, as the web process pays for them.

CPU seconds of the process and MB above what it had before; at most one second (Word and Excel three) and 100 MB are
wanted of the formats. The bundle has a history of a few thousand edits, and goes in by the resumable upload.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench._transcripts import NAME, PASSWORD
from tests.bench.bench_exports import SLOW
from tests.files import path_of
from tests.processes import Site, Visitor
from transcripts.exports import registry

EDITS = 3000
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "data")
        site.create_user(NAME, PASSWORD)
        stored = prepared(site, "tests.bench._transcripts")
        transcript = stored["long"]["transcript"]
        prepared(site, "tests.bench.bench_out_and_in", transcript)
        site.start()
        try:
            measure(site, transcript, Path(folder) / "bundle.zip")
        finally:
            site.stop()


def prepared(site: Site, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], env=site.environment, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def measure(site: Site, transcript: str, file: Path) -> None:
    visitor = Visitor(site.url, NAME, PASSWORD)
    web = site.children()["web"]
    address = f"{site.url}/transcripts/{transcript}/export"
    visitor.get(f"{address}/txt/?to_ms=0:10")
    visitor.get(f"{address}/docx/?to_ms=0:10")
    print("                seconds  limit  MB above  MB written")
    for name in registry.FORMATS:
        cost(web, name, SLOW.get(name, 1.0), lambda name=name: len(visitor.get(f"{address}/{name}/").content))
    cost(web, "preview", 1.0, lambda: len(visitor.get(f"{address}/").content))

    def fetch() -> int:
        with visitor.get(f"{address}/bundle/", stream=True) as answer, file.open("wb") as target:
            for chunk in answer.iter_content(1 << 20):
                target.write(chunk)
        return file.stat().st_size

    cost(web, "bundle out", 0, fetch)
    pk = ""

    def send() -> int:
        nonlocal pk
        size = file.stat().st_size
        fields = {"file_name": "a.flashweb.zip", "size_bytes": size, "modified_ms": 1}
        begun = visitor.post(f"{site.url}/uploads/", data=fields).json()
        with file.open("rb") as source:
            offset = 0
            while piece := source.read(begun["chunk_bytes"]):
                token = {"X-CSRFToken": visitor.cookies["csrftoken"], "Upload-Offset": str(offset)}
                visitor.patch(f"{site.url}{begun['url']}", data=piece, headers=token).raise_for_status()
                offset += len(piece)
        pk = begun["id"]
        return size

    cost(web, "bundle sent", 0, send)

    def take() -> int:
        answer = visitor.post(f"{site.url}/recordings/", data={"upload": pk}, headers={"HX-Request": "true"})
        answer.raise_for_status()
        return len(answer.content)

    cost(web, "bundle taken", 0, take)


def cost(process: int, name: str, limit: float, work: Callable[[], int]) -> None:
    Path(f"/proc/{process}/clear_refs").write_text("5")  # The highest so far is forgotten.
    before, started = memory(process), cpu(process)
    written = work()
    seconds = cpu(process) - started
    above = memory(process) - before
    wanted = f"{limit:6.1f}" if limit else "     -"
    print(f"{name:14} {seconds:8.2f} {wanted} {above:9.1f} {written / 1e6:11.2f}", flush=True)


def cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(process: int) -> float:
    """The most that the process has had, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def edit(transcript: str) -> None:
    """A history: every row in turn, again and again."""
    import django

    django.setup()
    from django.contrib.auth.models import User

    from tests.bench._transcripts import make_sound
    from transcripts.models import Recording, Transcript
    from transcripts.services.editing.utterances import Save, edit_utterance

    by = User.objects.get(username=NAME)
    rows = list(Transcript.objects.get(pk=transcript).utterances.select_related("transcript"))
    for number in range(EDITS):
        at = number % len(rows)
        rows[at] = edit_utterance(
            utterance=rows[at], save=Save(text=f"{rows[at].text}了", base_version=rows[at].version), by=by
        )
    recording = Recording.objects.get(transcripts=transcript)
    make_sound(path_of(recording.folder) / "whole", recording.duration_ms or 0)
    (path_of(recording.folder) / "whole" / "playback.m4a").rename(path_of(recording.original))
    print(json.dumps(EDITS))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")
    edit(sys.argv[1])
