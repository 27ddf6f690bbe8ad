"""Find what can be pooled: pairs of columns of one table over the newest builds of a job."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import import_module
from itertools import combinations
from typing import Any

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.site.tables import Tables
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BlobRow

BUILD = "build"
"""Stands for the column that holds the number of the build in every row."""
BUILDS = 100
"""Number of newest builds that are pooled by default."""
COLUMNS = 5
"""Pairs are offered of so many first columns of numbers of a table."""
_VERSION = 1
"""Increase when tiles of the same points would look different."""
_LOOKED_AT = 5
"""So many newest tables are tried to learn which columns hold numbers."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Name a column of a table; `unit` and `label` are empty where not known."""

    name: str
    unit: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Name the table of one build."""

    number: int
    digest: str
    rows: int


@dataclass(frozen=True)
class Pool:
    """Name two columns of one table of many builds of a job, the oldest build first.

    `dataset` and `filter` are empty where the reports name none.
    """

    job: str
    dataset: str
    filter: str
    table: str
    x: Quantity
    y: Quantity
    parts: Sequence[Part]

    @cached_property
    def key(self) -> str:
        """Return a name that changes with all that is pooled; part of addresses."""
        names = (self.job, self.dataset, self.filter, self.table, self.x.name, self.y.name)
        units = (self.x.unit, self.y.unit)
        of = [(part.number, part.digest) for part in self.parts]
        return content_key(_VERSION, names, units, of)

    @property
    def rows(self) -> int:
        """Return the number of rows according to the store."""
        return sum(part.rows for part in self.parts)


def choices(pool: Pool) -> dict[str, Any]:
    """Return what identifies a pool."""
    return {
        "key": pool.key,
        "job": pool.job,
        "dataset": pool.dataset,
        "filter": pool.filter,
        "table": pool.table,
        "x": asdict(pool.x),
        "y": asdict(pool.y),
    }


def pools(site: Site, reader: Reader, tables: Tables, builds: int = BUILDS) -> Iterator[Pool]:
    """Yield what can be pooled of the newest builds of each job, sorted.

    Each pair of the first `COLUMNS` columns of numbers is one pool, and each of them against the
    number of the build. `reader` is the one that the site was made with.
    """
    for job in site.jobs:
        yield from _of_job(reader, site.title_of(job), site.builds(job)[-builds:], tables)


@dataclass(frozen=True)
class Pooling:
    """Hold one table of many builds of a job, the oldest build first.

    `dataset` and `filter` are empty where the reports name none; `blobs` has the number of the
    build beside each.
    """

    job: str
    dataset: str
    filter: str
    table: str
    blobs: Sequence[tuple[int, BlobRow]]

    @property
    def parts(self) -> list[Part]:
        """Return the tables by build."""
        return [Part(number, str(blob.digest), blob.rows) for number, blob in self.blobs]


def poolings(reader: Reader, title: str, builds: Sequence[BuildLine]) -> Iterator[Pooling]:
    """Yield the tables of some builds of a job, sorted; empty ones are left out."""
    numbers = {build.key: build.number for build in builds}
    reports = {report.key: report for report in reader.contents.reports(list(numbers))}
    groups: dict[tuple[str, str, str], list[tuple[int, BlobRow]]] = defaultdict(list)
    for blob in reader.blobs.of_reports(list(reports)):
        report = reports[blob.report]
        if blob.digest is not None and blob.rows:
            group = (report.dataset or "", report.filter or "", blob.name)
            groups[group].append((numbers[report.build], blob))
    order = {number: at for at, number in enumerate(numbers.values())}
    for (dataset, band, table), found in sorted(groups.items()):
        found.sort(key=lambda each: order[each[0]])
        yield Pooling(title, dataset, band, table, found)


def _of_job(
    reader: Reader, title: str, builds: Sequence[BuildLine], tables: Tables
) -> Iterator[Pool]:
    for each in poolings(reader, title, builds):
        parts = each.parts
        for x, y in _pairs([blob for _, blob in each.blobs], tables):
            yield Pool(title, each.dataset, each.filter, each.table, x, y, parts)


def _pairs(blobs: Sequence[BlobRow], tables: Tables) -> list[tuple[Quantity, Quantity]]:
    """Return the pairs of columns that are offered; none where no table can be read."""
    for blob in blobs[: -_LOOKED_AT - 1 : -1]:
        try:
            names = numeric(tables.table(str(blob.digest)))
        except StoreUnreachable:
            raise
        except StoreError:  # reported when all are read
            continue
        columns = [_quantity(name, blob.columns.get(name) or {}) for name in names[:COLUMNS]]
        return [*combinations(columns, 2), *((Quantity(BUILD), column) for column in columns)]
    return []


def numeric(table: Any) -> list[str]:
    """Return the names of the columns of a pyarrow table that hold one number a row."""
    types = import_module("pyarrow.types")
    kinds = (types.is_floating, types.is_integer)
    return [each.name for each in table.schema if any(fits(each.type) for fits in kinds)]


def _quantity(name: str, about: Mapping[str, Any]) -> Quantity:
    return Quantity(name, str(about.get("unit") or ""), str(about.get("label") or ""))


class ColumnCache:
    """Read each column of a table once, while pools of the same tables are made in turn.

    Parameters
    ----------
    tables
        Where they are read.
    most
        Size of the cache in bytes.

    """

    def __init__(self, tables: Tables, most: int = 256 << 20) -> None:
        self._tables, self._most = tables, most
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._bytes = 0

    def table(self, digest: str, columns: Sequence[str] | None = None) -> Any:
        """Return columns of a table; see `BlobStore.table`."""
        if columns is None:
            return self._tables.table(digest)
        kept: Any = self._kept.get(digest)
        size = 0 if kept is None else kept.nbytes
        missing = [name for name in columns if kept is None or name not in kept.column_names]
        if missing:
            read = self._tables.table(digest, missing)
            for name in missing if kept is not None else ():
                kept = kept.append_column(read.schema.field(name), read[name])
            kept = read if kept is None else kept
        self._kept[digest] = kept
        self._kept.move_to_end(digest)
        self._bytes += kept.nbytes - size
        while len(self._kept) > 1 and self._bytes > self._most:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return kept.select(list(columns))
