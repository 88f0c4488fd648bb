"""An S3 server as a process of its own, and buckets in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.processes import free_port, wait_for

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def serve_s3() -> Iterator[str]:
    """Its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        env={**os.environ, **KEYS, "MOTO_S3_CUSTOM_ENDPOINTS": address},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        try:
            return requests.get(f"{address}/moto-api/", timeout=5).ok
        except requests.RequestException:
            return False

    try:
        wait_for("answer of the S3 server", answers, 60)
        yield address
    finally:
        process.kill()
        process.wait()


class Bucket:
    def __init__(self, address: str) -> None:
        import boto3  # Few tests need it.

        self.name, self.address = f"files-{uuid.uuid4().hex}", address
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=address,
            region_name=KEYS["AWS_DEFAULT_REGION"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )
        self.client.create_bucket(Bucket=self.name)

    def url(self, address: str = "") -> str:
        """As FILES_URL; with the address of a proxy, through that."""
        return f"s3://key:secret@{self.name}/in?endpoint={address or self.address}&region=us-east-1"

    @property
    def sizes(self) -> dict[str, int]:
        """Of all files by their keys."""
        page = self.client.list_objects_v2(Bucket=self.name)
        return {entry["Key"].removeprefix("in/"): entry["Size"] for entry in page.get("Contents", [])}

    @property
    def begun(self) -> int:
        """How many multipart uploads are neither complete nor aborted."""
        return len(self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", []))


Reply = tuple[int, dict[str, str], bytes]
Forward = Callable[[], Reply]
Fault = Callable[[Forward], Reply | None]
"""Answers a request instead of the server, which `forward` asks; None cuts the connection."""


class FaultyS3:
    """A proxy in front of the S3 server. Each of `faults` is done to one request whose line it fits, in their order."""

    def __init__(self, address: str) -> None:
        self.faults: list[tuple[str, Fault]] = []
        self.asked: list[str] = []
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                line = f"{self.command} {self.path}"

                def forward() -> Reply:
                    headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                    answer = requests.request(
                        self.command, f"{address}{self.path}", data=body, headers=headers, timeout=60
                    )
                    left = {"content-length", "connection", "transfer-encoding", "date", "server"}
                    kept = {name: value for name, value in answer.headers.items() if name.lower() not in left}
                    if self.command == "HEAD":
                        kept["Content-Length"] = answer.headers.get("Content-Length", "0")
                    return answer.status_code, kept, answer.content

                fault = proxy._take_fault(line)
                reply = fault(forward) if fault else forward()
                if reply is None:
                    self.close_connection = True
                    return
                status, headers, content = reply
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "HEAD":
                    return
                self.wfile.write(content)
                if int(headers.get("Content-Length", len(content))) != len(content):
                    self.close_connection = True

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *args: object) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def _take_fault(self, line: str) -> Fault | None:
        with self._lock:
            self.asked.append(line)
            for number, (pattern, fault) in enumerate(self.faults):
                if re.search(pattern, line):
                    del self.faults[number]
                    return fault
        return None

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def refuse(status: int = 503, code: str = "SlowDown") -> Fault:
    body = f"<Error><Code>{code}</Code><Message>not now</Message></Error>".encode()
    return lambda _forward: (status, {"Content-Type": "application/xml"}, body)


def be_slow(seconds: float) -> Fault:
    def wait(forward: Forward) -> Reply:
        time.sleep(seconds)
        return forward()

    return wait


def cut_short(forward: Forward) -> Reply:
    status, headers, body = forward()
    return status, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2]


def corrupt(forward: Forward) -> Reply:
    status, headers, body = forward()
    return status, headers, bytes([body[0] ^ 1]) + body[1:]


def tell_other_sum(forward: Forward) -> Reply:
    status, headers, body = forward()
    return status, {**headers, "x-amz-checksum-crc32": "AAAAAA=="}, body


def lose(_forward: Forward) -> Reply:
    """Says that a part was stored."""
    return 200, {"ETag": '"0123456789abcdef0123456789abcdef"'}, b""


def hang_up(_forward: Forward) -> None:
    return None
