"""Two web processes on one database, one of which is killed from time to time and started again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

from tests.concurrency.wire import Lost, ask
from tests.processes import ROOT, Site, free_port

START_S = 180
MARGIN_S = 5.0  # from the answer of a process that has just started to the end of what its death caused


class Pair:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.ports = [free_port(), free_port()]
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.troubles: list[str] = []
        self.kills = 0
        self.stopping = False
        self._log = (site.data / "web.log").open("ab")
        self._outages: dict[int, list[tuple[float, float]]] = {port: [] for port in self.ports}

    def start(self, port: int) -> None:
        self.processes[port] = subprocess.Popen(
            [sys.executable, "manage.py", "web", "--port", str(port)],
            cwd=ROOT,
            env=self.site.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    async def answers(self, port: int) -> None:
        until = monotonic() + START_S
        while monotonic() < until:
            try:
                if (await ask(port, "", "/healthz")).status == 200:
                    return
            except Lost:
                await asyncio.sleep(0.1)
        raise AssertionError(f"the web process did not start:\n{self.said()}")

    async def __aenter__(self) -> Pair:
        for port in self.ports:
            self.start(port)
        try:
            await asyncio.gather(*map(self.answers, self.ports))
        except BaseException:
            self.stop()
            raise
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.stopping = True
        for process in self.processes.values():
            process.kill()
            process.wait()
        self._log.close()

    async def kill_now_and_then(self, pause_s: float, seed: int = 1) -> None:
        """Kills one of them, waits till it is back, and after a pause kills one again, until it is cancelled."""
        draw = random.Random(seed)
        while True:
            await asyncio.sleep(pause_s * draw.uniform(0.5, 1.5))
            port = draw.choice(self.ports)
            self._outages[port].append((monotonic(), float("inf")))
            os.kill(self.processes[port].pid, signal.SIGKILL)
            self.processes[port].wait()
            self.kills += 1
            # Not interrupted: who cancels this finds both of them running.
            await asyncio.shield(self._again(port))

    async def _again(self, port: int) -> None:
        self.start(port)
        await self.answers(port)
        self._outages[port][-1] = (self._outages[port][-1][0], monotonic())

    def lost(self, port: int, since: float, lost: Lost) -> None:
        """A request that got no answer, which is trouble unless its process was killed meanwhile."""
        excused = any(begun <= monotonic() and since <= over + MARGIN_S for begun, over in self._outages[port])
        if not excused and not self.stopping:
            self.trouble(f"no answer from a living process: {lost}")

    def trouble(self, what: str) -> None:
        self.troubles.append(what)

    def said(self) -> str:
        return Path(self._log.name).read_text()[-4000:]

    def memory(self) -> dict[int, int]:
        """Resident bytes of each process."""
        page = os.sysconf("SC_PAGE_SIZE")
        return {
            port: int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * page
            for port, process in self.processes.items()
        }

    def cpu(self) -> float:
        """Seconds that both have computed since they started."""
        fields = [
            Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            for process in self.processes.values()
        ]
        ticks = sum(int(one[11]) + int(one[12]) for one in fields)
        return ticks / os.sysconf("SC_CLK_TCK")
