"""How well and how fast edited text finds its times: our alignment beside the usual ways, on speech made by seed.

Run as a program, it prints the table that stands in docs/text-and-time.md.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import lru_cache

from transcripts.text.alignment import align, align_row
from transcripts.text.joining import join
from transcripts.text.rows import TimedRow, merge_rows, split_row
from transcripts.text.tokens import Word, fold, tokenize, weigh

LANGUAGES = ("zh", "en", "mixed")
RATES = (0.05, 0.10, 0.20)
GRID_MS = 40  # the engine's own grid
ERRORS = ("substituted",) * 3 + ("dropped", "inserted")  # as recognisers err
THIRDS = ("substituted", "dropped", "inserted")
LAST_PAUSE_MS = 2000  # after the last row
EDGE_SEEDS = (101, 102, 103, 104)  # of which none was used to choose a constant


@dataclass(frozen=True)
class Sample:
    """One row as the engine wrote it, and what was really said.

    `room` is from where to where it may reach: from the row before to the one after.
    """

    row: TimedRow
    heard: tuple[Word | None, ...]  # for each true word the engine's one, where the engine was right
    truth: tuple[Word, ...]
    text: str
    room: tuple[int, int] = (0, 0)

    @property
    def bounds(self) -> tuple[int, int]:
        return self.row.start_ms, self.row.end_ms


Aligner = Callable[[Sample], Sequence[Word]]


@dataclass
class Score:
    right: int = 0
    exact: int = 0
    errors: list[int] = field(default_factory=list)
    disorder: int = 0

    def exact_share(self) -> float:
        return 100 * self.exact / self.right

    def percentile(self, share: float) -> int:
        return sorted(self.errors)[int(share * (len(self.errors) - 1))]


@lru_cache(maxsize=1)
def han() -> tuple[list[str], dict[str, list[str]]]:
    """The 3755 common characters (the first level of GB 2312), and those that sound like each."""
    from pypinyin import lazy_pinyin

    common = [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)]
    sounds = defaultdict(list)
    for char in common:
        sounds[lazy_pinyin(char)[0]].append(char)
    return common, {char: group for group in sounds.values() for char in group}


@lru_cache(maxsize=1)
def english() -> list[str]:
    """Words made of syllables, the frequent ones shorter, as Zipf observed."""
    draw = random.Random(7)
    words: dict[str, None] = {"a": None, "I": None}
    while len(words) < 4000:
        length = 1 + int(len(words) ** 0.2 * draw.uniform(0.2, 0.9))
        parts = (
            draw.choice("bcdfghklmnprstvw") + draw.choice("aeiou") + draw.choice("nrst  lm") for _ in range(length)
        )
        words["".join(parts).replace(" ", "")] = None
    return list(words)


class Speech:
    """Rows of speech with known times."""

    def __init__(self, language: str, seed: int) -> None:
        self.language = language
        self.random = random.Random(f"{language} {seed}")
        self.characters = list(han()[0])
        self.random.shuffle(self.characters)
        self.last = ""

    def token(self) -> str:
        draw = self.random
        if self.last and draw.random() < 0.01:
            return self.last
        if self.language == "en" or (self.language == "mixed" and draw.random() < 0.15):
            self.last = self._zipf(english(), 2)
        elif draw.random() < 0.01:
            self.last = str(draw.randint(2, 2030))
        else:
            self.last = self._zipf(self.characters[:3000], 4)
        return self.last

    def _zipf(self, words: Sequence[str], shift: int) -> str:
        """By the law of Zipf and Mandelbrot; the most frequent is some 3 % of Chinese and 5 % of English."""
        rank = (1 + shift) * ((len(words) + shift) / (1 + shift)) ** self.random.random() - shift
        return words[min(int(rank), len(words)) - 1]

    def row(self, start: int, longest: int = 60) -> tuple[tuple[Word, ...], str]:
        """A row of 5 to `longest` words: speed differs by row, length by word; pauses often stand at a comma."""
        draw = self.random
        unit = draw.uniform(150, 260)
        words: list[Word] = []
        pieces: list[str] = []
        count = draw.randint(5, longest)
        for number in range(count):
            text = self.token()
            length = max(GRID_MS, _grid(weigh(text) ** 0.8 * unit * draw.lognormvariate(0, 0.25)))
            words.append(Word(text, start, start + length))
            pieces.append(text)
            start += length
            paused = draw.random() < 0.1
            if paused:
                start += max(GRID_MS, _grid(draw.uniform(80, 500)))
            if number < count - 1 and draw.random() < (0.8 if paused else 0.03):
                pieces.append(", " if self.language == "en" else "，")
        return tuple(words), _written(pieces)

    def wrong(self, text: str) -> str:
        """What the engine may hear for a token: mostly something that sounds like it."""
        draw = self.random
        while True:
            if draw.random() > 0.6:
                other = self.token()
            elif text in han()[1]:
                other = draw.choice(han()[1][text])
            else:
                at = draw.randrange(len(text))
                other = text[:at] + draw.choice("0123456789" if text[at].isdigit() else "aeioubdt") + text[at + 1 :]
            if fold(other) != fold(text) and len(tokenize(other)) == 1:
                return other


def _grid(length: float) -> int:
    return round(length / GRID_MS) * GRID_MS


def _written(pieces: Sequence[str]) -> str:
    text = ""
    for piece in pieces:
        text = join(text, piece) if tokenize(piece) else text.rstrip() + piece
    return text


def spoil(
    speech: Speech, words: Sequence[Word], rate: float, errors: Sequence[str] = ERRORS
) -> tuple[list[Word], list[Word | None]]:
    """The engine's words for true ones: substituted, dropped (a hole stays), inserted (short, taking time)."""
    draw = speech.random
    engine: list[Word] = []
    heard: list[Word | None] = []
    for number, word in enumerate(words):
        error = draw.choice(errors) if draw.random() < rate else ""
        if error == "dropped":
            heard.append(None)
            continue
        if error == "substituted":
            engine.append(Word(speech.wrong(word.text), word.start_ms, word.end_ms))
            heard.append(None)
            continue
        end = word.end_ms
        after = words[number + 1].start_ms if number + 1 < len(words) else end
        if error == "inserted":
            length = draw.randrange(GRID_MS, 4 * GRID_MS + 1, GRID_MS)
            if after - end < length:
                length = min(length, (end - word.start_ms) // 2)
                end -= length
            engine.append(Word(word.text, word.start_ms, end))
            engine.append(Word(speech.token(), end, end + length))
        else:
            engine.append(word)
        heard.append(Word(word.text, word.start_ms, end))
    return engine, heard


def samples(
    language: str, rate: float, hours: float = 2.0, seed: int = 1, errors: Sequence[str] = ERRORS
) -> list[Sample]:
    """Rows of so many hours; one row in fifty was run together with the next, one in fifty cut in two."""
    speech = Speech(language, seed)
    made: list[Sample] = []
    now = 0
    while now < hours * 3_600_000:
        truth, text = speech.row(now)
        now = truth[-1].end_ms + _grid(speech.random.uniform(200, 2000))
        engine, heard = spoil(speech, truth, rate, errors)
        fate = speech.random.random()
        if fate < 0.02:
            truth2, text2 = speech.row(now)
            now = truth2[-1].end_ms + 400
            engine2, heard2 = spoil(speech, truth2, rate, errors)
            made += _run_together((truth, text, engine, heard), (truth2, text2, engine2, heard2))
        elif fate < 0.04 and len(engine) > 3:
            cut = speech.random.randrange(1, len(engine))
            edge = engine[cut].start_ms
            left = TimedRow(_plain(engine[:cut]), truth[0].start_ms, edge, tuple(engine[:cut]))
            right = TimedRow(_plain(engine[cut:]), edge, truth[-1].end_ms, tuple(engine[cut:]))
            made.append(Sample(merge_rows(left, right), tuple(heard), truth, text))
        else:
            row = TimedRow(_plain(engine), truth[0].start_ms, truth[-1].end_ms, tuple(engine))
            made.append(Sample(row, tuple(heard), truth, text))
    return _between_neighbours(made)


def _between_neighbours(rows: Sequence[Sample]) -> list[Sample]:
    """With the room of each."""
    ends = [0, *(sample.row.end_ms for sample in rows)]
    starts = [*(sample.row.start_ms for sample in rows), ends[-1] + LAST_PAUSE_MS]
    return [
        replace(sample, room=(min(before, sample.row.start_ms), max(after, sample.row.end_ms)))
        for sample, before, after in zip(rows, ends, starts[1:], strict=False)
    ]


def tighten(rows: Sequence[Sample]) -> list[Sample]:
    """The rows as the service sends them, each from its first recognised word to its last; without empty ones."""
    tight = [
        replace(sample, row=replace(sample.row, start_ms=words[0].start_ms, end_ms=words[-1].end_ms))
        for sample in rows
        if (words := sample.row.words)
    ]
    return _between_neighbours(tight)


_Part = tuple[tuple[Word, ...], str, list[Word], list["Word | None"]]


def _run_together(first: _Part, second: _Part) -> list[Sample]:
    """The engine wrote two rows as one; a person cuts it where the second begins, then corrects both."""
    engine = (*first[2], *second[2])
    whole = TimedRow(_plain(engine), first[0][0].start_ms, second[0][-1].end_ms, engine)
    cut = len(_plain(first[2]))
    parts = split_row(whole, cut)
    return [
        Sample(part, tuple(heard), truth, text)
        for part, (truth, text, _, heard) in zip(parts, (first, second), strict=True)
    ]


def _plain(words: Sequence[Word]) -> str:
    return _written([word.text for word in words])


def measure(rows: Sequence[Sample], aligner: Aligner) -> Score:
    score = Score()
    for sample in rows:
        found = aligner(sample)
        assert [w.text for w in found] == [w.text for w in sample.truth], sample.text
        edge = sample.room[0]
        for word, heard, true in zip(found, sample.heard, sample.truth, strict=True):
            if heard is None:
                score.errors.append(abs(word.start_ms - true.start_ms))
            else:
                score.right += 1
                score.exact += (word.start_ms, word.end_ms) == (heard.start_ms, heard.end_ms)
            score.disorder += not edge <= word.start_ms < word.end_ms <= sample.room[1]
            edge = word.end_ms
    return score


def ours(sample: Sample) -> Sequence[Word]:
    return align(sample.row.words, sample.text, bounds=sample.bounds)


def ours_reaching(sample: Sample) -> Sequence[Word]:
    return align_row(sample.row.words, sample.text, bounds=sample.bounds, room=sample.room).words


def by_difflib(sample: Sample) -> Sequence[Word]:
    """The usual way: difflib over the tokens, replaced runs and insertions shared out by weight."""
    return _by_difflib(sample.row.words, sample.text, sample.bounds)


def _by_difflib(words: Sequence[Word], text: str, bounds: tuple[int, int]) -> list[Word]:
    tokens = tokenize(text)
    matcher = SequenceMatcher(None, [fold(w.text) for w in words], [fold(t.text) for t in tokens], autojunk=False)
    timed: list[Word] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            timed += [Word(t.text, w.start_ms, w.end_ms) for w, t in zip(words[i1:i2], tokens[j1:j2], strict=True)]
            continue
        low = words[i1].start_ms if i1 < i2 else words[i1 - 1].end_ms if i1 else bounds[0]
        high = words[i2 - 1].end_ms if i1 < i2 else words[i2].start_ms if i2 < len(words) else bounds[1]
        total = sum(weigh(t.text) for t in tokens[j1:j2]) or 1
        done = 0.0
        for token in tokens[j1:j2]:
            start = low + round((high - low) * done / total)
            done += weigh(token.text)
            timed.append(Word(token.text, start, low + round((high - low) * done / total)))
    return timed


def over_previous(sample: Sample) -> Sequence[Word]:
    """The scheme of the older editors: each of several saves aligns to what the save before had guessed."""
    words, bounds = sample.row.words, sample.bounds
    before, after = [w.text for w in words], [t.text for t in tokenize(sample.text)]
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    current = list(words)
    for saved in range(len(codes)):
        done = [part for _, _, _, j1, j2 in codes[: saved + 1] for part in after[j1:j2]]
        rest = [part for _, i1, i2, _, _ in codes[saved + 1 :] for part in before[i1:i2]]
        if codes[saved][0] != "equal":
            current = _by_difflib(current, _written([*done, *rest]), bounds)
    return current if [w.text for w in current] == after else by_difflib(sample)


def keep(rows: Sequence[Sample]) -> Sequence[Sample]:
    return rows


WAYS: dict[str, tuple[Callable[[Sequence[Sample]], Sequence[Sample]], Aligner]] = {
    "**`align`**": (keep, ours),
    "`align`, row ends with its words": (tighten, ours),
    "the same, **reaching out**": (tighten, ours_reaching),
    "difflib": (keep, by_difflib),
    "over the previous edit": (keep, over_previous),
}


def cpu_ms(count: int, rate: float, rounds: int = 20) -> float:
    """CPU milliseconds for one row of so many tokens; the best of the rounds, since others share the machine."""
    speech = Speech("zh", count)
    words: list[Word] = []
    while len(words) < count:
        words += speech.row(words[-1].end_ms if words else 0)[0]
    truth = words[:count]
    engine, _ = spoil(speech, truth, rate)
    text = _plain(truth)
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        align(engine, text)
        best = min(best, time.process_time() - begun)
    return 1000 * best


def print_score(language: str, rate: float, name: str, score: Score) -> None:
    print(
        f"| {language} | {rate:.0%} | {name} | {score.exact_share():.3f} % "
        f"| {score.percentile(0.5)} ms | {score.percentile(0.95)} ms | {score.disorder} |"
    )


def join_scores(scores: Sequence[Score]) -> Score:
    return Score(
        right=sum(score.right for score in scores),
        exact=sum(score.exact for score in scores),
        errors=[error for score in scores for error in score.errors],
        disorder=sum(score.disorder for score in scores),
    )


def measure_edges(language: str, rate: float, aligner: Aligner, hours: float = 2.0) -> list[Score]:
    """For each of several seeds: rows as the service sends them, in which as many words are missed as misheard."""
    made = (samples(language, rate, hours, seed, THIRDS) for seed in EDGE_SEEDS)
    return [measure(tighten(rows), aligner) for rows in made]


def print_edges(language: str, rate: float) -> None:
    for name, way in (("row ends with its words", ours), ("reaching out", ours_reaching)):
        scores = measure_edges(language, rate, way)
        all_seeds = join_scores(scores)
        each = ", ".join(str(score.percentile(0.95)) for score in scores)
        figures = f"{all_seeds.exact_share():.3f} % | {all_seeds.percentile(0.95)} ms"
        print(f"| {language} | {rate:.0%} | {name} | {figures} | {each} |")


def main() -> None:
    print("| speech | wrong | way | right words exact | corrected: median | 95 % within | out of order |")
    print("|---|---|---|---|---|---|---|")
    for language in LANGUAGES:
        for rate in RATES:
            rows = samples(language, rate)
            for name, (prepare, way) in WAYS.items():
                print_score(language, rate, name, measure(prepare(rows), way))
    print(
        "\n| speech | wrong | way | right words exact | corrected: 95 % within | by seed |\n|---|---|---|---|---|---|"
    )
    for language in ("en", "zh"):
        for rate in RATES[1:]:
            print_edges(language, rate)
    print()
    for count in (30, 60, 120, 400):
        print(f"align, a row of {count} tokens, 20 % of them wrong: {cpu_ms(count, 0.2):.2f} ms of CPU")


if __name__ == "__main__":
    main()
