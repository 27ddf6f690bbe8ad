"""Recognise a series that alternates between levels, and take these out of it.

Builds that run on two kinds of machines measure two levels in turn. Differences of neighbours show
it: jumps of one size keep recurring, up about as often as down, with few jumps of other sizes near
it. A lasting change jumps once. Each value is then given the mode that leaves the least movement,
and its offset is taken out, so that the series stays on the level of its commonest mode and a
lasting change stays what it is.

References
----------
Viterbi (1967), Error bounds for convolutional codes and an asymptotically optimum decoding
algorithm: the most probable sequence of modes.

McLachlan and Peel (2000), Finite mixture models: a level for each component, one noise.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.noise import Floats

_FEWEST = 20  # points; fewer do not show that a level recurs
_JUMPS, _SHARE = 6, 0.04  # so many jumps of one size, and this part of all differences
_WIDTH = 4.0  # standard deviations of differences that jumps of one size differ by
_APART = 6.4  # standard deviations of differences between modes
_TIGHT, _AROUND = 0.7, 0.25  # of the jumps: at least in the middle half, at most beside them
_ROUNDS = 2  # sizes of jumps that are looked for: up to four modes
_SWITCH = 2.0  # the cost of another mode, in units of half the squared deviation
_RARE = 0.02  # a mode of fewer values is not named
_LOWER_QUARTER = 0.3186  # of the absolute value of a standard normal variable
_KEPT, _VARIANCE_KEPT = 3.0, 0.9733  # differences up to so far, and the variance left of a normal

_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Modes:
    """Hold the levels that a series alternates between.

    Attributes
    ----------
    offsets
        Shape (modes,), what each mode adds to the level, 0 for the commonest; in natural
        logarithms where `factors` is set.
    mode_of
        Shape (n,), the mode of each value.
    factors
        Whether modes multiply the level: so where all values have one sign.
    """

    offsets: Floats
    mode_of: _Places
    factors: bool

    def without(self, values: Floats) -> Floats:
        """Return the values on the level of the commonest mode."""
        offsets = self.offsets[self.mode_of]
        return values / np.exp(offsets) if self.factors else values - offsets

    def part(self, first: int, end: int) -> "Modes":
        """Return the modes of the values from `first` to before `end`."""
        return Modes(self.offsets, self.mode_of[first:end], self.factors)

    def added(self, even: Floats) -> Floats:
        """Return what the modes add to values on the level of the commonest one."""
        offsets = self.offsets[self.mode_of]
        return even * np.expm1(offsets) if self.factors else offsets

    def levels(self, level: float, first: int, end: int) -> tuple[float, ...]:
        """Return the levels of the modes from `first` to before `end`, the lowest first.

        `level` is that of the commonest mode. Modes with fewer than one in fifty of the values
        are left out.
        """
        counts = np.bincount(self.mode_of[first:end], minlength=len(self.offsets))
        offsets = self.offsets[counts > _RARE * (end - first)]
        found: Floats = level * np.exp(offsets) if self.factors else level + offsets
        return tuple(sorted(found.tolist()))


def find_modes(values: Floats) -> Modes | None:
    """Return the modes of a series, None where it does not alternate.

    Parameters
    ----------
    values
        Shape (n,), in build order, without gaps.
    """
    if len(values) < _FEWEST:
        return None
    factors = bool(values.min() > 0 or values.max() < 0)
    scaled = np.log(np.abs(values)) if factors else values
    offsets, mode_of = np.zeros(1), np.zeros(len(values), dtype=np.int64)
    for _ in range(_ROUNDS):
        differences = np.diff(scaled - offsets[mode_of])
        spread = _small_spread(differences)
        size = _recurring_jump(differences, spread) if spread > 0 else None
        if size is None:
            break
        offsets = np.concatenate((offsets, offsets + size))
        mode_of = _most_even(scaled, offsets, spread)
    if len(offsets) == 1:
        return None
    commonest = int(np.bincount(mode_of).argmax())
    return Modes(offsets - offsets[commonest], mode_of, factors)


def _small_spread(differences: Floats) -> float:
    """Return the standard deviation of the small differences: those within one mode."""
    sizes = np.abs(differences)
    scale = float(np.quantile(sizes, 0.25)) / _LOWER_QUARTER
    for _ in range(3):
        if scale <= 0:
            return 0.0
        kept = sizes[sizes <= _KEPT * scale] / scale
        scale *= float(np.sqrt(np.mean(kept * kept) / _VARIANCE_KEPT))
    return scale


def _recurring_jump(differences: Floats, spread: float) -> float | None:
    """Return the size of jumps that recur, None where none does."""
    sizes, reach = np.abs(differences), _WIDTH * spread
    fewest = max(_JUMPS, _SHARE * (len(differences) + 1))
    large = np.sort(sizes[sizes > 1.25 * reach])
    if len(large) < fewest:
        return None
    first = large.searchsorted(large - reach)
    last = large.searchsorted(large + reach, side="right")
    most = int((last - first).argmax())
    size = float(np.median(large[first[most] : last[most]]))
    off = np.abs(sizes - size)
    jumps = off <= reach
    count = int(jumps.sum())
    alike = count >= fewest and int((off <= reach / 2).sum()) >= _TIGHT * count
    beside = int(((off > reach) & (off <= 2 * reach) & (sizes > reach)).sum())
    if not alike or size < _APART * spread or beside > _AROUND * count:
        return None
    return size if _in_turn(differences[jumps]) else None


def _in_turn(jumps: Floats) -> bool:
    """Return whether jumps go up about as often as down."""
    up = int((jumps > 0).sum())
    return abs(2 * up - len(jumps)) <= 2 + 2 * math.sqrt(len(jumps))


def _most_even(scaled: Floats, offsets: Floats, spread: float) -> _Places:
    """Return the mode of each value by which the series without them moves least.

    The costs of jumps grow slowly, so that a lasting change is paid once.
    """
    rest = scaled[:, np.newaxis] - offsets
    jumps = (rest[1:, np.newaxis, :] - rest[:-1, :, np.newaxis]) / spread
    costs = 4 * np.log1p(jumps * jumps / 8) + _SWITCH * (1 - np.eye(len(offsets)))
    so_far = np.zeros(len(offsets))
    came_from = np.zeros((len(scaled), len(offsets)), dtype=np.int64)
    for place, cost in enumerate(costs, start=1):
        total = so_far[:, np.newaxis] + cost
        came_from[place] = total.argmin(axis=0)
        so_far = total.min(axis=0)
    mode_of = np.zeros(len(scaled), dtype=np.int64)
    mode_of[-1] = so_far.argmin()
    for place in range(len(scaled) - 1, 0, -1):
        mode_of[place - 1] = came_from[place, mode_of[place]]
    return mode_of
