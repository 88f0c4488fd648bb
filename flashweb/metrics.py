"""What this web process counts, for /metrics. Each process has its own counts: whoever adds them up asks each of them.

Labels are the server's own words, never a visitor's: their number is bounded.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]
PROCESS = CollectorRegistry()
ProcessCollector(registry=PROCESS)
PlatformCollector(registry=PROCESS)

REQUESTS = Counter("flashweb_requests", "Requests answered by this process", ["status"], registry=PROCESS)
SAVES = Histogram(
    "flashweb_save_seconds",
    "Saves of a row's text by this process, from the request to the answer",
    ["result"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5),
    registry=PROCESS,
)
STREAMS = Gauge("flashweb_open_streams", "Pages that get live changes from this process", registry=PROCESS)

SAVE_RESULTS = {200: "saved", 409: "conflict", 422: "refused"}
for _result in (*SAVE_RESULTS.values(), "failed"):
    SAVES.labels(_result)  # There from the start, with 0.


def count_request(status: int) -> None:
    REQUESTS.labels(str(status)).inc()


def count_save(status: int, seconds: float) -> None:
    SAVES.labels(SAVE_RESULTS.get(status, "failed")).observe(seconds)
