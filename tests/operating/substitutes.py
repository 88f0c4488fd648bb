"""Programs that the shipped files and docs/operating.md call and that can't run here: each checks what it is asked.

`put_substitutes` makes a folder with them for the front of PATH. A substitute that is asked for what it does not know
fails, and the test with it.
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

import yaml
from packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent.parent
REASONS = {
    "pip": "would load 100 MB; the locked packages are those of this run, whose versions are compared with the lock",
    "npm": "would ask its registry; the packages are copied from this checkout, whose lock is compared",
    "node": "belongs to npm",
    "apt-get": "changes the machine; the names are compared with those that the book may need",
    "groupadd": "changes the users of the machine; the numbers are compared with the image's",
    "useradd": "changes the users of the machine; names and options are checked",
    "usermod": "changes the users of the machine; names and options are checked",
    "install": "gives files to another user; here they stay one's own, with their permissions",
    "sudo": "is not needed where everything belongs to the test; what it is given is run",
    "systemctl": "needs systemd; what units say is done: environment, folder and commands",
    "journalctl": "needs systemd; that there are such units is checked",
    "certbot": "asks an authority on the internet; the folder of its proofs is compared with nginx's",
    "nginx": "has the settings of the machine; its check is run with those of the test",
    "docker": "needs a container engine; services are looked up and their commands run; the rest is test_shipped.py's",
    "start-and-leave": "is a command that goes on until it is stopped; it is started, and the book goes on",
}
ABOUT_UNITS = {"journalctl", "start-and-leave", "systemctl"}  # stand in units.py
PACKAGES = {"certbot", "curl", "make", "nginx", "postgresql", "postgresql-client", "python3-venv"}


def put_substitutes(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in REASONS:
        program = folder / name
        module = "tests.operating.units" if name in ABOUT_UNITS else __name__
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m {module} {name} "$@"\n')
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
    parser.add_argument("--no-cache-dir", action="store_true")
    parser.add_argument("--require-hashes", action="store_true", required=True)
    parser.add_argument("--no-deps", action="store_true")
    parser.add_argument("--only-binary", choices=[":all:"])
    parser.add_argument("--requirement", "-r", type=Path, required=True)
    given = parser.parse_args(arguments)
    lock = given.requirement.read_text()
    assert lock == (ROOT / "requirements" / given.requirement.name).read_text()
    pins = pins_of(lock)
    assert len(pins) > 20 or given.no_deps  # the weights of the speaker encoder are in a package alone
    assert {name: version(name) for name in pins} == pins
    programs = given.python.absolute().parent
    (site,) = (programs.parent / "lib").glob("python*/site-packages")
    (site / "packages-of-this-run.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (programs / "pybabel").write_text(f"#!{programs}/python\nfrom babel.messages.frontend import main\nmain()\n")
    (programs / "pybabel").chmod(0o755)


def npm(arguments: list[str]) -> None:
    known = {"ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"}
    assert known <= set(arguments) <= {*known, "--silent"}, arguments
    for name in ("package.json", "package-lock.json"):
        assert Path(name).read_text() == (ROOT / "static" / name).read_text()
    for name in json.loads(Path("package.json").read_text())["dependencies"]:
        shutil.copytree(ROOT / "static/node_modules" / name, Path("node_modules") / name, dirs_exist_ok=True)


def node(arguments: list[str]) -> None:
    assert arguments[0] == "--eval"


def apt_get(arguments: list[str]) -> None:
    assert arguments[:2] == ["install", "--yes"], arguments
    assert set(arguments[2:]) <= PACKAGES, arguments


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
    assert given.user_group or given.gid


def usermod(arguments: list[str]) -> None:
    assert arguments == ["--append", "--groups", "flashweb", "www-data"], arguments


def install(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", action="store_true")
    parser.add_argument("--owner", choices=["flashweb", "root", "101"])
    parser.add_argument("--group", choices=["flashweb", "root"])
    parser.add_argument("--mode", type=lambda text: int(text, 8), required=True)
    parser.add_argument("source", type=Path, nargs="?")
    parser.add_argument("target", type=Path)
    given = parser.parse_args(arguments)
    assert given.target.absolute().is_relative_to(os.environ["TEST_RUN_FOLDER"])
    if given.directory:
        given.target.mkdir(parents=True, exist_ok=True)
    else:
        shutil.copyfile(given.source, given.target)
    given.target.chmod(given.mode)


def sudo(arguments: list[str]) -> None:
    user = "root"
    if arguments[0] == "-u":
        user, arguments = arguments[1], arguments[2:]
        assert user in {"flashweb", "postgres"}
    if arguments == ["bash"]:
        return  # A shell of another user: what follows is typed into this one.
    program = Path(arguments[0])
    if program.name == "python" and arguments[1:3] == ["-m", "pip"]:
        pip(["--python", arguments[0], *arguments[3:]])
        return
    as_user = {"PGUSER": user, "PGDATABASE": user} if user == "postgres" else {}
    sys.exit(subprocess.run(arguments, env={**os.environ, **as_user}, check=False).returncode)


def machine() -> Path:
    """The folder for what the book does to a machine."""
    return Path(os.environ["MACHINE"])


def certbot(arguments: list[str]) -> None:
    if arguments[0] == "renew":
        folder = arguments[arguments.index("--webroot-path") + 1]
        assert Path(folder).is_dir()
        assert f"root {folder};" in (machine() / "etc/nginx/conf.d/flashweb.conf").read_text()
    else:
        assert arguments[:2] == ["certonly", "--standalone"]
        assert (machine() / "etc/letsencrypt/live" / arguments[arguments.index("--domain") + 1]).is_dir()


def nginx(arguments: list[str]) -> None:
    assert arguments == ["-t"], arguments
    settings = machine() / "etc/nginx/nginx.conf"
    assert {"worker_connections 4096;", "worker_rlimit_nofile 16384;"} <= set(
        map(str.strip, settings.read_text().split("\n"))
    )
    subprocess.run([os.environ["NGINX_PROGRAM"], "-e", "stderr", "-t", "-c", str(settings)], check=True)


# --- Docker ------------------------------------------------------------------------------------------------------


def docker(arguments: list[str]) -> None:
    assert arguments.pop(0) == "compose"
    given = yaml.safe_load(Path("compose.yaml").read_text().replace("${", "").replace(":?set it in .env}", ""))
    services = given["services"]
    if arguments[0] == "--profile":
        assert any(arguments[1] in service.get("profiles", []) for service in services.values())
        arguments = arguments[2:]
    verb, *rest = arguments
    filled = [
        line for line in Path(".env").read_text().splitlines() if re.match("(SECRET_KEY|POSTGRES_PASSWORD)=.{20}", line)
    ]
    assert len(filled) == 2
    if verb in {"exec", "run"}:
        rest = [name for name in rest if name not in {"--rm", "-T", "--no-deps"}]
        service, *command = rest
        assert service in services
        if verb == "run" and not command:
            command = services[service]["command"].split()
        if verb == "run":
            command = ["python", "manage.py", *command]
        if command[:2] == ["python", "manage.py"]:
            subprocess.run([".venv/bin/python", *command[1:]], check=True)
            return
        assert service == "database", f"{command} is not known here"
        return
    options = {
        "build": set[str](),
        "down": set[str](),
        "logs": {"--tail", "--follow"},
        "ps": set[str](),
        "pull": set[str](),
        "restart": set[str](),
        "start": set[str](),
        "stop": set[str](),
        "up": {"--build", "--detach", "--no-deps", "--scale", "--wait"},
    }
    for name in rest:
        if name.startswith("--"):
            assert name in options[verb], f"docker compose {verb} {name}"
        elif not name.isdecimal():
            assert name.split("=")[0] in services, f"{name} is no service"


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](sys.argv[2:])
