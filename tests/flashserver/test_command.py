"""`manage.py flashserver` as people and scripts run it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.flashserver.clients import AUDIO, HEADERS, body, code

ROOT = Path(__file__).resolve().parent.parent.parent
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "flashserver", *arguments]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    found = re.search(r"http://\S+/api/v3/auc/bigmodel/recognize/flash", process.stdout.readline())
    assert found
    return found[0]


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_a_script_to_known_keys_until_it_is_stopped(
    start: Start, tmp_path: Path, name: signal.Signals
) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"body": {"result": {"text": "好"}}}]), encoding="utf-8")
    arguments = ["--port", "0", "--recognizer", "none", "--script", str(script)]
    process = start(*arguments, "--credential", "one", "--credential", "two", "three")
    url = address(process)
    codes = [
        code(requests.post(url, json=body(b"AAAA"), headers={**HEADERS, "X-Api-Key": key}, timeout=20))
        for key in ("bad", "bad", "one", "two", "three")
    ]
    assert codes == ["20000000", "45000010", "45000151", "45000151", "45000151"]
    process.send_signal(name)
    assert process.wait(timeout=20) == 0


@pytest.mark.drill
def test_command_stops_in_the_middle_of_a_recognition(start: Start) -> None:
    process = start("--port", "0")
    url = address(process)
    sound = (AUDIO / "zh_autumn.ogg").read_bytes()
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json=body(sound), headers=HEADERS, timeout=(20, 1))
    process.terminate()
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("content", ["[", None])
def test_a_bad_script_is_told_in_one_line(start: Start, tmp_path: Path, content: str | None) -> None:
    script = tmp_path / "script.json"
    if content is not None:
        script.write_text(content, encoding="utf-8")
    process = start("--port", "0", "--script", str(script))
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, len(errors.splitlines())) == (1, "", 1)
    assert "script" in errors
