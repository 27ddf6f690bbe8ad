"""Fill a real store with a small, deterministic history for tests of pages."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from squash_jenkins.models import (
    Artifact,
    Build,
    BuildId,
    BuildRecord,
    Cause,
    Change,
    Measurement,
    Metric,
    Package,
    Rejected,
    Report,
    Specification,
)

ROOT = "https://ci.example.org/jenkins/"
START = datetime(2026, 5, 1, 4, 10, tzinfo=UTC)
_LEVELS = ("minimum", "design", "stretch")
_METRICS: dict[str, tuple[str, str, tuple[float, float, float], float, float]] = {
    # unit, operator, minimum design stretch, typical value, noise
    "validate_drp.PA1": ("mmag", "<=", (8.0, 5.0, 3.0), 16.5, 0.4),
    "validate_drp.AM1": ("marcsec", "<=", (20.0, 10.0, 5.0), 7.85, 0.25),
    "validate_drp.AM2": ("marcsec", "<=", (20.0, 10.0, 5.0), 7.66, 0.2),
    "validate_drp.AD1": ("marcsec", "<=", (40.0, 20.0, 10.0), 27.1, 0.7),
    "validate_drp.AF1": ("%", "<=", (20.0, 10.0, 5.0), 10.6, 0.4),
    "validate_drp.TE1": ("", "<=", (5e-5, 3e-5, 1e-5), 2.96e-5, 8e-7),
    "ip_diffim.completeness": ("%", ">=", (80.0, 90.0, 95.0), 92.0, 1.1),
}
_PACKAGES = ("afw", "meas_astrom", "meas_base", "pipe_tasks", "galsim")


def record(
    job: str,
    number: int,
    *,
    controller: str = "main",
    filters: Sequence[str] = ("r",),
    dataset: str | None = "cfht",
    result: str = "SUCCESS",
    started: datetime | None = None,
    shift: float = 1.0,
    provisional: bool = False,
    rejected: Sequence[Rejected] = (),
) -> BuildRecord:
    """Return one build; the same arguments give the same values."""
    start = started or START + timedelta(hours=24 * number)
    chance = random.Random(f"{job}{number}")
    build = Build(
        BuildId(controller, job, number),
        start,
        duration=3600 * (2 + chance.random()),
        result=result,
        provisional=provisional,
        node="centos-7-c4",
        parameters={"DATASET": dataset or ""},
        causes=[Cause("Started by timer")],
        changes=_changes(chance, start) if number % 3 == 0 else (),
        artifacts=[Artifact(f"out/{dataset}_output_{name}.json.xz") for name in filters],
    )
    if result == "FAILURE":
        return BuildRecord(build, (), rejected)
    reports = [_report(chance, number, name, dataset, shift) for name in filters]
    return BuildRecord(build, reports, rejected)


def _report(
    chance: random.Random, number: int, name: str, dataset: str | None, shift: float
) -> Report:
    measurements = [
        Measurement(
            metric, typical * (shift if "AD1" in metric else 1) + chance.gauss(0, noise), unit
        )
        for metric, (unit, _, _, typical, noise) in _METRICS.items()
    ]
    measurements.append(Measurement("validate_drp.AM3", None, ""))
    measurements += [
        Measurement("validate_drp.PF1", 30 + chance.gauss(0, 1), "%", level) for level in _LEVELS
    ]
    path = f"out/{dataset}_output_{name}.json.xz"
    return Report(
        path,
        "lsst.verify",
        digest=f"{abs(hash(path)) % 16**8:08x}".ljust(64, "0"),
        size=318_000,
        dataset=dataset,
        filter=name,
        terms={"instrument": "CFHT"},
        measurements=measurements,
        metrics=list(_definitions()),
        specifications=list(_specifications()),
        packages=list(_packages(number)),
    )


def _definitions() -> Iterator[Metric]:
    reference = {"doc": "LPM-17", "page": 23, "url": "http://ls.st/lpm-17"}
    for name, (unit, *_) in _METRICS.items():
        yield Metric(name, unit, f"What {name} is, in a sentence.", reference)
    yield Metric("validate_drp.AM3", "marcsec", "Scatter at 200 arcmin.", reference)
    yield Metric("validate_drp.PF1", "%", "Outliers in photometry.", reference)
    yield Metric("validate_drp.PA9", "mmag", "Defined, never measured.", reference)


def _specifications() -> Iterator[Specification]:
    for metric, (unit, operator, thresholds, *_) in _METRICS.items():
        for level, threshold in zip(_LEVELS, thresholds, strict=True):
            yield Specification(metric, f"{metric}.{level}", level, operator, threshold, unit)
    for level, threshold in zip(_LEVELS, (40.0, 28.0, 10.0), strict=True):
        yield Specification("validate_drp.PF1", f"PF1.{level}", level, "<=", threshold, "%")


def _packages(number: int) -> Iterator[Package]:
    for at, name in enumerate(_PACKAGES):
        version = math.floor(number / (4 + 3 * at))
        revision = f"{random.Random(f'{name}{version}').getrandbits(160):040x}"
        yield Package(name, f"1.{version}", revision, f"https://github.com/lsst/{name}.git")


def _changes(chance: random.Random, start: datetime) -> list[Change]:
    texts = ("Widen the match radius", "Update reference catalogue", "Tidy")
    return [
        Change(f"{chance.getrandbits(160):040x}", author, text, start - timedelta(hours=3))
        for author, text in zip(("ann", "bob"), texts, strict=False)
    ]
