"""What is installed is what was tested: every lock has the versions of requirements/dev.txt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


def pins(name: str) -> set[str]:
    """Each with its marker, where it has one."""
    return set(re.findall(r"^[\w.-]+==[^\\\n]+", (REQUIREMENTS / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["base.txt", "local.txt", "server.txt"])
def test_lock_has_the_versions_that_the_tests_run_with(name: str) -> None:
    assert len(pins(name)) > 20
    # A package that only some machines need may be for all of them there: its version counts.
    tested = {pin.partition(" ;")[0].strip() for pin in pins("dev.txt")}
    assert {pin.partition(" ;")[0].strip() for pin in pins(name)} - tested == set()


def test_lock_of_servers_has_the_extras_and_not_the_recogniser() -> None:
    names = {pin.partition("==")[0] for pin in pins("server.txt")}
    assert {"boto3", "redis"} <= names
    assert "faster-whisper" not in names


def test_lock_of_weights_has_the_package_that_carries_them_alone() -> None:
    assert pins("speakers.txt") == {"resemblyzer==0.1.4 "}
