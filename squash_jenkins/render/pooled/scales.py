"""Choose the range of values that a plot spans, linear or logarithmic.

numpy is imported only when called.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOOKED_AT = 1_000_000
"""Number of evenly taken values that show where the bulk of them lies."""
_BULK = (0.05, 99.95)
"""Percentiles between which the bulk lies."""
_DECADES = 1.5
"""Positive values whose bulk spans more powers of ten than this are drawn on a log scale."""
_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Scale:
    """Span from `low` to `high`, in units of the values; `log` needs both above zero."""

    low: float
    high: float
    log: bool = False

    def places(self, values: "NDArray[Any]") -> "NDArray[Any]":
        """Return the places of values: 0 is `low`, 1 is `high`, as float64; NaN has no place."""
        import numpy as np

        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            wide = np.asarray(values, dtype=np.float64)
            if self.log:
                low, high = math.log10(self.low), math.log10(self.high)
                return np.asarray((np.log10(wide) - low) / (high - low))
            # Halves: the difference of the largest numbers is no number any more.
            return np.asarray((wide / 2 - self.low / 2) / (self.high / 2 - self.low / 2))


def scale_of(values: "NDArray[Any]", log: bool | None = None) -> Scale:
    """Return the scale that shows an array, whatever it holds.

    Far outliers are left outside, or one of them would press all others into one point; the
    caller reports the number of those outside.

    Parameters
    ----------
    values
        Floats of one dimension; NaN and infinities are passed over.
    log
        Wish for a log scale; it is only granted when every value is above zero. None: where
        the bulk of the values spans more than one and a half powers of ten.

    """
    import numpy as np

    step = max(1, len(values) // _LOOKED_AT)
    sample = np.asarray(values[::step], dtype=np.float64)
    sample = sample[np.isfinite(sample)]
    ends = _ends(values)
    if not sample.size or ends is None:
        return Scale(0.0, 1.0)
    positive = ends[0] > 0
    if log is None:
        low, high = np.percentile(sample, [1, 99])
        log = positive and math.log10(high / low) > _DECADES
    log = log and positive
    return _spanning(np.log10(sample) if log else sample, ends, log)


def _ends(values: "NDArray[Any]") -> tuple[float, float] | None:
    """Return the least and the largest finite value, without a copy where all are finite."""
    import numpy as np

    low, high = (float(values.min()), float(values.max())) if len(values) else (math.nan, math.nan)
    if not (math.isfinite(low) and math.isfinite(high)):
        finite = values[np.isfinite(values)]
        if not finite.size:
            return None
        low, high = float(finite.min()), float(finite.max())
    return low, high


def _spanning(sample: "NDArray[Any]", ends: tuple[float, float], log: bool) -> Scale:
    import numpy as np

    least, most = (math.log10(each) for each in ends) if log else ends
    low, high = (float(each) for each in np.percentile(sample, _BULK))
    room = (high / 2 - low / 2) * 2
    low, high = max(least, low - room), min(most, high + room)
    if not high > low:
        room = abs(low) * 0.05 or 1.0
        low, high = low - room, high + room
    else:
        room = (high / 2 - low / 2) * 2 * _MARGIN
        low, high = low - room, high + room
    return _powers(low, high) if log else Scale(_finite(low), _finite(high))


def _powers(low: float, high: float) -> Scale:
    return Scale(10.0 ** max(low, -307.0), 10.0 ** min(high, 308.0), log=True)


def _finite(value: float) -> float:
    """Return the value, or the largest one of its sign."""
    return math.copysign(min(abs(value), 1.7e308), value)
