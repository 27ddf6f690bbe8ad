"""Say why builds of a site have no value of a series, block by block."""

from collections.abc import Sequence

from cachetools import LRUCache

from squash_jenkins.models import SeriesId
from squash_jenkins.render.site.details import BuildDetails
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.render.site.measured import Block, Measurements
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK
from squash_jenkins.verification import missing
from squash_jenkins.verification.missing import BuildFacts, Missing, MissingValues

_BLOCKS = 70


class MissingReasons:
    """Find why values are missing, with a cache of blocks."""

    def __init__(self, reader: Reader, measured: Measurements, details: BuildDetails) -> None:
        self._reader, self._measured, self._details = reader, measured, details
        self._blocks: LRUCache[tuple[int, int], MissingValues] = LRUCache(_BLOCKS)

    def of_build(self, build: BuildLine) -> Missing | None:
        """Return why a build has no value at all; None where it has a report."""
        return self._of_block(build).of_build(build.key)

    def of(self, build: BuildLine, series: SeriesId) -> Missing:
        """Return why a build has no value of a series."""
        return self._of_block(build).of(build.key, series)

    def of_block(self, block: Block) -> MissingValues:
        """Return the reasons of the builds of a block."""
        first = block.builds[0]
        key = (first.job.key, first.number // BLOCK)
        if key not in self._blocks:
            self._blocks[key] = self._read(block)
        return self._blocks[key]

    def _of_block(self, build: BuildLine) -> MissingValues:
        return self.of_block(self._measured.block(build.job, build.number // BLOCK))

    def _read(self, block: Block) -> MissingValues:
        builds = block.builds
        extras = self._reader.measurements.without_value(block.measured.empty)
        written = {key: missing.of_value(extra) for key, extra in extras.items()}
        return MissingValues(self._facts(builds), block.measured.reported, written)

    def _facts(self, builds: Sequence[BuildLine]) -> dict[int, BuildFacts]:
        presence = self._details.presence(builds)
        aside = [build.key for build in builds if presence[build.key].rejected]
        rejected = self._reader.contents.rejected(aside) if aside else []
        return {
            build.key: BuildFacts(
                build.row.result,
                build.row.provisional,
                presence[build.key],
                [each for each in rejected if each.build == build.key],
            )
            for build in builds
        }
