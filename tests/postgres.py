"""A PostgreSQL of the tests' own: `python -m tests.postgres COMMAND …` runs the command with its DATABASE_URL."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.guard import guard_run
from tests.machine import postgres_bin

START_SECONDS = 120


@contextmanager
def cluster(programs: Path, keep: Path | None = None) -> Iterator[str]:
    """Yields the DATABASE_URL of a fresh cluster on loopback, which is stopped and removed at the end.

    One in the folder `keep` stays there, and is used again.
    """
    # PostgreSQL refuses to run as root; its package brings a user of its own.
    user = "postgres" if os.geteuid() == 0 else None
    folder = keep or Path(tempfile.mkdtemp(prefix="postgres-", dir=guard_run()))
    folder.mkdir(exist_ok=True)
    server = None
    try:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        data = folder / "data"
        if not data.exists():
            subprocess.run(
                [programs / "initdb", "-D", data, "-U", "flashweb", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
                user=user,
                cwd="/",
                check=True,
                stdout=subprocess.DEVNULL,
            )
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        options = ["listen_addresses=127.0.0.1", "unix_socket_directories="]
        options += ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]  # Nothing of it is kept.
        options += ["max_connections=400"]  # Four tests at once may each have a whole installation.
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(port), *(f"--{option}" for option in options)],
                user=user,
                cwd="/",
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        createdb = [programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "flashweb", "flashweb"]
        while (done := subprocess.run(createdb, cwd="/", capture_output=True, check=False)).returncode:
            if b"already exists" in done.stderr:
                break
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError("PostgreSQL did not start:\n" + (folder / "log").read_text()[-2000:])
            time.sleep(0.1)
        yield f"postgres://flashweb@127.0.0.1:{port}/flashweb"
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)  # "fast" shutdown: does not wait for clients
            server.wait(timeout=30)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    programs = postgres_bin()
    if programs is None:
        if os.environ.get("CI"):
            print("PostgreSQL is missing, and with CI set its tests are not left out.", file=sys.stderr)
            return 1
        print("PostgreSQL is not installed here: the suite ran on SQLite only.")
        return 0
    with cluster(programs) as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
