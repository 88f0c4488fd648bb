"""What services raise. Views turn these into answers; nothing here knows of HTTP."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404


class NotAllowed(PermissionDenied):
    """The person may see this but not do that. (Django answers 403 to what is PermissionDenied.)"""


class Gone(Http404):
    """Somebody has deleted it a moment ago. (Django answers 404 to what is Http404.)"""


class NotRecording(Exception):
    """The file can't become a recording; `reason` is an `audio.results.Reason` or one of `sentences.BUNDLES`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoRoom(Exception):
    """The disk has no room for the file."""


class WrongOffset(Exception):
    """The piece does not belong where the file ends; `offset` is where it does."""

    def __init__(self, offset: int) -> None:
        super().__init__("wrong offset")
        self.offset = offset


class AlreadyRunning(Exception):
    """The recording is being recognised at this moment; there is one recognition of it at a time."""


class NotFetched(Exception):
    """The recording can't be fetched from its address; `reason` is one of the keys of `sentences.FETCHING`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EditConflict(Exception):
    """Somebody changed the same words meanwhile: `theirs` stands at `version`, `mine` was not stored.

    `base` is what both were written over, `draft` what could be merged with both texts where they collide, `first` the
    span of the first such place in it, in code points; "" where that is not known. `row` is the row's id, if it is one.
    `change` is the version of the change that can't be taken back, where it is about one.
    """

    change = 0

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


class NotPossible(Exception):
    """The rows don't allow it; `what` is one of the keys of `sentences.IMPOSSIBLE`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class InvitationOver(Exception):
    """The link is wrong, revoked, expired or used up."""


class NotShareable(Exception):
    """A personal project has one member, and is there as long as its owner is."""


class LastOwner(Exception):
    """A project has at least one owner: its last one can't go and can't become less."""


class NotEmpty(Exception):
    """There are recordings in the project."""


class Claimed(Exception):
    """Somebody else works on the piece: `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NothingToUndo(Exception):
    """The person has no change left that could be taken back."""


class Superseded(Exception):
    """The work was cancelled, or another worker took it over: what this one has is dropped."""
