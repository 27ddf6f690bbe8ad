"""Findings in plain sentences."""

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from squash_jenkins.models import Package
from squash_jenkins.models.finding import (
    APPEARED,
    BACK_WITHIN,
    BETTER,
    DRIFT,
    NEUTRAL,
    OUT_OF,
    STEP,
    VANISHED,
    WORSE,
    Finding,
    SeriesChange,
)
from squash_jenkins.text.sentences import (
    details,
    headline,
    name_of,
    place,
    verdict_word,
    versions,
)

NUMBERS = {1: 405, 2: 407, 3: 450}
AD1 = SeriesChange(
    STEP,
    WORSE,
    "validate_drp.AD1",
    2,
    1,
    2,
    "COSMOS",
    "r",
    unit="marcsec",
    before=27.1,
    after=32.1,
    sigma=0.8,
)


def finding(*series: SeriesChange, first: int = 1, ended: int | None = None) -> Finding:
    leading = series[0]
    return Finding(leading.kind, leading.direction, 2, first, leading.last, series, ended)


def crossing(name: str, kind: str = OUT_OF, specification: str = "minimum ≤ 30 marcsec"):
    return replace(AD1, metric=f"validate_drp.{name}", kind=kind, specification=specification)


@pytest.mark.parametrize(
    ("series", "head", "body"),
    [
        (
            [AD1],
            "AD1 got worse by 18%",
            "27.1 → 32.1 marcsec since #407 (between #405 and #407), 6.25× the noise.",
        ),
        (
            [AD1, replace(AD1, metric="validate_drp.AF1"), replace(AD1, metric="validate_drp.PF1")],
            "AD1 got worse by 18%",
            "27.1 → 32.1 marcsec since #407 (between #405 and #407), 6.25× the noise. "
            "Also worse: AF1 and PF1.",
        ),
        (
            [AD1, crossing("AD1"), replace(crossing("AD1"), filter="i"), crossing("AD2")],
            "AD1 got worse by 18%",
            "27.1 → 32.1 marcsec since #407 (between #405 and #407), 6.25× the noise. "
            "AD1 and AD2 miss minimum ≤ 30 marcsec.",
        ),
        (
            [replace(AD1, direction=BETTER, level="design", before=32.1, after=27.1)],
            "AD1 design got better by 16%",
            "32.1 → 27.1 marcsec since #407 (between #405 and #407), 6.25× the noise.",
        ),
        (
            [replace(AD1, direction=NEUTRAL, unit=None, before=0.0, after=3.0, sigma=0.0)],
            "AD1 rose: 0 → 3",
            "0 → 3 since #407 (between #405 and #407), where values were the same otherwise.",
        ),
        (
            [replace(AD1, direction=NEUTRAL, before=2.0, after=80.0)],
            "AD1 rose (×40)",
            "2 → 80 marcsec since #407 (between #405 and #407), 97.5× the noise.",
        ),
        (
            [replace(AD1, kind=DRIFT, last=3)],
            "AD1 drifted up, +18%",
            "27.1 → 32.1 marcsec from #405 to #450, 6.25× the noise.",
        ),
        (
            [crossing("AM1", BACK_WITHIN, "design ≤ 10 marcsec")],
            "AM1 meets design ≤ 10 marcsec again",
            "27.1 → 32.1 marcsec since #407 (between #405 and #407).",
        ),
        (
            [crossing("AM1")],
            "AM1 misses minimum ≤ 30 marcsec",
            "27.1 → 32.1 marcsec since #407 (between #405 and #407).",
        ),
        (
            [replace(crossing("AM1"), before=29.99, after=30.004)],
            "AM1 misses minimum ≤ 30 marcsec",
            "29.99 → 30.004 marcsec since #407 (between #405 and #407).",
        ),
        (
            [replace(AD1, before=29.99, after=30.004, sigma=0.002), crossing("AD1")],
            "AD1 got worse by 0.05%",
            "29.99 → 30.004 marcsec since #407 (between #405 and #407), 7.00× the noise. "
            "AD1 misses minimum ≤ 30 marcsec.",
        ),
        (
            [replace(AD1, kind=VANISHED, after=None)],
            "AD1 is no longer measured",
            "27.1 marcsec before, nothing since #407 (between #405 and #407).",
        ),
        (
            [
                replace(AD1, kind=APPEARED, metric=f"p.M{number}", before=None, after=None)
                for number in range(12)
            ],
            "12 metrics appeared",
            "Measured since #407 (between #405 and #407): M0, M1, M10 and 9 more.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_finding_is_said_in_plain_sentences(series, head, body):
    found = finding(*series)
    assert headline(found) == head
    assert details(found, NUMBERS) == body[0].upper() + body[1:]
    assert place(found) in ("COSMOS · r", "COSMOS · i, r")


def test_where_it_began_for_sure_and_where_it_was_over():
    sure = finding(replace(AD1, first=2), first=2, ended=3)
    assert details(sure, NUMBERS).startswith("27.1 → 32.1 marcsec since #407, over with #450, ")


def test_only_some_of_many_are_named():
    many = [replace(AD1, metric=f"p.M{number:02}") for number in range(10)]
    assert details(finding(*many), NUMBERS).endswith("Also worse: M01, M02, M03 and 6 more.")


def test_the_word_for_each_direction():
    words = [
        verdict_word(finding(replace(AD1, direction=each))) for each in (WORSE, BETTER, NEUTRAL)
    ]
    assert words == ["regression", "improvement", "change"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (Package("afw", "1.2", "a" * 40), Package("afw", "1.3", "b" * 40), "1.2 → 1.3"),
        (Package("afw", "1.2", "a" * 40), Package("afw", "1.2", "b" * 40), "aaaaaaaa → bbbbbbbb"),
        (Package("afw", None, "a" * 40), Package("afw", "1.2", None), "aaaaaaaa → 1.2"),
        (Package("afw", None, None), Package("afw", "1.2", None), "unknown → 1.2"),
        (None, Package("afw", "1.2", "b" * 40), "added, 1.2"),
        (Package("afw", None, "a" * 40), None, "removed, was aaaaaaaa"),
    ],
)
def test_what_became_of_a_package(old: Package | None, new: Package | None, text: str) -> None:
    assert versions(old, new) == text


def test_improved_series_are_never_listed_among_the_worsened() -> None:
    others = [
        replace(AD1, metric="p.AF1"),
        replace(AD1, metric="p.PF1", direction=BETTER, after=20.0),
        replace(AD1, metric="p.n", direction=NEUTRAL),
    ]
    text = details(finding(AD1, *others), NUMBERS)
    assert text.endswith(" the noise. Also worse: AF1; better: PF1; changed: n.")
    improved = [replace(each, direction=BETTER) for each in (AD1, replace(AD1, metric="p.AF1"))]
    assert details(finding(*improved), NUMBERS).endswith(" the noise. Also better: AF1.")


def test_days_stand_beside_the_numbers_of_builds() -> None:
    starts = {key: datetime(2026, 11, 10 + key, 23, 30, tzinfo=UTC) for key in NUMBERS}
    sure = finding(replace(AD1, first=2), first=2, ended=3)
    said = "27.1 → 32.1 marcsec since #407, 12 Nov 2026, over with #450, 13 Nov 2026, 6.25× the"
    assert details(sure, NUMBERS, starts).startswith(said)
    drift = finding(replace(AD1, kind=DRIFT))
    assert "from #405, 11 Nov 2026 to #407, 12 Nov 2026" in details(drift, NUMBERS, starts)


def test_a_change_keeps_its_unique_name_from_process_to_process() -> None:
    change = SeriesChange("step", "worse", "http.latency", 1, 1, 1, shown="http.latency")
    assert name_of(pickle.loads(pickle.dumps(change))) == "http.latency"  # noqa: S301 - our own
