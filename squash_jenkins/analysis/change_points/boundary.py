"""Return whether the level changed where the noise did.

References
----------
Welch (1947), The generalization of "Student's" problem when several different population
variances are involved: two levels, each with its own noise.
"""

import math

import numpy as np

from squash_jenkins.analysis.change_points.changes import Step
from squash_jenkins.analysis.change_points.noise import Floats
from squash_jenkins.analysis.change_points.period import Period

_BEYOND = 1.0  # quantiles more than elsewhere: the place was chosen by the values
_WIDTH = 3.0
_DEVIATION = 1.4826  # of a normal variable in units of its median absolute deviation


def step_between(before: Period, after: Period, limit: float) -> Step | None:
    """Return the step from one noise to the next, None where it is within their errors."""
    left, right = _winsorised(before.last), _winsorised(after.first)
    error = math.hypot(_error(left, before), _error(right, after))
    rise = float(right.mean() - left.mean())
    strength = abs(rise) / error if error > 0 else math.inf if rise else 0.0
    if strength <= limit + _BEYOND:
        return None
    points = len(before.values) + len(after.values)
    index = int(after.where[0])
    louder = max(before.noise, after.noise, key=lambda noise: noise.sigma)
    return Step(
        index=index,
        first=int(before.where[-1]) + 1,
        last=index,
        before=float(left.mean()),
        after=float(right.mean()),
        sigma=louder.sigma,
        autocorrelation=louder.autocorrelation,
        points_before=len(left),
        points_after=len(right),
        strength=strength,
        p_value=min(1.0, points * math.erfc(strength / math.sqrt(2))),
    )


def _winsorised(values: Floats) -> Floats:
    """Return the values with outliers pulled in to three deviations from the median."""
    middle = np.median(values)
    reach = _WIDTH * _DEVIATION * float(np.median(np.abs(values - middle)))
    return np.clip(values, middle - reach, middle + reach) if reach > 0 else values


def _error(values: Floats, period: Period) -> float:
    """Return the standard error of the mean of some values of a period."""
    spread = max(float(values.std(ddof=1)), period.noise.sigma)
    return spread * math.sqrt(period.noise.inflation / len(values))
