"""Compare what was planted in the demo's builds with what is found: found, missed, false.

::

    python tests/benchmarks/bench_demo_findings.py [builds] [seeds]
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from squash_jenkins.backfill.progress import Observer
from squash_jenkins.backfill.run import Backfill
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.commands.backfill import jenkins_source
from squash_jenkins.config import ControllerSettings, JobSettings, Settings
from squash_jenkins.findings.suspects import SuspectFinder
from squash_jenkins.models.finding import DRIFT, OUT_OF, STEP, SeriesChange
from squash_jenkins.plugins import find
from squash_jenkins.simulate.history.history import Planted
from squash_jenkins.simulate.history.scene import DemoWorld, demo_world
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.store import Reader, open_store
from squash_jenkins.store.rows import FindingRow

NEAR = 2
"""So many builds beside the planted one a step may be placed."""


class Told(NamedTuple):
    """Hold one change of a finding with the numbers of its builds."""

    job: str
    change: SeriesChange
    build: int
    first: int
    last: int
    row: FindingRow


def main(builds: int, seeds: int) -> None:
    """Print a table over all worlds, and what was missed or false in each."""
    print(f"demo with {builds} builds, {seeds} seeds: series with a planted change\n")
    rows = [compared(seed, builds) for seed in range(1, seeds + 1)]
    names = list(rows[0])
    print("| | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for seed, row in enumerate(rows, 1):
        print(f"| seed {seed} | " + " | ".join(row[name] for name in names) + " |")


def compared(seed: int, builds: int) -> dict[str, str]:
    """Return the figures of one world."""
    world = demo_world(seed, builds, now=datetime(2026, 6, 1, tzinfo=UTC), stars=60)
    with tempfile.TemporaryDirectory() as folder:
        settings = taken_in(world, Path(folder))
        with open_store(settings.database, settings.blobs) as store, store.reader() as reader:
            told = list(changes(reader))
            culprits = blamed(reader, world.planted, told)
    return {**figures(world, told), "culprit ranked first": culprits}


def taken_in(world: DemoWorld, folder: Path) -> Settings:
    """Back-fill a world's jobs."""
    with SimulatedJenkins(world) as jenkins:
        world.root_url = f"{jenkins.url}/"
        world.anonymous = {"Overall/Read", "Job/Read"}
        user = next(iter(world.users))
        controller = ControllerSettings(url=jenkins.url, user=user, token=world.users[user].token)
        jobs = (JobSettings(match="ci_cfht", dataset="cfht"),)
        settings = Settings(folder=folder, controllers={"demo": controller}, jobs=jobs).resolved()
        make = partial(jenkins_source, settings.controller(), settings.wait)
        Backfill(settings, find(), make, Observer()).run(["*"], Selection())
    return settings


def changes(reader: Reader) -> Iterator[Told]:
    """Yield every change of every finding."""
    for job in reader.builds.jobs():
        number = {build.key: build.number for build in reader.builds.outline(job.key)}
        for row in reader.findings.find(job.key):
            for each in row.finding.series:
                places = number[each.build], number[each.first], number[each.last]
                yield Told(job.name, each, *places, row)


def figures(world: DemoWorld, told: list[Told]) -> dict[str, str]:
    """Count series by what was planted in them and what was told of them."""
    steps = [
        (each, metric) for each in world.planted if each.kind == "step" for metric in each.metrics
    ]
    drifts = [
        (each, metric) for each in world.planted if each.kind == "drift" for metric in each.metrics
    ]
    found_steps = [pair for pair in steps if any(fits(*pair, each) for each in told)]
    found_drifts = [pair for pair in drifts if any(overlaps(*pair, each) for each in told)]
    planted = {(each.job, metric) for each in world.planted for metric in each.metrics}
    direct = [each for each in told if (each.job, short(each)) in planted]
    moves = [each for each in direct if each.change.kind in (STEP, DRIFT)]
    false = [each for each in moves if not explained(each, steps, drifts)]
    outliers = [each for each in world.planted if each.kind == "outlier"]
    at_outlier = [
        each
        for each in false
        if any(o.job == each.job and abs(o.first - each.build) <= 1 for o in outliers)
    ]
    for pair in steps:
        if pair not in found_steps:
            print(
                f"missed: {pair[1]} in {pair[0].job} {pair[0].filter} "
                f"step ×{pair[0].factor:.2f} at #{pair[0].first}"
            )
    for pair in drifts:
        if pair not in found_drifts:
            print(
                f"missed: {pair[1]} in {pair[0].job} {pair[0].filter} drift from #{pair[0].first}"
            )
    for each in false:
        print(
            f"false: {each.change.kind} of {short(each)} in {each.job} at #{each.build}: "
            f"{each.change.statistics}"
        )
    exact = sum(
        any(each.build == pair[0].first and fits(*pair, each) for each in told) for pair in steps
    )
    return {
        "steps found": f"{len(found_steps)} of {len(steps)}",
        "at the very build": f"{exact}",
        "drifts found": f"{len(found_drifts)} of {len(drifts)}",
        "false": f"{len(false)}",
        "outliers (builds) taken for steps": f"{len(at_outlier)} of {len(outliers)}",
        "findings": f"{len({each.row.key for each in told})} with {len(told)} series, "
        f"{sum(each.change.kind == OUT_OF for each in told)} out of specification",
    }


def short(told: Told) -> str:
    """Return the metric's name without its package."""
    return told.change.metric.rpartition(".")[2]


def same_series(planted: Planted, metric: str, told: Told) -> bool:
    """Return whether a change is of the series that something was planted in."""
    change = told.change
    place = (change.dataset or "", change.filter or "")
    alike = place == (planted.dataset, planted.filter) or not planted.dataset
    return told.job == planted.job and short(told) == metric and alike


def fits(planted: Planted, metric: str, told: Told) -> bool:
    """Return whether a step is the planted one: its series, its sign, its build or nearly so."""
    change = told.change
    if change.kind != STEP or not same_series(planted, metric, told):
        return False
    up = (change.after or 0) > (change.before or 0)
    near = told.first - NEAR <= planted.first <= told.last + NEAR
    return near and up == (planted.factor > 1)


def overlaps(planted: Planted, metric: str, told: Told) -> bool:
    """Return whether a drift shares half of its builds with the planted one."""
    if told.change.kind != DRIFT or not same_series(planted, metric, told) or not planted.last:
        return False
    common = min(planted.last, told.last) - max(planted.first, told.first)
    return common >= 0.5 * (planted.last - planted.first)


def explained(
    told: Told, steps: list[tuple[Planted, str]], drifts: list[tuple[Planted, str]]
) -> bool:
    """Return whether a step or drift is a planted one, or a part of a planted drift."""
    if any(fits(*pair, told) for pair in steps) or any(overlaps(*pair, told) for pair in drifts):
        return True
    within = (
        pair[0].first <= told.build <= (pair[0].last or 0)
        for pair in drifts
        if same_series(*pair, told)
    )
    return told.change.kind == DRIFT and any(within)


def blamed(reader: Reader, planted: list[Planted], told: list[Told]) -> str:
    """Count the findings of planted steps whose first suspect is the culprit."""
    finder = SuspectFinder(reader)
    culprits: dict[int, set[str]] = {}
    rows: dict[int, FindingRow] = {}
    for each in planted:
        for metric in each.metrics if each.package else ():
            for one in told:
                if fits(each, metric, one):
                    names = {each.package or "", (each.revision or "")[:8]}
                    culprits.setdefault(one.row.key, set()).update(names)
                    rows[one.row.key] = one.row
    right = 0
    for key, names in culprits.items():
        suspects = finder.of(rows[key]).suspects
        right += bool(suspects) and suspects[0].name in names
    return f"{right} of {len(culprits)}"


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    main(*(arguments + [200, 3][len(arguments) :]))
