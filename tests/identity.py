"""A site that says by OpenID Connect who somebody is, as companies run one; and an authenticator app."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


class IdentityServer(ThreadingHTTPServer):
    """Says that everybody is `person`, or refuses where that is None; it hangs up while it `is_down`."""

    is_down = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.person: dict[str, str] | None = {"sub": "7", "preferred_username": "wei", "email": "wei@example.org"}


class Handler(BaseHTTPRequestHandler):
    server: IdentityServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.server.is_down:
            self.close_connection = True
        elif url.path == "/.well-known/openid-configuration":
            names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            self.answer({f"{name}_endpoint": f"{self.server.url}/{path}" for name, path in names.items()})
        elif url.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            said = {"code": "good"} if self.server.person else {"error": "access_denied"}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({**said, 'state': asked['state']})}")
            self.end_headers()
        else:
            self.answer(self.server.person)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = form.get("code") == ["good"] and form.get("client_secret") == ["secret-of-the-tests"]
        self.answer({"access_token": "token", "token_type": "Bearer"} if good else {"error": "invalid_client"})

    def answer(self, body: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def identity_server() -> Iterator[IdentityServer]:
    with IdentityServer() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def as_provider(server: IdentityServer) -> str:
    """What SOCIAL_PROVIDERS has to be, for people to sign in there."""
    app = {
        "provider_id": "company",
        "name": "Company",
        "client_id": "flashweb",
        "secret": "secret-of-the-tests",
        "settings": {"server_url": server.url},
    }
    return json.dumps({"openid_connect": app})


def code_of(secret: str, later: int = 0) -> str:
    """What an authenticator app shows now, or so many half minutes later (RFC 6238)."""
    counter = int(time.time()) // 30 + later
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"
