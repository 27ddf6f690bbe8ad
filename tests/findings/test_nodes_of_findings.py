"""The machine that measured: its effect is taken out, and a move to another one is a suspect."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from squash_jenkins.config import FindingsSettings, Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.findings.suspects import suspects_of
from squash_jenkins.models import BuildRecord
from squash_jenkins.models.finding import STEP, NodeDependence
from squash_jenkins.store import Store, open_store
from squash_jenkins.text.sentences import details
from tests.findings.test_detect import build, found, save

SLOW = {"agent-7": 1.35}


@pytest.fixture
def store(tmp_path: Any) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'squash.sqlite'}", str(tmp_path / "blobs")) as opened:
        yield opened


def alternating(builds: int) -> list[str]:
    rng = np.random.default_rng(5)
    return [str(each) for each in rng.choice(["agent-2", "agent-7"], size=builds, p=[0.6, 0.4])]


def records(nodes: Sequence[str | None], at: int, *, by_report: bool = False) -> list[BuildRecord]:
    """Return builds on these nodes; from number `at` on they take 10% longer."""
    rng = np.random.default_rng(1)
    made = []
    for number, node in enumerate(nodes, 1):
        value = 100 * SLOW.get(node or "", 1.0) * (1.1 if number >= at else 1.0)
        own = build(number, {"a": value * float(np.exp(rng.normal(0, 0.01)))})
        if by_report:
            own = replace(own, reports=[replace(own.reports[0], node=node)])
        made.append(replace(own, build=replace(own.build, node="any" if by_report else node)))
    return made


@pytest.mark.parametrize("by_report", [False, True])
def test_of_two_agents_only_the_true_step_is_a_finding(store: Store, by_report: bool) -> None:
    save(store, records(alternating(200), 120, by_report=by_report))
    detect_findings(Settings(), store)
    [finding] = found(store)
    [change] = finding.series
    assert (finding.kind, finding.build) == (STEP, 120)
    assert change.nodes == "agent-7 is 35% slower than agent-2"
    assert change.after == pytest.approx(110, rel=0.01)
    text = details(finding, {number: number for number in range(201)})
    assert "agent-7 is 35% slower than agent-2, which is allowed for." in text


def test_it_is_stored_what_nodes_do_where_there_is_no_finding(store: Store) -> None:
    save(store, records(alternating(120), 999))
    detect_findings(Settings(), store)
    assert found(store) == []
    [dependence] = dependences(store)
    assert (dependence.series.metric, dependence.reference) == ("p.a", "agent-2")
    assert dependence.text == "agent-7 is 35% slower than agent-2"
    assert dependence.corrected(135.0, "agent-7") == pytest.approx(100, rel=0.02)
    assert dependence.corrected(135.0, "agent-2") == dependence.corrected(135.0, None) == 135.0


def test_what_nodes_do_is_forgotten_with_the_rules(store: Store) -> None:
    save(store, records(alternating(120), 999))
    detect_findings(Settings(), store)
    assert dependences(store)
    detect_findings(Settings(), store)  # nothing new: it stays
    assert dependences(store)
    detect_findings(Settings(findings=FindingsSettings(ignore=("p.*",))), store)
    assert not dependences(store)


def dependences(store: Store) -> list[NodeDependence]:
    with store.reader() as reader:
        return [each for job in reader.findings.node_dependences().values() for each in job]


def test_what_comes_build_by_build_is_the_same(store: Store) -> None:
    made = records(alternating(200), 120)
    for at in range(0, 200, 40):
        save(store, made[at : at + 40])
        detect_findings(Settings(), store)
    [finding] = found(store)
    assert finding.build == 120


def test_nothing_is_said_of_nodes_where_each_build_has_its_own(store: Store) -> None:
    save(store, records([f"pod-{number}" for number in range(60)], 40))
    detect_findings(Settings(), store)
    [finding] = found(store)
    assert (finding.build, finding.series[0].nodes) == (40, None)
    assert [each.name for each in suspects(store)] == []


def suspects(store: Store) -> Sequence[Any]:
    with store.reader() as reader:
        [row] = reader.findings.find()
        return suspects_of(reader, row).suspects


def test_a_move_to_another_machine_is_the_first_suspect(store: Store) -> None:
    save(store, records(["agent-2"] * 40 + ["agent-7"] * 20, 1000))
    detect_findings(Settings(), store)
    [first] = suspects(store)
    assert (first.name, first.text, first.score) == ("other machine", "agent-2 → agent-7", 1.0)
    assert first.reasons == (
        "the 8 builds before ran on agent-2",
        "the 8 builds since on agent-7",
    )


def test_a_machine_that_measured_before_is_no_suspect(store: Store) -> None:
    save(store, records(["agent-2", "agent-9"] * 20 + ["agent-9"] * 20, 41))
    detect_findings(Settings(), store)
    assert found(store)[0].build == 41
    assert suspects(store) == []


def test_reports_of_one_build_that_name_two_machines_leave_it_open(store: Store) -> None:
    [own] = records(["agent-2"], 9)
    other = replace(own.reports[0], path="b.json", node="agent-7", measurements=[])
    save(store, [replace(own, reports=[replace(own.reports[0], node="agent-2"), other])])
    with store.reader() as reader:
        [job] = reader.builds.jobs()
        [key] = [each.key for each in reader.builds.outline(job.key)]
        nodes = reader.nodes.of_builds([key])
    assert nodes.of(key, "set", "r") is None
