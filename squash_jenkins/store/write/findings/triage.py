"""Saving of the triage of findings, and of what each triage covers."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from squash_jenkins.analysis.series.growth import covered_by, growth_of
from squash_jenkins.errors import SettingsError, StoreError
from squash_jenkins.models.finding import TRIAGE, Finding, Triage
from squash_jenkins.store.engine import Also, writing
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

_FINDING, _TRIAGE = tables.finding, tables.triage


def add_triage(engine: sa.Engine, finding: int, triage: Triage, also: Also | None = None) -> None:
    """Add triage to a finding (by key); earlier triage stays on record.

    It covers the series that the finding has now. `also` is done in the same transaction.

    Raises
    ------
    StoreError
        When there is no such finding.
    ValueError
        When the state is none of ``findings.TRIAGE``, or the time has no zone.

    """
    if triage.state not in TRIAGE:
        raise ValueError(f"{triage.state!r} is none of {', '.join(TRIAGE)}")
    with writing(engine) as connection:
        revision = take_revision(connection)
        found = Reader(connection).findings.find(keys=[finding])
        if not found:
            raise StoreError(
                f"There is no finding with the key {finding} any more; list them again."
            )
        row: dict[str, Any] = {name: getattr(triage, name) for name in Triage.__match_args__}
        covers = [asdict(each) for each in covered_by(found[0].finding)]
        row |= {"finding_id": finding, "covers": covers}
        connection.execute(sa.insert(_TRIAGE).values(row))
        here = sa.update(_FINDING).where(_FINDING.c.id == finding)
        connection.execute(here.values(revision=revision, grown_id=None))
        if also is not None:
            also(connection)


def undo_triage(
    engine: sa.Engine, finding: int, who: str, when: datetime, also: Also | None = None
) -> None:
    """Take back the latest triage of a finding (key): the one before it counts again.

    It stays on record, with who took it back and when (UTC). `also` is in the same transaction.

    Raises
    ------
    SettingsError
        When the finding has no triage.

    """
    with writing(engine) as connection:
        revision = take_revision(connection)
        latest = sa.select(sa.func.max(_TRIAGE.c.id)).where(
            _TRIAGE.c.finding_id == finding, _TRIAGE.c.undone.is_(None)
        )
        key = connection.scalar(latest)
        if key is None:
            connection.rollback()
            raise SettingsError("The finding has no triage: there is nothing to undo.")
        undone = sa.update(_TRIAGE).where(_TRIAGE.c.id == key)
        connection.execute(undone.values(undone=when, undone_by=who))
        here = sa.update(_FINDING).where(_FINDING.c.id == finding)
        connection.execute(here.values(revision=revision, grown_id=None))
        (row,) = Reader(connection).findings.find(keys=[finding])
        reopen_grown(connection, row.job, {finding: row.finding})
        if also is not None:
            also(connection)


def reopen_grown(connection: sa.Connection, job: int, findings: Mapping[int, Finding]) -> None:
    """Reopen those of the findings (by key) that grew beyond their triage.

    The newest build of the job is stored as the one in which that was noticed.
    """
    reader = Reader(connection)
    covers = reader.findings.covers(findings)
    grown = {key for key, each in covers.items() if growth_of(each, findings[key])}
    _set_grown(connection, [key for key in covers if key not in grown], None)
    if grown:
        _set_grown(connection, grown, next(iter(reader.builds.newest(job, 1))))


def _set_grown(connection: sa.Connection, findings: Collection[int], build: int | None) -> None:
    same = _FINDING.c.grown_id.is_(None) if build is not None else _FINDING.c.grown_id.is_not(None)
    for key in findings:
        here = sa.update(_FINDING).where(_FINDING.c.id == key, same)
        connection.execute(here.values(grown_id=build))
