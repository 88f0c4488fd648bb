"""Reading an HTTP answer: `X-Api-Status-Code` alone means success; errors come in three shapes.

The shapes seen on the service's gateway: a code in the header with HTTP 200; the same with HTTP 401 or 403
and a body `{"header": {"code", "message"}}` or `{"code", "message"}`; and `{"error": ...}` without any code.
"""

from __future__ import annotations

import contextlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import requests
import urllib3

from transcripts.flash.answer import Answer, read_answer
from transcripts.flash.codes import SILENCE, SUCCESS
from transcripts.flash.errors import ErrorKind, FlashError, classify_failure

MAX_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, still unread; `failure` says why the body is incomplete.

    After a success `body` is what was paid for: keep it before anything reads it. `read_answer(code, body)` reads it
    as often as wanted.
    """

    status: int
    code: str
    message: str
    logid: str
    body: bytes
    failure: FlashError | None
    request_id: str = ""
    seconds: float = 0

    @property
    def succeeded(self) -> bool:
        return self.code in (SUCCESS, SILENCE)


@dataclass(frozen=True, slots=True)
class Recognition:
    """A call that succeeded: code 20000000, or 20000003 (silence) with an answer without utterances."""

    code: str
    message: str
    logid: str
    request_id: str
    seconds: float
    answer: Answer


def receive(response: requests.Response) -> Reply:
    """Read a streamed response within a size limit; failures of the connection are kept in the reply."""
    content, failure = bytearray(), None
    try:
        # Not `iter_content`, which loses what it has of a block when the connection breaks or the block is damaged.
        while chunk := response.raw.read1(64 * 1024, decode_content=False):
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                failure = FlashError(ErrorKind.MALFORMED, "The answer is too long.")
                break
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        failure = FlashError(ErrorKind.UNCLEAR, "The connection was lost in the middle of the answer.")
    headers = response.headers
    body, damage = _decompress(bytes(content), headers.get("Content-Encoding", ""))
    return Reply(
        status=response.status_code,
        code=_read_header(headers, "X-Api-Status-Code", 20),
        message=_read_header(headers, "X-Api-Message", 500),
        logid=_read_header(headers, "X-Tt-Logid", 100),
        body=body,
        failure=failure or (FlashError(ErrorKind.MALFORMED, damage) if damage else None),
    )


def _decompress(content: bytes, encodings: str) -> tuple[bytes, str]:
    """The decompressed content, or the content itself with a sentence why not.

    Gateways name an encoding twice, or name one that they have removed: JSON needs no decompressing.
    """
    for encoding in reversed(encodings.lower().split(",")):
        if encoding.strip() not in ("gzip", "x-gzip", "deflate") or content.lstrip()[:1] == b"{" or not content:
            continue
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either header, gzip's or zlib's
        try:
            content = decompressor.decompress(content, MAX_ANSWER_BYTES)
        except zlib.error:
            return content, "The answer cannot be decompressed."
        if decompressor.unconsumed_tail:
            return content, "The answer is too long."
    return content, ""


def check_reply(reply: Reply) -> None:
    """Raises `FlashError` unless the reply's code says success or silence."""
    if not reply.succeeded:
        raise _explain_refusal(reply)


def read_reply(reply: Reply) -> Recognition:
    """The answer of a success or of silence. Raises `FlashError` for everything else."""
    check_reply(reply)
    try:
        answer = read_answer(reply.code, reply.body)
    except FlashError as error:
        if reply.status >= 400:  # a proxy's page, whatever code it let through
            kind = classify_failure(code="", message="", http_status=reply.status)
            raise _add_context(FlashError(kind, f"HTTP {reply.status}"), reply) from None
        # The connection may break after a complete body, which was then read above.
        raise _add_context(reply.failure or error, reply) from None
    return Recognition(reply.code, reply.message, reply.logid, reply.request_id, reply.seconds, answer)


def _add_context(error: FlashError, reply: Reply) -> FlashError:
    error.code, error.logid, error.http_status = reply.code, reply.logid, reply.status
    error.request_id = reply.request_id
    return error


def _explain_refusal(reply: Reply) -> FlashError:
    if not reply.code and reply.failure is not None and reply.status < 400:
        return _add_context(reply.failure, reply)
    body_code, body_message = _find_error(reply.body)
    code = reply.code or body_code
    message = reply.message or body_message
    kind = classify_failure(code=code, message=message, http_status=reply.status)
    # Never the body itself, which may hold somebody's words.
    description = message or f"HTTP {reply.status} without a status code, {len(reply.body)} bytes"
    return FlashError(kind, description, code=code, logid=reply.logid, http_status=reply.status)


def _find_error(body: bytes) -> tuple[str, str]:
    """Code and message of an error body, empty if it has none of the shapes."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    for name in ("header", "error"):
        if isinstance(content, dict) and isinstance(content.get(name), dict | str):
            content = content[name]
    if isinstance(content, str):
        return "", _clean_line(content, 500)
    if not isinstance(content, dict):
        return "", ""
    code, message = content.get("code", ""), content.get("message", "")
    return (
        str(code) if re.fullmatch(r"[0-9]{4,20}", str(code)) else "",
        _clean_line(message, 500) if isinstance(message, str) else "",
    )


def _read_header(headers: Mapping[str, str], name: str, length: int) -> str:
    """A header's value, once even if gateway and service both sent it, which libraries join with a comma."""
    parts = _clean_line(headers.get(name, ""), 2 * length + 2).split(", ")
    half = len(parts) // 2
    doubled = len(parts) % 2 == 0 and parts[:half] == parts[half:]
    return ", ".join(parts[:half] if doubled else parts)[:length]


def _clean_line(text: str, length: int) -> str:
    """One printable line. HTTP libraries read headers as Latin-1, but the service may write UTF-8."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:length]
