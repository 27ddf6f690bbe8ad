"""Read what is stored of jobs and builds, with the places of their pages."""

from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from squash_jenkins.analysis.code_changes import PackageChange, changes
from squash_jenkins.models import Change, Metric, Package
from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.lines import BuildLine, JobLine, build_lines, job_line
from squash_jenkins.store.read.block_arrays import BLOCK, Pack, SeriesName
from squash_jenkins.store.read.blocks import BlockState
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.read.rows import BuildRow, RejectedRow, ReportRow
from squash_jenkins.verification.blocks import Blocks, JudgedPack, SeriesBlock
from squash_jenkins.verification.measurements import Judged, SeriesKey

HISTORY = 30
"""So many builds before a build are looked at for what it is compared with."""
_ROWS = 1024
"""Builds whose measurements are kept as objects."""
_KEPT_BLOCKS = 70
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Block:
    """Hold the builds of a block in order, and what they measured in that order."""

    builds: Sequence[BuildLine]
    measured: JudgedPack
    places: Mapping[int, int]
    """Where each build stands, by its key."""

    @cached_property
    def series(self) -> Sequence[SeriesBlock]:
        """Every series, sorted by name."""
        return self.measured.all

    def judged(self, build: BuildLine) -> list[Judged]:
        """Return the measurements of a build with their verdicts, sorted by series."""
        told = (each.judged(self.places[build.key], build.key) for each in self.series)
        return sorted((each for each in told if each is not None), key=lambda each: each.series)

    def statuses(self, build: BuildLine) -> list[str]:
        """Return the status of each measurement of a build."""
        place = self.places[build.key]
        codes = ((each.words, int(each.codes[place])) for each in self.series)
        return [words[code] for words, code in codes if code >= 0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Hold the series of a job, sorted, and the number of its measurements."""

    series: Sequence[SeriesName]
    measurements: int


class Stored:
    """Answer what is stored; everything is of one moment of the store.

    Parameters
    ----------
    reader
        An open reader of the store.
    links
        The maker of paths.
    memory
        What `remembered` kept from earlier runs; is changed.

    """

    def __init__(self, reader: Reader, links: Links, memory: MutableMapping[str, Any]) -> None:
        self._reader = reader
        self._memory = memory
        self._judging = Blocks(reader)
        self._details: dict[int, BuildRow] = {}
        self._reports: dict[int, list[ReportRow]] = {}
        self._commits: dict[int, list[Change]] = {}
        self._rejected: dict[int, list[RejectedRow]] = {}
        self._states: dict[int, dict[int, BlockState]] = {}
        self._blocks: dict[tuple[int, int], Block] = {}
        self._catalogues: dict[int, Catalogue] = {}
        self._builds: dict[int, list[BuildLine]] = {}
        self._by_key: dict[int, dict[int, BuildLine]] = {}
        self._judged: dict[int, list[Judged]] = {}
        self._packages: dict[int, Mapping[str, Package] | None] = {}
        self.links = links

    @cached_property
    def jobs(self) -> list[JobLine]:
        """Every job, sorted by controller and name."""
        return [job_line(row, self.links) for row in self._reader.jobs()]

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of rows by table of the store: job, build, dataset, measurement, metric."""
        return {
            **self._reader.counts(("dataset", "metric")),
            "job": len(self.jobs),
            "build": sum(len(self.builds(job)) for job in self.jobs),
            "measurement": sum(self.catalogue(job).measurements for job in self.jobs),
        }

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric by name."""
        return self._reader.metrics()

    def builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds of a job in order."""
        if job.key not in self._builds:
            self._builds[job.key] = build_lines(job, self._reader.outline(job.key))
        return self._builds[job.key]

    def by_key(self, job: JobLine) -> dict[int, BuildLine]:
        """Return the builds of a job by their key."""
        if job.key not in self._by_key:
            self._by_key[job.key] = {build.key: build for build in self.builds(job)}
        return self._by_key[job.key]

    def details(self, build: BuildLine) -> BuildRow:
        """Return all that Jenkins said of a build."""
        if build.key not in self._details:
            self._details = self._reader.details([build.key])
        return self._details[build.key]

    def blocks(self, job: JobLine) -> dict[int, BlockState]:
        """Return the blocks of a job with builds, in order: `number // BLOCK`, and their state."""
        if job.key not in self._states:
            self._states[job.key] = self._reader.blocks(job.key)
        return self._states[job.key]

    def block(self, job: JobLine, number: int) -> Block:
        """Return one block of a job: builds in order, and what they measured."""
        key = (job.key, number)
        if key not in self._blocks:
            pack = dict(self._reader.packs(job.key, [number]))[number]
            places = self.by_key(job)
            builds = sorted((places[each] for each in pack.builds), key=lambda one: one.position)
            starts = [(build.key, build.row.started) for build in builds]
            if len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.clear()
            own = {build.key: at for at, build in enumerate(builds)}
            self._blocks[key] = Block(builds, self._judging.of(pack, starts), own)
        return self._blocks[key]

    def catalogue(self, job: JobLine) -> Catalogue:
        """Return every series that a job ever had, and how many measurements there are."""
        if job.key not in self._catalogues:
            name, now = f"catalogue/{job.key}", self.blocks(job)
            known = self._memory.get(name) or {"series": [], "blocks": {}}
            due = [each for each in now if known["blocks"].get(str(each), [])[:2] != [*now[each]]]
            if due:
                known = _with_blocks(known, now, self._reader.packs(job.key, due))
                self._memory[name] = known
            total = sum(told for _, _, told in known["blocks"].values())
            series = [SeriesName(*each) for each in known["series"]]
            self._catalogues[job.key] = Catalogue(series, total)
        return self._catalogues[job.key]

    def series(self, job: JobLine) -> list[tuple[str, str, str, str]]:
        """Return every series that a job ever had: metric, dataset, filter and level, sorted."""
        return sorted({name[:4] for name in self.catalogue(job).series})

    def before(self, build: BuildLine, many: int = HISTORY) -> list[BuildLine]:
        """Return up to `many` builds of the same job that started before `build`, in order."""
        return self.builds(build.job)[max(0, build.position - many) : build.position]

    def judged(self, builds: Sequence[BuildLine]) -> dict[int, list[Judged]]:
        """Return by build key its measurements with their verdicts, sorted by series."""
        if len(self._judged) > _ROWS:
            self._judged.clear()
        for build in builds:
            if build.key not in self._judged:
                block = self.block(build.job, build.number // BLOCK)
                self._judged[build.key] = block.judged(build)
        return {build.key: self._judged[build.key] for build in builds}

    def entries(
        self, builds: Sequence[BuildLine], series: Collection[SeriesKey]
    ) -> dict[SeriesKey, list[Judged | None]]:
        """Return what builds of one job measured of some series, None where one does not tell."""
        found: dict[SeriesKey, list[Judged | None]] = {}
        for number in {build.number // BLOCK for build in builds}:
            block = self.block(builds[0].job, number)
            told = [(key, each) for key in series for each in block.measured.named(key)]
            for at, build in enumerate(builds):
                if build.number // BLOCK == number:
                    for key, each in told:
                        judged = each.judged(block.places[build.key], build.key)
                        if judged is not None:
                            found.setdefault(key, [None] * len(builds))[at] = judged
        return found

    def package_changes(self, build: BuildLine) -> tuple[BuildLine | None, list[PackageChange]]:
        """Return the packages that changed, and the build compared with (None: nothing to tell).

        That is the latest earlier build of the job that told its packages: a failed build
        in between hides nothing.
        """
        own = self._packages_of([build])[build.key]
        if own is None:
            return None, []
        for earlier in reversed(self.before(build, 2 * HISTORY)):
            known = self._packages_of([earlier])[earlier.key]
            if known is not None:
                return earlier, changes(known, own) or []
        return None, []

    def statuses(self, build: BuildLine) -> list[str]:
        """Return the status of each measurement of a build."""
        return self.block(build.job, build.number // BLOCK).statuses(build)

    def prefetch_details(self, builds: Sequence[BuildLine]) -> None:
        """Read what is said of many builds, beside measurements; a matter of speed only."""
        keys = [build.key for build in builds]
        self._details = self._reader.details(keys)
        self._reports = {key: [] for key in keys}
        self._rejected = {key: [] for key in keys}
        for report in self._reader.reports(keys):
            self._reports[report.build].append(report)
        for file in self._reader.rejected(keys):
            self._rejected[file.build].append(file)
        changes = self._reader.changes(keys)
        self._commits = {key: changes.get(key, []) for key in keys}

    def reports(self, build: BuildLine) -> list[ReportRow]:
        """Return the QA documents of a build."""
        known = self._reports.get(build.key)
        return self._reader.reports([build.key]) if known is None else known

    def commits(self, build: BuildLine) -> list[Change]:
        """Return the commits of Jenkins' own change sets."""
        known = self._commits.get(build.key)
        return self._reader.changes([build.key]).get(build.key, []) if known is None else known

    def rejected(self, build: BuildLine) -> list[RejectedRow]:
        """Return the files of a build that were set aside."""
        known = self._rejected.get(build.key)
        return self._reader.rejected([build.key]) if known is None else known

    def prefetch_packages(self, builds: Sequence[BuildLine]) -> None:
        """Read the packages of many builds at once; a matter of speed only."""
        self._packages_of(builds)

    def is_new(self, name: str, token: object) -> bool:
        """Tell whether `token`, which JSON can hold, differs from that of the last run."""
        new = content_key(token)
        same = self._memory.get(name) == new
        if not same:
            self._memory[name] = new
        return not same

    def remembered(
        self,
        name: str,
        builds: Iterable[BuildLine],
        compute: Callable[[], _Value],
        also: object = None,
    ) -> _Value:
        """Return what `compute` gives, from memory while none of the builds has changed.

        `compute` may depend on the builds and their measurements only, and on `also`, which
        holds plain values; it gives plain values.
        """
        token = content_key([each.state for each in builds], also)
        kept = self._memory.get(name)
        if kept is None or kept[0] != token:
            self._memory[name] = kept = [token, compute()]
        value: _Value = kept[1]
        return value

    def _packages_of(self, builds: Sequence[BuildLine]) -> dict[int, Mapping[str, Package] | None]:
        wanted = [build.key for build in builds if build.key not in self._packages]
        if wanted:
            if len(self._packages) > _ROWS:
                self._packages.clear()
                wanted = [build.key for build in builds]
            told = self._reader.packages(wanted)
            self._packages.update({key: told.get(key) for key in wanted})
        return {build.key: self._packages[build.key] for build in builds}


def _with_blocks(
    known: Mapping[str, Any],
    states: Mapping[int, BlockState],
    packs: Iterable[tuple[int, Pack]],
) -> Mapping[str, Any]:
    """Return a catalogue with some blocks told anew; a series that was there once stays."""
    series, blocks = set(map(tuple, known["series"])), dict(known["blocks"])
    for number, pack in packs:
        series.update(map(tuple, pack.series))
        blocks[str(number)] = [*states[number], int((pack.origin >= 0).sum())]
    return {"series": [list(each) for each in sorted(series)], "blocks": blocks}
