"""Compare one value with the level that a series has had: whether it is off by more than noise.

The level is that after the newest step or drift. Its noise is what `detect` measures, or the
spread on that side of the level to which the value deviates, outliers included, where that is
more. A value stands out when it lies beyond the prediction limits of one more value and,
whatever the distribution, beyond every value of the level: on a series with two modes a value in
the smaller mode is nothing new. A rare outlier cannot be distinguished from a change by one value.

References
----------
Hahn (1969), Factors for calculating two-sided prediction intervals for samples from a normal
distribution.

Wallace (1959), Bounds on normal approximations to Student's and the chi-square distributions: the
quantile of Student's t from that of the normal distribution, by a formula that can be inverted.

Dunn (1961), Multiple comparisons among means: the limit for many series (Bonferroni), so that of
all comparisons of a build together `ALARMS` stand out by noise alone.
"""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Changes
from squash_jenkins.analysis.change_points.noise import Floats, measured

FEWEST = 5
"""Values that are needed to say what is usual."""
ALARMS = 0.01
"""The share of builds of normally distributed noise in which anything stands out."""
_MEDIAN = math.pi / 2
"""How much more the median of normal values varies than their mean."""
_MANY = 10
"""So many values of a level show its noise by themselves."""
_LAST_DIGITS = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """Hold what is usual for a series.

    Attributes
    ----------
    level
        The median since the newest step or drift, in the unit of the values.
    sigma
        The noise; 0 where the values repeat.
    values
        Shape (n,): the values since then.
    freedom
        Degrees of freedom of the noise.
    inflation
        How much more the level varies than without autocorrelation.

    """

    level: float
    sigma: float
    values: Floats
    freedom: int
    inflation: float

    def noise(self, value: float) -> float:
        """Return the noise on that side of the level on which a value is."""
        away = self._away(value)
        spread = math.sqrt(float(np.mean(away * away))) if len(away) else 0.0
        return max(self.sigma, spread)

    def stands_out(self, value: float, comparisons: int) -> bool:
        """Return whether a value is off by more than noise, if so many series are compared."""
        chance = ALARMS / (2 * max(comparisons, 1))
        error = math.sqrt(1 + _MEDIAN * self.inflation / len(self.values))
        factor = error * student_quantile(-NormalDist().inv_cdf(chance), self.freedom)
        furthest = float(np.max(self._away(value), initial=0.0))
        digits = _LAST_DIGITS * max(abs(self.level), abs(value))
        return abs(value - self.level) > max(factor * self.noise(value), furthest, digits)

    def on_node(self, effect: float, *, factor: bool) -> "Usual":
        """Return what is usual on a node that adds `effect` to the values, or multiplies them."""
        scale, offset = (effect, 0.0) if factor else (1.0, effect)
        return replace(
            self,
            level=self.level * scale + offset,
            sigma=self.sigma * abs(scale),
            values=self.values * scale + offset,
        )

    def _away(self, value: float) -> Floats:
        """Return how far the values on the same side of the level are from it."""
        side = math.copysign(1.0, value - self.level)
        away = side * (self.values - self.level)
        found: Floats = away[away > 0]
        return found


def usual(values: npt.ArrayLike, since: int = 0) -> Usual | None:
    """Return what is usual at the end of a series; None for fewer than `FEWEST` values.

    Parameters
    ----------
    values
        Shape (n,), in build order. NaN, infinite, and larger than 1e150 in size means not measured.
    since
        The place from which on people accepted the level: it begins there, or later.

    """
    series = np.asarray(values, dtype=np.float64).reshape(-1)
    changes = detect(series)
    if changes.measured < FEWEST:
        return None
    recent = _newest_level(series, changes, since)
    if not len(recent):
        return None
    correlation = changes.autocorrelation
    return Usual(
        float(np.median(recent)),
        _sigma(series, recent, changes),
        recent,
        max(1, changes.measured - 1 - len(changes.steps)),
        (1 + correlation) / (1 - correlation),
    )


def student_quantile(normal: float, freedom: int) -> float:
    """Return the quantile of Student's t for the quantile of the normal distribution (Wallace)."""
    scaled = normal * (8 * freedom + 3) / (8 * freedom + 1)
    return math.sqrt(freedom * math.expm1(min(scaled * scaled / freedom, 500.0)))


def _newest_level(series: Floats, changes: Changes, since: int) -> Floats:
    """Return the values of the level that the series has at its end, those measured."""
    begins = [step.index for step in changes.steps] + [drift.last for drift in changes.drifts]
    recent = series[max([since, *begins]) :]
    found: Floats = recent[measured(recent)]
    return found


def _sigma(series: Floats, recent: Floats, changes: Changes) -> float:
    """Return the noise about the newest level; that of the whole series for a short level.

    In a few dozen values autocorrelation is hardly known, and with it sigma of `detect`.
    """
    calm = recent[~np.isin(recent, series[list(changes.outliers)])]
    return float(np.std(calm, ddof=1)) if len(calm) >= _MANY else changes.sigma
