"""Make series whose steps are known, each from its seed, for the benchmarks of change points."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SERIES = int(os.environ.get("BENCH_SERIES", "1000"))
LATE = 297  # of 300 points, where the late step is


class Told(NamedTuple):
    """A series and where its steps truly are."""

    values: Floats
    steps: list[int]


def white(rng: np.random.Generator, points: int = 300) -> Told:
    return Told(rng.normal(0, 1, points), [])


def outliers(rng: np.random.Generator, points: int = 300) -> Told:
    values = rng.normal(0, 1, points)
    hit = rng.random(points) < 0.01
    values[hit] += rng.choice([-1, 1], hit.sum()) * rng.uniform(5, 20, hit.sum())
    return Told(values, [])


def autoregressive(rng: np.random.Generator, points: int = 300, inherited: float = 0.5) -> Told:
    values = rng.normal(0, 1, points + 100)
    for each in range(1, len(values)):
        values[each] += inherited * values[each - 1]
    return Told(values[100:], [])


def late(rng: np.random.Generator) -> Told:
    values = rng.normal(0, 1, 300)
    values[LATE:] += 4 * rng.choice([-1, 1])
    return Told(values, [LATE])


def wandering(rng: np.random.Generator, points: int = 2000, proportional: bool = False) -> Told:
    """Return levels of 30 to 250 points, 5 to 20 % apart, 2 % noise (of 100, or of the level)."""
    level, levels, steps, place = 100.0, np.empty(points), [], 0
    while points - place >= 30:
        if place:
            share = rng.uniform(0.05, 0.2) * rng.choice([-1, 1])
            level *= 1 + (share if 60 < level * (1 + share) < 160 else -share)
            steps.append(place)
        levels[place:] = level
        place += int(rng.integers(30, 250))
    values = levels + rng.normal(0, 2, points) * (levels / 100 if proportional else 1)
    hit = rng.random(points) < 0.01
    values[hit] *= 1 + rng.choice([-1, 1], hit.sum()) * rng.uniform(0.2, 0.8, hit.sum())
    return Told(values, steps)


def proportional(rng: np.random.Generator) -> Told:
    return wandering(rng, proportional=True)


KINDS: dict[str, tuple[Callable[[np.random.Generator], Told], int]] = {
    "white": (white, SERIES),
    "outliers": (outliers, SERIES),
    "AR(1) 0.5": (autoregressive, SERIES),
    "late": (late, SERIES),
    "wandering": (wandering, SERIES // 20),
    "proportional": (proportional, SERIES // 20),
}
NULL = ("white", "outliers", "AR(1) 0.5")
"""Kinds without any step."""


def made(kind: str) -> list[Told]:
    make, count = KINDS[kind]
    return [make(np.random.default_rng([list(KINDS).index(kind), seed])) for seed in range(count)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
