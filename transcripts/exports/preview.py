"""The first cues of an export, and what a viewer would stumble over in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from transcripts.exports.cues import Cue, cues, prefixed, rules_for
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.options import gettext_noop as _
from transcripts.text.breaking import measure_width
from transcripts.text.captions import Rules

FIRST, MOST = 12, 100

TEMPLATES = {
    "speed": _("%(value)s characters a second (at most %(limit)s)"),
    "line": _("A line of %(value)s characters (at most %(limit)s)"),
    "lines": _("%(value)s lines (at most %(limit)s)"),
    "short": _("%(value)s s long (at least %(limit)s)"),
    "long": _("%(value)s s long (at most %(limit)s)"),
    "gap": _("%(value)s s before the next one (at least %(limit)s)"),
    "overlap": _("Runs %(value)s s into the next one"),
}


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 -- the word for it
    kind: str
    value: str
    limit: str = ""

    @property
    def params(self) -> Mapping[str, str]:
        return {"value": self.value, "limit": self.limit}


@dataclass(frozen=True, slots=True)
class Shown:
    number: int
    cue: Cue
    lines: Sequence[str]
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`first` are the first cues; `troubled` those after them that have warnings, as far as they are shown."""

    total: int
    warned: int
    first: list[Shown]
    troubled: list[Shown]


def preview(document: Document, options: ExportOptions, *, named: bool) -> Preview:
    """`document` has the wanted rows only. With `named` the text of a cue begins with its speaker."""
    found = cues(document, options)
    rules = rules_for(document, options)
    texts = prefixed(found, document, options) if named else (cue.lines for cue in found)
    total = warned = 0
    first: list[Shown] = []
    troubled: list[Shown] = []
    for total, (cue, lines) in enumerate(zip(found, texts, strict=True), start=1):
        following = found[total].start_ms if total < len(found) else None
        warnings = tuple(_warnings(cue, lines, following, rules))
        warned += bool(warnings)
        if total <= FIRST:
            first.append(Shown(total, cue, lines, warnings))
        elif warnings and len(troubled) < MOST:
            troubled.append(Shown(total, cue, lines, warnings))
    return Preview(total, warned, first, troubled)


def _warnings(cue: Cue, lines: Sequence[str], following: int | None, rules: Rules) -> Iterator[Warning]:
    widths = [measure_width(line, rules.narrow) for line in lines]
    lasts = cue.end_ms - cue.start_ms
    speed = 1000 * sum(widths) / lasts
    if speed > rules.per_second + 0.05:
        yield Warning("speed", f"{speed:.1f}", f"{rules.per_second:g}")
    if max(widths) > rules.line:
        yield Warning("line", f"{max(widths):g}", f"{rules.line:g}")
    if len(lines) > rules.lines:
        yield Warning("lines", str(len(lines)), str(rules.lines))
    if lasts < rules.shortest_ms:
        yield Warning("short", _seconds(lasts), _seconds(rules.shortest_ms))
    if lasts > rules.longest_ms:
        yield Warning("long", _seconds(lasts), _seconds(rules.longest_ms))
    if following is not None and following < cue.end_ms:
        yield Warning("overlap", _seconds(cue.end_ms - following))
    elif following is not None and following - cue.end_ms < rules.gap_ms:
        yield Warning("gap", _seconds(following - cue.end_ms), _seconds(rules.gap_ms))


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")
