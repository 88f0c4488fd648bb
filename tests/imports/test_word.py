"""Word files: what stands in them, wherever Word may put it."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.imports.helpers import PlainRow, left_of, read_content, rows_of
from transcripts.imports.rows import NotReadable

TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def part(root: str, body: str, space: str = TRANSITIONAL) -> str:
    spaces = f'xmlns:w="{space}" xmlns:mc="urn:mc" xmlns:wps="urn:wps" xmlns:v="urn:v"'
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{root} {spaces}>{body}</w:{root}>'


def package(body: str, space: str = TRANSITIONAL, **others: str) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", part("document", f"<w:body>{body}</w:body>", space))
        for name, other in others.items():
            archive.writestr(f"word/{name}.xml", other)
    return content.getvalue()


def p(text: str, properties: str = "") -> str:
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: list[str]) -> str:
    cells = ("".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


BOX = f"<w:txbxContent>{p('[00:03] box')}</w:txbxContent>"
ALTERNATIVES = (
    f"<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{BOX}</wps:txbx></w:drawing></mc:Choice>"
    f"<mc:Fallback><w:pict><v:textbox>{BOX}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
)
ONE = [(1000, 4000, "", "a b")]


@pytest.mark.parametrize("space", [TRANSITIONAL, STRICT])
@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (f"<w:p><w:r><w:t>[00:01] a</w:t></w:r><w:r>{ALTERNATIVES}</w:r></w:p>",
         [(1000, 3000, "", "a"), (3000, 6000, "", "box")]),
        (f"<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{p('[00:01] a b')}</w:sdtContent></w:sdt>", ONE),
        ("<w:p><w:sdt><w:sdtContent><w:r><w:t>[00:01] a b</w:t></w:r></w:sdtContent></w:sdt></w:p>", ONE),
        ("<w:p><w:customXml><w:fldSimple><w:r><w:t>[00:01] a b</w:t></w:r></w:fldSimple></w:customXml></w:p>", ONE),
        ("<w:p><w:r><w:t>[00:01] a </w:t><w:instrText>HYPERLINK x</w:instrText><w:t>b</w:t></w:r></w:p>", ONE),
        (p("[00:01] a ", "<w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>") + p("b"), ONE),
        (p("[00:01] a b") + "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>" + p("gone") + "</w:tc></w:tr></w:tbl>", ONE),
        ("<w:p><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>[00:01] a b</w:t></w:r></w:p>", ONE),
        ("<w:p><w:r><w:t>[00:01] a</w:t><w:br/><w:t>b</w:t></w:r></w:p>", ONE),
    ],
)  # fmt: skip
def test_text_is_found_in_every_wrapper(body: str, rows: list[PlainRow], space: str) -> None:
    reading = read_content("a.docx", package(body, space))
    assert rows_of(reading) == rows
    assert left_of(reading) == []


def test_what_stands_beside_the_text_is_told() -> None:
    reading = read_content(
        "a.docx",
        package(
            "<w:p><w:r><w:t>[00:01] a</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r></w:p>",
            footnotes=part("footnotes", f"<w:footnote>{p('see there')}</w:footnote>"),
            comments=part("comments", f"<w:comment>{p('really?')}</w:comment>"),
            header1=part("hdr", p("page one")),
        ),
    )
    assert rows_of(reading) == [(1000, 4000, "", "a")]
    assert left_of(reading) == [
        ("paragraph 1", "secret", "HIDDEN"),
        ("footnotes", "see there", "NOTE"),
        ("comments", "really?", "NOTE"),
        ("headers and footers", "page one", "SETTINGS"),
    ]


BOTH = [(1000, 3000, "Ann", "Hello all."), (4000, 5000, "Ben", "Hi.")]


@pytest.mark.parametrize(
    ("rows", "found", "left"),
    [
        ([["No.", "Start", "End", "Who", "Content", "Remarks"], ["1", "00:01", "00:03", "Ann", "Hello all.", ""],
          ["2", "00:04", "00:05", "Ben", "Hi.", "laughs"]], BOTH,
         [("row 1 of a table", "No.\nStart\nEnd\nWho\nContent\nRemarks", "TITLE"),
          ("row 3 of a table", "laughs", "COLUMN")]),
        ([["00:01 - 00:03", "Ann", "Hello all."], ["00:04–00:05", "Ben", "Hi."], ["", "Ben", "again"]], BOTH,
         [("row 3 of a table", "Ben\nagain", "NO_TIME")]),
        ([["Ann", "００：０１", "Hello all."], ["Ben", "00:03", "Hi."]],
         [(1000, 3000, "Ann", "Hello all."), (3000, 6000, "Ben", "Hi.")], []),
        ([["00:01", "Hello all."], ["00:03", "Hi."]], [(1000, 3000, "", "Hello all."), (3000, 6000, "", "Hi.")], []),
    ],
)  # fmt: skip
def test_columns_are_known_by_what_they_hold(
    rows: list[list[str]], found: list[PlainRow], left: list[tuple[str, str, str]]
) -> None:
    reading = read_content("a.docx", package(table(*rows)))
    assert rows_of(reading) == found
    assert left_of(reading) == left


def test_a_meeting_has_a_heading_above_its_talk() -> None:
    reading = read_content(
        "a.docx", package("".join(map(p, ["Meeting", "Ann Lee   0:03", "Hello", "Ben Wu   0:05", "Hi"])))
    )
    assert rows_of(reading) == [(3000, 5000, "Ann Lee", "Hello"), (5000, 8000, "Ben Wu", "Hi")]
    assert left_of(reading) == [("paragraph 1", "Meeting", "NO_TIME")]


@pytest.mark.long
def test_a_package_packed_to_burst_is_refused() -> None:
    with pytest.raises(NotReadable) as refused:
        read_content("a.docx", package(" " * (65 << 20)))
    assert refused.value.args == (NotReadable.LARGE,)
