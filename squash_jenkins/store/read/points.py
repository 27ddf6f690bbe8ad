"""Answer what a metric measured in the builds of a job, in columns, for plots."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from squash_jenkins.store.read.asking import Asking
from squash_jenkins.store.rows import Points, SeriesAsked, SeriesPart
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest


class AskPoints(Asking):
    """Read columns of points."""

    def points(self, asked: SeriesAsked, most: int) -> Points:
        """Return the newest points, at most so many, in order of start.

        One metric of one job is found by the index of measurements by metric; of wide jobs packs
        would bring thousands of other metrics along.
        """
        build = tables.build
        chosen = _chosen(asked, self._metric_key(asked.metric))
        own = tables.measurement
        columns: list[Any] = [build.c.id, build.c.number, _milliseconds(self._connection)]
        columns += [sa.type_coerce(own.c.value, sa.Double), tables.report.c.dataset_id]
        columns += [tables.report.c.filter, own.c.level, own.c.unit]
        source = own.join(tables.report).join(build)
        order = (build.c.started.desc(), build.c.number.desc(), own.c.id.desc())
        query = sa.select(*columns).select_from(source).where(*chosen)
        rows = self._connection.execute(query.order_by(*order).limit(most + 1)).all()
        found = rows[:most][::-1]
        plain = _plain(self._connection)
        return _columns(found, self._dataset_words(), plain=plain, whole=len(rows) <= most)

    def job_state(self, job: int) -> tuple[int, int]:
        """Return what changes with any build of a job (key): last change, how many there are."""
        build = tables.build
        columns = (sa.func.coalesce(sa.func.max(build.c.revision), 0), sa.func.count())
        revision, count = self._connection.execute(
            sa.select(*columns).where(build.c.job_id == job)
        ).one()
        return int(revision), int(count)

    def _dataset_words(self) -> dict[int, str]:
        query = sa.select(tables.dataset.c.id, tables.dataset.c.name)
        return {key: name for key, name in self._connection.execute(query)}


def _chosen(asked: SeriesAsked, metric: int) -> list[sa.ColumnElement[bool]]:
    report, build, own = tables.report, tables.build, tables.measurement
    chosen = [own.c.metric_id == metric, build.c.job_id == asked.job]
    if asked.dataset is not None:
        named = sa.select(tables.dataset.c.id)
        digest = name_digest(asked.dataset)
        key = named.where(tables.dataset.c.name_digest == digest).scalar_subquery()
        chosen.append(
            report.c.dataset_id == key if asked.dataset else report.c.dataset_id.is_(None)
        )
    if asked.filter is not None:
        chosen.append(report.c.filter_digest == name_digest(asked.filter))
    if asked.level is not None:
        chosen.append(own.c.level_digest == name_digest(asked.level))
    if asked.since is not None:
        chosen.append(build.c.started >= asked.since)
    if asked.until is not None:
        chosen.append(build.c.started < asked.until)
    return chosen


def _milliseconds(connection: sa.Connection) -> sa.ColumnElement[Any]:
    """Return the start as SQLite has it, which is parsed at once: that spares a third of all."""
    started = tables.build.c.started
    return sa.type_coerce(started, sa.String) if _plain(connection) else started


def _plain(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _columns(
    rows: Sequence[sa.Row[Any]], datasets: Mapping[int, str], *, plain: bool, whole: bool
) -> Points:
    parts: dict[tuple[Any, ...], int] = {}
    if not rows:
        return Points([], [], [], [], [], [], whole)
    keys, numbers, started, values, *names = map(list, zip(*rows, strict=True))
    part = [parts.setdefault(each, len(parts)) for each in zip(*names, strict=True)]
    told = [
        SeriesPart(datasets.get(key), band or None, level, unit or None)
        for key, band, level, unit in parts
    ]
    return Points(keys, numbers, _times(started, plain=plain), values, part, told, whole)


def _times(started: Sequence[Any], *, plain: bool) -> list[float]:
    """Return milliseconds since 1970."""
    import numpy as np

    if not plain:
        return [moment.timestamp() * 1000 for moment in started]
    found: list[float] = (np.array(started, "datetime64[us]").astype(np.int64) / 1000).tolist()
    return found
