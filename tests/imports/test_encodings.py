"""Text in any encoding: what is sure, what is guessed, and what it could be instead."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts.imports.encodings import decode_file
from transcripts.imports.rows import NotReadable

CHINESE = "1\n00:00:01,000 --> 00:00:02,000\n你好，世界。今天天气很好。\n"
quick = settings(deadline=None, database=None, derandomize=True, max_examples=60)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_needs_no_mark(encoding: str) -> None:
    decoded = decode_file(CHINESE.encode(encoding))
    assert (decoded.text, decoded.sure, decoded.choices) == (CHINESE, True, ())


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "你好，世界。今天天气很好。"),
        ("gb18030", "好。"),
        ("big5", "你好，世界。今天天氣很好。"),
        ("shift_jis", "こんにちは、世界。今日は天気がいい。"),
        ("euc_kr", "안녕하세요 세계. 오늘 날씨가 좋습니다."),
        ("cp1251", "Привет, мир. Сегодня хорошая погода."),
        ("cp1252", "Grüße aus Köln"),
        ("cp1252", "café"),
        ("cp1250", "Zażółć gęślą jaźń"),
        ("cp1256", "مرحبا بالعالم اليوم الطقس جميل"),
    ],
)
def test_a_guess_is_told_with_its_rivals(encoding: str, text: str) -> None:
    decoded = decode_file(text.encode(encoding))
    assert decoded.text == text
    assert not decoded.sure
    assert decoded.choices[0].preview == text
    assert len({choice.preview for choice in decoded.choices}) == len(decoded.choices) >= 2
    for choice in decoded.choices:
        assert decode_file(text.encode(encoding), choice.name).text == choice.preview


@quick
@given(st.integers(0, 1000), st.integers(0x80, 0xFF))
def test_one_bad_byte_costs_one_character(place: int, byte: int) -> None:
    content = (CHINESE * 3).encode()
    place %= len(content)
    decoded = decode_file(content[:place] + bytes([byte]) + content[place + 1 :])
    assert (decoded.encoding, decoded.sure) == ("utf-8", True)
    lost = len(CHINESE * 3) - sum(a == b for a, b in zip(decoded.text, CHINESE * 3, strict=False))
    assert decoded.text.count("\ufffd") <= 3
    assert lost <= 3 or len(decoded.text) != len(CHINESE * 3)


def test_a_file_that_is_always_utf_8_is_not_doubted_for_a_byte() -> None:
    assert decode_file(b'{"a": "b\xe6\x97g"}', usual="utf-8").text == '{"a": "b\ufffdg"}'


@pytest.mark.parametrize(
    ("declared", "encoding", "expected"),
    [
        ("ISO-8859-1", "latin-1", "iso8859-1"),
        ("gb2312", "gb2312", "gb2312"),
        ("Big5", "big5", "big5"),
        ("windows-1251", "cp1251", "cp1251"),
        ("UTF-16", "utf-16-le", "utf-16-le"),
        ("UTF-16", "utf-8", "utf-8"),
        ("nonsense", "utf-8", "utf-8"),
        ("zlib", "utf-8", "utf-8"),
    ],
)
def test_what_xml_declares_is_honoured_where_it_can_be(declared: str, encoding: str, expected: str) -> None:
    said = {"latin-1": "Grüße", "cp1251": "Привет"}.get(encoding, "中文")
    text = f'<?xml version="1.0" encoding="{declared}"?><a>{said}</a>'
    decoded = decode_file(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.sure) == (text, expected, True)


@pytest.mark.parametrize(
    "name", ["zlib", "bz2", "hex", "rot13", "unicode_escape", "punycode", "idna", "x" * 500, "\x00"]
)
def test_only_encodings_of_text_can_be_chosen(name: str) -> None:
    with pytest.raises(NotReadable) as refused:
        decode_file(b"a", name)
    assert refused.value.args == (NotReadable.ENCODING,)


def test_marks_and_zeros_go() -> None:
    assert decode_file("\ufeffa\ufeffb\x00c".encode()).text == "abc"


@quick
@given(st.binary(max_size=400))
def test_any_bytes_are_text_of_some_kind(data: bytes) -> None:
    assert isinstance(decode_file(data).text, str)
