"""What can go wrong with a recognition: the kinds of failure, and how codes, HTTP statuses and messages map."""

from __future__ import annotations

import re
from enum import StrEnum

from transcripts.flash import codes


class ErrorKind(StrEnum):
    BAD_CREDENTIALS = "bad_credentials"
    NOT_GRANTED = "not_granted"
    INVALID_REQUEST = "invalid_request"
    EMPTY_AUDIO = "empty_audio"
    BAD_FORMAT = "bad_format"
    TOO_LARGE = "too_large"
    BAD_URL = "bad_url"
    QUOTA = "quota"
    # A quota that does not renew itself: a trial, a package, the balance.
    SPENT = "spent"
    CONCURRENCY = "concurrency"
    BUSY = "busy"
    INTERNAL = "internal"
    # No connection, or one that broke before the whole request was sent: nothing can have been billed.
    REFUSED = "refused"
    # The request was sent whole and no whole answer came: it may have been billed.
    UNCLEAR = "unclear"
    MALFORMED = "malformed"
    # A success, which was billed, whose answer can't be read. Told by those who have kept its bytes.
    ANSWER_KEPT = "answer_kept"
    UNKNOWN = "unknown"


RETRYABLE = frozenset({ErrorKind.BUSY, ErrorKind.INTERNAL, ErrorKind.CONCURRENCY, ErrorKind.REFUSED})

# What the service's words mean under codes that stand for several things.
_WORDS = (
    (r"lifetime|trial|exhaust|used up|insufficient balance|arrears|overdue|欠费|余额不足|用完|耗尽", ErrorKind.SPENT),
    (r"concurren|\bqps\b|rate limit|too many requests|并发|限流", ErrorKind.CONCURRENCY),
    (r"quota|配额|限额", ErrorKind.QUOTA),
    (r"empty audio|空音频", ErrorKind.EMPTY_AUDIO),
    (r"audio download failed|invalid audio uri", ErrorKind.BAD_URL),
    (r"size too large|too large", ErrorKind.TOO_LARGE),
    (r"server busy|overload|繁忙", ErrorKind.BUSY),
)
_CATCH_ALL_CODES = frozenset({"", codes.BAD_BODY, codes.QUOTA, codes.QUOTA_OF_WINDOW})
_CODES = {
    codes.BAD_BODY: ErrorKind.INVALID_REQUEST,
    codes.BAD_PARAMETER: ErrorKind.INVALID_REQUEST,
    codes.EMPTY_AUDIO: ErrorKind.EMPTY_AUDIO,
    codes.BAD_URL: ErrorKind.BAD_URL,
    codes.DOWNLOAD_FAILED: ErrorKind.BAD_URL,
    codes.NOT_AUTHENTICATED: ErrorKind.BAD_CREDENTIALS,
    codes.NOT_GRANTED: ErrorKind.NOT_GRANTED,
    codes.QUOTA_OF_WINDOW: ErrorKind.QUOTA,
    codes.TOO_LARGE: ErrorKind.TOO_LARGE,
    codes.BAD_FORMAT: ErrorKind.BAD_FORMAT,
    codes.QUOTA: ErrorKind.CONCURRENCY,
    codes.BUSY: ErrorKind.BUSY,
}
# Statuses that mean the same from a proxy as from the service.
_STATUSES = {413: ErrorKind.TOO_LARGE, 429: ErrorKind.BUSY, 503: ErrorKind.BUSY}
# Statuses that mean this only if the answer has the shape of the service's errors.
_API_STATUSES = {
    400: ErrorKind.INVALID_REQUEST,
    401: ErrorKind.BAD_CREDENTIALS,
    403: ErrorKind.NOT_GRANTED,
}


class RecognitionCancelled(Exception):
    """`cancelled` returned true during the call."""


class FlashError(Exception):
    """A recognition that failed. The only exception that leaves this package besides `OptionError`.

    `code`, `message` and `logid` are the service's own where it answered; never a key or audio.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str = "",
        *,
        code: str = "",
        logid: str = "",
        request_id: str = "",
        http_status: int | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = message
        self.code = code
        self.logid = logid
        self.request_id = request_id
        self.http_status = http_status

    def __str__(self) -> str:
        words = " ".join(part for part in (self.code, self.message) if part)
        return f"{self.kind}: {words}" if words else str(self.kind)

    @property
    def retryable(self) -> bool:
        """Whether another try may succeed and can't be billed twice. UNCLEAR is left to the caller."""
        return self.kind in RETRYABLE


def classify_failure(*, code: str, message: str, http_status: int) -> ErrorKind:
    """The kind of failure behind an answer without success.

    `code` is empty if none was given, `message` if the answer had none in a shape of the service.
    """
    words = message.lower()
    known = code in _CODES and code not in _CATCH_ALL_CODES
    meant = None if known else next((kind for pattern, kind in _WORDS if re.search(pattern, words)), None)
    if meant is not None and not code.startswith("2"):
        return meant
    if code in _CODES:
        return _CODES[code]
    if code.startswith("2"):  # a success without success's header, or "processing", which flash never says
        return ErrorKind.MALFORMED
    if code.startswith("55"):
        return ErrorKind.INTERNAL
    if http_status in _STATUSES:
        return _STATUSES[http_status]
    if http_status >= 500:
        return ErrorKind.INTERNAL
    if not code and not message:
        return ErrorKind.MALFORMED
    # `{"error": "resourceId ... is not allowed"}` comes with 400.
    if "resource" in words and ("not allowed" in words or "not granted" in words):
        return ErrorKind.NOT_GRANTED
    return _API_STATUSES.get(http_status, ErrorKind.UNKNOWN)
