"""What the subtitle formats have in common: what to show, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transcripts.exports.characters import plain_line, plain_lines
from transcripts.exports.document import Document, Line
from transcripts.exports.language import caption_preset
from transcripts.exports.options import ExportOptions
from transcripts.text import captions
from transcripts.text.alignment import align
from transcripts.text.breaking import measure_width
from transcripts.text.joining import join
from transcripts.text.tokens import Word, tokenize

_MARKS = str.maketrans("。，", "  ")


@dataclass(frozen=True, slots=True)
class Cue:
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


def cues(document: Document, options: ExportOptions) -> list[Cue]:
    """The cues in the order of time: rows broken into captions, or one for each row that has text.

    Each lasts at least a millisecond, as players drop those that do not.
    """
    if options.cues == "rows":
        return list(_row_cues(document, options))
    rows = [_shown(line) for line in document.utterances]
    return [
        Cue(cue.start_ms, cue.end_ms, cue.speaker, cue.lines, cue.words, document.utterances[cue.row].id)
        for cue in captions.break_captions(rows, rules_for(document, options))
    ]


def rules_for(document: Document, options: ExportOptions) -> captions.Rules:
    return options.rules(captions.PRESETS[preset_for(document, options)])


def preset_for(document: Document, options: ExportOptions) -> str:
    if options.preset != "auto":
        return options.preset
    return caption_preset((line.text for line in document.utterances), document.language)


def prefixed(found: list[Cue], document: Document, options: ExportOptions) -> Iterator[tuple[str, ...]]:
    """The lines of each cue with the speaker's name, for formats that have no other place for it.

    A row has its name always, a caption where the speaker changes: in its first line if it fits, else in one of its
    own if there may be another.
    """
    rules = rules_for(document, options)
    before = ""
    for cue in found:
        named = options.names and cue.speaker and (options.cues == "rows" or cue.speaker != before)
        before = cue.speaker
        if not named:
            yield cue.lines
            continue
        first = f"{cue.speaker}: {cue.lines[0]}"
        fits = (
            measure_width(first, rules.narrow) <= rules.line or len(cue.lines) >= rules.lines or options.cues == "rows"
        )
        yield (first, *cue.lines[1:]) if fits else (f"{cue.speaker}:", *cue.lines)


def one_line(lines: tuple[str, ...]) -> str:
    """The lines of a cue as one, with a space where the script asks for it."""
    text = ""
    for line in lines:
        text = join(text, line)
    return text


def times_of(line: Line) -> tuple[int, int]:
    start_ms = max(0, line.start_ms)
    return start_ms, max(line.end_ms, start_ms + 1)


def words_of(line: Line, text: str) -> list[Word]:
    """One word for each token of `text`, which may be the row's own text tidied up."""
    tokens = tokenize(text)
    if [token.text for token in tokens] == [word.text for word in line.words]:
        return list(line.words)
    return align(line.words, text, bounds=times_of(line))


def _row_cues(document: Document, options: ExportOptions) -> Iterator[Cue]:
    for line in document.utterances:
        text = plain_lines(line.text.translate(_MARKS) if options.drop_marks else line.text)
        if text:
            words = tuple(words_of(line, text)) if options.word_times else ()
            yield Cue(*times_of(line), plain_line(line.speaker), tuple(text.split("\n")), words, line.id)


def _shown(line: Line) -> captions.CaptionRow:
    text = one_line(tuple(plain_lines(line.text).split("\n")))
    start_ms, end_ms = times_of(line)
    return captions.CaptionRow(text, start_ms, end_ms, words_of(line, text), plain_line(line.speaker))
