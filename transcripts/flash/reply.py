"""Reading an HTTP answer: `X-Api-Status-Code` alone means success; errors come in three shapes.

The shapes seen on the service's gateway: a code in the header with HTTP 200; the same with HTTP 401 or 403
and a body `{"header": {"code", "message"}}` or `{"code", "message"}`; and `{"error": ...}` without any code.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from transcripts.flash.answer import Answer, read_answer
from transcripts.flash.codes import SILENCE, SUCCESS
from transcripts.flash.errors import FlashError, classify_failure


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


def read_header(headers: Mapping[str, str], name: str, length: int) -> str:
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
