"""Stand-ins for systemd, which do what units say but for their limits, and for commands that go on until stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.operating.composed import read_settings
from tests.operating.substitutes import machine, nginx
from tests.processes import wait_for


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
    base, at, instance = name.partition("@")
    file = base if base.endswith(".target") else f"{base}{at}.service"
    path = machine() / "etc/systemd/system" / file
    assert path.is_file(), f"there is no unit {name}"
    return read_unit(path), instance


def systemctl(arguments: list[str]) -> None:
    arguments = [name for name in arguments if name != "--now"]
    verb, *names = arguments
    if verb == "daemon-reload":
        return
    for name in (name.removesuffix(".service") for name in names):
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


def start(name: str, *, again: bool = True) -> None:
    """With what it wants. What ends by itself is done once for each version, unless it is asked for by its name."""
    unit, instance = find_unit(name)
    for wanted in " ".join(unit.get("Wants", [])).split():
        if wanted.startswith("flashweb"):
            start(wanted.removesuffix(".service"), again=False)
    commands = [command.replace("%i", ported(instance)).split() for command in unit.get("ExecStart", [])]
    if not commands or is_running(name):
        return
    environment = {name: os.environ[name] for name in os.environ if name.startswith(("PG", "TEST_"))}
    environment |= dict(pair.split("=", 1) for pair in " ".join(unit["Environment"]).split())
    (file,) = unit["EnvironmentFile"]
    environment |= read_settings(Path(file).read_text())
    (folder,) = unit["WorkingDirectory"]
    done = machine() / "processes" / f"{name} of {Path(folder).resolve().name}"
    if done.exists() and not again:
        return
    for command in commands:
        if "collectstatic" in command:
            # It takes a quarter of a minute: the test copies what the run has collected.
            shutil.copytree(os.environ["COLLECTED"], f"{environment['FLASHWEB_DATA']}/static", dirs_exist_ok=True)
            command.insert(command.index("collectstatic") + 1, "--dry-run")
        if unit.get("Type") == ["oneshot"]:
            subprocess.run(command, cwd=folder, env=environment, check=True)
            done.touch()
        else:
            start_process(name, command, folder, environment)


def ported(instance: str) -> str:
    """The test's port for that of the book."""
    return os.environ["PORTS"].split()[int(instance) - 8001] if instance else ""


def start_process(name: str, command: list[str], folder: str, environment: dict[str, str]) -> int:
    pids = machine() / "processes"
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
    pid = machine() / "processes" / f"{name}.pid"
    return pid.is_file() and Path(f"/proc/{pid.read_text()}").exists()


def stop(name: str) -> None:
    """A target with all that is part of it."""
    for pid in (machine() / "processes").glob("*.pid"):
        if pid.stem == name or name in find_unit(pid.stem)[0].get("PartOf", []):
            stop_pid(pid)


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
    for file in (root / "processes").glob("*.pid"):
        stop_pid(file)


def start_and_leave(arguments: list[str]) -> None:
    kind = arguments[2]
    heartbeat = machine() / "processes" / f"{kind}.heartbeat"
    pid = start_process(f"{kind}-by-hand", arguments, ".", {**os.environ, "FLASHWEB_HEARTBEAT": str(heartbeat)})

    def is_up() -> bool:
        assert is_alive(pid), (machine() / "processes" / f"{kind}-by-hand.log").read_text()
        if kind == "worker":
            return heartbeat.exists()
        host, port = (arguments[arguments.index(name) + 1] for name in ("--host", "--port"))
        with socket.socket() as client:
            return client.connect_ex((host, int(port))) == 0

    wait_for(f"sign of life of {kind}", is_up)
    stop_pid(machine() / "processes" / f"{kind}-by-hand.pid")


def journalctl(arguments: list[str]) -> None:
    unit = arguments[arguments.index("--unit") + 1]
    assert list((machine() / "etc/systemd/system").glob(f"{unit}.service"))


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](sys.argv[2:])
