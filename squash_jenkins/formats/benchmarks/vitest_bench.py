"""Read the JSON of vitest bench (--outputJson)."""

import re
from collections.abc import Iterator
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, name_or_none
from squash_jenkins.formats.results import (
    Result,
    entries,
    median_or_mean,
    number_or_none,
    result_report,
)
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import LOWER
from squash_jenkins.text.one_line import one_line

_SPREAD = {"mean": "mean", "stddev": "sd", "min": "min", "max": "max", "repeats": "sampleCount"}
_FILE = re.compile(r"(?:\.(?:bench|benchmark|test|spec))?\.[cm]?[jt]sx?$")


class VitestBench(JsonFormat):
    """Read the median time of each benchmark."""

    name = "vitest-bench"
    order = 180

    def recognises(self, root: Any) -> bool:
        """Return whether there are files with groups of benchmarks."""
        files = root.get("files") if isinstance(root, dict) else None
        return (
            isinstance(files, list)
            and len(files) > 0
            and any(isinstance(each, dict) and "groups" in each for each in files)
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report."""
        results = [
            result
            for file in entries(Field(document.json), "files")
            for group in entries(file, "groups")
            for result in _results(file, group)
        ]
        return [result_report(document, self.name, results)]


def _results(file: Field, group: Field) -> Iterator[Result]:
    whole = name_or_none(group, "fullName") or name_or_none(file, "filepath") or "vitest"
    written, *groups = whole.split(" > ")
    module = _FILE.sub("", written).strip("./").replace("/", ".") or "vitest"
    for each in entries(group, "benchmarks"):
        path = [*groups, each.need("name").name()]
        value, extra = median_or_mean(each, "median", "mean")
        extra |= {word: number_or_none(each, key) for word, key in _SPREAD.items()}
        extra |= {"rme": number_or_none(each, "rme"), "p99": number_or_none(each, "p99")}
        name = one_line(f"{module}.{' > '.join(path)}", None)
        yield Result(name, value, "ms", LOWER, extra)
