"""Programs that the shipped files and docs/operating.md call and that can't run here: each checks what it is asked.

`put_stand_ins` makes a folder with them for the front of PATH. A stand-in that is asked for what it does not know
fails, and the test with it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import yaml
from packaging.markers import Marker

from tests.processes import wait_for

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
PACKAGES = {"certbot", "make", "nginx", "postgresql", "postgresql-client", "python3-venv"}


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
    parser.add_argument("--no-cache-dir", action="store_true")
    parser.add_argument("--require-hashes", action="store_true", required=True)
    parser.add_argument("--requirement", "-r", type=Path, required=True)
    given = parser.parse_args(arguments)
    lock = given.requirement.read_text()
    assert lock == (ROOT / "requirements" / given.requirement.name).read_text()
    pins = pins_of(lock)
    assert len(pins) > 20
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


# --- systemd -----------------------------------------------------------------------------------------------------


def machine() -> Path:
    return Path(os.environ["MACHINE"])


def read_unit(path: Path) -> dict[str, list[str]]:
    """The values of each name, whatever its section."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def find_unit(name: str) -> tuple[dict[str, list[str]], str]:
    """The unit, and what stands between @ and its end."""
    name = name if name.endswith((".service", ".target")) else f"{name}.service"
    base, _, instance = name.partition("@")
    folder = machine() / "etc/systemd/system"
    path = folder / (f"{base}@.service" if instance else name)
    assert path.is_file(), f"there is no unit {name}"
    return read_unit(path), instance.removesuffix(".service")


def systemctl(arguments: list[str]) -> None:
    arguments = [name for name in arguments if name != "--now"]
    verb, *names = arguments
    if verb == "daemon-reload":
        return
    for name in names:
        if name == "nginx":
            assert verb in {"start", "stop", "restart", "reload"}
            if verb != "stop":
                nginx(["-t"])
            continue
        assert verb in {"enable", "start", "restart", "stop"}, verb
        if verb in {"restart", "stop"}:
            stop(name)
        if verb != "stop":
            start(name)


def start(name: str) -> None:
    unit, instance = find_unit(name)
    for wanted in " ".join(unit.get("Wants", [])).split():
        if wanted.startswith("flashweb"):
            start(wanted)
    commands = [command.replace("%i", ported(instance)).split() for command in unit.get("ExecStart", [])]
    if not commands or is_running(name):
        return
    environment = {name: os.environ[name] for name in os.environ if name.startswith(("PG", "TEST_"))}
    environment |= dict(pair.split("=", 1) for pair in " ".join(unit["Environment"]).split())
    (file,) = unit["EnvironmentFile"]
    lines = Path(file).read_text().splitlines()
    environment |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    (folder,) = unit["WorkingDirectory"]
    for command in commands:
        if "collectstatic" in command:
            # It takes a quarter of a minute: the test copies what the run has collected.
            shutil.copytree(os.environ["COLLECTED"], f"{environment['FLASHWEB_DATA']}/static", dirs_exist_ok=True)
            command.insert(command.index("collectstatic") + 1, "--dry-run")
        if unit.get("Type") == ["oneshot"]:
            subprocess.run(command, cwd=folder, env=environment, check=True)
        else:
            start_process(name, command, folder, environment)


def ported(instance: str) -> str:
    """The test's port for that of the book."""
    return os.environ["PORTS"].split()[int(instance) - 8001] if instance else ""


def start_process(name: str, command: list[str], folder: str, environment: dict[str, str]) -> int:
    pids = machine() / "run"
    with (pids / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (pids / f"{name}.pid").write_text(str(process.pid))
    return process.pid


def is_running(name: str) -> bool:
    pid = machine() / "run" / f"{name}.pid"
    return pid.is_file() and Path(f"/proc/{pid.read_text()}").exists()


def stop(name: str) -> None:
    if is_running(name):
        stop_pid(machine() / "run" / f"{name}.pid")


def stop_pid(file: Path) -> None:
    pid = int(file.read_text())
    file.unlink()
    try:
        os.kill(pid, signal.SIGTERM)
        wait_for("end", lambda: not is_alive(pid), 30)
    except ProcessLookupError:
        pass
    except AssertionError:
        os.kill(pid, signal.SIGKILL)
        raise


def is_alive(pid: int) -> bool:
    """Not one of which only the exit code is left."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stop_all(root: Path) -> None:
    for file in (root / "run").glob("*.pid"):
        stop_pid(file)


def start_and_leave(arguments: list[str]) -> None:
    kind = arguments[2]
    heartbeat = machine() / "run" / f"{kind}.heartbeat"
    pid = start_process(f"{kind}-by-hand", arguments, ".", {**os.environ, "FLASHWEB_HEARTBEAT": str(heartbeat)})

    def is_up() -> bool:
        assert is_alive(pid), (machine() / "run" / f"{kind}-by-hand.log").read_text()
        if kind == "worker":
            return heartbeat.exists()
        port = int(arguments[arguments.index("--port") + 1])
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    wait_for(f"sign of life of {kind}", is_up)
    stop_pid(machine() / "run" / f"{kind}-by-hand.pid")


def journalctl(arguments: list[str]) -> None:
    unit = arguments[arguments.index("--unit") + 1]
    assert list((machine() / "etc/systemd/system").glob(f"{unit}.service"))


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
    subprocess.run([os.environ["NGINX"], "-e", "stderr", "-t", "-c", str(settings)], check=True)


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
