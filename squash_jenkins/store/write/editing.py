"""Change by hand what is safe to change: no number is lost, and builds of the past stay judged.

Each change takes a revision, so that pages follow, and is written together with what notes it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from squash_jenkins.errors import NotFound, SettingsError
from squash_jenkins.models import Specification
from squash_jenkins.store.engine import writing
from squash_jenkins.store.read.specifications import DOCUMENT
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write import definitions
from squash_jenkins.store.write.builds import Also
from squash_jenkins.store.write.definitions import Note
from squash_jenkins.store.write.digests import definition_digest, specification_digest
from squash_jenkins.store.write.revisions import note_definitions, take_revision

SOURCE = "admin"
"""Source of definitions that are written by hand; they hold for everyone."""


def describe_dataset(
    engine: sa.Engine, key: int, camera: str | None, description: str | None, also: Also
) -> None:
    """Say with which camera a dataset was taken and what it is.

    Without a camera the next build that tells one sets it.

    Raises
    ------
    NotFound
        When there is no such dataset.

    """
    table = tables.dataset
    with writing(engine) as connection:
        take_revision(connection)
        _found(connection, table, key)
        here = sa.update(table).where(table.c.id == key)
        connection.execute(here.values(camera=camera, description=description))
        also(connection)


def describe_metric(
    engine: sa.Engine, key: int, told: Mapping[str, Any], now: datetime, also: Also
) -> None:
    """Say what a metric is; what other sources said of it stays on record.

    Parameters
    ----------
    told
        description, reference and tags; what is empty is left to the other sources.
    now
        The moment of the change (UTC).

    Raises
    ------
    NotFound
        When there is no such metric.

    """
    definition = {
        "unit": None,
        "description": told["description"],
        "reference": dict(told["reference"]),
        "tags": list(told["tags"]),
        "operator": None,
    }
    with writing(engine) as connection:
        revision = take_revision(connection)
        _found(connection, tables.metric, key)
        note = Note(key, definition_digest(definition), definition, SOURCE, now, now)
        definitions.note_definitions(connection, [note])
        note_definitions(connection, revision)
        also(connection)


def ask(engine: sa.Engine, asked: Specification, now: datetime, also: Also) -> None:
    """Ask something of a metric from now on, or from a later moment.

    Raises
    ------
    NotFound
        When there is no such metric.
    SettingsError
        When it would judge builds of the past anew, ends before it begins, or its name is in use.

    """
    since = asked.since
    if since is None or since < now:
        raise SettingsError("It cannot begin in the past: builds of the past stay judged.")
    if asked.until is not None and asked.until <= since:
        raise SettingsError("It ends before it begins: give a later end, or none.")
    table, metric = tables.specification, tables.metric
    with writing(engine) as connection:
        revision = take_revision(connection)
        query = sa.select(metric.c.id).where(metric.c.name_digest == name_digest(asked.metric))
        key = connection.execute(query).scalar()
        if key is None:
            raise NotFound(f"There is no metric {asked.metric[:200]!r}.")
        _refuse_twice(connection, key, asked.name)
        digest = specification_digest(asked, SOURCE)
        before = sa.select(sa.func.count()).where(table.c.digest == digest)
        values = definitions.specification_row(asked, {asked.metric: key}, SOURCE)
        values["version"] = connection.execute(before).scalar_one()
        connection.execute(sa.insert(table).values(**values, digest=digest))
        note_definitions(connection, revision)
        also(connection)


def withdraw(engine: sa.Engine, key: int, now: datetime, also: Also) -> None:
    """End a specification now; it stays on record, and builds of the past stay judged by it.

    Raises
    ------
    NotFound
        When there is no such specification.
    SettingsError
        When it came with a document, or ended already.

    """
    table = tables.specification
    with writing(engine) as connection:
        revision = take_revision(connection)
        row = _found(connection, table, key)
        if row.source == DOCUMENT:
            raise SettingsError("It came with the documents of builds, and holds for these only.")
        if row.withdrawn is not None:
            raise SettingsError("It was withdrawn already.")
        end = {"withdrawn": now, "until": min(row.until or now, now)}
        connection.execute(sa.update(table).where(table.c.id == key).values(**end))
        note_definitions(connection, revision)
        also(connection)


def _found(connection: sa.Connection, table: sa.Table, key: int) -> Any:
    row = connection.execute(sa.select(table).where(table.c.id == key)).one_or_none()
    if row is None:
        raise NotFound(f"There is no {table.name} {key} any more: list them again.")
    return row


def _refuse_twice(connection: sa.Connection, metric: int, name: str) -> None:
    table = tables.specification
    same = (table.c.metric_id == metric) & (table.c.name == name) & (table.c.source == SOURCE)
    query = sa.select(table.c.id).where(same, table.c.withdrawn.is_(None)).limit(1)
    known = connection.execute(query).scalar()
    if known is not None:
        raise SettingsError(f"Specification {known} has the name {name!r}: withdraw it first.")
