"""Keep builds on disk while the database cannot be reached, and hand them over later."""

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from squash_jenkins.errors import StoreError
from squash_jenkins.models import BuildRecord

_SUFFIX = ".json.gz"
_DAMAGED = ".damaged"


def spool(folder: Path, record: BuildRecord) -> Path:
    """Write one build to the spool so that it survives a crash and a power cut.

    The same build again replaces its file. The file's name begins with the start of the
    build (UTC), so that the spool is taken up in the order of time.

    Raises
    ------
    StoreError
        When the spool cannot be written either.
    """
    target = folder / _name(record)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(target, gzip.compress(_dump(record), mtime=0))
    except OSError as error:
        raise StoreError(
            f"{record.build.id} cannot be kept in the spool {folder} either: {error.strerror}. "
            "Nothing was stored; make room and run the command again."
        ) from error
    return target


def spooled(folder: Path, faults: list[str] | None = None) -> Iterator[tuple[Path, BuildRecord]]:
    """Yield the builds in the spool, the earliest first.

    A file that cannot be read is renamed to ``….damaged``, never deleted, and told in `faults`.
    """
    for path in paths(folder):
        try:
            yield path, _read(path)
        except FileNotFoundError:
            continue  # another run has just taken it up
        except (OSError, EOFError, zlib.error, ValidationError) as error:
            aside = set_aside(path)
            if faults is not None:
                faults.append(
                    f"A file in the spool is damaged ({type(error).__name__}) and lies at {aside}: "
                    "read its build from Jenkins again."
                )


def paths(folder: Path) -> list[Path]:
    """Return the files in the spool, the earliest build first."""
    return sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []


def set_aside(path: Path) -> Path:
    """Rename a file that nothing can be made of, so that it stops nobody; return its new path."""
    return path.rename(path.with_name(path.name + _DAMAGED))


def damaged(folder: Path) -> list[Path]:
    """Return the files that could not be read when they were taken up."""
    return sorted(folder.glob(f"*{_SUFFIX}{_DAMAGED}")) if folder.is_dir() else []


def write_durably(target: Path, content: bytes) -> None:
    """Write a file under a temporary name, bring it to the disk, then rename it."""
    handle, temporary = tempfile.mkstemp(prefix=".", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _dump(record: BuildRecord) -> bytes:
    """Return the record as JSON, in which NaN and Infinity of blobs are written as such."""
    return json.dumps(asdict(record), default=datetime.isoformat).encode()


def _read(path: Path) -> BuildRecord:
    return _adapter().validate_json(gzip.decompress(path.read_bytes()))


@cache
def _adapter() -> TypeAdapter[BuildRecord]:
    """Make the reader of records once, and only when there is something in the spool."""
    return TypeAdapter(BuildRecord)


def _name(record: BuildRecord) -> str:
    build = record.build
    job = hashlib.sha256(f"{build.id.controller}\0{build.id.job}".encode()).hexdigest()[:12]
    return f"{build.started:%Y%m%dT%H%M%S}-{job}-{build.id.number}{_SUFFIX}"
