"""Write findings of every kind into a store that holds the sample builds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.models.finding import (
    APPEARED,
    BETTER,
    DRIFT,
    NEUTRAL,
    OUT_OF,
    STEP,
    VANISHED,
    WORSE,
    Finding,
    SeriesChange,
    Triage,
)
from squash_jenkins.store import Store
from squash_jenkins.store.rows import DetectionRow, FindingRow
from squash_jenkins.store.write.findings import Plan

AD1, PF1, PA1 = "validate_drp.AD1", "validate_drp.PF1", "validate_drp.PA1"
STATISTICS = "The mean of 8 builds is 5.1 marcsec above that of the 28 before; the noise is 0.79."


def keys(store: Store, job: str) -> tuple[int, dict[int, int]]:
    """Return the key of a job, and the keys of its builds by number."""
    with store.reader() as reader:
        found = next(row for row in reader.builds.jobs() if row.name == job)
        return found.key, {build.number: build.key for build in reader.builds.of_job(found.key)}


def change(own: Mapping[int, int], metric: str, at: Sequence[int], **about: Any) -> SeriesChange:
    """Return what happened in one series; `at` is build, first and last by number."""
    build, first, last = (own[number] for number in at)
    usual: dict[str, Any] = {"kind": STEP, "direction": WORSE, "dataset": "COSMOS", "filter": "r"}
    ended = about.pop("ended", None)
    about |= {"ended": None if ended is None else own[ended]}
    made = {**usual, **about}
    return SeriesChange(made.pop("kind"), made.pop("direction"), metric, build, first, last, **made)


def step(own: Mapping[int, int], at: Sequence[int], **about: Any) -> SeriesChange:
    """Return a step of AD1 by 18%."""
    usual = {"unit": "marcsec", "before": 27.1, "after": 32.2, "sigma": 0.79, "strength": 17.1}
    usual |= {"p_value": 3e-19, "statistics": STATISTICS}
    return change(own, AD1, at, **{**usual, **about})


def finding(*series: SeriesChange, **about: Any) -> Finding:
    """Return a finding of series, the first of which leads."""
    leading = series[0]
    usual = {"kind": leading.kind, "direction": leading.direction, "ended": leading.ended}
    made = {**usual, **about}
    return Finding(
        made["kind"], made["direction"], leading.build, leading.first, leading.last, series,
        made["ended"],
    )  # fmt: skip


def write(
    store: Store, job: str, found: Mapping[str, Finding], heirs: Mapping[str, str] | None = None
) -> dict[str, FindingRow]:
    """Make these the findings of a job; return their rows by name.

    `heirs` are the successors of those that are gone.
    """
    key, own = keys(store, job)
    with store.reader() as reader:
        stored = {row.name: row.key for row in reader.findings.find(key)}
        before = reader.findings.detections().get(key)
        revision = reader.revisions.newest()
    kept = {stored[name]: each for name, each in found.items() if name in stored}
    new = {name: each for name, each in found.items() if name not in stored}
    gone = [number for name, number in stored.items() if name not in found]
    successors = {stored[name]: stored[heir] for name, heir in (heirs or {}).items()}
    plan = Plan(kept, new, gone, successors)
    judgement = DetectionRow(key, revision, len(own), "0" * 64)
    assert store.write_findings(key, judgement, before, plan) is not None
    with store.reader() as reader:
        return {row.name: row for row in reader.findings.find(key)}


def every_kind(own: Mapping[int, int]) -> dict[str, Finding]:
    """Return one finding of every kind for builds 1 to 40 without 12, 20, 21 and 35."""
    regression = finding(
        step(own, (31, 30, 32)),
        step(own, (31, 31, 31), filter="i", before=27.0, after=31.9),
        change(own, PF1, (31, 31, 31), kind=OUT_OF, level="design", unit="%", before=27.0,
               after=31.0, specification="design ≤ 28 %"),
    )  # fmt: skip
    drift = finding(
        change(own, PA1, (14, 10, 28), kind=DRIFT, unit="mmag", before=15.8, after=16.5,
               sigma=0.4, strength=5.2, p_value=2e-6, statistics="The slope is 0.02 a build.")
    )  # fmt: skip
    better = finding(
        change(own, "validate_drp.AF1", (22, 19, 22), direction=BETTER, unit="%", before=11.9,
               after=10.6, sigma=0.4, strength=6.0, p_value=1e-8)
    )  # fmt: skip
    neutral = finding(
        change(own, "validate_drp.TE1", (25, 25, 25), direction=NEUTRAL, before=2.9e-5,
               after=3.1e-5, sigma=8e-7, strength=4.0, p_value=4e-4)
    )  # fmt: skip
    vanished = finding(change(own, "validate_drp.AM3", (36, 36, 36), kind=VANISHED, after=None))
    appeared = finding(
        change(own, "ip_diffim.completeness", (2, 2, 2), kind=APPEARED, direction=NEUTRAL)
    )
    past = finding(step(own, (5, 4, 5), ended=9, after=30.0))
    gone = finding(step(own, (16, 16, 16), after=28.0))
    return {
        "a1b2c3d4": regression,
        "b1b2c3d4": drift,
        "c1b2c3d4": better,
        "d1b2c3d4": neutral,
        "e1b2c3d4": vanished,
        "f1b2c3d4": appeared,
        "01b2c3d4": past,
        "11b2c3d4": gone,
    }


def said(state: str, **about: Any) -> Triage:
    """Return what somebody says of a finding."""
    return Triage(state, "ops", datetime(2026, 6, 20, 9, 30, tzinfo=UTC), **about)
