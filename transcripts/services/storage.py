"""Free space on the disk that holds the data folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from transcripts.errors import NoRoom, is_disk_full

if TYPE_CHECKING:
    from pathlib import Path

KEPT_FREE_BYTES = 256 * 1024 * 1024
"""What uploads must leave free: recognition needs space too."""


def check_free_space(folder: Path | str, wanted_bytes: int) -> None:
    """Raises NoRoom if the disk of `folder` can't take so many bytes and keep `KEPT_FREE_BYTES` free."""
    if shutil.disk_usage(folder).free < wanted_bytes + KEPT_FREE_BYTES:
        raise NoRoom


@contextmanager
def tell_full_disk() -> Iterator[None]:
    """Raises NoRoom where the work within finds the disk full."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise NoRoom from error
        raise
