"""Measure the noise of a series, unmoved by its steps, drifts and outliers, and tame outliers.

References
----------
von Neumann (1941), Distribution of the ratio of the mean square successive difference to the
variance: the noise from the differences of neighbours, which steps and drifts hardly touch.

Hampel (1974), The influence curve and its role in robust estimation: the median absolute
deviation as the first scale.

Tecuapetla-Gómez and Munk (2017), Autocovariance estimation in regression with a discontinuous
signal and m-dependent errors: a difference-based approach: autocorrelation from differences
over one and more builds.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.autocorrelation import (
    FEWEST,
    LAGS,
    LARGEST_AUTOCORRELATION,
    autocorrelation,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LARGEST = 1e150
"""Larger numbers are taken for marks of "not measured": no square of them can be computed."""

_QUANTILES = {0.5: 0.6745, 0.6: 0.8416, 0.7: 1.0364, 0.8: 1.2816, 0.9: 1.6449}
"""Quantiles of the absolute value of a standard normal variable."""
_KEPT = 3.5
_VARIANCE_KEPT = 0.9939  # of a standard normal variable that is cut off at ±_KEPT
_SUSPICIOUS = 0.15  # autocorrelation that is worth a closer look
_SMALLEST_RATIO = 3e-6  # of noise to spread; below it sums of squares lose their last digits


@dataclass(frozen=True, slots=True)
class Noise:
    """Hold the noise of a series.

    Attributes
    ----------
    sigma
        The standard deviation about the level, in the unit of the values; 0 where they repeat.
    autocorrelation
        How much of a deviation the next build inherits, 0 to 0.9 (first-order autoregression).
    centre
        The median.
    points
        How many points it was measured from.
    floor
        The smallest sigma that can be computed with, for a series without noise; 0 when constant.
    """

    sigma: float
    autocorrelation: float
    centre: float
    points: int
    floor: float

    @property
    def scale(self) -> float:
        """Return what deviations are divided by; 0 only where all values are equal."""
        return max(self.sigma, self.floor)

    @property
    def inflation(self) -> float:
        """Return how much more the mean of many points varies than without autocorrelation."""
        return (1 + self.autocorrelation) / (1 - self.autocorrelation)


def measured(values: Floats) -> Flags:
    """Mark the values that are numbers: finite, and not beyond `LARGEST`."""
    with np.errstate(invalid="ignore"):
        return np.abs(values) <= LARGEST


def estimate(values: Floats) -> Noise:
    """Return the noise of measured values in build order.

    Parameters
    ----------
    values
        Shape (n,), without gaps (see `measured`).
    """
    if len(values) < 2:
        return Noise(0.0, 0.0, float(values[0]) if len(values) else 0.0, len(values), 0.0)
    near = _spread(np.diff(values))
    correlation, variance = _memory(values, near)
    centre = float(np.median(values))
    sigma = near * math.sqrt(variance)
    return Noise(sigma, correlation, centre, len(values), _floor(values, centre))


def _memory(values: Floats, near: float) -> tuple[float, float]:
    """Return the autocorrelation, and the variance in units of that of differences (`near`)."""
    if near <= 0 or len(values) <= 3:
        return 0.0, 0.5
    correlation = (_spread(values[2:] - values[:-2]) / near) ** 2 - 1
    if correlation > _SUSPICIOUS and len(values) >= FEWEST:
        spreads = np.array([_spread(values[lag:] - values[:-lag]) for lag in LAGS])
        return autocorrelation((spreads / near) ** 2)
    correlation = min(max(correlation, 0.0), LARGEST_AUTOCORRELATION)
    return correlation, 1 / (2 * (1 - correlation))


def calm(values: Floats, noise: Noise, width: float) -> Floats:
    """Return the values with outliers pulled to `width` sigma from the running median of five.

    At both ends the window stays full and the outermost three points share it: three builds on
    a new level are a majority of it and keep their values, one or two outliers do not.

    References
    ----------
    Dixon (1960), Simplified estimation from censored normal samples (winsorising).
    Fearnhead and Rigaill (2019), Changepoint detection in the presence of outliers.
    """
    if len(values) < 5:
        return values
    middle = running_median(values)
    reach = width * noise.sigma
    calmed: Floats = np.minimum(np.maximum(values, middle - reach), middle + reach)
    return calmed


def _spread(differences: Floats) -> float:
    """Return the standard deviation of differences, those by steps and outliers left out."""
    sizes = np.abs(differences)
    scale = _first_scale(sizes)
    for _ in range(2):
        if scale <= 0:
            return 0.0
        kept = sizes[sizes <= _KEPT * scale] / scale
        scale *= math.sqrt(float(np.mean(kept * kept)) / _VARIANCE_KEPT)
    return scale


def _first_scale(sizes: Floats) -> float:
    """Return a scale from the median; from a higher quantile where most values repeat."""
    for share, quantile in _QUANTILES.items():
        place = int(share * len(sizes))
        value = float(np.partition(sizes, place)[place])
        if value > 0:
            return value / quantile
    return 0.0


def _floor(values: Floats, centre: float) -> float:
    """Return the least scale: from levels that last, from outliers where there is no such."""
    away = np.abs(values - centre)
    spread = float(np.max(np.abs(running_median(values) - centre))) or float(np.max(away))
    return max(_SMALLEST_RATIO * spread, 8 * math.ulp(centre)) if spread > 0 else 0.0


def running_median(values: Floats) -> Floats:
    """Return the medians of five neighbours each, which keep the edges of steps."""
    if len(values) < 5:
        return values
    middle = np.empty_like(values)
    middle[2:-2] = _median_of_five(*(values[each : len(values) - 4 + each] for each in range(5)))
    middle[:2], middle[-2:] = middle[2], middle[-3]
    return middle


def _median_of_five(a: Floats, b: Floats, c: Floats, d: Floats, e: Floats) -> Floats:
    """Return the medians of five arrays by exchanges, ten times as fast as sorting."""
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    middle: Floats = np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e))
    return middle
