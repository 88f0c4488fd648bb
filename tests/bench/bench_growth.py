"""What pages cost at 20,000 recordings, to the same at 20: `docs/growth.md` has the table.

The first run fills the installations, which takes some minutes; see `_library.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.bench._library import LARGE, SIZES, available, installation
from tests.processes import ROOT

LIMIT = 1.5


def measure(database: str, recordings: int) -> dict[str, dict[str, float]]:
    """CPU in ms by person and page."""
    with installation(database, SIZES[recordings]) as environment:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench._growth"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def main() -> None:
    print(f"{LARGE}, {LARGE.people} people, {LARGE.projects} projects; load {os.getloadavg()[0]:.1f}\n")
    print("| database | page | in projects | at 20 | at 20,000 | ratio | holds |\n|---|---|---|---|---|---|---|")
    for database in available():
        small, large = (measure(database, recordings) for recordings in SIZES)
        for person, pages in large.items():
            for page, cost in pages.items():
                before = small[person][page]
                ratio = cost / before
                holds = "yes" if ratio <= LIMIT else "no"
                print(f"| {database} | {page} | {person} | {before:.1f} ms | {cost:.1f} ms | {ratio:.2f} | {holds} |")


if __name__ == "__main__":
    main()
