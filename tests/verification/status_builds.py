"""Make builds for the tests of the summary, the JUnit file and the Markdown summary."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from squash_jenkins.analysis.specifications.applicable import Verdict
from squash_jenkins.models import (
    LEVELS,
    Build,
    BuildId,
    BuildRecord,
    Change,
    Measurement,
    Metric,
    Package,
    Report,
    SeriesId,
    Specification,
)
from squash_jenkins.store.rows import BuildRow, JobRow
from squash_jenkins.verification.build import BuildStatus
from squash_jenkins.verification.measurements import Verified
from squash_jenkins.verification.placed import Earlier, Placed
from squash_jenkins.verification.summary import Pages

START = datetime(2026, 5, 1, 4, tzinfo=UTC)
ROOT = "https://ci.example.org/"
PAGES = Pages(
    lambda status: f"https://qa.example.org/jobs/{status.build.number}/",
    lambda row: f"https://qa.example.org/findings/{row.name}/",
)


def record(number: int, job: str = "ci_hsc", **changes: Any) -> BuildRecord:
    """Return a build with three metrics about a value; keywords named by metric replace it."""
    chance = random.Random(number)
    values: dict[str, float | None] = {
        "AD1": 27.1 + chance.gauss(0, 0.3),
        "AM1": 7.8 + chance.gauss(0, 0.1),
        "AM3": None,
    }
    values |= {name: changes.pop(name) for name in ("AD1", "AM1", "AM3", "PF1") if name in changes}
    measurements = [Measurement(f"drp.{name}", value, "marcsec") for name, value in values.items()]
    report = Report(
        changes.pop("path", "out/qa.json"),
        "plain",
        f"{number:064x}",
        100,
        changes.pop("dataset", "COSMOS"),
        changes.pop("filter", "r"),
        measurements=measurements,
        metrics=[Metric(f"drp.{name}", "marcsec", operator="<=") for name in values],
        specifications=[
            Specification(f"drp.{name}", level, level, "<=", bound, "marcsec")
            for name, bounds in (("AD1", (40, 30, 20)), ("AM1", (20, 10, 5)), ("AM3", (9, 8, 7)))
            for level, bound in zip(LEVELS, bounds, strict=True)
        ],
        packages=[Package("afw", f"1.{number}", f"{number:040x}", "https://github.com/lsst/afw")],
    )
    build = Build(
        BuildId("main", job, number),
        START + timedelta(hours=number),
        3600.5,
        "SUCCESS",
        node="agent-1",
        changes=[Change(f"{number:040x}", "ops", "Widen the match")],
    )
    reports = () if changes.pop("silent", False) else (report,)
    return BuildRecord(replace(build, **changes), reports)


def placed(
    metric: str, value: float | None, verdicts: Sequence[Verdict] = (), **changes: Any
) -> Placed:
    """Return one measurement of a build that is in no store."""
    path, before = changes.pop("path", "qa.json"), changes.pop("before", None)
    names = [changes.pop(name, "") for name in ("dataset", "filter", "level")]
    series = SeriesId(names[0], names[1], metric, names[2])
    about = {"unit": "mmag", "status": "", **changes}
    verified = Verified(1, 1, series, value=value, verdicts=verdicts, **about)
    earlier = None if before is None else Earlier(before, about["unit"], 411)
    return Placed(verified, path, earlier)


def verdict(met: bool | None, level: str = "minimum", **changes: Any) -> Verdict:
    """Return a verdict by a threshold of 8 mmag."""
    wanted = Specification("m", level, level, "<=", 8.0, "mmag")
    return Verdict(replace(wanted, **changes), met, reason=None if met is not None else "no way")


def status(
    measurements: Sequence[Placed], job: str = "ci_hsc", node: str | None = "agent-1"
) -> BuildStatus:
    """Return how a build of the number 412 stands that is in no store."""
    empty: Any = {}
    build = BuildRow(
        1, 1, 412, START, 61.5, "SUCCESS", False, node, None, None, empty, (), (), empty, 1
    )
    return BuildStatus(JobRow(1, "main", ROOT, job), build, measurements)
