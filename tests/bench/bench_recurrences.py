"""How many of a term's other places are found, how many offers are false, and how long it takes, on text made by seed.

The terms recur by Zipf's law. A third of their places have the error that was corrected, a third another one that
sounds like the term, and a third are right. Seconds are of CPU.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from tests.bench.bench_text_alignment import Speech, han
from transcripts.text.joining import join
from transcripts.text.recurrences import Term, find_recurrences, spell_sounds

ROWS, TERMS, PROJECT = 2500, 40, 50  # of two hours; terms; transcripts in a project of 100 hours
LETTERS = {
    "a": "e",
    "e": "i",
    "i": "e",
    "o": "u",
    "u": "o",
    "k": "c",
    "f": "ph",
    "s": "z",
    "d": "t",
    "b": "p",
    "v": "f",
}


@dataclass
class Score:
    exact: int = 0
    exact_found: int = 0
    alike: int = 0
    alike_found: int = 0
    false: int = 0
    seconds: list[float] = field(default_factory=list)


def mishear(draw: random.Random, term: str) -> str:
    """What sounds like the term, and is written in another way."""
    while True:
        chars = list(term)
        for at in draw.sample(range(len(chars)), draw.randint(1, min(2, len(chars)))):
            chars[at] = draw.choice(han()[1][chars[at]]) if chars[at] in han()[1] else LETTERS.get(chars[at], chars[at])
        if (wrong := "".join(chars)) != term:
            return wrong


def make_rows(language: str, seed: int) -> tuple[list[str], list[tuple[str, str, dict[int, str]]]]:
    """Rows, and of each term what was heard, what is right, and which rows have what of it."""
    speech = Speech(language, seed)
    draw = speech.random
    rows = [[speech.token() for _ in range(10)] for _ in range(ROWS)]
    terms = []
    free = draw.sample(range(ROWS), ROWS)
    while len(terms) < TERMS:
        term = "".join(draw.choice(han()[0]) for _ in range(draw.randint(2, 4)))
        if language == "en":
            term = "".join(draw.choice("bdfgklmnprstv") + draw.choice("aeiou") for _ in range(draw.randint(2, 4))) + "n"
        heard = mishear(draw, term)
        places: dict[int, str] = {}
        for _ in range(max(3, 60 // (len(terms) + 1))):
            row = free.pop()
            places[row] = draw.choice((term, heard, mishear(draw, term)))
            rows[row][draw.randrange(10)] = places[row]
        terms.append((heard, term, places))
    texts = []
    for tokens in rows:
        text = ""
        for token in tokens:
            text = join(text, token)
        texts.append(text)
    return texts, terms


def measure(language: str, seed: int) -> Score:
    texts, terms = make_rows(language, seed)
    score = Score()
    for heard, right, places in terms:
        begun = time.process_time()
        found = {(each.row, texts[each.row][each.start : each.end]) for each in find_recurrences(texts, heard, right)}
        score.seconds.append(time.process_time() - begun)
        exact = {(row, form) for row, form in places.items() if form == heard}
        alike = {(row, form) for row, form in places.items() if form not in (heard, right)}
        score.exact += len(exact)
        score.exact_found += len(exact & found)
        score.alike += len(alike)
        score.alike_found += len(alike & found)
        score.false += len(found - exact - alike)
    return score


def main() -> None:
    print("| speech | exact found | by sound found | false offers by sound | slowest |")
    print("|---|---|---|---|---|")
    for language in ("zh", "en"):
        for seed in (1, 2, 3):
            score = measure(language, seed)
            by_sound = score.alike_found + score.false
            print(
                f"| {language} {seed} | {score.exact_found} of {score.exact} "
                f"| {score.alike_found / score.alike:.0%} of {score.alike} | {score.false / by_sound:.0%} "
                f"| {1000 * max(score.seconds):.0f} ms |"
            )
        texts, terms = make_rows(language, 1)
        sounds = spell_sounds(texts)
        begun = time.process_time()
        term = Term(*terms[0][:2])
        for _ in range(PROJECT):
            term.find_places({row: texts[row] for row in term.find_rows(sounds)})
        print(f"{language}, 100 hours with stored sounds: {time.process_time() - begun:.2f} s")


if __name__ == "__main__":
    main()
