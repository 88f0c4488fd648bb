"""What access and services raise. Nothing here knows HTTP: `middleware.ErrorAnswers` turns errors into answers."""

from __future__ import annotations

import errno


class NotFound(Exception):
    """It does not exist, or the person may not know that it does."""


class Gone(NotFound):
    """Somebody has just deleted it."""


class NotAllowed(Exception):
    """The person may see it but not do this with it."""


class NotRecording(Exception):
    """The file can't become a recording; `reason` is an `audio.results.Reason` or one of `messages.BUNDLES`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotKept(Exception):
    """The files of an import that waits for choices are no longer there, or are somebody else's."""


class AlreadyImported(Exception):
    """The files of an import that waited for choices are a transcript already."""


class WrongDataFolder(Exception):
    """The database and the data folder belong to different installations."""


class WrongSecretKey(Exception):
    """The database was set up with another SECRET_KEY."""


class InUse(Exception):
    """Another process uses the data folder, or restores a backup into it."""


class NoRoom(Exception):
    """There is not enough space on the disk for the file."""


class StoreUnavailable(OSError):
    """The store of files does not answer as it should. Trying again later may help; nothing of what it had is lost."""


class OnHold(Exception):
    """A legal hold keeps it from being deleted or moved."""


class OverQuota(Exception):
    """A quota, one of the keys of `messages.QUOTAS`, does not allow it."""

    def __init__(self, quota: str) -> None:
        super().__init__(quota)
        self.quota = quota


def is_disk_full(error: BaseException | None) -> bool:
    """Whether that is why it failed: a file's error, or a database's that could not write one."""
    while error is not None:
        if isinstance(error, NoRoom) or getattr(error, "errno", None) in _FULL:
            return True
        if "disk is full" in str(error) or getattr(error, "sqlstate", None) == "53100":  # SQLite; PostgreSQL
            return True
        error = error.__cause__
    return False


_FULL = {errno.ENOSPC, errno.EDQUOT}


def is_out_of_reach(error: BaseException | None) -> bool:
    """Whether a file could not be read because its disk or its store is gone, or answers with errors."""
    return isinstance(error, StoreUnavailable) or getattr(error, "errno", None) in _OUT_OF_REACH


_OUT_OF_REACH = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EIO, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENODEV, errno.ENXIO),
    *(errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN),
}


class WrongOffset(Exception):
    """The chunk does not start where the file ends, which is at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__("wrong offset")
        self.offset = offset


class AlreadyRunning(Exception):
    """The recording is being recognised already; only one recognition of it runs at a time."""


class NotFetched(Exception):
    """The recording can't be fetched from its address; `reason` is one of the keys of `messages.FETCHING`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EditConflict(Exception):
    """Somebody else has changed the same words: their text is `theirs`, at `version`; `mine` was not stored.

    `base` is the text that both changed. `draft` is the merged text, with both versions where they collide, and `first`
    the span of the first such place, in code points; "" where that is not known. `row` is the row's id, if it is a row.
    `change` is the version of the change that can't be undone, if it is about one.
    """

    change = 0
    is_of_text = False

    def __init__(
        self,
        *,
        theirs: str,
        mine: str,
        version: int,
        row: int | None = None,
        base: str = "",
        draft: str = "",
        first: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__("edit conflict")
        self.theirs = theirs
        self.mine = mine
        self.version = version
        self.row = row
        self.base = base
        self.draft = draft
        self.first = first


class TextConflict(EditConflict):
    """The person's new text of the row collides with somebody else's; they choose which one to keep."""

    is_of_text = True


class NotPossible(Exception):
    """What is stored doesn't allow it; `what` is one of the keys of `messages.IMPOSSIBLE`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class SecretUnreadable(Exception):
    """A secret of two-step verification was encrypted with another SECRET_KEY."""


class InvitationOver(Exception):
    """The link is invalid, revoked, expired or used up."""


class NotShareable(Exception):
    """A personal project has one member and exists as long as its owner does."""


class LastOwner(Exception):
    """A project has at least one owner: the last one can't leave or be given another role."""


class NotEmpty(Exception):
    """The project still has recordings."""


class Claimed(Exception):
    """Somebody else, `name`, is working on the assignment."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NothingToUndo(Exception):
    """The person has no change left to undo."""


class Superseded(Exception):
    """The work was cancelled or taken over by another worker; this worker's result is dropped."""
