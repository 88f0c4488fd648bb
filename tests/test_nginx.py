"""The samples for nginx, where no more than nginx is needed. The rest of them is tried in `tests/operating`."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from tests.machine import nginx, skip_without
from tests.processes import ROOT, free_port, wait_for

SIGNED = "/bucket/recordings/1/original?X-Amz-Signature=secret"


class Bucket(BaseHTTPRequestHandler):
    """Also Flashweb, which sends to it. The address says what it answers."""

    def do_GET(self) -> None:
        status = int(self.path.split("/")[-1]) if self.path.startswith("/play/") else int(self.path.split("/")[1])
        if self.path.startswith("/play/"):
            self.send_response(200)
            self.send_header("X-Accel-Redirect", f"/recordings-of-flashweb-s3/{status}{SIGNED}")
        else:
            self.send_response(status)
            self.send_header("Location", f"https://elsewhere.example.org{SIGNED}")
        content = f"<Key>{SIGNED}</Key>".encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    program = nginx()
    if program is None:
        skip_without("nginx")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    bucket, port = f"127.0.0.1:{server.server_port}", free_port()
    sample = (ROOT / "deploy/nginx/s3.conf").read_text()
    (tmp_path / "s3.conf").write_text(sample.replace("s3.example.org", bucket).replace("https://$", "http://$"))
    places = "\n".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {places} access_log off; server {{"
        f"listen 127.0.0.1:{port}; location / {{ proxy_pass http://{bucket}; }} include {tmp_path}/s3.conf; }} }}"
    )
    command = [str(program), "-p", str(tmp_path), "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
    with subprocess.Popen(command) as process:
        try:
            wait_for("nginx", lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            server.shutdown()
            server.server_close()


@pytest.mark.parametrize("status", [307, 301, 403, 404, 503])
def test_no_signed_address_of_a_bucket_that_fails_reaches_a_browser(site: str, status: int) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{site}/play/{status}", allow_redirects=False)
        assert answer.status_code == (404 if status == 404 else 502)
        assert "Signature" not in answer.text + str(answer.headers)
        assert session.get(f"{site}/play/200").text == f"<Key>{SIGNED}</Key>"


def test_visitors_do_not_name_their_requests() -> None:
    assert "proxy_set_header X-Request-ID $request_id;" in (ROOT / "deploy/nginx/flashweb.conf").read_text()
