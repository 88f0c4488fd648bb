from __future__ import annotations

from tests.exports.sample import DOCUMENT, document, line, text_of


def test_each_line_has_its_time_and_silence_an_empty_one() -> None:
    assert text_of("lrc", DOCUMENT, cues="rows") == (
        "[ti:会议]\n[length:00:05]\n"
        "[00:00.40]主持人: 欢迎 Lin 来。\n"
        "[00:02.00]主持人: 大家好。\n[00:02.60]\n"
        "[62:03.00]Ann ＜b＞: Hello & ＜welcome＞ --＞ all\n[62:04.00]\n"
        "[83:20.00]第一行第二行 third\n[83:20.00]\n"
    )


def test_captions_have_one_line() -> None:
    text = "秋天总是那么富有诗意。树叶渐渐变红，街道旁的银杏树也开始落叶。"
    assert [shown[10:] for shown in text_of("lrc", document(line(text, 0, 9000))).splitlines()[2:]] == [
        "秋天总是那么富有诗意。",
        "树叶渐渐变红，",
        "街道旁的银杏树也开始落叶。",
        "",
    ]


def test_text_is_never_a_time() -> None:
    assert "\n[00:00.00]［01:00.00］ ＜b＞\n" in text_of("lrc", document(line("[01:00.00] <b>")), cues="rows")
