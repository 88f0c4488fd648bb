"""From what a recognizer timed to utterances that read like the service's: pure functions, no model.

The rules were drawn from real answers: one word per Han character and per Latin word or number, punctuation in the
text of an utterance only, a token without a time wherever the text has a space, times on a 40 ms grid.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from transcripts.flashserver.recognizer import GRID_MS, TimedUtterance, TimedWord

SENTENCE_PAUSE_S = 0.5  # at the end of a segment without punctuation: a full stop from here on, a comma below
UTTERANCE_PAUSE_S = 2.0
UTTERANCE_S = 15.0  # from here on an utterance ends at the next comma or short pause

_HAN = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WIDE = "\u3001-\u3003\u3008-\u3020\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65—…“”‘’"
_TOKEN = re.compile(f"[{_HAN}]|[{_WIDE}]+|[^\\s{_HAN}{_WIDE}]+")
_INSIDE = "%‰&@#$€£¥+°℃"  # signs that are read aloud and so belong to a word
_TO_WIDE = str.maketrans(",?!;:.", "，？！；：。")
_TO_NARROW = str.maketrans("，？！；：。、", ",?!;:.,")
_QUESTION = re.compile("吗$|呢$|什么$|怎么[样办走做]?$|哪[里儿个些位]?$|为什么|哪[里儿个]|多少$|谁$|几点$")
_ABBREVIATIONS = frozenset("mr mrs ms dr st prof vs no jr sr etc".split())  # noqa: SIM905


@dataclass(frozen=True)
class TimedText:
    """A fragment of text as the recognizer timed it, in seconds; a leading space parts it from the one before."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class PunctuatedWord:
    """A word of the answer with the punctuation around it. `ends` tells what ends with it: 0 nothing, 1 a phrase,
    2 a segment of the recognizer.
    """

    text: str
    start: float
    end: float
    before: str = ""
    after: str = ""
    ends: int = 0

    @property
    def is_han(self) -> bool:
        return re.match(f"[{_HAN}]", self.text) is not None

    @property
    def has_letters(self) -> bool:
        return any(character.isalpha() for character in self.text)


def convert_segment(segment: Sequence[TimedText], convert: Callable[[str], str]) -> list[TimedText]:
    """Convert the text of a segment as a whole (traditional to simplified), if its length stays the same."""
    text = convert("".join(timed.text for timed in segment))
    if len(text) != sum(len(timed.text) for timed in segment):
        return [replace(timed, text=convert(timed.text)) for timed in segment]
    rest = iter(text)
    return [replace(timed, text="".join(itertools.islice(rest, len(timed.text)))) for timed in segment]


def split_words(segment: Sequence[TimedText]) -> list[PunctuatedWord]:
    """The words of one segment; fragments without a space between them are one word, except for Han characters."""
    text = "".join(_blank_symbol(character) for timed in segment for character in timed.text)
    times = [time for timed in segment for time in _share_time(timed)]
    tokens: list[PunctuatedWord] = []
    waiting = ""
    for match in _TOKEN.finditer(text):
        lead, core, trail = _strip_punctuation(match[0])
        if not core:
            if tokens and unicodedata.category(lead[0]) not in ("Ps", "Pi"):
                tokens[-1] = replace(tokens[-1], after=tokens[-1].after + lead)
            else:
                waiting += lead
            continue
        if text[: match.start()][-1:].isspace() and tokens and tokens[-1].is_han:
            tokens[-1] = replace(tokens[-1], ends=1)
        first = match.start() + len(lead)
        start, end = times[first][0], times[first + len(core) - 1][1]
        tokens.append(PunctuatedWord(core, start, end, waiting + lead, trail))
        waiting = ""
    if tokens:
        tokens[-1] = replace(tokens[-1], ends=2)
    return tokens


def _share_time(timed: TimedText) -> Iterator[tuple[float, float]]:
    """Distribute the time of a fragment evenly among its letters and signs."""
    spoken = [_is_spoken(character) for character in timed.text]
    share = (timed.end - timed.start) / max(1, sum(spoken))
    at = timed.start
    for is_spoken in spoken:
        yield at, at + share * is_spoken
        at += share * is_spoken


def _blank_symbol(character: str) -> str:
    """A space for anything that is not writing: musical notes, pictures, broken characters."""
    kind = unicodedata.category(character)
    odd = kind in ("Cc", "Cn", "Co", "Cs") or (kind[0] == "S" and character not in _INSIDE) or character == "\u200b"
    return " " if odd else character


def _is_spoken(character: str) -> bool:
    return character in _INSIDE or unicodedata.category(character)[0] not in "PZCS"


def _strip_punctuation(chunk: str) -> tuple[str, str, str]:
    """What stands before, in and after a word; a chunk of nothing but punctuation is all `before`."""
    spoken = [index for index, character in enumerate(chunk) if _is_spoken(character)]
    if not spoken:
        return chunk, "", ""
    return chunk[: spoken[0]], chunk[spoken[0] : spoken[-1] + 1], chunk[spoken[-1] + 1 :]


def add_punctuation(tokens: Sequence[PunctuatedWord]) -> list[PunctuatedWord]:
    """Add the marks that the recognizer omitted at the ends of phrases, segments and pauses.

    Chinese comes with few marks; a phrase end shows as a space, a sentence end as the end of a segment.
    """
    done: list[PunctuatedWord] = []
    sentence = ""
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        sentence += token.text
        mark = "" if token.after else _find_missing_mark(token, following, sentence)
        token = replace(token, after=token.after + mark)
        if _ends_sentence(token, following):
            sentence = ""
        done.append(token)
    return done


def _find_missing_mark(token: PunctuatedWord, following: PunctuatedWord | None, sentence: str) -> str:
    pause = following.start - token.end if following else UTTERANCE_PAUSE_S
    chinese = token.is_han or (following.is_han if following else bool(re.search(f"[{_HAN}]", sentence)))
    if not chinese:
        ends = pause >= UTTERANCE_PAUSE_S or (
            token.ends == 2 and following is not None and (following.is_han or following.text[0].isupper())
        )
        return "." if ends else ""
    if pause >= UTTERANCE_PAUSE_S or (token.ends == 2 and pause >= SENTENCE_PAUSE_S):
        return "？" if _QUESTION.search(sentence) else "。"
    return "，" if token.ends or pause >= SENTENCE_PAUSE_S else ""


def _ends_sentence(token: PunctuatedWord, following: PunctuatedWord | None) -> bool:
    mark = token.after.rstrip("\"'”’)）》」』")
    if mark[-1:] in tuple("。？！?!"):
        return True
    if mark != "." or following is None:
        return mark == "."
    abbreviated = token.text.lower() in _ABBREVIATIONS or (len(token.text) == 1 and token.text.isupper())
    return not abbreviated and not following.text[0].islower()


def group_utterances(
    tokens: Sequence[PunctuatedWord], *, punctuation: bool = True, pause_ms: int | None = None
) -> list[TimedUtterance]:
    """Split at the ends of sentences and at long pauses, or only at pauses of `pause_ms` where that is given."""
    groups: list[list[PunctuatedWord]] = []
    marked = add_punctuation(tokens)
    for index, token in enumerate(marked):
        if not index or _starts_utterance(groups[-1], token, pause_ms):
            groups.append([])
        groups[-1].append(token)
    grid = _Grid()
    return [_make_utterance(group, punctuation, grid) for group in groups]


def _starts_utterance(group: Sequence[PunctuatedWord], following: PunctuatedWord, pause_ms: int | None) -> bool:
    last = group[-1]
    pause = following.start - last.end
    if pause_ms is not None:
        return pause * 1000 >= pause_ms
    if last.end - group[0].start >= UTTERANCE_S and (last.after or pause >= SENTENCE_PAUSE_S):
        return True
    return _ends_sentence(last, following) or pause >= UTTERANCE_PAUSE_S


class _Grid:
    """Times in milliseconds on the grid, each word after the one before and at least one step long."""

    def __init__(self) -> None:
        self._end = 0

    def place(self, token: PunctuatedWord) -> TimedWord:
        start = max(self._end, round(token.start * 1000 / GRID_MS) * GRID_MS)
        self._end = max(start + GRID_MS, round(token.end * 1000 / GRID_MS) * GRID_MS)
        return TimedWord(token.text, start, self._end)


def _make_utterance(tokens: Sequence[PunctuatedWord], punctuation: bool, grid: _Grid) -> TimedUtterance:
    wide = sum(token.is_han for token in tokens) * 2 >= len(tokens)
    if punctuation:
        marked = [replace(token, after=_match_width(token.after, wide), before=token.before) for token in tokens]
    else:
        marked = [replace(token, before="", after="") for token in tokens]
    text = ""
    words: list[TimedWord] = []
    for index, token in enumerate(marked):
        if index and _is_spaced(marked[index - 1], token):
            text += " "
            words.append(TimedWord(" ", -1, -1))
        text += token.before + token.text + token.after
        words.append(grid.place(token))
    return TimedUtterance(text, tuple(words))


def _match_width(marks: str, wide: bool) -> str:
    if marks in ("...", ".."):
        return "……" if wide else "..."
    return marks.translate(_TO_WIDE if wide else _TO_NARROW)


def _is_spaced(token: PunctuatedWord, following: PunctuatedWord) -> bool:
    """Words in Latin letters stand apart from everything but wide marks; numbers stand close to Han characters."""
    joint = token.after + following.before
    if any(not mark.isascii() for mark in joint):
        return False
    if token.is_han or following.is_han:
        other = following if token.is_han else token
        return not other.is_han and (other.has_letters or bool(joint))
    return True


def shape_utterances(
    segments: Iterable[Sequence[TimedText]],
    *,
    punctuation: bool = True,
    pause_ms: int | None = None,
) -> list[TimedUtterance]:
    """Utterances of all segments of one channel, in order of time; none where there is no letter."""
    tokens = [token for segment in segments for token in split_words(segment)]
    return group_utterances(tokens, punctuation=punctuation, pause_ms=pause_ms)
