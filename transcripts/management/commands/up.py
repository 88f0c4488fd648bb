"""`manage.py up`: runs the web process, a worker and, without credentials, the embedded recogniser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from flashweb import parent_watch
from transcripts.management.readiness import check_readiness
from transcripts.services.accounts.accounts import make_first_sign_in_token

POLL_SECONDS = 0.2
STOP_SECONDS = 10
# A child that dies is restarted after a pause that doubles, from the first to the second of these.
RESTART_SECONDS = (0.2, 10.0)


class Stop(Exception):
    """The process was asked to stop."""


class Child:
    """A process that is restarted whenever it ends, or lives but does not answer."""

    def __init__(self, command: list[str], environment: dict[str, str], answers: Callable[[], bool]) -> None:
        self.command = command
        self.environment = environment
        self.answers = answers
        self.asking: Future[bool] | None = None
        self.pause = RESTART_SECONDS[0]
        self.deaths = 0
        self.start()

    def start(self) -> None:
        self.started = self.asked = time.monotonic()
        self.has_answered, self.missed = False, 0
        self.process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *self.command],
            env={**os.environ, **self.environment, parent_watch.MARK: "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # Only `up` prints, the address and the link; errors go to standard error.
            start_new_session=True,  # Ctrl-C reaches only `up`, which then stops the others.
        )

    def keep_alive(self) -> None:
        if self.process.poll() is None:
            return
        lived = time.monotonic() - self.started
        if lived > RESTART_SECONDS[1]:
            self.pause, self.deaths = RESTART_SECONDS[0], 0
        if lived >= self.pause:
            self.pause = min(self.pause * 2, RESTART_SECONDS[1])
            self.deaths += 1
            self.close_pipe()
            self.start()

    def ask(self, pool: ThreadPoolExecutor) -> bool:
        """Asks it now and then, without waiting. Whether it was killed, as it missed too many answers.

        One that has just begun to run has time to load.
        """
        now = time.monotonic()
        if self.asking is None:
            if now - self.asked >= settings.MISSED_SECONDS / settings.MOST_MISSED:
                self.asked, self.asking = now, pool.submit(self.answers)
            return False
        if not self.asking.done():
            return False
        is_well, self.asking = self.asking.result(), None
        self.has_answered |= is_well
        self.missed = 0 if is_well else self.missed + 1
        is_loading = not self.has_answered and now - self.started < settings.LOADING_SECONDS
        if self.missed < settings.MOST_MISSED or is_loading or self.process.poll() is not None:
            return False
        self.process.kill()
        self.process.wait()
        return True

    def stop(self, until: float) -> None:
        try:
            self.process.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.close_pipe()

    def close_pipe(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()


class Command(BaseCommand):
    help = "Runs everything: web server, workers and, without credentials, the local flash server."
    requires_system_checks: list[str] = []  # `web` has them.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
            raise CommandError("The static files have not been collected. Run `make up`, or `manage.py collectstatic`.")
        children: list[Child] = []
        self.pool = ThreadPoolExecutor(3, thread_name_prefix="answers")
        handle, self.heartbeat = tempfile.mkstemp(prefix="heartbeat-")
        os.close(handle)
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.on_signal)
            check_readiness()
            self.wait_for_port(host, port)
            children += [Child(*given) for given in self.commands(host, port)]
            self.announce(children, host, port)
            while True:
                self.tend(children)
                time.sleep(POLL_SECONDS)
        except Stop:
            pass
        finally:
            for child in children:
                child.process.terminate()
            for child in children:
                child.stop(until=time.monotonic() + STOP_SECONDS)
            self.pool.shutdown(wait=False, cancel_futures=True)
            Path(self.heartbeat).unlink(missing_ok=True)

    def tend(self, children: list[Child]) -> None:
        for child in children:
            child.keep_alive()
            if child.ask(self.pool):
                self.stderr.write(f"`{child.command[0]}` did not answer and is started again.")

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Once: a second signal does not keep the children from being stopped."""
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise Stop

    def commands(self, host: str, port: int) -> list[tuple[list[str], dict[str, str], Callable[[], bool]]]:
        """Each with its environment, and with what asks whether it answers."""
        environment: dict[str, str] = {}
        commands: list[tuple[list[str], dict[str, str], Callable[[], bool]]] = []
        if settings.FLASH_IS_LOCAL and "FLASHSERVER_URL" not in os.environ:
            local_port = free_port()
            path = urlsplit(settings.FLASH_API_URL).path
            environment["FLASHSERVER_URL"] = f"http://127.0.0.1:{local_port}{path}"
            local = partial(self.says_anything, f"http://127.0.0.1:{local_port}")
            limits = ["--capacity", str(settings.FLASH_CONCURRENCY), "--drain", "0"]
            commands.append((["flashserver", "--port", str(local_port), *limits], environment, local))
        commands.append((["worker"], {**environment, parent_watch.HEARTBEAT: self.heartbeat}, self.worker_goes_on))
        web = partial(self.says_anything, find_address(host, port))
        commands.append((["web", "--host", host, "--port", str(port)], environment, web))
        return commands

    def wait_for_port(self, host: str, port: int) -> None:
        """Waits, as the processes of an `up` that was just killed may need a moment to release the port."""
        for _attempt in range(20):
            try:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                with socket.create_server((host, port), family=family):
                    return
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
                time.sleep(POLL_SECONDS)
        raise CommandError(f"Port {port} on {host} cannot be used: {reason}. Choose another one with --port.")

    def announce(self, children: list[Child], host: str, port: int) -> None:
        """Prints the address once it answers and, while there is no account, the link that creates the first."""
        address = find_address(host, port)
        while not self.answers(address):
            self.tend(children)
            if any(child.deaths >= 5 for child in children):
                raise CommandError("A process of Flashweb keeps exiting; see its output above.")
            time.sleep(POLL_SECONDS)
        self.stdout.write(f"Flashweb is running at {address}/ (press Ctrl-C to stop)")
        if token := make_first_sign_in_token():
            link = f"{address}{reverse('first_sign_in', args=[token])}"
            self.stdout.write(f"Open this link to create the first account (it works once): {link}")
        self.stdout.flush()

    def answers(self, address: str) -> bool:
        return get_health(address, timeout_s=5) == 200

    def says_anything(self, address: str) -> bool:
        """Also that it is not well: one that only waits for its database is not helped by a new start."""
        return get_health(address, timeout_s=settings.MISSED_SECONDS / settings.MOST_MISSED) != 0

    def worker_goes_on(self) -> bool:
        return time.time() - Path(self.heartbeat).stat().st_mtime < settings.SWEEP_SECONDS + settings.MISSED_SECONDS


def find_address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  # compared, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def get_health(address: str, *, timeout_s: float) -> int:
    """The status of its health page; 0 if there is no answer."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Host": settings.ALLOWED_HOSTS[0].replace("*", "localhost").lstrip(".")}
            return session.get(f"{address}/healthz", headers=headers, timeout=timeout_s).status_code
    except requests.RequestException:
        return 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
