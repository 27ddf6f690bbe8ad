"""The data files have the noise that findings have, and the verdicts of Python."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.config import Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    Measurement,
    Metric,
    Report,
    Specification,
)
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.content import data_files
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.noise import windows_by_block
from squash_jenkins.render.site.site import Site
from squash_jenkins.store import Store, open_store

START = datetime(2026, 1, 1, 4, tzinfo=UTC)
LIMITS = [
    Specification("p.time", name, name, "<=", limit, "ms")
    for name, limit in (("minimum", 25.0), ("design", 21.0))
]


def values_of(number: int) -> dict[str, float | None]:
    """Return a series with a step, one that calms down, and others of few different values."""
    noise = np.random.default_rng(number).normal(0, 0.25)
    calming = noise * (20 if number < 90 else 1)
    step = 24.0 if number > 130 else 20.0
    short = float(number) if number > 175 else None
    return {
        "time": step + noise,
        "calming": calming,
        "count": 7.0 + (number % 3 == 0),
        "flat": 3.0,
        "short": short,
    }


def record(number: int) -> BuildRecord:
    started = START + timedelta(hours=number)
    build = Build(BuildId("ci", "nightly", number), started, 60.0, "SUCCESS")
    values = values_of(number)
    report = Report(
        "qa.json", "plain", f"{number:064x}", 100, "set", "r",
        measurements=[Measurement(f"p.{name}", value, "ms") for name, value in values.items()],
        metrics=[Metric(f"p.{name}", "ms") for name in values],
        specifications=LIMITS,
    )  # fmt: skip
    return BuildRecord(build, [report])


def save(store: Store, numbers: Iterable[int]) -> None:
    store.save_all([record(number) for number in numbers], controller_url="http://ci.example/")


@contextmanager
def site_of(store: Store) -> Iterator[Site]:
    """Give a site of the store as it is now."""
    with store.reader() as reader:
        yield Site(reader, Links("main"), None, {})


def noise_in(site: Site, block: int) -> dict[str, float | None]:
    file = data_files.values_file(site, site.jobs[0], block, exact=True)
    return {each["metric"].split(".")[1]: each["noise"] for each in file["series"]}


def test_the_newest_block_has_the_noise_of_the_findings(store: Store) -> None:
    save(store, range(1, 181))
    rows = detect_findings(Settings(), store)
    noises = {each.sigma for row in rows for each in row.finding.series if each.metric == "p.time"}
    assert len(noises) == 1  # the step and the specification that it misses
    with site_of(store) as site:
        noise = noise_in(site, 2)
    assert {noise["time"]} == noises
    assert noise["count"] == pytest.approx(0.5, rel=0.5)
    assert noise["flat"] == 0
    assert noise["short"] is None  # fewer than eight builds measured it


def test_the_noise_is_that_of_detection_with_more_builds_than_a_window(store: Store) -> None:
    save(store, range(1, 901))
    values = [values_of(number)["time"] for number in range(1, 901)]
    with site_of(store) as site:
        windows = windows_by_block(site.builds(site.jobs[0]))
        noise = {block: noise_in(site, block)["time"] for block in windows}
    spans = {block: (of[0].number, of[-1].number) for block, of in windows.items()}
    assert (spans[0], spans[7], spans[12], spans[14]) == ((1, 63), (1, 511), (257, 831), (257, 900))
    for block, (first, last) in spans.items():
        sigma = detect(values[first - 1 : last]).sigma
        assert noise[block] == float(f"{sigma:.2g}")


def test_pages_are_the_same_whatever_order_builds_come_in(tmp_path: Path, plugins: Plugins) -> None:
    """A build that comes late changes the noise of later blocks, and of no others."""
    tabs = [tab for tab in plugins.tabs if tab.name == "data"]

    def built(name: str, parts: Sequence[Iterable[int]]) -> dict[str, bytes]:
        folder = tmp_path / name
        with open_store(f"sqlite:///{tmp_path}/{name}.sqlite", str(tmp_path / "blobs")) as store:
            for part in parts:
                save(store, part)
                faults = build_site(store, folder, tabs=tabs, plots=[], controllers=["main"]).faults
                assert not list(faults)
        files = (folder / "data").rglob("builds-*.js")
        return {path.name: path.read_bytes() for path in files}

    late = range(1, 60)
    others = [number for number in range(1, 200) if number not in late]
    one = built("one", [range(1, 200)])
    assert sorted(one) == [f"builds-{block}.js" for block in range(4)]
    assert built("two", [others, late]) == one


def test_statuses_are_those_of_python(store: Store) -> None:
    save(store, range(1, 181))
    with site_of(store) as site:
        job = site.jobs[0]
        file = data_files.values_file(site, job, 2, exact=True)
        [entry] = [each for each in file["series"] if each["metric"] == "p.time"]
        seen = set()
        for at, build in enumerate(site.measured.block(job, 2).builds):
            [own] = [each for each in site.verified([build])[build.key] if each.metric == "p.time"]
            met = {each.specification.level: each.met for each in own.verdicts}
            shown = entry["statuses"][int(entry["status"][at])]
            assert shown == [own.status, own.severity, own.tone, own.word, met]
            seen.add(own.word)
    assert seen == {"minimum only", "design"}
    assert [turn[2] for turn in entry["limits"]] == [-1]  # less is better
