"""The client of the flash API: one POST, one answer (`POST /api/v3/auc/bigmodel/recognize/flash`).

The audio goes out as base64 inside JSON, read from disk block by block. Nothing is retried here, since a
second call may be billed a second time.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import requests
import urllib3

from transcripts.flash.audio import AudioFile, AudioUrl
from transcripts.flash.body import Body, BodyError, Progress, make_audio_body
from transcripts.flash.codes import MAX_AUDIO_BYTES
from transcripts.flash.errors import ErrorKind, FlashError, RecognitionCancelled
from transcripts.flash.reply import Recognition, Reply, check_reply, read_reply
from transcripts.flash.transport import (
    ConnectionWatch,
    PatientAdapter,
    explain_failure,
    is_loopback,
    receive,
    skip_netrc,
)

if TYPE_CHECKING:
    from transcripts.flash.options import RecognitionOptions

DEFAULT_RESOURCE = "volc.bigasr.auc_turbo"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The key of the new console, or APP ID and access token of the old one; only the key if both are set."""

    api_key: str = field(default="", repr=False)
    app_key: str = field(default="", repr=False)
    access_key: str = field(default="", repr=False)

    def make_headers(self) -> dict[str, str]:
        """The one set to send. Raises `FlashError` for keys that no header can carry."""
        if self.api_key.strip():
            return _check_headers({"X-Api-Key": self.api_key}, ErrorKind.BAD_CREDENTIALS)
        pair = {"X-Api-App-Key": self.app_key, "X-Api-Access-Key": self.access_key}
        return _check_headers({name: key for name, key in pair.items() if key.strip()}, ErrorKind.BAD_CREDENTIALS)

    def redact_keys(self, text: str) -> str:
        """The text without the keys, should the service repeat them."""
        for key in (self.api_key.strip(), self.access_key.strip()):
            if len(key) >= 8:
                text = text.replace(key, "***")
        return text


class FlashClient:
    """Sends recordings to one address with one set of credentials. Threads may share it.

    An upload may stall for `stall_timeout_s`, an answer for `read_timeout_s`.
    """

    def __init__(
        self,
        *,
        url: str,
        credentials: Credentials,
        resource_id: str = DEFAULT_RESOURCE,
        connect_timeout_s: float = 10,
        stall_timeout_s: float = 60,
        read_timeout_s: float = 600,
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._resource_id = resource_id
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._stall_timeout_s = stall_timeout_s

    def recognise(
        self,
        audio: AudioFile | AudioUrl,
        options: RecognitionOptions,
        *,
        on_progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        request_id: str | None = None,
    ) -> Recognition:
        """`send` and `read_reply` in one. To keep the bytes whatever they are, call the two separately."""
        return read_reply(
            self.send(audio, options, on_progress=on_progress, cancelled=cancelled, request_id=request_id)
        )

    def send(
        self,
        audio: AudioFile | AudioUrl,
        options: RecognitionOptions,
        *,
        on_progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        request_id: str | None = None,
    ) -> Reply:
        """Send a recording and wait for the reply, whose code says success or silence; `read_reply` reads it.

        Raises `FlashError` for everything else, and whatever `on_progress` raises. `on_progress(sent, total)` counts
        bytes of audio; it cancels the call by raising. `cancelled` is asked twice a second, also while the answer is
        awaited; where it returns true the call ends with `RecognitionCancelled`.
        """
        request_id = request_id or str(uuid.uuid4())
        started = time.monotonic()
        try:
            headers = self._make_headers(request_id)
            with _open_body(audio, options, on_progress) as body:
                reply = self._exchange(headers, body, cancelled)
            check_reply(reply)
        except FlashError as error:
            if cancelled is not None and cancelled():
                raise RecognitionCancelled from None
            error.request_id = request_id
            error.message = self._credentials.redact_keys(error.message)
            log.info("request %s failed: %s, logid %s", request_id, error, error.logid or "-")
            raise
        if reply.failure is not None and cancelled is not None and cancelled():
            raise RecognitionCancelled
        seconds = time.monotonic() - started
        log.info("request %s code %s logid %s %.1f s", request_id, reply.code, reply.logid, seconds)
        message = self._credentials.redact_keys(reply.message)
        return replace(reply, message=message, request_id=request_id, seconds=seconds)

    def _make_headers(self, request_id: str) -> dict[str, str]:
        ours = {
            "Content-Type": "application/json",
            "X-Api-Resource-Id": self._resource_id,
            "X-Api-Request-Id": request_id,
            "X-Api-Sequence": "-1",
        }
        return _check_headers(ours, ErrorKind.INVALID_REQUEST) | self._credentials.make_headers()

    def _exchange(self, headers: dict[str, str], body: Body, cancelled: Callable[[], bool] | None) -> Reply:
        try:
            with ConnectionWatch(_watch_for(cancelled)) as watch, requests.Session() as session:
                session.trust_env = not is_loopback(self._url)
                session.headers.update({"User-Agent": "flashweb", "Accept-Encoding": "gzip, deflate"})
                session.mount("http://", PatientAdapter(self._stall_timeout_s, watch.add))
                session.mount("https://", PatientAdapter(self._stall_timeout_s, watch.add))
                with session.post(
                    self._url,
                    data=body,
                    headers=headers,
                    auth=skip_netrc,
                    timeout=self._timeout,
                    stream=True,
                    allow_redirects=False,
                ) as response:
                    return receive(response)
        except BodyError as interruption:
            failure = interruption.reason
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            failure = explain_failure(error, handed_over=body.handed_over)
        # Raised outside of the handlers: the library's exceptions hold the request with its keys.
        raise failure


def _watch_for(cancelled: Callable[[], bool] | None) -> Callable[[], Exception | None] | None:
    if cancelled is None:
        return None
    return lambda: RecognitionCancelled() if cancelled() else None


def _check_headers(values: dict[str, str], kind: ErrorKind) -> dict[str, str]:
    for name, value in values.items():
        if not re.fullmatch(r"[!-~]+", value.strip()):
            raise FlashError(kind, f"{name} is empty or contains characters that cannot be sent.")
    return {name: value.strip() for name, value in values.items()}


@contextmanager
def _open_body(
    audio: AudioFile | AudioUrl, options: RecognitionOptions, on_progress: Progress | None
) -> Iterator[Body]:
    parts = options.to_body()
    whole: dict[str, Any] = {
        "user": {"uid": "flashweb"},
        "request": parts["request"],
        "audio": {**parts["audio"], **audio.make_fields()},
    }
    if isinstance(audio, AudioUrl):
        content = json.dumps(whole).encode()
        yield Body(iter([content]), len(content))
        return
    # The data comes last, so that everything else comes before it.
    whole["audio"]["data"] = ""
    content = json.dumps(whole).encode()
    tail = b'"}}'
    try:
        file = audio.path.open("rb")
    except OSError:
        raise FlashError(ErrorKind.INVALID_REQUEST, "The audio file cannot be read.") from None
    with file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise FlashError(ErrorKind.EMPTY_AUDIO, "The audio file is empty.")
        if size > MAX_AUDIO_BYTES:
            raise FlashError(ErrorKind.TOO_LARGE, "The audio file is larger than 100 MB.")
        yield make_audio_body(content.removesuffix(tail), file, size, tail, on_progress)
