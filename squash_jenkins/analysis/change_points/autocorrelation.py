"""Estimate how much a value inherits from the one before, and tell memory from waves.

The spread of differences over two, three and more builds grows for a series with memory, as its
values part slowly; for a wave, such as that of weekdays, it falls again towards the next period.

References
----------
Tecuapetla-Gómez and Munk (2017), Autocovariance estimation in regression with a discontinuous
signal and m-dependent errors: a difference-based approach.
"""

import numpy as np
import numpy.typing as npt

FEWEST = 64
"""Points that differences over many builds need."""
LAGS = np.arange(1, 16)
"""Builds that the differences reach over."""
LARGEST_AUTOCORRELATION = 0.9

_FITTED = np.array([2, 3, 4, 6, 8])
_WEIGHTS = np.array([1.0, 1.0, 1.0, 0.7, 0.5])
_GRID = np.linspace(0, LARGEST_AUTOCORRELATION, 91)
_MODEL = np.log(
    np.array([[sum(phi**power for power in range(lag)) for lag in _FITTED] for phi in _GRID])
)  # (1 - phi^lag) / (1 - phi)
_FALLS = 0.5  # to this part of its largest value the variance of differences falls in a wave
_TINY = 1e-3


def autocorrelation(variances: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the first-order autocorrelation and the variance of a series.

    Parameters
    ----------
    variances
        Shape (15,), the variances of differences over `LAGS` in units of the first.

    Returns
    -------
    tuple
        The autocorrelation, 0 to 0.9, and the variance in the same units.
    """
    top = int(variances.argmax())
    if variances[top:].min() < _FALLS * variances[top]:
        period = top + int(variances[top:].argmin()) + 1
        variance = float(variances[:period].mean()) / 2
        return min(max(1 - 1 / (2 * variance), 0.0), LARGEST_AUTOCORRELATION), variance
    logs = np.log(np.maximum(variances[_FITTED - 1], _TINY))
    phi = float(_GRID[(_WEIGHTS * (_MODEL - logs) ** 2).sum(axis=1).argmin()])
    return phi, 1 / (2 * (1 - phi))
