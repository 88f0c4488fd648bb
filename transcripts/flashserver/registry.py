"""The recognisers by name, as `manage.py flashserver --recognizer` takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transcripts.flashserver.recognizer import Recognizer

RECOGNIZERS = ("whisper", "none")


def make_recognizer(name: str) -> Recognizer | None:
    """`none` checks requests and follows the script only. Models are loaded at the first recognition."""
    return None
