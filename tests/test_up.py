"""`manage.py up`: the first start, the stop, and what happens when a part dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from tests.processes import ROOT, Site, Visitor, wait_for


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


@pytest.mark.parametrize("name", ["web", "worker", "flashserver"])
def test_up_starts_a_child_that_dies_again(site: Site, name: str) -> None:
    pid = site.children()[name]
    os.kill(pid, signal.SIGKILL)
    wait_for(f"new {name}", lambda: site.children().get(name) not in {None, pid})
    wait_for("answer", site.answers)


def test_up_takes_its_children_with_it_when_it_is_killed_and_can_start_again(site: Site) -> None:
    pids = site.children()
    assert sorted(pids) == ["flashserver", "web", "worker"]
    site.kill()
    site.start()
    for pid in pids.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


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


def test_up_keeps_accounts_and_data_over_a_restart(site: Site) -> None:
    site.create_user("lin", "correct horse")
    site.start()
    assert Visitor(site.url, "lin", "correct horse").get(f"{site.url}/").status_code == 200
