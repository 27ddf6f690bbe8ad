"""Parse untrusted JSON: whatever the bytes are, the result is a value or a DocumentError."""

import json
import math
import re
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.json_size import structure

DEEPEST = 100
"""Levels of nesting that are read; real QA files have fewer than ten."""
MEMORY = 512 << 20
"""About how many bytes the values of a document may take: eight times 64 MiB of text."""

# Escapes that may form characters no database stores: NUL and halves of a surrogate pair.
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(content: bytes, memory: int = MEMORY) -> Any:
    """Parse JSON, more strictly than the standard library but for NaN and Infinity.

    Parameters
    ----------
    content
        UTF-8, UTF-16 or UTF-32, with or without a byte order mark.
    memory
        About how many bytes the values may take; this is checked before any is made.

    Raises
    ------
    DocumentError
        The text is empty, not JSON, cut off, nested deeper than `DEEPEST`, takes more than
        `memory`, repeats a key within an object, or holds a number beyond double
        precision or a character that cannot be stored.
    """
    encoding = json.detect_encoding(content)
    if not encoding.startswith("utf-8"):
        content, encoding = _decode(content, encoding).encode("utf-8", "surrogatepass"), "utf-8"
    _check_size(content, memory)
    text = _decode(content, encoding)
    if not text or text.isspace():
        raise DocumentError("the file is empty; expected JSON")
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_float=_fitting_float)
    except json.JSONDecodeError as error:
        raise DocumentError(_where(text, error)) from None
    except RecursionError:
        raise DocumentError(f"the JSON is nested deeper than {DEEPEST} levels") from None
    except ValueError as error:  # an integer of more digits than Python converts
        raise DocumentError(f"the JSON holds a number that cannot be read: {error}") from None
    if _SUSPECT_ESCAPE.search(content):
        _check_characters(value)
    return value


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"the file is not JSON: byte {error.start} is not {encoding} text ({error.reason})"
        ) from None


def _where(text: str, error: json.JSONDecodeError) -> str:
    place = f"line {error.lineno}, column {error.colno}"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return f"the JSON is cut off at {place} ({error.msg})"
    return f"the JSON is malformed at {place} ({error.msg})"


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value] # adds and gives None
        raise DocumentError(f"an object has the key {json.dumps(repeated)[:80]} twice")
    return members


def _fitting_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise DocumentError(f"the number {text[:60]} does not fit double precision")
    return number


def _check_size(content: bytes, memory: int) -> None:
    found = structure(content, memory)
    if found.memory > memory:
        raise DocumentError(
            f"the JSON holds so many values that they take more than {memory >> 20} MiB of "
            "memory; a higher max_unpacked_bytes (of requests: max_body_bytes) raises the limit"
        )
    if found.is_deeper(DEEPEST):
        raise DocumentError(f"the JSON is nested deeper than {DEEPEST} levels")


def _check_characters(value: Any) -> None:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.keys())
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str) and (bad := _UNSTORABLE.search(each)):
            raise DocumentError(
                f"the text {json.dumps(each)[:60]} holds the character U+{ord(bad[0]):04X}, "
                "which cannot be stored"
            )
