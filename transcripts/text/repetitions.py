"""What is said twice at once by a speaker who hesitates (我我, "I I"), and not to mean something (慢慢, "had had")."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from transcripts.text.pauses import END, NOTHING, PAUSE, PausedTokens, is_han_token, split_words

CONJUNCTIONS = split_words("然后 所以 但是 因为 如果 而且 那么")

LISTED = split_words("和 跟 还有 都 全 也 我都 我全")

# What is no word when it is said twice. Han by itself mostly is (慢慢, 看看), or ends a word and begins another
# (现在在); a pronoun may end one clause and begin the next (告诉我我就去): it only counts where a clause begins.
_STUTTERED = frozenset("我你您他她它这那但")
_STUTTERED_AFTER = (*CONJUNCTIONS, *split_words("就是 可是 不过 其实 觉得 时候 可能"))
_PRONOUNS = split_words("我们 你们 他们 她们 它们 咱们")
_STUTTERED_WORDS = (
    *_PRONOUNS,
    *CONJUNCTIONS,
    *split_words(
        "这个 那个 就是 觉得 现在 其实 应该 已经 还是 或者 不过 为什么 这种 那种 这些 那些 我觉得 就是说 的话 "
        "有一个 有一些 是不是 有没有 能不能 我想 我就 他就 我是 他是 这是 那是 可能 比如 比如说 包括 关于 对于 通过 "
        "我在 我要 我也 我还"
    ),
)
_LONGEST = max(map(len, _STUTTERED_WORDS))
_OF_PLACES = "边里儿个么样时些种位家"
_FINAL = "的了啊呀哦吧嘛呢哈啦吗"
_TWICE = frozenset(
    split_words(
        "i we he she they the a an to of for with and but or if when my your our their because from i'm it's we're "
        "they're he's she's there's i've we've i'll we'll i'd that's into"
    )
)
_TWICE_AT_START = frozenset(split_words("you it then"))
_ENDING_CLAUSES = frozenset(split_words("to with for from"))
_BEGINNING_CLAUSES = frozenset(split_words("and but so if"))
_PHRASE_STARTS = (
    _TWICE
    | _TWICE_AT_START
    | frozenset(split_words("so this what how there where in on is was that going have as about"))
)
_SAID_TWICE = frozenset(
    [
        *(
            "i know",
            "i do",
            "i am",
            "i see",
            "i will",
            "i can",
            "i did",
            "i knew",
            "i swear",
            "we do",
            "we can",
            "we know",
        ),
        *(
            "it is",
            "you are",
            "so much",
            "so many",
            "so good",
            "there you",
            "how are",
            "what if",
            "for ever",
            "you know",
        ),
    ]
)
_SAYING = frozenset(split_words("said thought knew know wish say hope"))  # She said she said nothing.
_PRONOUNS_ALONE = frozenset(split_words("i we he she they"))
_LINKS = frozenset(split_words("and by after to or upon on for of"))


def find_repetitions(tokens: PausedTokens, found: set[int]) -> set[int]:
    """What is said again at once, all but its last time. Fillers in between are passed over."""
    kept = [number for number in range(len(tokens)) if number not in found]
    said: set[int] = set()
    for place, number in enumerate(kept):
        if is_han_token(tokens.keys[number]):
            length = _measure_stutter(tokens, kept, place, begins=number - 1 in said)
        else:
            length = _measure_repeated_phrase(tokens, kept, place)
        said.update(kept[place : place + length])
    return said


def _is_repeated(tokens: PausedTokens, kept: Sequence[int], place: int, length: int) -> bool:
    """Whether so many tokens come again at once, each time without a pause inside."""
    if place + 2 * length > len(kept):
        return False
    first, again = kept[place : place + length], kept[place + length : place + 2 * length]
    if any(tokens.keys[one] != tokens.keys[other] for one, other in zip(first, again, strict=True)):
        return False
    if any(
        max(tokens.edges[before + 1 : after + 1]) > NOTHING for run in (first, again) for before, after in pairwise(run)
    ):
        return False
    return max(tokens.edges[first[-1] + 1 : again[0] + 1]) <= PAUSE


def _measure_stutter(tokens: PausedTokens, kept: Sequence[int], place: int, *, begins: bool) -> int:
    number = kept[place]
    starts = tokens.edges[number] != NOTHING or number == 0 or (place > 0 and kept[place - 1] != number - 1)
    for length in range(min(_LONGEST, len(kept) - place), 0, -1):
        if not _is_repeated(tokens, kept, place, length):
            continue
        word = "".join(tokens.keys[at] for at in kept[place : place + length])
        again = kept[place + length]
        apart = tokens.edges[again] == PAUSE or again - kept[place + length - 1] > 1
        after = kept[place + 2 * length - 1] + 1
        if tokens.edges[after] != NOTHING or (tokens.keys[after] in _FINAL and word != "就是"):
            return 0  # Emphasis, or an answer: 我们我们!
        begins = begins or starts or tokens.ends_with(number, _STUTTERED_AFTER)
        if (apart or length == 1 or word in _PRONOUNS) and not begins:
            return 0  # 是我，我来了
        if length > 1:
            listed = apart and tokens.has_any(after, LISTED)  # 这个，这个和这个
            return length if word in _STUTTERED_WORDS and not listed else 0
        begins_word = word in "这那" and tokens.keys[after] in _OF_PLACES  # 那那边呢
        return 1 if word in _STUTTERED and not begins_word and not (word == "你" and apart) else 0
    return 0


def _measure_repeated_phrase(tokens: PausedTokens, kept: Sequence[int], place: int) -> int:
    keys, edges = tokens.keys, tokens.edges
    for length in range(min(4, len(kept) - place), 0, -1):
        if not _is_repeated(tokens, kept, place, length):
            continue
        run = kept[place : place + length]
        words = [keys[number] for number in run]
        end = kept[place + 2 * length - 1] + 1
        following = keys[end] if end < len(keys) else ""
        apart = PAUSE in edges[run[-1] + 1 : kept[place + length] + 1]
        if edges[end] != NOTHING:
            return 0
        if length == 1:
            return 1 if _is_stuttered_word(tokens, run[0], following, apart=apart) else 0
        before = keys[kept[place - 1]] if place else ""
        linked = (words[0] in _LINKS and before == words[-1]) or (words[-1] in _LINKS and following == words[0])
        emphatic = " ".join(words[:2]) in _SAID_TWICE or len(set(words)) == 1 or any(map(is_han_token, words))
        emphatic = emphatic or words[1] in _SAYING
        if words[0] in _PHRASE_STARTS and not linked and not emphatic:
            return length
        return 0
    return 0


def _is_stuttered_word(tokens: PausedTokens, number: int, following: str, *, apart: bool) -> bool:
    key = tokens.keys[number]
    begins = tokens.edges[number] in (PAUSE, END) or (number > 0 and tokens.keys[number - 1] in _BEGINNING_CLAUSES)
    if key == "a":  # an A a week ago
        return tokens.texts[number] == "a" or tokens.edges[number] == END
    if apart and key in _PRONOUNS_ALONE:  # neither you nor I, I fear
        return tokens.edges[number] in (PAUSE, END)
    if key in _TWICE:
        return not (key == "of" and following == "course") and (begins or not (apart and key in _ENDING_CLAUSES))
    return key in _TWICE_AT_START and begins and not apart
