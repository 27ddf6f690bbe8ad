"""Encode data files for pages, and hash their content to detect changes."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def content_key(*parts: object) -> str:
    """Return a hash of values that JSON can hold; the same values give the same hash."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def as_script(path: str, payload: Mapping[str, Any]) -> bytes:
    """Return a data file: a script that passes its payload on, so that it also loads from file://.

    Nothing in the payload can end the script or act as markup.
    """
    key = path.removesuffix(".js")
    return f"squash.data({_json(key)},{_json(payload)});\n".encode()


def _json(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
