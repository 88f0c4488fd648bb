"""From a checked request to the body of its answer: decode, recognise channel by channel, word the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from transcripts.flashserver.protocol import INTERNAL, FlashError, FlashRequest

if TYPE_CHECKING:
    from transcripts.flashserver.recognizer import Recognizer


def recognise(
    request: FlashRequest, recognizer: Recognizer | None, *, allow_urls: bool, gone: Callable[[], bool]
) -> tuple[str, str, dict[str, object]]:
    """Status code, message and body. Raises `FlashError`."""
    raise FlashError(INTERNAL, "no recogniser")
