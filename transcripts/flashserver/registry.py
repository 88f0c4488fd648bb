"""The recognizers by name, as `manage.py flashserver --recognizer` takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from transcripts.flashserver.whisper import Whisper

if TYPE_CHECKING:
    from transcripts.flashserver.recognizer import Recognizer

RECOGNIZERS = ("whisper", "none")


def make_recognizer(name: str, *, cache: Path, folder: Path | None = None) -> Recognizer | None:
    """The named recognizer; its model is loaded at the first recognition.

    `cache` takes the joined embedded model, `folder` names another model to use instead. `none` only checks
    requests and follows the script.
    """
    return Whisper(cache=cache, folder=folder) if name == "whisper" else None
