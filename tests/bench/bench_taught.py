"""What teaching the embedded recogniser a term gives: terms that it misheard go along as hot words the next time.

Clips of real speech are made harder by noise and a telephone's band, so that it mishears terms that it knows in clear
sound. The first recognition has no hot words. Those of a clip's terms that came out wrong somewhere are what people
would have taught; the second recognition has them all, of all clips, as one project's glossary would send them.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rapidfuzz.distance import Levenshtein

from tests.bench._speech import CLIPS, Clip, make_harder, read_clip
from transcripts.flash.hot_words import fit_words
from transcripts.flashserver.recognizer import RecognizerOptions, Samples
from transcripts.flashserver.whisper import Whisper
from transcripts.text.tokens import fold, split_tokens

SEEDS = (1, 2)


def main() -> None:
    with TemporaryDirectory() as cache:
        whisper = Whisper(cache=Path(cache))
        print("| sound | wrong terms, taught | right then | other errors before | after |")
        print("|---|---|---|---|---|")
        for name, snr_db, is_phone in (
            ("as it is", None, False),
            ("telephone", None, True),
            ("noise at 10 dB", 10.0, False),
            ("telephone, noise at 10 dB", 10.0, True),
            ("noise at 5 dB", 5.0, False),
            ("telephone, noise at 5 dB", 5.0, True),
        ):
            wrong, right, tokens, before, after = (0,) * 5
            for seed in SEEDS if snr_db is not None else SEEDS[:1]:
                found = _teach(whisper, seed, snr_db, is_phone)
                wrong, right, tokens, before, after = (
                    a + b for a, b in zip((wrong, right, tokens, before, after), found, strict=True)
                )
            print(
                f"| {name} | {wrong} | {right} ({_percent(right, wrong)}) | {_percent(before, tokens)}"
                f" | {_percent(after, tokens)} |",
                flush=True,
            )


def _teach(whisper: Whisper, seed: int, snr_db: float | None, is_phone: bool) -> tuple[int, int, int, int, int]:
    """Terms that were wrong, those of them right when taught, all tokens, other errors before and after."""
    chance = np.random.default_rng(seed)
    sounds = [make_harder(read_clip(clip), chance, snr_db, is_phone) for clip in CLIPS]
    firsts = [_recognise(whisper, sound, ()) for sound in sounds]
    marks = [_judge(clip, said) for clip, said in zip(CLIPS, firsts, strict=True)]
    taught = {term for clip, (places, _) in zip(CLIPS, marks, strict=True) for term, ok in places if not ok}
    words = tuple(fit_words(sorted(taught)))
    wrong = right = before = after = tokens = 0
    for clip, sound, (places, others) in zip(CLIPS, sounds, marks, strict=True):
        again, others_again = _judge(clip, _recognise(whisper, sound, words))
        wrong += sum(not ok for _, ok in places)
        right += sum(ok and not was for (_, was), (_, ok) in zip(places, again, strict=True))
        before += others
        after += others_again
        tokens += len(list(split_tokens(clip.text)))
    return wrong, right, tokens, before, after


def _recognise(whisper: Whisper, sound: Samples, words: tuple[str, ...]) -> str:
    rows = whisper.recognise(sound, RecognizerOptions(hot_words=words), lambda: False)
    return " ".join(row.text for row in rows)


def _judge(clip: Clip, said: str) -> tuple[list[tuple[str, bool]], int]:
    """Whether each occurrence of a term is right, in the order of the text, and the errors outside them."""
    true, heard = ([fold(token) for token in split_tokens(text)] for text in (clip.text, said))
    edits = Levenshtein.editops(true, heard)
    wrong = {edit.src_pos for edit in edits if edit.tag != "insert"}
    inserted = [edit.src_pos for edit in edits if edit.tag == "insert"]
    places: list[tuple[str, bool]] = []
    spans: list[range] = []
    for term in clip.terms:
        its = [fold(token) for token in split_tokens(term)]
        for at in range(len(true) - len(its) + 1):
            if true[at : at + len(its)] == its:
                span = range(at, at + len(its))
                is_split = any(span.start < position < span.stop for position in inserted)
                places.append((term, not is_split and not any(position in wrong for position in span)))
                spans.append(span)
    covered = {position for span in spans for position in span}
    return places, sum(edit.src_pos not in covered for edit in edits)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
