"""Read what builds measured, block by block, with the verdicts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cachetools import LRUCache

from squash_jenkins.models import SeriesId, SeriesInUnit
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.memory import RunMemory
from squash_jenkins.render.site.stored import StoredBuilds
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK, BlockArrays
from squash_jenkins.store.rows import BlockState
from squash_jenkins.verification.blocks import Blocks, SeriesBlock, VerifiedBlock
from squash_jenkins.verification.measurements import Verified

_ROWS = 1024
"""Builds whose measurements are cached as objects."""
_KEPT_BLOCKS = 70


@dataclass(frozen=True)
class Block:
    """Hold the builds of a block in order, and what they measured in that order."""

    builds: Sequence[BuildLine]
    measured: VerifiedBlock
    places: Mapping[int, int]
    """The position of each build by its key."""
    noise: dict[SeriesInUnit, float | None] = field(default_factory=dict)
    """The noise of each series, once `noise_by_series` has measured it."""

    @cached_property
    def series(self) -> Sequence[SeriesBlock]:
        """Every series, sorted by name."""
        return self.measured.all

    def verified(self, build: BuildLine) -> list[Verified]:
        """Return the measurements of a build with their verdicts, sorted by series."""
        entries = (each.verified(self.places[build.key], build.key) for each in self.series)
        present = (each for each in entries if each is not None)
        return sorted(present, key=lambda each: each.series.by_dataset)

    def statuses(self, build: BuildLine) -> list[str]:
        """Return the status of each measurement of a build."""
        place = self.places[build.key]
        codes = ((each.words, int(each.codes[place])) for each in self.series)
        return [words[code] for words, code in codes if code >= 0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Hold the series of a job, sorted, and the number of its measurements."""

    series: Sequence[SeriesId]
    measurements: int


class Measurements:
    """Read what builds measured, with a cache of blocks."""

    def __init__(self, reader: Reader, stored: StoredBuilds, memory: RunMemory) -> None:
        self._reader, self._stored, self._memory = reader, stored, memory
        self._read_blocks = Blocks(reader.definitions)
        self._states: dict[int, dict[int, BlockState]] = {}
        self._blocks: LRUCache[tuple[int, int], Block] = LRUCache(_KEPT_BLOCKS)
        self._catalogues: dict[int, Catalogue] = {}
        self._verified: dict[int, list[Verified]] = {}

    def blocks(self, job: JobLine) -> dict[int, BlockState]:
        """Return the blocks of a job with builds, in order: `number // BLOCK`, and their state."""
        if job.key not in self._states:
            self._states[job.key] = self._reader.blocks.states(job.key)
        return self._states[job.key]

    def block(self, job: JobLine, number: int) -> Block:
        """Return one block of a job: builds in order, and what they measured."""
        key = (job.key, number)
        if key not in self._blocks:
            arrays = dict(self._reader.blocks.read(job.key, [number]))[number]
            places = self._stored.by_key(job)
            builds = sorted((places[each] for each in arrays.builds), key=lambda one: one.position)
            starts = [(build.key, build.row.started) for build in builds]
            own = {build.key: at for at, build in enumerate(builds)}
            self._blocks[key] = Block(builds, self._read_blocks.of(arrays, starts), own)
        return self._blocks[key]

    def catalogue(self, job: JobLine) -> Catalogue:
        """Return every series that a job ever had, and how many measurements there are."""
        if job.key not in self._catalogues:
            name, now = f"catalogue/{job.key}", self.blocks(job)
            known = self._memory.recall(name) or {"series": [], "blocks": {}}
            due = [each for each in now if known["blocks"].get(str(each), [])[:2] != [*now[each]]]
            if due:
                known = _with_blocks(known, now, self._reader.blocks.read(job.key, due))
                self._memory.note(name, known)
            total = sum(many for _, _, many in known["blocks"].values())
            found = {
                SeriesId(dataset, filter_name, metric, level)
                for metric, dataset, filter_name, level, _ in known["series"]
            }
            series = sorted(found, key=lambda one: one.by_metric)
            self._catalogues[job.key] = Catalogue(series, total)
        return self._catalogues[job.key]

    def series(self, job: JobLine) -> Sequence[SeriesId]:
        """Return every series that a job ever had, sorted by metric."""
        return self.catalogue(job).series

    def verified(self, builds: Sequence[BuildLine]) -> dict[int, list[Verified]]:
        """Return by build key its measurements with their verdicts, sorted by series."""
        if len(self._verified) > _ROWS:
            self._verified.clear()
        for build in builds:
            if build.key not in self._verified:
                self._verified[build.key] = self._block_of(build).verified(build)
        return {build.key: self._verified[build.key] for build in builds}

    def statuses(self, build: BuildLine) -> list[str]:
        """Return the status of each measurement of a build."""
        return self._block_of(build).statuses(build)

    def entries(
        self, builds: Sequence[BuildLine], series: Collection[SeriesId]
    ) -> dict[SeriesId, list[Verified | None]]:
        """Return the measurements of some series in builds of one job, None where there is none."""
        found: dict[SeriesId, list[Verified | None]] = {}
        for number in {build.number // BLOCK for build in builds}:
            block = self.block(builds[0].job, number)
            named = [(key, each) for key in series for each in block.measured.named(key)]
            for at, build in enumerate(builds):
                if build.number // BLOCK == number:
                    for key, each in named:
                        verified = each.verified(block.places[build.key], build.key)
                        if verified is not None:
                            found.setdefault(key, [None] * len(builds))[at] = verified
        return found

    def _block_of(self, build: BuildLine) -> Block:
        return self.block(build.job, build.number // BLOCK)


def _with_blocks(
    known: Mapping[str, Any],
    states: Mapping[int, BlockState],
    blocks_read: Iterable[tuple[int, BlockArrays]],
) -> Mapping[str, Any]:
    """Return a catalogue with some blocks updated; a series that was there once stays."""
    series, blocks = set(map(tuple, known["series"])), dict(known["blocks"])
    for number, arrays in blocks_read:
        series.update(each.by_metric for each in arrays.series)
        blocks[str(number)] = [*states[number], int((arrays.origin >= 0).sum())]
    return {"series": [list(each) for each in sorted(series)], "blocks": blocks}
