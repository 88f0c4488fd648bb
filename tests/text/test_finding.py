from __future__ import annotations

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from tests.text.strategies import fragments, texts, wild_texts
from transcripts.text.finding import (
    BadPattern,
    BadReplacement,
    Hit,
    Mode,
    Search,
    TooComplex,
    TooLarge,
    TooSlow,
    fold_for_search,
    replace_hits,
    split_at_hits,
)


def found(text: str, query: str, mode: Mode = Mode.PLAIN) -> list[str]:
    return [text[hit.start : hit.end] for hit in Search(query, mode).find_hits(text)]


def after(text: str, query: str, replace: str, mode: Mode = Mode.PLAIN) -> str:
    return replace_hits(text, Search(query, mode, replace=replace).find_hits(text))


@pytest.mark.parametrize(
    ("text", "query", "hits"),
    [
        ("语音识别的语音", "语音", ["语音", "语音"]),
        ("语音识别", "音识", ["音识"]),
        ("的的的的", "的的", ["的的", "的的"]),
        ("把 ＲｏａｄＭａｐ 先定", "ROADMAP", ["ＲｏａｄＭａｐ"]),
        ("the roadmaps", "ｒｏａｄ", ["road"]),
        ("好，好,好", "，", ["，", ","]),
        ("３.１４ 和 3．14", "3.14", ["３.１４", "3．14"]),
        ("ﾊﾞｽとバス", "バス", ["ﾊﾞｽ", "バス"]),
        ("cafe\u0301 Café", "CAFÉ", ["cafe\u0301", "Café"]),
        ("한\u1112\u1161\u11ab", "한", ["한", "\u1112\u1161\u11ab"]),
        ("don’t don't", "don't", ["don’t", "don't"]),
        ("安\u200b全\ufeff带", "安全带", ["安\u200b全\ufeff带"]),
        ("Straße STRASSE", "straße", ["Straße"]),
        ("İstanbul", "stan", ["stan"]),
        ("等…等", "...", []),
        ("頭髮和头发", "头发", ["头发"]),
        ("頭髮和头发", "頭髮", ["頭髮"]),
        ("𠮷野家😀𠮷", "𠮷", ["𠮷", "𠮷"]),
        ("anything", "", []),
        ("anything", "\u200b", []),
        ("", "x", []),
    ],
)
def test_text_is_found_whatever_its_case_and_width(text: str, query: str, hits: list[str]) -> None:
    assert found(text, query) == hits


@pytest.mark.parametrize(
    ("text", "query", "hits"),
    [
        ("road roadmap broad Road", "road", ["road", "Road"]),
        ("road, (road) road.", "road", ["road", "road", "road"]),
        ("把road定下来", "road", ["road"]),
        ("well-known don't", "known", ["known"]),
        ("3 30 v3 3.1", "3", ["3", "3"]),
        ("snake_case case", "case", ["case"]),
        ("语音识别", "音识", ["音识"]),
        ("语音识别API文档", "识别", ["识别"]),
        ("ＡＰＩ APIs", "api", ["ＡＰＩ"]),
        ("naïve na", "na", ["na"]),
        ("aaa aa", "aa", ["aa"]),
    ],
)
def test_whole_words_end_where_letters_end(text: str, query: str, hits: list[str]) -> None:
    assert found(text, query, Mode.WORD) == hits


@pytest.mark.parametrize(
    ("text", "query", "hits"),
    [
        ("roadmap Roads", r"road\w*", ["roadmap", "Roads"]),
        ("２０２６年 3月", r"\d+[年月]", ["２０２６年", "3月"]),
        ("说（ＡＢＣ）和(def)", "（(\\w+)）", ["（ＡＢＣ）", "(def)"]),
        ("好，好,", "[，。]", ["，", ","]),
        ("好，好", r"\，", ["，"]),
        ("用API做", r"(?<=\p{Han})(?=[A-Z])", [""]),
        ("嗯嗯，那个那个", r"(\p{Han}{1,2})\1", ["嗯嗯", "那个那个"]),
    ],
)
def test_regular_expression_is_found(text: str, query: str, hits: list[str]) -> None:
    assert found(text, query, Mode.REGEX) == hits


@pytest.mark.parametrize(
    ("query", "replace", "text", "result"),
    [
        (r"(\w+)@(\w+)", r"\2 at \g<1>", "lin@ana", "ana at lin"),
        (r"(?P<name>ＬＩＮ)", r"<\g<name>>", "ｌｉｎ", "<ｌｉｎ>"),
        (r"(x)|(y)", r"[\1\2]", "xy", "[x][y]"),
        (r"a", r"\\", "banana", "b\\n\\n\\"),
        (r"\d", r"\g<0>号", "3", "3号"),
        (r"a", "$1", "a", "$1"),
        (r"(?<=\p{Han})(?=[a-z])|(?<=[a-z])(?=\p{Han})", " ", "用API做", "用 API 做"),
    ],
)
def test_groups_are_put_in_as_they_stand(query: str, replace: str, text: str, result: str) -> None:
    assert after(text, query, replace, Mode.REGEX) == result


def test_replacement_of_a_plain_text_is_taken_literally() -> None:
    assert after("a.c abc A.C", "a.c", r"\1 \g<x>") == r"\1 \g<x> abc \1 \g<x>"


@pytest.mark.parametrize(
    ("pattern", "position"), [("(", 1), ("ab[c", 4), ("a**", 3), ("x{2,1}", 3), ("\\", 1), ("(?P<1>a)", 6)]
)
def test_what_is_no_regular_expression_is_refused(pattern: str, position: int) -> None:
    with pytest.raises(BadPattern) as refused:
        Search(pattern, Mode.REGEX)
    assert refused.value.position == position


@pytest.mark.parametrize(
    ("replace", "part"), [(r"\1", r"\1"), (r"\g<x>", r"\g<x>"), (r"a\q", r"\q"), (r"\g<>", r"\g<>")]
)
def test_replacement_by_a_group_that_is_not_there_is_refused(replace: str, part: str) -> None:
    with pytest.raises(BadReplacement) as refused:
        Search("a", Mode.REGEX, replace=replace)
    assert refused.value.part == part


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"((a{1,100}){1,100}){1,100}$", r"(a|aa|aaa)+$"])
def test_regular_expression_that_never_ends_is_stopped(pattern: str) -> None:
    search = Search(pattern, Mode.REGEX, seconds=0.05)
    with pytest.raises(TooSlow):
        search.find_hits("a" * 5000 + "b")
    with pytest.raises(TooSlow):
        search.has_hit("a" * 5000 + "b")


@pytest.mark.parametrize(
    ("pattern", "position"),
    [
        (r"a(?R)?b", 2),
        (r"(a(?1)?)b", 3),
        (r"（?<n>a(?&n)?)(?P>n)".replace("（", "("), 7),
        (r"x(?-1)", 2),
        ("a{10001}", 2),
        ("(?:a{101}){101}", 11),
        ("(?x)a{1 0 0 0 1}", 6),
        ("(?V1)[[a]{200}]{200}", 16),
        ("a{１０００１}", 2),
    ],
)
def test_regular_expression_that_could_take_any_memory_is_refused(pattern: str, position: int) -> None:
    with pytest.raises(TooComplex) as refused:
        Search(pattern, Mode.REGEX)
    assert refused.value.position == position


@pytest.mark.parametrize(
    "pattern", [r"\(?R", r"\d{4}-\d{2}-\d{2}", r".{0,1000}.{1,1000}", r"(a)?(?(1)b|c)", r"(?i)a(?=b)"]
)
def test_what_people_write_is_not_too_complex(pattern: str) -> None:
    Search(pattern, Mode.REGEX)


def test_replacements_of_a_search_have_so_much_room_together() -> None:
    row = "a" * 10_000
    with pytest.raises(TooLarge):
        Search("(?=(a*))", Mode.REGEX, replace=r"\1" * 250).find_hits(row)
    search = Search("a", replace="b" * 500)
    with pytest.raises(TooLarge):
        _ = [search.find_hits(row) for _row in range(2)]


def test_time_is_for_all_rows_together() -> None:
    search = Search(r"(a|aa)+$", Mode.REGEX, seconds=0.2)
    with pytest.raises(TooSlow):
        _ = [search.has_hit("a" * 24 + "b") for _row in range(10_000)]


def test_split_parts_are_the_text_with_its_hits() -> None:
    text = "语音识别和语音"
    hits = Search("语音").find_hits(text)
    assert split_at_hits(text, hits) == [("语音", True), ("识别和", False), ("语音", True)]
    assert split_at_hits(text, []) == [(text, False)]
    assert split_at_hits("", []) == []


@given(st.characters())
def test_character_folds_to_one_or_to_none(char: str) -> None:
    assert len(fold_for_search(char)) <= 1


queries = st.one_of(fragments, st.lists(fragments, min_size=1, max_size=3).map("".join), st.text(max_size=3))


@given(st.one_of(texts, wild_texts), queries, st.sampled_from([Mode.PLAIN, Mode.WORD]))
def test_hits_are_where_the_folded_text_has_the_query(text: str, query: str, mode: Mode) -> None:
    search = Search(query, mode)
    hits = search.find_hits(text)
    assert all(fold_for_search(text[hit.start : hit.end]) == search.sought for hit in hits)
    assert all(one.end <= next_one.start for one, next_one in pairwise(hits))
    assert search.has_hit(text) == bool(hits)
    if mode == Mode.PLAIN:
        assert len(hits) == (fold_for_search(text).count(search.sought) if search.sought else 0)


@pytest.mark.long
@given(texts, texts)
def test_text_is_found_between_others(before: str, behind: str) -> None:
    assert "中流砥柱" in found(before + "。中流砥柱。" + behind, "中流砥柱", Mode.WORD)


@given(st.one_of(texts, wild_texts), queries)
def test_replacing_a_text_by_itself_or_nothing_of_it_changes_nothing(text: str, query: str) -> None:
    hits = Search(query).find_hits(text)
    assert replace_hits(text, []) == text
    assert replace_hits(text, [Hit(hit.start, hit.end, text[hit.start : hit.end]) for hit in hits]) == text
    assert "".join(part for part, _is_hit in split_at_hits(text, hits)) == text


@given(st.one_of(texts, wild_texts), st.text(max_size=12), st.text(max_size=6))
def test_any_regular_expression_is_answered_or_refused(text: str, query: str, replace: str) -> None:
    try:
        hits = Search(query, Mode.REGEX, replace=replace).find_hits(text)
    except (BadPattern, BadReplacement, TooSlow):
        return
    assert all(0 <= hit.start <= hit.end <= len(text) for hit in hits)


# Each of several code points, seen as one character.
FAMILY, THUMB, FLAG, HEART, KEYCAP, LETTER = "👨\u200d👩\u200d👧", "👍🏽", "🇨🇳", "❤\ufe0f", "1\ufe0f\u20e3", "x\u0302"


@pytest.mark.parametrize(
    ("query", "replace", "text", "result"),
    [
        ("👨", "x", f"a{FAMILY}b", "axb"),
        ("👩", "x", f"a{FAMILY}b", f"a{FAMILY}b"),
        (".", "x", FAMILY + FLAG + THUMB + HEART, "xxxx"),
        (r"\p{Emoji_Presentation}", "", f"好{THUMB}好", "好好"),
        ("(👨)(.)", r"\2\1", f"{FAMILY}b", f"{FAMILY}b"),
        ("(👍)(.)", r"[\1][\2]", THUMB + "b", f"[{THUMB}][]b"),
        ("🇳🇺", "x", "🇨🇳🇺🇸", "🇨🇳🇺🇸"),
        ("🇺🇸", "x", "🇨🇳🇺🇸", "🇨🇳x"),
        ("(?=👩)", "x", FAMILY, FAMILY),
        ("x", "y", f"x{LETTER}", f"y{LETTER}"),
        ("1", "2", f"1{KEYCAP}", f"2{KEYCAP}"),
        ("(x)(.)", r"\2\1", LETTER, LETTER),
        (r"x\u0302", "y", LETTER, "y"),
        ("ก", "ข", "กำ ก", "กำ ข"),
    ],
)
def test_regular_expression_takes_an_emoji_whole(query: str, replace: str, text: str, result: str) -> None:
    assert after(text, query, replace, Mode.REGEX) == result


@pytest.mark.parametrize("mode", [Mode.PLAIN, Mode.WORD])
@pytest.mark.parametrize(
    ("query", "text", "result"),
    [
        ("👨", f"a {FAMILY} b", "a - b"),
        ("👩", f"a {FAMILY} b 👩", f"a {FAMILY} b -"),
        ("👨👩", f"{FAMILY} {FAMILY}", "- -"),
        (FAMILY, f"{FAMILY}👧", "-👧"),
        ("👍", f"{THUMB} 👍", "- -"),
        ("🇳🇺", "🇨🇳🇺🇸", "🇨🇳🇺🇸"),
        ("🇺🇸", "🇨🇳 🇺🇸", "🇨🇳 -"),
        ("1", f"1 {KEYCAP}", f"- {KEYCAP}"),
        ("x", f"x {LETTER}", f"- {LETTER}"),
        ("ก", "กำ ก", "กำ -"),
    ],
)
def test_plain_text_takes_an_emoji_whole(query: str, text: str, result: str, mode: Mode) -> None:
    assert after(text, query, "-", mode) == result


seen_as_one = st.sampled_from(
    [FAMILY, THUMB, FLAG, "🇺🇸", HEART, KEYCAP, LETTER, "😀", "a", "好", "n\u0303", "กำ", "ᄒ\u1161"]
)
joined_texts = st.lists(seen_as_one, max_size=8).map("".join)
atoms = st.one_of(
    seen_as_one,
    st.sampled_from(
        [".", r"\w", r"\X", r"\p{So}", r"\p{M}", "👨", "👩", "🇨", "🇳", "🏽", "(?=👧)", "[👧👍x]", "(.)", "|", ""]
    ),
)
joining_patterns = st.lists(
    st.tuples(atoms, st.sampled_from(["", "", "?", "+", "*?", "{2}"])), min_size=1, max_size=4
).map(lambda parts: "".join(f"(?:{atom}){times}" for atom, times in parts))


@given(st.one_of(joined_texts, wild_texts), joining_patterns, st.sampled_from(["", "-", r"\g<0>", r"-\g<0>"]))
def test_regular_expression_never_cuts_what_is_seen_as_one(text: str, query: str, replace: str) -> None:
    borders = {0, *(cluster.end() for cluster in regex.finditer(r"\X", text))}
    search = Search(query, Mode.REGEX, replace=replace)
    hits = search.find_hits(text)
    assert all({hit.start, hit.end} <= borders and hit.start <= hit.end for hit in hits)
    assert all(one.end <= next_one.start for one, next_one in pairwise(hits))
    assert search.has_hit(text) == any(hit.end > hit.start for hit in hits)
    if replace.endswith(r"\g<0>"):
        assert replace_hits(text, hits).replace("-", "") == text.replace("-", "")


@given(
    st.one_of(joined_texts, wild_texts),
    st.lists(st.one_of(seen_as_one, st.sampled_from("👨👩🇨🇳🏽\u0302")), min_size=1, max_size=3).map("".join),
    st.sampled_from([Mode.PLAIN, Mode.WORD]),
)
def test_plain_text_never_cuts_what_is_seen_as_one(text: str, query: str, mode: Mode) -> None:
    borders = {0, *(cluster.end() for cluster in regex.finditer(r"\X", text))}
    search = Search(query, mode)
    hits = search.find_hits(text)
    assert all({hit.start, hit.end} <= borders and hit.start < hit.end for hit in hits)
    assert all(one.end <= next_one.start for one, next_one in pairwise(hits))
    assert search.has_hit(text) == bool(hits)


@given(joined_texts)
def test_groups_that_change_places_leave_emoji_whole(text: str) -> None:
    swapped = after(text, "(.)(.)", r"\2\1", Mode.REGEX)
    assert sorted(regex.findall(r"\X", swapped)) == sorted(regex.findall(r"\X", text))
