"""The shape of the official demo: the whole file, its base64 and the whole JSON in memory. `URL FILE` as arguments.

(The demo itself is not ours to copy.) Prints its own peak of resident memory in bytes.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
import time
import uuid
from pathlib import Path

import requests


def main(url: str, path: str) -> None:
    with Path(path).open("rb") as file:
        data = base64.b64encode(file.read()).decode("utf-8")
    headers = {
        "X-Api-Key": "bench",
        "X-Api-Resource-Id": "volc.bigasr.auc_turbo",
        "X-Api-Request-Id": str(uuid.uuid4()),
        "X-Api-Sequence": "-1",
    }
    request = {"user": {"uid": "bench"}, "audio": {"data": data}, "request": {"model_name": "bigmodel"}}
    response = requests.post(url, json=request, headers=headers)  # noqa: S113 -- the demo waits for ever, too
    if response.headers["X-Api-Status-Code"] != "20000000":
        raise SystemExit(f"{time.asctime()} failed: {dict(response.headers)}")
    Path("result.json").write_text(json.dumps(response.json(), indent=4, ensure_ascii=False), encoding="utf-8")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
