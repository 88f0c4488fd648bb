"""XML as it comes: read to its end even where it is damaged, with all of its text.

Of our own, since every parser of the library stops at the first mistake or drops what it mends. Nothing here can make
a file larger than it is: no entities but those of characters, no external ones, and a bound on the depth.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from transcripts.imports.rows import NotReadable

_DEEPEST = 200  # of elements in elements
# Values hold no `<`, so that an attempt ends at the next one, and the whole is linear.
_TAG = re.compile(r"""<(/?)([A-Za-z_][\w.:-]*+)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""")
_ATTRIBUTE = re.compile(r"""([\w.:-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_DAMAGED_ATTRIBUTE = re.compile(r"""[\w.:-]*+\s*+=\s*+\S*+|["'][^"']*+["']""")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_ENDS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!DOCTYPE", ">"))


@dataclass(slots=True)
class MarkupElement:
    """An element; names are without their prefixes, and `space` is what the prefix stands for."""

    name: str
    space: str
    attributes: dict[str, str]
    line: int
    children: list[MarkupElement | str] = field(default_factory=list)

    def elements(self, name: str = "") -> Iterator[MarkupElement]:
        """Its own children that are elements, of this name if one is given."""
        return (
            child for child in self.children if isinstance(child, MarkupElement) and (not name or child.name == name)
        )

    def descendants(self, name: str) -> Iterator[MarkupElement]:
        """All of this name below it, in the order of the file; not those inside of one another."""
        for child in self.elements():
            if child.name == name:
                yield child
            else:
                yield from child.descendants(name)

    def text(self) -> str:
        return "".join(self.texts())

    def texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child.texts()


def unescape(text: str) -> str:
    """With the characters that entities stand for; what is no entity stays as it is."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def parse_markup(text: str) -> MarkupElement:
    """An element without a name around all that stands in the file. Raises NotReadable where it is too deep."""
    return _Builder(text).build()


class _Builder:
    def __init__(self, text: str) -> None:
        self._text = text
        self._root = MarkupElement("", "", {}, 1)
        self._stack = [self._root]
        self._spaces: dict[str, str] = {}
        self._line = 1
        self._counted = 0
        self._unended: set[str] = set()

    def build(self) -> MarkupElement:
        position = 0
        while (start := self._text.find("<", position)) >= 0:
            self._add_text(self._text[position:start])
            position = self._read_markup(start)
        self._add_text(self._text[position:])
        return self._root

    def _read_markup(self, start: int) -> int:
        """Where to go on behind what begins at `start`."""
        for begin, end in _ENDS:
            if self._text.startswith(begin, start):
                return self._read_special(start, begin, end)
        tag = _TAG.match(self._text, start)
        if tag is None:  # a sign of the text that should have been escaped
            self._add_text("<")
            return start + 1
        if tag[1]:
            self._close(tag[2])
        else:
            self._open(tag[2], tag[3], start)
        return tag.end()

    def _read_special(self, start: int, begin: str, end: str) -> int:
        found = -1 if end in self._unended else self._text.find(end, start + len(begin))
        if found < 0:
            self._unended.add(end)  # nor is there one for any that begins later
            self._add_text("<")
            return start + 1
        inner = self._text[start + len(begin) : found]
        if begin == "<!DOCTYPE" and "[" in inner:
            found = self._text.find("]", start)
            found = self._text.find(">", found) if found >= 0 else -1
            if found < 0:
                raise NotReadable(NotReadable.BROKEN)
        if begin == "<![CDATA[":
            self._stack[-1].children.append(inner)
        return found + len(end)

    def _add_text(self, text: str) -> None:
        if text:
            self._stack[-1].children.append(unescape(text))

    def _open(self, full_name: str, inside: str, start: int) -> None:
        self._line += self._text.count("\n", self._counted, start)
        self._counted = start
        attributes = {}
        for name, double, single in _ATTRIBUTE.findall(inside) if "=" in inside else ():
            value = unescape(double or single)
            if name == "xmlns" or name.startswith("xmlns:"):
                self._spaces[name[6:]] = value
            attributes[name.rpartition(":")[2] if not name.startswith("xml") else name] = value
        prefix, _, name = full_name.rpartition(":")
        element = MarkupElement(name, self._spaces.get(prefix, ""), attributes, self._line)
        self._stack[-1].children.append(element)
        if "=" not in inside or any(char.isalnum() for char in _ATTRIBUTE.sub("", inside)):
            lost = _DAMAGED_ATTRIBUTE.sub("", _ATTRIBUTE.sub("", inside)).strip(" \t\r\n/")
            if any(char.isalnum() for char in lost):
                element.children.append(unescape(lost))
        if not inside.endswith("/"):
            self._stack.append(element)
            if len(self._stack) > _DEEPEST:
                raise NotReadable(NotReadable.BROKEN)

    def _close(self, full_name: str) -> None:
        """Ends the innermost element of the name and those left open inside; an end without a start means nothing."""
        name = full_name.rpartition(":")[2]
        for depth in range(len(self._stack) - 1, 0, -1):
            if self._stack[depth].name == name:
                del self._stack[depth:]
                return
