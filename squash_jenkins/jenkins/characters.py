"""Repair text from Jenkins that no encoding can hold."""

import re
from typing import Any

_ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


def whole_characters(answer: Any, content: bytes) -> Any:
    r"""Return JSON with U+FFFD in place of each lone surrogate.

    Jenkins sends ``\ud83d`` alone where somebody cut a text within an emoji. UTF-8 has no such
    character, so it could not be stored, printed or sent back.

    Parameters
    ----------
    answer
        What was read from `content`; searched only where that may hold a surrogate.

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
