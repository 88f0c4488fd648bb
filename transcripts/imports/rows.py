"""What comes in: rows with times and texts, whatever file they stood in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import reduce

from transcripts.options import gettext_noop as _
from transcripts.text.joining import join

_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NAMED = re.compile(r"([^:：\n]{1,60})[:：](?:\s+|(?<=：))(?=\S)")
_TIMES_A_NAME_STANDS = 2


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


@dataclass(frozen=True, slots=True)
class Row:
    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""


def decoded(content: bytes) -> str:
    """The text of a file, whose encoding nobody told: Unicode by its mark, UTF-8, else what Chinese Windows writes."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def tidied(rows: Iterable[Row]) -> list[Row]:
    """In the order of time, each in one line with a space where its script wants one, none of them empty."""
    tidy = []
    for row in rows:
        lines = (
            _UNSTORABLE.sub("", line).strip().strip("\u200f\u202b\u202c").strip() for line in row.text.splitlines()
        )
        text = reduce(join, (line for line in lines if line), "")
        if text:
            start_ms = max(0, row.start_ms)
            speaker = " ".join(_UNSTORABLE.sub("", row.speaker).split())
            tidy.append(Row(start_ms, max(row.end_ms, start_ms + 1), text, speaker))
    return sorted(tidy, key=lambda row: row.start_ms)


def named(rows: list[Row], known: Collection[str] = ()) -> list[Row]:
    """With the names that stand before texts as speakers: those that are known, and those that come back."""
    found = [_NAMED.match(row.text) for row in rows]
    counts = Counter(one[1].strip() for one in found if one)
    speakers = {name for name, count in counts.items() if name in known or count >= _TIMES_A_NAME_STANDS}
    made, speaker = [], ""
    for row, one in zip(rows, found, strict=True):
        if one and one[1].strip() in speakers:
            speaker = one[1].strip()
            made.append(replace(row, text=row.text[one.end() :], speaker=speaker))
        else:
            made.append(row if row.speaker or not speaker else replace(row, speaker=speaker))
    return made
