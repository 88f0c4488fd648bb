"""What comes out of a file of another program: what was read of it, what was not, and what was assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from transcripts.options import gettext_noop as _
from transcripts.text.tokens import Word

MOST_ROWS = 100_000  # of a transcript
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# Marks of direction mean something inside a text; at its edges they are what was left over by cutting.
_LONGEST_LEFT = 2000
_STRAY_MARKS = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"


class NotReadable(Exception):
    """A file that no transcript can be made of; its argument is a sentence in English, marked to translate."""

    EMPTY = _("No text was found in the file.")
    UNKNOWN = _("This kind of file cannot be read. Use JSON, SRT, VTT, ASS, TTML, LRC, EAF, TextGrid, DOCX or TXT.")
    BROKEN = _("The content of the file does not match its name, or the file is damaged.")
    UNTIMED = _(
        "The file has no times. Recognise the recording first, then import the text there; it will be given times."
    )
    OTHER = _("The text does not match what is said in this recording.")
    LARGE = _("The file is too large for a transcript.")
    JSON = _(
        "JSON of this kind can't be read. Take an answer of the service, an export of Flashweb, or Whisper's output."
    )
    ENCODING = _("There is no such text encoding.")
    LIMITS = _("Reading the file takes too much time or memory.")
    BUSY = _("The file can't be read just now. Try again in a moment.")


class Why(StrEnum):
    """Why a text was not read, as a sentence in English, marked to translate."""

    NO_TIME = _("It has no time.")
    BAD_TIME = _("Its time can't be read.")
    DAMAGED = _("It looks like a time, but can't be read.")
    LATE = _("Its time is beyond the longest possible recording.")
    SURPLUS = _("Its line repeats more often than a song would.")
    POINT = _("It marks a point in time, not a stretch.")
    DEPENDENT = _("It belongs to another annotation and is not what was said.")
    COLUMN = _("Its column is neither time, speaker nor text.")
    NOTE = _("It is a note or comment.")
    HIDDEN = _("It is hidden in Word.")
    DRAWING = _("It is a drawing.")
    TITLE = _("It is a title or heading.")
    SETTINGS = _("It describes the file or its looks.")
    UNEXPECTED = _("It stands where no text is expected.")


# What is shown on the import page with a field for its time; of the rest people are only told.
MAY_BE_SPEECH = frozenset(
    {
        Why.NO_TIME,
        Why.BAD_TIME,
        Why.LATE,
        Why.SURPLUS,
        Why.POINT,
        Why.COLUMN,
        Why.UNEXPECTED,
    }
)


class PlaceKind(StrEnum):
    """Where in a file something stands, as a template in English, marked to translate."""

    LINE = _("line %(number)s")
    PARAGRAPH = _("paragraph %(number)s")
    TABLE_ROW = _("row %(number)s of a table")
    TIER = _("tier %(name)s")
    FIELD = _("field %(name)s")
    TIME = _("at %(name)s")
    FOOTNOTES = _("footnotes")
    HEADERS = _("headers and footers")
    COMMENTS = _("comments")


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A place in a file: a template, and what is put into it."""

    where: PlaceKind
    number: int = 0
    name: str = ""

    def __str__(self) -> str:
        return self.where % {"number": self.number, "name": self.name}


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row as it stood in the file; `words` only where the file has times for them."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    channel: str = ""
    words: tuple[Word, ...] = ()
    additions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpokenRow:
    """A row of a transcript that is there; `words` has one for each token of its text."""

    start_ms: int
    end_ms: int
    speaker: str
    words: Sequence[Word]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How a file is to be read where it does not say so itself."""

    encoding: str | None = None
    """One of Python's names; None to find out."""
    shift_ms: int = 0
    """Added to all times."""
    merge_captions: bool = True
    """Whether captions that repeat lines of the one before give each line once."""
    names_in_text: bool | None = None
    """Whether what stands before a colon names a speaker; None to decide by what the file shows."""
    carry_names: bool = False
    """Whether a name holds for the rows after it that have none."""
    known: tuple[str, ...] = ()
    """Speakers whose names may stand before texts."""
    duration_ms: int | None = None
    """Of the sound, where there is one."""
    spoken: tuple[SpokenRow, ...] = ()
    """What a text without times is laid beside: a transcript of the same recording, in the order of time."""


@dataclass(frozen=True, slots=True)
class NotRead:
    """Words that are in no row, and why; `near_ms` is the end of what was read before them, if anything was."""

    place: FilePlace
    text: str
    reason: Why
    near_ms: int | None = None

    @property
    def may_be_speech(self) -> bool:
        return self.reason in MAY_BE_SPEECH


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    name: str
    preview: str
    """How the first lines that tell encodings apart look in this one."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a file did not say and was taken for granted; each can be chosen otherwise by an option of `read`."""

    kind: str = ""
    """The format by the name of its usual ending."""
    encoding: str = ""
    """Empty where the format itself says it, as Word does."""
    encoding_sure: bool = True
    encoding_choices: tuple[EncodingChoice, ...] = ()
    timed: bool = True
    """False where the file has no times at all, and those of the rows are shared out by length."""
    shift_ms: int = 0
    """What was added to all times."""
    proposed_shift_ms: int = 0
    """What to add so that rows beyond the end of the sound come to lie in it."""
    merged_captions: int = 0
    """Captions that only repeat lines of the one before, or of another layer."""
    estimated_times: int = 0
    """Rows of which the file tells a start or an end only by its neighbours."""
    lengthened_rows: int = 0
    """Rows whose end was not after their start."""
    cut_rows: int = 0
    """Rows that were too long to be edited and became several."""
    names_in_text: tuple[str, ...] = ()
    """Speakers whose names stood before texts."""
    kept_names: tuple[str, ...] = ()
    """What stands before a colon and might be a name, but was left in the text."""


@dataclass(frozen=True, slots=True)
class Reading:
    rows: tuple[ImportedRow, ...]
    not_read: tuple[NotRead, ...]
    assumed: Assumed
    raw: bytes | None = None
    """The answer of the service that the file holds, in JSON: the longest ones take much memory as objects."""


@dataclass(slots=True)
class Extract:
    """What a format's own reader found; `read` makes a `Reading` of it."""

    rows: list[ImportedRow] = field(default_factory=list)
    not_read: list[NotRead] = field(default_factory=list)
    timed: bool = True
    names_in_text: bool = False
    """Whether names may stand before the texts, for want of another place."""
    turns: set[int] = field(default_factory=set)
    """The numbers of rows that go on with the turn of the row before, and so with its speaker."""
    shift_ms: int = 0
    merged_captions: int = 0
    estimated_times: int = 0
    raw: bytes | None = None

    def leave(self, place: FilePlace, text: str, reason: Why, speaker: str = "") -> None:
        """Keep a text that makes no row, and who says it; one without a letter or digit needs no telling."""
        text = clean_lines(f"{speaker}: {text}" if speaker else text)
        if not any(char.isalnum() for char in text):
            return
        near_ms = self.rows[-1].end_ms if self.rows else None
        last = self.not_read[-1] if self.not_read else None
        if last and last.reason == reason and _follows(last, place):
            text = f"{last.text}\n{text}"
            self.not_read[-1] = NotRead(last.place, text, reason, last.near_ms)
            return
        self.not_read.append(NotRead(place, text, reason, near_ms))


def _follows(last: NotRead, place: FilePlace) -> bool:
    """Whether both are one text: of lines that follow each other, or in one place but for a file of one line.

    A long text is not added to.
    """
    if len(last.text) > _LONGEST_LEFT:
        return False
    if place.where != PlaceKind.LINE or last.place.where != PlaceKind.LINE:
        return place == last.place
    distance = place.number - last.place.number
    return distance == last.text.count("\n") + 1 or (distance == 0 and not last.may_be_speech)


def clean_lines(text: str) -> str:
    """Without blank lines, control characters, and marks of direction that begin or end a line."""
    lines = (_UNSTORABLE.sub("", line).strip().strip(_STRAY_MARKS).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def clean_line(text: str) -> str:
    return " ".join(clean_lines(text).split())
