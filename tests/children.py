"""Limited children forked from a process that has loaded their module: starting one anew costs up to 0.2 s of CPU.

Limits, pipes and work are the same. How `limited_child` starts one is tested with the fixture `new_children`.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import traceback
from typing import IO, NoReturn

from tests.guard import MARK, guard_run
from transcripts import limited_child

START = limited_child._start


def fork_children() -> None:
    """From now on this process has its limited children forked."""
    limited_child._start = Forked  # type: ignore[assignment]


class Forked:
    """As much of a `Popen` as `limited_child` uses. The server tells the process id, and at its end the exit code."""

    def __init__(self, module: str, errors: IO[bytes]) -> None:
        self.returncode: int | None = None
        self._line = connect(module)
        read, write = os.pipe(), os.pipe()
        self.stdin, self.stdout = os.fdopen(read[1], "wb"), os.fdopen(write[0], "rb")
        socket.send_fds(self._line, [tempfile.gettempdir().encode()], [read[0], write[1], errors.fileno()])
        os.close(read[0])
        os.close(write[1])
        self.pid = int(self._line.recv(32))

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                self.returncode = int(self._line.recv(32))
            except TimeoutError:
                raise subprocess.TimeoutExpired("a limited child", timeout or 0) from None
            self._line.close()
        return self.returncode


def connect(module: str) -> socket.socket:
    """To the run's server for `module`, which whoever comes first starts."""
    address = guard_run() / f"{module}.socket"
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with address.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
                server.bind(str(address))
                server.listen(64)
                subprocess.Popen(
                    [sys.executable, "-P", "-s", "-m", "tests.children", module],
                    stdin=server,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=limited_child.child_environment() | {MARK: os.environ[MARK]},
                    cwd="/",
                    start_new_session=True,
                )
    line.connect(str(address))
    return line


def serve(module: str) -> NoReturn:
    """Forks a child for each connection to the socket that is the standard input."""
    importlib.import_module(module)
    gc.freeze()  # Nothing is copied only because it was counted.
    server = socket.socket(fileno=os.dup(0))
    selector = selectors.DefaultSelector()
    selector.register(server, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is server:
                line, _ = server.accept()
                folder, files, _, _ = socket.recv_fds(line, 4096, 3)
                if not files:  # Whoever connected was killed.
                    line.close()
                    continue
                if not (pid := os.fork()):
                    run(module, folder.decode(), files)
                for file in files:
                    os.close(file)
                with contextlib.suppress(OSError):
                    line.send(str(pid).encode())
                selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, line))
            else:
                selector.unregister(key.fileobj)
                os.close(key.fd)
                pid, line = key.data
                with contextlib.suppress(OSError), line:  # Nobody may wait for it any more.
                    line.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


def run(module: str, folder: str, files: list[int]) -> NoReturn:
    """The child's side, from where a new one would begin."""
    code = 1
    try:
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.closerange(3, 1024)
        os.environ["TMPDIR"], tempfile.tempdir = folder, None
        sys.argv[1:] = [module]
        limited_child.main()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
