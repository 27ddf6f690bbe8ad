"""Changes of definitions by hand where that is safe: no number and no earlier verdict changes.

Each change takes a revision, so that pages are updated, and is written in one transaction with
its entry in the audit log (`also`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from squash_jenkins.errors import NotFound, SettingsError
from squash_jenkins.models import Specification
from squash_jenkins.models.metric_rules import MetricRules
from squash_jenkins.store.engine import Also, writing
from squash_jenkins.store.rows import DOCUMENT
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write import definitions
from squash_jenkins.store.write.definitions import Note
from squash_jenkins.store.write.digests import definition_digest, specification_digest
from squash_jenkins.store.write.revisions import note_definitions, take_revision

SOURCE = "admin"
"""Source of definitions written by hand; they hold for all reports."""


class DefinitionEditor:
    """An editor of definitions; may be shared by threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def describe_dataset(
        self, key: int, camera: str | None, description: str | None, also: Also
    ) -> None:
        """Set the camera and the description of a dataset.

        Without a camera, the next build that names one sets it.

        Raises
        ------
        NotFound
            When there is no such dataset.

        """
        table = tables.dataset
        with writing(self._engine) as connection:
            take_revision(connection)
            _found(connection, table, key)
            here = sa.update(table).where(table.c.id == key)
            connection.execute(here.values(camera=camera, description=description))
            also(connection)

    def describe_metric(
        self, key: int, words: Mapping[str, Any], now: datetime, also: Also
    ) -> None:
        """Describe a metric; the definitions of other sources stay on record.

        Parameters
        ----------
        words
            unit, description, reference and tags; other sources fill in what is empty.
        now
            The moment of the change (UTC).

        Raises
        ------
        NotFound
            When there is no such metric.

        """
        definition = {
            "unit": words["unit"],
            "description": words["description"],
            "reference": dict(words["reference"]),
            "tags": list(words["tags"]),
            "operator": None,
            "rules": {},
        }
        with writing(self._engine) as connection:
            revision = take_revision(connection)
            _found(connection, tables.metric, key)
            note = Note(key, definition_digest(definition), definition, SOURCE, now, now)
            definitions.note_definitions(connection, [note])
            note_definitions(connection, revision)
            also(connection)

    def set_rules(self, key: int, rules: MetricRules, who: str, now: datetime, also: Also) -> None:
        """Set the rules of a metric, which count before all others; empty ones take them back.

        Findings of all jobs are detected again.

        Raises
        ------
        NotFound
            When there is no such metric.

        """
        table = tables.metric_rule
        with writing(self._engine) as connection:
            revision = take_revision(connection)
            _found(connection, tables.metric, key)
            connection.execute(sa.delete(table).where(table.c.metric_id == key))
            if rules != MetricRules():
                values = {
                    "smallest": None if rules.smallest is None else str(rules.smallest),
                    "direction": rules.direction,
                    "ignored": rules.ignore,
                }
                row = sa.insert(table).values(metric_id=key, who=who, created=now, **values)
                connection.execute(row)
            note_definitions(connection, revision)
            also(connection)

    def add_specification(self, new: Specification, now: datetime, also: Also) -> None:
        """Add a specification that applies from now on, or from a later moment.

        Raises
        ------
        NotFound
            When there is no such metric.
        SettingsError
            When it would apply to earlier builds, ends before it begins, or its name is in use.

        """
        since = new.since
        if since is None or since < now:
            raise SettingsError("It cannot begin in the past: the verdicts of earlier builds stay.")
        if new.until is not None and new.until <= since:
            raise SettingsError("It ends before it begins: give a later end, or none.")
        table, metric = tables.specification, tables.metric
        with writing(self._engine) as connection:
            revision = take_revision(connection)
            query = sa.select(metric.c.id).where(metric.c.name_digest == name_digest(new.metric))
            key = connection.execute(query).scalar()
            if key is None:
                raise NotFound(f"There is no metric {new.metric[:200]!r}.")
            _refuse_twice(connection, key, new.name)
            digest = specification_digest(new, SOURCE)
            before = sa.select(sa.func.count()).where(table.c.digest == digest)
            values = definitions.specification_row(new, {new.metric: key}, SOURCE)
            values["version"] = connection.execute(before).scalar_one()
            connection.execute(sa.insert(table).values(**values, digest=digest))
            note_definitions(connection, revision)
            also(connection)

    def withdraw(self, key: int, now: datetime, also: Also) -> None:
        """End a specification now; it stays on record and still applies to earlier builds.

        Raises
        ------
        NotFound
            When there is no such specification.
        SettingsError
            When it came with a document, or is withdrawn already.

        """
        table = tables.specification
        with writing(self._engine) as connection:
            revision = take_revision(connection)
            row = _found(connection, table, key)
            if row.source == DOCUMENT:
                raise SettingsError(
                    "It came with the documents of builds and applies to these only."
                )
            if row.withdrawn is not None:
                raise SettingsError("It is withdrawn already.")
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
