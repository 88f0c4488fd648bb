"""What each format costs: a transcript of two hours and 30,000 words, CPU seconds and memory above what was there.

At most one second (Word and Excel three) and 100 MB are wanted.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time

from transcripts.exports import registry
from transcripts.exports.document import Document, DocumentRow
from transcripts.text.tokens import Word, tokenize

WORDS, HOURS, SPEAKERS, ROW = 30_000, 2, 3, 20
SLOW = {"docx": 3.0, "xlsx": 3.0}
LATIN = ("the", "plan", "for", "next", "month", "is", "that", "we", "meet", "people", "who", "know", "how", "to", "go")
HAN = "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会"


def transcript(language: str) -> Document:
    """Rows of 20 words (or Han characters), with a comma in the middle; a third of them verified."""
    chance = random.Random(7)
    syllable = HOURS * 3_600_000 * 0.8 / WORDS
    lines, now = [], 0
    for number in range(WORDS // ROW):
        said = [chance.choice(HAN if language == "zh" else LATIN) for _ in range(ROW)]
        said[ROW // 2] += "，" if language == "zh" else ","
        text = ("" if language == "zh" else " ").join(said) + ("。" if language == "zh" else ".")
        words, start = [], now
        for token in tokenize(text):
            words.append(Word(token.text, now, now + round(syllable * 0.9)))
            now += round(syllable)
        who = f"Speaker {number // 4 % SPEAKERS + 1}"
        lines.append(
            DocumentRow(
                str(number),
                start,
                now,
                who,
                "",
                who[-1],
                text,
                words,
                verified=number % 3 == 0,
                engine_text=text,
                engine_words=words,
            )
        )
        now += round(syllable * ROW * 0.25)
    return Document("会议", "", now, lines)


def main() -> None:
    """Each format in a process of its own, so that none is charged for another's memory."""
    print("format    language  seconds  limit  MB above idle  KB written")
    for language in ("zh", "en"):
        for name in registry.FORMATS:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.bench_exports", language, name],
                check=True,
                capture_output=True,
                text=True,
            )
            print(done.stdout, end="", flush=True)


def one(language: str, name: str) -> None:
    document = transcript(language)
    registry.export(name, Document("", "", 0, document.utterances[:2]))  # modules and templates are loaded
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    content = registry.export(name, document)
    seconds = time.process_time() - started
    above = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    limit = SLOW.get(name, 1.0)
    print(f"{name:9} {language:9} {seconds:7.2f} {limit:6.1f} {above:14.1f} {len(content) // 1024:11}")


if __name__ == "__main__":
    one(*sys.argv[1:]) if len(sys.argv) == 3 else main()
