"""Read metric and specification definitions from YAML, as in ``db/seed``.

::

    metrics/<package>.yaml     AM1: {description, unit, operator, reference: {doc, url, page}, tags}
    specs/<package>/<any>.yaml documents of {name, metric, threshold: {operator, unit, value},
                                             tags, filters, level, query, since, until}

A metric is called ``<package>.<key>``, a specification ``<package>.<metric>.<name>``.
The last six keys of a specification are optional: without `level` it is taken from
the name, no `filters` means any. `since` (from that moment on) and `until` (before
it) are dates or times, UTC unless they say otherwise.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.fields import (
    Field,
    label_or_none,
    labels,
    name_or_none,
    stored_object,
    text_or_none,
)
from squash_jenkins.formats.levels import group_filters, specification_level
from squash_jenkins.formats.measured import once
from squash_jenkins.formats.thresholds import read_operator
from squash_jenkins.models import Metric, Specification

T = TypeVar("T")
_METRIC_KEYS = frozenset({"description", "unit", "operator", "reference", "tags"})
_SPECIFICATION_KEYS = frozenset(
    {"name", "metric", "threshold", "tags", "filters", "level", "query", "since", "until"}
)


def load_definitions(folder: Path) -> tuple[list[Metric], list[Specification]]:
    """Read all definitions below a folder, ordered by file and place in the file.

    Parameters
    ----------
    folder
        Holds ``metrics/*.yaml`` and ``specs/<package>/*.yaml``; either may be missing.

    Raises
    ------
    DocumentError
        A file is not YAML, a field is wrong or unknown, a specification's metric
        is not defined, or two definitions of one name differ. The text names
        the file and the field.
    """
    metrics = once(_read(folder, "metrics/*.yaml", _metrics), lambda each: each.name)
    known = {metric.name for metric in metrics}
    specifications = list(_read(folder, "specs/*/*.yaml", _specifications))
    for field, specification in specifications:
        if specification.metric not in known:
            raise field.need("metric").fault("a metric that a file in metrics/ defines")
    return list(metrics), list(once(specifications, lambda each: each.name))


def _read(
    folder: Path, pattern: str, reader: Callable[[Path, Field], Iterator[tuple[Field, T]]]
) -> Iterator[tuple[Field, T]]:
    for file in sorted(folder.glob(pattern)):
        for number, root in enumerate(_documents(file), 1):
            where = f"{file.relative_to(folder)}, document {number}: $"
            yield from reader(file, Field(root, where))


def _documents(file: Path) -> list[Any]:
    import yaml

    try:
        roots = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise DocumentError(f"{file} cannot be read as YAML: {error}") from None
    return [root for root in roots if root is not None]


def _metrics(file: Path, root: Field) -> Iterator[tuple[Field, Metric]]:
    for name, field in root.members():
        _check_keys(field, _METRIC_KEYS)
        operator = field.get("operator")
        yield (
            field,
            Metric(
                name=f"{file.stem}.{name}",
                unit=label_or_none(field, "unit"),
                description=" ".join((text_or_none(field, "description") or "").split()) or None,
                reference=stored_object(field, "reference"),
                tags=labels(field, "tags"),
                operator=read_operator(operator) if operator else None,
            ),
        )


def _specifications(file: Path, field: Field) -> Iterator[tuple[Field, Specification]]:
    _check_keys(field, _SPECIFICATION_KEYS)
    name, tags, threshold = (
        field.need("name").name(),
        labels(field, "tags"),
        field.need("threshold"),
    )
    metric = f"{file.parent.name}.{field.need('metric').name()}"
    specification = Specification(
        metric=metric,
        name=f"{metric}.{name}",
        level=name_or_none(field, "level") or specification_level(name, "", tags),
        operator=read_operator(threshold.need("operator")),
        threshold=threshold.need("value").finite(),
        unit=label_or_none(threshold, "unit"),
        filters=labels(field, "filters") or group_filters(name),
        query=stored_object(field, "query"),
        tags=tags,
        since=_moment(field.get("since")),
        until=_moment(field.get("until")),
    )
    yield field, specification


def _check_keys(field: Field, allowed: frozenset[str]) -> None:
    unknown = sorted(str(key) for key in field.mapping() if key not in allowed)
    if unknown:
        raise DocumentError(
            f"{field.path} has the unknown key {unknown[0]!r}; "
            f"allowed are {', '.join(sorted(allowed))}"
        )


def _moment(field: Field | None) -> datetime | None:
    """Return a time in UTC; YAML has made a date or a time of an unquoted one."""
    if field is None:
        return None
    value = field.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return field.moment()
