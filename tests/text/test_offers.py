from __future__ import annotations

import pytest

from transcripts.text.offers import Offer, WordPair, find_offers

ROWS = [
    "图林奖是计算机界的",
    "昨天说到图林",
    "他叫涂灵",
    "森林很大",
    "林机",
    "Turin did",
    "It is a turing test",
    "He is there.",
]


def offer(heard: str, right: str, exact: int, alike: int) -> Offer:
    return Offer(WordPair(heard, right), exact, alike)


@pytest.mark.parametrize(
    ("old", "new", "offers"),
    [
        ("我们研究图林机的原理", "我们研究图灵机的原理", [offer("图林", "图灵", 2, 1)]),
        ("关于图林。", "关于图灵。", [offer("图林", "图灵", 2, 1)]),
        ("关于图林", "关于涂灵", [offer("图林", "涂灵", 2, 0)]),
        ("Ask Turin.", "Ask Turing.", [offer("Turin", "Turing", 1, 0)]),
        ("Ask Turin，图林！", "Ask Turing，图灵！", [offer("图林", "图灵", 2, 1), offer("Turin", "Turing", 1, 0)]),
        ("关于图灵", "关于，图灵。", []),  # only signs
        ("关于图 灵", "关于图灵", []),  # only spaces
        ("关于图林", "关于图林奖", []),  # only inserted
        ("关于大图林", "关于图林", []),  # only deleted
        ("His is a test", "He is a test", []),  # everyday words
        ("他说图林", "她说图林", []),
        ("林说过", "灵说过", []),  # no word to be found around it
        ("有 15 个", "有 50 个", []),  # numbers
        ("关于图林", "今天的天气真的非常好我们出去散步", []),  # written anew
        ("关于牛肉", "关于羊肉", []),  # nowhere else
        ("Eat is a test", "It is a test", []),
    ],
)
def test_what_an_edit_replaced_is_offered(old: str, new: str, offers: list[Offer]) -> None:
    assert find_offers(old, new, [*ROWS, new]) == offers


@pytest.mark.parametrize(
    ("old", "new", "rows", "word"),
    [
        ("这位张三峰很厉害", "这位张三丰很厉害", ["张三峰来了", "那个张三峰", "山峰很高"], ("张三峰", "张三丰")),
        ("令狐充的剑", "令狐冲的剑", ["令狐充", "令狐充和他"], ("令狐充", "令狐冲")),
        ("林胡充来了", "令胡冲来了", ["林胡充"], ("林胡充", "令胡冲")),
        ("机器学西模型", "机器学习模型", ["学西成绩", "在学西", "学西"], ("学西", "学习")),
        ("研究 GPU 卡", "研究 CPU 卡", ["GPU"], ("GPU", "CPU")),
    ],
)
def test_a_replaced_character_is_offered_with_its_word(
    old: str, new: str, rows: list[str], word: tuple[str, str]
) -> None:
    assert [tuple(each.word) for each in find_offers(old, new, [*rows, new])] == [word]


@pytest.mark.parametrize("word", ["it", "its", "them", "from", "without", "could", "don't", "can’t"])
def test_everyday_words_are_offered_nothing(word: str) -> None:
    assert find_offers("turin", word, ["turin", "turin", word]) == []


@pytest.mark.parametrize(
    ("rows", "verified", "offers"),
    [
        (["昨天说到图林", "他叫涂灵", "图林奖"], {0}, []),  # it is right there
        (["昨天说到图灵", "他叫涂灵", "图林奖"], {0}, [offer("图林", "图灵", 1, 1)]),
        (["昨天说到图林", "他叫涂灵", "图林奖"], {1}, [offer("图林", "图灵", 2, 0)]),
        (["昨天说到图林", "他叫涂灵", "涂灵来了", "图玲"], {1}, [offer("图林", "图灵", 1, 1)]),
    ],
)
def test_what_verified_rows_have_is_right(rows: list[str], verified: set[int], offers: list[Offer]) -> None:
    assert find_offers("关于图林", "关于图灵", [*rows, "关于图灵"], verified) == offers


def test_a_verified_row_has_the_heard_form_as_a_whole_word() -> None:
    rows = ["The reordering is done", "The former and the order", "My former"]
    assert find_offers("Our former", "Our Farmer", ["The reformers", "My former", "Our Farmer"], {0}) == [
        offer("former", "Farmer", 1, 0)
    ]
    assert find_offers("An former", "An order", [*rows, "An order"], {1}) == []


@pytest.mark.parametrize(
    ("old", "new", "rows", "offers"),
    [
        ("提镐效率", "提高效率", ["提高", "题搞", "我们提高"], []),
        ("房胺悍来了", "方胺捍来了", ["方案喊", "说方胺捍吧"], [offer("房胺悍", "方胺捍", 0, 1)]),
        ("房胺悍来了", "方胺捍来了", ["方案喊"], []),  # nowhere else as it is right
        ("Ask Turin.", "Ask Turing.", ["The tooring test"], [offer("Turin", "Turing", 0, 1)]),
        ("Turin came.", "Turing came.", ["The tooring test"], []),  # every sentence begins with a capital
        ("ask turin.", "ask turing.", ["The tooring test"], []),
        ("get hab", "GetHub", ["the get hob"], [offer("get hab", "GetHub", 0, 1)]),
    ],
)
def test_only_names_and_terms_are_offered_for_their_sound(
    old: str, new: str, rows: list[str], offers: list[Offer]
) -> None:
    assert find_offers(old, new, [*rows, new]) == offers


def test_what_is_known_as_a_term_is_offered_for_its_sound() -> None:
    rows = ["关于图灵", "他叫涂灵"]
    assert find_offers("关于图林", "关于图灵", rows) == []
    assert find_offers("关于图林", "关于图灵", rows, is_known={"图灵"}.__contains__) == [offer("图林", "图灵", 0, 1)]
