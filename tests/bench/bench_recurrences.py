"""How many of a term's other places are found, how many offers are false, and how long it takes.

The terms recur by Zipf's law. A third of their places have the error that was corrected, a third another one that
sounds like the term, and a third are right. Seconds are of CPU. Once the text is made by seed and the terms are known;
once it is real, with real names and terms in it, and all that is known is one row before and after its correction.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tests.bench.bench_text_alignment import Speech, han
from transcripts.text.finding import replace_hits
from transcripts.text.joining import join
from transcripts.text.offers import find_offers
from transcripts.text.recurrences import SoundSearch, Term, is_exact, spell_sounds

ROOT = Path(__file__).resolve().parent.parent.parent
REAL_TERMS = {
    "zh": """图灵 张三丰 豆包 深度学习 飞书 令狐冲 王小波 李彦宏 量子纠缠 神经网络 海淀区 达摩院 富士康 柏拉图
        卷积 张量 红杉 比亚迪 诺伊曼 苏轼 周树人 陆家嘴 浦东 西溪 钱学森 杨振宁 刘慈欣 三体 阿里云 微服务""",
    "en": """Kubernetes Turing Flashweb Volcengine Phillips Kowalski Schroeder Grafana Postgres Wittgenstein Fibonacci
        Nakamoto Szymanski Terraform Rosenberg Kandinsky Montreal Leibniz Okonkwo Petrov Bergamo Kafka Lisbon Novotny
        Ramanujan Delacroix Lindgren Tolstoy Galvani Prokofiev""",
}

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
    false_exact: int = 0
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
        hits = enumerate(SoundSearch(heard, replace=right).find_in_rows(texts))
        found = {(row, texts[row][hit.start : hit.end]) for row, places_in in hits for _number, hit in places_in}
        score.seconds.append(time.process_time() - begun)
        exact = {(row, form) for row, form in places.items() if form == heard}
        alike = {(row, form) for row, form in places.items() if form not in (heard, right)}
        score.exact += len(exact)
        score.exact_found += len(exact & found)
        score.alike += len(alike)
        score.alike_found += len(alike & found)
        score.false += len(found - exact - alike)
    return score


@lru_cache(maxsize=2)
def read_real_rows(language: str) -> list[str]:
    """Sentences that people wrote: this program's texts and documents as they once were, so that they stay the same."""
    return (ROOT / f"tests/data/rows-{language}.txt").read_text().splitlines()


def measure_offers(language: str, seed: int) -> Score:
    """One place of each term is corrected, and what is offered then is ticked: does it give what was said?"""
    draw = random.Random(seed)
    real = read_real_rows(language)
    rows = draw.sample(real, ROWS) if len(real) > ROWS else draw.choices(real, k=ROWS)
    free = draw.sample(range(ROWS), ROWS)
    said = dict(enumerate(rows))
    places: dict[str, dict[int, str]] = {}
    shuffled = REAL_TERMS[language].split()
    draw.shuffle(shuffled)
    for number, term in enumerate(shuffled):
        wrong = mishear(draw, term)
        places[term] = {}
        for at in range(max(4, 40 // (number + 1))):
            row = free.pop()
            words = list(rows[row]) if language == "zh" else rows[row].split()
            where = draw.randrange(len(words) + 1)
            form = wrong if at == 0 else draw.choice((term, wrong, mishear(draw, term)))
            space = "" if language == "zh" else " "
            said[row], rows[row] = (space.join([*words[:where], each, *words[where:]]) for each in (term, form))
            places[term][row] = form
    score = Score()
    for term, its in places.items():
        corrected, wrong = next(iter(its.items()))
        texts = [*rows]
        texts[corrected] = said[corrected]
        begun = time.process_time()
        offers = find_offers(rows[corrected], said[corrected], texts)
        score.seconds.append(time.process_time() - begun)
        right: Counter[bool] = Counter()
        for offer in offers[:1]:
            hits = SoundSearch(offer.word.original, replace=offer.word.right).find_in_rows(texts)
            for row, hit in ((row, hit) for row, found in enumerate(hits) for _, hit in found):
                if replace_hits(texts[row], [hit]) == said[row]:
                    right[is_exact(hit)] += 1
                elif is_exact(hit):
                    score.false_exact += 1
                else:
                    score.false += 1
        others = [form for row, form in its.items() if row != corrected]
        score.exact += others.count(wrong)
        score.exact_found += right[True]
        score.alike += sum(form not in (wrong, term) for form in others)
        score.alike_found += right[False]
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
        for seed in (1, 2, 3):
            score = measure_offers(language, seed)
            by_sound = score.alike_found + score.false
            print(
                f"| real {language} {seed} | {score.exact_found} of {score.exact}, {score.false_exact} false "
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
