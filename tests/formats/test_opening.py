"""Open plain, gzip and xz files by content, within a limit."""

import gzip
import hashlib
import lzma
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.opening import open_document

CONTENT = b'{"latency": 0.31}' * 1000
PACKED = {
    "plain": CONTENT,
    "gzip": gzip.compress(CONTENT),
    "gzip in two members": gzip.compress(CONTENT[:100]) + gzip.compress(CONTENT[100:]),
    "xz": lzma.compress(CONTENT),
    "xz in two streams": lzma.compress(CONTENT[:100]) + lzma.compress(CONTENT[100:]),
    "xz with padding": lzma.compress(CONTENT) + bytes(8),
}


@pytest.mark.parametrize("packing", PACKED)
def test_a_file_is_unpacked_by_its_content(tmp_path: Path, packing: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(PACKED[packing])
    document = open_document(file, "a/b.json", limit=len(CONTENT))
    assert document.content == CONTENT
    assert document.digest == hashlib.sha256(CONTENT).hexdigest()
    assert document.size == len(PACKED[packing])
    assert document.path == "a/b.json"


@pytest.mark.parametrize("packing", PACKED)
def test_a_file_over_the_limit_is_refused(tmp_path: Path, packing: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(PACKED[packing])
    with pytest.raises(DocumentError, match=f"larger than {len(CONTENT) - 1} bytes"):
        open_document(file, "x.json", limit=len(CONTENT) - 1)


@pytest.mark.parametrize("packing", ["gzip", "xz"])
@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_file_is_refused(tmp_path: Path, packing: str, damage: str) -> None:
    packed = bytearray(PACKED[packing])
    middle = len(packed) // 2
    if damage == "cut":
        del packed[middle:]
    else:
        packed[middle] ^= 0xFF
    file = tmp_path / "x"
    file.write_bytes(packed)
    with pytest.raises(DocumentError, match="damaged"):
        open_document(file, "x.json", limit=10**6)


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_bomb_is_refused_while_unpacking(tmp_path: Path, compress: object) -> None:
    assert callable(compress)
    file = tmp_path / "x.json"
    file.write_bytes(compress(bytes(60_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match="larger than 1000000 bytes"):
            open_document(file, "x.json", limit=10**6)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_zip_named_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.json", CONTENT)
    with pytest.raises(DocumentError, match="ZIP archive; expected plain, gzip or xz"):
        open_document(file, "x.json", limit=10**6)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read: No such file"):
        open_document(tmp_path / "gone", "x.json", limit=10**6)
