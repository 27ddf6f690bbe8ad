"""The effect of nodes is recognised where it is certain, and taken out; steps stay."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.series.nodes import NodeEffects, effect_words, node_effects

_BUILDS = 300


def alternating(rng, names, shares=None, builds=_BUILDS):
    return [str(each) for each in rng.choice(names, size=builds, p=shares)]


def measured(rng, nodes, factors, step=1.0, at=180, sigma=0.01):
    """Return values on nodes with factors, which rise by the factor `step` at a build."""
    level = np.where(np.arange(len(nodes)) >= at, 100 * step, 100.0)
    slow = np.array([factors.get(each, 1.0) for each in nodes])
    return level * slow * np.exp(rng.normal(0, sigma, len(nodes)))


def steps(values, nodes):
    found = node_effects(values, nodes)
    even = values if found is None else found.without(values, nodes)
    return [(each.index, each.percent) for each in detect(even).steps]


@pytest.mark.parametrize("share", [0.5, 0.3, 0.1])
def test_of_two_agents_35_percent_apart_only_the_true_step_is_found(share):
    exact = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        nodes = alternating(rng, ["agent-2", "agent-7"], [1 - share, share])
        values = measured(rng, nodes, {"agent-7": 1.35}, step=1.1)
        [(index, percent)] = steps(values, nodes)
        assert abs(index - 180) <= 1
        assert percent == pytest.approx(10, abs=1)
        exact += index == 180
    assert exact >= 99


def test_the_same_machine_for_some_builds_is_recognised_too():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        nodes = []
        while len(nodes) < _BUILDS:
            nodes += [f"agent-{len(nodes) % 2}"] * int(rng.integers(3, 14))
        nodes = nodes[:_BUILDS]
        if len(set(nodes)) < 2:
            continue
        assert [index for index, _ in steps(measured(rng, nodes, {"agent-1": 1.35}), nodes)] == []


def test_ten_nodes_have_an_effect_each():
    rng = np.random.default_rng(3)
    factors = {f"agent-{at}": 1 + at / 20 for at in range(10)}
    nodes = alternating(rng, list(factors), builds=600)
    values = measured(rng, nodes, factors, at=10_000)
    found = node_effects(values, nodes)
    assert found.effects.keys() | {found.reference} == factors.keys()
    for node, effect in found.effects.items():
        assert effect * factors[found.reference] == pytest.approx(factors[node], rel=0.02)


def test_noise_alone_has_no_effect_of_nodes():
    wrong = 0
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        nodes = alternating(rng, ["a", "b", "c"])
        wrong += node_effects(rng.normal(100, 1, _BUILDS), nodes) is not None
    assert wrong <= 1


def test_a_step_at_the_move_to_another_node_is_not_explained_away():
    rng = np.random.default_rng(1)
    nodes = ["agent-2"] * 150 + ["agent-7"] * 150
    values = measured(rng, nodes, {}, step=1.1, at=150)
    assert node_effects(values, nodes) is None
    assert [index for index, _ in steps(values, nodes)] == [150]


def test_a_step_where_a_slower_node_comes_in_is_still_found():
    rng = np.random.default_rng(1)
    nodes = ["agent-2"] * 150 + alternating(rng, ["agent-2", "agent-7"], builds=150)
    values = measured(rng, nodes, {"agent-7": 1.35}, step=1.1, at=150)
    [(index, percent)] = steps(values, nodes)
    assert index == 150
    assert percent == pytest.approx(10, abs=1)


def test_a_few_visits_say_nothing():
    rng = np.random.default_rng(1)
    nodes = (["agent-2"] * 30 + ["agent-7"] * 30) * 3
    assert node_effects(measured(rng, nodes, {"agent-7": 1.35}), nodes) is None


def test_the_ends_of_long_visits_count_each():
    rng = np.random.default_rng(1)
    nodes = (["agent-2"] * 25 + ["agent-7"] * 25) * 6
    values = measured(rng, nodes, {"agent-7": 1.35}, step=1.1, at=160)
    assert node_effects(values, nodes).effects["agent-7"] == pytest.approx(1.35, rel=0.02)
    assert [index for index, _ in steps(values, nodes)] == [160]


@pytest.mark.parametrize("nodes", [["one"] * 100, [None] * 100, [f"pod-{at}" for at in range(100)]])
def test_one_node_and_one_node_for_each_build_say_nothing(nodes):
    assert node_effects(np.arange(100.0), nodes) is None


def test_builds_without_a_value_or_a_node_are_left_as_they_are():
    rng = np.random.default_rng(1)
    nodes = alternating(rng, ["agent-2", "agent-7"])
    values = measured(rng, nodes, {"agent-7": 1.35})
    values[::7], nodes[1::7] = math.nan, [None] * len(nodes[1::7])
    found = node_effects(values, nodes)
    even = found.without(values, nodes)
    np.testing.assert_array_equal(even[1::7], values[1::7])
    assert np.isnan(even[::7]).all()
    assert found.effects[({"agent-2", "agent-7"} - {found.reference}).pop()] != 1


def test_values_of_both_signs_differ_by_a_difference():
    rng = np.random.default_rng(1)
    nodes = alternating(rng, ["a", "b"], [0.6, 0.4])
    values = rng.normal(0, 1, _BUILDS) + 9 * np.array([each == "b" for each in nodes])
    found = node_effects(values, nodes)
    assert (found.reference, found.factors) == ("a", False)
    assert found.effects["b"] == pytest.approx(9, abs=0.5)


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=True, allow_infinity=True),
            st.sampled_from(["a", "b", "<b>" * 400, "", None]),
        ),
        max_size=80,
    )
)
def test_anything_is_taken(entries):
    values, nodes = [each for each, _ in entries], [node for _, node in entries]
    found = node_effects(values, nodes)
    if found is not None:
        assert found.reference not in found.effects
        assert len(found.without(np.array(values), nodes)) == len(values)


@given(st.floats(0.01, 1e6), st.sampled_from([1, -1]))
def test_the_unit_changes_no_factor(scale, sign):
    rng = np.random.default_rng(1)
    nodes = alternating(rng, ["a", "b"])
    values = measured(rng, nodes, {"b": 1.35})
    ours, theirs = node_effects(values, nodes), node_effects(sign * scale * values, nodes)
    assert theirs.reference == ours.reference
    assert theirs.effects == pytest.approx(ours.effects)


@pytest.mark.parametrize(
    ("effects", "unit", "words"),
    [
        (NodeEffects("b", {"a": 1.352}, True), "s", "a is 35% slower than b"),
        (NodeEffects("b", {"a": 0.74}, True), "ms", "a is 26% faster than b"),
        (NodeEffects("b", {"a": 1.35}, True), "MB", "a measures 35% more than b"),
        (NodeEffects("b", {"a": -9.04}, False), "mmag", "a measures 9 mmag less than b"),
        (NodeEffects("b", {"a": 2.0}, False), "", "a measures 2 more than b"),
        (
            NodeEffects("b", {"a": 1.1, "c": 0.5}, True),
            "s",
            "c is 50% faster and a is 10% slower than b",
        ),
        (
            NodeEffects("b", {"a": 1.1, "c": 1.2, "d": 1.3, "e": 1.4, "f": 1.5}, True),
            "s",
            "compared with b, f is 50% slower, e is 40% slower, d is 30% slower and 2 more nodes "
            "differ",
        ),
    ],
)
def test_the_words(effects, unit, words):
    assert effect_words(effects, unit) == words
