"""Scripted answers: what the server is to say instead of recognising, for tests and for trying a client."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcripts.flash.codes import SUCCESS


class ScriptError(ValueError):
    """A script that can't be followed; the message says why in one sentence."""


@dataclass(frozen=True, kw_only=True)
class ScriptEntry:
    """What one request gets. Keys left out have these defaults; an entry that names neither `status`, `code`,
    `message` nor `body` only delays or cuts the answer that the server would have given anyway.

    `code` None (`null` in a file) sends no status header at all, as a broken gateway would.
    `cut_after` counts bytes of the body; `delay_s` is in seconds.
    """

    status: int = 200
    code: str | None = SUCCESS
    message: str | None = None
    body: bytes | None = None
    delay_s: float = 0
    cut_after: int | None = None
    drop: bool = False
    repeat: bool = False
    has_answer: bool = False


class Script:
    """The entries still to come; `next` may be called from any thread."""

    def __init__(self, entries: Sequence[Mapping[str, object]]) -> None:
        self._entries = [_parse_entry(number, entry) for number, entry in enumerate(entries, 1)]
        if any(entry.repeat for entry in self._entries[:-1]):
            raise ScriptError("only the last entry of a script may repeat")
        self._lock = threading.Lock()

    def next(self) -> ScriptEntry | None:
        with self._lock:
            if not self._entries:
                return None
            return self._entries[0] if self._entries[0].repeat else self._entries.pop(0)


def read_script(path: Path) -> list[Mapping[str, object]]:
    """The entries of a script file, checked. Raises `ScriptError`."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScriptError(f"script {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise ScriptError(f"script {path} is not JSON: {error}") from None
    if not isinstance(entries, list):
        raise ScriptError(f"script {path} must be a JSON list")
    Script(entries)
    return entries


def _parse_entry(number: int, entry: object) -> ScriptEntry:
    if not isinstance(entry, Mapping):
        raise ScriptError(f"script entry {number} must be an object")
    values = dict(entry)
    has_answer = bool(values.keys() & {"status", "code", "message", "body"})
    if isinstance(values.get("code"), int) and not isinstance(values["code"], bool):
        values["code"] = str(values["code"])
    for key, value in values.items():
        if key not in _CHECKS:
            raise ScriptError(f"script entry {number}: unknown key {key!r}")
        if not _CHECKS[key](value):
            raise ScriptError(f"script entry {number}: bad {key}: {value!r}")
    if "body" in values:
        body = values["body"]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        values["body"] = text.encode(errors="surrogatepass")
    return ScriptEntry(**values, has_answer=has_answer)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "status": lambda value: _is_count(value) and 200 <= value <= 599,
    "code": lambda value: value is None or isinstance(value, str),
    "message": lambda value: isinstance(value, str),
    "body": lambda value: isinstance(value, (str, dict)),
    "delay_s": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0,
    "cut_after": _is_count,
    "drop": lambda value: isinstance(value, bool),
    "repeat": lambda value: isinstance(value, bool),
}
