"""Texts and engine words for the properties."""

from __future__ import annotations

from hypothesis import strategies as st

from transcripts.text.tokens import Word, tokenize

HAN = "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会"
LATIN = ("the", "of", "Hello", "well-known", "don't", "GPT-4", "3.14", "50%", "1,000", "Café", "שלום", "한국", "かな")
MARKS = ("，", "。", " ", "! ", "… ", "“", "”", "\n", "😀", "e\u0301", "𠮷", "ｶﾞ", "１２", "\u200d")

fragments = st.one_of(st.sampled_from(HAN), st.sampled_from(HAN), st.sampled_from(LATIN), st.sampled_from(MARKS))
texts = st.lists(fragments, max_size=24).map("".join)
wild_texts = st.text(max_size=40)


@st.composite
def engine_words(draw: st.DrawFn, min_size: int = 0) -> list[Word]:
    """Words as the engine sends them: in order, with pauses, now and then grouped, marked or untimed."""
    words: list[Word] = []
    now = draw(st.integers(0, 5_000))
    for text in draw(
        st.lists(st.one_of(fragments, st.just("并且"), st.just("Hello,")), min_size=min_size, max_size=20)
    ):
        if not tokenize(text):
            words.append(Word(text, -1, -1))
            continue
        now += draw(st.sampled_from((0, 0, 0, 40, 120, 400)))
        length = draw(st.integers(40, 600))
        words.append(Word(text, now, now + length))
        now += length
    return words


@st.composite
def broken_words(draw: st.DrawFn) -> list[Word]:
    """Words as no engine should send them: any text, any order of times, nothing between them."""
    times = st.integers(-5, 3_000)
    return draw(st.lists(st.builds(Word, st.one_of(fragments, wild_texts), times, times), max_size=12))
