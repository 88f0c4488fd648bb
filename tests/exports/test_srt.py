from __future__ import annotations

import pysubs2

from tests.exports.sample import DOCUMENT, document, line, text_of


def test_one_cue_for_each_row() -> None:
    assert text_of("srt", DOCUMENT, cues="rows") == (
        "1\n00:00:00,400 --> 00:00:01,600\n主持人: 欢迎 Lin 来。\n"
        "\n"
        "2\n00:00:02,000 --> 00:00:02,600\n主持人: 大家好。\n"
        "\n"
        "3\n01:02:03,004 --> 01:02:04,000\nAnn <b>: Hello & <welcome> → all\n"
        "\n"
        "4\n01:23:20,000 --> 01:23:20,001\n第一行\n第二行\nthird\n"
    )


def test_another_program_reads_the_same_cues() -> None:
    found = pysubs2.SSAFile.from_string(text_of("srt", DOCUMENT, cues="rows"), format_="srt", keep_html_tags=True)
    assert [(event.start, event.end, event.text.replace(r"\N", "\n")) for event in found] == [
        (400, 1600, "主持人: 欢迎 Lin 来。"),
        (2000, 2600, "主持人: 大家好。"),
        (3_723_004, 3_724_000, "Ann <b>: Hello & <welcome> → all"),
        (5_000_000, 5_000_001, "第一行\n第二行\nthird"),
    ]


def test_hours_may_pass_99_and_times_are_never_negative() -> None:
    content = text_of("srt", document(line("a", -50, -20), line("b", 360_000_000, 360_000_500)), cues="rows")
    assert content == ("1\n00:00:00,000 --> 00:00:00,001\na\n\n2\n100:00:00,000 --> 100:00:00,500\nb\n")


def test_nothing_said_is_an_empty_file() -> None:
    assert text_of("srt", document(), cues="rows") == ""
