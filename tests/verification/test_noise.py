"""A change of the noise in reports about a build: by name, and no regression."""

from dataclasses import replace

import pytest
from status_builds import PAGES, placed, status, verdict

from squash_jenkins.models.finding import NEUTRAL, NOISE, WORSE, Finding, SeriesChange
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.verification.build import BuildStatus
from squash_jenkins.verification.junit import junit
from squash_jenkins.verification.markdown import markdown
from squash_jenkins.verification.summary import summary_of


def noisier(direction: str) -> BuildStatus:
    """Return a build in which a series became noisier."""
    change = SeriesChange(
        NOISE, direction, "drp.AD1", 7, 6, 7, unit="mmag", before=1.0, after=10.0, p_value=1e-9
    )
    finding = Finding(NOISE, direction, 7, 6, 7, (change,))
    row = FindingRow(1, "3f2a91bc", 1, 1, False, None, None, finding)
    own = status([placed("a", 1.0, [verdict(True)])])
    return replace(own, news=[row], numbers={6: 405, 7: 407})


def test_neutral_noise_passes() -> None:
    told = noisier(NEUTRAL)
    assert not told.fails("regression")
    assert b'"no regression"' in junit([told], PAGES, regressions=True)


def test_worse_noise_fails_without_being_called_a_regression() -> None:
    told = noisier(WORSE)
    assert told.fails("regression")
    cases = junit([told], PAGES, regressions=True)
    assert b"AD1 noise change 3f2a91bc" in cases
    assert b"AD1 became noisier" in cases
    assert "| Noise change | Where | Details |" in markdown([told], PAGES)
    summary = summary_of(told)
    assert summary.verdict().endswith("1 noise change")
    assert summary.line().endswith("1 noise change since #407")
    assert "regression" not in summary.text()


@pytest.mark.parametrize(
    ("value", "before", "text"),
    [(8.0004, 7.9, "a is 8.0004 mmag, minimum ≤ 8 mmag"), (8.3, 8.301, "it was 8.301 mmag")],
)
def test_a_value_differs_visibly_from_its_limit_and_from_the_one_before(
    value: float, before: float, text: str
) -> None:
    limited = replace(verdict(False), limits=(8.0,))
    told = status([placed("a", value, [limited], before=before)])
    assert text in summary_of(told).text()
