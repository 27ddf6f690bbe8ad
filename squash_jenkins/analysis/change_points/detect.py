"""Detect what changed in a series of measurements: steps, drifts and outliers, against its noise.

::

    changes = detect(values)            # in build order; NaN where nothing was measured
    for step in changes.steps:
        print(step.index, step.before, step.after, step.p_value)

A series that alternates between levels, as on two kinds of machines, is first put on its
commonest one (`modes`), and divided where its noise changes (`noise_periods`). In each part the
noise is measured from differences of neighbours (`noise`), outliers are pulled in to three
sigma from a running median, and the values are cut where that pays for a penalty
(`segmentation`, `period`). The penalty is the square of the normal quantile that allows
`Settings.alarms` false alarms in all places together, times what autocorrelation adds to the
variance of means (`Noise.inflation`). Segments that a ramp fits better than a staircase are drifts
(`ramp`, `drifts`); steps within them are recognised by their edges. A step beside values that
spread more than the noise must stand out against their spread, too (`second_look`); where the
noise changes, against both noises (`boundary`). A step is reported from its third build on.

Noise and penalty come from the first `basis` points, at least 15 of every 16 (from all where
these are all equal, or the rest is a million times further away): a few more builds leave them,
and with them what was found before, as they were.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.boundary import step_between
from squash_jenkins.analysis.change_points.changes import Changes, NoisePeriod, Settings, Step
from squash_jenkins.analysis.change_points.modes import Modes, find_modes
from squash_jenkins.analysis.change_points.noise import Floats, Noise, measured
from squash_jenkins.analysis.change_points.noise_changes import noise_changes
from squash_jenkins.analysis.change_points.noise_periods import noise_periods
from squash_jenkins.analysis.change_points.period import Period, quantile
from squash_jenkins.analysis.change_points.segmentation import Positions

_USUAL = Settings()


def detect(values: npt.ArrayLike, settings: Settings = _USUAL) -> Changes:
    """Return the steps, drifts and outliers of one series.

    Parameters
    ----------
    values
        Shape (n,), in build order, any unit. NaN, infinite, and larger than 1e150 in size
        means not measured.
    """
    series = np.asarray(values, dtype=np.float64).reshape(-1)
    where = np.flatnonzero(measured(series))
    if len(where) == 0:
        return Changes()
    periods, modes = _periods(series[where], where, settings)
    found = _joined([each.changes for each in periods], _between(periods, settings))
    noises = tuple(map(_noise_period, periods))
    return replace(found, noise_changes=noise_changes(periods, modes), periods=noises)


def noise(values: npt.ArrayLike) -> Noise:
    """Return the noise of the last values, as `detect` measures it without looking for changes."""
    series = np.asarray(values, dtype=np.float64).reshape(-1)
    where = np.flatnonzero(measured(series))
    return _periods(series[where], where, _USUAL)[0][-1].noise


def _periods(
    raw: Floats, where: Positions, settings: Settings
) -> tuple[list[Period], Modes | None]:
    """Divide values without gaps; return the modes of all of them, too.

    `where` are their places in the series. Where all of them have no modes in common, each
    period may have its own.
    """
    modes = find_modes(raw)
    even = raw if modes is None else modes.without(raw)
    periods = []
    for first, end in noise_periods(even):
        part = even[first:end]
        own = find_modes(part) if modes is None else None
        part = part if own is None else own.without(part)
        taken = own if modes is None else modes.part(first, end)
        periods.append(Period(part, where[first:end], settings, taken))
    return periods, modes


def _noise_period(period: Period) -> NoisePeriod:
    """Return the noise of a period, with the modes taken out of it."""
    modes, noise = period.modes, period.noise
    return NoisePeriod(
        int(period.where[0]),
        len(period.values),
        noise.sigma,
        noise.autocorrelation,
        () if modes is None else tuple(modes.offsets.tolist()),
        modes is not None and modes.factors,
    )


def _between(periods: Sequence[Period], settings: Settings) -> list[Step]:
    """Return the steps that come with another noise."""
    limit = quantile(settings.alarms, sum(len(each.values) for each in periods))
    steps = [step_between(before, after, limit) for before, after in pairwise(periods)]
    return [step for step in steps if step is not None]


def _joined(parts: Sequence[Changes], between: Sequence[Step]) -> Changes:
    """Return the changes of all periods; the noise is that of the last one."""
    if len(parts) == 1:
        return parts[0]
    steps = [step for part in parts for step in part.steps]
    return replace(
        parts[-1],
        steps=tuple(sorted([*steps, *between], key=lambda step: step.index)),
        drifts=tuple(drift for part in parts for drift in part.drifts),
        outliers=tuple(place for part in parts for place in part.outliers),
        measured=sum(part.measured for part in parts),
    )
