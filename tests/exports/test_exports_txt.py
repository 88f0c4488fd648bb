from __future__ import annotations

from tests.exports.sample import DOCUMENT, document, line
from transcripts.exports import txt


def test_a_line_for_each_row_and_the_name_where_it_changes() -> None:
    assert txt.export(DOCUMENT).decode() == (
        "主持人: 欢迎 Lin 来。\n大家好。\n\nAnn <b>: Hello & <welcome> --> all\n\n第一行第二行 third\n"
    )


def test_times_are_the_starts_of_the_rows() -> None:
    assert txt.export(DOCUMENT, times="1").decode() == (
        "[00:00:00] 主持人: 欢迎 Lin 来。\n"
        "[00:00:02] 大家好。\n"
        "\n"
        "[01:02:03] Ann <b>: Hello & <welcome> --> all\n"
        "\n"
        "[01:23:20] 第一行第二行 third\n"
    )


def test_nothing_said_is_an_empty_file() -> None:
    assert txt.export(document()) == b""
    assert txt.export(document(line(" \n "))) == b""
