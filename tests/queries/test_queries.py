from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.conftest import ANSWER
from transcripts.exports.document import Document, DocumentRow
from transcripts.models import Speaker, Transcript
from transcripts.queries.transcripts import build_document, pack_words
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.text.tokens import Word


@pytest.fixture
def transcript(lin: User, data_dir: Path) -> Transcript:
    return quick.recognised(quick.create_recording(lin), ANSWER)


def unpacked(text: str, packed: list[int], start_ms: int) -> list[tuple[str, int, int]]:
    """What a browser makes of the packed words."""
    units = text.encode("utf-16-le")
    words, unit, ms = [], 0, start_ms
    for gap, length, lead, duration in zip(*[iter(packed)] * 4, strict=True):
        start, begin = unit + gap, ms + lead
        unit, ms = start + length, begin + duration
        words.append((units[2 * start : 2 * unit].decode("utf-16-le"), begin, ms))
    return words


@pytest.mark.parametrize("text", ["欢迎 Lin 来。", "😀 欢迎，Lin！", "……", "𠮷野家 Lin's 欢迎来", "a  b\u200dc 12.5%"])
def test_packed_words_are_the_words_again(transcript: Transcript, lin: User, text: str) -> None:
    row = transcript.utterances.first()
    assert row is not None
    stored = edit_utterance(utterance=row, save=Save(text=text, base_version=1), by=lin)
    packed = pack_words(stored.text, stored.words, stored.start_ms)
    assert unpacked(stored.text, packed["w"], stored.start_ms) == [tuple(word[:3]) for word in stored.words]
    estimated = [index for index, word in enumerate(stored.words) if word[3] == "estimated"]
    assert packed.get("e", []) == estimated


def test_document_holds_all_that_is_exported(transcript: Transcript) -> None:
    Speaker.objects.filter(label="1").update(name="Lin")
    first, second = transcript.utterances.all()
    words = (("欢", 400, 600), ("迎", 600, 800), ("Lin", 880, 1240), ("来", 1320, 1600))
    more = (("大", 2000, 2200), ("家", 2200, 2400), ("好", 2400, 2600))
    assert build_document(transcript) == Document(
        title="zh_welcome",
        language="",
        duration_ms=5547,
        utterances=(
            DocumentRow(
                id=str(first.pk),
                start_ms=400,
                end_ms=1600,
                speaker="Lin",
                channel="",
                speaker_label="1",
                text="欢迎 Lin 来。",
                words=tuple(Word(*word) for word in words),
                engine_text="欢迎 Lin 来。",
                engine_words=tuple(Word(*word) for word in words),
                additions={"speaker": "1"},
            ),
            DocumentRow(
                id=str(second.pk),
                start_ms=2000,
                end_ms=2600,
                speaker="Speaker 2",
                channel="",
                speaker_label="2",
                text="大家好。",
                words=tuple(Word(*word) for word in more),
                engine_text="大家好。",
                engine_words=tuple(Word(*word) for word in more),
                additions={"speaker": "2"},
            ),
        ),
        raw=ANSWER,
        made=transcript.created_at,
    )
