"""`python -m tests.bench [NAME …] [SEED …]`: every benchmark, or those named; prints ratios and asserts nothing.

Seeds are for those that have any (`seeds`), instead of their own.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.guard import guard_run


def main() -> None:
    found = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    wanted = [argument for argument in sys.argv[1:] if not argument.isdecimal()] or found
    if unknown := set(wanted) - set(found):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(found)}.")
    guard_run()
    for name in wanted:
        print(f"# {name}", flush=True)
        importlib.import_module(f"tests.bench.bench_{name}").main()


if __name__ == "__main__":
    main()
