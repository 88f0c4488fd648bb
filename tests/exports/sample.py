"""A transcript with all that is awkward: two scripts, marks that formats use themselves, rows without length."""

from __future__ import annotations

from typing import Any

from transcripts.exports import registry
from transcripts.exports.document import Document, DocumentRow
from transcripts.text.tokens import Word


def line(text: str, start_ms: int = 0, end_ms: int = 1000, **fields: Any) -> DocumentRow:
    values: dict[str, Any] = {"id": "1", "speaker": "", "channel": "", "speaker_label": ""}
    return DocumentRow(start_ms=start_ms, end_ms=end_ms, text=text, **{**values, **fields})


def document(*lines: DocumentRow, **fields: Any) -> Document:
    values: dict[str, Any] = {"title": "会议", "language": "", "duration_ms": 5550}
    return Document(utterances=lines, **{**values, **fields})


def exported(name: str, content: Document, **options: object) -> bytes:
    return registry.export(name, content, options)


def text_of(name: str, content: Document, **options: object) -> str:
    return exported(name, content, **options).decode()


WORDS = (
    Word("欢", 400, 600),
    Word("迎", 600, 800),
    Word("Lin", 880, 1240),
    Word("来", 1320, 1600, "estimated"),
)

DOCUMENT = document(
    line(
        "欢迎 Lin 来。",
        400,
        1600,
        id="11",
        speaker="主持人",
        speaker_label="1",
        words=WORDS,
        additions={"speaker": "1", "emotion": "happy"},
    ),
    line("大家好。", 2000, 2600, id="12", speaker="主持人", speaker_label="1"),
    line("Hello & <welcome> --> all", 3_723_004, 3_724_000, id="13", speaker="Ann <b>", speaker_label="2", channel="2"),
    line("", 4_000_000, 4_000_500, id="14"),
    line("第一行\n\n  \r\n第二行\u2028third\x00", 5_000_000, 5_000_000, id="15"),
    raw={"audio_info": {"duration": 5550}, "result": {"additions": {"duration": "5550", "log_id": "2026"}}},
)
