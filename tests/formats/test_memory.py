"""What a document takes in memory is known, and bounded, before anything is made of it."""

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from squash_jenkins.config import Settings
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.json_size import structure
from squash_jenkins.formats.opening import open_document
from squash_jenkins.formats.plain import Plain
from squash_jenkins.formats.strict_json import DEEPEST, MEMORY, parse
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.models import Artifact, Build, BuildId

MIB = 1 << 20
BUILD = Build(BuildId("lab", "ci", 1), datetime(2026, 3, 1, tzinfo=UTC))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)
KINDS = {
    "lists": "[],",
    "objects": "{},",
    "nested": "[[[]]],",
    "objects with a member": '{"a":1},',
    "measurements": '{"metric":"p.m","value":1.25,"unit":"mmag"},',
    "numbers": "0.123456789012345,",
    "short numbers": "7.25,",
    "whole numbers": "123456789,",
    "texts": '"abc",',
    "other letters": '"\u4e00\u4e01",',
    "nothing": "null,",
}


@contextmanager
def peak() -> Iterator[Callable[[], int]]:
    """Give what tells the most bytes that were taken at once."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def filled(unit: str, size: int) -> bytes:
    return f"[{unit * (size // len(unit.encode()))}1]".encode()


def members(count: int) -> bytes:
    return json.dumps({f"name {at}": at for at in range(count)}).encode()


@given(JSON, st.booleans())
@trying(max_examples=200)
def test_the_structure_is_that_of_the_values(value: Any, ascii: bool) -> None:
    found = structure(json.dumps(value, ensure_ascii=ascii).encode("utf-8", "surrogatepass"))
    lists, objects, texts, members, depth = counted(value)
    assert found.texts == texts
    assert [found.signs.count(sign) for sign in b"[{:"] == [lists, objects, members]
    assert not found.is_deeper(depth)
    assert depth == 0 or found.is_deeper(depth - 1)


def counted(value: Any) -> tuple[int, int, int, int, int]:
    """Return the numbers of lists, objects, texts and members, and the depth."""
    if isinstance(value, str):
        return 0, 0, 1, 0, 0
    if not isinstance(value, dict | list):
        return 0, 0, 0, 0, 0
    is_list = isinstance(value, list)
    inner = [counted(each) for each in (value if is_list else value.values())]
    sums = [sum(column) for column in list(zip(*inner, strict=True))[:4]] or [0] * 4
    keys = 0 if is_list else len(value)
    depth = 1 + max((each[4] for each in inner), default=0)
    return sums[0] + is_list, sums[1] + (not is_list), sums[2] + keys, sums[3] + keys, depth


@pytest.mark.parametrize("kind", [*KINDS, "members"])
def test_values_take_no_more_than_was_told(kind: str) -> None:
    content = members(20_000) if kind == "members" else filled(KINDS[kind], 200_000)
    with peak() as bytes_taken:
        parse(content)
        taken = bytes_taken()
    told = structure(content).memory
    assert taken < 1.1 * told + 4 * len(content) + 100_000
    assert told < 8 * taken, "what is told is far too much"


@pytest.mark.parametrize("kind", ["lists", "objects", "nested", "texts", "measurements"])
def test_too_many_values_are_refused_before_they_are_made(kind: str) -> None:
    content = filled(KINDS[kind], 8 * MIB)
    with peak() as taken:
        with pytest.raises(DocumentError, match="values that they take more than 16 MiB of memory"):
            parse(content, memory=16 * MIB)
        assert taken() < 4 * len(content)


@pytest.mark.parametrize("signs", ["[]", "{}"])
def test_what_is_too_deep_is_refused_before_it_is_made(signs: str) -> None:
    start, end = (signs[0], signs[1]) if signs == "[]" else ('{"a":', "}")
    for inner in ("1", '"[[[{{{"', '"\\\\"', '"\\"["'):
        assert parse(f"{start * DEEPEST}{inner}{end * DEEPEST}".encode())
        deeper = f"{start * (DEEPEST + 1)}{inner}{end * (DEEPEST + 1)}"
        with pytest.raises(DocumentError, match=f"nested deeper than {DEEPEST} levels"):
            parse(deeper.encode())
    with peak() as taken:
        with pytest.raises(DocumentError, match="nested deeper"):
            parse(f"[{','.join([start * 200 + '1' + end * 200] * 400)}]".encode())
        assert taken() < 8 * MIB


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_limits_hold_in_every_encoding(encoding: str) -> None:
    assert parse('{"é": ["[[["]}'.encode(encoding)) == {"é": ["[[["]}
    for text, told in (
        (f"{'[' * 200}{']' * 200}", "nested deeper"),
        (f"[{'[],' * 20_000}1]", "they take more than 1 MiB"),
        ('["\\u0000"]', r"U\+0000"),
    ):
        with pytest.raises(DocumentError, match=told):
            parse(text.encode(encoding), memory=MIB)


def test_long_lists_of_numbers_are_read() -> None:
    content = filled(KINDS["numbers"], 20 * MIB)
    assert len(parse(content)) > 1_000_000
    assert structure(filled(KINDS["numbers"], 64 * MIB)).memory < MEMORY


def test_a_higher_limit_of_bytes_gives_more_memory(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"[]")
    assert open_document(file, "a.json", 1000).memory == MEMORY
    assert open_document(file, "a.json", 200 * MIB).memory == 1600 * MIB


def test_a_small_bomb_is_set_aside_and_the_other_files_are_read(tmp_path: Path) -> None:
    """Half a megabyte of gzip holds 170 million empty lists; one within the limit of bytes, 20."""
    lists = gzip.compress(b"[]," * MIB)
    files = {
        "fits.json.gz": gzip.compress(b"[") + lists * 20 + gzip.compress(b"1]"),
        "more.json.gz": gzip.compress(b"[") + lists * 166 + gzip.compress(b"1]"),
        "qa.json": b'{"speed": 1.5}',
    }
    assert len(files["more.json.gz"]) < 600_000
    build = replace(BUILD, artifacts=[Artifact(path) for path in files])
    settings = Settings(spool=tmp_path / "spool")
    with peak() as taken:
        record = FileReader(settings, [Plain()]).read(
            build, lambda artifact, to: to.write_bytes(files[artifact.path]) and None
        )
        assert taken() < 300 * MIB
    assert [report.path for report in record.reports] == ["qa.json"]
    reasons = {each.path: each.reason for each in record.rejected}
    assert "they take more than 512 MiB of memory" in reasons["fits.json.gz"]
    assert "larger than 67108864 bytes when unpacked" in reasons["more.json.gz"]
