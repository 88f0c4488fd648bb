from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pysubs2

from tests.exports.sample import DOCUMENT, exported, text_of

TT = {"": "http://www.w3.org/ns/ttml", "ttm": "http://www.w3.org/ns/ttml#metadata"}
XML = "{http://www.w3.org/XML/1998/namespace}"


def test_another_program_reads_the_same_cues() -> None:
    found = pysubs2.SSAFile.from_string(text_of("ttml", DOCUMENT, cues="rows"), format_="ttml")
    assert [(event.start, event.end, event.text) for event in found] == [
        (400, 1600, "欢迎 Lin 来。"),
        (2000, 2600, "大家好。"),
        (3_723_004, 3_724_000, "Hello & <welcome> --> all"),
        (5_000_000, 5_000_001, r"第一行\N第二行\Nthird"),
    ]


def test_speakers_are_agents_and_the_language_is_told() -> None:
    root = ET.fromstring(exported("ttml", DOCUMENT, cues="rows"))  # noqa: S314 -- our own
    agents = {
        f"{agent.get(f'{XML}id')}": agent.findtext("ttm:name", namespaces=TT)
        for agent in root.iterfind("head/metadata/ttm:agent", TT)
    }
    assert agents == {"speaker1": "主持人", "speaker2": "Ann <b>"}
    spoken = [cue.get(f"{{{TT['ttm']}}}agent") for cue in root.iterfind("body/div/p", TT)]
    assert spoken == ["speaker1", "speaker1", "speaker2", None]
    assert root.get(f"{XML}lang") == "zh"
    assert root.findtext("head/metadata/ttm:title", namespaces=TT) == "会议"


def test_cues_come_into_the_body_whatever_the_title_says() -> None:
    root = ET.fromstring(exported("ttml", replace(DOCUMENT, title="</div> & <div>"), cues="rows"))  # noqa: S314 -- our own
    assert root.findtext("head/metadata/ttm:title", namespaces=TT) == "</div> & <div>"
    assert [len(part) for part in root.iterfind("body/div", TT)] == [4]


def test_names_may_be_left_out() -> None:
    assert "agent" not in text_of("ttml", DOCUMENT, names="off")
