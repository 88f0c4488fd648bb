from __future__ import annotations

import pysubs2

from tests.exports.sample import DOCUMENT, document, line, text_of


def test_another_program_reads_the_same_cues() -> None:
    found = pysubs2.SSAFile.from_string(text_of("ass", DOCUMENT, cues="rows"), format_="ass")
    assert [(event.start, event.end, event.name, event.plaintext) for event in found] == [
        (400, 1600, "主持人", "欢迎 Lin 来。"),
        (2000, 2600, "主持人", "大家好。"),
        (3_723_000, 3_724_000, "Ann <b>", "Hello & <welcome> --> all"),
        (5_000_000, 5_000_010, "", "第一行\n第二行\nthird"),
    ]
    assert (found.info["Title"], found.styles["Default"].fontname) == ("会议", "Microsoft YaHei")


def test_text_is_never_a_command() -> None:
    content = document(line(r"{\b1}fat{\b0} C:\new\Nice", speaker="Lin, Ana"))
    (event,) = pysubs2.SSAFile.from_string(text_of("ass", content, cues="rows"), format_="ass")
    assert event.name == "Lin， Ana"
    assert event.plaintext == "｛\\\u2060b1｝fat｛\\\u2060b0｝ C:\\\u2060new\\\u2060Nice"


def test_names_may_be_left_out() -> None:
    found = pysubs2.SSAFile.from_string(text_of("ass", DOCUMENT, names="off"), format_="ass")
    assert {event.name for event in found} == {""}


def test_times_are_rounded_to_hundredths_and_end_before_ten_hours() -> None:
    content = document(line("a", 1_234, 1_235), line("b", 35_999_994, 36_000_500))
    assert [
        event.split(",")[1:3] for event in text_of("ass", content, cues="rows").splitlines() if event[:8] == "Dialogue"
    ] == [["0:00:01.23", "0:00:01.24"], ["9:59:59.99", "9:59:59.99"]]
