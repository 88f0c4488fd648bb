"""The text of a file whose encoding may not be known.

A mark or a declaration is believed, then UTF-8, then what charset-normalizer finds most likely. A guess is a guess:
its rivals are told, so that people can choose.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from transcripts.imports.rows import EncodingChoice, NotReadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")
# Of encodings that explain the bytes equally well the first one: what is most common on today's machines.
_COMMON = (
    *("gb18030", "cp1252", "big5", "cp932", "euc_jp", "cp949", "cp1251", "cp1250", "cp1254", "cp1253", "cp1255"),
    *("cp1256", "cp1257", "cp1258", "cp874", "koi8_r", "iso2022_jp", "iso2022_kr", "hz", "big5hkscs"),
)
_UNICODE = ("utf_8", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "ascii", "latin_1")
_OTHERS = ("gbk", "gb2312", "shift_jis", "shift_jis_2004", "euc_jis_2004", "euc_kr", "johab", "tis_620", "hp_roman8")
_SAMPLE_BYTES = 16_000
_PREVIEW_CHARS = 200
_MOST_CHOICES = 5
_FEW_BAD = 3


@dataclass(frozen=True, slots=True)
class DecodedText:
    text: str
    encoding: str
    sure: bool
    choices: tuple[EncodingChoice, ...]


def decode_file(data: bytes, encoding: str | None = None, *, usual: str = "") -> DecodedText:
    """One byte that has no meaning costs one character, which becomes U+FFFD. Raises NotReadable.

    `encoding` is what somebody chose, by any of Python's names for it. `usual` is `utf-8` for formats that are always
    in it, so that a few bad bytes are no reason to doubt it.
    """
    if encoding:
        name = _find_codec(encoding)
        if name is None:
            raise NotReadable(NotReadable.ENCODING)
        return _decode(data, name, sure=True)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decode(data, name, sure=True)
    if (wide := _detect_wide(data)) or (wide := _read_declaration(data)):
        return _decode(data, wide, sure=True)
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd") - data.count("\ufffd".encode())
    few = bad <= 0 or (usual == "utf-8" and bad <= _FEW_BAD)
    if few or sum(not char.isascii() for char in text) >= 5 * bad:
        return DecodedText(_clean(text), "utf-8", sure=True, choices=())
    return _guess(data)


def _decode(data: bytes, name: str, *, sure: bool, choices: tuple[EncodingChoice, ...] = ()) -> DecodedText:
    return DecodedText(_clean(data.decode(name, "replace")), name, sure, choices)


def _clean(text: str) -> str:
    return text.replace("\ufeff", "").replace("\x00", "")


def _find_codec(encoding: str) -> str | None:
    """Python's own name of an encoding that is one of text; others can unpack small files to huge ones."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return None
    known = {codecs.lookup(one).name for one in (*_COMMON, *_UNICODE, *_OTHERS)}
    single = re.fullmatch(r"(?:cp|iso8859-|mac-|koi8-)\w{1,12}", name)
    return name if name in known or single else None


def _read_declaration(data: bytes) -> str | None:
    found = _DECLARED.match(data[:400].lstrip())
    name = _find_codec(found[1].decode("ascii")) if found else None
    # What can be read as ASCII is not in an encoding of two bytes a character, whatever it says.
    return None if name is None or name.startswith(("utf-8", "utf-16", "utf-32", "ascii")) else name


def _detect_wide(data: bytes) -> str | None:
    """UTF-16 by its zeros, which in plain signs are every second byte; a few of them may also be stray ones."""
    head = data[:65536]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if 4 * (even + odd) < len(head) and (100 * (even + odd) < len(head) or _can_decode(data, "utf-8")):
        return None
    if odd > 9 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 9 * odd else None


def _guess(data: bytes) -> DecodedText:
    sample = _take_sample(data)
    names = list(dict.fromkeys(_rank_encodings(sample)))
    choices: dict[str, EncodingChoice] = {}
    for name in names:
        preview = sample.decode(name, "replace")[:_PREVIEW_CHARS]
        choices.setdefault(preview, EncodingChoice(name, preview))
    found = tuple(choices.values())[:_MOST_CHOICES]
    return _decode(data, found[0].name, sure=False, choices=found)


def _take_sample(data: bytes) -> bytes:
    """The lines that tell encodings apart: those with bytes beyond ASCII."""
    lines: list[bytes] = []
    size = 0
    for line in re.split(rb"[\r\n]+", data[: 64 * _SAMPLE_BYTES]):
        if not line.isascii():
            lines.append(line[: _SAMPLE_BYTES - size])
            size += len(lines[-1]) + 1
            if size >= _SAMPLE_BYTES:
                break
    return b"\n".join(lines)


def _rank_encodings(sample: bytes) -> Iterator[str]:
    """Names of encodings, the likeliest first; there is always one."""
    matches = from_bytes(sample, preemptive_behaviour=False)
    ranked = sorted(
        (round(match.chaos, 2), -round(match.coherence, 2), _COMMON.index(name), name)
        for match in matches
        for name in (match.encoding, *match.could_be_from_charset)
        if name in _COMMON and _can_decode(sample, name)
    )
    yield from (name for *_score, name in ranked)
    # Short texts tell little: the simplest characters of Chinese, then what gives every byte a meaning.
    if _can_decode(sample, "gb2312"):
        yield "gb18030"
    yield from (name for name in _COMMON[:6] if name != "cp1252" and _can_decode(sample, name))
    yield from ("cp1252", "mac_roman")


def _can_decode(sample: bytes, name: str) -> bool:
    try:
        sample.decode(name)
    except UnicodeDecodeError as error:
        return error.start >= len(sample) - 4 and len(sample) >= _SAMPLE_BYTES // 2  # cut in a character
    return True
