"""The specifications of reports."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from squash_jenkins.models import Specification
from squash_jenkins.store.rows import DOCUMENT
from squash_jenkins.store.schema import tables

_FIELDS = "name level operator threshold unit filters query tags since until upper"
_COLUMNS = [tables.specification.c[name] for name in ("metric_id", *_FIELDS.split())]


def by_set(
    connection: sa.Connection, sets: Iterable[int | None], metrics: Mapping[int, str]
) -> dict[int | None, list[Specification]]:
    """Return by set (None: the document had none) its specifications and the common ones.

    A common specification is left out if the set has any for the same metric.
    """
    common = _common(connection, metrics)
    members = _members(connection, [key for key in sets if key is not None], metrics)
    return {key: _together(members[key] if key is not None else [], common) for key in sets}


def by_source(
    connection: sa.Connection, metrics: Mapping[int, str]
) -> dict[str, list[Specification]]:
    """Return the current specifications by source; of documents the latest of each name."""
    table = tables.specification
    query = sa.select(table.c.source, *_COLUMNS).where(table.c.withdrawn.is_(None))
    found: dict[str, dict[tuple[str, str], Specification]] = defaultdict(dict)
    for source, *row in connection.execute(query.order_by(table.c.id)):
        each = _specification(metrics, *row)
        found[source][each.metric, each.name] = each
    return {source: [own[key] for key in sorted(own)] for source, own in sorted(found.items())}


def _together(own: list[Specification], common: list[Specification]) -> list[Specification]:
    known = {specification.metric for specification in own}
    return own + [entry for entry in common if entry.metric not in known]


def _common(connection: sa.Connection, metrics: Mapping[int, str]) -> list[Specification]:
    table = tables.specification
    query = sa.select(*_COLUMNS).where(table.c.source != DOCUMENT)
    rows = connection.execute(query.order_by(table.c.id))
    return [_specification(metrics, *row) for row in rows]


def _members(
    connection: sa.Connection, sets: list[int], metrics: Mapping[int, str]
) -> dict[int, list[Specification]]:
    member = tables.specification_set_member
    query = (
        sa.select(member.c.specification_set_id, *_COLUMNS)
        .join_from(member, tables.specification)
        .order_by(member.c.id)
    )
    found: dict[int, list[Specification]] = defaultdict(list)
    for key in sets:  # one query a set: there are few, and their members are many
        for number, *row in connection.execute(query.where(member.c.specification_set_id == key)):
            found[number].append(_specification(metrics, *row))
    return found


def _specification(
    metrics: Mapping[int, str],
    metric: int,
    name: str,
    level: str,
    operator: str,
    threshold: float | None,
    unit: str | None,
    filters: Any,
    query: Any,
    tags: Any,
    *rest: Any,
) -> Specification:
    """Return the model; a threshold that was not a number is NaN, which nothing meets."""
    bound = math.nan if threshold is None else threshold
    words = (name, level, operator, bound, unit, tuple(filters), query, tuple(tags))
    return Specification(metrics[metric], *words, *rest)
