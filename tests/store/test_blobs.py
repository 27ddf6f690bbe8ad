import math
from pathlib import Path

import pytest

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.models import Blob, Column
from squash_jenkins.store.blobs.store import BlobStore, digest_of

COLUMNS = {
    "mag": Column([20.5, float("nan"), -1.0], "mag", "m", "Magnitude"),
    "n": Column([1, None, 3]),
    "mixed numbers": Column([1, 2.5, None]),
    "ragged": Column([[1.0], [], [2.0, 3.5]]),
    "name": Column(["a", "<b>", "é"]),
    "mixed": Column([1, "a", {"b": [1.5]}]),
    "deep": Column([[[1.0]], [], [[2.0], []]]),
    "nothing": Column([None, None, None]),
    "huge": Column([10**30, 1, 2]),
}


@pytest.fixture(params=["folder", "file://", "memory://"])
def blobs(request, tmp_path):
    place = {"folder": str(tmp_path / "b"), "file://": f"file://{tmp_path}/b"}
    return BlobStore(place.get(request.param, f"memory://{tmp_path.name}"))


def same(first, second):
    return str(list(first)) == str(list(second))  # NaN is not equal to itself


def test_columns_come_back_with_what_is_known_of_them(blobs):
    digest = digest_of(COLUMNS)
    assert blobs.put(digest, COLUMNS)
    found = blobs.read(digest)
    assert list(found) == list(COLUMNS)
    assert (found["mag"].unit, found["mag"].label, found["mag"].description) == (
        "mag",
        "m",
        "Magnitude",
    )
    for name in COLUMNS:
        expected = [1.0, 2.5, None] if name == "mixed numbers" else COLUMNS[name].values
        assert same(found[name].values, expected), name


def test_some_columns_can_be_read_alone(blobs):
    digest = digest_of(COLUMNS)
    blobs.put(digest, COLUMNS)
    assert list(blobs.read(digest, ["n"])) == ["n"]
    assert blobs.table(digest, ["mag"]).num_rows == 3
    with pytest.raises(StoreError, match="has no column flux"):
        blobs.read(digest, ["flux"])


def test_the_same_content_is_written_once(blobs):
    digest = digest_of(COLUMNS)
    assert blobs.put(digest, COLUMNS)
    assert not blobs.put(digest, COLUMNS)


def test_a_missing_blob_is_told(blobs):
    with pytest.raises(StoreError, match="is not in"):
        blobs.read("0" * 64)


@pytest.mark.parametrize(
    "other",
    [
        {"a": Column([1.0, 2.5], "mag")},
        {"a": Column([1.0, 2.0], "mmag")},
        {"b": Column([1.0, 2.0], "mag")},
        {"a": Column([1.0, math.nan], "mag")},
        {"a": Column(["1.0", "2.0"], "mag")},
        {"a": Column([1.0], "mag"), "b": Column([2.0])},
    ],
)
def test_other_content_has_another_digest(other):
    assert digest_of(other) != digest_of({"a": Column([1.0, 2.0], "mag")})
    assert digest_of(other) == digest_of(dict(other))


def test_files_lie_by_digest_and_nothing_else_is_left(store, save, record):
    save(record(1))
    save(record(2))
    root = Path(store.blobs.location)
    with store.reader() as reader:
        (digest,) = {row.digest for row in reader.blobs.of_reports([1, 2])} - {None}
    files = [path.relative_to(root).as_posix() for path in root.rglob("*.*")]
    assert files == [f"{digest[:2]}/{digest}.parquet"]


def test_a_damaged_blob_is_told(tmp_path):
    blobs = BlobStore(tmp_path)
    digest = digest_of(COLUMNS)
    blobs.put(digest, COLUMNS)
    (tmp_path / digest[:2] / f"{digest}.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(StoreError, match="is damaged"):
        blobs.read(digest)


def test_columns_of_unequal_length_are_refused(save, record, dump):
    before = dump()
    uneven = Blob("u", "Uneven", {"a": Column([1.0]), "b": Column([1.0, 2.0])})
    with pytest.raises(StoreError, match="differ in their number of rows"):
        save(record(report={"blobs": [uneven]}))
    assert dump() == before


def test_a_store_that_cannot_be_written_stores_nothing(store, save, record, dump, tmp_path):
    (tmp_path / "blobs").write_text("a file where the folder should be")
    before = dump()
    with pytest.raises(StoreUnreachable, match=r"blob store .*blobs"):
        save(record())
    assert dump() == before


def test_an_unknown_kind_of_store_is_told():
    with pytest.raises(StoreError, match=r"nowhere://x.*Install"):
        BlobStore("nowhere://x").put("0" * 64, COLUMNS)
