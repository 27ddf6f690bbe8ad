"""Read how datasets are used, and which blobs came with builds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.measured import Measurements
from squash_jenkins.render.site.memory import RunMemory
from squash_jenkins.render.site.stored import StoredBuilds
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK
from squash_jenkins.store.rows import BlobRow, DatasetRow, DatasetUse, ReportRow


@dataclass(frozen=True, slots=True)
class Use:
    """Describe how a job used a dataset: in so many `builds`, from `first` to `last`."""

    job: JobLine
    dataset: str
    filters: Sequence[str]
    builds: int
    first: BuildLine
    last: BuildLine


@dataclass(frozen=True, slots=True)
class BuildBlob:
    """Hold a blob with its build and document, and the metrics that were made from it."""

    build: BuildLine
    report: ReportRow
    blob: BlobRow
    metrics: Sequence[str]


class Usage:
    """Read the uses of datasets, and the blobs of builds."""

    def __init__(
        self, reader: Reader, stored: StoredBuilds, measured: Measurements, memory: RunMemory
    ) -> None:
        self._reader, self._stored, self._measured = reader, stored, measured
        self._memory = memory

    @cached_property
    def datasets(self) -> list[DatasetRow]:
        """Every dataset, sorted by name."""
        return self._reader.definitions.datasets()

    def uses(self, job: JobLine) -> list[Use]:
        """Return how a job used each dataset, sorted by name; only changed blocks are read."""
        name, now = f"uses/{job.key}", self._measured.blocks(job)
        known: dict[str, list[Any]] = self._memory.recall(name) or {}
        due = [each for each in now if known.get(str(each), [])[:2] != [*now[each]]]
        if due:
            span = due[0] * BLOCK, due[-1] * BLOCK + BLOCK - 1
            read = _by_block(
                self._reader.coverage.dataset_uses(job.key, *span), self._stored.by_key(job)
            )
            known = known | {str(each): [*now[each], read.get(each, {})] for each in due}
            self._memory.note(name, known)
        return self._merged(job, (datasets for _, _, datasets in known.values()))

    def blobs(self, builds: Sequence[BuildLine]) -> list[BuildBlob]:
        """Return the blobs that came with builds of a job, in the order of their documents."""
        own = {build.key: build for build in builds}
        reports = {row.key: row for row in self._reader.contents.reports(list(own))}
        made = self._reader.blobs.metrics(list(reports))
        return [
            BuildBlob(
                own[reports[blob.report].build], reports[blob.report], blob, made.get(blob.key, [])
            )
            for blob in self._reader.blobs.of_reports(list(reports))
        ]

    def table_names(self) -> list[str]:
        """Return the digests of all tables, sorted."""
        return self._reader.blobs.digests()

    def _merged(self, job: JobLine, blocks: Iterable[Mapping[str, Any]]) -> list[Use]:
        """Merge the uses of blocks, with the builds they begin and end with."""
        filters: dict[str, set[str]] = {}
        builds: dict[str, list[BuildLine]] = {}
        counts: dict[str, int] = {}
        places = self._stored.by_key(job)
        for datasets in blocks:
            for dataset, (named, keys, many) in datasets.items():
                filters.setdefault(dataset, set()).update(named)
                builds.setdefault(dataset, []).extend(places[key] for key in keys)
                counts[dataset] = counts.get(dataset, 0) + many
        ends = {name: sorted(of, key=lambda each: each.position) for name, of in builds.items()}
        return [
            Use(job, name, sorted(filters[name]), counts[name], of[0], of[-1])
            for name, of in sorted(ends.items())
        ]


def _by_block(
    rows: Iterable[DatasetUse], places: Mapping[int, BuildLine]
) -> dict[int, dict[str, list[Any]]]:
    """Return by block and dataset its filters, its first and last build and how many these are."""
    named: dict[int, dict[str, tuple[set[str], set[int]]]] = {}
    for row in rows:
        of_block = named.setdefault(row.number // BLOCK, {})
        filters, keys = of_block.setdefault(row.dataset, (set(), set()))
        keys.add(row.build)
        if row.filter:
            filters.add(row.filter)
    return {
        block: {
            name: [sorted(filters), _ends(keys, places), len(keys)]
            for name, (filters, keys) in datasets.items()
        }
        for block, datasets in named.items()
    }


def _ends(keys: Iterable[int], places: Mapping[int, BuildLine]) -> list[int]:
    """Return the keys of the build that started first and of the one that started last."""
    ordered = sorted(keys, key=lambda key: places[key].position)
    return [ordered[0], ordered[-1]]
