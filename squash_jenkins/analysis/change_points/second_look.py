"""Look again at a step with the spread that the values beside it have themselves.

The noise of a series is that of most of its builds. Where a few builds are noisier, as at the
start of a noisy time, three of them may lie on one side by chance. So a step between segments
that spread more than the noise must also stand out against their own spread.

References
----------
Welch (1947), The generalization of "Student's" problem when several different population
variances are involved.

Wilson and Hilferty (1931), The distribution of chi-square, and Wallace (1959), Bounds on normal
approximations to Student's and the chi-square distributions: both as normal quantiles.
"""

import math

import numpy as np

from squash_jenkins.analysis.change_points.noise import Floats, Noise

_LARGER = 3.0  # normal quantile from which a spread is larger than the noise
_CERTAIN = 4.0  # normal quantile that such a step must reach
_TRIMMED = 10  # of so many values one is left out as an outlier, from five values on
_SLOPED = 6  # values whose slope is taken out of their spread


def holds(before: Floats, after: Floats, noise: Noise) -> bool:
    """Return whether a step stands out against the spread of the values on both sides.

    Parameters
    ----------
    before, after
        The values between this step and its neighbours, in units of the noise.
    """
    variances, freedoms = zip(_own_spread(before), _own_spread(after), strict=True)
    if not any(freedoms):
        return True
    parts = [variances[0] / len(before), variances[1] / len(after)]
    error = math.sqrt(sum(parts) * noise.inflation)
    student = abs(float(np.median(after) - np.median(before))) / error
    doubt = sum(part * part / free for part, free in zip(parts, freedoms, strict=True) if free)
    return _as_normal(student, sum(parts) ** 2 / doubt) >= _CERTAIN


def _own_spread(values: Floats) -> tuple[float, int]:
    """Return the variance and its degrees of freedom; 1 and 0 where it is that of the noise."""
    deviations = np.sort(np.abs(_level(values)))
    if len(values) >= 5:
        deviations = deviations[: -math.ceil(len(values) / _TRIMMED)]
    freedom = max(len(deviations) - 1, 1)
    variance = float(deviations @ deviations) / freedom
    width = 2 / (9 * freedom)
    larger = (variance ** (1 / 3) - (1 - width)) / math.sqrt(width) > _LARGER
    return (variance, freedom) if larger else (1.0, 0)


def _level(values: Floats) -> Floats:
    """Return the values about their median, without their slope where these are many."""
    if len(values) >= _SLOPED:
        time = np.arange(len(values)) - (len(values) - 1) / 2
        values = values - time * float(time @ values) / float(time @ time)
    level: Floats = values - np.median(values)
    return level


def _as_normal(student: float, freedom: float) -> float:
    """Return the normal quantile that is as improbable as one of Student's distribution."""
    factor = math.sqrt((8 * freedom + 1) / (8 * freedom + 3))
    return factor * math.sqrt(freedom * math.log1p(student * student / freedom))
