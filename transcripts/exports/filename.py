"""Names for downloads."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

_MAX_STEM_BYTES = 180  # file systems end at 255, and browsers add "(1)"
_FORBIDDEN = frozenset('<>:"/\\|?*%')  # on some system or other; a percent sign confuses old browsers


def make_content_disposition(title: str, extension: str) -> str:
    """The header's value for a download, by RFC 6266: the whole name in UTF-8, and an ASCII one for old clients."""
    stem = make_file_stem(title) or "transcript"
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = make_file_stem(plain) if any(char.isalnum() for char in plain) else "transcript"
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(f'{stem}.{extension}', safe='')}"


def make_file_stem(title: str) -> str:
    """`title` as a file name without extension on any system; empty if nothing of it can be kept."""
    kept = "".join(" " if char in _FORBIDDEN or char.isspace() else char for char in title if not _is_hidden(char))
    stem = " ".join(kept.split()).strip(". ")
    return stem.encode()[:_MAX_STEM_BYTES].decode(errors="ignore").rstrip(". ")


def _is_hidden(char: str) -> bool:
    """Control characters, lone surrogates, and marks that reverse a name; the joiners of scripts and emoji stay."""
    return not char.isspace() and unicodedata.category(char) in ("Cc", "Cs", "Cf") and char not in "\u200c\u200d"
