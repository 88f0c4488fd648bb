"""`manage.py up`: the first start, the stop, and what happens when a part dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import requests

from tests.processes import ROOT, Site, Visitor, wait_for
from transcripts.management.commands.up import Child


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("up"))
    site.start()
    yield site
    site.stop()


def test_up_prints_the_address_and_a_link_that_makes_the_first_account_once(site: Site) -> None:
    link = site.first_link()
    lines = site.printed().splitlines()
    assert lines[0] == f"Flashweb is running at {site.url}/ (press Ctrl-C to stop)"
    assert lines[1] == f"Open this link to create the first account (it works once): {link}"
    first, second = requests.Session(), requests.Session()
    answer = first.get(link, timeout=120)
    assert (answer.status_code, answer.url) == (200, f"{site.url}/")
    assert second.get(link, timeout=120).url.startswith(f"{site.url}/accounts/login/")


def test_up_sends_a_stranger_to_the_sign_in_form(site: Site) -> None:
    assert requests.get(f"{site.url}/", timeout=120).url == f"{site.url}/accounts/login/?next=/"


@pytest.mark.drill
@pytest.mark.parametrize("name", ["web", "worker", "flashserver"])
def test_up_starts_a_child_that_dies_again(site: Site, name: str) -> None:
    pid = site.children()[name]
    os.kill(pid, signal.SIGKILL)
    wait_for(f"new {name}", lambda: site.children().get(name) not in {None, pid})
    wait_for("answer", site.answers)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("impatient"))
    site.environment["DJANGO_SETTINGS_MODULE"] = "tests.impatient_settings"
    site.start()
    yield site
    site.stop()


@pytest.mark.drill
def test_up_starts_again_what_lives_but_does_not_answer(impatient: Site) -> None:
    before = impatient.children()
    for pid in before.values():
        os.kill(pid, signal.SIGSTOP)

    def are_new() -> bool:
        return all(impatient.children().get(name) not in {None, pid} for name, pid in before.items())

    wait_for("new processes", are_new)
    wait_for("answer", impatient.answers)
    assert "`worker` did not answer and is started again." in impatient.printed()


def test_child_that_answers_at_times_is_left_alone(settings: Any) -> None:
    """One that is busy for a while, and one that is still loading."""
    settings.MISSED_SECONDS = 0
    answers = [True, False, False, True, False, False, False]
    child = Child.__new__(Child)
    child.answers, child.asking, child.process = iter(answers).__next__, None, Mock(**{"poll.return_value": None})
    child.started = child.asked = time.monotonic()
    child.has_answered, child.missed = False, 0
    with ThreadPoolExecutor(1) as pool:
        killed = []
        for _answer in answers:
            child.ask(pool)
            assert child.asking
            wait([child.asking])
            killed.append(child.ask(pool))
        assert killed == [False] * 6 + [True]
        child.has_answered, child.answers = False, lambda: False
        child.ask(pool)
        assert child.asking
        wait([child.asking])
        assert not child.ask(pool)


@pytest.mark.drill
def test_up_takes_its_children_with_it_when_it_is_killed_and_can_start_again(site: Site) -> None:
    pids = site.children()
    assert sorted(pids) == ["flashserver", "web", "worker"]
    site.kill()
    site.start()
    for command, pid in pids.items():
        wait_for(f"end of the old {command}", lambda pid=pid: not Path(f"/proc/{pid}").exists())  # type: ignore[misc]


@pytest.mark.drill
def test_up_says_which_port_is_taken(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--port", port],
            cwd=ROOT,
            env=site.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: Port {port} on 127.0.0.1 cannot be used: Address already in use.")


def test_up_stops_everything_on_sigterm(site: Site) -> None:
    pids = site.children()
    assert site.stop() == 0
    for pid in pids.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


NOISY = """
import atexit, signal, sys, time
atexit.register(time.sleep, 0.2)  # What a busy machine puts between the last line of the log and the end.
import django
django.setup()
from django.conf import settings
from transcripts.management.commands import worker

def sweep():
    while signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        time.sleep(0.01)
    while True:
        sys.stderr.write(100 * "swept " + chr(10))

worker.sweep = sweep
worker.Command().handle(threads=2)
"""


def test_worker_that_writes_when_it_is_stopped_ends_in_peace(site: Site) -> None:
    """Whoever reads its lines takes their time: so its threads are stopped while they write."""
    environment = {name: value for name, value in site.environment.items() if name != "PYTHONUNBUFFERED"}
    for _round in range(2):
        worker = subprocess.Popen([sys.executable, "-c", NOISY], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        assert worker.stderr
        assert "swept" in worker.stderr.readline().decode()
        worker.send_signal(signal.SIGTERM)
        said = b""
        while worker.poll() is None and (part := os.read(worker.stderr.fileno(), 8192)):
            said += part
            time.sleep(0.01)
        said += worker.stderr.read()
        assert (worker.wait(60), b"Fatal" in said) == (0, False)
        worker.stderr.close()


@pytest.mark.drill
def test_up_ends_in_peace_however_soon_it_is_stopped_and_however_often(site: Site) -> None:
    """Its parts log each request and task meanwhile."""
    site.stop()
    site.environment["LOG_EVERYTHING"] = "1"
    before = len(site.printed())
    for _round in range(2):
        site.start()
        assert site.process
        for _signal in range(3):
            site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(60) == 0
    del site.environment["LOG_EVERYTHING"]
    said = site.printed()[before:]
    assert [line for line in said.splitlines() if "Fatal Python" in line or "Traceback" in line] == []


@pytest.mark.drill
def test_up_keeps_accounts_and_data_over_a_restart(site: Site) -> None:
    site.create_user("lin", "correct horse")
    site.start()
    assert Visitor(site.url, "lin", "correct horse").get(f"{site.url}/").status_code == 200
