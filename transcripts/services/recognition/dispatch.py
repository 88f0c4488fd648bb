"""Sending a request to whoever answers soonest, in the form that arrives soonest. Nothing here uses the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from django.conf import settings

from transcripts.audio.results import NotAudio
from transcripts.audio.sandbox import WorkCancelled
from transcripts.flash.audio import AudioFile
from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.services.recognition.api_requests import ApiRequest, make_client

if TYPE_CHECKING:
    from transcripts.flash.body import Progress
    from transcripts.flash.client import FlashClient
    from transcripts.flash.options import RecognitionOptions
    from transcripts.flash.reply import Reply

log = logging.getLogger(__name__)

COPY_AFTER_S = 0.5  # On a line so fast that the original is gone by then, a copy gains nothing.
_DIED = (ErrorKind.REFUSED, ErrorKind.UNCLEAR)
_IS_FULL = (ErrorKind.BUSY, ErrorKind.CONCURRENCY)


def send_request(
    request: ApiRequest,
    options: RecognitionOptions,
    *,
    url: str = "",
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Reply:
    """`FlashClient.send`, to `url` or as the settings say.

    Of several flash servers the least busy is asked. Where it dies, or is full after all, the next one is, each of
    them once: an answer that did not arrive is none that was paid for. `on_progress` never goes back.
    """
    send = partial(
        _send, request=request, options=options, on_progress=_Furthest(on_progress), cancelled=cancelled or _never
    )
    if url or not settings.MORE_FLASHSERVER_URLS:
        return send(make_client(url))
    from transcripts.services.recognition.flash_servers import get_flash_servers

    servers = get_flash_servers((settings.FLASH_API_URL, *settings.MORE_FLASHSERVER_URLS))
    asked: set[str] = set()
    failure = FlashError(ErrorKind.REFUSED, "No flash server answers.")
    while chosen := servers.choose(without=asked):
        try:
            return send(make_client(chosen))
        except FlashError as error:
            if error.kind in _DIED:
                servers.leave_out(chosen)
            elif error.kind not in _IS_FULL:
                raise
            log.info("Request %s to %s failed (%s); another server is asked.", error.request_id, chosen, error.kind)
            asked.add(chosen)
            failure = error
        finally:
            servers.give_back(chosen)
    raise failure


def _never() -> bool:
    return False


class _Furthest:
    """Reports the furthest that the sending ever got, whatever is sent again."""

    def __init__(self, on_progress: Progress | None) -> None:
        self._on_progress = on_progress
        self._furthest = 0

    def __call__(self, sent: int, total: int) -> None:
        self._furthest = max(self._furthest, sent)
        if self._on_progress is not None:
            self._on_progress(self._furthest, total)


def _send(
    client: FlashClient,
    *,
    request: ApiRequest,
    options: RecognitionOptions,
    on_progress: Progress,
    cancelled: Callable[[], bool],
) -> Reply:
    """Sends the original. If that takes long, a small copy is made meanwhile, and sent instead once it is quicker."""
    audio = request.audio
    if request.make_copy is None or not isinstance(audio, AudioFile):
        return client.send(audio, options, on_progress=on_progress, cancelled=cancelled)
    with _CopyInTheMaking(request.make_copy, on_progress, cancelled) as making:
        try:
            return client.send(audio, options, on_progress=making.report, cancelled=cancelled)
        except _CopyIsQuicker as quicker:
            copy, done, total = quicker.copy, quicker.sent, quicker.total

    def report(sent: int, size: int) -> None:
        on_progress(done + (total - done) * sent // size, total)

    return client.send(copy, options, on_progress=report, cancelled=cancelled)


class _CopyIsQuicker(Exception):
    """More of the original is still to be sent than the whole copy has. Ends its sending."""

    def __init__(self, copy: AudioFile, sent: int, total: int) -> None:
        self.copy, self.sent, self.total = copy, sent, total


class _CopyInTheMaking:
    """Makes the copy while the original is being sent, unless that is over soon."""

    def __init__(
        self, make_copy: Callable[[Callable[[], bool]], AudioFile], on_progress: Progress, cancelled: Callable[[], bool]
    ) -> None:
        self._make_copy = make_copy
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._over = threading.Event()
        self._copy: AudioFile | None = None
        self._thread = threading.Thread(target=self._run, name="copy-for-sending", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def report(self, sent: int, total: int) -> None:
        """The progress of the original. Raises `_CopyIsQuicker`."""
        if sent == total:
            self._over.set()
        elif self._copy is not None and self._copy.path.stat().st_size < total - sent:
            raise _CopyIsQuicker(self._copy, sent, total)
        self._on_progress(sent, total)

    def _run(self) -> None:
        if not self._over.wait(COPY_AFTER_S):
            with suppress(NotAudio, OSError, WorkCancelled):  # Then the original goes on.
                self._copy = self._make_copy(lambda: self._over.is_set() or self._cancelled())
