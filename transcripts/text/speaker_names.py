"""Names of speakers that name nobody: what programs and people call a voice whose name they do not know."""

from __future__ import annotations

import re
import unicodedata

_ANYBODY = re.compile(
    r"(?:(?:unknown |unidentified )?"
    r"(?:speaker|spkr?|voice|person|channel|participant|interviewe[er]|male|female|unknown)"
    r"|(?:未知)?(?:说话人|說話人|发言人|發言人|讲话人|講話人|声音|聲音|声道|聲道|参与者|參與者)"
    r"|(?:未知)?(?:受访者|受訪者|采访者|採訪者|男声|女声|男|女)|未知)"
    r"[\s_.:#-]*(?:[\d-]{0,5}|[a-z]|[一二三四五六七八九十]|甲|乙|丙|丁)"
)


def names_nobody(name: str) -> bool:
    """Whether it is empty, or a name such as "Speaker 1", "SPEAKER_00", 说话人2 or "Female"."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return not plain or plain.isdecimal() or _ANYBODY.fullmatch(plain) is not None
