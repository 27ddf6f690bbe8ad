"""Saving of the definitions of metrics and specifications, and since when they hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.models import Metric, Specification
from squash_jenkins.store.rows import DOCUMENT
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import clean_json, name_digest
from squash_jenkins.store.write.digests import specification_digest
from squash_jenkins.store.write.upsert import chunks, find_or_add

_FIELDS = ("unit", "description", "reference", "tags", "operator", "rules")
"""The fields of a definition of a metric, besides its name."""
_NOTHING: dict[str, Any] = {
    "unit": None,
    "description": None,
    "reference": {},
    "tags": [],
    "operator": None,
    "rules": {},
}
Definition = dict[str, Any]


class Note(NamedTuple):
    """A definition of a metric that `source` used from `first` to `last` (UTC)."""

    metric: int
    digest: str
    definition: Definition
    source: str
    first: datetime
    last: datetime


@dataclass(slots=True)
class StoredDefinition:
    """A stored definition of a metric."""

    key: int
    source: str
    digest: str
    definition: Definition
    first: datetime
    last: datetime


@dataclass(slots=True)
class History:
    """All stored definitions of a metric, and the current one."""

    seen: list[StoredDefinition]
    current: Definition


def package_of(metric: str) -> str:
    """Return the package in ``package.name``; '' when the name has no dot."""
    return metric.partition(".")[0] if "." in metric else ""


def nothing() -> Definition:
    """Return a definition that says nothing."""
    return dict(_NOTHING)


def add_metrics(connection: sa.Connection, names: Iterable[str]) -> dict[str, int]:
    """Add the metrics that are new; return all keys by name."""
    digests = {name: name_digest(name) for name in names}
    rows = {
        digest: {"name": name, "package": package_of(name), **_NOTHING}
        for name, digest in digests.items()
    }
    keys = find_or_add(connection, tables.metric, rows)
    return {name: keys[digest] for name, digest in digests.items()}


def defined(metrics: Sequence[Metric]) -> dict[str, Definition]:
    """Return the definitions by name; of several of one name the first value of a field counts."""
    found: dict[str, Definition] = defaultdict(lambda: dict(_NOTHING))
    for metric in metrics:
        for name in _FIELDS:
            value = clean_json(getattr(metric, name))
            found[metric.name][name] = found[metric.name][name] or value
    return {name: entry for name, entry in found.items() if any(entry.values())}


def note_definitions(
    connection: sa.Connection,
    notes: Iterable[Note],
    known: dict[int, History] | None = None,
) -> None:
    """Store definitions of metrics, and update the current definition of each.

    There is at most one note for a definition and source. `known` is a cache of the database,
    which is filled and kept up to date.
    """
    histories = {} if known is None else known
    listed = list(notes)
    _load(connection, {note.metric for note in listed} - histories.keys(), histories)
    _add(
        connection, [note for note in listed if not _same(histories[note.metric], note)], histories
    )
    _extend(connection, listed, histories)
    _set_current(connection, {note.metric: histories[note.metric] for note in listed})


def latest(connection: sa.Connection, keys: Iterable[int], source: str) -> dict[int, str]:
    """Return by metric the digest of the latest definition of `source`."""
    found: dict[int, str] = {}
    histories: dict[int, History] = {}
    _load(connection, keys, histories)
    for key, history in histories.items():
        own = [seen for seen in history.seen if seen.source == source]
        if own:
            found[key] = max(own, key=lambda seen: seen.last).digest
    return found


def add_set(
    connection: sa.Connection,
    digest: str,
    specifications: Sequence[Specification],
    metrics: Mapping[str, int],
) -> int:
    """Return the key of the set of specifications with this digest; add it if it is new."""
    table = tables.specification_set
    known = connection.execute(sa.select(table.c.id).where(table.c.digest == digest)).scalar()
    if known is not None:
        return int(known)
    rows = {
        specification_digest(entry, DOCUMENT): specification_row(entry, metrics, DOCUMENT)
        for entry in specifications
    }
    keys = find_or_add(connection, tables.specification, rows, "digest")
    number = find_or_add(connection, table, {digest: {}}, "digest")[digest]
    members = [{"specification_set_id": number, "specification_id": keys[each]} for each in rows]
    connection.execute(sa.insert(tables.specification_set_member), members)
    return number


def specification_row(
    entry: Specification, metrics: Mapping[str, int], source: str
) -> dict[str, Any]:
    """Return the row of a specification without its digest."""
    return {
        "metric_id": metrics[entry.metric],
        "name": entry.name,
        "level": entry.level,
        "operator": entry.operator,
        "threshold": entry.threshold,
        "upper": entry.upper,
        "unit": entry.unit,
        "filters": list(entry.filters),
        "query": entry.query,
        "tags": list(entry.tags),
        "since": entry.since,
        "until": entry.until,
        "source": source,
        "version": 0,
        "withdrawn": None,
    }


def _load(connection: sa.Connection, keys: Iterable[int], histories: dict[int, History]) -> None:
    """Read the stored definitions of the metrics with these keys."""
    wanted = list(keys)
    metric, table = tables.metric, tables.metric_definition
    columns = [metric.c[name] for name in ("id", *_FIELDS)]
    for key, *values in _of(connection, sa.select(*columns), metric.c.id, wanted):
        histories[key] = History([], dict(zip(_FIELDS, values, strict=True)))
    for row in _of(connection, sa.select(table).order_by(table.c.id), table.c.metric_id, wanted):
        own = {name: getattr(row, name) for name in _FIELDS}
        seen = StoredDefinition(row.id, row.source, row.digest, own, row.first_seen, row.last_seen)
        histories[row.metric_id].seen.append(seen)


def _of(
    connection: sa.Connection, query: Any, column: sa.ColumnElement[int], keys: Iterable[int]
) -> Iterator[Any]:
    for chunk in chunks(keys):
        yield from connection.execute(query.where(column.in_(chunk)))


def _same(history: History, note: Note) -> StoredDefinition | None:
    wanted = (note.source, note.digest)
    return next((seen for seen in history.seen if (seen.source, seen.digest) == wanted), None)


def _add(connection: sa.Connection, notes: Sequence[Note], histories: dict[int, History]) -> None:
    """Add rows in the order of the notes: of two definitions of one moment the later one counts."""
    if not notes:
        return
    rows = [
        {
            "metric_id": note.metric,
            "source": note.source,
            "digest": note.digest,
            **note.definition,
            "first_seen": note.first,
            "last_seen": note.last,
        }
        for note in notes
    ]
    connection.execute(sa.insert(tables.metric_definition), rows)
    for note in notes:
        histories.pop(note.metric, None)
    _load(connection, {note.metric for note in notes}, histories)


def _extend(
    connection: sa.Connection, notes: Sequence[Note], histories: Mapping[int, History]
) -> None:
    longer = []
    for note in notes:
        seen = _same(histories[note.metric], note)
        if seen is not None and not seen.first <= note.first <= note.last <= seen.last:
            seen.first, seen.last = min(seen.first, note.first), max(seen.last, note.last)
            longer.append({"_key": seen.key, "first_seen": seen.first, "last_seen": seen.last})
    _change(connection, tables.metric_definition, longer)


def _set_current(connection: sa.Connection, histories: Mapping[int, History]) -> None:
    """Set the current definition of metrics: what was loaded, then the latest document.

    A field that a definition leaves empty comes from the next one, so that a rich description is
    not lost to a poor document. Of the rules only those in the latest definition of a source count.
    """
    changed = []
    for key, history in histories.items():
        order = sorted(history.seen, key=_precedence, reverse=True)
        counts = {name: _first(order, name) for name in _FIELDS}
        newest = {seen.source: seen for seen in reversed(order)}
        counts["rules"] = _first([seen for seen in order if newest[seen.source] is seen], "rules")
        if history.current != counts:
            history.current = counts
            changed.append({"_key": key, **counts})
    _change(connection, tables.metric, changed)


def _precedence(seen: StoredDefinition) -> tuple[bool, datetime, int]:
    return seen.source != DOCUMENT, seen.last, seen.key


def _change(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("_key")), rows)


def _first(seen: Sequence[StoredDefinition], name: str) -> Any:
    values = (each.definition[name] for each in seen)
    return next((value for value in values if value), _NOTHING[name])
