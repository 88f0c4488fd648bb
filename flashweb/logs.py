"""Log lines, as text or as JSON, without the tokens of links: whoever reads a log can open none of them."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from transcripts.logs import get_log_fields

_SLASH = r"(?:/|%2F)+"
_LINKS = _SLASH.join(
    ("", rf"(?:shared|invitations|accounts{_SLASH}(?:first|confirm-email|password{_SLASH}reset{_SLASH}key))", "")
)
_COLON = r"(?::|%3A)"
_SECRET = re.compile(
    # What follows the address of a kind of link, right or wrong.
    rf"(?P<address>{_LINKS})(?:%(?!2F)|[^/%\s\"'?&#<>])+"
    # Tokens elsewhere: of share links and invitations, of other signatures, of new passwords.
    r"|\b[0-9a-f]{32}\.[\w-]{43}(?![\w-])"
    rf"|[\w.-]+{_COLON}\w{{4,8}}{_COLON}[\w-]{{43}}(?![\w-])"
    r"|\b\w{1,13}-[0-9a-z]{6,7}-[0-9a-f]{32}\b"
    # What other sites send when somebody signs in through them.
    r"|(?P<query>[?&](?:access_token|client_secret|code|id_token|oauth_token|oauth_verifier)=)[^&\s\"'#<>]+",
    re.IGNORECASE,
)

SAID = {"method", "path", "status", "ms"}
"""Fields that the message of their line says."""


def shorten_links(text: str) -> str:
    """The text with "…" for each token in it."""
    return _SECRET.sub(lambda found: f"{found['address'] or found['query'] or ''}…", text)


class LinkFormatter(logging.Formatter):
    """Shortens links in the whole of a record, its traceback included, and ends it with the fields it has."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _get_fields(record)
        known = " ".join(f"{name}={value}" for name, value in fields.items() if value and name not in SAID)
        text, newline, more = super().format(record).partition("\n")
        line = f"{text}{f' [{known}]' if known else ''}{newline}{more}"
        return line if _has_no_link(record) else shorten_links(line)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the fields of the request or job, and what was raised."""

    def format(self, record: logging.LogRecord) -> str:
        shorten = str if _has_no_link(record) else shorten_links
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": shorten(record.getMessage()),
        }
        for name, value in _get_fields(record).items():
            line.setdefault(name, shorten(value) if isinstance(value, str) else value)
        if record.exc_info:
            line["error"] = shorten_links(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class OnlyRaised(logging.Filter):
    """Passes what was raised. Answers of 500 and more that were meant have their line as requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


def _get_fields(record: logging.LogRecord) -> dict[str, object]:
    """Those that the line was given itself (`extra={"fields": …}`) come last."""
    return {**get_log_fields(), **getattr(record, "fields", {})}


def _has_no_link(record: logging.LogRecord) -> bool:
    """Whether its writer has seen to that: looking for links takes longer than all the rest."""
    return getattr(record, "has_no_link", False) and not record.exc_info
