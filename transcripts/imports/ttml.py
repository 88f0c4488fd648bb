"""TTML as programs write it: 1, 2, IMSC, EBU-TT-D and its drafts (https://www.w3.org/TR/ttml1/#timing)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from transcripts.imports.rows import NotReadable, Row
from transcripts.imports.subtitles import LAST_MS, tree

_ID = "{http://www.w3.org/XML/1998/namespace}id"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_CLOCK = re.compile(r"(\d{2,}):(\d\d):(\d\d)(?:\.(\d+)|:(\d{2,})(?:\.\d+)?)?")
_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|f|t)")
_UNITS = {"h": Fraction(3_600_000), "m": Fraction(60_000), "s": Fraction(1000), "ms": Fraction(1)}
_DEEPEST = 40  # of elements in elements; what is deeper is no caption


@dataclass(frozen=True, slots=True)
class _Rates:
    frames: Fraction
    """A second."""
    ticks: Fraction

    def ms(self, time: str) -> int | None:
        """None for no time; raises NotReadable for what is none, or is counted in some other way."""
        if not time.strip():
            return None
        if clock := _CLOCK.fullmatch(time.strip()):
            hours, minutes, seconds, part, frames = clock.groups()
            whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
            return round(1000 * (whole + Fraction(f"0.{part or 0}") + int(frames or 0) / self.frames))
        if offset := _OFFSET.fullmatch(time.strip()):
            units = {**_UNITS, "f": 1000 / self.frames, "t": 1000 / self.ticks}
            return round(Fraction(offset[1]) * units[offset[2]])
        raise NotReadable(NotReadable.BROKEN)


@dataclass(frozen=True, slots=True)
class _Above:
    """What holds for an element by those that it stands in."""

    start_ms: int = 0
    end_ms: int | None = None
    agent: str = ""
    preserve: bool = False
    timed: bool = False
    depth: int = 0


def ttml(text: str) -> Iterator[Row]:
    """With its agents as speakers. Times of an element count from the begin of the one that it stands in."""
    root = tree(text)
    if _local(root) != "tt":
        raise NotReadable(NotReadable.BROKEN)
    names = {
        one.get(_ID, ""): next((name.text or "" for name in one.iter() if _local(name) == "name"), "")
        for one in root.iter()
        if _local(one) == "agent"
    }
    for body in root:
        if _local(body) == "body":
            yield from _rows(body, _Above(preserve=root.get(_SPACE) == "preserve"), _rates(root), names)


def _rates(root: ET.Element) -> _Rates:
    given = {name.rpartition("}")[2]: value for name, value in root.attrib.items()}
    frames = Fraction(given.get("frameRate") or 30)
    ticks = Fraction(given.get("tickRate") or (frames if "frameRate" in given else 1))
    if multiplier := given.get("frameRateMultiplier"):
        over, _, under = multiplier.replace(":", " ").partition(" ")
        frames *= Fraction(int(over), int(under or 1))
    return _Rates(frames, ticks)


def _rows(element: ET.Element, above: _Above, rates: _Rates, names: dict[str, str]) -> Iterator[Row]:
    here = _within(element, above, rates, names)
    if here.depth > _DEEPEST:
        raise NotReadable(NotReadable.BROKEN)
    if _local(element) in ("p", "span") and here.timed and not _timed_inside(element):
        end_ms = here.start_ms + LAST_MS if here.end_ms is None else here.end_ms
        yield Row(here.start_ms, end_ms, _said(element, here.preserve), here.agent)
        return
    for child in element:
        yield from _rows(child, here, rates, names)


def _timed_inside(element: ET.Element) -> bool:
    return any(one.get("begin") or one.get("end") for one in element.iter() if one is not element)


def _within(element: ET.Element, above: _Above, rates: _Rates, names: dict[str, str]) -> _Above:
    begin, end, lasts = (rates.ms(element.get(name, "")) for name in ("begin", "end", "dur"))
    start_ms = above.start_ms + (begin or 0)
    ends = [above.end_ms] if above.end_ms is not None else []
    ends += [above.start_ms + end] if end is not None else []
    ends += [start_ms + lasts] if lasts is not None else []
    agents = next((value for name, value in element.attrib.items() if name.endswith("#metadata}agent")), "").split()
    space = element.get(_SPACE)
    return _Above(
        start_ms,
        min(ends, default=None),
        names.get(agents[0], "") if agents else above.agent,
        space == "preserve" if space else above.preserve,
        above.timed or any(one is not None for one in (begin, end, lasts)),
        above.depth + 1,
    )


def _said(element: ET.Element, preserve: bool) -> str:
    """Line breaks are those that are meant."""

    def pieces(one: ET.Element) -> Iterator[str]:
        yield plain(one.text)
        for child in one:
            if _local(child) == "br":
                yield "\n"
            elif "#metadata}" not in child.tag and _local(child) != "metadata":
                yield from pieces(child)
            yield plain(child.tail)

    def plain(text: str | None) -> str:
        return (text or "") if preserve else re.sub(r"\s+", " ", text or "")

    return "".join(pieces(element))


def _local(element: ET.Element) -> str:
    """The name without its namespace, of which there were several before the standard."""
    return element.tag.rpartition("}")[2]
