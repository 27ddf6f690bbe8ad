"""Files of one build that measure the same stay apart, whatever order the builds come in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

from squash_jenkins.models import POSTED, Build, BuildId, BuildRecord, Measurement, Report
from squash_jenkins.store import Saved, Store, open_store
from tests import databases

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def report(path: str, value: float, *metrics: str, **fields: Any) -> Report:
    measured = [Measurement(name, value, "s") for name in metrics or ["speed"]]
    return Report(
        path, "plain", f"{path}{value}".ljust(64, "0"), 9, measurements=measured, **fields
    )


def record(number: int, *reports: Report, job: str = "bench", **fields: Any) -> BuildRecord:
    started = FIRST + timedelta(days=number)
    return BuildRecord(Build(BuildId("ci", job, number), started, **fields), reports)


def found(store: Store, job: str = "bench") -> dict[tuple[str, str, str], dict[int, float | None]]:
    """Return by dataset, filter and metric the values by number of build, from the blocks."""
    series: dict[tuple[str, str, str], dict[int, float | None]] = {}
    with store.reader() as reader:
        [key] = [row.key for row in reader.builds.jobs() if row.name == job]
        numbers = {row.key: row.number for row in reader.builds.of_job(key)}
        for _, block in reader.blocks.read(key, set(reader.blocks.states(key))):
            for at, name in enumerate(block.series):
                own = series.setdefault((name.id.dataset, name.id.filter, name.id.metric), {})
                own |= {
                    numbers[build]: float(block.values[at, column])
                    for column, build in enumerate(block.builds)
                    if block.origin[at, column] >= 0
                }
    return series


def both(number: int) -> BuildRecord:
    return record(number, report("arm64/b.json", 10 + number), report("x86/b.json", 90 + number))


BUILDS = [
    record(1, report("x86/b.json", 91)),
    both(2),
    record(3, report("arm64/b.json", 13)),
    record(4, report("x86/b.json", 94), report("riscv/b.json", 54)),
]
APART = {
    ("arm64", "", "speed"): {2: 12, 3: 13},
    ("x86", "", "speed"): {1: 91, 2: 92, 4: 94},
    ("riscv", "", "speed"): {4: 54},
}


def test_each_file_has_its_series_in_whatever_order_builds_come(store: Store) -> None:
    for order in list(permutations(BUILDS))[::4]:
        job = " ".join(str(each.build.id.number) for each in order)
        for each in order:
            [saved] = save(store, of_job(each, job))
            with store.reader() as reader:
                key = reader.builds.get(saved.build_key).job_key
            store.store_blocks(key)
        assert found(store, job) == APART


def of_job(record: BuildRecord, job: str) -> BuildRecord:
    id = replace(record.build.id, job=job)
    return replace(record, build=replace(record.build, id=id))


def save(store: Store, *records: BuildRecord) -> list[Saved]:
    return store.save_all(records, controller_url="http://jenkins.example/")


def test_builds_that_are_stored_together_are_told_apart_as_well(store: Store) -> None:
    save(store, *BUILDS)
    assert found(store) == APART


def test_another_process_knows_what_the_first_has_seen(store: Store, tmp_path: Path) -> None:
    save(store, BUILDS[1])
    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as other:
        save(other, BUILDS[2], BUILDS[0])
    save(store, BUILDS[3])
    assert found(store) == APART


def test_repeating_it_changes_nothing(store: Store) -> None:
    save(store, *BUILDS)
    with store.reader() as reader:
        before = reader.revisions.newest()
    assert not any(saved.changed for saved in save(store, *BUILDS))
    with store.reader() as reader:
        assert reader.revisions.newest() == before


def test_a_file_of_other_metrics_or_filter_or_job_keeps_its_series(store: Store) -> None:
    own = [report("size.json", 5, "size"), report("i/b.json", 7, filter="i")]
    save(store, record(1, *own), record(1, report("x86/b.json", 1), job="other"))
    save(store, record(2, *both(2).reports, *own))
    assert found(store)["", "", "size"] == {1: 5, 2: 5}
    assert found(store)["", "i", "speed"] == {1: 7, 2: 7}
    assert found(store, "other") == {("", "", "speed"): {1: 1}}


def test_a_file_that_is_alone_keeps_the_dataset_it_names(store: Store) -> None:
    save(store, *[record(at, report(f"run-{at}/b.json", at, dataset="cfht")) for at in (1, 2)])
    assert found(store) == {("cfht", "", "speed"): {1: 1, 2: 2}}


def test_folders_that_are_new_in_every_build_do_not_count(store: Store) -> None:
    for at in (3, 1, 2):
        arms = [report(f"{at}/{arm}/b.json", at, dataset="cfht") for arm in ("arm64", "x86")]
        save(store, record(at, *arms[: at % 2 + 1]))
    assert found(store) == {
        ("cfht · arm64", "", "speed"): {1: 1, 2: 2, 3: 3},
        ("cfht · x86", "", "speed"): {1: 1, 3: 3},
    }


def test_a_dataset_that_no_series_has_any_more_is_gone(store: Store) -> None:
    arms = [report(f"{arm}/b.json", 1, dataset="cfht") for arm in ("arm64", "x86")]
    save(store, record(1, arms[0]))
    save(store, record(2, *arms))
    with store.reader() as reader:
        assert [row.name for row in reader.definitions.datasets()] == ["cfht · arm64", "cfht · x86"]
    save(store, record(3, report("other.json", 1, "size", dataset="cfht")))
    with store.reader() as reader:
        assert [row.name for row in reader.definitions.datasets()] == [
            "cfht",
            "cfht · arm64",
            "cfht · x86",
        ]


def test_a_build_that_shows_more_has_the_earlier_ones_named_anew(store: Store) -> None:
    save(store, record(1, report("linux/arm/b.json", 1), report("linux/x86/b.json", 2)))
    save(store, record(2, report("linux/arm/b.json", 3), report("macos/arm/b.json", 4)))
    assert found(store) == {
        ("linux/arm", "", "speed"): {1: 1, 2: 3},
        ("linux/x86", "", "speed"): {1: 2},
        ("macos/arm", "", "speed"): {2: 4},
    }


def test_a_build_that_is_read_again_with_one_more_file(store: Store) -> None:
    save(store, record(1, report("arm64/b.json", 1), provisional=True))
    save(store, record(1, report("arm64/b.json", 1), report("x86/b.json", 2)))
    assert found(store) == {("arm64", "", "speed"): {1: 1}, ("x86", "", "speed"): {1: 2}}


def test_what_is_posted_one_after_the_other_is_told_apart_by_its_label(store: Store) -> None:
    for name in ("el7", "el9"):
        path = f"{POSTED}rest-job/cfht/{name}/0123.json"
        save(store, record(1, report(path, len(name), dataset="cfht")))
    save(store, record(1, report("b.json", 5, dataset="cfht")))
    assert set(found(store)) == {
        ("cfht · el7", "", "speed"),
        ("cfht · el9", "", "speed"),
        ("cfht", "", "speed"),
    }


def test_specifications_still_see_the_dataset_itself(store: Store) -> None:
    reports = [report(f"{arm}/b.json", 1, dataset="cfht", terms={"arch": 1}) for arm in ("a", "b")]
    save(store, record(1, reports[0]))
    save(store, record(2, *reports))
    with store.reader() as reader:
        rows = reader.contents.reports(
            [row.key for row in reader.builds.of_job(reader.builds.jobs()[0].key)]
        )
    assert [row.terms for row in rows] == [{"dataset": "cfht", "arch": 1}] * 3
    assert [row.extra["file"]["label"] for row in rows] == ["a", "a", "b"]
