"""Each letter, digit and Han character of a file stands in a row or among what was not read, damaged files too.

Valid files are made of words that can be told from everything that formats write themselves; then lines are dropped,
doubled, swapped and joined, and characters taken out and put in. What is left of the words must be found again.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts.imports.reading import read
from transcripts.imports.rows import NotReadable, Reading, ReadOptions

pytestmark = pytest.mark.long

# Of many numbers each makes a file by chance: drawing every character of it would take minutes.
thorough = settings(deadline=None, database=None, derandomize=True, max_examples=150)
seeds = st.integers(0, 2**32)
HAN = "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会"
_WORD = re.compile(r"[κμ]\d+[λν]")
_INK = re.compile(f"[κλμν{HAN}]")
_NOISE = [
    " ",
    "\t",
    ":",
    ",",
    ".",
    "-",
    "<",
    ">",
    "[",
    "]",
    "{",
    "}",
    "&",
    '"',
    "'",
    "=",
    "/",
    "\\",
    "x",
    "0",
    "|",
    "\x00",
]
_ENDS = ["\n", "\r\n", "\r", "\n\n", "\r\r\n", ""]
UNMERGED = ReadOptions(merge_captions=False)


def make_speech(chance: random.Random) -> list[tuple[str, str]]:
    """Speakers, who may be nobody, and texts of one or two lines."""
    spoken = []
    for number in range(chance.randint(1, 6)):
        words = [f"κ{chance.randint(0, 9999)}λ{chance.choice(HAN)}" for _ in range(chance.randint(1, 4))]
        cut = chance.randint(0, len(words))
        text = "\n".join(filter(None, (" ".join(words[:cut]), "".join(words[cut:]))))
        spoken.append((chance.choice(["", "", f"μ{number % 2}ν"]), text))
    return spoken


def clock(number: int, mark: str) -> str:
    return f"00:{number // 60:02}:{number % 60:02}{mark}{number % 10}00"


def subrip(spoken: Sequence[tuple[str, str]]) -> str:
    return "\n".join(
        f"{number}\n{clock(number, ',')} --> {clock(number + 1, ',')}\n{name and name + ': '}<i>{text}</i>\n"
        for number, (name, text) in enumerate(spoken, start=1)
    )


def webvtt(spoken: Sequence[tuple[str, str]]) -> str:
    cues = "\n".join(
        f"{number}\n{clock(number, '.')} --> {clock(number + 1, '.')} align:start\n{name and f'<v {name}>'}{text}\n"
        for number, (name, text) in enumerate(spoken, start=1)
    )
    return f"WEBVTT - κ1λ\nLanguage: κ2λ\n\nNOTE\nκ3λ\n\nSTYLE\n::cue {{ color: lime }}\n\n{cues}"


def ass(spoken: Sequence[tuple[str, str]]) -> str:
    events = "\n".join(
        f"{kind}: 0,0:00:0{number}.00,0:00:0{number + 1}.50,Default,{name},0,0,0,,{{\\an8}}{text}{{κ77λ}}".replace(
            text, text.replace("\n", "\\N")
        )
        for number, (name, text) in enumerate(spoken, start=1)
        for kind in ("Dialogue",) + ("Comment",) * (number == 2)
    )
    head = (
        "[Script Info]\nTitle: κ5λ\n; κ6λ\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n"
    )
    return f"{head}Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n{events}\n"


def ttml(spoken: Sequence[tuple[str, str]]) -> str:
    lines = "\n".join(
        f'<p begin="{number}s" end="{number + 1}s">{text.replace(chr(10), "<br/>")}</p>'
        for number, (_name, text) in enumerate(spoken, start=1)
    )
    head = "<head><metadata><title>κ4λ</title></metadata></head>"
    return f'<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml">\n{head}\n<body><div>\n{lines}\n</div></body>\n</tt>\n'


def lyrics(spoken: Sequence[tuple[str, str]]) -> str:
    lines = "\n".join(
        f"[00:0{number}.00]{name and name + ': '}{text.replace(chr(10), ' ')}"
        for number, (name, text) in enumerate(spoken, start=1)
    )
    return f"[ti:κ8λ]\n[offset:+100]\n[00:01.00][00:09.00]κ9λ <00:02.00>κ10λ\n{lines}\n"


def script(spoken: Sequence[tuple[str, str]]) -> str:
    return "\n".join(
        f"[00:00:0{number}] {name and name + ': '}{text}\n" if number % 2 else f"κ{number}λ  0:0{number}\n{text}\n"
        for number, (name, text) in enumerate(spoken, start=1)
    )


def plain(spoken: Sequence[tuple[str, str]]) -> str:
    return "\n\n".join(f"{name and name + ': '}{text}" for name, text in spoken)


def eaf(spoken: Sequence[tuple[str, str]]) -> str:
    slots = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{number}"{f" TIME_VALUE={chr(34)}{number}000{chr(34)}" if number % 3 else ""}/>\n'
        for number in range(1, 2 * len(spoken) + 1)
    )
    own = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="ts{2 * number - 1}"'
        f' TIME_SLOT_REF2="ts{2 * number}">\n<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>\n"
        for number, (_name, text) in enumerate(spoken, start=1)
    )
    below = '<REF_ANNOTATION ANNOTATION_REF="a1"><ANNOTATION_VALUE>κ12λ</ANNOTATION_VALUE></REF_ANNOTATION>'
    return (
        f"<ANNOTATION_DOCUMENT>\n<HEADER><PROPERTY>κ11λ</PROPERTY></HEADER>\n<TIME_ORDER>\n{slots}</TIME_ORDER>\n"
        f'<TIER TIER_ID="A">\n{own}</TIER>\n<TIER TIER_ID="B" PARENT_REF="A">\n<ANNOTATION>{below}</ANNOTATION>\n'
        "</TIER>\n</ANNOTATION_DOCUMENT>\n"
    )


def textgrid(spoken: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'intervals [{number}]:\nxmin = {number}\nxmax = {number + 1}\ntext = "{text}"\n'
        for number, (_name, text) in enumerate(spoken, start=1)
    )
    span = "xmin = 0\nxmax = 9\n"
    points = (
        f'item [2]:\nclass = "TextTier"\nname = "p"\n{span}points: size = 1\npoints [1]:\nnumber = 1\nmark = "κ13λ"\n'
    )
    return (
        f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n{span}tiers? <exists>\nsize = 2\nitem []:\n'
        f'item [1]:\nclass = "IntervalTier"\nname = "A"\n{span}intervals: size = {len(spoken)}\n{items}{points}'
    )


def word(spoken: Sequence[tuple[str, str]]) -> str:
    """A document's body; the parts around it come later."""
    paragraphs = "".join(
        f"<w:p><w:r><w:t>[00:00:0{number}] {name and name + ': '}</w:t></w:r>\n"
        f"<w:ins><w:r><w:t>{text.replace(chr(10), '</w:t><w:br/><w:t>')}</w:t></w:r></w:ins></w:p>\n"
        for number, (name, text) in enumerate(spoken, start=1)
    )
    cells = "".join(
        f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>\n" for text in ("00:00:08", "κ14λ", "κ15λ 的")
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    table = f"<w:tbl><w:tr>\n{cells}</w:tr></w:tbl>\n"
    return f'<w:document xmlns:w="{space}"><w:body>\n{paragraphs}{table}</w:body></w:document>\n'


def packed(body: str) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("word/document.xml", body)
    return content.getvalue()


TEXT_FORMATS: dict[str, Callable[[Sequence[tuple[str, str]]], str]] = {
    "a.srt": subrip,
    "a.vtt": webvtt,
    "a.ass": ass,
    "a.ssa": ass,
    "a.ttml": ttml,
    "a.lrc": lyrics,
    "script.txt": script,
    "plain.txt": plain,
    "a.eaf": eaf,
    "a.TextGrid": textgrid,
    "a.docx": word,
}


def damage(text: str, chance: random.Random) -> str:
    """The text with its lines, line ends and characters put in disorder."""
    lines = text.split("\n")
    for _ in range(chance.randint(0, 4)):
        at = chance.randrange(len(lines))
        match chance.choice(["drop", "double", "swap", "blank"]):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                lines[at], lines[-1] = lines[-1], lines[at]
            case _:
                lines.insert(at, "")
    usual = chance.choice(_ENDS[:3])
    odd = {chance.randrange(len(lines)): chance.choice(_ENDS) for _ in range(chance.randint(0, 3))}
    made = "".join(line + odd.get(number, usual) for number, line in enumerate(lines))
    for _ in range(chance.randint(0, 4)):
        at = chance.randint(0, len(made))
        made = made[:at] + chance.choice(["", *_NOISE]) + made[at + chance.randint(0, 1) :]
    return made


def said_of(reading: Reading) -> str:
    return "\n".join([f"{row.speaker}\n{row.text}" for row in reading.rows] + [left.text for left in reading.not_read])


def read_unless_refused(content: bytes, name: str, text: str) -> Reading | None:
    """None where the file is too damaged for its kind; it must not be called empty while words are in it."""
    with suppress(NotReadable):
        return read(content, name, UNMERGED)
    if _INK.search(text):
        with pytest.raises(
            NotReadable, match=re.escape(NotReadable.BROKEN[:20]) + "|" + re.escape(NotReadable.JSON[:20])
        ):
            read(content, name, UNMERGED)
    return None


@pytest.mark.parametrize("name", TEXT_FORMATS)
@thorough
@given(seed=seeds)
def test_every_word_is_in_a_row_or_told(name: str, seed: int) -> None:
    chance = random.Random(seed)
    whole = damage(TEXT_FORMATS[name](make_speech(chance)), chance)
    content = packed(whole) if name.endswith("docx") else whole.encode()
    text = whole.replace("\x00", "")
    reading = read_unless_refused(content, name, text)
    if reading is None:
        return
    found = said_of(reading)
    missing = set(_WORD.findall(text)) - set(_WORD.findall(found))
    assert not missing
    repeated = ("TextGrid", "eaf")  # a tier of words may say what its rows say
    if not name.endswith(repeated):
        assert not Counter(_INK.findall(text)) - Counter(_INK.findall(found))


@pytest.mark.parametrize("name", TEXT_FORMATS)
@thorough
@given(seed=seeds)
def test_whole_files_leave_nothing_to_ask(name: str, seed: int) -> None:
    whole = TEXT_FORMATS[name](make_speech(random.Random(seed)))
    reading = read(packed(whole) if name.endswith("docx") else whole.encode(), name)
    asked = [left.text for left in reading.not_read if left.may_be_speech and "κ13λ" not in left.text]
    assert asked == []


ANSWER_SHAPES: dict[str, Callable[[Sequence[tuple[str, str]]], object]] = {
    "answer": lambda spoken: {
        "result": {
            "text": "".join(text for _name, text in spoken),
            "utterances": [
                {
                    "text": text,
                    "start_time": 1000 * number,
                    "end_time": 1000 * number + 900,
                    "additions": {"speaker": "1"},
                }
                for number, (_name, text) in enumerate(spoken)
            ],
        }
    },
    "whisper": lambda spoken: {
        "text": " ".join(text for _name, text in spoken),
        "segments": [
            {"id": number, "start": float(number), "end": number + 0.9, "text": f" {text}", "speaker": name}
            for number, (name, text) in enumerate(spoken)
        ],
        "language": "zh",
    },
    "whisper.cpp": lambda spoken: {
        "transcription": [
            {
                "timestamps": {"from": clock(number, ","), "to": clock(number + 1, ",")},
                "offsets": {"from": 1000 * number, "to": 1000 * number + 900},
                "text": f" {text}",
            }
            for number, (_name, text) in enumerate(spoken)
        ]
    },
}


def places_of(value: object) -> Iterator[tuple[dict[str, object], str]]:
    """Every key of every object in a JSON value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield value, key
            yield from places_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from places_of(item)


def rearrange(value: object, chance: random.Random) -> object:
    """JSON with keys lost or renamed, and values of other types."""
    for _ in range(chance.randint(0, 3)):
        if not (places := list(places_of(value))):
            break
        parent, key = chance.choice(places)
        item = parent.pop(key)
        match chance.choice(["drop", "rename", "list", "null"]):
            case "rename":
                parent[f"{key}2"] = item
            case "list":
                parent[key] = [item]
            case "null":
                parent[key] = None
    return value


@pytest.mark.parametrize("shape", ANSWER_SHAPES)
@thorough
@given(seed=seeds)
def test_every_word_of_json_is_in_a_row_or_told(shape: str, seed: int) -> None:
    chance = random.Random(seed)
    content = json.dumps(rearrange(ANSWER_SHAPES[shape](make_speech(chance)), chance), ensure_ascii=False)
    reading = read_unless_refused(content.encode(), "a.json", content)
    assert reading is None or set(_WORD.findall(content)) <= set(_WORD.findall(said_of(reading)))
