"""What the subtitle formats have in common: what to show, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from transcripts.exports.characters import clean_lines
from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.language import guess_preset
from transcripts.exports.options import ExportOptions
from transcripts.exports.speakers import make_namer
from transcripts.text.alignment import align
from transcripts.text.caption_rules import PRESETS, CaptionRow, Rules
from transcripts.text.joining import join
from transcripts.text.tokens import Word, WordColumns, split_at_tokens
from transcripts.text.widths import measure_width

_MARKS = str.maketrans("。，", "  ")


@dataclass(frozen=True, slots=True)
class SubtitleCue:
    start_ms: int
    end_ms: int
    speaker: str
    lines: tuple[str, ...]
    words: tuple[Word, ...] = ()
    row: str = ""
    """The id of the row it begins with."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def make_cues(document: Document, options: ExportOptions) -> list[SubtitleCue]:
    """The cues in the order of time: rows broken into captions, or one for each row that has text.

    Each lasts at least a millisecond, as players drop those that do not.
    """
    if options.cues == "rows":
        return list(_make_row_cues(document, options))
    from transcripts.text.captions import break_captions  # with numpy, which nothing else here needs

    name_row = make_namer(document)
    rows = [_make_caption_line(line, name_row(line)) for line in document.utterances]
    return [
        SubtitleCue(cue.start_ms, cue.end_ms, cue.speaker, cue.lines, cue.words, document.utterances[cue.row].id)
        for cue in break_captions(rows, choose_rules(document, options), with_words=options.word_times)
    ]


def choose_rules(document: Document, options: ExportOptions) -> Rules:
    return options.rules(PRESETS[choose_preset(document, options)])


def choose_preset(document: Document, options: ExportOptions) -> str:
    if options.preset != "auto":
        return options.preset
    return guess_preset((line.text for line in document.utterances), document.language)


def prefix_speakers(cues: list[SubtitleCue], document: Document, options: ExportOptions) -> Iterator[tuple[str, ...]]:
    """The lines of each cue with the speaker's name, for formats that have no other place for it.

    Every cue has it, not only the first of a turn: on import, a cue without a name is nobody's. It is in
    the first line if it fits, else in a line of its own if another is allowed.
    """
    rules = choose_rules(document, options)
    for cue in cues:
        if not options.names or not cue.speaker:
            yield cue.lines
            continue
        first = f"{cue.speaker}: {cue.lines[0]}"
        fits = (
            options.cues == "rows" or len(cue.lines) >= rules.lines or measure_width(first, rules.narrow) <= rules.line
        )
        yield (first, *cue.lines[1:]) if fits else (f"{cue.speaker}:", *cue.lines)


def join_lines(lines: tuple[str, ...]) -> str:
    """The lines of a cue, one at least, as one, with a space where the script needs one."""
    return reduce(join, lines)


def bound_times(line: DocumentRow) -> tuple[int, int]:
    start_ms = max(0, line.start_ms)
    return start_ms, max(line.end_ms, start_ms + 1)


def match_words(line: DocumentRow, parts: Sequence[str]) -> WordColumns:
    """One word for each token of a text that is split at its tokens, which may be the row's own after cleaning."""
    words = WordColumns.of(line.words)
    if tuple(parts[1::2]) == words.texts:
        return words
    return WordColumns.of(align(words, "".join(parts), bounds=bound_times(line)))


def _make_row_cues(document: Document, options: ExportOptions) -> Iterator[SubtitleCue]:
    name_row = make_namer(document)
    for line in document.utterances:
        text = clean_lines(line.text.translate(_MARKS) if options.drop_marks else line.text)
        if text:
            words = tuple(match_words(line, split_at_tokens(text))) if options.word_times else ()
            yield SubtitleCue(*bound_times(line), name_row(line), tuple(text.split("\n")), words, line.id)


def _make_caption_line(line: DocumentRow, speaker: str) -> CaptionRow:
    parts = split_at_tokens(join_lines(tuple(clean_lines(line.text).split("\n"))))
    start_ms, end_ms = bound_times(line)
    return CaptionRow(parts, start_ms, end_ms, match_words(line, parts), speaker)
