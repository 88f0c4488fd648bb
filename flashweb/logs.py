"""Log lines without the tokens of links: whoever reads a log can open none of them."""

from __future__ import annotations

import logging
import re

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


def shorten_links(text: str) -> str:
    """The text with "…" for each token in it."""
    return _SECRET.sub(lambda found: f"{found['address'] or found['query'] or ''}…", text)


class LinkFormatter(logging.Formatter):
    """Shortens links in the whole of a record, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return shorten_links(super().format(record))
