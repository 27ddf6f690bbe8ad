"""Keep builds on disk while the database cannot be reached, and give them back later."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from gzip import BadGzipFile
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from squash_jenkins.errors import StoreError
from squash_jenkins.models import BuildRecord
from squash_jenkins.reliability.atomic_files import write_durably
from squash_jenkins.store import urls_without_sign_in

_SUFFIX = ".json.gz"
_DAMAGED = ".damaged"


def spool(folder: Path, record: BuildRecord) -> Path:
    """Write a build to the spool so that it survives a crash and a power cut.

    Writing the same build again replaces its file. The name of the file begins with the start of
    the build (UTC), so that builds leave the spool in the order of time.

    Raises
    ------
    StoreError
        The spool cannot be written either.
    """
    target = folder / _name(record)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(target, gzip.compress(_dump(record), mtime=0))
    except OSError as error:
        raise StoreError(
            f"{record.build.id} cannot be kept in the spool {folder} either: {error.strerror}. "
            "Nothing was stored: free some space and run the command again."
        ) from error
    return target


def spooled(folder: Path, faults: list[str] | None = None) -> Iterator[tuple[Path, BuildRecord]]:
    """Yield the builds in the spool, the earliest first.

    A damaged file is renamed to ``….damaged``, never deleted; one that this account may not read
    stays as it is. `faults` reports both.
    """
    faults = [] if faults is None else faults
    for path in paths(folder):
        try:
            record = _read(path)
        except FileNotFoundError:
            continue  # another run has just stored it
        except (BadGzipFile, EOFError, zlib.error, ValidationError) as error:
            faults.append(
                f"A file in the spool is damaged ({type(error).__name__}) and is now "
                f"{set_aside(path)}: read its build from Jenkins again."
            )
        except OSError as error:
            faults.append(_left(path, "read", error))
        else:
            yield path, record


def remove(path: Path, faults: list[str]) -> None:
    """Delete a file that was stored; `faults` reports one that cannot be deleted."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        faults.append(_left(path, "deleted", error))


def _left(path: Path, what: str, error: OSError) -> str:
    return (
        f"{path} in the spool cannot be {what} and stays there: {error.strerror or error}. It "
        f"belongs to {_owner(path)}: run all commands of a site under one account, or make the "
        "file readable and writable for this one."
    )


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (OSError, KeyError):
        return "unknown"


def paths(folder: Path) -> list[Path]:
    """Return the files in the spool, the earliest build first."""
    return sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used, so that it blocks nothing; return its new path.

    Where this account may not rename it, it stays and its old path is returned.
    """
    try:
        return path.rename(path.with_name(path.name + _DAMAGED))
    except OSError:
        return path


def damaged(folder: Path) -> list[Path]:
    """Return the damaged files."""
    return sorted(folder.glob(f"*{_SUFFIX}{_DAMAGED}")) if folder.is_dir() else []


def _dump(record: BuildRecord) -> bytes:
    """Return the record as JSON, in which NaN and Infinity of blobs stay as they are."""
    content = urls_without_sign_in(asdict(record))
    return json.dumps(content, default=datetime.isoformat).encode()


def _read(path: Path) -> BuildRecord:
    return _adapter().validate_json(gzip.decompress(path.read_bytes()))


@cache
def _adapter() -> TypeAdapter[BuildRecord]:
    """Make the validator of records once, and only when the spool holds something."""
    return TypeAdapter(BuildRecord)


def _name(record: BuildRecord) -> str:
    build = record.build
    job = hashlib.sha256(f"{build.id.controller}\0{build.id.job}".encode()).hexdigest()[:12]
    return f"{build.started:%Y%m%dT%H%M%S}-{job}-{build.id.number}{_SUFFIX}"
