"""Read the wanted parts of Jenkins' XML as a stream, whatever else the file holds.

Jenkins writes XML 1.1, which expat refuses, with references to control characters (``&#x1b;`` from
a coloured console), which XML 1.0 forbids: both are replaced while reading. A document type is
refused, so there are no entities to expand.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from squash_jenkins.errors import UnexpectedAnswer

LARGEST_FILE = 256 << 20
"""Bytes of the largest XML file that is read."""
_LARGEST_PART = 64 << 20
"""Approximate memory in bytes that the wanted parts of one file may take."""
_NODE = 500
_PIECE = 60
_DEEPEST = 40
_MOST_REFERENCES = 4
"""XStream refers to an object itself, never to another reference."""
_CHUNK = 1 << 16
_LONGEST_MARK = 1 << 20
"""Bytes of a single tag or comment, which expat parses again whenever more of it arrives."""
_HEADER = re.compile(r"""\A(\s*<\?xml\s+version\s*=\s*['"])1\.1""")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,16})|([0-9]{1,16}));")
_UNFINISHED = re.compile(r"&[^;&]{0,32}\Z")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Wanted = Callable[[Sequence[str]], bool]
"""Tell by the tags from the root down to an element whether it is wanted."""


@dataclass(slots=True, eq=False)
class Node:
    """An element; `pieces` are its own text without that of its children."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    _by_tag: dict[str, list["Node"]] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """Return the text of this element itself."""
        return "".join(self.pieces)

    def first(self, tag: str) -> "Node | None":
        """Return the first child of this tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def text_of(self, tag: str) -> str | None:
        """Return the text of the first child of this tag; None when missing or empty."""
        child = self.first(tag)
        return (child.text.strip() or None) if child is not None else None

    def below(self) -> Iterator["Node"]:
        """Yield all elements below this one, in the order of the file."""
        waiting = self.children[::-1]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def resolved(self) -> "Node | None":
        """Return the element that this one stands for.

        XStream writes an object that it has written before as a relative path to its element,
        such as ``reference="../../sha1"`` or ``"../entry[2]"``.
        """
        node: Node | None = self
        for _ in range(_MOST_REFERENCES):
            if node is None or "reference" not in node.attributes:
                return node
            node = node._at(node.attributes["reference"])
        return None

    def _at(self, path: str) -> "Node | None":
        node: Node | None = self
        if path.count("/") > 2 * _DEEPEST:
            return None
        for step in path.split("/"):
            if node is None:
                return None
            node = node.parent if step == ".." else node._step(step)
        return node

    def _step(self, step: str) -> "Node | None":
        tag, _, rest = step.partition("[")
        if not self._by_tag:  # once for all references through this element
            for child in self.children:
                self._by_tag.setdefault(child.tag, []).append(child)
        found = self._by_tag.get(tag, [])
        position = rest.removesuffix("]") or "1"
        at = int(position) if re.fullmatch("[0-9]{1,6}", position) else 0
        return found[at - 1] if 0 < at <= len(found) else None


def read_parts(file: Path, wanted: Wanted) -> Node:
    """Return the root element of an XML file with those below it that are wanted.

    Raises
    ------
    UnexpectedAnswer
        The file cannot be read, is too large, or is not XML; the message names it and the line.
    """
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise UnexpectedAnswer(f"{file} is larger than {LARGEST_FILE} bytes and is not read.")
        with file.open("rb") as stream:
            return _Parser(wanted).parse(stream)
    except OSError as error:
        raise UnexpectedAnswer(f"{file} cannot be read: {error.strerror}.") from error
    except (expat.ExpatError, _Refused) as error:
        raise UnexpectedAnswer(f"{file} is broken and is not read: {error}.") from error


class _Refused(Exception):
    """The file contains something that is refused."""


class _Parser:
    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._path: list[str] = []
        self._top = Node("")
        self._node = self._top
        self._skipped = 0
        self._room = _LARGEST_PART

    def parse(self, stream: BinaryIO) -> Node:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse
        fed = 0
        for text in _readable(stream):
            content = text.encode()
            parser.Parse(content, False)
            fed += len(content)
            if fed - parser.CurrentByteIndex > _LONGEST_MARK:
                raise _Refused(f"it has a tag or a comment of more than {_LONGEST_MARK} bytes")
        parser.Parse("", True)
        return self._top.children[0]

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._path.append(tag)
        if self._skipped or len(self._path) > _DEEPEST or not self._wanted(self._path):
            self._skipped += 1
            return
        self._reserve(_NODE + sum(map(len, attributes.values())))
        node = Node(tag, attributes, self._node)
        self._node.children.append(node)
        self._node = node

    def _end(self, _: str) -> None:
        self._path.pop()
        if self._skipped:
            self._skipped -= 1
        elif self._node.parent is not None:
            self._node = self._node.parent

    def _characters(self, text: str) -> None:
        if not self._skipped:
            self._reserve(len(text) + _PIECE)
            self._node.pieces.append(text)

    def _reserve(self, room: int) -> None:
        self._room -= room
        if self._room < 0:
            raise _Refused(f"what it says about the build takes more than {_LARGEST_PART} bytes")

    def _refuse(self, *_: object) -> None:
        raise _Refused("it has a document type, which Jenkins never writes")


def _readable(stream: BinaryIO) -> Iterator[str]:
    """Yield the text of a file as XML 1.0, without splitting references."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    rest, begun = "", False
    while chunk := stream.read(_CHUNK):
        text = rest + decoder.decode(chunk)
        if not begun:
            text, begun = _HEADER.sub(r"\g<1>1.0", text), True
        torn = _UNFINISHED.search(text)
        rest = torn.group() if torn else ""
        yield _legal(text.removesuffix(rest))
    yield _legal(rest + decoder.decode(b"", True))


def _legal(text: str) -> str:
    """Replace the characters that XML 1.0 forbids with U+FFFD."""
    if "&#" in text:
        text = _REFERENCE.sub(_legal_reference, text)
    return _ILLEGAL.sub("\ufffd", text)


def _legal_reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return found.group() if legal or 0x10000 <= code < 0x110000 else "&#xfffd;"
