"""Whether a recording's file can be read: a disk that is gone, or a store that is down, is the machine's trouble."""

from __future__ import annotations

from transcripts.errors import is_out_of_reach
from transcripts.models import Recording
from transcripts.services.store.store import get_store

OUT_OF_REACH = "out_of_reach"
"""What `error` of a recording or transcription says, one of the keys of `messages.MACHINE`."""
WAITS = "see FLASHWEB_DATA and FILES_URL. Work on its files waits."
"""What the log says of the file store then."""


def is_readable(recording: Recording) -> bool:
    """Reads the file through: what fails on a dying disk looks like a damaged file to whoever decodes it."""
    if not recording.size_bytes:  # It was not here yet.
        return True
    try:
        for _chunk in get_store().read(recording.original):
            pass
    except OSError as error:
        if is_out_of_reach(error):
            return False
        raise
    return True
