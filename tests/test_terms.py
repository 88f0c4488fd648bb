"""One word for one thing: docs/terms.md is true, and the words that its terms replaced are gone."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polib
import pytest
from django.urls import resolve

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "transcripts/locale/zh_Hans/LC_MESSAGES/django.po"
FOLDERS = ("flashweb", "transcripts", "templates", "static", "tests", "docs")
SUFFIXES = {".py", ".js", ".css", ".html", ".txt", ".md"}
SKIPPED = {"node_modules", "__pycache__", "migrations", "data", "locale", "vendor"}
HERE = Path(__file__).relative_to(ROOT).as_posix()


class Old(NamedTuple):
    """A word that is no longer used, and where it means something else."""

    instead: str
    allowed: tuple[str, ...] = ()  # beginnings of paths
    suffixes: tuple[str, ...] = (".py", ".js", ".css", ".html", ".md")


# Opening and closing ones.
BRACKETS = ("transcripts/text/", "transcripts/flash/answer.py", "transcripts/imports/untimed.py", "tests/text/")
SAMPLES = ("transcripts/audio/", "transcripts/flashserver/", "tests/audio/", "tests/flashserver/", "tests/bench/")
# What an engine heard, as opposed to what was said; and `--recognizer`, as the libraries spell it.
ENGINES = ("transcripts/text/", "transcripts/flashserver/", "transcripts/imports/untimed.py", "tests/")
LIBRARIES = (
    "transcripts/flashserver/",
    "transcripts/management/commands/",
    "tests/",
    "flashweb/settings.py",
    "docs/",
    "README.md",
)

# Parts of identifiers, as `piece` is one of `next_piece`, `PieceForm` and `piece-list`.
OLD_PARTS: dict[str, Old] = {
    "aside": Old("annotation, comment or assignment"),
    "asides": Old("annotations, comments or assignments"),
    "beside": Old("panel, or also_changed_by"),
    "heard": Old("original, or engine_words", ENGINES),
    "opening": Old("edit_session", BRACKETS),
    "piece": Old("assignment, part, chunk or fragment", SAMPLES),
    "pieces": Old("assignments, parts, chunks or fragments", SAMPLES),
    "recognize": Old("recognise"),
    "recognized": Old("recognised"),
    "recognizer": Old("recogniser", LIBRARIES),
    "recognizers": Old("recognisers", LIBRARIES),
    "recognizing": Old("recognising"),
    "standin": Old("imported_person"),
    "standing": Old("visible", ("tests/",)),
    "standins": Old("imported_people"),
    "told": Old("acknowledged", ("tests/",)),
}
PLAIN_ENGLISH = {"beside", "heard", "opening", "standing", "told"}  # A test's name is a sentence and may have these.
# Whole expressions.
OLD_PATTERNS: dict[str, Old] = {
    r"\bStandIns?\b|(?<![a-z_])stand_ins?(?![a-z])": Old("ImportedPerson"),
    r"\bLeavingByLink\b": Old("ExternalRedirect"),
    r"\bX-Beside\b": Old("X-Also-Changed-By"),
    r"\btake_in\b": Old("create_recording"),
    r"\btidy_up\b": Old("clean_up"),
    r"\bdef _(?:told|said|found|changed|done)\b": Old("a verb with its object", suffixes=(".py",)),
    r"\bdef tell\((?!self\) -> int)": Old("publish", suffixes=(".py",)),
    r"^class Part\b": Old("AnswerPart, AudioPart or FormSection", suffixes=(".py",)),
    r"\b(?:asides|changing|checking|leaving|replacing|restoring|sending|sentences|standins|storing|watching)"
    r"\.[a-z_]+\(": Old("the module's new name", ("flashweb/asgi.py",), suffixes=(".py",)),
    r"(?<![.#\w$-])(?:covers|dress|equip|learn|talk|who)\(": Old("a verb with its object", suffixes=(".js",)),
    r"\blater\.js\b": Old("deferred.js"),
}
OLD_FILES = re.compile(
    r"(?!test_limited_child$)_?(?:test_(?:\w+_)?)?(?:aside_forms|asides|beside|changing|checking|child|heard|later|leaving|piece-list|pieces"
    r"|pieces_cut|replacing|restoring|sending|sentences|standins|storing|watching)|_?again"
)
PRONOUNS = re.compile(r"(?<![^\W_])(?:he|him|himself|his)(?![^\W_])", re.IGNORECASE)
OLD_ENGLISH = re.compile(
    r"!|\b(?:e-mail|engine heard|he|him|himself|his|pieces?|takes? back|taken back|whoever|(?<!by )sound(?! like))\b",
    re.IGNORECASE,
)
OLD_CHINESE = re.compile("转写稿|标旗|警告|核对|撤回|按键|引擎听到|确认邮箱|个录音|你(?!好)|声音")

PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
COMMENTS = {
    ".js": re.compile(r"/\*.*?\*/|(?<![:'\"`\w])//[^\n]*", re.DOTALL),
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
    ".html": re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL),
}
# What is no identifier of ours: texts, which the catalogue's test reads, and the HTML element `aside`.
FOREIGN = {
    ".js": re.compile(r"(?<=[\"'`])aside(?=[\"'` >\[])"),
    ".css": re.compile(r"(?<![\w.#-])aside(?![\w-])"),
    ".html": re.compile(
        r"\{%\s*blocktranslate\b.*?endblocktranslate\s*%\}|(?:translate |_\()(?:\"[^\"]*\"|'[^']*')|</?aside\b",
        re.DOTALL,
    ),
}
SERVICE_ADDRESS = re.compile(r"recognize/flash")


@cache
def files() -> dict[str, str]:
    """The text of every file that people write here, by its path."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    paths += [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in sorted(paths)
        if path.is_file() and not SKIPPED & set(path.relative_to(ROOT).parts)
    }


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def blanked(text: str, pattern: re.Pattern[str] | None) -> str:
    """The text with spaces for what the pattern finds, so that its lines keep their numbers."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text) if pattern else text


class Tokens(NamedTuple):
    """A Python module's names (with strings that are one name) and its comments and docstrings, with their lines."""

    names: list[tuple[str, int]]
    prose: list[tuple[str, int]]


@cache
def tokens_of(path: str) -> Tokens:
    names, prose = [], []
    is_statement = True  # Whether a string here would be a docstring.
    for token in tokenize.generate_tokens(io.StringIO(files()[path]).readline):
        if token.type == tokenize.NAME:
            names.append((token.string, token.start[0]))
        elif token.type == tokenize.STRING and is_statement:
            prose.append((token.string, token.start[0]))
        elif token.type == tokenize.STRING and not path.startswith("tests/"):
            if match := re.fullmatch(r"[\"']([\w.-]+)[\"']", token.string):
                names.append((match[1], token.start[0]))
        elif token.type == tokenize.COMMENT:
            prose.append((token.string, token.start[0]))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            is_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
    return Tokens(names, prose)


def identifiers_of(path: str) -> list[tuple[str, int]]:
    """What names something in the file, with its line."""
    suffix = Path(path).suffix
    if suffix == ".py":
        return tokens_of(path).names
    text = blanked(files()[path], SERVICE_ADDRESS)
    if suffix == ".md":
        spans = [(span[1], line_of(text, span.start())) for span in re.finditer("`([^`\n]+)`", text)]
    else:
        spans = [(blanked(blanked(text, COMMENTS[suffix]), FOREIGN[suffix]), 1)]
    return [
        (name.group(), first + line_of(span, name.start()) - 1)
        for span, first in spans
        for name in re.finditer(r"[A-Za-z_][\w-]*", span)
    ]


def prose_of(path: str) -> list[tuple[str, int]]:
    """Comments, docstrings and documentation, with their first lines."""
    suffix, text = Path(path).suffix, files()[path]
    if suffix == ".py":
        return tokens_of(path).prose
    if suffix == ".md":
        return [(line, number) for number, line in enumerate(text.splitlines(), 1)]
    if suffix in COMMENTS:
        return [(match.group(), line_of(text, match.start())) for match in COMMENTS[suffix].finditer(text)]
    return []


@cache
def parts_of(path: str) -> frozenset[str]:
    """The words in the file, those in identifiers apart, to pass over files quickly."""
    return frozenset(part.lower() for part in set(PART.findall(files()[path])))


def is_refused(old: Old, path: str) -> bool:
    return Path(path).suffix in old.suffixes and not path.startswith(old.allowed or "\0")


def old_parts() -> Iterator[str]:
    for path in files():
        refused = {word for word, old in OLD_PARTS.items() if is_refused(old, path)}
        if path == HERE or refused.isdisjoint(parts_of(path)):
            continue
        for name, line in identifiers_of(path):
            words = refused & {part.lower() for part in PART.findall(name)}
            for word in sorted(words - PLAIN_ENGLISH if name.startswith("test_") else words):
                yield f"{path}:{line}: {name}: say {OLD_PARTS[word].instead}"


def old_patterns() -> Iterator[str]:
    for pattern, old in OLD_PATTERNS.items():
        compiled = re.compile(pattern, re.MULTILINE)
        words = {part.lower() for part in PART.findall(re.sub(r"\\\w|\(\?<?[!=][^)]*\)", " ", pattern))} - {"def"}
        for path, text in files().items():
            if path != HERE and is_refused(old, path) and not words.isdisjoint(parts_of(path)):
                for match in compiled.finditer(text):
                    yield f"{path}:{line_of(text, match.start())}: {match.group()}: say {old.instead}"


def old_file_names() -> Iterator[str]:
    for path in files():
        if OLD_FILES.fullmatch(Path(path).stem):
            yield f"{path}: the file's name"


def pronouns() -> Iterator[str]:
    for path, text in files().items():
        if path != HERE and PRONOUNS.search(text):
            names = identifiers_of(path) if path.endswith(".py") else []
            for prose, line in [*prose_of(path), *(name for name in names if name[0].startswith("test_"))]:
                for match in PRONOUNS.finditer(prose):
                    yield f"{path}:{line + prose.count(chr(10), 0, match.start())}: {match.group()}: say they"


@cache
def catalogue() -> tuple[tuple[str, str], ...]:
    """Each English text with its Chinese one; plurals count as one more."""
    texts = []
    for entry in polib.pofile(str(CATALOGUE)):
        chinese = entry.msgstr or "".join(entry.msgstr_plural.values())
        texts += [(english, chinese) for english in (entry.msgid, entry.msgid_plural) if english]
    return tuple(texts)


def test_old_words_are_in_no_identifier() -> None:
    assert not "\n".join(old_parts())


def test_old_names_are_gone() -> None:
    assert not "\n".join(old_patterns())


def test_no_file_has_an_old_name() -> None:
    assert not "\n".join(old_file_names())


def test_comments_documentation_and_names_of_tests_say_they_for_a_person() -> None:
    assert not "\n".join(pronouns())


def test_texts_use_no_old_word() -> None:
    english = [text for text, _ in catalogue() if OLD_ENGLISH.search(text)]
    chinese = [text for _, text in catalogue() if OLD_CHINESE.search(text)]
    assert (english, chinese) == ([], [])


class Term(NamedTuple):
    name: str
    model: str
    address: str
    english: str
    chinese: str


def terms() -> list[Term]:
    rows = re.findall(r"^\| (?!Term \||-)(.*) \|$", (ROOT / "docs/terms.md").read_text(), re.MULTILINE)
    cells = [[cell.strip().strip("`") for cell in row.split(" | ")] for row in rows]
    return [Term(*("" if cell == "—" else cell for cell in row[:5])) for row in cells]


def test_each_thing_has_one_term() -> None:
    listed = terms()
    assert len(listed) > 40
    for column in ("name", "model"):
        values = [getattr(term, column) for term in listed if getattr(term, column)]
        assert sorted(set(values)) == sorted(values)


def test_each_model_has_a_term() -> None:
    """Those that others build on have one too; querysets have none."""
    models = set()
    for path, text in files().items():
        if path.startswith("transcripts/models/"):
            classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
            models |= {node.name for node in classes if not node.name.endswith("QuerySet")}
    assert models == {term.model for term in terms() if term.model}


@pytest.mark.parametrize("term", [term for term in terms() if term.address], ids=lambda term: term.name)
def test_each_address_of_a_term_leads_to_a_page(term: Term) -> None:
    values = {"<uuid>": "00000000-0000-4000-8000-000000000000", "<id>": "1", "<token>": "token"}
    address = term.address
    for placeholder, value in values.items():
        address = address.replace(placeholder, value)
    assert resolve(address).url_name


def test_texts_of_a_term_are_those_people_see() -> None:
    known = set(catalogue())
    shown = [(term.english, term.chinese) for term in terms() if term.english]
    assert [pair for pair in shown if pair not in known] == []
