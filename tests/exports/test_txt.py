from __future__ import annotations

from tests.exports.sample import DOCUMENT, document, line, text_of


def test_a_line_for_each_row_and_the_name_where_it_changes() -> None:
    assert text_of("txt", DOCUMENT) == (
        "主持人: 欢迎 Lin 来。\n大家好。\n\nAnn <b>: Hello & <welcome> --> all\n\n第一行第二行 third\n"
    )


def test_times_are_the_starts_of_the_rows() -> None:
    assert text_of("txt", DOCUMENT, times="1") == (
        "[00:00:00] 主持人: 欢迎 Lin 来。\n"
        "[00:00:02] 大家好。\n"
        "\n"
        "[01:02:03] Ann <b>: Hello & <welcome> --> all\n"
        "\n"
        "[01:23:20] 第一行第二行 third\n"
    )


def test_nothing_said_is_an_empty_file() -> None:
    assert text_of("txt", document()) == ""
    assert text_of("txt", document(line(" \n "))) == ""
