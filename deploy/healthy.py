"""Whether the process that a container runs is well, as an exit code: `healthy.py [PID]`, in the image as HEALTHCHECK.

A web process and a flash server answer over HTTP, a worker touches the file that FLASHWEB_HEARTBEAT names.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

PORTS = {"web": 8000, "flashserver": 8765}
PATHS = {"web": "/livez", "flashserver": "/healthz"}
TIMEOUT_S = 8
SILENT_S = 60
"""A worker shows every few seconds that it goes on."""


def main(pid: str = "1") -> int:
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    command = next((name for name in arguments if name in {*PORTS, "worker"}), None)
    if command is None:
        return 0  # It ends by itself.
    if command == "worker":
        return int(time.time() - Path(os.environ["FLASHWEB_HEARTBEAT"]).stat().st_mtime > SILENT_S)
    port = arguments[arguments.index("--port") + 1] if "--port" in arguments else PORTS[command]
    request = Request(f"http://127.0.0.1:{port}{PATHS[command]}")
    with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_S) as answer:
        return int(answer.status != 200)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as error:
        sys.exit(str(error))
