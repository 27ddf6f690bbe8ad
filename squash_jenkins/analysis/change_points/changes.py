"""Hold what was found in a series: steps, drifts, outliers and the noise they stand against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Say how much it takes to call something a change.

    Attributes
    ----------
    alarms
        About how many false steps a series of white noise may give; the penalty follows from it.
        It weighs false alarms against late ones: with 0.005 about 2 in 100 steps of four sigma are
        not yet seen in their third build, with 0.001 it is 5, with 0.0002 it is 7. In 1000 series
        of 300 builds that raises 8, 3 or no alarms by outliers alone. Much autocorrelation raises
        more, as it looks like steps: 5 in 100 series at 0.8, 13 at 0.9 (with 0.001).
    width
        Outliers are pulled in to so many sigma from the running median before steps are sought.
    confidence
        How probable it is that a step lies between its first and last possible build.
    """

    alarms: float = 0.001
    width: float = 3.0
    confidence: float = 0.95


@dataclass(frozen=True)
class Change:
    """Hold what steps and drifts have in common.

    Attributes
    ----------
    index
        The first value of the new level (step), or the last before the level moves (drift);
        counted in the values as given, those not measured included.
    first, last
        For a step the first and last value where it may have come, with values that were not
        measured between; for a drift its first and last value.
    before, after
        The levels, in the unit of the values.
    sigma
        The noise.
    autocorrelation
        How much of a deviation the next build inherits; allowed for in `p_value`.
    points_before, points_after
        How many measured values the levels before and after are computed from.
    strength
        How many standard errors the change is large.
    p_value
        An upper bound (Bonferroni, over all places) for a change as strong from noise alone.
    """

    index: int
    first: int
    last: int
    before: float
    after: float
    sigma: float
    autocorrelation: float
    points_before: int
    points_after: int
    strength: float
    p_value: float

    @property
    def effect(self) -> float:
        """Return the difference of the levels, in the unit of the values."""
        return self.after - self.before

    @property
    def percent(self) -> float | None:
        """Return the effect in percent of the level before, None where that is 0."""
        return 100 * self.effect / abs(self.before) if self.before else None

    @property
    def noise_multiples(self) -> float | None:
        """Return the effect in units of sigma, None where there is no noise."""
        return self.effect / self.sigma if self.sigma else None


@dataclass(frozen=True)
class Step(Change):
    """Hold a lasting change of level from one build to the next."""


@dataclass(frozen=True)
class Drift(Change):
    """Hold a level that moves evenly over many builds, from `first` to `last`."""

    @property
    def slope(self) -> float:
        """Return by how much a value differs from the one before, in the unit of the values."""
        return self.effect / max(self.last - self.first, 1)


@dataclass(frozen=True)
class NoiseChange(Change):
    """Hold where a series became noisier or calmer, or began or ceased to alternate.

    Attributes
    ----------
    before, after
        The standard deviations about the level, in the unit of the values.
    levels_before, levels_after
        The levels that values alternated between, the lowest first, one where they did not;
        empty where only the noise changed.
    """

    levels_before: tuple[float, ...] = ()
    levels_after: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class NoisePeriod:
    """Hold the noise of a part of a series.

    Attributes
    ----------
    first
        Its first value; counted in the values as given.
    points
        How many measured values it has.
    sigma, autocorrelation
        Its noise.
    modes
        What the levels that values alternate between add to the commonest; none for one level.
    factors
        Whether `modes` multiply the level.
    """

    first: int
    points: int
    sigma: float
    autocorrelation: float
    modes: tuple[float, ...] = ()
    factors: bool = False


@dataclass(frozen=True)
class Changes:
    """Hold what was found in one series; indices count the values as given.

    Attributes
    ----------
    steps, drifts
        In order.
    outliers
        Single values far from the level of their neighbours; the first two builds of a new
        level are among them, until the third shows that it lasts.
    noise_changes
        Where the noise changed, in order.
    periods
        The parts of one noise, in order.
    sigma, autocorrelation
        The noise about the level, 0 where values repeat exactly; that of the last period.
    measured
        How many of the values were measured: finite, and not beyond 1e150.
    """

    steps: tuple[Step, ...] = ()
    drifts: tuple[Drift, ...] = ()
    outliers: tuple[int, ...] = ()
    noise_changes: tuple[NoiseChange, ...] = ()
    periods: tuple[NoisePeriod, ...] = ()
    sigma: float = 0.0
    autocorrelation: float = 0.0
    measured: int = 0
