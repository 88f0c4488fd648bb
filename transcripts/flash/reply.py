"""Reading an HTTP answer: `X-Api-Status-Code` alone means success; errors come in three shapes.

The shapes seen on the service's gateway: a code in the header with HTTP 200; the same with HTTP 401 or 403
and a body `{"header": {"code", "message"}}` or `{"code", "message"}`; and `{"error": ...}` without any code.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass

import requests
import urllib3

from transcripts.flash.answer import Answer, parse_answer, parse_silent_answer
from transcripts.flash.codes import SILENCE, SUCCESS
from transcripts.flash.errors import ErrorKind, FlashError, classify_failure

MAX_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `failure` says why the body is not whole."""

    status: int
    code: str
    message: str
    logid: str
    body: bytes
    failure: FlashError | None


def receive(response: requests.Response) -> Reply:
    """Read a streamed response within a size limit; raises nothing that the connection does."""
    content, failure = bytearray(), None
    try:
        for chunk in response.iter_content(64 * 1024):
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                failure = FlashError(ErrorKind.MALFORMED, "The answer is too long.")
                break
    except requests.exceptions.ContentDecodingError:
        failure = FlashError(ErrorKind.MALFORMED, "The answer can't be decompressed.")
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        failure = FlashError(ErrorKind.UNCLEAR, "The connection was lost in the middle of the answer.")
    headers = response.headers
    return Reply(
        status=response.status_code,
        code=_clean_line(headers.get("X-Api-Status-Code", ""), 20),
        message=_clean_line(headers.get("X-Api-Message", ""), 500),
        logid=_clean_line(headers.get("X-Tt-Logid", ""), 100),
        body=bytes(content),
        failure=failure,
    )


def read_answer(reply: Reply) -> Answer:
    """The answer of a success or of silence; raises `FlashError` for everything else."""
    if reply.code == SILENCE:
        return parse_silent_answer(reply.body)
    if reply.code != SUCCESS:
        raise _explain_refusal(reply)
    try:
        if reply.failure is not None:
            raise reply.failure
        return parse_answer(reply.body)
    except FlashError as error:
        if reply.status >= 400:  # a proxy's page, whatever code it let through
            kind = classify_failure(code="", message="", http_status=reply.status)
            raise _add_context(FlashError(kind, f"HTTP {reply.status}"), reply) from None
        raise _add_context(error, reply) from None


def _add_context(error: FlashError, reply: Reply) -> FlashError:
    error.code, error.logid, error.http_status = reply.code, reply.logid, reply.status
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
    """Code and message of an error body, empty where it has none of the shapes."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    for name in ("header", "error"):
        if isinstance(found, dict) and isinstance(found.get(name), dict | str):
            found = found[name]
    if isinstance(found, str):
        return "", _clean_line(found, 500)
    if not isinstance(found, dict):
        return "", ""
    code, message = found.get("code", ""), found.get("message", "")
    return (
        str(code) if re.fullmatch(r"[0-9]{4,20}", str(code)) else "",
        _clean_line(message, 500) if isinstance(message, str) else "",
    )


def _clean_line(text: str, length: int) -> str:
    """One printable line. HTTP libraries read headers as Latin-1, but the service may write UTF-8."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:length]
