"""A change of the noise in the store: neutral by default, worse by a setting."""

import numpy as np
import pytest

from squash_jenkins.config import FindingsSettings, Settings
from squash_jenkins.findings.as_json import facts
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.models.finding import NEUTRAL, NOISE, WORSE, builds_of
from squash_jenkins.store import Store, open_store
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.sentences import headline
from tests.findings.test_detect import build, save

BUILDS = 120


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'squash.sqlite'}", str(tmp_path / "blobs")) as opened:
        yield opened


def found(store: Store, noise: str = NEUTRAL) -> list[FindingRow]:
    """Return the findings of a job whose last 30 builds are ten times noisier."""
    rng = np.random.default_rng(4)
    values = 100 + rng.standard_normal(BUILDS) * np.where(np.arange(BUILDS) < 90, 1, 10)
    records = [build(at + 1, {"a": value}) for at, value in enumerate(values)]
    save(store, records)
    rules = FindingsSettings(noise=noise)
    return detect_findings(Settings(findings=rules), store)


def test_it_is_neutral_and_no_news(store):
    [row] = found(store)
    assert (row.finding.kind, row.finding.direction) == (NOISE, NEUTRAL)
    with store.reader() as reader:
        newest = reader.builds.newest(row.job, BUILDS)
    assert not row.is_news(newest)


def test_it_is_worse_and_news_by_a_setting(store):
    [row] = found(store, WORSE)
    assert row.finding.direction == WORSE
    with store.reader() as reader:
        newest = reader.builds.newest(row.job, BUILDS)
    assert row.is_news(newest)
    assert headline(row.finding).startswith("a became noisier")


def test_another_setting_searches_again(store):
    [row] = found(store)
    detect_findings(Settings(findings=FindingsSettings(noise=WORSE)), store)
    with store.reader() as reader:
        [again] = reader.findings.find()
    assert (again.name, again.finding.direction) == (row.name, WORSE)


def test_its_evidence_is_stored_and_in_the_json(store):
    [row] = found(store)
    with store.reader() as reader:
        [stored] = reader.findings.find()
        numbers = reader.builds.numbers(builds_of([stored.finding]))
        starts = reader.builds.starts(builds_of([stored.finding]))
        [job] = reader.builds.jobs()
    assert stored.finding == row.finding
    [series] = facts(stored, job, numbers, starts)["series"]
    assert series["kind"] == "noise"
    assert series["before"] == pytest.approx(1, rel=0.3)
    assert series["after"] == pytest.approx(10, rel=0.3)
    assert series["evidence"]["builds_before"] == 30  # counted no further
    assert (series["evidence"]["period"], series["evidence"]["periods"]) == (2, 2)
    assert "spreads" in series["evidence"]["test"]
