"""Complete what a document leaves out: dataset, filter, labels, package addresses."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from squash_jenkins.analysis.series.unlike_files import joined
from squash_jenkins.config import JobSettings
from squash_jenkins.formats.fields import Field
from squash_jenkins.formats.measured import data_id
from squash_jenkins.models import DATASET_TERM, Build, Package, Report

_PLACE = ("dataset", "filter")
_AXIS = re.compile(r"(?:^|[/,])(?P<word>dataset|filter)=(?P<value>[^,/]+)", re.IGNORECASE)
"""The dataset in a matrix configuration's name: ``validate_drp/dataset=cfht,label=centos-7``."""


def complete_labels(reports: Sequence[Report], build: Build, job: JobSettings) -> list[Report]:
    """Return the reports with dataset, filter and packages completed.

    The document has priority, then the settings (path pattern, parameter, job pattern, fixed
    value), then the axes in a matrix configuration's name. Anything else that the document or
    the path pattern names (tract, arch …) is joined to the dataset as a label.
    """
    placed = [_with_labels(_place(report, build, job), job) for report in reports]
    return _share_packages(placed)


def _place(report: Report, build: Build, job: JobSettings) -> Report:
    return replace(
        report,
        dataset=report.dataset or _found("dataset", report, build, job),
        filter=report.filter or _found("filter", report, build, job),
    )


def _with_labels(report: Report, job: JobSettings) -> Report:
    own = data_id(Field(report.terms))
    labels = {**own, **_labels(job.path_pattern, report.path), **own}
    if not labels:
        return report
    plain = {DATASET_TERM: report.dataset} if report.dataset else {}
    return replace(
        report,
        dataset=joined(report.dataset, (_label(*each) for each in labels.items())),
        terms={**plain, **labels, **report.terms},
    )


def _labels(pattern: str | None, path: str) -> Mapping[str, str]:
    """Return what a path names besides dataset and filter, in the order of the pattern."""
    match = re.search(pattern, path) if pattern else None
    groups = match.groupdict() if match else {}
    return {key: text for key, text in groups.items() if text and key not in _PLACE}


def _label(key: str, value: object) -> str:
    """Return a word as it is, and a number together with its key."""
    text = str(value)
    return text if any(map(str.isalpha, text)) else f"{key} {text}"


def _found(word: str, report: Report, build: Build, job: JobSettings) -> str | None:
    parameter = job.dataset_parameter if word == "dataset" else job.filter_parameter
    fixed = job.dataset if word == "dataset" else job.filter
    candidates = (
        _group(job.path_pattern, report.path, word),
        _text(build.parameters.get(parameter)) if parameter else None,
        _group(job.job_pattern, build.id.job, word),
        fixed,
        _axis(build.id.job, word),
    )
    return next((value for value in candidates if value), None)


def _group(pattern: str | None, text: str, word: str) -> str | None:
    match = re.search(pattern, text) if pattern else None
    return match.groupdict().get(word) if match else None


def _axis(job: str, word: str) -> str | None:
    found = {match["word"].lower(): match["value"] for match in _AXIS.finditer(job)}
    return found.get(word)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _share_packages(reports: list[Report]) -> list[Report]:
    """Merge packages that several documents of a build describe in part.

    ``manifest.txt`` has versions, ``repos.yaml`` has addresses; a package with nothing but an
    address was not part of the build.
    """
    known = merge_packages(package for report in reports for package in report.packages)
    return [
        replace(
            report,
            packages=[
                known[package.name]
                for package in report.packages
                if package.version or package.revision
            ],
        )
        for report in reports
    ]


def merge_packages(packages: Iterable[Package]) -> Mapping[str, Package]:
    """Return the packages by name; of several with one name, each field's first value counts."""
    merged: dict[str, Package] = {}
    for package in packages:
        first = merged.setdefault(package.name, package)
        merged[package.name] = Package(
            package.name,
            first.version or package.version,
            first.revision or package.revision,
            first.url or package.url,
            first.branch or package.branch,
        )
    return merged
