"""Make small stores that tabs are checked with; the same kind always holds the same."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from squash_jenkins.models import (
    Artifact,
    Blob,
    Build,
    BuildId,
    BuildRecord,
    Cause,
    Change,
    Column,
    Measurement,
    Metric,
    Package,
    Rejected,
    Report,
    Specification,
)
from squash_jenkins.models.finding import STEP, WORSE, Finding, SeriesChange, Triage
from squash_jenkins.store import Plan, Store, open_store
from squash_jenkins.store.rows import DetectionRow

HOSTILE = '<x-hostile onclick="x()">\'"onload=x() y=&amp;{{ 7 * 7 }}</script><!-- javascript:x()'
"""Stands in every place of the hostile store where Jenkins or a QA document may put any text."""
SAMPLES: Mapping[str, tuple[int, str]] = {
    "no build": (0, ""),
    "one build": (1, ""),
    "some builds": (6, ""),
    "hostile names": (4, HOSTILE),
}
"""The kinds of stores: how many builds, and what is appended to every name."""
_ROOT = "https://ci.example.org/jenkins/"
_START = datetime(2026, 5, 1, 4, 10, tzinfo=UTC)


@contextmanager
def sample_store(kind: str = "some builds", *, database: str = "") -> Iterator[Store]:
    """Yield a store of one of the kinds of `SAMPLES`; it is gone afterwards.

    It has one job with a finding, a failed build, files that were set aside, values that are
    missing, tables, and numbers from 1e-12 to 1e12. With `database`, the URL of an empty one that
    has all tables, that is filled and left.
    """
    with tempfile.TemporaryDirectory(prefix="squash-sample-") as name:
        folder = Path(name)
        if database:
            with open_store(database, str(folder / "blobs")) as store:
                _fill(store, kind)
                yield store
            return
        for path, content in _files(kind).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        with _opened(folder) as store:
            yield store


def add_build(store: Store, kind: str = "some builds") -> None:
    """Store one build more than the kind has."""
    builds, suffix = SAMPLES[kind]
    store.save(_record(builds + 1, suffix), controller_url=_ROOT)


def _opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs"))


@cache
def _files(kind: str) -> Mapping[str, bytes]:
    """Return the files of a store; making one takes a while."""
    with tempfile.TemporaryDirectory(prefix="squash-sample-") as name:
        folder = Path(name)
        with _opened(folder) as store:
            _fill(store, kind)
        files = (file for file in sorted(folder.rglob("*")) if file.is_file())
        return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def _fill(store: Store, kind: str) -> None:
    builds, suffix = SAMPLES[kind]
    for number in range(1, builds + 1):
        store.save(_record(number, suffix), controller_url=_ROOT)
    if builds > 2:
        _write_finding(store, suffix)


def _record(number: int, suffix: str) -> BuildRecord:
    started = _START + timedelta(days=number)
    failed = number == 2
    build = Build(
        BuildId("main", f"folder/sample{suffix}", number),
        started,
        duration=None if number == 1 else 3600.0 + number,
        result="FAILURE" if failed else "SUCCESS",
        node=f"node{suffix}",
        display_name=f"#{number}{suffix}",
        description=f"build{suffix}",
        parameters={f"NAME{suffix}": f"value{suffix}"},
        causes=[Cause(f"Started by timer{suffix}")],
        changes=[Change("a" * 40, f"author{suffix}", f"Widen{suffix}", started)],
        artifacts=[Artifact(f"out/report{suffix}.json")],
    )
    aside = [Rejected(f"out/broken{suffix}.json", f"malformed{suffix}", "ab" * 32, 123)]
    reports = [] if failed else [_report(number, suffix)]
    return BuildRecord(build, reports, aside if number == 3 else [])


def _report(number: int, suffix: str) -> Report:
    metrics = [f"sample.{name}{suffix}" for name in ("latency", "tiny", "huge", "missing")]
    factors = (1.0, 1e-12, 1e12)
    values = [*(factor * (1 + number / 10) for factor in factors), None]
    unit = f"s{suffix}"
    blob = Blob("b1", f"points{suffix}", _columns(number, suffix))
    reference = {"doc": f"doc{suffix}", "url": f"javascript:x(){suffix}", "page": 3}
    return Report(
        f"out/report{suffix}.json",
        "sample",
        digest=f"{number:064x}",
        size=1234,
        dataset=f"field{suffix}",
        filter=f"r{suffix}",
        terms={"instrument": f"camera{suffix}"},
        measurements=[
            Measurement(name, value, unit, blobs=["b1"] if at == 0 else [])
            for at, (name, value) in enumerate(zip(metrics, values, strict=True))
        ],
        metrics=[Metric(name, unit, f"What it is{suffix}.", reference) for name in metrics],
        specifications=[
            Specification(metrics[0], f"spec{suffix}", f"design{suffix}", "<=", 1.45, unit)
        ],
        blobs=[blob],
        packages=[
            Package(f"afw{suffix}", f"1.{number // 2}{suffix}", None, f"javascript:x(){suffix}"),
            Package("base", f"2.{number}", f"{number:040x}", "https://example.org/base.git"),
        ],
    )


def _columns(number: int, suffix: str) -> Mapping[str, Column]:
    places = range(5)
    return {
        f"snr{suffix}": Column([float(at + number) for at in places], "", f"SNR{suffix}"),
        f"distance{suffix}": Column([at * 1.5 for at in places], f"mas{suffix}", "distance"),
    }


def _write_finding(store: Store, suffix: str) -> None:
    """Make the latency worse from the third build on."""
    with store.reader() as reader:
        (job,) = reader.builds.jobs()
        keys = {build.number: build.key for build in reader.builds.outline(job.key)}
        revision = reader.revisions.newest()
    third = keys[3]
    change = SeriesChange(
        STEP,
        WORSE,
        f"sample.latency{suffix}",
        third,
        third,
        third,
        dataset=f"field{suffix}",
        filter=f"r{suffix}",
        unit=f"s{suffix}",
        before=1.1,
        after=1.3,
        sigma=0.01,
        statistics=f"The mean is above that of before{suffix}.",
    )
    found = Finding(STEP, WORSE, third, third, third, (change,), None)
    detection = DetectionRow(job.key, revision, len(keys), "0" * 64)
    rows = store.write_findings(job.key, detection, None, Plan({}, {"a1b2c3d4": found}, []))
    for row in rows or ():
        said = Triage("known", f"who{suffix}", _START, note=f"note{suffix}")
        store.add_triage(row.key, said)
