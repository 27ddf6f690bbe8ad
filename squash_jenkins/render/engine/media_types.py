"""Define the media types of files of the site, independent of the machine."""

import mimetypes
from pathlib import Path

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".atom": "application/atom+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
}


def media_type(path: str) -> str:
    """Return the media type of a file of the site by its name."""
    suffix = Path(path).suffix.lower()
    guessed, _ = mimetypes.guess_type(path)
    return _TYPES.get(suffix) or guessed or "application/octet-stream"
