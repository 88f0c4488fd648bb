"""Fillers (嗯 呃 那个 就是, um, uh) and repetitions (我我, "I I"), by rule, and a text without them.

Rules look at tokens and at the pauses written between them, and leave what may mean something where it is: 那个人,
就是他, 嗯 as an answer, 慢慢 and 讨论讨论, "had had", "that that". A text is never altered: without its fillers, it is
another view of it, whose tokens are the others of its tokens in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from transcripts.text.joining import needs_space
from transcripts.text.pauses import END, ENDS, NOTHING, OTHER, PAUSE, PAUSES, PausedTokens, is_han_token, split_words
from transcripts.text.repetitions import CONJUNCTIONS, LISTED, find_repetitions
from transcripts.text.tokens import find_token_spans

# Sounds without a meaning. The foreign ones are words of other languages, and count in English and Chinese alone.
_SOUNDS = frozenset(split_words("呃 uh uhm uhh uhhh umm ummm erm emm emmm"))
_FOREIGN_SOUNDS = frozenset(split_words("um er em"))
_ENGLISH = frozenset(
    split_words(
        "the and of to is it you we that this i what they are but with not have yes yeah think like just know well "
        "okay ok my he she there how it's i'm don't that's was for can would so let's right our your about from"
    )
)
_NOT_ENGLISH = frozenset(
    split_words(
        "und der die das ist nicht ein eine zu ich sie auf für wir auch dass wenn que não uma é para com os het een "
        "van niet ik og det att som på är hon ele ela meu"
    )
)
_AFFIRMATIVE = split_words(
    "对 好 是 行 可以 没 不 有 知道 明白 当然 会 谢谢 要 嗯 同意 收到 听到 "
    "我知道 我明白 我同意 我也 我懂 我看到 我听到 你说得 您说得 ok okay yes yeah right"
)
_SPEECH = split_words("了 的 地 着 一声 哼 啊 呐")
_AFTER_UH = split_words("huh oh hum")
_PRONOUNS = split_words("我 你 您 他 她 咱 大家")
_THOSE_BEFORE = split_words("我 你 他 她 我们 你们 他们 她们 咱们")
_DEMONSTRATIVES = ("那个", "这个")
_MORE = split_words("还有那 还有这 和那 和这 跟那 跟这")
_JUST = "就是"
_TOPIC = split_words("是 也 都 才 不是 还 更 挺 很 太 比 怎么 多少 在哪 行 对")
_AGREED = split_words("我也 说得 你说 没错 对 这话 谁说 可不")
_PHRASES = (("you", "know"), ("i", "mean"))


@dataclass(frozen=True, slots=True)
class Filler:
    """A place in a text, in code points, from one token to another."""

    start: int
    end: int


def find_fillers(text: str) -> list[Filler]:
    """Find fillers and repetitions, in order; those that follow one another with no more than a pause are one."""
    tokens = PausedTokens(text)
    found: list[Filler] = []
    before = -1
    for number in sorted(_find_numbers(tokens)):
        start, end = tokens.spans[number]
        if found and before == number - 1 and tokens.edges[number] <= PAUSE:
            found[-1] = Filler(found[-1].start, end)
        else:
            found.append(Filler(start, end))
        before = number
    return found


def _find_numbers(tokens: PausedTokens) -> set[int]:
    """The numbers of the tokens that are fillers. Repetitions count where other fillers stand between."""
    found = set(_find_sounds(tokens))
    for _round in range(2):
        found |= set(_find_demonstratives(tokens, found))
        found |= set(_find_just(tokens, found))
    found |= set(_find_phrases(tokens))
    found |= find_repetitions(tokens, found)
    return found


def _find_sounds(tokens: PausedTokens) -> Iterator[int]:
    known = set(tokens.keys)
    english = bool(known & _ENGLISH) and not known & _NOT_ENGLISH
    chinese = any(map(is_han_token, tokens.keys))
    for number, key in enumerate(tokens.keys):
        before, after = tokens.edges[number], tokens.edges[number + 1]
        apart = PAUSE <= before <= END and PAUSE <= after <= END
        if key in _SOUNDS:
            filler = not _is_answer(tokens, number)
        elif key == "um":
            filler = (apart or english or chinese) and not known & _NOT_ENGLISH and not _is_answer(tokens, number)
        elif key in _FOREIGN_SOUNDS:
            filler = (
                (apart or (key == "er" and english)) and not known & _NOT_ENGLISH and not _is_answer(tokens, number)
            )
        elif key == "嗯":
            filler = _is_hesitation(tokens, number)
        elif key in ("hmm", "额"):
            filler = apart and after == PAUSE
        else:
            filler = key == "啊" and before == after == PAUSE
        if filler and not before == after == OTHER:
            yield number


def _is_answer(tokens: PausedTokens, number: int) -> bool:
    """Whether the sound is an answer (uh huh), a question (uh?), an abbreviation (the ER) or a hiccup (打呃)."""
    key, text = tokens.keys[number], tokens.texts[number]
    before, following = (tokens.keys[at] if 0 <= at < len(tokens) else "" for at in (number - 1, number + 1))
    shouted = key in _FOREIGN_SOUNDS and text.isupper() and not tokens.text.isupper()
    asked = any(sign in tokens.gaps[number + 1] for sign in "?？")
    together = following in _AFTER_UH and tokens.edges[number + 1] <= PAUSE
    return shouted or asked or together or (key == "呃" and (following == "逆" or before == "打"))


def _is_hesitation(tokens: PausedTokens, number: int) -> bool:
    """Whether 嗯 is no answer and no word: something follows, and nothing that one says after a yes."""
    before, after = tokens.edges[number], tokens.edges[number + 1]
    alone = before >= END and after >= END
    answer = before >= END and tokens.has_any(number + 1, _AFFIRMATIVE)
    word = after == NOTHING and tokens.has_any(number + 1, _SPEECH)
    reply = before >= END and after == PAUSE and max(tokens.edges[number + 2 : number + 6], default=END) >= END
    reply = reply and PAUSE not in tokens.edges[number + 2 : number + 6]
    double = tokens.has(number - 1, "嗯嗯") or tokens.has(number, "嗯嗯")
    return not (alone or answer or reply or word or double) and before != OTHER


def _find_demonstratives(tokens: PausedTokens, found: set[int]) -> Iterator[int]:
    for number in range(len(tokens) - 1):
        if not tokens.has_any(number, _DEMONSTRATIVES):
            continue
        word, end = "".join(tokens.keys[number : number + 2]), number + 2
        before, after = tokens.edges[number], tokens.edges[end]
        starts = before in (PAUSE, END)
        near = _is_next_to(tokens, number, end, found)
        other = _DEMONSTRATIVES[word == "那个"]
        listed = _stands_alone(tokens, end, other) or _stands_alone(tokens, number - 2, other)
        if _is_same(tokens, number, end, word):
            filler = after == NOTHING or not tokens.has_any(end + 2, LISTED)  # 这个，这个和这个
        elif word == "那个" and starts and after == PAUSE:
            filler = not listed and not _tells_of(tokens, end) and not tokens.has_any(end, _MORE)
        elif word == "那个" and after == PAUSE and tokens.ends_with(number, CONJUNCTIONS):
            filler = True
        elif word == "那个" and after == PAUSE and tokens.ends_with(number, _THOSE_BEFORE):
            filler = end in found
        elif starts and after == PAUSE and near:
            filler = not listed and not _tells_of(tokens, end)
        elif word == "那个" and after == NOTHING and (starts or near):
            filler = tokens.has_any(end, ("然后", "所以", "但是", "如果", "那么")) or (
                number - 1 in found and tokens.has_any(end, _PRONOUNS)
            )
        else:
            filler = False
        if filler:
            yield from (number, number + 1)


def _is_next_to(tokens: PausedTokens, start: int, end: int, found: set[int]) -> bool:
    """Whether a filler stands right before or after, with no more than a pause between."""
    return (start - 1 in found and tokens.edges[start] <= PAUSE) or (end in found and tokens.edges[end] <= PAUSE)


def _is_same(tokens: PausedTokens, start: int, end: int, word: str) -> bool:
    """Whether the word follows once more; that what is said of it, too, is a sentence of its own (就是就是!) is not."""
    again = end + len(word)
    if not tokens.has(end, word) or tokens.edges[end] > PAUSE:
        return False
    if tokens.edges[end] == PAUSE and tokens.edges[start] == NOTHING and not tokens.ends_with(start, CONJUNCTIONS):
        return tokens.has(start - len(word), word)  # 你说的那个，那个地方
    return not (tokens.edges[start] >= END and tokens.edges[again] >= END)


def _stands_alone(tokens: PausedTokens, number: int, word: str) -> bool:
    return tokens.has(number, word) and PAUSE in (tokens.edges[number], tokens.edges[number + 2])


def _tells_of(tokens: PausedTokens, end: int) -> bool:
    """Whether what follows tells something of it: 那个，是我的."""
    just = tokens.has(end, _JUST) and tokens.edges[end + 2] == NOTHING
    return just or (tokens.has_any(end, _TOPIC) and not tokens.has(end, "还有") and not tokens.has(end, "不好意思"))


def _find_just(tokens: PausedTokens, found: set[int]) -> Iterator[int]:
    for number in range(len(tokens) - 1):
        if not tokens.has(number, _JUST):
            continue
        end = number + 2
        before, after = tokens.edges[number], tokens.edges[end]
        if _is_same(tokens, number, end, _JUST):
            filler = True
        elif after == PAUSE and end < len(tokens):
            agreed = tokens.has_any(end, _AGREED)
            after_word = tokens.ends_with(number, (*CONJUNCTIONS, "我觉得"))
            filler = (
                (before in (PAUSE, END) and not agreed) or after_word or (number - 1 in found and before == NOTHING)
            )
        else:
            thinks = any(
                tokens.has(end, who + what) for who in ("我", "我们") for what in ("想", "觉得", "认为", "感觉")
            )
            filler = after == NOTHING and _is_next_to(tokens, number, number, found) and thinks
            filler = filler and not _ends_as_noun(tokens, end)
        if filler and before != OTHER:
            yield from (number, number + 1)


def _ends_as_noun(tokens: PausedTokens, start: int) -> bool:
    """Whether the clause ends with 的: 就是我想要的."""
    end = next(number for number in range(start + 1, len(tokens) + 1) if tokens.edges[number] != NOTHING)
    return tokens.keys[end - 1] == "的"


def _find_phrases(tokens: PausedTokens) -> Iterator[int]:
    """, you know, and , I mean, and , like, between pauses; the first two begin a sentence, too."""
    keys, edges = tokens.keys, tokens.edges
    for number in range(len(keys) - 2):
        if tuple(keys[number : number + 2]) in _PHRASES and edges[number + 1] == NOTHING:
            if edges[number] in (PAUSE, END) and edges[number + 2] == PAUSE and "," in tokens.gaps[number + 2]:
                yield from (number, number + 1)
        elif keys[number] == "like" and tokens.gaps[number].strip() == tokens.gaps[number + 1].strip() == ",":
            yield number


@lru_cache(maxsize=16384)
def leave_out_fillers(text: str) -> tuple[str, tuple[int, ...]]:
    """Give the text without fillers, and the numbers of the tokens that are left: each is one token of that text.

    Pauses written around a filler become one; a sentence that began with it begins with a capital as before.
    """
    tokens = PausedTokens(text)
    found = _find_numbers(tokens)
    if not found:
        return text, tuple(range(len(tokens)))
    result, gap = "", tokens.gaps[0]
    left: list[int] = []
    capital = False
    for number, token in enumerate(tokens.texts):
        if number in found:
            capital = capital or (token[0].isupper() and tokens.edges[number] >= END)
            gap = _join_gaps(gap, tokens.gaps[number + 1], at_start=not left, at_end=number + 1 == len(tokens))
            continue
        if capital and token[0].islower():
            token = token[0].upper() + token[1:]
        if number - 1 in found and not gap and needs_space(result, token):
            gap = " "
        result += gap + token
        left.append(number)
        gap, capital = tokens.gaps[number + 1], False
    return (result + gap if left else ""), tuple(left)


def _join_gaps(before: str, after: str, *, at_start: bool, at_end: bool) -> str:
    """What stands between two tokens once the one between them is gone, made of what stood before and after it."""
    signs_before, signs_after = PAUSES.sub("", before), PAUSES.sub("", after)
    if at_start and signs_after and not ENDS.sub("", signs_after):
        after, signs_after = "", ""  # 呃。我们
    if signs_after:
        if signs_before and not ENDS.sub("", signs_after) and ENDS.search(before[-2:]):
            return before
        return (before if signs_before else "") + _strip_pauses(after)
    return "" if at_end and not at_start and not signs_before else before


def _strip_pauses(gap: str) -> str:
    while gap and (match := PAUSES.match(gap)):
        gap = gap[match.end() :]
    return gap


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of a text, in code points, and what the text without fillers has there instead, often nothing."""

    start: int
    end: int
    instead: str


def find_left_out(text: str) -> list[LeftOut]:
    """Where the text without fillers differs: with these it is made of the text, and both are views of one row."""
    clean, left = leave_out_fillers(text)
    spans, clean_spans = find_token_spans(text), find_token_spans(clean)
    places: list[LeftOut] = []
    at = clean_at = 0
    for number, (clean_start, clean_end) in zip(left, clean_spans, strict=True):
        start, end = spans[number]
        places += _compare(at, text[at:start], clean[clean_at:clean_start])
        places += _compare(start, text[start:end], clean[clean_start:clean_end])
        at, clean_at = end, clean_end
    return [*places, *_compare(at, text[at:], clean[clean_at:])]


def _compare(at: int, before: str, after: str) -> Iterator[LeftOut]:
    """The one stretch in which two short texts differ, of which the first stands at `at`."""
    if before == after:
        return
    start = same = 0
    least = min(len(before), len(after))
    while start < least and before[start] == after[start]:
        start += 1
    while same < least - start and before[-1 - same] == after[-1 - same]:
        same += 1
    yield LeftOut(at + start, at + len(before) - same, after[start : len(after) - same])
