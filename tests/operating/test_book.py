"""docs/operating.md: every command in it is run, in its order, by one shell.

Each `sh` block is run as it stands, in a copy of the checkout at /opt/flashweb-1.0.0, with /opt, /etc and /var in a
folder of the test and the host's name and ports on loopback. What can't be done here is done by the substitutes, which
say why: nothing is skipped.
"""

from __future__ import annotations

import grp
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import psycopg
import pytest
import requests

from tests.bucket import serve_s3
from tests.guard import guard_run
from tests.machine import nginx, postgres_bin, skip_without
from tests.operating.composed import make_certificate
from tests.operating.image import copy_checkout, move
from tests.operating.substitutes import REASONS, put_substitutes
from tests.operating.units import read_unit, stop_all
from tests.postgres import cluster
from tests.processes import ROOT, free_port, made_once, wait_for

BOOK = ROOT / "docs/operating.md"
GROUP = grp.getgrgid(os.getgid()).gr_name
UNITS = ROOT / "deploy/systemd"
HARDENED = {
    "NoNewPrivileges": ["yes"],
    "ProtectSystem": ["strict"],
    "ProtectHome": ["yes"],
    "PrivateTmp": ["yes"],
    "CapabilityBoundingSet": [""],
    "ReadWritePaths": ["/var/lib/flashweb"],
    "User": ["flashweb"],
}
needs_postgres = [pytest.mark.drill, pytest.mark.postgres, pytest.mark.processes, pytest.mark.timeout(600)]

# Commands that go on until they are stopped are left to themselves, and the book goes on.
PREAMBLE = """
set -eu
shopt -s expand_aliases
.venv/bin/python() {
    case "$*" in
        "manage.py web"*|"manage.py worker"*|"manage.py flashserver"*) start-and-leave "$PWD/.venv/bin/python" "$@" ;;
        *) "$PWD/.venv/bin/python" "$@" ;;
    esac
}
"""


def read_blocks(book: str) -> list[str]:
    """The commands, block by block."""
    found = re.findall(r"^( *)```sh\n(.*?)^\1```$", book, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


def test_every_block_of_the_book_says_what_it_is() -> None:
    kinds = re.findall(r"^ *```(\w*)\n.*?^ *```$", BOOK.read_text(), re.MULTILINE | re.DOTALL)
    assert set(kinds) <= {"sh", "text", "yaml", "nginx", "ini"}
    assert kinds.count("sh") == len(read_blocks(BOOK.read_text())) > 10


def test_sections_of_the_book_stand_in_the_order_in_which_one_needs_them() -> None:
    sections = re.findall(r"^## (.*)", BOOK.read_text(), re.MULTILINE)
    assert sections == [
        "Install",
        "The first administrator",
        "TLS",
        "Several machines",
        "The embedded recogniser on its own machines",
        "Files",
        "Long exports",
        "Mail",
        "See that it is well",
        "Back up and restore",
        "Move to another machine",
        "Upgrade",
        "The index of the search",
        "Change the secret key",
        "When something fails",
    ]


@pytest.mark.parametrize("name", [path.name for path in sorted(UNITS.glob("*.service"))])
def test_unit_may_do_no_more_than_it_must(name: str) -> None:
    unit = read_unit(UNITS / name)
    assert {key: unit.get(key) for key in HARDENED} == HARDENED
    if unit.get("Type") != ["oneshot"]:
        assert unit["Restart"] == ["always"]
        assert "MemoryMax" in unit


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        skip_without("systemd-analyze")
    for path in UNITS.iterdir():
        # It looks for the program.
        text = path.read_text().replace("/opt/flashweb/.venv/bin/python", sys.executable)
        (tmp_path / path.name.replace("@", "@8001")).write_text(text.replace("/opt/flashweb", str(ROOT)))
    names = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run([program, "verify", *names], capture_output=True, text=True, check=False, timeout=60)
    assert [line for line in done.stderr.splitlines() if "flashweb" in line] == []


@pytest.fixture
def machine() -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder for what the book does to a machine, and the environment of its shell."""
    programs = postgres_bin()
    if programs is None or nginx() is None:
        skip_without("PostgreSQL or nginx")
    root = Path(tempfile.mkdtemp(prefix="book-", dir=guard_run()))
    root.chmod(0o755)
    folders = "systemd/system nginx/conf.d nginx/sites-enabled nginx/modules-enabled"
    for folder in (*(f"etc/{name}" for name in folders.split()), "var/lib/nginx", "var/log/nginx"):
        (root / folder).mkdir(parents=True)
    for folder in ("var/tmp", "var/backups", "processes", "run", "tmp"):
        (root / folder).mkdir()
    ports = [str(free_port()) for _ in range(5)]
    checkout = copy_checkout(root / "opt/flashweb-1.0.0")
    for path in (checkout / "deploy").rglob("*"):
        if path.suffix in {".conf", ".env", ".service"}:
            path.write_text(translate(path.read_text(), root, ports))
    (root / "opt/flashweb-1.0.1").symlink_to("flashweb-1.0.0")
    make_certificate(root / "etc/letsencrypt/live/localhost")
    (root / "etc/nginx/nginx.conf").write_text(translate(Path("/etc/nginx/nginx.conf").read_text(), root, ports))
    (root / "etc/nginx/sites-enabled/default").write_text("To be removed: it has the place of Flashweb.")
    shutil.copy2("/etc/nginx/mime.types", root / "etc/nginx")
    substitutes = put_substitutes(root / "substitutes")
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.53\n")
    (root / "etc/ssl/certs").mkdir(parents=True)
    shutil.copy2(certifi.where(), root / "etc/ssl/certs/ca-certificates.crt")
    with cluster(programs) as database, serve_s3() as s3_address:
        server = urlsplit(database)
        requests.put(f"{s3_address}/flashweb", timeout=60).raise_for_status()
        make_as_installed(database)
        environment = {
            "PATH": f"{substitutes}:{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(root),
            "TMPDIR": str(root / "tmp"),
            "TEST_RUN_FOLDER": os.environ["TEST_RUN_FOLDER"],
            "MACHINE": str(root),
            "PORTS": " ".join(ports),
            "MAKEFLAGS": "-- PIP=pip\\ --python\\ .venv/bin/python\\ install\\ --require-hashes",
            "S3_ADDRESS": s3_address,
            "COLLECTED": str(made_once("collectstatic") / "static"),
            "NGINX_PROGRAM": nginx() or "",
            # The server that `postgres:///flashweb` means.
            "PGHOST": server.hostname or "",
            "PGPORT": str(server.port),
            "PGUSER": "flashweb",
        }
        try:
            yield root, environment
        finally:
            stop_all(root)


def make_as_installed(database: str) -> None:
    """As PostgreSQL is after its installation: with a superuser `postgres`, and nothing of Flashweb."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE postgres SUPERUSER LOGIN")
    as_postgres = urlsplit(database)._replace(path="/postgres")
    netloc = f"postgres@{as_postgres.hostname}:{as_postgres.port}"
    with psycopg.connect(as_postgres._replace(netloc=netloc).geturl(), autocommit=True) as connection:
        connection.execute("DROP DATABASE flashweb")
        connection.execute("ALTER ROLE flashweb RENAME TO of_the_tests")


def translate(text: str, root: Path, ports: Sequence[str], s3_address: str = "") -> str:
    """With this machine's names for hosts, folders and ports."""
    here = text.replace("flashweb.example.org", "localhost").replace("DATA_GROUP=flashweb", f"DATA_GROUP={GROUP}")
    here = here.replace("https://s3.example.org", s3_address).replace("s3.example.org", urlsplit(s3_address).netloc)
    here = re.sub(r"\b10\.0\.0\.(\d+)\b", r"127.0.0.\1", here)
    here = re.sub(r"^\s*listen \[::\]:.*\n", "", here, flags=re.MULTILINE)
    for standard, port in zip(("8001", "8002", "80", "443", "8765"), ports, strict=True):
        here = re.sub(rf"(\blisten |:|--port ){standard}\b", rf"\g<1>{port}", here)
    return move(here, dict.fromkeys(("/opt", "/etc", "/var", "/srv", "/mnt", "/tmp", "/run"), root))


@pytest.mark.parametrize("book", [pytest.param(BOOK, marks=needs_postgres, id="operating.md")])
def test_every_command_of_the_book_can_be_run(machine: tuple[Path, dict[str, str]], book: Path) -> None:
    root, environment = machine
    blocks = read_blocks(book.read_text())
    script = root / "book.sh"
    ports = environment["PORTS"].split()
    numbered = (
        f"echo '### {number}' after $SECONDS s\n{translate(block, root, ports, environment['S3_ADDRESS'])}"
        for number, block in enumerate(blocks)
    )
    script.write_text(PREAMBLE + "\n".join(numbered))
    log = root / "book.log"
    with log.open("wb") as out:
        done = subprocess.run(
            ["bash", "-v", str(script)],
            cwd=root / "opt/flashweb-1.0.0",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
            timeout=500,
        )
    said = log.read_text()
    assert done.returncode == 0, said[-5000:]
    assert said.count("\n### ") + said.startswith("### ") == len(blocks), said[-5000:]
    assert "https://localhost/accounts/first/" in said
    # What the book has started answers.
    for port in ports[:2]:
        wait_for(f"answer at {port}", lambda port=port: answers(port))  # type: ignore[misc]


def answers(port: str) -> bool:
    try:
        headers = {"X-Forwarded-Proto": "https", "Host": "localhost"}
        return requests.get(f"http://127.0.0.1:{port}/healthz", headers=headers, timeout=60).status_code == 200
    except requests.ConnectionError:
        return False


def test_substitutes_are_told_with_their_reasons() -> None:
    assert {name: bool(reason) for name, reason in REASONS.items()} == dict.fromkeys(REASONS, True)
