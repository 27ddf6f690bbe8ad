"""Open an archived file: its first bytes say how it is packed; unpack it within a limit."""

import gzip
import hashlib
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document
from squash_jenkins.formats.strict_json import MEMORY

_CHUNK = 1 << 20
# `xz -9` needs 65 MiB to unpack; a file made to ask for gigabytes is refused.
_XZ_MEMORY = 128 << 20
_MEMORY_PER_BYTE = 8
"""How many bytes the values of a document may take for each byte that it may have: long lists of
numbers take three, and the most that JSON can take is fifty."""

_REFUSED = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "a ZIP archive",
    b"BZh": "packed with bzip2",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
}


def open_document(file: Path, path: str, limit: int) -> Document:
    """Read a file, unpacking gzip and xz, whatever its name says.

    Parameters
    ----------
    file
        The file to read.
    path
        The artifact's path, which becomes the document's.
    limit
        The most bytes that the unpacked document may have. Unpacking stops
        there, so a small file that unpacks to gigabytes costs no more than this. Its values may
        take eight times as much memory, or `MEMORY`.

    Raises
    ------
    DocumentError
        The file cannot be read, is damaged, is packed in a way that is not
        read here, or is larger than `limit`.
    """
    try:
        with file.open("rb") as stream:
            size = file.stat().st_size
            content = _collect(_unpacker(stream), limit)
    except (lzma.LZMAError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise DocumentError(f"the file cannot be unpacked, it is damaged: {error}") from None
    except OSError as error:
        raise DocumentError(f"the file cannot be read: {error.strerror or error}") from None
    digest = hashlib.sha256(content).hexdigest()
    return Document(path, digest, size, content, max(MEMORY, _MEMORY_PER_BYTE * limit))


def _collect(chunks: Iterator[bytes], limit: int) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > limit:
            raise DocumentError(
                f"the file is larger than {limit} bytes when unpacked; "
                "raise max_unpacked_bytes in the settings if it is what it should be"
            )
    return bytes(content)


def _unpacker(stream: BinaryIO) -> Iterator[bytes]:
    head = stream.read(8)
    stream.seek(0)
    for magic, what in _REFUSED.items():
        if head.startswith(magic):
            raise DocumentError(f"the file is {what}; expected plain, gzip or xz")
    if head.startswith(b"\x1f\x8b"):
        return _chunks(gzip.GzipFile(fileobj=stream).read)
    if head.startswith(b"\xfd7zXZ\x00"):
        return _unxz(stream)
    return _chunks(stream.read)


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(_CHUNK):
        yield chunk


def _unxz(stream: BinaryIO) -> Iterator[bytes]:
    # lzma.open() has no memory limit, hence the decompressor by hand; a file may hold
    # several streams one after the other.
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    packed = stream.read(_CHUNK)
    while packed or not unpacker.needs_input:
        yield unpacker.decompress(packed, _CHUNK)
        if unpacker.eof:
            packed = unpacker.unused_data.lstrip(b"\x00") or stream.read(_CHUNK).lstrip(b"\x00")
            if not packed:
                return
            unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        else:
            packed = stream.read(_CHUNK) if unpacker.needs_input else b""
    raise EOFError("it ends in the middle of an xz stream")
