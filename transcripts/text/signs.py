"""Checks of spelling conventions: spaces, width and repetition of punctuation, brackets, numbers, repeated words.

Each rule should be silent on what the engine itself writes (docs/checks.md has the figures).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

_HAN = r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WIDE = _HAN + r"\u3041-\u30ff"  # with kana
_LETTER = r"A-Za-zÀ-ÖØ-öø-ɏ"
_WIDE_SIGNS = "，。、；：！？（）《》〈〉「」『』【】"
_CLOSERS = "）】》〉」』”’"
_ENDS = "，、；：。！？,;:!?."
_TO_WIDE = str.maketrans(",.?!:;()", "，。？！：；（）")
_TO_NARROW = str.maketrans("，。、？！：；（）", ",.,?!:;()")
_RANK = {sign: rank for rank, signs in enumerate(("、", "，,", "：:", "；;", "。.", "!！", "?？")) for sign in signs}

_HAS_HAN = re.compile(f"[{_HAN}]")
_HAS_WIDE = re.compile(f"[{_WIDE}\uac00-\ud7a3]")
_HAS_LATIN = re.compile(f"[{_LETTER}]")
_LATIN_WORD = re.compile(f"[{_LETTER}]+(?:['’-][{_LETTER}]+)*")
_WRITTEN = re.compile(f"[{_LETTER}0-9](?:[{_LETTER}0-9'’.&+#/_-]*[{_LETTER}0-9+#])?")
_TOUCHING = re.compile(f"[{_HAN}][{_LETTER}0-9]|[{_LETTER}0-9+#%‰℃°][{_HAN}]")
_NUMBER = re.compile(r"[0-9]+(?:[.,:/-][0-9]+)*[%‰℃°]?")
# Not those between two words: they are most.
_SPACES = re.compile(
    rf"(?<![A-Za-z0-9,.!?;:{_HAN}])[ \u00a0\u3000]++|[ \u00a0\u3000]++(?![A-Za-z0-9])|[ \u00a0\u3000]{{2,}}"
)
_AFTER_WIDE = re.compile(f"(?<=[{_WIDE}{_CLOSERS}])(?:[,;:!?]|\\.+(?![{_LETTER}0-9]))[ \u00a0]*")
_BEFORE_WIDE = re.compile(f"(?<=[{_LETTER}0-9])[,;:!?](?=[{_WIDE}])")
_HALF_SIGN = re.compile("[,;:!?.(]")
_WIDE_SIGN = re.compile("[，。、？！：；（）]")
_WIDE_LETTERS = re.compile("[０-９Ａ-Ｚａ-ｚ]+")
_RUN = re.compile(rf"[{_ENDS}](?:[ \u3000]*[{_ENDS}])+")
_GOOD_RUN = re.compile(
    r"[^.]{0,2}\.{3,}[^.]{0,2}|[?？][!！]|[!！][?？]|\.[,;:!?]|[!?],"
)  # …, ?!, etc., and Yahoo!, too
_BRACKETS = {"(": ")", "（": "）", "[": "]", "【": "】", "《": "》", "「": "」", "『": "』", "“": "”"}
_BRACKET = re.compile('[()（）\\[\\]【】《》「」『』“”"]')
_LISTED = re.compile(r"(?:^|[\s，。；,;])[（(]?(?:\d{1,3}|[A-Za-z])$")  # the 1 of "1)"

_FEW = "一二三四五六七八九十"
_NUMBERS = {
    "year": (r"\d{4} ?年", r"[零〇○一二三四五六七八九]{4}年"),
    "date": (r"\d{1,2} ?[月号日]", rf"[{_FEW}]{{1,3}}(?:月(?!球|亮|光|饼|台|票|份)|号(?![线楼门机院码]))"),
    "clock": (r"\d{1,2} ?(?:点[钟半整]|点(?=[\d到前后])|:\d\d)", rf"[{_FEW}两]{{1,3}}点[钟半整]"),
    "percent": (r"\d ?[%％]|百分之\d", rf"百分之[{_FEW}百零点]+"),
    "money": (r"\d ?(?:元(?![素旦宵])|块钱)", rf"[{_FEW}两百千万]+(?:元(?![素旦宵])|块钱)"),
    "age": (r"\d ?岁(?!月)", rf"[{_FEW}百]+岁(?!月)"),
}
_NUMBER_STYLES = [(re.compile(digits), re.compile(words)) for digits, words in _NUMBERS.values()]
_DIGIT, _NUMERAL = re.compile(r"\d"), re.compile(rf"[{_FEW}]")

_TWICE = re.compile(
    r"(?=[abhmostwy我你您她这那也因所然但而如就他])"  # what these begin with, which spares most looks
    r"(?:\b(?P<word>the|an|and|or|but|of|my|your|our|their|we|they|he|she)(?: +(?P=word)\b)+"
    r"|(?<!自)(?P<char>[我你您她这那也])(?P=char)+"
    r"|(?P<link>因为|所以|然后|但是|而且|如果|就是|这个|那个|我们|他们)(?P=link)+)",
    re.IGNORECASE,
)


class Spacing(StrEnum):
    """What belongs between Han characters and Latin letters or digits."""

    LATIN = "latin"  # a space beside Latin words, as the engine writes; numbers as they are
    ALL = "all"  # a space beside Latin words and numbers
    NONE = "none"
    OFF = "off"  # not checked


class Spot(NamedTuple):
    """What a rule found at `text[start:end]`, and its replacement; None where a person has to decide.

    `figure` is what the rule measured, if anything.
    """

    message: str
    start: int
    end: int
    mended: str | None = None
    figure: float | None = None


def find_spots(text: str, spacing: Spacing) -> Iterator[Spot]:
    han = len(_HAS_HAN.findall(text))
    latin = _HAS_LATIN.search(text) is not None
    if spacing != Spacing.OFF and han:
        yield from _check_spacing(text, spacing)
    yield from _check_spaces(text)
    if han and han >= len(_LATIN_WORD.findall(text)):
        yield from _check_half_width(text)
    elif latin and not _HAS_WIDE.search(text):
        yield from _check_full_width(text)
    if not text.isascii():
        for match in _WIDE_LETTERS.finditer(text):
            yield Spot("wide_letters", *match.span(), unicodedata.normalize("NFKC", match[0]))
    yield from _check_runs(text)
    yield from _check_numbers(text)
    for match in _TWICE.finditer(text):
        yield Spot("twice", *match.span(), match["word"] or match["char"] or match["link"])


def _check_spacing(text: str, spacing: Spacing) -> Iterator[Spot]:
    if spacing != Spacing.NONE and not _TOUCHING.search(text):
        return
    for match in _WRITTEN.finditer(text):
        letters = sum(map(str.isalpha, match[0]))
        if letters < 2 and not (spacing == Spacing.ALL and letters == 0):
            continue  # T恤, 3D打印 and the like are one word; numbers are left alone
        start, end = match.span()
        if letters == 0:
            number = _NUMBER.match(text, start)
            end = number.end() if number else end
        gap = "" if spacing == Spacing.NONE else " "
        mended = f"{_choose_gap_before(text, start, gap)}{text[start:end]}{_choose_gap_after(text, end, gap)}"
        from_, to = _take_in_spaces(text, start, end) if spacing == Spacing.NONE else (start, end)
        if mended != text[from_:to]:
            yield Spot("spacing", from_, to, mended)


def _take_in_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen the span over the spaces between it and Han on either side."""
    before, after = text[:start].rstrip(" "), text[end:].lstrip(" ")
    return (
        len(before) if _HAS_HAN.match(before[-1:]) else start,
        len(text) - len(after) if _HAS_HAN.match(after[:1]) else end,
    )


def _choose_gap_before(text: str, start: int, gap: str) -> str:
    return gap if start and _HAS_HAN.match(text[start - 1]) else ""


def _choose_gap_after(text: str, end: int, gap: str) -> str:
    return gap if _HAS_HAN.match(text[end : end + 1]) else ""


def _check_spaces(text: str) -> Iterator[Spot]:
    for match in _SPACES.finditer(text):
        start, end = match.span()
        if _is_stray(text, start, end):
            yield Spot("stray_space", start, end, "")
        elif end - start > 1:
            yield Spot("double_space", start, end, " ")


def _is_stray(text: str, start: int, end: int) -> bool:
    """Whether no space belongs here: at the edges, between Han, beside full-width and before other punctuation."""
    before, after, then = text[start - 1 : start], text[end : end + 1], text[end + 1 : end + 2]
    if not before or not after:
        return True
    wide = _HAS_WIDE.search(text) is not None  # otherwise the punctuation is wrong, not the spaces beside it
    if after in _WIDE_SIGNS:
        return wide
    if before in _WIDE_SIGNS:
        return wide and (before not in "。！？" or not _HAS_LATIN.match(after))  # 好。 Then an English sentence.
    han = _HAS_HAN.match(before)
    if han and _HAS_HAN.match(after):
        return True
    return after in ",.!?;:" and (then in ("", " ") or (han is not None and not then.isascii())) and before.isalnum()


def _check_half_width(text: str) -> Iterator[Spot]:
    if not _HALF_SIGN.search(text):
        return
    for pattern in (_AFTER_WIDE, _BEFORE_WIDE):
        for match in pattern.finditer(text):
            sign = match[0].rstrip(" \u00a0")
            if sign == "..":
                continue  # doubled
            yield Spot("half_width", *match.span(), "……" if len(sign) > 1 else sign.translate(_TO_WIDE))
    for start, end in _find_pairs(text):
        outside = text[:start].rstrip(" ")[-1:] or text[end:].lstrip(" ")[:1]
        if text[start] == "(" and re.match(f"[{_WIDE}{_WIDE_SIGNS}]", outside or text[start + 1]):
            from_, to = len(text[:start].rstrip(" ")), len(text) - len(text[end:].lstrip(" "))
            yield Spot("half_width", from_, to, f"（{text[start + 1 : end - 1].strip(' ')}）")


def _check_full_width(text: str) -> Iterator[Spot]:
    for match in _WIDE_SIGN.finditer(text):
        start, end = match.span()
        sign = match[0].translate(_TO_NARROW)
        space_before = sign == "(" and text[start - 1 : start].isalnum()
        space_after = sign != "(" and text[end : end + 1].isalnum()
        yield Spot("full_width", start, end, f"{' ' if space_before else ''}{sign}{' ' if space_after else ''}")


def _check_runs(text: str) -> Iterator[Spot]:
    """Find runs of punctuation that are not ?! or an ellipsis."""
    for match in _RUN.finditer(text):
        start, end = match.span()
        after = text[end : end + 1]
        if after.isalnum() and after.isascii() and text[end - 1] in ".:":
            continue  # .NET, std::vector
        signs = re.sub(r"[ \u3000]", "", match[0])
        if _GOOD_RUN.fullmatch(signs):
            continue
        mended = "……" if re.fullmatch("。{3,}", signs) else max(signs, key=lambda sign: _RANK[sign])
        yield Spot("doubled", start, end, mended)


def _check_numbers(text: str) -> Iterator[Spot]:
    """Find one kind of number both in digits and in characters: 25号 and 二十号."""
    if not _DIGIT.search(text) or not _NUMERAL.search(text):
        return
    for digits, words in _NUMBER_STYLES:
        match = words.search(text)
        if match and digits.search(text):
            yield Spot("numbers", *match.span())


def _find_pairs(text: str) -> Iterator[tuple[int, int]]:
    """Give the spans of matching round brackets."""
    opened: list[int] = []
    for index, char in enumerate(text):
        if char == "(":
            opened.append(index)
        elif char == ")" and opened:
            start = opened.pop()
            if index > start + 1:
                yield start, index + 1


def find_unpaired(text: str) -> list[tuple[int, str]]:
    """Give the position and character of each bracket or quote without its other half."""
    opened: list[tuple[int, str]] = []
    closing: list[tuple[int, str]] = []
    straight: list[tuple[int, str]] = []
    for match in _BRACKET.finditer(text):
        char, index = match[0], match.start()
        if char == '"':
            if not text[index - 1 : index].isdigit():  # inches
                straight = [] if straight else [(index, char)]
        elif char in _BRACKETS:
            opened.append((index, char))
        elif opened and _BRACKETS[opened[-1][1]] == char:
            opened.pop()
        elif not (char in ")）" and _LISTED.search(text[:index])):
            closing.append((index, char))
    return sorted(opened + closing + straight)


def make_pair(opening: str, closing: str) -> bool:
    """Whether a half and a later one make a pair."""
    return _BRACKETS.get(opening) == closing or opening == closing == '"'
