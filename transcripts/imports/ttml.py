"""TTML as programs write it: 1, 2, IMSC, EBU-TT-D and its drafts (https://www.w3.org/TR/ttml1/#timing)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.imports.cues import LAST_MS
from transcripts.imports.markup import MarkupElement, parse_markup
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, NotReadable, PlaceKind, ReadOptions, Why

_CLOCK = re.compile(r"(\d{1,6}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9})|:(\d{1,4})(?:\.\d{1,9})?)?")
_OFFSET = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|f|t)")
_RATE = re.compile(r"\s*([1-9]\d{0,8})\s*")
_MULTIPLIER = re.compile(r"\s*([1-9]\d{0,8})[\s:]+([1-9]\d{0,8})\s*")
_UNITS = {"h": Fraction(3_600_000), "m": Fraction(60_000), "s": Fraction(1000), "ms": Fraction(1)}
_TIMES = ("begin", "end", "dur")


@dataclass(frozen=True, slots=True)
class TtmlRates:
    frames: Fraction
    """A second."""
    ticks: Fraction

    def parse_ms(self, time: str) -> int | None:
        """None for what is no time."""
        time = to_ascii(time).strip()
        if clock := _CLOCK.fullmatch(time):
            hours, minutes, seconds, part, frames = clock.groups()
            whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
            return round(1000 * (whole + Fraction(f"0.{part or 0}") + int(frames or 0) / self.frames))
        if offset := _OFFSET.fullmatch(time):
            units = {**_UNITS, "f": 1000 / self.frames, "t": 1000 / self.ticks}
            return round(Fraction(offset[1]) * units[offset[2]])
        return parse_clock(time)


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What holds for an element by those that it stands in."""

    start_ms: int = 0
    end_ms: int | None = None
    agent: str = ""
    preserve: bool = False
    timed: bool = False
    damaged: bool = False
    """Whether one of the times can't be read."""


def read_ttml(text: str, options: ReadOptions) -> Extract:
    """With its agents as speakers. Times of an element count from the begin of the one that it stands in."""
    del options
    document = parse_markup(text)
    root = next(document.elements("tt"), None)
    if root is None:
        raise NotReadable(NotReadable.BROKEN)
    extract = Extract()
    names = {
        agent.attributes.get("xml:id", ""): "".join(name.text() for name in list(agent.elements("name"))[:1]).strip()
        for agent in root.descendants("agent")
    }
    reader = _TtmlReader(_read_rates(root), names, extract)
    for child in document.children:
        if child is root:
            for part in root.children:
                if isinstance(part, MarkupElement) and part.name == "body":
                    reader.read(part, _Inherited(preserve=root.attributes.get("xml:space") == "preserve"))
                else:
                    _leave_all(part, names, extract)
        else:
            _leave_all(child, names, extract)
    return extract


def _leave_all(part: MarkupElement | str, names: dict[str, str], extract: Extract) -> None:
    """What stands outside the body: what it says of the file, and what fell out of damaged elements."""
    if isinstance(part, str):
        extract.leave(FilePlace(PlaceKind.LINE, 1), part, Why.UNEXPECTED)
        return
    for child in part.children:
        if isinstance(child, MarkupElement):
            _leave_all(child, names, extract)
        elif child.strip() not in names.values():
            extract.leave(FilePlace(PlaceKind.LINE, part.line), child, Why.SETTINGS)


def _read_rates(root: MarkupElement) -> TtmlRates:
    given = root.attributes
    frame_rate, tick_rate = (_RATE.fullmatch(given.get(name, "")) for name in ("frameRate", "tickRate"))
    frames = Fraction(int(frame_rate[1]) if frame_rate else 30)
    ticks = Fraction(int(tick_rate[1]) if tick_rate else frames if frame_rate else 1)
    if multiplier := _MULTIPLIER.fullmatch(given.get("frameRateMultiplier", "")):
        frames *= Fraction(int(multiplier[1]), int(multiplier[2]))
    return TtmlRates(frames, ticks)


class _TtmlReader:
    def __init__(self, rates: TtmlRates, names: dict[str, str], extract: Extract) -> None:
        self._rates = rates
        self._names = names
        self._extract = extract

    def read(self, element: MarkupElement, above: _Inherited) -> None:
        here = self._inherit(element, above)
        place = FilePlace(PlaceKind.LINE, element.line)
        if element.name == "metadata" or "metadata" in element.space:
            self._extract.leave(place, element.text(), Why.SETTINGS)
        elif element.name in ("p", "span") and not _has_times_inside(element):
            self._add("".join(self._texts(element, here.preserve, place)), here, place)
        else:
            for child in element.children:
                if isinstance(child, MarkupElement):
                    self.read(child, here)
                else:
                    in_line = element.name in ("p", "span")
                    self._add(child, here if in_line else replace(here, timed=False), place)

    def _add(self, said: str, here: _Inherited, place: FilePlace) -> None:
        if not said.strip():
            return
        if here.damaged or not here.timed:
            self._extract.leave(place, said, Why.BAD_TIME if here.damaged else Why.NO_TIME)
            return
        end_ms = here.end_ms
        if end_ms is None:
            end_ms = here.start_ms + LAST_MS
            self._extract.estimated_times += 1
        self._extract.rows.append(ImportedRow(here.start_ms, end_ms, said, here.agent))

    def _inherit(self, element: MarkupElement, above: _Inherited) -> _Inherited:
        given = {name: value for name in _TIMES if (value := element.attributes.get(name, "")).strip()}
        begin, end, lasts = (self._rates.parse_ms(given[name]) if name in given else None for name in _TIMES)
        damaged = ("begin" in given and begin is None) or (
            begin is None and not above.timed and bool(given) and end is None
        )
        start_ms = above.start_ms + (begin or 0)
        ends = [above.end_ms] if above.end_ms is not None else []
        ends += [above.start_ms + end] if end is not None else []
        ends += [start_ms + lasts] if lasts is not None else []
        agents = element.attributes.get("agent", "").split()
        space = element.attributes.get("xml:space")
        return _Inherited(
            start_ms,
            min(ends, default=None),
            self._names.get(agents[0], "") if agents else above.agent,
            space == "preserve" if space else above.preserve,
            above.timed or bool(given),
            above.damaged or damaged,
        )

    def _texts(self, element: MarkupElement, preserve: bool, place: FilePlace) -> Iterator[str]:
        """Line breaks are those that are meant."""
        for child in element.children:
            if isinstance(child, str):
                yield child if preserve else re.sub(r"\s+", " ", child)
            elif child.name == "br":
                yield "\n"
                yield from self._texts(child, preserve, place)
            elif child.name == "metadata" or "metadata" in child.space:
                self._extract.leave(place, child.text(), Why.SETTINGS)
            else:
                yield from self._texts(child, preserve, place)


def _has_times_inside(element: MarkupElement) -> bool:
    """As the depth is bounded, this stays linear."""
    return any(
        any(name in child.attributes for name in _TIMES) or _has_times_inside(child) for child in element.elements()
    )
