"""TTML 1 (https://www.w3.org/TR/ttml1/).

Written here: pysubs2 leaves out the language, which the standard asks for, names its styles so that nothing can refer
to them, and knows no speakers. Paragraphs are written by hand: as elements those of a long transcript take longer.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from transcripts.exports.characters import ESCAPES, clean_line, encode_text, format_clock, replace_signs
from transcripts.exports.cues import SubtitleCue, choose_preset, make_cues
from transcripts.exports.direction import is_rtl
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions

_NAMESPACES = {
    "xmlns": "http://www.w3.org/ns/ttml",
    "xmlns:ttm": "http://www.w3.org/ns/ttml#metadata",
    "xmlns:ttp": "http://www.w3.org/ns/ttml#parameter",
    "xmlns:tts": "http://www.w3.org/ns/ttml#styling",
}


def export(document: Document, options: ExportOptions) -> bytes:
    """Speakers are agents, to which each cue refers."""
    cues = make_cues(document, options)
    names = list(dict.fromkeys(cue.speaker for cue in cues if cue.speaker and options.names))
    agents = {name: f"speaker{number}" for number, name in enumerate(names, start=1)}
    language = choose_preset(document, options)
    root = ET.Element("tt", {**_NAMESPACES, "ttp:timeBase": "media", "xml:lang": language, "xml:space": "preserve"})
    head = ET.SubElement(root, "head")
    metadata = ET.SubElement(head, "metadata")
    ET.SubElement(metadata, "ttm:title").text = clean_line(document.title)
    for name, agent in agents.items():
        known = ET.SubElement(metadata, "ttm:agent", {"xml:id": agent, "type": "person"})
        ET.SubElement(known, "ttm:name", {"type": "full"}).text = name
    styling = ET.SubElement(head, "styling")
    ET.SubElement(styling, "style", {"xml:id": "text", "tts:textAlign": "center", "tts:fontFamily": "sansSerif"})
    layout = ET.SubElement(head, "layout")
    place = {"tts:origin": "10% 10%", "tts:extent": "80% 80%", "tts:displayAlign": "after"}
    ET.SubElement(layout, "region", {"xml:id": "bottom", **place})
    body = ET.SubElement(root, "body", {"region": "bottom", "style": "text"})
    part = ET.SubElement(body, "div")
    _break_lines(root, head, metadata, styling, layout, body, part)
    before, end, after = ET.tostring(root, encoding="unicode").rpartition("</div>")
    paragraphs = [_write_paragraph(cue, number, agents) for number, cue in enumerate(cues, start=1)]
    return encode_text(
        "".join(['<?xml version="1.0" encoding="UTF-8"?>\n', before, *paragraphs, end, after, "\n"]), options
    )


def _write_paragraph(cue: SubtitleCue, number: int, agents: dict[str, str]) -> str:
    times = f'begin="{format_clock(cue.start_ms, ".")}" end="{format_clock(cue.end_ms, ".")}"'
    agent = f' ttm:agent="{agents[cue.speaker]}"' if cue.speaker in agents else ""
    direction = ' tts:direction="rtl" tts:unicodeBidi="embed"' if is_rtl(cue.text) else ""
    text = replace_signs(cue.text, ESCAPES).replace("\n", "<br />")
    return f'<p xml:id="cue{number}" {times}{agent}{direction}>{text}</p>\n'


def _break_lines(*parents: ET.Element) -> None:
    """Each child on a line of its own, where white space means nothing."""
    for parent in parents:
        parent.text = "\n"
        for child in parent:
            child.tail = "\n"
