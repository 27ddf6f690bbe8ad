"""Keep what metrics and specifications were defined as, and since when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from squash_jenkins.models import Metric, Specification
from squash_jenkins.store import schema
from squash_jenkins.store.digests import definition_digest, set_digest, specification_digest
from squash_jenkins.store.judge import DOCUMENT
from squash_jenkins.store.sync import find_or_add
from squash_jenkins.store.types import clean_json, name_digest

_FIELDS = ("unit", "description", "reference", "tags", "operator")
"""What defines a metric, beside its name."""
_NOTHING: dict[str, Any] = {
    "unit": None,
    "description": None,
    "reference": {},
    "tags": [],
    "operator": None,
}
Definition = dict[str, Any]


def package_of(metric: str) -> str:
    """Return the package in ``package.name``; '' when the name has no dot."""
    return metric.partition(".")[0] if "." in metric else ""


def add_metrics(connection: sa.Connection, names: Iterable[str]) -> dict[str, int]:
    """Return the keys of metrics by name, after the unknown ones were added."""
    digests = {name: name_digest(name) for name in names}
    rows = {
        digest: {"name": name, "package": package_of(name), **_NOTHING}
        for name, digest in digests.items()
    }
    keys = find_or_add(connection, schema.metric, rows)
    return {name: keys[digest] for name, digest in digests.items()}


def defined(metrics: Sequence[Metric]) -> dict[str, Definition]:
    """Return by name what the metrics define; of several of one name the first word counts."""
    found: dict[str, Definition] = defaultdict(lambda: dict(_NOTHING))
    for metric in metrics:
        for name in _FIELDS:
            value = clean_json(getattr(metric, name))
            found[metric.name][name] = found[metric.name][name] or value
    return {name: entry for name, entry in found.items() if any(entry.values())}


def note_definitions(
    connection: sa.Connection, definitions: Mapping[int, Definition], source: str, seen: datetime
) -> None:
    """Note that metrics (by key) were defined like this at the moment `seen` (UTC)."""
    known = _known(connection, definitions)
    new, longer = [], []
    for key, definition in definitions.items():
        digest = definition_digest(definition)
        same = [row for row in known[key] if (row.source, row.digest) == (source, digest)]
        if not same:
            identity = {"metric_id": key, "source": source, "digest": digest}
            new.append({**identity, **definition, "first_seen": seen, "last_seen": seen})
        elif not same[0].first_seen <= seen <= same[0].last_seen:
            first, last = min(same[0].first_seen, seen), max(same[0].last_seen, seen)
            longer.append({"_key": same[0].id, "first_seen": first, "last_seen": last})
    _write(connection, schema.metric_definition, new, longer)
    _settle(connection, definitions)


def latest(connection: sa.Connection, keys: Iterable[int], source: str) -> dict[int, str]:
    """Return by metric the digest of the definition that `source` gave last."""
    found: dict[int, str] = {}
    for key, rows in _known(connection, keys).items():
        own = [row for row in rows if row.source == source]
        if own:
            found[key] = max(own, key=lambda row: row.last_seen).digest
    return found


def add_set(
    connection: sa.Connection,
    specifications: Sequence[Specification],
    metrics: Mapping[str, int],
) -> int | None:
    """Return the key of the set of a document's specifications; None when it has none."""
    rows = {
        specification_digest(entry, DOCUMENT): specification_row(entry, metrics, DOCUMENT)
        for entry in specifications
    }
    if not rows:
        return None
    digest = set_digest(list(rows))
    table = schema.specification_set
    known = connection.execute(sa.select(table.c.id).where(table.c.digest == digest)).scalar()
    if known is not None:
        return int(known)
    keys = find_or_add(connection, schema.specification, rows, "digest")
    number = find_or_add(connection, table, {digest: {}}, "digest")[digest]
    members = [{"specification_set_id": number, "specification_id": keys[each]} for each in rows]
    connection.execute(sa.insert(schema.specification_set_member), members)
    return number


def specification_row(
    entry: Specification, metrics: Mapping[str, int], source: str
) -> dict[str, Any]:
    """Return the row of a specification but for its digest."""
    return {
        "metric_id": metrics[entry.metric],
        "name": entry.name,
        "level": entry.level,
        "operator": entry.operator,
        "threshold": entry.threshold,
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


def _known(connection: sa.Connection, keys: Iterable[int]) -> dict[int, list[Any]]:
    table = schema.metric_definition
    found: dict[int, list[Any]] = defaultdict(list)
    for row in _of(connection, sa.select(table), table.c.metric_id, keys):
        found[row.metric_id].append(row)
    return found


def _of(
    connection: sa.Connection, query: Any, column: sa.ColumnElement[int], keys: Iterable[int]
) -> Iterator[Any]:
    wanted = list(keys)
    for start in range(0, len(wanted), 1000):
        yield from connection.execute(query.where(column.in_(wanted[start : start + 1000])))


def _settle(connection: sa.Connection, keys: Iterable[int]) -> None:
    """Give metrics the definition that counts: what was loaded, then the latest document.

    A later or loaded definition that says nothing of a field leaves it to the others, so
    that a rich description is not lost to a poor document.
    """
    columns = [schema.metric.c[name] for name in ("id", *_FIELDS)]
    known = _known(connection, keys)
    changed = []
    for key, *current in _of(connection, sa.select(*columns), schema.metric.c.id, known):
        order = sorted(known[key], key=_precedence, reverse=True)
        counts = {name: _first(order, name) for name in _FIELDS}
        if current != list(counts.values()):
            changed.append({"_key": key, **counts})
    _write(connection, schema.metric, [], changed)


def _precedence(row: Any) -> tuple[bool, datetime, int]:
    return row.source != DOCUMENT, row.last_seen, row.id


def _write(connection: sa.Connection, table: sa.Table, new: list[Any], changed: list[Any]) -> None:
    if new:
        connection.execute(sa.insert(table), new)
    if changed:
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("_key")), changed)


def _first(rows: Sequence[Any], name: str) -> Any:
    told = (getattr(row, name) for row in rows)
    return next((value for value in told if value), _NOTHING[name])
