from itertools import permutations

import pytest

from squash_jenkins.analysis.series.unlike_files import Group, joined, label, together, unlike
from squash_jenkins.models import Measurement, Report


def report(path: str, *metrics: str, digest: str = "", **fields: str) -> Report:
    measured = [Measurement(metric, 1.0) for metric in metrics or ["speed"]]
    return Report(path, "plain", digest or path, 1, measurements=measured, **fields)


def labels(*paths: str) -> list[str]:
    [found] = unlike(report(path) for path in paths).values()
    return [label(path, found.ends) for path in paths]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["arm64/bench.json", "x86_64/bench.json"], ["arm64", "x86_64"]),
        (["out/linux/arm64/b.json", "out/macos/arm64/b.json"], ["linux", "macos"]),
        (["x86/bench.json", "x86_64/bench.json"], ["x86", "x86_64"]),
        (["bench-arm64.json", "bench-x86_64.json"], ["arm64", "x86_64"]),
        (["bench-x86_32.json", "bench-x86_64.json"], ["x86_32", "x86_64"]),
        (["r-2026-03-01-gcc.json", "r-2026-03-01-clang.json"], ["gcc", "clang"]),
        (["tract_9813.json", "tract_9615.json"], ["tract_9813", "tract_9615"]),
        (["1/out.json", "2/out.json"], ["1", "2"]),
        (["out.json", "out-debug.json"], ["out", "out-debug"]),
        (["arm64/try-2/out.json", "x86/out_retry.json"], ["arm64", "x86"]),
        (["entry/out.json", "country/out.json"], ["entry", "country"]),
        (["bench.json", "arm64/bench.json"], ["bench", "arm64/bench"]),
        (["json", "a/json"], ["json", "a/json"]),
        (["run 1/ü.json", "run 2/ü.json"], ["run 1", "run 2"]),
    ],
)
def test_the_part_of_the_path_that_differs_tells_files_apart(
    paths: list[str], expected: list[str]
) -> None:
    assert labels(*paths) == expected
    assert labels(*paths[::-1]) == expected[::-1]


def test_what_holds_for_all_builds_does_not_depend_on_their_order() -> None:
    builds = [
        ["7/linux/arm64/b.json", "7/linux/x86_64/b.json"],
        ["8/linux/arm64/b.json", "8/macos/arm64/b.json"],
        ["9/macos/arm64/b.json", "9/macos/x86_64/b.json"],
    ]
    found = set()
    for order in permutations(builds):
        each = [next(iter(unlike(map(report, paths)).values())) for paths in order]
        whole = together(each)
        found.add((whole.ends, whole.metrics))
        assert label("10/linux/arm64/b.json", whole.ends) == "linux/arm64"
    assert len(found) == 1


@pytest.mark.parametrize(
    "reports",
    [
        [report("a.json", "one"), report("b.json", "two")],
        [report("a.json", filter="r"), report("b.json", filter="i")],
        [report("a.json", dataset="cfht"), report("b.json", dataset="hsc")],
        [report("a.json", digest="same"), report("copy/a.json", digest="same")],
        [report("try1/a.json"), report("try2/a.json"), report("Attempt-3/a.json")],
        [report("out/a.json"), report("out/a-retry.json"), report("out/rerun_2/a.json")],
        [report("posted:job/0123.json"), report("posted:job/4567.json")],
        [report("posted:job/0123.json"), report("a.json")],
    ],
)
def test_files_that_do_not_measure_the_same_are_not_told_apart(reports: list[Report]) -> None:
    assert unlike(reports) == {}


def test_what_is_posted_under_several_labels_is_told_apart_by_them() -> None:
    paths = [f"posted:rest-job/cfht/{name}/0123.json" for name in ("el7", "el9")]
    [(group, found)] = unlike(report(path, dataset="cfht") for path in paths).items()
    assert group == Group("cfht", "", posted=True)
    assert [label(path, found.ends) for path in paths] == ["el7", "el9"]


def test_only_the_metrics_that_several_files_measure_count() -> None:
    [found] = unlike([report("a.json", "x", "y"), report("b.json", "y", "z")]).values()
    assert (found.metrics, found.paths) == ({"y"}, {"a.json", "b.json"})


def test_files_are_named_as_they_are() -> None:
    [found] = unlike([report("try2/arm64/a.json"), report("x86/a-retry.json")]).values()
    assert found.paths == {"try2/arm64/a.json", "x86/a-retry.json"}


def test_the_name_of_a_series_joins_dataset_and_labels() -> None:
    assert joined("cfht", ["arm64", "gcc"]) == "cfht · arm64 · gcc"
    assert joined(None, ["arm64"]) == "arm64"
