"""A crowd on one transcript of two hours, over two web processes on one database: the proof, then how quick it is.

The proof is that of `tests/concurrency/`, whole: PEOPLE make CHANGES changes while web processes are killed. Then
EDITORS write, each saving every few seconds, with READERS beside them. It runs on SQLite and, where PostgreSQL is
installed, on that. The times mean something only on a machine that does nothing else: the load is printed with them.

`python -m tests.bench.bench_together [sqlite] [postgres] [proof] [audience] [--changes N]` runs a part of it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.concurrency.audience import audience
from tests.concurrency.together import TOLD_AT_MOST, crowd, set_the_stage
from tests.machine import postgres_bin
from tests.postgres import cluster
from tests.processes import Site

PEOPLE, CHANGES, KILL_EVERY_S = 50, 10_000, 6
EDITORS, READERS = 20, 200
PARTS = {"proof", "audience"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_together")
    parser.add_argument("which", nargs="*", help="sqlite, postgres, proof, audience; all by default")
    parser.add_argument("--changes", type=int, default=CHANGES)
    asked = parser.parse_args(sys.argv[1:] if sys.argv[0].endswith("bench_together.py") else [])
    chosen = set(asked.which)
    parts = chosen & PARTS or PARTS
    programs = postgres_bin()
    for name in ("sqlite", "postgres"):
        if chosen - PARTS and name not in chosen:
            continue
        if name == "sqlite":
            run(name, parts, asked.changes)
        elif programs is None:
            print("postgres: not installed here")
        else:
            with cluster(programs) as url, database(url):
                run(name, parts, asked.changes)


@contextmanager
def database(url: str) -> Iterator[None]:
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = url
    try:
        yield
    finally:
        del os.environ["DATABASE_URL"]
        if before is not None:
            os.environ["DATABASE_URL"] = before


def run(name: str, parts: set[str], changes: int) -> None:
    with tempfile.TemporaryDirectory(prefix="flashweb-together-") as folder:
        site = Site(Path(folder))
        if "proof" in parts:
            proof(name, site, changes)
        if "audience" in parts:
            measure(name, site)


def proof(name: str, site: Site, changes: int) -> None:
    stage = set_the_stage(site, PEOPLE, share=1)
    outcome = asyncio.run(crowd(site, stage, changes=changes, pause_s=0.2, kill_every_s=KILL_EVERY_S))
    print(
        f"{name}: {PEOPLE} people asked for {sum(outcome.answers.values())} changes in {outcome.seconds:.0f} s, "
        f"{outcome.changes} were made, {outcome.kills} web processes killed; load {load()}"
    )
    print(f"  the people of this bench computed for {outcome.own_cpu:.0f} s; told after {outcome.late:.1f} s more")
    print("  " + ", ".join(f"{what}: {count}" for what, count in sorted(outcome.answers.items())))
    print(f"  faults: {len(outcome.faults)}")
    for fault in outcome.faults[:TOLD_AT_MOST]:
        print(f"  - {fault}")


def measure(name: str, site: Site) -> None:
    stage = set_the_stage(site, EDITORS + READERS, share=1)
    found = asyncio.run(audience(site, stage, editors=EDITORS))
    print(
        f"{name}: {EDITORS} editors and {READERS} readers, {found.saves} saves in {found.seconds:.0f} s; load {load()}"
    )
    for what, times in (("save", found.save_ms), ("save to another page", found.told_ms)):
        print(
            f"  {what}: median {share(times, 0.5):.0f} ms, p95 {share(times, 0.95):.0f} ms, worst {max(times):.0f} ms"
        )
    print(
        f"  memory per reader: {found.bytes_a_reader / 1000:.0f} kB; both processes computed for "
        f"{found.cpu_share:.0%} of the time, the people of this bench for {found.own_share:.0%}"
    )
    for trouble in found.troubles[:TOLD_AT_MOST]:
        print(f"  - {trouble}")


def share(times: list[float], part: float) -> float:
    return sorted(times)[round(part * (len(times) - 1))]


def load() -> str:
    return " ".join(f"{one:.1f}" for one in os.getloadavg())


if __name__ == "__main__":
    main()
