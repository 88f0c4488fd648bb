from __future__ import annotations

import html
from io import StringIO

import webvtt

from tests.exports.sample import DOCUMENT, document, text_of


def test_one_cue_for_each_row_with_its_voice() -> None:
    assert text_of("vtt", DOCUMENT, cues="rows") == (
        "WEBVTT\n"
        "\n"
        "1\n00:00:00.400 --> 00:00:01.600\n<v 主持人>欢迎 Lin 来。\n"
        "\n"
        "2\n00:00:02.000 --> 00:00:02.600\n<v 主持人>大家好。\n"
        "\n"
        "3\n01:02:03.004 --> 01:02:04.000\n<v Ann &lt;b&gt;>Hello &amp; &lt;welcome&gt; --&gt; all\n"
        "\n"
        "4\n01:23:20.000 --> 01:23:20.001\n第一行\n第二行\nthird\n"
    )


def test_another_program_reads_the_same_cues() -> None:
    found = webvtt.from_buffer(StringIO(text_of("vtt", DOCUMENT, cues="rows")))
    assert [
        (cue.identifier, cue.start, cue.end, html.unescape(cue.voice or ""), html.unescape(cue.text)) for cue in found
    ] == [
        ("1", "00:00:00.400", "00:00:01.600", "主持人", "欢迎 Lin 来。"),
        ("2", "00:00:02.000", "00:00:02.600", "主持人", "大家好。"),
        ("3", "01:02:03.004", "01:02:04.000", "Ann <b>", "Hello & <welcome> --> all"),
        ("4", "01:23:20.000", "01:23:20.001", "", "第一行\n第二行\nthird"),
    ]


def test_nothing_said_is_a_header() -> None:
    assert text_of("vtt", document(), cues="rows") == "WEBVTT\n"
