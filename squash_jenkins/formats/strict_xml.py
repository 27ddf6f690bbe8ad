"""Parse untrusted XML as a stream: whatever the bytes are, the result is calls or a DocumentError.

Entities and document types with declarations are refused, so there is nothing to expand. A
document type that only names a DTD elsewhere (old Cobertura files do) is accepted, and that DTD is
never fetched. Texts are not passed on: of test results they may be megabytes.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from squash_jenkins.errors import DocumentError

DEEPEST = 100
"""Levels of nesting that are read; real files have fewer than ten."""
_HEAD = 1 << 16
"""Bytes within which the first element must begin."""
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*+", re.DOTALL
)
_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)(?=[\s/>])")


class Handler(Protocol):
    """What is called for each element."""

    def begin(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Begin an element, which starts in this line (from 1)."""

    def end(self, tag: str) -> None:
        """End an element."""


def root_tag(content: bytes) -> str | None:
    """Return the name of the first element, without a namespace; None where this is no XML.

    UTF-16 is no XML here: nothing that is read is written in it.
    """
    head = content[:_HEAD]
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    prolog = _PROLOG.match(head)
    found = _ELEMENT.match(head, prolog.end() if prolog else 0)
    return found[1].decode("ascii", "replace") if found else None


def parse(content: bytes, handler: Handler) -> None:
    """Parse XML and call the handler.

    Raises
    ------
    DocumentError
        The text is not XML, is cut off, nested deeper than `DEEPEST`, or declares entities or
        anything else in its document type; the text names the place. What the handler raises
        goes through.
    """
    from xml.parsers import expat

    parser = expat.ParserCreate()
    depth = 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise DocumentError(f"the XML is nested deeper than {DEEPEST} levels")
        handler.begin(tag.rpartition(":")[2], attributes, parser.CurrentLineNumber)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(tag.rpartition(":")[2])

    def refuse(*_: Any) -> None:
        raise DocumentError(
            f"line {parser.CurrentLineNumber} of the XML declares entities or a document type of "
            "its own, which is not read; write the file without <!ENTITY and <!DOCTYPE [ … ]>"
        )

    def document_type(_name: str, _system: str | None, _public: str | None, has_own: bool) -> None:
        if has_own:
            refuse()

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = document_type
    parser.EntityDeclHandler = refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        cut = "cut off" if content.rstrip()[-1:] != b">" else "malformed"
        raise DocumentError(
            f"the XML is {cut} at line {error.lineno}, column {error.offset + 1} ({what})"
        ) from None
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise DocumentError(f"the XML cannot be read: {error}") from None
