"""EAF and TTML as libxml2 sees them, by schemas of our own: what the definitions of the formats ask of our files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.exports.sample import DOCUMENT, document, exported, line
from transcripts.exports.document import Document

SCHEMAS = Path(__file__).parent / "schemas"
EAF = etree.XMLSchema(etree.parse(SCHEMAS / "eaf.xsd"))
TTML = etree.RelaxNG(etree.parse(SCHEMAS / "ttml.rng"))
quick = settings(deadline=None, database=None, derandomize=True, max_examples=40)
anything = st.text(st.characters(exclude_categories=()), max_size=12)


def valid(name: str, content: Document) -> None:
    schema = {"eaf": EAF, "ttml": TTML}[name]
    parsed = etree.fromstring(exported(name, content), etree.XMLParser(resolve_entities=False, no_network=True))
    assert schema.validate(parsed), schema.error_log


@pytest.mark.parametrize("name", ["eaf", "ttml"])
@pytest.mark.parametrize(
    "content", [DOCUMENT, document(), document(line("好", speaker='<"林">'), line("好", 500, 1500, speaker='<"林">'))]
)
def test_files_are_as_their_formats_are_defined(name: str, content: Document) -> None:
    valid(name, content)


@pytest.mark.parametrize("name", ["eaf", "ttml"])
@quick
@given(st.lists(st.tuples(anything, anything, st.integers(0, 5000), st.integers(-10, 5000)), max_size=4), anything)
def test_whatever_is_said(name: str, rows: list[tuple[str, str, int, int]], title: str) -> None:
    lines = (line(text, start, start + length, speaker=speaker) for text, speaker, start, length in rows)
    valid(name, document(*lines, title=title))


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (
            "eaf",
            b'TIER_ID="\xe4\xb8\xbb\xe6\x8c\x81\xe4\xba\xba words"',
            b'TIER_ID="\xe4\xb8\xbb\xe6\x8c\x81\xe4\xba\xba"',
        ),
        ("eaf", b'TIME_SLOT_REF1="ts1"', b'TIME_SLOT_REF1="ts999"'),
        ("eaf", b'LINGUISTIC_TYPE_ID="word"', b'LINGUISTIC_TYPE_ID="words"'),
        ("eaf", b'DATE="1970-01-01T00:00:00+00:00"', b'DATE="today"'),
        ("ttml", b'xml:lang="zh"', b""),
        ("ttml", b'ttm:agent="speaker1"', b'ttm:agent="speaker 1" agent="1"'),
        ("ttml", b'begin="00:00:00.400"', b'begin="0.4"'),
        ("ttml", b'end="00:00:01.600"', b'end="never"'),
    ],
)
def test_schemas_see_what_is_wrong(name: str, right: bytes, wrong: bytes) -> None:
    content = exported(name, DOCUMENT, **({"cues": "rows"} if name == "ttml" else {}))
    assert right in content
    schema = {"eaf": EAF, "ttml": TTML}[name]
    assert not schema.validate(etree.fromstring(content.replace(right, wrong)))
