"""Recognise how far the values of a series depend on the node that measured them.

The commonest node is the reference. Each value is compared with the values of the reference just
before and just after it, so that a lasting change of the level, or a drift, is not taken for an
effect of a node: it lies on one side of one visit, while a node shows its effect at each. A node
has an effect when two rank tests agree: its values differ from those of the reference, and so do
its visits (consecutive builds on it), as values of one visit are not independent. A long visit
counts twice: how it begins and how it ends.

A node that was never used again after another replaced it cannot be compared: what changed then
is left in the series.

References
----------
Mann and Whitney (1947), On a test of whether one of two random variables is stochastically larger
than the other; Wilcoxon (1945), Individual comparisons by ranking methods (signed ranks). Both
with the normal approximation and, for few visits, exactly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.noise import measured
from squash_jenkins.analysis.specifications.units import convert

_FEWEST = 8
"""Builds of a node, and visits to it (or halves of long ones), from which on it is compared."""
_BUILDS, _VISITS = 1e-4, 0.01
"""Chances of noise alone that the tests of builds and of visits allow, for all nodes together."""
_EXACT = 25
"""Up to so many visits the chance is computed exactly."""
_NEAREST = 2
"""Values of the reference on each side that a value is compared with."""
_LONG = 4
"""Builds of a visit from which on its halves are compared each with its own side."""
_SMALLEST = 0.5
"""Standard deviations of the reference: smaller effects are left in the noise."""
_NAMED = 3
"""How many nodes are named; the others are counted."""
_SCALE = 1.4826
"""Standard deviation of a normal distribution in units of its median absolute deviation."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NodeEffects:
    """Hold what nodes add to the values of a series.

    Attributes
    ----------
    reference
        The commonest node, on whose level the series is.
    effects
        What the other nodes add to the values, or multiply them by where `factors` is set; only
        nodes whose effect is certain.
    factors
        Whether nodes multiply the level: so where all values have one sign.
    """

    reference: str
    effects: dict[str, float]
    factors: bool

    def without(self, values: Floats, nodes: Sequence[str | None]) -> Floats:
        """Return the values as the reference would have measured them."""
        none = 1.0 if self.factors else 0.0
        own = np.array([self.effects.get(node or "", none) for node in nodes])
        corrected: Floats = values / own if self.factors else values - own
        return corrected


def node_effects(values: npt.ArrayLike, nodes: Sequence[str | None]) -> NodeEffects | None:
    """Return the effects of the nodes on a series; None where none is certain.

    Parameters
    ----------
    values
        Shape (n,), in build order, any unit. NaN means not measured.
    nodes
        The node of each build, None where it is not known.
    """
    series = np.asarray(values, dtype=np.float64).reshape(-1)
    known = measured(series) & _known(tuple(nodes))
    visits = _visits(tuple(nodes), known.tobytes())
    if visits is None:
        return None
    own = series[known]
    factors = bool((own > 0).all() or (own < 0).all())
    level = np.log(np.abs(own)) if factors else own
    found = _effects(level, visits)
    if not found:
        return None
    effects = {node: math.exp(each) if factors else each for node, each in found.items()}
    return NodeEffects(visits.reference, effects, factors)


def effect_words(effects: NodeEffects, unit: str) -> str:
    """Return which nodes measure how much more or less: ``agent-7 is 38% slower than agent-2``.

    `unit` is that of the values; times are slower or faster.
    """
    is_time = bool(unit) and convert(1.0, unit, "s") is not None

    def size(item: tuple[str, float]) -> tuple[float, str]:
        return -abs(_change(item[1], effects)), item[0]

    ordered = sorted(effects.effects.items(), key=size)
    parts = [f"{node} {_size(effect, effects, unit, is_time)}" for node, effect in ordered]
    if len(parts) > _NAMED:
        parts = [*parts[:_NAMED], f"{len(parts) - _NAMED} more nodes differ"]
        return f"compared with {effects.reference}, {_listed(parts)}"
    return f"{_listed(parts)} than {effects.reference}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _change(effect: float, effects: NodeEffects) -> float:
    return math.log(effect) if effects.factors else effect


def _size(effect: float, effects: NodeEffects, unit: str, is_time: bool) -> str:
    more = _change(effect, effects) > 0
    if effects.factors:
        size = f"{float(f'{100 * abs(effect - 1):.2g}'):g}%"
    else:
        size = f"{float(f'{abs(effect):.2g}'):g} {unit}".rstrip()
    if is_time:
        return f"is {size} {'slower' if more else 'faster'}"
    return f"measures {size} {'more' if more else 'less'}"


@dataclass(frozen=True, slots=True, eq=False)
class _Visits:
    """Hold which values are compared with which; places count the values that are measured.

    `near` has shape (2 * `_NEAREST`, n): values of the reference before and after each value.
    `bracketed` are the values of the reference that have others on both sides; `own` are those of
    each other node, with the number of their visit or half of a visit.
    """

    reference: str
    near: Places
    bracketed: Places
    own: dict[str, tuple[Places, Places]]


@lru_cache(maxsize=16)
def _known(nodes: tuple[str | None, ...]) -> npt.NDArray[np.bool_]:
    return np.array([bool(node) for node in nodes], dtype=np.bool_)


@lru_cache(maxsize=64)
def _visits(nodes: tuple[str | None, ...], known: bytes) -> _Visits | None:
    """Return what is to be compared; most series of a job share it."""
    chosen = np.flatnonzero(np.frombuffer(known, dtype=np.bool_))
    names, codes, counts = np.unique(
        np.array([nodes[at] or "" for at in chosen], dtype=object).astype(str),
        return_inverse=True,
        return_counts=True,
    )
    if len(names) < 2 or np.sort(counts)[-2] < _FEWEST:
        return None
    common = int(np.argmax(counts))
    places = np.flatnonzero(codes == common)
    near, between, part = _compared(codes, places)
    own = {}
    for code in np.flatnonzero(counts >= _FEWEST):
        mine = np.flatnonzero((codes == code) & between)
        numbers = np.unique(part[mine], return_inverse=True)[1]
        if code != common and len(mine) >= _FEWEST and numbers.max() + 1 >= _FEWEST:
            own[str(names[code])] = (mine, numbers)
    bracketed = np.flatnonzero((codes == common) & between)
    return _Visits(str(names[common]), near, bracketed, own) if own else None


def _compared(codes: Places, places: Places) -> tuple[Places, npt.NDArray[np.bool_], Places]:
    """Return what each value is compared with, whether that is all there, and its part of a visit.

    `places` are those of the reference. A short visit is compared with the values before and after
    it; of a long one the first half with those before, the second with those after.
    """
    begins = np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))
    lengths = np.diff(begins, append=len(codes))
    visit = np.repeat(np.arange(len(begins)), lengths)
    second = np.arange(len(codes)) - begins[visit] >= lengths[visit] / 2
    long = (lengths[visit] >= _LONG) & (codes != codes[places[0]])
    before = np.searchsorted(places, np.arange(len(codes)))
    after = np.searchsorted(places, np.arange(len(codes)), side="right")
    steps = np.arange(1, 2 * _NEAREST + 1)[:, None]
    left, right = before - steps, after - 1 + steps
    both = np.concatenate([left[:_NEAREST], right[:_NEAREST]])
    index = np.where(long, np.where(second, right, left), both)
    whole: npt.NDArray[np.bool_] = np.all((index >= 0) & (index < len(places)), axis=0)
    near: Places = places[index.clip(0, len(places) - 1)]
    part: Places = 2 * visit + (long & second)
    return near, whole, part


def _effects(level: Floats, visits: _Visits) -> dict[str, float]:
    """Return by node how far its values are from those of the reference."""
    apart = level - level[visits.near].mean(axis=0)
    usual = apart[visits.bracketed]
    spread = _SCALE * float(np.median(np.abs(usual)))
    found = {}
    for node, (mine, numbers) in visits.own.items():
        values = apart[mine]
        effect = float(np.median(values))
        if effect == 0 or abs(effect) < _SMALLEST * spread:
            continue
        by_visit = np.bincount(numbers, values) / np.bincount(numbers)
        if (
            _rank_sum(values, usual) * len(visits.own) <= _BUILDS
            and _signed_ranks(by_visit) * len(visits.own) <= _VISITS
        ):
            found[node] = effect
    return found


def _rank_sum(values: Floats, others: Floats) -> float:
    """Return the chance that values of one distribution differ as much (Mann–Whitney)."""
    both = np.concatenate([values, others])
    ranks, ties = _ranks(both)
    n, m, size = len(values), len(others), len(both)
    variance = n * m / 12 * (size + 1 - ties / (size * (size - 1)))
    return _chance(float(ranks[:n].sum()) - n * (size + 1) / 2, variance)


def _signed_ranks(values: Floats) -> float:
    """Return the chance that values about zero are as much on one side (Wilcoxon)."""
    ranks, ties = _ranks(np.abs(values))
    n = len(values)
    more = float(ranks[values > 0].sum()) - float(ranks[values < 0].sum())
    if n <= _EXACT:
        smaller = (n * (n + 1) / 2 - abs(more)) / 2
        return min(1.0, 2 * float(_exact(n)[: math.floor(smaller) + 1].sum()))
    return _chance(more / 2, (n * (n + 1) * (2 * n + 1) - ties / 2) / 24)


@lru_cache(maxsize=_EXACT)
def _exact(n: int) -> Floats:
    """Return the chance of each sum of ranks from 1 to n with signs by chance."""
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1.0
    for rank in range(1, n + 1):
        ways[rank:] = ways[rank:] + ways[:-rank]
    return ways / 2.0**n


def _ranks(values: Floats) -> tuple[Floats, float]:
    """Return the ranks from 1, equal values sharing theirs, and the sum of t³ - t over ties."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(first, append=len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(first + (sizes + 1) / 2, sizes)
    return ranks, float((sizes.astype(np.float64) ** 3 - sizes).sum())


def _chance(excess: float, variance: float) -> float:
    if variance <= 0:
        return 1.0
    return math.erfc(max(abs(excess) - 0.5, 0.0) / math.sqrt(2 * variance))
