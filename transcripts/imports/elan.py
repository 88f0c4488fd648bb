"""ELAN's EAF: a tier for each speaker; tiers of words below them are left to the alignment.

https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from transcripts.imports.cues import LAST_MS, estimate_end
from transcripts.imports.dependents import SaidAlready
from transcripts.imports.markup import MarkupElement, parse_markup
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, NotReadable, PlaceKind, ReadOptions, Why

_NOBODY = frozenset({"transcript", "default", "default-lt", "tier-0"})
_SECOND = re.compile(r" \(\d{1,9}\)$")  # what our own export calls a tier of what a speaker said at the same time
_MS = re.compile(r"\s*([+-]?\d{1,12})\s*")
_ANNOTATIONS = ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION")
_ABOUT = frozenset({"PROPERTY", "LICENSE", "CV_ENTRY", "CVE_VALUE", "DESCRIPTION"})
_UNITS_MS = {"ntsc-frames": 1001 / 30, "pal-frames": 40.0}


@dataclass(slots=True)
class ElanAnnotation:
    text: str
    start_slot: str
    end_slot: str
    start_ms: int | None = None
    end_ms: int | None = None


def read_eaf(text: str, options: ReadOptions) -> Extract:
    """Times count from the origin that the file gives to its sound."""
    del options
    document = parse_markup(text)
    root = next(document.elements("ANNOTATION_DOCUMENT"), None)
    if root is None:
        raise NotReadable(NotReadable.BROKEN)
    extract = Extract()
    extract.shift_ms = _read_origin(root)
    slots = _read_slots(root)
    tiers = list(root.descendants("TIER"))
    ids = {tier.attributes.get("TIER_ID", "") for tier in tiers}
    said: dict[str, list[str]] = {}
    values = {
        id(value)
        for tier in tiers
        for kind in _ANNOTATIONS
        for annotation in tier.descendants(kind)
        for value in annotation.elements("ANNOTATION_VALUE")
    }
    for tier in tiers:
        if tier.attributes.get("PARENT_REF", "") not in ids - {""}:
            said[tier.attributes.get("TIER_ID", "")] = _read_tier(tier, slots, extract)
    for tier in tiers:
        if tier.attributes.get("PARENT_REF", "") in ids - {""}:
            _leave_dependent(tier, said.get(tier.attributes["PARENT_REF"], []), extract)
    for child in document.children:
        _leave_strays(child, values, extract)
    return extract


def _read_origin(root: MarkupElement) -> int:
    """Where in the sound the file's clock begins, in ms: people set it where they cut off the start of a recording."""
    for media in root.descendants("MEDIA_DESCRIPTOR"):
        if origin := _MS.fullmatch(media.attributes.get("TIME_ORIGIN", "")):
            return int(origin[1])
    return 0


def _read_slots(root: MarkupElement) -> dict[str, int | None]:
    units = next((header.attributes.get("TIME_UNITS", "") for header in root.descendants("HEADER")), "")
    unit_ms = _UNITS_MS.get(units.lower(), 1.0)
    slots: dict[str, int | None] = {}
    for slot in root.descendants("TIME_SLOT"):
        value = _MS.fullmatch(slot.attributes.get("TIME_VALUE", ""))
        slots[slot.attributes.get("TIME_SLOT_ID", "")] = round(int(value[1]) * unit_ms) if value else None
    return slots


def _read_tier(tier: MarkupElement, slots: dict[str, int | None], extract: Extract) -> list[str]:
    """The texts of the tier, which its dependents may repeat."""
    speaker = _read_speaker(tier)
    name = tier.attributes.get("TIER_ID", "")
    annotations = [
        ElanAnnotation(
            _read_value(own),
            own.attributes.get("TIME_SLOT_REF1", ""),
            own.attributes.get("TIME_SLOT_REF2", ""),
        )
        for own in tier.descendants("ALIGNABLE_ANNOTATION")
    ]
    extract.estimated_times += _share_out_times(annotations, slots)
    for number, own in enumerate(annotations, start=1):
        if own.start_ms is None or own.end_ms is None:
            extract.leave(FilePlace(PlaceKind.TIER, number, name), own.text, Why.BAD_TIME, speaker)
        else:
            extract.rows.append(ImportedRow(own.start_ms, own.end_ms, own.text, speaker))
    for free in tier.descendants("REF_ANNOTATION"):
        extract.leave(FilePlace(PlaceKind.TIER, free.line, name), _read_value(free), Why.NO_TIME)
    return [own.text for own in annotations]


def _read_value(annotation: MarkupElement) -> str:
    return "".join(value.text() for value in annotation.elements("ANNOTATION_VALUE"))


def _read_speaker(tier: MarkupElement) -> str:
    if participant := tier.attributes.get("PARTICIPANT", "").strip():
        return participant
    name = _SECOND.sub("", tier.attributes.get("TIER_ID", ""))
    return "" if name.lower() in _NOBODY else name


def _share_out_times(annotations: Sequence[ElanAnnotation], slots: dict[str, int | None]) -> int:
    """How many times the file does not tell; they lie evenly between those beside them."""
    order = list(dict.fromkeys(slot for own in annotations for slot in (own.start_slot, own.end_slot)))
    times = [slots.get(slot) for slot in order]
    known = [number for number, ms in enumerate(times) if ms is not None]
    filled = dict(zip(order, times, strict=True))
    for before, after in pairwise(known):
        first, last = times[before], times[after]
        for number in range(before + 1, after):
            if first is not None and last is not None:
                filled[order[number]] = first + (last - first) * (number - before) // (after - before)
    shared = 0
    for own in annotations:
        own.start_ms, own.end_ms = filled.get(own.start_slot), filled.get(own.end_slot)
        if own.start_ms is not None and own.end_ms is None:  # the last one of its tier
            own.end_ms = estimate_end(own.start_ms, own.text)
        elif own.end_ms is not None and own.start_ms is None:
            own.start_ms = max(0, own.end_ms - LAST_MS)
        shared += own.start_ms is not None and slots.get(own.start_slot) is None
        shared += own.end_ms is not None and slots.get(own.end_slot) is None and own.start_slot != own.end_slot
    return (shared + 1) // 2


def _leave_dependent(tier: MarkupElement, parents: Sequence[str], extract: Extract) -> None:
    said = SaidAlready(parents)
    for kind in _ANNOTATIONS:
        for annotation in tier.descendants(kind):
            text = _read_value(annotation)
            if not said.holds(text):
                place = FilePlace(PlaceKind.TIER, annotation.line, tier.attributes.get("TIER_ID", ""))
                extract.leave(place, text, Why.DEPENDENT)


def _leave_strays(
    part: MarkupElement | str, values: set[int], extract: Extract, line: int = 1, inside: str = ""
) -> None:
    """Text that stands where the format has none, and what the file says of itself; `values` have been read."""
    if isinstance(part, str):
        extract.leave(
            FilePlace(PlaceKind.LINE, line),
            part,
            Why.SETTINGS if inside in _ABOUT else Why.UNEXPECTED,
        )
    elif id(part) not in values and part.attributes.get("NAME") != "lastUsedAnnotationId":
        for child in part.children:
            _leave_strays(child, values, extract, part.line, part.name)
