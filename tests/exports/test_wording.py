"""Verbatim and clean are two views of one transcript, in every format."""

from __future__ import annotations

import json

import pytest

from tests.exports.sample import DOCUMENT, document, exported, line, text_of
from transcripts.exports.document import DocumentRow
from transcripts.exports.registry import FORMATS
from transcripts.text.tokens import Word, split_tokens


def said(text: str, start_ms: int, **fields: object) -> DocumentRow:
    """A row with 200 ms for each token."""
    tokens = split_tokens(text)
    words = tuple(
        Word(token, start_ms + 200 * number, start_ms + 200 * (number + 1)) for number, token in enumerate(tokens)
    )
    return line(text, start_ms, start_ms + 200 * len(tokens), words=words, **fields)


TALK = document(
    said("嗯，我们今天呃开会。", 1000, engine_text="嗯我们今天呃开会", id="1"),
    said("呃……", 5000, id="2"),
    said("um, I I think so, uh.", 7000, id="3"),
    said("那个人就是他。", 9000, id="4"),
)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", [DOCUMENT, TALK], ids=["awkward", "talk"])
def test_verbatim_is_what_it_was_byte_for_byte(name: str, content: object) -> None:
    """`wording` is left to its default, and DOCUMENT, which has no fillers, is the same in both."""
    assert isinstance(content, type(DOCUMENT))
    before = repr(content)
    if name not in ("docx", "xlsx"):  # these carry the time at which they were made
        assert exported(name, content) == exported(name, content, wording="verbatim")
        assert (exported(name, content) == exported(name, content, wording="clean")) == (content is DOCUMENT)
    exported(name, content, wording="clean")
    assert repr(content) == before


def test_clean_text_has_no_fillers_and_no_empty_rows() -> None:
    assert text_of("txt", TALK, wording="clean").split("\n") == ["我们今天开会。", "I think so.", "那个人就是他。", ""]


def test_clean_captions_are_timed_by_the_words_that_are_left() -> None:
    cues = text_of("srt", TALK, wording="clean", cues="rows", names="off").split("\n\n")
    assert [cue.split("\n")[1:] for cue in cues] == [
        ["00:00:01,200 --> 00:00:02,600", "我们今天开会。"],
        ["00:00:07,400 --> 00:00:08,000", "I think so."],
        ["00:00:09,000 --> 00:00:10,200", "那个人就是他。", ""],
    ]
    captions = text_of("vtt", document(TALK.utterances[0]), wording="clean", word_times="on")
    assert captions.splitlines()[2:] == [
        "1",
        "00:00:01.200 --> 00:00:02.600",
        "我<00:00:01.400>们<00:00:01.600>今<00:00:01.800>天<00:00:02.200>开<00:00:02.400>会。",
    ]


def test_clean_words_are_those_of_the_clean_text() -> None:
    rows = json.loads(exported("json", TALK, wording="clean"))["result"]["utterances"]
    assert [row["text"] for row in rows] == ["我们今天开会。", "I think so.", "那个人就是他。"]
    assert [(word["text"], word["start_time"]) for word in rows[1]["words"] if word["start_time"] >= 0] == [
        ("I", 7400),
        ("think", 7600),
        ("so", 7800),
    ]


def test_a_sentence_begins_with_a_capital_as_before() -> None:
    content = document(said("Um, so it goes.", 0))
    row = json.loads(exported("json", content, wording="clean"))["result"]["utterances"][0]
    assert (row["text"], row["words"][0]["text"]) == ("So it goes.", "So")


def test_words_that_are_not_those_of_the_text_are_aligned_first() -> None:
    content = document(line("嗯，我们今天走", 0, 1200, words=(Word("我", 200, 400), Word("们", 400, 600))))
    assert text_of("srt", content, wording="clean", cues="rows").splitlines()[2] == "我们今天走"


def test_original_text_can_be_clean_too() -> None:
    assert text_of("txt", document(TALK.utterances[0]), text="engine", wording="clean") == "我们今天开会\n"


def test_table_keeps_the_original_text_as_it_was() -> None:
    rows = text_of("csv", document(TALK.utterances[0]), wording="clean")
    assert "我们今天开会。,嗯我们今天呃开会" in rows
