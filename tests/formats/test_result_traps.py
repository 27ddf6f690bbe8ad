"""Traps in the files of benchmark tools: read rightly, or refused with the place."""

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format, read_document
from squash_jenkins.models import Measurement, Report

SAMPLES = Path(__file__).parents[1] / "data" / "formats"
Make = Callable[..., Document]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


@pytest.fixture
def read(formats: Sequence[Format], make_document: Make) -> Callable[..., Report]:
    """Return a function that reads the only report of a document."""

    def one(content: Any, path: str = "a.json") -> Report:
        found = read_document(make_document(content, path), formats)
        assert found is not None, "no format recognises it"
        [report] = found
        return report

    return one


def of(report: Report, metric: str) -> Measurement:
    return next(each for each in report.measurements if each.metric == metric)


def changed(root: Any, *path: Any, to: Any) -> Any:
    """Return a copy with another value at a path."""
    found = copy.deepcopy(root)
    at = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = to
    return found


STATS = ("benchmarks", 0, "stats")
TIMES = {
    "pytest-benchmark/version_5.json": (*STATS, "median"),
    "google-benchmark/version_1.7.json": ("benchmarks", 0, "real_time"),
    "asv/result_v2.json": ("results", "sums.Sums.time_sum", 0, 1),
    "hyperfine/version_1.15.json": ("results", 0, "median"),
    "k6/summary_export.json": ("metrics", "http_req_duration", "med"),
    "jmh/one.json": (0, "primaryMetric", "score"),
    "criterion/target/criterion/Fibonacci2/Iterative/20/new/estimates.json": (
        *("Median", "point_estimate"),
    ),
    "benchmarkdotnet/version_0.9.json": ("Benchmarks", 0, "Statistics", "Median"),
    "vitest-bench/math.json": ("files", 0, "groups", 0, "benchmarks", 0, "median"),
    "bencher/latency.json": ("tests::benchmark_a", "latency", "value"),
}


@pytest.mark.parametrize("name", TIMES)
def test_a_negative_time_is_refused(read: Callable[..., Report], name: str) -> None:
    path = name.partition("/")[2]
    with pytest.raises(DocumentError, match="not negative"):
        read(changed(sample(name), *TIMES[name], to=-0.25), path)


@pytest.mark.parametrize("name", TIMES)
def test_a_number_with_thousands_separators_is_refused(
    read: Callable[..., Report], name: str
) -> None:
    path = name.partition("/")[2]
    with pytest.raises(DocumentError, match=r'is text \("1,234\.5"\)'):
        read(changed(sample(name), *TIMES[name], to="1,234.5"), path)


@pytest.mark.parametrize("word", ["NaN", '"NaN"', '"-INF"', '""', "null", "Infinity"])
@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("jmh/one.json", 0),
        ("bencher/latency.json", 0),
        ("asv/result_v2.json", 1),
        ("github-action-benchmark/bigger.json", 0),
    ],
)
def test_what_is_no_number_was_not_measured(
    read: Callable[..., Report], name: str, metric: int, word: str
) -> None:
    where = TIMES.get(name, (0, "value"))
    text = json.dumps(changed(sample(name), *where, to="HERE")).replace('"HERE"', word)
    assert read(text.encode()).measurements[metric].value is None


@pytest.mark.parametrize(
    ("name", "mean", "metric"),
    [
        ("pytest-benchmark/version_5.json", (*STATS, "mean"), "test_calc.test_total[1000]"),
        ("hyperfine/version_1.15.json", ("results", 0, "mean"), "hyperfine.sleep short (t=0.02)"),
        (
            "vitest-bench/math.json",
            ("files", 0, "groups", 0, "benchmarks", 0, "mean"),
            "math.math > add",
        ),
    ],
)
def test_without_a_median_the_mean_counts_and_that_is_said(
    read: Callable[..., Report], name: str, mean: tuple[Any, ...], metric: str
) -> None:
    root = changed(sample(name), *TIMES[name], to=None)
    found = of(read(changed(root, *mean, to=0.75)), metric)
    assert (found.value, found.extra["statistic"]) == (0.75, "mean")


def test_the_single_rounds_are_not_stored(read: Callable[..., Report]) -> None:
    report = read(sample("pytest-benchmark/version_5.json"))
    found = of(report, "test_calc.test_total[1000]")
    assert found.extra["repeats"] == 17
    assert {"stddev", "min", "max", "low", "high"} <= found.extra.keys()
    assert not {"data", "params"} & found.extra.keys()


def test_equal_names_are_numbered(read: Callable[..., Report]) -> None:
    entry = {"name": "a", "unit": "s", "value": 1}
    names = [
        each.metric for each in read([entry, entry, {**entry, "name": "a#2"}, entry]).measurements
    ]
    assert names == ["a", "a#3", "a#2", "a#4"]


def test_a_repeated_key_is_refused(read: Callable[..., Report]) -> None:
    """Counters of Google Benchmark may be called like a key of its own."""
    text = json.dumps(sample("google-benchmark/version_1.7.json"))
    twice = text.replace('"rows": 1000.0', '"iterations": 1000.0', 1)
    with pytest.raises(DocumentError, match='"iterations" twice'):
        read(twice.encode())


@pytest.mark.parametrize("first", [0, 1])
def test_a_list_of_two_formats_is_refused_with_the_place(
    read: Callable[..., Report], first: int
) -> None:
    custom = {"name": "a", "unit": "s", "value": 1}
    both = [sample("jmh/one.json")[0], custom]
    with pytest.raises(DocumentError, match=r"\$\[[01]\]"):
        read([both[first], both[1 - first]])


def test_an_entry_of_two_formats_is_refused(read: Callable[..., Report]) -> None:
    both = {**sample("jmh/one.json")[0], "name": "a", "unit": "s", "value": 1}
    with pytest.raises(DocumentError, match="expected entries of one format"):
        read([both])


def test_ratios_to_the_previous_run_are_no_times(read: Callable[..., Report]) -> None:
    folder = "criterion/target/criterion/Fibonacci2/Iterative/20"
    change = sample(f"{folder}/change/estimates.json")
    assert read(change, "criterion/f/new/estimates.json").measurements == ()
    old = read(sample(f"{folder}/new/estimates.json"), "criterion/f/base/estimates.json")
    assert old.measurements == ()
    for path in ("new/estimates.json", "estimates.json"):
        with pytest.raises(DocumentError, match="the name of the benchmark is unknown"):
            read(sample(f"{folder}/new/estimates.json"), path)


def test_aggregates_in_percent_are_no_times(read: Callable[..., Report]) -> None:
    entry = {"run_name": "f", "run_type": "aggregate", "time_unit": "ms", "iterations": 5}
    times = {"mean": 3.0, "median": 2.0, "stddev": 0.5, "cv": 0.2}
    entries = [
        {**entry, "name": f"f_{word}", "aggregate_name": word, "real_time": time, "cpu_time": time}
        | ({"aggregate_unit": "percentage"} if word == "cv" else {})
        for word, time in times.items()
    ]
    fitted = {**entry, "name": "f_BigO", "aggregate_name": "BigO", "cpu_coefficient": 3.0}
    found = of(read({"context": {}, "benchmarks": [*entries, fitted]}), "google_benchmark.f")
    assert (found.value, found.unit) == (0.002, "s")
    assert (found.extra["mean"], found.extra["cv"], found.extra["repeats"]) == (0.003, 0.2, 5)


def test_old_aggregates_are_known_by_their_names(read: Callable[..., Report]) -> None:
    entry = {"iterations": 1, "cpu_time": 1.0, "time_unit": "us"}
    names = {"f": 4.0, "f_mean": 5.0, "f_median": 4.5, "g_mean": 1.0}
    entries = [{**entry, "name": name, "real_time": time} for name, time in names.items()]
    report = read({"context": {}, "benchmarks": entries})
    assert of(report, "google_benchmark.f").value == pytest.approx(4.5e-6)
    assert of(report, "google_benchmark.g_mean").value == pytest.approx(1e-6)  # a real name


def test_a_command_that_failed_has_no_time(read: Callable[..., Report]) -> None:
    root = changed(sample("hyperfine/version_1.15.json"), "results", 0, "exit_codes", to=[0, 1])
    found = read(root).measurements[0]
    assert (found.value, found.extra) == (None, {"as_written": "failed with exit code 1"})


def test_thresholds_of_k6_mean_the_opposite_in_its_old_shape(read: Callable[..., Report]) -> None:
    old = of(read(sample("k6/summary_export.json")), "k6.http_req_duration")
    assert old.extra["thresholds"] == {"p(95)<25": "missed"}  # true: it was crossed
    new = of(read(sample("k6/handle_summary.json")), "k6.http_req_duration")
    assert new.extra["thresholds"] == {"p(95)<1000": "met"}  # ok


def test_the_unit_of_jmh_counts_more_than_a_wrong_mode(read: Callable[..., Report]) -> None:
    [metric] = read(changed(sample("jmh/one.json"), 0, "mode", to="avgt")).metrics
    assert metric.rules == {"direction": "higher"}


def test_values_of_asv_fit_its_parameters(read: Callable[..., Report]) -> None:
    root = sample("asv/result_v2.json")
    with pytest.raises(DocumentError, match="4 values, one for each combination"):
        read(changed(root, "results", "sums.Sums.time_sum", 0, to=[1.0, 2.0]))
    many = [[str(at) for at in range(400)]] * 2
    with pytest.raises(DocumentError, match="at most 100000 combinations"):
        read(changed(root, "results", "sums.Sums.time_sum", 1, to=many))


def test_ranges_of_custom_lists_become_ends(read: Callable[..., Report]) -> None:
    entry = {"name": "a", "unit": "s", "value": 50}
    found = read([{**entry, "range": text} for text in ("5%", "± 3", "3", "a lot")]).measurements
    assert [(each.extra.get("low"), each.extra.get("high")) for each in found] == [
        *((47.5, 52.5), (47.0, 53.0), (47.0, 53.0), (None, None)),
    ]


def test_plain_files_say_which_values_are_better(read: Callable[..., Report]) -> None:
    value = {"value": 12.3, "unit": "ms", "better": "lower", "description": "of a request"}
    report = read({"metrics": {"latency": value}})
    [metric] = report.metrics
    assert (metric.unit, metric.description) == ("ms", "of a request")
    assert metric.rules == {"direction": "lower"}
    assert report.measurements[0].extra == {}
    with pytest.raises(DocumentError, match=r"\$\.metrics\.latency\.better .* lower or none"):
        read({"metrics": {"latency": {**value, "better": "smaller"}}})


def test_records_of_several_data_ids_are_refused(read: Callable[..., Report]) -> None:
    root = sample("sasquatch/astrometry.json")
    one = root["records"][0]["value"]
    other = {key: text for key, text in one.items() if "AM1" not in key} | {"tract": "1"}
    with pytest.raises(DocumentError, match="one data id"):
        read({**root, "records": [{"value": one}, {"value": other}]})
    with pytest.raises(DocumentError, match="a second time"):
        read({**root, "records": [{"value": one}, {"value": one}]})
