"""Which language's caption rules suit a transcript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from transcripts.text.tokens import is_han, is_hangul

_ENOUGH = 20_000  # characters that show the language of any text
_LATIN_LETTERS = 4.0  # of these say about as much as one Han character


def guess_preset(texts: Iterable[str], language: str = "") -> str:
    """The name of a preset, by the scripts that the texts are written in.

    Kana tells Japanese from Chinese, which are otherwise told apart by `language`, the option of the recognition
    (`ja-JP`); it also decides where the texts are too short to say anything.
    """
    counts: Counter[str] = Counter()
    seen = 0
    for text in texts:
        counts.update(map(_classify_character, text))
        seen += len(text)
        if seen > _ENOUGH:
            break
    asked = language[:2].lower().replace("yu", "zh")
    han, kana, hangul = counts["han"], counts["kana"], counts["hangul"]
    other = counts["letter"] / _LATIN_LETTERS
    if not han + kana + hangul + other:
        return asked if asked in ("zh", "ja", "ko") else "en"
    if hangul >= max(han + kana, other):
        return "ko"
    if han + kana < other:
        return "en"
    return "ja" if kana > (han + kana) / 10 or (asked == "ja" and not kana) else "zh"


def _classify_character(char: str) -> str:
    if char < "\u0370":
        return "letter" if char.isalpha() else ""
    if is_han(char):
        return "han"
    if "\u3041" <= char <= "\u30ff" or "\uff66" <= char <= "\uff9d":
        return "kana"
    if is_hangul(char):
        return "hangul"
    return "letter" if char.isalpha() else ""
