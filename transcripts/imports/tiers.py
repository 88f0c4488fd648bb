"""ELAN's EAF and Praat's TextGrid: a tier for each speaker; tiers of words below them are left to the alignment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transcripts.imports.rows import NotReadable, Row
from transcripts.imports.subtitles import tree

_NOBODY = "transcript"
_SECOND = re.compile(r" \(\d+\)$")  # what our own export calls a tier of what a speaker said at the same time
_TOKEN = re.compile(r'"((?:[^"]|"")*)"|\[\d*\]|<\w+>|([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)')


def eaf(text: str) -> Iterator[Row]:
    root = tree(text)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise NotReadable(NotReadable.BROKEN)
    slots = {
        slot.get("TIME_SLOT_ID", ""): int(slot.get("TIME_VALUE", ""))
        for slot in root.iter("TIME_SLOT")
        if slot.get("TIME_VALUE", "").isascii() and slot.get("TIME_VALUE", "").isdigit()
    }
    for tier in root.iterfind("TIER"):
        if tier.get("PARENT_REF"):
            continue
        speaker = _speaker(tier.get("PARTICIPANT") or tier.get("TIER_ID") or "")
        for own in tier.iter("ALIGNABLE_ANNOTATION"):
            start, end = slots.get(own.get("TIME_SLOT_REF1", "")), slots.get(own.get("TIME_SLOT_REF2", ""))
            if start is not None and end is not None:
                yield Row(start, end, own.findtext("ANNOTATION_VALUE") or "", speaker)


def textgrid(text: str) -> Iterator[Row]:
    """Long and short form alike: only strings and numbers count, in the order that the format fixes."""
    values = [(found[1], found[2]) for found in _TOKEN.finditer(text) if found[1] is not None or found[2]]
    tokens = [number if name is None else name.replace('""', '"') for name, number in values]
    try:
        tiers = list(_tiers(tokens))
    except (ValueError, IndexError):
        raise NotReadable(NotReadable.BROKEN) from None
    names = {name for name, _ in tiers}
    for name, rows in tiers:
        whole = _SECOND.sub("", name)
        if whole.endswith(" words") and whole.removesuffix(" words") in {_SECOND.sub("", one) for one in names}:
            continue
        for start, end, said in rows:
            yield Row(round(start * 1000), round(end * 1000), said, _speaker(name))


def _tiers(tokens: list[str]) -> Iterator[tuple[str, list[tuple[float, float, str]]]]:
    if tokens[1] != "TextGrid":
        raise ValueError
    count, at = int(tokens[4]), 5
    for _ in range(count):
        kind, name, size = tokens[at], tokens[at + 1], int(tokens[at + 4])
        at += 5
        step = 3 if kind == "IntervalTier" else 2
        if step == 3:
            spans = (tokens[place : place + 3] for place in range(at, at + 3 * size, 3))
            yield name, [(float(start), float(end), said) for start, end, said in spans]
        at += step * size


def _speaker(name: str) -> str:
    name = _SECOND.sub("", name)
    return "" if name == _NOBODY else name
