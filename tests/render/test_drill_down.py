import base64
import importlib.util
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from squash_jenkins.models import Blob, Column
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.content import tables
from squash_jenkins.render.engine.live import Live
from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Store

BuildSite = Callable[..., Built]
_spec = importlib.util.spec_from_file_location(
    "sample_findings", Path(__file__).with_name("sample_findings.py")
)
assert _spec is not None and _spec.loader is not None
found = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(found)
INDEX = "data/jobs/sqre/ci_hsc/blobs.js"


def read(site: Path, path: str) -> Any:
    return payload((site / path).read_text(encoding="utf-8"))


def payload(script: str) -> Any:
    return json.loads(script[script.index(",") + 1 : script.rindex(")")])


def stars(number: int) -> dict[str, Column]:
    return {
        "snr": Column([10.0 + number, 200.0, 300.0], "", "SNR(r\nFilter name)"),
        "name": Column(["a", "b", None], None, "Name"),
        "pairs": Column([[1.0, 2.0], [], [3.0]], "mmag"),
        "mixed": Column([1, None, 2.5], "mag"),
    }


@pytest.fixture
def keep(store: Store, samples: Any) -> Callable[..., None]:
    """Return a function that stores builds with a table and a model each."""

    def keep_some(*numbers: int) -> None:
        for number in numbers:
            record = samples.record("sqre/ci_hsc", number)
            parameters = {"theta": {"value": 1400.0, "unit": "marcsec", "description": "Seeing"}}
            blobs = [Blob("1", "stars", stars(number)), Blob("2", "model", {}, parameters)]
            reports = [
                replace(
                    each,
                    blobs=blobs,
                    measurements=[replace(one, blobs=["1"]) for one in each.measurements[:2]],
                )
                for each in record.reports
            ]
            store.save(replace(record, reports=reports), controller_url=samples.ROOT)

    return keep_some


def test_the_newest_builds_are_told_and_their_tables_written_once(
    keep: Callable[..., None], build: BuildSite, output: Path
) -> None:
    keep(*range(1, 15))
    built = build(plots=[])
    assert list(built.faults) == []
    content = read(output, INDEX)
    assert [each["number"] for each in content["builds"]] == list(range(3, 15))
    assert content["first"] == 3
    [kind, _, rows, _], [other, digest, _, own] = content["builds"][-1]["blobs"]
    metrics = ["validate_drp.AM1", "validate_drp.PA1"]
    assert (content["kinds"][kind], rows) == (["stars", "cfht", "r", metrics], 3)
    assert (content["kinds"][other], digest) == (["model", "cfht", "r", []], None)
    words, value = content["parameters"][own]
    assert (content["words"][words], value) == ([["theta", "marcsec", "", "Seeing"]], 1400.0)
    assert len(list((output / "data/blobs").iterdir())) == 12
    keep(15)
    written = [path for path in build(plots=[]).written if path.startswith("data/blobs/")]
    newest = read(output, INDEX)["builds"][-1]["blobs"][0][1]
    assert written == [f"data/blobs/{newest}.js"]
    assert len(list((output / "data/blobs").iterdir())) == 12


def test_tables_stay_where_a_finding_begins(
    keep: Callable[..., None], build: BuildSite, output: Path, store: Store
) -> None:
    keep(*range(1, 21))
    build(plots=[])
    _, own = found.keys(store, "sqre/ci_hsc")
    begins = found.finding(found.step(own, (4, 3, 5)))
    over = found.finding(found.step(own, (15, 15, 15)))
    found.write(store, "sqre/ci_hsc", {"a1b2c3d4": begins, "b1b2c3d4": over})
    build(plots=[])
    content = read(output, INDEX)
    numbers = [(each["number"], each["begins"]) for each in content["builds"]]
    assert numbers == [(number, number in (4, 15)) for number in (4, *range(9, 21))]
    assert content["first"] == 9
    assert len(list((output / "data/blobs").iterdir())) == 13
    found.write(store, "sqre/ci_hsc", {"b1b2c3d4": over})
    build(plots=[])
    assert [each["number"] for each in read(output, INDEX)["builds"]] == list(range(9, 21))
    assert len(list((output / "data/blobs").iterdir())) == 12


def test_columns_of_each_kind_are_told(
    keep: Callable[..., None], build: BuildSite, output: Path
) -> None:
    keep(1)
    build(plots=[])
    [file] = (output / "data/blobs").iterdir()
    content = read(output, f"data/blobs/{file.name}")
    columns = content["columns"]
    assert content["rows"] == 3
    kinds = {name: (each["kind"], each["size"]) for name, each in columns.items()}
    mixed, pairs = ("number", 3), ("list", 3)
    assert kinds == {"snr": ("number", 3), "name": ("word", 3), "pairs": pairs, "mixed": mixed}
    assert columns["snr"]["label"] == "SNR(r"
    assert numbers(columns["pairs"]) == [1, 2, 3]
    assert numbers(columns["mixed"])[::2] == [1, 2.5]
    assert columns["name"]["data"] == ["a", "b", ""]


def test_a_long_table_is_sampled_row_by_row(store: Store) -> None:
    values = np.arange(1000.0)
    digest = "ab" * 32
    store.blobs.put(digest, {"x": Column(values.tolist()), "y": Column((values * 2).tolist())})
    content = tables.table_file(store.blobs, digest, 100)
    x, y = (numbers(content["columns"][name]) for name in "xy")
    assert (content["rows"], content["columns"]["x"]["size"], len(x)) == (1000, 1000, 100)
    assert [2 * value for value in x] == y
    assert len(set(x)) == 100


def test_numbers_are_told_so_exactly_that_nobody_sees_it(store: Store) -> None:
    digest, finite = "cd" * 32, [0.1, -3.5, 0.0]
    days = [59000.123456, 59000.123457, 59000.2]
    columns = {"short": [*finite, math.nan], "days": [*days, math.inf], "tiny": [1e-300, 1, 2, 3]}
    store.blobs.put(digest, {name: Column(values) for name, values in columns.items()})
    content = tables.table_file(store.blobs, digest, 100)["columns"]
    assert {name: each["bits"] for name, each in content.items()} == {
        "short": 32, "days": 64, "tiny": 64,
    }  # fmt: skip
    assert numbers(content["short"])[:3] == pytest.approx(finite, rel=1e-7)
    assert numbers(content["days"])[:3] == days


@pytest.mark.parametrize("fault", ["missing", "corrupt"])
def test_a_table_that_cannot_be_read_is_told_and_tried_again(
    keep: Callable[..., None], build: BuildSite, output: Path, store: Store, fault: str
) -> None:
    keep(1)
    [file] = Path(store.blobs.location).glob("*/*.parquet")
    content = file.read_bytes()
    file.unlink() if fault == "missing" else file.write_bytes(content[:40])
    assert list(build(plots=[]).faults) == []
    path = f"data/blobs/{file.stem}.js"
    said = read(output, path)["fault"]
    assert ("is not in" if fault == "missing" else "is damaged") in said
    assert "read" in said
    file.write_bytes(content)
    keep(2)
    assert path in build(plots=[]).written
    assert read(output, path)["rows"] == 3


def test_nothing_is_read_where_no_table_is_new(
    keep: Callable[..., None],
    build: BuildSite,
    save: Callable[..., None],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep(1, 2)
    build(plots=[])
    asked: list[str] = []
    monkeypatch.setattr(type(store.blobs), "table", lambda *about: asked.append(about[1]))
    save("sqre/ci_hsc", 3)
    assert INDEX not in build(plots=[]).written
    assert asked == []


def test_a_live_server_has_all_tables(
    keep: Callable[..., None], store: Store, plugins: Plugins
) -> None:
    keep(*range(1, 15))
    live = Live(store, tabs=plugins.tabs, plots=plugins.plots, controllers=["main"])

    def get(path: str) -> Any:
        answer = live.get(path)
        assert answer is not None
        return payload(answer.content.decode())

    assert get("data/tables.js") == {"kept": None}
    assert len(get(INDEX)["builds"]) == 12
    first = get(INDEX.replace("blobs.js", "blobs-0.js"))["builds"][0]
    assert first["number"] == 1
    assert get(tables.table_path(first["blobs"][0][1]))["rows"] == 3


def numbers(column: Any) -> list[float]:
    kind = f"<f{column['bits'] // 8}"
    values: list[float] = np.frombuffer(base64.b64decode(column["data"]), kind).tolist()
    return values
