import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from squash_jenkins.commands import group
from squash_jenkins.errors import ResourceError
from squash_jenkins.models import Blob, Column
from squash_jenkins.render.engine.pyramids import DATA, FOLDER, Prepared, prepare, prepared
from squash_jenkins.render.links import Links
from squash_jenkins.render.pooled import pooled, tiles
from squash_jenkins.render.pooled.pools import ColumnCache, Pool, pools
from squash_jenkins.render.site.site import Site
from squash_jenkins.store import Store, open_store

ROOT = "https://ci.example.org/jenkins/"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
Add = Callable[..., None]


def stars(seed: int, rows: int = 300) -> dict[str, Column]:
    chance = np.random.default_rng(seed)
    snr = chance.uniform(5, 40, rows)
    snr[0] = np.nan
    return {
        "snr": Column(snr.tolist(), "", "SNR"),
        "dist": Column((200 / snr).tolist(), "marcsec", "d"),
        "name": Column([f"star {at}" for at in range(rows)]),
    }


@pytest.fixture(name="add")
def _add(store: Store, samples: Any) -> Add:
    """Return a function that stores builds with a table each."""

    def add(numbers: Sequence[int], rows: int = 300, job: str = "ci_hsc") -> None:
        for number in numbers:
            record = samples.record(job, number)
            blob = Blob("1", "stars", stars(number, rows))
            reports = [replace(each, blobs=[blob]) for each in record.reports]
            store.save(replace(record, reports=reports), controller_url=ROOT)

    return add


def all_pools(store: Store, builds: int = 100) -> list[Pool]:
    with store.reader() as reader:
        return list(pools(Site(reader, Links(), None, {}), reader, store.blobs, builds))


def pairs(found: Sequence[Pool]) -> list[tuple[str, str]]:
    return [(pool.x.name, pool.y.name) for pool in found]


def file_of(store: Store, digest: str) -> Path:
    return Path(store.blobs.location) / digest[:2] / f"{digest}.parquet"


def lists_of(output: Path) -> tuple[Any, Any]:
    """Return the list that is kept and the one that the page reads."""
    script = (output / DATA).read_text()
    return prepared(output), json.loads(script[script.index(",") + 1 : script.rindex(")")])


def test_pairs_of_columns_of_numbers_are_pooled(store: Store, add: Add) -> None:
    add(range(1, 7))
    found = all_pools(store, 4)
    assert pairs(found) == [("snr", "dist"), ("build", "snr"), ("build", "dist")]
    pool = found[0]
    assert (pool.job, pool.dataset, pool.filter, pool.table) == ("ci_hsc", "cfht", "r", "stars")
    assert [part.number for part in pool.parts] == [3, 4, 5, 6]
    assert (pool.rows, pool.y.unit, pool.x.label) == (1200, "marcsec", "SNR")
    content = pooled.read(store.blobs, pool)
    assert (len(content.points), content.points.lost) == (1196, 4)
    by_build = pooled.read(store.blobs, found[1])
    assert len(np.unique(by_build.points.u)) == 4


def test_a_missing_and_a_damaged_table_are_left_out_and_named(store: Store, add: Add) -> None:
    add(range(1, 6))
    pool = all_pools(store)[0]
    file_of(store, pool.parts[1].digest).unlink()
    file_of(store, pool.parts[4].digest).write_bytes(b"PAR1 no more")
    assert pairs(all_pools(store)) == pairs([pool, *all_pools(store)[1:]])
    content = pooled.read(store.blobs, pool)
    assert list(content.numbers) == [1, 3, 4]
    assert [number for number, _ in content.left_out] == [2, 5]
    assert "backup" in content.left_out[0][1]
    assert "damaged" in content.left_out[1][1]
    assert len(content.points) == 3 * 299


def test_memory_is_bounded_and_the_newest_builds_stay(store: Store, add: Add) -> None:
    add(range(1, 5))
    pool = all_pools(store)[0]
    content = pooled.read(store.blobs, pool, most=700)
    assert list(content.numbers) == [3, 4]
    assert [number for number, _ in content.left_out] == [1, 2]
    assert "700 rows" in content.left_out[0][1]
    assert content.points.nbytes <= 8 * 600


def test_a_column_that_holds_texts_is_refused(store: Store, add: Add) -> None:
    add([1])
    pool = all_pools(store)[0]
    content = pooled.read(store.blobs, replace(pool, y=replace(pool.y, name="name")))
    assert len(content.points) == 0
    assert "holds no numbers in name" in content.left_out[0][1]


def test_the_prepared_tile_is_the_one_made_on_demand(store: Store, add: Add, output: Path) -> None:
    add(range(1, 5))
    done = prepare(store, output, points=1000, now=NOW)
    assert done == Prepared(made=3)
    cache = pooled.Cache()
    pools = all_pools(store)
    assert len(pools) == 3
    for pool in pools:
        folder = output / FOLDER / pool.key
        for z, x, y in [(0, 0, 0), (2, 1, 2), (3, 5, 3)]:
            there = (folder / str(z) / str(x) / f"{y}.png").read_bytes()
            assert pooled.tile(store.blobs, pool, z, x, y, cache) == there
            content = cache.get(store.blobs, pool)
            alone = tiles.count(content.points, z, x, y)
            assert tiles.png(alone, content.kept[z][1]) == there
        assert sum(1 for _ in folder.rglob("*.png")) == 85
    answer = pooled.answer(store.blobs, pool, made=NOW, points=1000, cache=cache)
    assert answer["depth"] == pooled.LIVE_DEPTH
    script = (folder / "pool.js").read_text()
    still = json.loads(script[script.index(",") + 1 : script.rindex(")")])
    assert {**answer, "depth": 3} == still
    assert sum(each for each in still["cells"] if each > 0) == still["points"] == 4 * 299


def test_tiles_beneath_the_prepared_ones_hold_the_same_points(store: Store, add: Add) -> None:
    add([1, 2])
    pool, cache = all_pools(store)[0], pooled.Cache()
    content = cache.get(store.blobs, pool)
    x, y = int(content.points.u[5] * 64), int((1 - content.points.v[5]) * 64)
    counts = pooled.count(content, 6, x, y)
    assert counts.sum() > 0
    assert np.array_equal(counts, tiles.count(content.points, 6, x, y))
    assert pooled.tile(store.blobs, pool, 6, x, y, cache) != tiles.blank()
    for z, column in [(2, 4), (7, 128), (13, 0), (-1, 0)]:
        with pytest.raises(ValueError, match="no tile"):
            pooled.tile(store.blobs, pool, z, column, 0, cache)


def test_what_stands_is_kept_and_what_is_not_needed_goes(
    store: Store, add: Add, output: Path
) -> None:
    add([1, 2])
    assert prepare(store, output, now=NOW).made == 3
    before = {each["key"] for each in prepared(output)["pools"]}
    later = prepare(store, output, now=NOW + timedelta(days=1))
    assert (later.made, later.kept, later.removed) == (0, 3, 0)
    kept, read = lists_of(output)
    assert kept == read
    (output / FOLDER / ".making-crashed").mkdir()
    add([3])
    assert prepare(store, output, now=NOW) == Prepared(made=3, removed=3)
    now = {each["key"] for each in prepared(output)["pools"]}
    assert {each.name for each in (output / FOLDER).iterdir() if each.is_dir()} == now
    assert not before & now
    assert prepare(store, output, points=10, now=NOW).made == 3
    assert [each["tiled"] for each in prepared(output)["pools"]] == [True] * 3


def test_a_table_that_came_back_is_taken_in(store: Store, add: Add, output: Path) -> None:
    add([1, 2])
    file = file_of(store, all_pools(store)[0].parts[0].digest)
    away = shutil.move(file, file.with_suffix(".away"))
    done = prepare(store, output, now=NOW)
    assert done.made == 3
    assert len(done.faults) == 1
    assert done.faults[0].startswith("ci_hsc cfht r stars: build #1 is left out. ")
    shutil.move(away, file)
    assert prepare(store, output, now=NOW) == Prepared(made=3)


def test_the_page_is_told_after_each_rebuild(
    store: Store, add: Add, output: Path, build: Callable[..., Any]
) -> None:
    add([1, 2])
    assert list(build().faults) == []
    assert lists_of(output) == ({"pools": []}, {"pools": []})
    prepare(store, output, now=NOW)
    add([3])
    assert list(build(everything=True).faults) == []
    kept, read = lists_of(output)
    assert kept == read
    assert len(read["pools"]) == 3
    assert all((output / FOLDER / each["key"] / "pool.js").is_file() for each in read["pools"])


def test_the_cache_keeps_what_was_asked_for_last(store: Store, add: Add) -> None:
    add([1, 2])
    one, other, third = all_pools(store)

    class Counted:
        def __init__(self) -> None:
            self.asked = 0

        def table(self, digest: str, columns: Sequence[str] | None = None) -> Any:
            self.asked += 1
            return store.blobs.table(digest, columns)

    tables = Counted()
    cache = pooled.Cache(most=2 * 8 * 600)
    for pool in (one, one, other, one, third, one):
        cache.get(tables, pool)
    assert tables.asked == 6
    cache.get(tables, other)
    assert tables.asked == 8


def test_a_column_is_read_once_for_pools_in_turn(store: Store, add: Add) -> None:
    add([1, 2, 3])
    asked: list[Sequence[str] | None] = []

    class Noted:
        def table(self, digest: str, columns: Sequence[str] | None = None) -> Any:
            asked.append(columns)
            return store.blobs.table(digest, columns)

    held = ColumnCache(Noted())
    found = all_pools(store)
    for pool in (*found, *found):
        alone, together = pooled.read(store.blobs, pool), pooled.read(held, pool)
        assert np.array_equal(alone.points.u, together.points.u)
        assert np.array_equal(alone.points.v, together.points.v)
    assert asked == [["snr", "dist"]] * 3
    few = ColumnCache(Noted(), most=3000)
    for pool in found[:0:-1]:
        assert len(pooled.read(few, pool).points) == len(pooled.read(store.blobs, pool).points)
    assert asked[3:] == [["dist"]] * 3 + [["snr"]] * 3


def test_without_datashader_small_pools_are_made_and_others_say_what_to_install(
    store: Store, add: Add, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add([1, 2])
    monkeypatch.setitem(sys.modules, "datashader", None)
    done = prepare(store, output, points=10, now=NOW)
    assert done.made == 0
    assert len(done.faults) == 1
    assert "pip install squash-jenkins[datashader]" in done.faults[0]
    assert prepared(output)["pools"] == []
    assert prepare(store, output, now=NOW) == Prepared(made=3)


def test_the_command_pools(tmp_path: Path, samples: Any) -> None:
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as store:
        record = samples.record("ci_hsc", 1)
        reports = [replace(each, blobs=[Blob("1", "stars", stars(1))]) for each in record.reports]
        store.save(replace(record, reports=reports), controller_url=ROOT)
    settings = tmp_path / "squash.toml"
    settings.write_text("[plots]\npoints = 100\n")
    asked = ["--settings", str(settings), "dashboards", "build", "--pooled", "5"]
    result = CliRunner().invoke(group, asked)
    assert result.exit_code == 0, result.output
    assert "Pooled tables: 3 written, 0 unchanged, 0 removed." in result.output
    found = prepared(tmp_path / "site")["pools"]
    assert all(each["tiled"] for each in found)
    assert len(found) == 3


def test_a_damaged_list_is_told(output: Path) -> None:
    (output / FOLDER).mkdir(parents=True)
    (output / FOLDER / "prepared.json").write_text("{")
    with pytest.raises(ResourceError, match="dashboards build --pooled"):
        prepared(output)


def test_no_table_is_no_pool(store: Store, save: Callable[..., None], output: Path) -> None:
    assert prepare(store, output, now=NOW) == Prepared()
    save("ci_hsc", 1)
    assert prepare(store, output, now=NOW) == Prepared()
    assert prepared(output)["pools"] == []


def test_rows_without_numbers_are_no_points(store: Store, samples: Any, output: Path) -> None:
    record = samples.record("ci_hsc", 1)
    columns = {"a": Column([float("nan")] * 3), "b": Column([1.0, 2.0, float("inf")])}
    reports = [replace(each, blobs=[Blob("1", "odd", columns)]) for each in record.reports]
    store.save(replace(record, reports=reports), controller_url=ROOT)
    assert prepare(store, output, now=NOW).made == 3
    assert {each["points"] for each in prepared(output)["pools"]} == {0, 2}
