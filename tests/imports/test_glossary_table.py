"""A glossary as CSV: what was written is read again, and what spreadsheets make of it, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.imports.glossary_table import (
    MOST_BYTES,
    MOST_LINES,
    GlossaryLine,
    read_lines,
    read_lines_in_child,
    write_lines,
)
from transcripts.imports.rows import NotReadable

LINES = [
    GlossaryLine("图灵", "图林", 4, 'Note, with "signs"', "zh-CN"),
    GlossaryLine("图灵", "图领", 1, 'Note, with "signs"', "zh-CN"),
    GlossaryLine("=Flashweb", "'flesh", in_use=False),
]


def test_what_was_written_is_read_again() -> None:
    written = write_lines(LINES)
    assert written.splitlines()[:2] == [
        "term,misheard_as,times,note,language,in_use",
        '图灵,图林,4,"Note, with ""signs""",zh-CN,yes',
    ]
    assert "'=Flashweb" in written
    assert read_lines(("\ufeff" + written).encode()) == LINES


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp", "Cf"]), min_size=1, max_size=20)


@given(st.lists(st.builds(GlossaryLine, texts, texts, st.integers(0, 10**9 - 1)), min_size=1, max_size=5))
def test_any_terms_are_read_again(lines: list[GlossaryLine]) -> None:
    assert read_lines(write_lines(lines).encode()) == lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("Kubernetes\n\n  \nFlashweb,flesh web\n", [("Kubernetes", "", 0), ("Flashweb", "flesh web", 0)]),
        ("Term;Times;Misheard_as\r\nTuring;3;touring\r\n", [("Turing", "touring", 3)]),
        ("词条\t误识为\t次数\n图灵\t图林\t2\n", [("图灵", "图林", 2)]),
        ("热词\n图灵\n", [("图灵", "", 0)]),
        ("other,term\nx,Turing\n", [("Turing", "", 0)]),
        ("term,times,language\nTuring,many,klingon\n,3,\n", [("Turing", "", 0)]),
        ('term\n"two\nlines"\n', [("two\nlines", "", 0)]),
    ],
)
def test_tables_of_others_are_read(data: str, lines: list[tuple[str, str, int]]) -> None:
    for encoding in ("utf-8", "utf-16"):
        read = read_lines(data.encode(encoding))
        assert [(line.term, line.misheard_as, line.times) for line in read] == lines


def test_encodings_of_before_are_read() -> None:
    words = "词条,误识为\n图灵,图林\n人工智能,人工只能\n深度学习,深度学系\n神经网络,神经网罗\n"
    assert [line.term for line in read_lines(words.encode("gb18030"))][:2] == ["图灵", "人工智能"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", NotReadable.EMPTY),
        (b"term,times\n", NotReadable.EMPTY),
        (b"x\n" * (MOST_LINES + 1), NotReadable.LARGE),
        (b'"' + b"x" * 200_000, NotReadable.BROKEN),
    ],
)
def test_what_is_no_glossary_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_lines(data)
    assert refused.value.args == (why,)


def test_files_are_read_in_a_child(tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_text(write_lines(LINES))
    assert read_lines_in_child(path) == LINES
    path.write_bytes(b"")
    with pytest.raises(NotReadable):
        read_lines_in_child(path)
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(NotReadable) as refused:
        read_lines_in_child(path)
    assert refused.value.args == (NotReadable.LARGE,)
