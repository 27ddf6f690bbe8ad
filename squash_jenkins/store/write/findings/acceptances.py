"""Saving of the levels that people accept: detection begins anew at a build."""

from collections.abc import Sequence

import sqlalchemy as sa

from squash_jenkins.errors import SettingsError
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import Acceptance
from squash_jenkins.store.engine import Also, writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write.definitions import add_metrics
from squash_jenkins.store.write.revisions import take_revision

_TABLE = tables.acceptance


def accept(
    engine: sa.Engine, job: int, accepted: Sequence[Acceptance], also: Also | None = None
) -> None:
    """Accept the levels of series of a job (key); `also` is done in the same transaction.

    Raises
    ------
    SettingsError
        When all of them were accepted from their builds on already; nothing is written.

    """
    with writing(engine) as connection:
        revision = take_revision(connection)
        metrics = add_metrics(connection, sorted({each.series.metric for each in accepted}))
        rows = {_key(job, each, metrics[each.series.metric]): each for each in accepted}
        known = _known(connection, job)
        new = {key: each for key, each in rows.items() if key not in known}
        if not new:
            who = next(known[key] for key in rows)
            connection.rollback()
            raise SettingsError(
                f"This was accepted already, by {who}. To change the note, undo it (--undo) first."
            )
        values = [_row(key, each) for key, each in new.items()]
        connection.execute(sa.insert(_TABLE), values)
        _touch(connection, job, revision)
        if also is not None:
            also(connection)


def undo(
    engine: sa.Engine,
    job: int,
    series: Sequence[tuple[SeriesId, int]],
    also: Also | None = None,
) -> None:
    """Take back what was accepted of series from builds (keys) on.

    Raises
    ------
    SettingsError
        When none of them was accepted.

    """
    with writing(engine) as connection:
        revision = take_revision(connection)
        metrics = add_metrics(connection, sorted({each.metric for each, _ in series}))
        gone = 0
        for each, build in series:
            here = (_TABLE.c.job_id == job) & (_TABLE.c.metric_id == metrics[each.metric])
            same = (_TABLE.c.series_digest == _digest(each)) & (_TABLE.c.build_id == build)
            gone += connection.execute(sa.delete(_TABLE).where(here, same)).rowcount
        if not gone:
            connection.rollback()
            raise SettingsError("Nothing was accepted there: there is nothing to undo.")
        _touch(connection, job, revision)
        if also is not None:
            also(connection)


def _digest(series: SeriesId) -> str:
    return name_digest(series.dataset, series.filter, series.level)


def _key(job: int, each: Acceptance, metric: int) -> tuple[int, int, str, int]:
    return job, metric, _digest(each.series), each.build


def _known(connection: sa.Connection, job: int) -> dict[tuple[int, int, str, int], str]:
    columns = [_TABLE.c[name] for name in ("job_id", "metric_id", "series_digest", "build_id")]
    query = sa.select(*columns, _TABLE.c.who).where(_TABLE.c.job_id == job)
    return {tuple(key): who for *key, who in connection.execute(query)}


def _row(key: tuple[int, int, str, int], each: Acceptance) -> dict[str, object]:
    names = ("job_id", "metric_id", "series_digest", "build_id")
    return {
        **dict(zip(names, key, strict=True)),
        "dataset": each.series.dataset,
        "filter": each.series.filter,
        "level": each.series.level,
        "who": each.who,
        "created": each.created,
        "note": each.note,
    }


def _touch(connection: sa.Connection, job: int, revision: int) -> None:
    """Give the findings of a job a new revision: their pages say what was accepted."""
    table = tables.finding
    connection.execute(sa.update(table).where(table.c.job_id == job).values(revision=revision))
