"""Whether two names look alike to people."""

from __future__ import annotations

import unicodedata

_UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing
_ACCENTS = range(0x300, 0x370)
# Letters of other alphabets, and digits, that look like a Latin letter; capitals first, as they look like another one.
_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧВНРСУХ", "abezhikmnoptyxbhpcyx")
_LETTERS = str.maketrans(
    "авсекһніјморѕтухԁԛԝӏյոսօıɡɑαβεγικνορτυχ01!|i",
    "abcekhhijmopstyxdqwljnsoigaabeyikvoptuxollll",
)


def make_skeleton(name: str) -> str:
    """What is left of the name without spaces, accents, invisible characters, case, width and foreign look-alikes.

    Two names with the same skeleton are easily taken for each other. "" where nothing of it shows.
    """
    plain = unicodedata.normalize("NFKD", name)
    seen = (char for char in plain if unicodedata.category(char)[0] not in "CZ" and char not in _UNSEEN)
    bare = "".join(char for char in seen if ord(char) not in _ACCENTS and not _varies(char))
    folded = bare.translate(_CAPITALS).casefold().translate(_LETTERS).translate(_LETTERS)
    return unicodedata.normalize("NFC", folded.replace("rn", "m").replace("vv", "w"))


def _varies(char: str) -> bool:
    """Whether it only chooses how the character before it is drawn."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
