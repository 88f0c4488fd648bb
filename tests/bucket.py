"""An S3 server as a process of its own, and buckets in it."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
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
