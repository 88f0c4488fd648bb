"""The first cues of an export, and warnings about all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from transcripts.exports.cues import SubtitleCue, choose_rules, make_cues, prefix_speakers
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.options import gettext_noop as _
from transcripts.text.caption_rules import Rules
from transcripts.text.widths import measure_width

FIRST, MOST = 12, 100

TEMPLATES = {
    "speed": _("%(value)s characters per second (at most %(limit)s)"),
    "line": _("A line of %(value)s characters (at most %(limit)s)"),
    "lines": _("%(value)s lines (at most %(limit)s)"),
    "short": _("%(value)s s long (at least %(limit)s)"),
    "long": _("%(value)s s long (at most %(limit)s)"),
    "gap": _("%(value)s s before the next one (at least %(limit)s)"),
    "overlap": _("Overlaps the next one by %(value)s s"),
}


@dataclass(frozen=True, slots=True)
class CueWarning:
    kind: str
    value: str
    limit: str = ""

    @property
    def params(self) -> Mapping[str, str]:
        return {"value": self.value, "limit": self.limit}


@dataclass(frozen=True, slots=True)
class PreviewedCue:
    number: int
    cue: SubtitleCue
    lines: Sequence[str]
    warnings: tuple[CueWarning, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`first` are the first cues; `troubled` are later ones with warnings, up to a limit."""

    total: int
    warned: int
    first: list[PreviewedCue]
    troubled: list[PreviewedCue]


def make_preview(document: Document, options: ExportOptions, *, named: bool) -> Preview:
    """`document` has the wanted rows only. With `named` the text of a cue begins with its speaker."""
    cues = make_cues(document, options)
    rules = choose_rules(document, options)
    texts = prefix_speakers(cues, document, options) if named else (cue.lines for cue in cues)
    total = warned = 0
    first: list[PreviewedCue] = []
    troubled: list[PreviewedCue] = []
    for total, (cue, lines) in enumerate(zip(cues, texts, strict=True), start=1):
        following = cues[total].start_ms if total < len(cues) else None
        warnings = tuple(_find_warnings(cue, lines, following, rules))
        warned += bool(warnings)
        if total <= FIRST:
            first.append(PreviewedCue(total, cue, lines, warnings))
        elif warnings and len(troubled) < MOST:
            troubled.append(PreviewedCue(total, cue, lines, warnings))
    return Preview(total, warned, first, troubled)


def _find_warnings(cue: SubtitleCue, lines: Sequence[str], following: int | None, rules: Rules) -> Iterator[CueWarning]:
    widths = [measure_width(line, rules.narrow) for line in lines]
    lasts = cue.end_ms - cue.start_ms
    speed = 1000 * sum(widths) / lasts
    if speed > rules.per_second + 0.05:
        yield CueWarning("speed", f"{speed:.1f}", f"{rules.per_second:g}")
    if max(widths) > rules.line:
        yield CueWarning("line", f"{max(widths):g}", f"{rules.line:g}")
    if len(lines) > rules.lines:
        yield CueWarning("lines", str(len(lines)), str(rules.lines))
    if lasts < rules.shortest_ms:
        yield CueWarning("short", _format_seconds(lasts), _format_seconds(rules.shortest_ms))
    if lasts > rules.longest_ms:
        yield CueWarning("long", _format_seconds(lasts), _format_seconds(rules.longest_ms))
    if following is not None and following < cue.end_ms:
        yield CueWarning("overlap", _format_seconds(cue.end_ms - following))
    elif following is not None and following - cue.end_ms < rules.gap_ms:
        yield CueWarning("gap", _format_seconds(following - cue.end_ms), _format_seconds(rules.gap_ms))


def _format_seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")
