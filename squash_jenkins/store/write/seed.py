"""Loading of metrics and specifications that hold for all reports; changes are dated."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.models import Metric, Specification
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.rows import DOCUMENT
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write import definitions
from squash_jenkins.store.write.digests import definition_digest, specification_digest
from squash_jenkins.store.write.revisions import note_definitions, take_revision


class _Plan(NamedTuple):
    """What has to be written; nothing is locked when that is nothing."""

    metrics: Mapping[str, definitions.Definition]
    names: set[str]
    added: Mapping[str, Specification]
    withdrawn: Sequence[Any]

    def __bool__(self) -> bool:
        return bool(self.metrics or self.names or self.added or self.withdrawn)


def load(
    engine: sa.Engine,
    metrics: Sequence[Metric],
    specifications: Sequence[Specification],
    *,
    source: str = "seed",
    whole: bool = True,
    now: datetime | None = None,
) -> bool:
    """Make the given definitions those of `source`; return whether anything changed.

    A specification that is no longer given ends now; one that replaces it under the same name
    begins now, unless it has a `since` of its own. So the verdicts of earlier builds stay.

    Parameters
    ----------
    engine
        The database.
    metrics, specifications
        Everything that the source defines.
    source
        Name of the source, up to 64 characters.
    whole
        Whether these are all definitions of the source; if not, those of other metrics stay.
    now
        The moment of the change (UTC), by default the present one.

    """
    if source == DOCUMENT:
        raise ValueError(f"{DOCUMENT!r} stands for definitions that came with a build")
    with reading(engine) as connection:
        if not _plan(connection, metrics, specifications, source, whole):
            return False
    with writing(engine) as connection:
        revision = take_revision(connection)
        plan = _plan(connection, metrics, specifications, source, whole)
        if plan:  # nobody else has loaded the same meanwhile
            _apply(connection, plan, source, now or datetime.now(UTC))
            note_definitions(connection, revision)
    return bool(plan)


def _plan(
    connection: sa.Connection,
    metrics: Sequence[Metric],
    specifications: Sequence[Specification],
    source: str,
    whole: bool,
) -> _Plan:
    names = {metric.name for metric in metrics} | {each.metric for each in specifications}
    keys = _metric_keys(connection, names)
    last = definitions.latest(connection, keys.values(), source)
    known = {each.name: definitions.nothing() for each in metrics if keys.get(each.name) in last}
    changed = {
        name: definition
        for name, definition in {**known, **definitions.defined(metrics)}.items()
        if last.get(keys.get(name, 0)) != definition_digest(definition)
    }
    wanted = {specification_digest(each, source): each for each in specifications}
    table = tables.specification
    current = sa.select(table).where(table.c.source == source, table.c.withdrawn.is_(None))
    rows = {row.digest: row for row in connection.execute(current)}
    added = {digest: each for digest, each in wanted.items() if digest not in rows}
    named = set(keys.values())
    gone = [
        row
        for digest, row in rows.items()
        if digest not in wanted and (whole or row.metric_id in named)
    ]
    return _Plan(changed, names - set(keys), added, gone)


def _metric_keys(connection: sa.Connection, names: set[str]) -> dict[str, int]:
    table = tables.metric
    digests = {name_digest(name): name for name in names}
    rows = connection.execute(sa.select(table.c.name_digest, table.c.id))
    return {digests[digest]: key for digest, key in rows if digest in digests}


def _apply(connection: sa.Connection, plan: _Plan, source: str, now: datetime) -> None:
    named = plan.names | set(plan.metrics) | {each.metric for each in plan.added.values()}
    keys = definitions.add_metrics(connection, sorted(named))
    notes = (
        definitions.Note(keys[name], definition_digest(each), each, source, now, now)
        for name, each in plan.metrics.items()
    )
    definitions.note_definitions(connection, notes)
    replaced = {(row.metric_id, row.name) for row in plan.withdrawn}
    table = tables.specification
    for row in plan.withdrawn:
        end = {"withdrawn": now, "until": min(row.until or now, now)}
        connection.execute(sa.update(table).where(table.c.id == row.id).values(**end))
    for digest, each in plan.added.items():
        values = definitions.specification_row(each, keys, source)
        if each.since is None and (values["metric_id"], each.name) in replaced:
            values["since"] = now
        version = _version(connection, digest)
        connection.execute(sa.insert(table).values(**{**values, "version": version}, digest=digest))


def _version(connection: sa.Connection, digest: str) -> int:
    """Return how many earlier rows have the same content."""
    table = tables.specification
    query = sa.select(sa.func.count()).where(table.c.digest == digest)
    return connection.execute(query).scalar_one()
