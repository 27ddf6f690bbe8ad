"""Describe every series of a job by its newest value: what the Overview and the tables show.

A row is computed from the newest `WINDOW` builds of its job and kept from run to run, so that a
new build costs the rows of its own job only.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from squash_jenkins.analysis.series.direction import at_place, limits_better
from squash_jenkins.analysis.specifications.applicable import severity
from squash_jenkins.models import SeriesId, SeriesInUnit
from squash_jenkins.models.metric_rules import Direction
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.measured import Block
from squash_jenkins.render.site.noise import noise_by_series
from squash_jenkins.render.site.site import Site
from squash_jenkins.store.block_arrays import BLOCK
from squash_jenkins.text.quantities import quantity_text
from squash_jenkins.verification.blocks import SeriesBlock
from squash_jenkins.verification.measurements import Line, tone_of, word_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 2 * BLOCK
"""Newest builds of a job that are searched for its series."""
PAST = 30
"""Builds before the newest value that say what is usual, and that a spark line shows."""
FAR = 4.0
"""So many times the noise a value is away from the usual one when pages point it out."""
_FEWEST = 5
"""Measured builds that it takes to know what is usual."""
MISSES = "misses"


class Missed(NamedTuple):
    """Since which build (key) a series misses its loosest level, and in how many measured builds.

    `whole`: no build before is known that met it.
    """

    build: int
    builds: int
    whole: bool


class SeriesRow(NamedTuple):
    """Hold the newest measurement of a series and what it is compared with.

    `build` is the key of the newest build that reports the series, `value` is None where it was
    not measured there. `limits` are level, number and label of each limit. `usual` is the median
    of the values before, `noise` the noise of the series; None where too few are known. `better`
    says which values are better: higher, lower or none; None where that is not known. `past` are
    the values of the last builds up to that one, None for none.
    """

    dataset: str
    filter: str
    metric: str
    level: str
    unit: str
    build: int
    value: float | None
    status: str
    limits: Sequence[Sequence[str | float]]
    usual: float | None
    noise: float | None
    better: str | None
    missed: Missed | None
    past: Sequence[float | None]

    @property
    def series(self) -> SeriesId:
        """Return the name of the series."""
        return SeriesId(self.dataset, self.filter, self.metric, self.level)

    def name(self, short: Mapping[str, str]) -> str:
        """Return metric and level, such as ``AF1 design``."""
        return f"{short.get(self.metric, self.metric)} {self.level}".rstrip()

    @property
    def text(self) -> str:
        """Return the value with its unit, with the digits that distinguish it from its limits."""
        limits = (float(limit) for _, limit, _ in self.limits)
        return quantity_text(self.value, self.unit, limits, self.noise)

    @property
    def tone(self) -> str:
        """Return the role of the colour that stands for the status."""
        return tone_of(self.status, self.level)

    @property
    def word(self) -> str:
        """Return the status in the words that pages use."""
        return word_of(self.status, self.level)

    @property
    def severity(self) -> int:
        """Rank the status: 0 is the worst."""
        return severity(self.status)

    @property
    def times(self) -> float | None:
        """Return the distance from the usual value in units of the noise; None for unknown."""
        if self.value is None or self.usual is None or not self.noise:
            return None
        return (self.value - self.usual) / self.noise

    @property
    def trend(self) -> str:
        """Return worse or better where the value is far from the usual one, else nothing."""
        way = Direction(self.better).sign * (self.times or 0.0)
        return "" if abs(way) < FAR else "better" if way > 0 else "worse"


def rows_of(site: Site, job: JobLine) -> list[SeriesRow]:
    """Return a row for each series that a job measured in its newest builds, sorted by metric."""
    builds = site.builds(job)[-WINDOW:]
    if not builds:
        return []
    states = [[number, *state] for number, state in site.measured.blocks(job).items()]
    found = site.remembered(
        f"rows/{site.title_of(job)}", builds, lambda: _rows(site, job, builds), states
    )
    return [_row_again(site, each) for each in found]


def _row_again(site: Site, kept: Sequence[object]) -> SeriesRow:
    """Return a row from what memory has of it: lists where there were tuples.

    Rules change without the builds, so memory has what the limits say of the direction.
    """
    row = SeriesRow(*kept)  # type: ignore[arg-type] # as `_rows` made them
    missed = None if row.missed is None else Missed(*row.missed)
    direction = at_place(site.direction(row.metric), row.better)
    return row._replace(missed=missed, better=direction.better)


def _rows(site: Site, job: JobLine, builds: Sequence[BuildLine]) -> list[SeriesRow]:
    numbers = sorted({build.number // BLOCK for build in builds})
    blocks = [site.measured.block(job, number) for number in numbers]
    measured = [
        number for number, block in zip(numbers, blocks, strict=True) if block.measured.names
    ]
    noise = noise_by_series(site, job, measured[-1]) if measured else {}
    names = {name for block in blocks for name in block.measured.names}
    found: dict[SeriesId, SeriesRow] = {}
    places = {build.key: at for at, build in enumerate(builds)}
    for name in sorted(names, key=lambda each: each.by_metric):
        row = _row(site, name, blocks, builds, noise.get(name))
        known = row and found.get(row.series)
        if row and (known is None or places[row.build] > places[known.build]):
            found[row.series] = row
    return list(found.values())


def _row(
    site: Site,
    name: SeriesInUnit,
    blocks: Sequence[Block],
    builds: Sequence[BuildLine],
    noise: float | None,
) -> SeriesRow | None:
    history = _History(name, blocks, builds)
    latest = history.latest
    if latest is None:
        return None
    lines = history.lines
    return SeriesRow(
        *name.id.by_dataset[:2],
        name.id.metric,
        name.id.level,
        name.unit or "",
        builds[latest].key,
        history.value(latest),
        history.statuses[latest] or "",
        [[line.level, line.limit, line.label] for line in lines],
        history.usual,
        noise,
        limits_better(line.operator for line in lines if line.level == lines[0].level),
        history.missed,
        [_short(history.value(at)) for at in range(max(0, latest - PAST), latest + 1)],
    )


def _short(value: float | None) -> float | None:
    """Return a value with the digits that a drawing shows."""
    return None if value is None else float(f"{value:.5g}")


class _History:
    """Hold what some builds measured of a series."""

    def __init__(
        self, name: SeriesInUnit, blocks: Sequence[Block], builds: Sequence[BuildLine]
    ) -> None:
        import numpy as np

        self._builds, self._name = builds, name
        self.values: NDArray[np.float64] = np.full(len(builds), np.nan)
        self.statuses: list[str | None] = [None] * len(builds)
        first = builds[0].position
        parts = ((block, block.measured.exactly(name)) for block in blocks)
        self._parts = [(block, part) for block, part in parts if part is not None]
        for block, part in self._parts:
            for build, place in ((each, block.places[each.key]) for each in block.builds):
                at = build.position - first
                if 0 <= at < len(builds) and part.codes[place] >= 0:
                    self.values[at] = part.values[place]
                    self.statuses[at] = part.words[int(part.codes[place])]
        reported = [at for at, status in enumerate(self.statuses) if status is not None]
        self.latest = reported[-1] if reported else None

    def value(self, at: int) -> float | None:
        value = float(self.values[at])
        return None if value != value else value

    @property
    def lines(self) -> Sequence[Line]:
        """The limits that apply to the newest measurement."""
        assert self.latest is not None  # noqa: S101 - asked for where one is
        key = self._builds[self.latest].key
        block, part = next(pair for pair in self._parts if key in pair[0].places)
        return _limits_at(part, block.places[key])

    @property
    def usual(self) -> float | None:
        """The median of the measured values among the `PAST` builds before the newest."""
        import numpy as np

        latest = self.latest or 0
        before = self.values[max(0, latest - PAST) : latest]
        known = before[~np.isnan(before)]
        return float(np.median(known)) if len(known) >= _FEWEST else None

    @property
    def missed(self) -> Missed | None:
        """Where the current run of builds that miss the loosest level begins; None for none."""
        first, count = self.latest, 0
        for at in reversed(range((self.latest or 0) + 1)):
            status = self.statuses[at]
            if status is None or self.value(at) is None:
                continue
            if tone_of(status, self._name.id.level) != MISSES:
                return Missed(self._builds[first or 0].key, count, whole=False) if count else None
            first, count = at, count + 1
        return Missed(self._builds[first or 0].key, count, whole=True) if count else None


def _limits_at(part: SeriesBlock, place: int) -> Sequence[Line]:
    return next((lines for start, lines in reversed(part.limits) if start <= place), ())


def by_series(rows: Sequence[SeriesRow]) -> Mapping[SeriesId, SeriesRow]:
    """Return the rows by the names of their series."""
    return {row.series: row for row in rows}
