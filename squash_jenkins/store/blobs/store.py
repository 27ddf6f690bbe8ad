"""The store of the tables that come with reports: Parquet, named by a digest of the content.

A blob store is a folder or any URL that fsspec opens. pyarrow and fsspec are imported
only when a blob is written or read: most runs of a hook find their tables already there.
"""

import hashlib
import json
import secrets
import sys
from array import array
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.models import Column
from squash_jenkins.reliability.atomic_files import replacing, sync
from squash_jenkins.store.blobs import parquet


def rows_of(columns: Mapping[str, Column]) -> int:
    """Return the number of rows; raise StoreError if the columns differ in length."""
    lengths = {len(column.values) for column in columns.values()}
    if len(lengths) > 1:
        counted = {name: len(column.values) for name, column in columns.items()}
        raise StoreError(
            f"The columns of a blob differ in their number of rows: {counted}. "
            "The format that read them must give columns of one length."
        )
    return max(lengths, default=0)


def digest_of(columns: Mapping[str, Column]) -> str:
    """Return the SHA-256 (hex) of names, descriptions and values, computed without pyarrow."""
    total = hashlib.sha256()
    for name, column in columns.items():
        kind, content = _canonical(column.values)
        head = json.dumps([name, kind, len(content), parquet.about(column)], sort_keys=True)
        total.update(head.encode())
        total.update(content)
    return total.hexdigest()


def _canonical(values: Sequence[Any]) -> tuple[str, bytes]:
    listed = _plain(values)
    kinds = set(map(type, listed))
    if kinds == {float}:
        return "double", _little_endian(array("d", listed))
    if kinds == {list}:
        flat = list(chain.from_iterable(listed))
        if set(map(type, flat)) == {float}:
            lengths = _little_endian(array("q", map(len, listed)))
            return "lists of double", lengths + _little_endian(array("d", flat))
    return "json", json.dumps(listed, default=_plain).encode()


def _little_endian(numbers: "array[Any]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _plain(values: Any) -> Any:
    """Return arrays and other sequences as lists, and anything else as text."""
    if hasattr(values, "tolist"):
        return values.tolist()
    if isinstance(values, Mapping):
        return dict(values)
    return list(values) if isinstance(values, Sequence) else str(values)


class BlobStore:
    """The blobs below a folder or a URL.

    Parameters
    ----------
    location
        A folder, or a URL such as ``s3://bucket/blobs``.

    """

    def __init__(self, location: str | Path) -> None:
        self.location = str(location).removeprefix("file://")
        self._is_url = "://" in self.location

    def put(self, digest: str, columns: Mapping[str, Column]) -> bool:
        """Write one table unless it is there; return whether it was written. See `put_all`."""
        return self.put_all({digest: columns}) == 1

    def put_all(self, tables: Mapping[str, Mapping[str, Column]]) -> int:
        """Write tables under their digests unless they are there; return how many were written.

        A crash leaves either a complete file or none. Once this returns, all tables survive a power
        cut, including those that another process has just written.

        Raises
        ------
        StoreUnreachable
            When the blob store cannot be written.

        """
        try:
            if self._is_url:
                return sum(self._put_url(digest, table) for digest, table in tables.items())
            return self._put_files(tables)
        except OSError as error:
            raise StoreUnreachable(
                f"The blob store {self.location} cannot be written: "
                f"{error.strerror or error}. Check the setting `blobs`, access and free space."
            ) from error

    def read(self, digest: str, columns: Sequence[str] | None = None) -> dict[str, Column]:
        """Return the columns of a blob (default: all) with their units and descriptions.

        Raises
        ------
        StoreError
            When the blob or a column of it is missing.
        """
        return parquet.decode(self.table(digest, columns))

    def table(self, digest: str, columns: Sequence[str] | None = None) -> Any:
        """Return the columns of a blob as a pyarrow table, for many rows; see `read`."""
        with self._open(digest) as file:
            return parquet.read_table(file, columns, f"The blob {digest}")

    def schema(self, digest: str) -> Any:
        """Return the pyarrow schema of a blob without reading its columns."""
        with self._open(digest) as file:
            return parquet.read_schema(file, f"The blob {digest}")

    def missing(self, digests: Collection[str]) -> list[str]:
        """Return the blobs that are missing, in the order given."""
        there = self._there() if digests else set()
        return [digest for digest in digests if digest not in there]

    def _there(self) -> set[str]:
        try:
            if not self._is_url:
                return {file.stem for file in Path(self.location).glob("*/*.parquet")}
            files, root = self._files()
            return {Path(name).stem for name in files.find(root) if name.endswith(".parquet")}
        except OSError as error:
            raise StoreUnreachable(
                f"The blob store {self.location} cannot be read: {error.strerror or error}."
            ) from error

    def _open(self, digest: str) -> Any:
        try:
            if not self._is_url:
                return (Path(self.location) / _name(digest)).open("rb")
            files, root = self._files()
            return files.open(f"{root}/{_name(digest)}", "rb")
        except FileNotFoundError as error:
            raise StoreError(
                f"The blob {digest} is not in the blob store (setting `blobs`): bring it back "
                "from the backup, or read the build from Jenkins again."
            ) from error
        except OSError as error:
            raise StoreUnreachable(
                f"The blob store {self.location} cannot be read: {error.strerror or error}."
            ) from error

    def _put_files(self, tables: Mapping[str, Mapping[str, Column]]) -> int:
        """Write all files before syncing the first, so that the disk takes them together."""
        root = Path(self.location)
        targets = {digest: root / _name(digest) for digest in tables}
        new = {digest: target for digest, target in targets.items() if not target.exists()}
        with ExitStack() as replacements:
            parts = []
            for digest, target in new.items():
                target.parent.mkdir(parents=True, exist_ok=True)
                parts.append(replacements.enter_context(replacing(target)))
                parts[-1].write_bytes(parquet.encode(tables[digest]))
            for part in parts:
                sync(part)
        for folder in {target.parent for target in targets.values()}:
            sync(folder)  # a rename alone may be lost in a power cut
        if new:
            sync(root)
        return len(new)

    def _put_url(self, digest: str, columns: Mapping[str, Column]) -> bool:
        files, root = self._files()
        target = f"{root}/{_name(digest)}"
        if files.exists(target):
            return False
        temporary = f"{root}/{digest[:2]}/.{digest}.{secrets.token_hex(6)}"
        files.makedirs(f"{root}/{digest[:2]}", exist_ok=True)
        files.pipe_file(temporary, parquet.encode(columns))
        files.mv(temporary, target)
        return True

    def _files(self) -> tuple[Any, str]:
        core = import_module("fsspec.core")
        try:
            files, root = core.url_to_fs(self.location)
        except (ImportError, ValueError) as error:
            raise StoreError(
                f"The blob store {self.location} cannot be opened: {error}. "
                "Install the package that fsspec names, or name a folder in `blobs`."
            ) from error
        return files, str(root).rstrip("/")


def _name(digest: str) -> str:
    return f"{digest[:2]}/{digest}.parquet"
