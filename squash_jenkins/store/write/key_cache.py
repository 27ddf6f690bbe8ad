"""A cache of the keys of what builds have in common, valid as long as that is safe.

Controllers, jobs, metrics, packages, datasets and specifications hardly change from build to
build. The cache is valid while the revision counter is where this store left it: while no other
program has written.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from squash_jenkins.analysis.series.unlike_files import Unlike
from squash_jenkins.models import Package, Report, Specification
from squash_jenkins.store.rows import DOCUMENT
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write import definitions
from squash_jenkins.store.write.batch import PendingBuild
from squash_jenkins.store.write.definition_cache import MetricDefinitions
from squash_jenkins.store.write.definitions import History, Note
from squash_jenkins.store.write.upsert import chunks, find_or_add

_MOST = 100_000
"""Names of all kinds in the cache; a full cache is cleared."""


class KeyCache:
    """Keys by name; it adds rows that are new. Only the holder of the write lock uses it."""

    def __init__(self) -> None:
        self._revision: int | None = None
        self.forget()

    def forget(self) -> None:
        """Clear the cache, as after a rollback."""
        self._revision = None
        self._controllers: dict[str, tuple[int, str]] = {}
        self._jobs: dict[tuple[int, str], int] = {}
        self._packages: dict[str, tuple[int, str | None]] = {}
        self._datasets: dict[str, tuple[int, str | None]] = {}
        self._sets: dict[str, int] = {}
        self._histories: dict[int, History] = {}
        self.file_groups: dict[int, dict[str, Unlike]] = {}
        self.metrics: dict[str, int] = {}

    def begin(self, revision: int) -> None:
        """Clear the cache unless the counter stood at `revision` when this store left it."""
        names = len(self._jobs) + len(self._packages) + len(self._datasets) + len(self.metrics)
        if self._revision != revision or names + len(self._sets) > _MOST:
            self.forget()

    def end(self, revision: int) -> None:
        """Note that everything is written, and where the counter stands now."""
        self._revision = revision

    def controller(self, connection: sa.Connection, name: str, url: str) -> int:
        """Return the key of a controller, and store its current URL."""
        known = self._controllers.get(name)
        if known is not None and known[1] == url:
            return known[0]
        table = tables.controller
        (key,) = find_or_add(
            connection, table, {name_digest(name): {"name": name, "url": url}}
        ).values()
        here = (table.c.id == key) & (table.c.url != url)
        connection.execute(sa.update(table).where(here).values(url=url))
        self._controllers[name] = key, url
        return key

    def job(self, connection: sa.Connection, controller: int, name: str) -> int:
        """Return the key of a job."""
        known = self._jobs.get((controller, name))
        if known is None:
            known = self._jobs[controller, name] = _job(connection, controller, name)
        return known

    def add_metrics(self, connection: sa.Connection, entries: Iterable[PendingBuild]) -> None:
        """Add the metrics that builds name, and store how they define them."""
        listed = list(entries)
        self._add_keys(connection, listed)
        notes: dict[tuple[int, str], Note] = {}
        for metrics, first, last in _spans(listed):
            for name, (digest, definition) in metrics.defined.items():
                place = self.metrics[name], digest
                known = notes.get(place)
                begin, end = (first, last) if known is None else (known.first, known.last)
                span = min(begin, first), max(end, last)
                notes[place] = Note(*place, definition, DOCUMENT, *span)
        definitions.note_definitions(connection, notes.values(), self._histories)

    def _add_keys(self, connection: sa.Connection, entries: Iterable[PendingBuild]) -> None:
        unknown: dict[str, None] = {}
        for entry in entries:
            names = set(entry.metrics.names).union(*(each.metrics for each in entry.sets))
            reports = entry.record.reports
            names.update(each.metric for report in reports for each in report.measurements)
            unknown.update(dict.fromkeys(sorted(names - self.metrics.keys())))
        self.metrics |= definitions.add_metrics(connection, unknown)

    def sets(self, connection: sa.Connection, entry: PendingBuild) -> list[int | None]:
        """Return by report the key of the set of its specifications; None for no specifications."""
        return [
            None if own.digest is None else self._set(connection, own.digest, report.specifications)
            for own, report in zip(entry.sets, entry.record.reports, strict=True)
        ]

    def _set(
        self,
        connection: sa.Connection,
        digest: str,
        specifications: Sequence[Specification],
    ) -> int:
        known = self._sets.get(digest)
        if known is None:
            made = definitions.add_set(connection, digest, specifications, self.metrics)
            known = self._sets[digest] = made
        return known

    def packages(
        self, connection: sa.Connection, builds: Iterable[Mapping[str, Package]]
    ) -> dict[str, int]:
        """Return the keys of packages by name; of several URLs of one the last counts."""
        urls: dict[str, str | None] = {}
        for build in builds:
            for name, package in build.items():
                urls[name] = package.url or urls.get(name)
        table = tables.package
        new = {
            name: url
            for name, url in urls.items()
            if name not in self._packages or (url and self._packages[name][1] != url)
        }
        rows = {name_digest(name): {"name": name, "url": url} for name, url in new.items()}
        keys = find_or_add(connection, table, rows)
        moved = [
            {"_key": keys[digest], "_url": row["url"]} for digest, row in rows.items() if row["url"]
        ]
        if moved:
            url = sa.bindparam("_url", type_=table.c.url.type)
            here = (table.c.id == sa.bindparam("_key")) & table.c.url.is_distinct_from(url)
            connection.execute(sa.update(table).where(here).values(url=url), moved)
        for name, at in new.items():
            self._packages[name] = keys[name_digest(name)], at
        return {name: self._packages[name][0] for name in urls}

    def datasets(
        self, connection: sa.Connection, entries: Iterable[PendingBuild]
    ) -> dict[str, int]:
        """Return the keys of datasets by name; of several cameras of one the first counts."""
        cameras: dict[str, str | None] = {}
        for entry in entries:
            own = {each.dataset: camera_of(each) for each in entry.record.reports}
            for name, camera in own.items():
                if name:
                    cameras[name] = cameras.get(name) or camera
        return self.dataset_keys(connection, cameras)

    def dataset_keys(
        self, connection: sa.Connection, cameras: Mapping[str, str | None]
    ) -> dict[str, int]:
        """Return the keys of datasets by name; each comes with its camera, if that is known."""
        new = {
            name: camera
            for name, camera in cameras.items()
            if name not in self._datasets or (camera and not self._datasets[name][1])
        }
        self._add_datasets(connection, new)
        return {name: self._datasets[name][0] for name in cameras}

    def delete_unused(self, connection: sa.Connection, names: Iterable[str]) -> None:
        """Delete datasets that no report uses any more and that have no description."""
        table, report = tables.dataset, tables.report
        digests = [name_digest(name) for name in names]
        used = sa.exists().where(report.c.dataset_id == table.c.id)
        unused = sa.delete(table).where(table.c.description.is_(None), ~used)
        for chunk in chunks(digests):
            connection.execute(unused.where(table.c.name_digest.in_(chunk)))
        self._datasets.clear()

    def _add_datasets(self, connection: sa.Connection, new: Mapping[str, str | None]) -> None:
        table = tables.dataset
        rows = {
            name_digest(name): {"name": name, "camera": camera, "description": None}
            for name, camera in new.items()
        }
        keys = find_or_add(connection, table, rows)
        for digest, row in rows.items():
            if row["camera"]:
                unknown = (table.c.id == keys[digest]) & table.c.camera.is_(None)
                connection.execute(sa.update(table).where(unknown).values(camera=row["camera"]))
        for name, camera in new.items():
            self._datasets[name] = keys[name_digest(name)], camera


def _spans(entries: Iterable[PendingBuild]) -> list[tuple[MetricDefinitions, datetime, datetime]]:
    """Return the different definitions of metrics with the first and last start (UTC) of each."""
    found: dict[str, tuple[MetricDefinitions, datetime, datetime]] = {}
    for entry in entries:
        seen = entry.identity.started
        own, first, last = found.get(entry.metrics.digest, (entry.metrics, seen, seen))
        found[own.digest] = own, min(first, seen), max(last, seen)
    return list(found.values())


def _job(connection: sa.Connection, controller: int, name: str) -> int:
    table = tables.job
    row = {"controller_id": controller, "name": name, "name_digest": name_digest(name)}
    same = (table.c.controller_id == controller) & (table.c.name_digest == row["name_digest"])
    query = sa.select(table.c.id).where(same)
    known = connection.execute(query).scalar()
    if known is None:
        connection.execute(sa.insert(table), [row])
        known = connection.execute(query).scalar_one()
    return int(known)


def camera_of(report: Report) -> str | None:
    """Return the camera that a report names."""
    camera = report.terms.get("instrument")
    return camera if isinstance(camera, str) and camera else None
