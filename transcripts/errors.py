"""What access and services raise. Nothing here knows HTTP: `middleware.ErrorAnswers` turns errors into answers."""

from __future__ import annotations


class NotFound(Exception):
    """There is no such thing, or the person may not know of it."""


class Gone(NotFound):
    """Somebody has deleted it a moment ago."""


class NotAllowed(Exception):
    """The person may see this but not do that."""


class NotRecording(Exception):
    """The file can't become a recording; `reason` is an `audio.results.Reason` or one of `messages.BUNDLES`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoRoom(Exception):
    """The disk has no room for the file."""


class WrongOffset(Exception):
    """The chunk does not belong where the file ends; `offset` is where it does."""

    def __init__(self, offset: int) -> None:
        super().__init__("wrong offset")
        self.offset = offset


class AlreadyRunning(Exception):
    """The recording is being recognised at this moment; there is one recognition of it at a time."""


class NotFetched(Exception):
    """The recording can't be fetched from its address; `reason` is one of the keys of `messages.FETCHING`."""

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
    """The person's new text of the row collides with somebody else's: they choose which one shall stand."""

    is_of_text = True


class NotPossible(Exception):
    """The rows don't allow it; `what` is one of the keys of `messages.IMPOSSIBLE`."""

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
    """Somebody else works on the assignment: `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NothingToUndo(Exception):
    """The person has no change left that could be taken back."""


class Superseded(Exception):
    """The work was cancelled, or another worker took it over: what this one has is dropped."""
