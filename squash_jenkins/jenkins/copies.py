"""Keep copies of files that Jenkins served, and use them while they are current.

The modification time of a copy is Jenkins' ``Last-Modified``, for the next conditional request.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from email.utils import formatdate, mktime_tz, parsedate_tz
from pathlib import Path
from typing import BinaryIO

from squash_jenkins.errors import TooLarge
from squash_jenkins.reliability.atomic_files import replacing, sync

_SETTLED = 2.0
"""Seconds for which a file must have been unchanged for a copy of it to be usable."""


def name_of_copy(url: str) -> str:
    """Return the file name for a copy of what is at `url`."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def condition(old: BinaryIO | None) -> dict[str, str]:
    """Return headers that request a file only if it changed since the copy `old`."""
    if old is None:
        return {}
    modified = os.fstat(old.fileno()).st_mtime
    return {"If-Modified-Since": formatdate(modified, usegmt=True)}


def use_copy(old: BinaryIO, to: Path, limit: int) -> int:
    """Write the copy `old` to `to`; return its bytes, DocumentError for more than `limit`."""
    size = os.fstat(old.fileno()).st_size
    if size > limit:
        raise too_large(limit)
    with replacing(to) as part, part.open("xb") as file:
        shutil.copyfileobj(old, file)
    return size


def leave_copy(file: Path, copy: Path, headers: Mapping[str, str]) -> None:
    """Leave a copy of a file that came with `headers`; none of a file that was still changing.

    While Jenkins copies a file into its archive, the partial file has the present time. Once
    complete, it has the older time at which the build wrote it, so a request for changes since the
    time of the partial file would be answered with "not modified".
    """
    modified, sent = (_seconds(headers.get(name, "")) for name in ("Last-Modified", "Date"))
    if modified is None or sent is None or sent - modified < _SETTLED:
        copy.unlink(missing_ok=True)
        return
    # On a full disk, or when another hook removes the folder, there is no copy; then the file is
    # fetched again.
    with suppress(OSError):
        copy.parent.mkdir(parents=True, exist_ok=True)
        with replacing(copy) as part:
            shutil.copyfile(file, part)
            sync(part)  # before it has its name: after a power cut it would be empty
            os.utime(part, (modified, modified))


def too_large(limit: int) -> TooLarge:
    """Return the error for a file of more than `limit` bytes."""
    return TooLarge(
        f"is larger than the limit of {limit} bytes: raise max_artifact_bytes to have it read"
    )


def _seconds(date: str) -> float | None:
    """Return the date of a header in seconds since 1970, None for what is no such date."""
    parts = parsedate_tz(date)
    try:
        return float(mktime_tz(parts)) if parts else None
    except (ValueError, OverflowError):
        return None
