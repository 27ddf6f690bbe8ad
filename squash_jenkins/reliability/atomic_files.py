"""Write files that are whole or not there, whatever ends the program."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path, prefix: str = ".") -> Iterator[Path]:
    """Yield the path of a file to write, which takes the place of `target` at the end.

    After an error it is deleted, and `target` is as it was. Only a killed program leaves it
    behind; its name begins with `prefix`.
    """
    part = target.with_name(f"{prefix}{secrets.token_hex(8)}.part")
    try:
        yield part
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_durably(target: Path, content: bytes) -> None:
    """Write a file that only this account may read, and bring it to the disk before returning."""
    with replacing(target) as part:
        part.touch(0o600)
        part.write_bytes(content)
        sync(part)
    sync(target.parent)  # a rename alone may be lost in a power cut


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
