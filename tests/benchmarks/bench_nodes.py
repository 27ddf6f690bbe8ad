"""Measure detection in series that depend on the node, with the nodes known and unknown.

::

    python tests/benchmarks/bench_nodes.py [series]
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.series.nodes import node_effects

_BUILDS, _AT, _SIGMA = 300, 180, 0.01
Nodes = list[str | None]
Floats = NDArray[np.float64]


def alternating(share: float) -> Callable[[np.random.Generator], Nodes]:
    """Return a function that chooses agent-7 for this share of the builds, at random."""
    return lambda rng: [f"agent-{7 if each < share else 2}" for each in rng.random(_BUILDS)]


def kept(rng: np.random.Generator) -> Nodes:
    """Return nodes that stay for some builds, ten on average."""
    nodes: Nodes = []
    while len(nodes) < _BUILDS:
        nodes += [f"agent-{int(rng.choice([2, 7]))}"] * int(rng.geometric(0.1))
    return nodes[:_BUILDS]


def pool(rng: np.random.Generator) -> Nodes:
    """Return one of ten nodes for each build, at random."""
    return [f"agent-{int(each)}" for each in rng.integers(10, size=_BUILDS)]


KINDS: dict[str, tuple[Callable[[np.random.Generator], Nodes], float]] = {
    "no effect, two nodes": (alternating(0.4), 1.0),
    "two nodes, one 35% slower in 4 of 10 builds": (alternating(0.4), 1.35),
    "two nodes, one 35% slower in 1 of 10 builds": (alternating(0.1), 1.35),
    "two nodes, one 3% slower in 4 of 10 builds": (alternating(0.4), 1.03),
    "the same for some builds, 35%": (kept, 1.35),
    "ten nodes, each 4% slower than the last": (pool, 1.04),
}


def main(series: int) -> None:
    """Print a row for each kind."""
    print("| kind | false, unknown | false, known | 4% step, unknown | known | ms more |")
    print("|---|---|---|---|---|---|")
    for name, (choose, factor) in KINDS.items():
        false, seen, seconds = np.zeros(2), np.zeros(2), 0.0
        for seed in range(series):
            rng = np.random.default_rng(seed)
            nodes = choose(rng)
            values = measured(rng, nodes, factor)
            stepped = values * np.where(np.arange(_BUILDS) >= _AT, 1 + 4 * _SIGMA, 1.0)
            began = time.perf_counter()
            even = corrected(values, nodes)
            seconds += time.perf_counter() - began
            false += [len(detect(each).steps) for each in (values, even)]
            seen += [only_step(each) for each in (stepped, corrected(stepped, nodes))]
        figures = [*(f"{each / series:.3f}" for each in (*false, *seen))]
        print(f"| {name} | {' | '.join(figures)} | {1000 * seconds / series:.2f} |")


def measured(rng: np.random.Generator, nodes: Nodes, factor: float) -> Floats:
    """Return values whose logarithms have the noise, multiplied by what the nodes do."""
    names = sorted(str(each) for each in set(nodes))
    own = np.array([factor ** names.index(str(each)) for each in nodes])
    values: Floats = 100 * own * np.exp(rng.normal(0, _SIGMA, _BUILDS))
    return values


def corrected(values: Floats, nodes: Nodes) -> Floats:
    """Return the values without the effects of the nodes."""
    found = node_effects(values, nodes)
    return values if found is None else found.without(values, nodes)


def only_step(values: Floats) -> bool:
    """Return whether exactly the true step is found, within two builds."""
    steps = detect(values).steps
    return len(steps) == 1 and abs(steps[0].index - _AT) <= 2


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
