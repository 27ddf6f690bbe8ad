"""Read what criterion.rs leaves below ``target/criterion``, in old and new spelling."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field
from squash_jenkins.formats.measured import new_report
from squash_jenkins.formats.results import Result, number_or_none, result_report, time_or_none
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import LOWER

_ROOT, _NEWEST = "criterion", "new"
_NAME = "full_id"
_OLD = {
    "Mean": "mean",
    "Median": "median",
    "MedianAbsDev": "median_abs_dev",
    "Slope": "slope",
    "StdDev": "std_dev",
}
_DESCRIBES = {"group_id", "function_id", "value_str", "full_id"}


class Criterion(JsonFormat):
    """Read the median time of one benchmark from ``new/estimates.json``.

    ``change/`` holds ratios to the previous run, and other folders hold other runs: they are
    recognised and nothing is read of them. The name is the folder, or what ``benchmark.json``
    beside it says: names of folders are cut off and, on Windows, in small letters.
    """

    name = "criterion"
    order = 160

    def recognises(self, root: Any) -> bool:
        """Return whether there are estimates of mean and median, or a benchmark is described."""
        if not isinstance(root, dict):
            return False
        if root.keys() >= _DESCRIBES:
            return True
        spelled = {_OLD.get(key, key): value for key, value in root.items()}
        return {"mean", "median"} <= spelled.keys() <= {*_OLD.values()} and any(
            isinstance(each, dict) and "point_estimate" in each for each in spelled.values()
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report with one measurement, or with none."""
        root = Field(document.json)
        empty = new_report(document, self.name)
        if root.mapping().keys() >= _DESCRIBES:
            return [replace(empty, extra={_NAME: _described(root)})]
        estimates = {_OLD.get(key, key): field for key, field in root.members()}
        folder = document.path.split("/")[-2:-1]
        if "std_dev" not in estimates:
            return [replace(empty, extra={"not_read": "ratios to the previous run, not times"})]
        if folder and folder != [_NEWEST]:
            return [replace(empty, extra={"not_read": f"only {_NEWEST}/ is the newest run"})]
        return [result_report(document, self.name, [_result(document.path, estimates)])]

    def complete(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Name the metrics as the ``benchmark.json`` in the same folder does."""
        names = {
            _folder(report.path): str(report.extra[_NAME])
            for report in reports
            if _NAME in report.extra
        }
        return [_named(report, names.get(_folder(report.path))) for report in reports]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _described(root: Field) -> str:
    """Return ``<group>.<function>/<value>``."""
    group, whole = root.need("group_id").name(), root.need("full_id").name()
    rest = whole.removeprefix(f"{group}/")
    return f"{group}.{rest}" if rest != whole else f"{_ROOT}.{whole}"


def _result(path: str, estimates: Mapping[str, Field]) -> Result:
    median = estimates["median"]
    median.need("point_estimate")
    between = median.need("confidence_interval")
    point = {
        word: number_or_none(field, "point_estimate")
        for word, field in estimates.items()
        if field.value is not None and word != "median"
    }
    extra = {
        "low": number_or_none(between, "lower_bound"),
        "high": number_or_none(between, "upper_bound"),
        **{("stddev" if word == "std_dev" else word): value for word, value in point.items()},
    }
    return Result(_of_path(path), time_or_none(median, "point_estimate"), "ns", LOWER, extra)


def _of_path(path: str) -> str:
    """Return the name of a benchmark by its folder: ``criterion/<group>/<function>/new/…``."""
    parts = path.split("/")[:-2]
    if _ROOT not in parts or parts[-1] == _ROOT:
        raise DocumentError(
            f"the name of the benchmark is unknown: expected a path such as "
            f"{_ROOT}/<group>/<function>/{_NEWEST}/estimates.json; archive target/{_ROOT}/ with "
            "its folders"
        )
    own = parts[len(parts) - parts[::-1].index(_ROOT) :]
    group, *rest = own
    return f"{group}.{'/'.join(rest)}" if rest else f"{_ROOT}.{group}"


def _named(report: Report, name: str | None) -> Report:
    if name is None or not report.measurements:
        return report
    return replace(
        report,
        measurements=[replace(each, metric=name) for each in report.measurements],
        metrics=[replace(each, name=name) for each in report.metrics],
    )
