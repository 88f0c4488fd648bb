"""Keeps the data folder to its owner; a group may read what a web server in front serves by itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SERVED = ("media", "static")
"""The folders inside that the group may read."""
OWN_FOLDERS = ("answers", "uploads")
OWN_FILES = ("flashweb.sqlite3", "queue.sqlite3")
"""What would be made with the permissions of the process, and so for the group too, if it were not there already."""


def keep_private(data: Path, group: int | None) -> None:
    """Sets the umask of the process and makes the folder; one that others may enter is tightened with all in it.

    With `group` (a number), the group may list the folder and read `SERVED`: files 0640 in folders 0750, which give
    their group to what is made in them. All else is the owner's alone, 0600 and 0700. Raises ImproperlyConfigured if
    this user may not give files to the group. Another user's folder is left as it is, and what is made in it is ours.
    """
    os.umask(0o077 if group is None else 0o027)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if group is not None:
        for name in OWN_FOLDERS:
            (data / name).mkdir(mode=0o700, exist_ok=True)
        for name in OWN_FILES:
            (data / name).touch(mode=0o600)
    for name in SERVED:
        (data / name).mkdir(exist_ok=True)
    if data.stat().st_uid != os.geteuid() or _is_private(data, group):
        return
    for path, is_served in _walk(data, SERVED if group is not None else ()):
        with suppress(FileNotFoundError):  # Another process is at work.
            _restrict(path, group if is_served else None)
    _restrict(data, group)  # Last: it says that all in it is done.


def _is_private(data: Path, group: int | None) -> bool:
    there = data.stat()
    return stat.S_IMODE(there.st_mode) == _mode(data, group) and group in {None, there.st_gid}


def _walk(data: Path, served: Collection[str]) -> Iterator[tuple[Path, bool]]:
    """Everything in the folder, with whether it is in one of the served ones."""
    for folder, folders, files in os.walk(data):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path, path.relative_to(data).parts[0] in served


def _restrict(path: Path, group: int | None) -> None:
    if group is not None:
        try:
            os.chown(path, -1, group)
        except PermissionError:
            raise ImproperlyConfigured("DATA_GROUP is wrong: this user is not in that group.") from None
    path.chmod(_mode(path, group))


def _mode(path: Path, group: int | None) -> int:
    if path.is_dir():
        return 0o700 if group is None else 0o2750
    return 0o600 if group is None else 0o640
