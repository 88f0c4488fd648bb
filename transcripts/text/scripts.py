"""The script a text is written in, as a language tag: what browsers choose glyphs, breaks and voices by."""

from __future__ import annotations

import re
from functools import lru_cache

from transcripts.text.tokens import count_han

# Kana make Japanese of the ideographs around them.
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff]")
_ALPHABETS = {
    "ar": re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]+"),
    "he": re.compile(r"[\u0590-\u05ff\ufb1d-\ufb4f]+"),
    "ru": re.compile(r"[\u0400-\u052f]+"),
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]+"),
    "hi": re.compile(r"[\u0900-\u097f]+"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "en": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+"),
}


@lru_cache(maxsize=4096)
def get_language_tag(text: str) -> str:
    """The tag of the script that has most of the text; "" for none. Latin letters count as English.

    Counted are words, and characters of scripts without spaces.
    """
    if text.isascii():
        return "en" if _ALPHABETS["en"].search(text) else ""
    counts = {"zh": count_han(text), "ko": len(_HANGUL.findall(text))}
    kana = len(_KANA.findall(text))
    if kana * 4 > counts["zh"]:
        counts["ja"] = counts.pop("zh") + kana
    counts |= {tag: len(letters.findall(text)) for tag, letters in _ALPHABETS.items()}
    best = max(counts, key=lambda tag: counts[tag])
    return best if counts[best] else ""
