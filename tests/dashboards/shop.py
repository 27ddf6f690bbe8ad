"""Fill a store as a web shop would: plain numbers in many units, two jobs, no specifications."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report

START = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
SPIKE = 17
"""A build of which `http.requests` is a thousand times too high."""
METRICS = {
    "http.latency": ("ms", 120.0),
    "db.latency": ("ms", 14.0),
    "cache.size": ("MB", 512.0),
    "http.requests": ("", 20_000.0),
    **{f"pages.page_{at:02}": ("ms", 30.0 + at) for at in range(24)},
}
WIDE = "rates.wide"
"""A metric from 1e-300 to 1e300."""


def records(builds: int = 40) -> Iterator[BuildRecord]:
    """Yield the builds of two jobs; `shop/main` measures two datasets."""
    for number in range(1, builds + 1):
        yield _record("shop/main", number, ("eu", "us"), 0)
        if number > 20:
            yield _record("shop/nightly", number, ("eu",), 9)


def _record(job: str, number: int, datasets: tuple[str, ...], hours: int) -> BuildRecord:
    start = START + timedelta(days=number, hours=hours)
    build = Build(BuildId("main", job, number), start, duration=1800.0, result="SUCCESS")
    return BuildRecord(build, [_report(job, number, dataset) for dataset in datasets], ())


def _report(job: str, number: int, dataset: str) -> Report:
    chance = random.Random(f"{job}{number}{dataset}")
    values = {
        name: (unit, usual * (1 + chance.gauss(0, 0.02))) for name, (unit, usual) in METRICS.items()
    }
    if number == SPIKE:
        values["http.requests"] = ("", 2e7)
    values[WIDE] = ("", 10.0 ** (-300 + 600 * min(number, 40) / 40))
    return Report(
        f"out/{dataset}.json",
        "plain",
        digest=f"{job}{number}{dataset}".encode().hex().ljust(64, "0")[:64],
        size=1000,
        dataset=dataset,
        measurements=[Measurement(name, value, unit) for name, (unit, value) in values.items()],
    )
