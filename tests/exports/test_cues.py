"""Captions through the exports: presets, figures, names; that they break well is tests/text/test_text_captions.py's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exports.sample import document, line, text_of
from tests.text.strategies import texts, wild_texts
from transcripts.exports.cues import choose_preset, make_cues
from transcripts.exports.document import DocumentRow
from transcripts.exports.language import guess_preset
from transcripts.exports.options import ExportOptions
from transcripts.text.caption_rules import PRESETS
from transcripts.text.tokens import Word, tokenize, weigh

AUTUMN = "秋天总是那么富有诗意。树叶渐渐变红，街道旁的银杏树也开始落叶。人们穿上厚重的外套，享受着凉爽的秋风。"
KENNEDY = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."


def said(text: str, start_ms: int = 0, **fields: object) -> DocumentRow:
    """A row said evenly, 200 ms a syllable, with a pause of 300 ms after each sign."""
    words: list[Word] = []
    now = start_ms
    for token in tokenize(text):
        end = now + round(200 * weigh(token.text))
        words.append(Word(token.text, now, end))
        now = end + 300 * (text[token.end : token.end + 1] in tuple("，。,."))
    return line(text, start_ms, words[-1].end_ms if words else start_ms + 500, words=words, **fields)


def test_captions_are_the_default_and_follow_the_language_of_the_text() -> None:
    assert text_of("srt", document(said(AUTUMN))) == (
        "1\n00:00:00,000 --> 00:00:03,716\n秋天总是那么富有诗意。\n树叶渐渐变红，\n\n"
        "2\n00:00:03,800 --> 00:00:06,416\n街道旁的银杏树也开始落叶。\n\n"
        "3\n00:00:06,500 --> 00:00:10,200\n人们穿上厚重的外套，\n享受着凉爽的秋风。\n"
    )
    assert [cue.lines for cue in make_cues(document(said(KENNEDY)), ExportOptions())] == [
        ("And so, my fellow Americans,",),
        ("ask not what your country can do for you,", "ask what you can do for your country."),
    ]


@pytest.mark.parametrize(
    ("text", "language", "preset"),
    [
        ("我们下个月开会 roadmap", "", "zh"),
        ("We meet in 上海 next month to talk about the plan", "", "en"),
        ("来月の会議で話しましょう", "", "ja"),
        ("会議", "ja-JP", "ja"),
        ("会议", "zh-CN", "zh"),
        ("다음 달 회의에서 이야기합시다", "", "ko"),
        ("Bonjour à tous", "zh-CN", "en"),
        ("Привет всем", "", "en"),
        ("", "ko-KR", "ko"),
        ("", "yue-CN", "zh"),
        ("1234", "", "en"),
    ],
)
def test_language_is_told_by_the_scripts(text: str, language: str, preset: str) -> None:
    assert guess_preset([text], language) == preset
    assert choose_preset(document(line(text), language=language), ExportOptions()) == preset


def test_long_transcripts_are_not_read_to_their_end() -> None:
    assert guess_preset(("是" * 30_000, *(["Hello"] * 10))) == "zh"


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_preset_can_be_chosen(preset: str) -> None:
    rules = ExportOptions(preset=preset).rules(PRESETS[preset])
    assert rules == PRESETS[preset]


def test_every_figure_can_be_changed() -> None:
    figures: dict[str, object] = {
        "line": 8.0,
        "lines": 1,
        "per_second": 5.0,
        "narrow": 0.7,
        "shortest_ms": 100,
        "longest_ms": 2500,
        "frames_per_second": 30.0,
        "gap_frames": 3,
        "closed_ms": 400,
        "linger_ms": 200,
        "pause_ms": 250,
    }
    options = ExportOptions(**figures, drop_marks=True, keep=("银杏树",))  # type: ignore[arg-type]
    rules = options.rules(PRESETS["zh"])
    assert {name: getattr(rules, name) for name in figures} == figures
    found = text_of("srt", document(said(AUTUMN)), **figures, drop_marks=True, keep="银杏树")
    shown = [block.splitlines()[2:] for block in found.split("\n\n")]
    assert all(len(lines) == 1 and len(lines[0]) <= 8 for lines in shown)
    assert not set("。，") & set(found)
    assert "银杏树" in found


def test_rows_stay_as_they_are_where_asked() -> None:
    found = make_cues(document(said(AUTUMN), line("第一行\n第二行，", 20_000, 21_000)), ExportOptions(cues="rows"))
    assert [cue.lines for cue in found] == [(AUTUMN,), ("第一行", "第二行，")]
    bare = make_cues(document(line("第一行，好。\n第二行。")), ExportOptions(cues="rows", drop_marks=True))
    assert bare[0].lines == ("第一行 好", "第二行")


def test_every_caption_names_who_speaks() -> None:
    content = document(
        said("好，我们开始。", 0, speaker="林"),
        said("第一件事是这个月的计划。", 3000, speaker="林"),
        said(KENNEDY, 8000, speaker="Ana"),
    )
    shown = [block.splitlines()[2:] for block in text_of("srt", content, preset="zh").split("\n\n")]
    assert shown[:2] == [["林: 好，我们开始。"], ["林: 第一件事是这个月的计划。"]]
    assert shown[2] == ["Ana: And so, my fellow Americans,", "ask not what your country can do"]
    assert "林" not in text_of("srt", content, names="off")


def test_a_name_too_long_for_the_line_has_one_of_its_own() -> None:
    content = document(said("树叶渐渐变红了。", speaker="国家图书馆的馆长先生"))
    assert text_of("srt", content).splitlines()[2:] == ["国家图书馆的馆长先生:", "树叶渐渐变红了。"]


def test_words_may_have_their_times_in_webvtt() -> None:
    content = document(said("欢迎 Lin & 来。", 400, speaker="A"))
    assert text_of("vtt", content, word_times="on") == (
        "WEBVTT\n\n1\n00:00:00.400 --> 00:00:01.234\n"
        "<v A>欢<00:00:00.600>迎 <00:00:00.800>Lin &amp; <00:00:01.000>来。\n"
    )


def test_old_windows_programs_get_their_marks() -> None:
    assert text_of("srt", document(line("好")), bom="on", crlf="on", cues="rows").encode() == (
        b"\xef\xbb\xbf1\r\n00:00:00,000 --> 00:00:01,000\r\n\xe5\xa5\xbd\r\n"
    )


def test_which_rows_and_which_text() -> None:
    rows = (
        line("一", 0, 1000, speaker="林", speaker_label="1", verified=True, engine_text="衣"),
        line("二", 1000, 2000, speaker="Ana", speaker_label="2", engine_text="二"),
        line("三", 2000, 3000, speaker="林", speaker_label="1", engine_text="三"),
    )

    def kept(**options: object) -> str:
        return "".join(text_of("txt", document(*rows), names="off", **options).split())

    assert kept() == "一二三"
    assert kept(rows="verified") == "一"
    assert kept(speaker="林") == kept(speaker="1") == "一三"
    assert kept(speaker="nobody") == ""
    assert kept(from_ms="1500") == "二三"
    assert kept(from_ms=1000, to_ms=2000) == "二"
    assert kept(to_ms="0:01.001") == "一二"
    assert kept(text="engine") == "衣二三"


@pytest.mark.long
@given(st.lists(st.tuples(st.one_of(texts, wild_texts), st.integers(0, 3000)), max_size=4), st.booleans())
def test_any_text_can_be_shown(parts: list[tuple[str, int]], timed: bool) -> None:
    """Words that are not those of the text, as after a correction elsewhere, are given times anew."""
    rows = [line(text, start, start + 900, words=said(text).words if timed else ()) for text, start in parts]
    before = document(*rows)
    for options in (ExportOptions(), ExportOptions(cues="rows", word_times=True)):
        for cue in make_cues(before, options):
            assert 0 <= cue.start_ms < cue.end_ms
            assert all(shown.strip() for shown in cue.lines)
    assert before == document(*rows)  # captions never alter the transcript
