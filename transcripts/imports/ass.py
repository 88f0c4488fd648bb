"""SubStation Alpha, ASS and SSA: not by pysubs2, which drops lines that it does not know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.imports.cues import estimate_end, remove_overrides, split_lines
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, PlaceKind, ReadOptions, Why

_SECTION = re.compile(r"\s*\[([^\[\]]{1,60})\]\s*")
_EVENT = re.compile(r"\s*(Dialogue|Comment|Picture|Sound|Movie|Command)\s*:", re.IGNORECASE)
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_FIELD_NAME = re.compile(r"[a-z ]{0,20}")
_MARGINS = ("marginl", "marginr", "marginv")
_MARGIN = re.compile(r"\s*\d{0,9}\s*")
_BREAK = re.compile(r"\\[Nn]")
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]")
_REMARK = re.compile(r"\{([^{}]*+)\}")
# Our own export writes what begins commands as these.
_UNESCAPES = str.maketrans("｛｝", "{}")


def read_ass(text: str, options: ReadOptions) -> Extract:
    """Of events that stand in several layers at the same time, as for an outline or a shadow, one is read."""
    extract = Extract()
    fields: Sequence[str] = _FIELDS
    seen: set[tuple[str, str, str]] = set()
    section = ""
    for number, line in enumerate(split_lines(text), start=1):
        place = FilePlace(PlaceKind.LINE, number)
        if heading := _SECTION.fullmatch(line):
            section = heading[1].lower()
        elif event := _EVENT.match(line):
            _add_event(
                event[1].lower(), line[event.end() :], fields, place, extract, seen if options.merge_captions else None
            )
        elif section == "events" and line.lower().lstrip().startswith("format:"):
            names = [name.strip().lower() for name in line.partition(":")[2].split(",")]
            if all(_FIELD_NAME.fullmatch(name) for name in names) and {"start", "text"} <= set(names):
                fields = names
            else:
                extract.leave(place, line, Why.SETTINGS)
        else:
            known = (
                section in ("script info", "fonts", "graphics") or "styles" in section or section.startswith("aegisub")
            )
            comment = line.lstrip().startswith((";", "!:"))
            extract.leave(
                place,
                line,
                Why.NOTE if comment else Why.SETTINGS if known else Why.NO_TIME,
            )
    return extract


def _add_event(
    kind: str,
    rest: str,
    fields: Sequence[str],
    place: FilePlace,
    extract: Extract,
    seen: set[tuple[str, str, str]] | None,
) -> None:
    values = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
    if "text" not in values or not all(_MARGIN.fullmatch(values.get(which, "")) for which in _MARGINS):
        extract.leave(place, remove_overrides(rest), Why.BAD_TIME)
        return
    name = (values.get("name") or values.get("actor") or "").strip()
    start_ms, end_ms = (parse_clock(to_ascii(values.get(which, ""))) for which in ("start", "end"))
    said = _strip_commands(values["text"])
    for remark in _REMARK.findall(remove_overrides(values["text"])):
        extract.leave(place, remark, Why.NOTE)
    if kind != "dialogue" or _DRAWING.search(values["text"]) or start_ms is None:
        reason = Why.NOTE if kind != "dialogue" else Why.BAD_TIME if start_ms is None else Why.DRAWING
        extract.leave(place, said, reason, name)
        return
    if end_ms is None:
        end_ms = estimate_end(start_ms, said)
        extract.estimated_times += 1
    if seen is not None and said:
        event = (values.get("start", ""), values.get("end", ""), said)
        if event in seen:
            extract.merged_captions += 1
            return
        seen.add(event)
    extract.rows.append(ImportedRow(start_ms, end_ms, said, name))


def _strip_commands(text: str) -> str:
    text = _REMARK.sub("", remove_overrides(text))
    text = _BREAK.sub("\n", text.replace("\\\u2060", "\ue000")).replace("\\h", " ")
    return text.replace("\ue000", "\\").translate(_UNESCAPES)
