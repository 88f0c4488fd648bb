"""Old and new web processes run side by side for the length of an upgrade."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.processes import ROOT, Site, Visitor, free_port, running_web
from tests.releases.stored import PASSWORD

FILL = "import tests.releases.filled as filled; filled.fill()"


def edit(lin: Visitor, url: str, transcript: str, text: str) -> None:
    """Changes the first row by the process at `url`."""
    page = lin.get(f"{url}{transcript}").text
    row, version = re.findall(r'data-utterance="(\d+)".*?data-version="(\d+)"', page, re.DOTALL)[0]
    saved = lin.post(f"{url}/utterances/{row}/", data={"text": text, "base_version": version})
    assert (saved.status_code, text in saved.text) == (200, True)


@pytest.mark.drill
def test_old_web_process_goes_on_while_the_new_one_starts(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.manage("shell", "--no-imports", "--command", FILL)
    new = {**site.environment, "DJANGO_SETTINGS_MODULE": "tests.later_settings"}
    refused = {"cwd": ROOT, "capture_output": True, "text": True, "timeout": 120, "check": False}
    with running_web(site.environment) as old_url:
        lin = Visitor(old_url, "lin", PASSWORD)
        listed = re.search(r"/transcripts/[0-9a-f-]{36}/", lin.get(f"{old_url}/").text)
        assert listed
        transcript = listed.group()
        edit(lin, old_url, transcript, "Before")
        command = [sys.executable, "manage.py", "web", "--port", str(free_port())]
        done = subprocess.run(command, env=new, **refused)  # type: ignore[call-overload]
        assert (done.returncode, "it lacks the migration transcripts.9999_later" in done.stderr) == (1, True)
        site.manage("migrate", "--verbosity=0", DJANGO_SETTINGS_MODULE="tests.later_settings")
        assert requests.get(f"{old_url}/readyz", timeout=30).text == "ok\n"
        edit(lin, old_url, transcript, "Between")  # Into a table with a column that it does not know.
        with running_web(new) as new_url:
            for number in range(3):
                edit(lin, new_url, transcript, f"New {number}")
                edit(lin, old_url, transcript, f"Old {number}")
            upload = {"file": ("one.wav", (ROOT / "tests/data/audio/zh_welcome.wav").read_bytes())}
            for url in (old_url, new_url):
                assert lin.post(f"{url}/recordings/", files=upload, data={"language": ""}).status_code == 200
        done = subprocess.run(command, env=site.environment, **refused)  # type: ignore[call-overload]
        assert (done.returncode, "does not know its migration 9999_later" in done.stderr) == (1, True)
