"""EAF and TextGrid."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from praatio import textgrid

from tests.exports.sample import DOCUMENT, WORDS, document, exported, line
from transcripts.exports.document import Document

Tiers = dict[str, list[tuple[int, int, str]]]
OVERLAPPING = document(
    line("一二", 0, 2000, speaker="林"),
    line("三", 1000, 3000, speaker="林"),
    line("words", 1500, 2500, speaker="林 words"),
    line("四", 2000, 2002, speaker="林"),
    line("太多太多的字", 4000, 4003),
)


def read_eaf(content: bytes) -> Tiers:
    root = ET.fromstring(content)  # noqa: S314 -- our own
    slots = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) for slot in root.iter("TIME_SLOT")}
    assert list(slots.values()) == sorted(slots.values())
    return {
        tier.attrib["TIER_ID"]: [
            (
                slots[own.attrib["TIME_SLOT_REF1"]],
                slots[own.attrib["TIME_SLOT_REF2"]],
                own.findtext("ANNOTATION_VALUE") or "",
            )
            for own in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        for tier in root.iter("TIER")
    }


def read_textgrid(content: bytes, folder: Path) -> Tiers:
    """By praatio, whose tiers have no empty intervals."""
    path = folder / "a.TextGrid"
    path.write_bytes(content)
    found = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    return {
        tier.name: [(round(1000 * start), round(1000 * end), text) for start, end, text in tier.entries]
        for tier in found.tiers
    }


def both(content: Document, folder: Path) -> Tiers:
    found = read_eaf(exported("eaf", content))
    assert read_textgrid(exported("textgrid", content), folder) == found
    return found


def test_a_tier_for_each_speaker_and_one_of_words(tmp_path: Path) -> None:
    found = both(DOCUMENT, tmp_path)
    assert list(found) == ["主持人", "主持人 words", "Ann <b>", "Ann <b> words", "transcript", "transcript words"]
    assert found["主持人"] == [(400, 1600, "欢迎 Lin 来。"), (2000, 2600, "大家好。")]
    assert found["主持人 words"][:4] == [(word.start_ms, word.end_ms, word.text) for word in WORDS]
    assert found["Ann <b>"] == [(3_723_004, 3_724_000, "Hello & <welcome> --> all")]
    assert found["transcript"] == [(5_000_000, 5_000_001, "第一行第二行 third")]


def test_rows_at_once_go_to_tiers_of_their_own(tmp_path: Path) -> None:
    found = both(OVERLAPPING, tmp_path)
    assert {name: [text for *_, text in rows] for name, rows in found.items() if "words" not in name} == {
        "林": ["一二", "四"],
        "林 (2)": ["三"],
        "transcript": ["太多太多的字"],
    }
    assert [text for *_, text in found["林 words (2)"]] == ["words"]
    assert len(found["transcript words"]) == 3
    for rows in found.values():
        assert all(start < end for start, end, _ in rows)
        assert all(before[1] <= after[0] for before, after in pairwise(rows))


def test_eaf_says_what_its_tiers_are() -> None:
    root = ET.fromstring(exported("eaf", document(line("好", speaker="林"), made=datetime(2026, 11, 23, tzinfo=UTC))))  # noqa: S314 -- our own
    assert [child.tag for child in root] == [
        "HEADER",
        "TIME_ORDER",
        "TIER",
        "TIER",
        "LINGUISTIC_TYPE",
        "LINGUISTIC_TYPE",
        "CONSTRAINT",
    ]
    assert root.attrib["DATE"] == "2026-11-23T00:00:00+00:00"
    rows, words = root.iterfind("TIER")
    assert rows.attrib == {"TIER_ID": "林", "PARTICIPANT": "林", "LINGUISTIC_TYPE_REF": "utterance"}
    assert words.attrib == {
        "TIER_ID": "林 words",
        "PARTICIPANT": "林",
        "LINGUISTIC_TYPE_REF": "word",
        "PARENT_REF": "林",
    }
    ids = [own.attrib["ANNOTATION_ID"] for own in root.iter("ALIGNABLE_ANNOTATION")]
    assert ids == ["a1", "a2"]


@pytest.mark.parametrize("name", ["eaf", "textgrid"])
def test_nothing_said_is_a_file_without_tiers(name: str, tmp_path: Path) -> None:
    content = exported(name, document())
    assert (read_eaf(content) if name == "eaf" else b"size = 0" in content) in ({}, True)


def test_quotes_are_written_twice(tmp_path: Path) -> None:
    assert both(document(line('他说 "yes" ""', speaker='"A"')), tmp_path)['"A"'] == [(0, 1000, '他说 "yes" ""')]
