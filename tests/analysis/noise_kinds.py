"""Series without any change whose noise is like that of real CI machines, each from its seed."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator
POINTS = 300
AT = 200
"""Where the step is in series that have one; ten points of the new level are known."""


def white(rng: Rng, points: int) -> Floats:
    return 1 + 0.01 * rng.standard_normal(points)


def two_machines(share: float, factor: float) -> Callable[[Rng, int], Floats]:
    def make(rng: Rng, points: int) -> Floats:
        return white(rng, points) * np.where(rng.random(points) < share, factor, 1)

    return make


def three_machines(rng: Rng, points: int) -> Floats:
    return white(rng, points) * rng.choice([1, 1.2, 1.5], points, p=[0.5, 0.3, 0.2])


def same_machine_again(rng: Rng, points: int) -> Floats:
    slow = np.zeros(points, dtype=bool)
    for each in range(1, points):
        slow[each] = slow[each - 1] if rng.random() < 0.7 else rng.random() < 0.3
    return white(rng, points) * np.where(slow, 1.2, 1)


def share_grows(rng: Rng, points: int) -> Floats:
    share = np.where(np.arange(points) < points // 2, 0.2, 0.6)
    return white(rng, points) * np.where(rng.random(points) < share, 1.3, 1)


def noisier_machine(rng: Rng, points: int) -> Floats:
    slow = rng.random(points) < 0.3
    return 1 + 0.4 * slow + np.where(slow, 0.03, 0.01) * rng.standard_normal(points)


def second_mode_late(rng: Rng, points: int) -> Floats:
    fast = (np.arange(points) >= 200) & (rng.random(points) < 0.15)
    return white(rng, points) * np.where(fast, 0.55, 1)


def half_missing(rng: Rng, points: int) -> Floats:
    values = two_machines(0.3, 1.4)(rng, points)
    values[rng.random(points) < 0.5] = np.nan
    return values


def noisy(first: int, end: int, noise: float) -> Callable[[Rng, int], Floats]:
    def make(rng: Rng, points: int) -> Floats:
        at = np.arange(points)
        spread = np.where((at >= first) & (at < end), noise, 0.01)
        return 1 + spread * rng.standard_normal(points)

    return make


def growing(rng: Rng, points: int) -> Floats:
    return 1 + np.linspace(0.005, 0.05, points) * rng.standard_normal(points)


def constant_then_noisy(rng: Rng, points: int) -> Floats:
    noise: Floats = 0.02 * rng.standard_normal(points)
    return np.where(np.arange(points) < 150, 1.0, 1 + noise)


def heavy_tails(rng: Rng, points: int) -> Floats:
    return 1 + 0.01 * rng.standard_t(2, points)


def skewed(rng: Rng, points: int) -> Floats:
    return 1 + 0.02 * rng.exponential(1, points)


def rounded(rng: Rng, points: int) -> Floats:
    return np.round(100 + 0.6 * rng.standard_normal(points)) / 100


def counts(rng: Rng, points: int) -> Floats:
    return rng.poisson(50, points) / 50


def week(rng: Rng, points: int) -> Floats:
    return white(rng, points) + 0.05 * np.sin(2 * np.pi * np.arange(points) / 7)


def remembering(phi: float) -> Callable[[Rng, int], Floats]:
    def make(rng: Rng, points: int) -> Floats:
        values = rng.standard_normal(points + 50)
        for each in range(1, len(values)):
            values[each] += phi * values[each - 1]
        return 1 + 0.01 * values[50:] * np.sqrt(1 - phi**2)

    return make


class Kind(NamedTuple):
    """A noise, how many false changes a series may have, and how often a step must be seen."""

    make: Callable[[Rng, int], Floats]
    most: float
    factor: float | None = None
    least: float = 0.0


KINDS = {
    "white": Kind(white, 0.01, 1.04, 0.99),
    "two machines, 30% of builds +40%": Kind(two_machines(0.3, 1.4), 0.05, 1.10, 0.90),
    "two machines, half of builds +15%": Kind(two_machines(0.5, 1.15), 0.05, 1.25, 0.90),
    "two machines 5% apart": Kind(two_machines(0.5, 1.05), 0.05, 1.12, 0.90),
    "a rare machine": Kind(two_machines(0.06, 1.4), 0.05, 1.10, 0.90),
    "three machines": Kind(three_machines, 0.05, 1.30, 0.75),
    "the same machine again": Kind(same_machine_again, 0.20, 1.30, 0.80),
    "a machine's share grows": Kind(share_grows, 0.05),
    "a machine noisier than the other": Kind(noisier_machine, 0.05, 1.10, 0.90),
    "second mode from 200": Kind(second_mode_late, 0.05),
    "two machines, half missing": Kind(half_missing, 0.05),
    "noisy first 60": Kind(noisy(0, 60, 0.15), 0.05, 1.05, 0.95),
    "noisy from 220": Kind(noisy(220, POINTS, 0.10), 0.05),
    "noisy in between": Kind(noisy(100, 150, 0.10), 0.05, 1.05, 0.90),
    "growing noise": Kind(growing, 0.10),
    "constant, then noisy": Kind(constant_then_noisy, 0.05),
    "Student t, 2": Kind(heavy_tails, 0.05, 1.08, 0.90),
    "skewed": Kind(skewed, 0.05, 1.08, 0.90),
    "rounded": Kind(rounded, 0.01, 1.03, 0.90),
    "counts": Kind(counts, 0.02, 1.50, 0.95),
    "weekly wave": Kind(week, 0.05, 1.20, 0.90),
    "AR(1) 0.5": Kind(remembering(0.5), 0.02, 1.05, 0.90),
    "AR(1) 0.8": Kind(remembering(0.8), 0.05, 1.08, 0.80),
    "AR(1) 0.9": Kind(remembering(0.9), 0.10, 1.10, 0.70),
}
