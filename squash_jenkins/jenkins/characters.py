"""Mend text from Jenkins that no encoding can hold."""

import re
from typing import Any

_ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


def whole_characters(answer: Any, content: bytes) -> Any:
    r"""Return JSON with U+FFFD in place of each half of a character.

    Jenkins sends ``\ud83d`` alone where somebody cut a text within an emoji: UTF-8 has no such
    character, so it could neither be stored, nor printed, nor sent back.

    Parameters
    ----------
    answer
        What was read from `content`; it is looked through only where that may hold a half.

    """
    return _mended(answer) if _ESCAPED_HALF.search(content) else answer


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_mended(key): _mended(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_mended(entry) for entry in value]
    return value
