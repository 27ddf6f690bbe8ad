"""Show the tables behind a value: what it was computed from."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from squash_jenkins.render.base import BLOCK, DataFile, Folder, Item, JobLine, Page, Site, Tab
from squash_jenkins.render.base import tables as blobs


class DrillDown(Tab):
    """Draw the tables that came with the newest builds of each job, and where findings begin."""

    name = "drill-down"
    title = "Drill-down"
    order = 50
    about = "What is behind a value? The stars, pairs or pixels that it was computed from."
    scripts = (
        "data.js", "statistics.js", "sharing.js",
        "drill_data.js", "drill_hover.js", "drill_views.js", "drill_any.js", "drill.js",
    )  # fmt: skip
    styles = ("drill.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the page, the index of tables, and the tables that are missing so far."""
        yield DataFile("data/tables.js", {"kept": site.tables.newest})
        yield Page("drill-down/index.html", "drill_down.html", "Drill-down", plots=True)
        if site.tables.newest is None:
            yield from _all(site)
        else:
            yield from _newest(site, site.tables.newest)


def _newest(site: Site, many: int) -> Iterator[Item]:
    """Yield the newest tables; one that could not be read is tried again by the next run."""
    changed = {job.key for job in site.changed_jobs()}
    wanted: set[str] = set()
    for job in site.jobs:
        digests, kept = _digests(site, job, many)
        wanted.update(digests)
        if job.key in changed or kept is not None:
            found = kept or blobs.newest_tables(site, job, many)
            yield DataFile(job.data("blobs"), partial(blobs.index, found))
    before = site.memory.noted("tables") or {}
    there = set(before.get("digests", ())) if before.get("points") == site.tables.points else set()
    failed: set[str] = set()
    for digest in sorted(wanted - there):
        yield DataFile(blobs.table_path(digest), partial(_table, site, digest, failed))
    site.memory.note("tables", {"points": site.tables.points, "digests": sorted(wanted - failed)})
    yield Folder("data/blobs", [blobs.table_path(digest) for digest in wanted])


def _digests(site: Site, job: JobLine, many: int) -> tuple[list[str], blobs.BuildTables | None]:
    """Return the digests of a job's tables, and the tables where they had to be read."""
    read: list[blobs.BuildTables] = []

    def look() -> list[str]:
        read.append(blobs.newest_tables(site, job, many))
        return read[0].digests

    begun = [row.finding.build for row in site.findings(job) if not row.withdrawn]
    builds = blobs.looked_at(site, job)
    digests = site.remembered(f"tables/{job.key}", builds, look, [many, begun])
    return digests, next(iter(read), None)


def _table(site: Site, digest: str, failed: set[str]) -> Any:
    table = blobs.table_file(site.tables.source, digest, site.tables.points)
    if "fault" in table:
        failed.add(digest)
    return table


def _all(site: Site) -> Iterator[Item]:
    """Yield the tables of all builds, block by block; nothing is read before it is requested."""
    for job in site.jobs:
        yield DataFile(job.data("blobs"), partial(_index_of_newest, site, job))
        for block in site.measured.blocks(job):
            yield DataFile(job.data(f"blobs-{block}"), partial(_index_of_block, site, job, block))
    for digest in site.usage.table_names():
        table = partial(blobs.table_file, site.tables.source, digest, site.tables.points)
        yield DataFile(blobs.table_path(digest), table)


def _index_of_newest(site: Site, job: JobLine) -> Any:
    return blobs.index(blobs.newest_tables(site, job, blobs.DRILLED))


def _index_of_block(site: Site, job: JobLine, block: int) -> Any:
    builds = [build for build in site.builds(job) if build.number // BLOCK == block]
    return blobs.index(blobs.tables_of(site, job, builds))
