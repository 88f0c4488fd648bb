"""Programs that the shipped files and docs/operating.md call and that can't run here: each checks what it is asked for.

`put_stand_ins` makes a folder with them for the front of PATH. A stand-in that is asked for what it does not know fails,
and with it the test. Why each is not the program itself stands in `REASONS`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent.parent
REASONS = {
    "pip": "would load 100 MB; the locked packages are those of this run, whose versions are compared with the lock",
    "npm": "would ask its registry; the packages are copied from this checkout, whose lock is compared",
    "groupadd": "changes the users of the machine",
    "useradd": "changes the users of the machine",
    "install": "gives folders to another user; here they stay one's own",
}


def put_stand_ins(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in REASONS:
        program = folder / name
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m {__name__} {name} "$@"\n')
        program.chmod(0o755)
    return folder


def pins_of(lock: str) -> dict[str, str]:
    """Name and version of the packages that this Python gets by a lock."""
    found = re.findall(r"^([\w.-]+)==(\S+)(?: ; (.*?))? \\$", lock, re.MULTILINE)
    return {name: number for name, number, marker in found if not marker or Marker(marker).evaluate()}


def pip(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("verb", choices=["install"])
    parser.add_argument("--no-cache-dir", action="store_true", required=True)
    parser.add_argument("--require-hashes", action="store_true", required=True)
    parser.add_argument("--requirement", type=Path, required=True)
    given = parser.parse_args(arguments)
    lock = given.requirement.read_text()
    assert lock == (ROOT / "requirements" / given.requirement.name).read_text()
    pins = pins_of(lock)
    assert len(pins) > 20
    assert {name: version(name) for name in pins} == pins
    (site,) = (given.python.parent.parent / "lib").glob("python*/site-packages")
    (site / "packages-of-this-run.pth").write_text(sysconfig.get_path("purelib") + "\n")
    programs = given.python.parent
    for name in ("pybabel",):
        (programs / name).write_text(f"#!{given.python}\nfrom babel.messages.frontend import main\nmain()\n")
        (programs / name).chmod(0o755)


def npm(arguments: list[str]) -> None:
    assert arguments == ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], arguments
    for name in ("package.json", "package-lock.json"):
        assert Path(name).read_text() == (ROOT / "static" / name).read_text()
    for name in json.loads(Path("package.json").read_text())["dependencies"]:
        shutil.copytree(ROOT / "static/node_modules" / name, Path("node_modules") / name)


def groupadd(arguments: list[str]) -> None:
    assert arguments == ["--gid", "10001", "flashweb"], arguments


def useradd(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", choices=["flashweb"])
    parser.add_argument("--system", action="store_true")
    parser.add_argument("--user-group", action="store_true")
    parser.add_argument("--no-create-home", action="store_true")
    parser.add_argument("--home-dir", type=Path)
    parser.add_argument("name", choices=["flashweb"])
    given = parser.parse_args(arguments)
    assert given.system or given.uid


def install(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", action="store_true", required=True)
    parser.add_argument("--owner", choices=["flashweb"])
    parser.add_argument("--group", choices=["flashweb"])
    parser.add_argument("--mode", required=True)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    assert given.folder.is_relative_to(os.environ["TEST_RUN_FOLDER"])
    given.folder.mkdir(parents=True)
    given.folder.chmod(int(given.mode, 8))


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2:])
