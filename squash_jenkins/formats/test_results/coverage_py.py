"""Read the JSON report of coverage.py (``coverage json``)."""

from collections.abc import Iterator
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field
from squash_jenkins.formats.results import Result, number_or_none, result_report
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import HIGHER


class CoveragePy(JsonFormat):
    """Read the coverage of lines, of branches, and the total, which mixes both, in percent."""

    name = "coverage.py"
    order = 200

    def recognises(self, root: Any) -> bool:
        """Return whether totals are beside files and what is known of the run."""
        return (
            isinstance(root, dict)
            and {"meta", "files", "totals"} <= root.keys()
            and isinstance(root["totals"], dict)
            and "percent_covered" in root["totals"]
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report."""
        totals = Field(document.json).need("totals")
        return [result_report(document, self.name, _results(totals))]


def _results(totals: Field) -> Iterator[Result]:
    statements = number_or_none(totals, "num_statements")
    branches = number_or_none(totals, "num_branches")
    counts = {"covered": number_or_none(totals, "covered_lines"), "of": statements}
    yield _result(totals, "total", None if statements == 0 else _percent(totals, "percent_covered"))
    yield _result(totals, "lines", _part(totals, "statements", counts), **counts)
    if branches:
        counts = {"covered": number_or_none(totals, "covered_branches"), "of": branches}
        yield _result(totals, "branches", _part(totals, "branches", counts), **counts)


def _result(totals: Field, name: str, value: float | None, **counts: float | None) -> Result:
    return Result(f"coverage.{name}", value, "%", HIGHER, counts)


def _part(totals: Field, what: str, counts: dict[str, float | None]) -> float | None:
    """Return the percentage that is written, from 7.12 on, else the one that follows."""
    covered, of = counts["covered"], counts["of"]
    if not of:
        return None
    key = f"percent_{what}_covered"
    if key in totals.mapping():
        return _percent(totals, key)
    if covered is None:
        return None
    if not 0 <= covered <= of:
        raise totals.fault(f"covered {what} from 0 to all of them")
    return 100 * covered / of


def _percent(totals: Field, key: str) -> float | None:
    value = number_or_none(totals, key)
    if value is not None and not 0 <= value <= 100:
        raise totals.need(key).fault("a percentage from 0 to 100")
    return value
